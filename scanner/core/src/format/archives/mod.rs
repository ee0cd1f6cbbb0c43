//! Archives and compressed files as model files: whatever they hold is looked at by its content,
//! archives in archives too, and said to be part of them.
//!
//! Nothing is extracted to disk. What a policy wants to know of an archive is what loading a
//! member would do; the facts of the members are those of the archive.

mod budget;
mod compressed;
mod nemo;
mod opaque;
mod problem;
mod taking;
mod tar;
mod zip;

pub(super) use budget::Budget;
pub(super) use compressed::{BZIP2, GZIP, LZ4, LZMA, XZ, ZLIB, ZSTD};
pub(super) use opaque::{RAR, SEVEN_ZIP};
pub(super) use problem::MemberProblem;
pub(super) use taking::{Part, Taking};
pub(super) use tar::TAR;
pub(super) use zip::{ZIP, take_member, take_members};

use super::{Format, Header, keras, numpy, pickle, pytorch, skops, torchserve};
use crate::reader::{Reader, Source};

/// How an archive is looked into.
type Look = fn(&mut Reader<'_>, &mut Budget) -> Header;

/// The formats that hold others.
const CONTAINERS: &[(&Format, Look)] = &[
    (&ZIP, zip::look),
    (&TAR, tar::look),
    (&GZIP, compressed::look),
    (&ZLIB, compressed::look),
    (&BZIP2, compressed::look),
    (&XZ, compressed::look),
    (&LZMA, compressed::look),
    (&ZSTD, compressed::look),
    (&LZ4, compressed::look),
    (&SEVEN_ZIP, opaque::look),
    (&RAR, opaque::look),
];

/// Models that may hold archives or models in turn.
const NESTING: &[(&Format, Look)] = &[
    (&numpy::NUMPY_ZIP, numpy::look_into_zip),
    (&pytorch::FORMAT, pytorch::look),
    (&skops::FORMAT, skops::look),
    (&torchserve::FORMAT, torchserve::look),
];

/// Models that hold no others, and cost more than their bytes: programs and compressed ones.
const COSTLY: &[(&Format, Look)] = &[
    (&keras::FORMAT, keras::look),
    (&numpy::FORMAT, numpy::look),
    (&pickle::FORMAT, pickle::look),
];

/// How a model is looked into that may hold others.
fn look_into_model(format: &Format) -> Option<Look> {
    find(NESTING, format)
}

fn look_into(format: &Format) -> Option<Look> {
    find(CONTAINERS, format)
}

/// How a model is read that costs more than its bytes.
fn read_costly(format: &Format) -> Option<Look> {
    find(COSTLY, format)
}

fn find(table: &[(&Format, Look)], format: &Format) -> Option<Look> {
    let mut rows = table.iter();
    rows.find(|(row, _)| row.name == format.name)
        .map(|(_, look)| *look)
}

/// Whether a file of this format is a model's only by what it holds.
pub(super) fn is_container(format: &Format) -> bool {
    look_into(format).is_some()
}

/// Whether something in an archive is a model's, or cannot be looked at.
pub(super) fn holds_model(format: &Format, source: &dyn Source) -> bool {
    let mut budget = Budget::of_search(source.size());
    if let Some(look) = look_into(format) {
        look(&mut Reader::new(source), &mut budget);
    }
    budget.has_met_model()
}

//! `NumPy`: `.npy`, one array behind a header that is a literal of Python.
//!
//! An array of objects has no data of its own: a pickle follows the header. Source:
//! numpy 2.4, `numpy/lib/format.py`.

pub(in crate::format) mod dtype;
mod header;
mod literal;
mod problem;
mod zip;

pub use problem::NumpyProblem;
pub(super) use zip::{NUMPY_ZIP, look as look_into_zip};

use super::archives::Budget;
use super::pickle::{self, Findings, Input, Loader};
use super::{Format, Header, signatures};
use crate::anomalies::Fault;
use crate::quantization::Tensor;
use crate::reader::Reader;
use crate::record::Loading;
use header::ArrayHeader;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "numpy",
    suffixes: &["npy"],
    recognised_by: "\\x93NUMPY at 0",
    loading: Loading::Data,
    facts: "type and shape; every import where elements are objects",
    quantization: "the type of the elements against the file name",
    limits: "header of 1 MiB",
    recognises: signatures::numpy,
    read: Some(read),
};

/// Reads an array.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    look(reader, &mut Budget::of_file(reader.size()))
}

/// Reads one within an archive.
pub(super) fn look(reader: &mut Reader<'_>, budget: &mut Budget) -> Header {
    read_array(reader, "array", budget)
}

/// Reads an array and gives it a name.
fn read_array(reader: &mut Reader<'_>, name: &str, budget: &mut Budget) -> Header {
    let mut header = Header::default();
    let mut findings = Findings::after(Loader::Pickle, *budget.opcodes());
    match header::read(reader) {
        Ok(array) => describe(&array, name, reader, &mut header, &mut findings),
        Err(fault) => findings.anomalies.report(|| fault.within("header")),
    }
    *budget.opcodes() = findings.opcodes();
    findings.finish(&mut header);
    header
}

fn describe(
    array: &ArrayHeader,
    name: &str,
    reader: &Reader<'_>,
    header: &mut Header,
    findings: &mut Findings,
) {
    let (major, minor) = array.version;
    header.version = Some(format!("{major}.{minor}"));
    if array.dtype.has_objects {
        header.facts.loading = Some(Loading::Program);
        let mut input = Input::of(reader.source(), reader.position(), Some(0));
        pickle::follow(&mut input, findings);
        return;
    }
    if let Err(fault) = check_data(array, reader) {
        findings.anomalies.report(|| fault);
    }
    let elements = array.elements().unwrap_or(u64::MAX);
    header.facts.parameters = Some(elements);
    header.tensors.extend(tensor(array, name, elements));
}

/// Holds the size of the data against the bytes that are there.
fn check_data(array: &ArrayHeader, reader: &Reader<'_>) -> problem::Result<()> {
    let start = reader.position();
    let bytes = array
        .elements()
        .and_then(|elements| elements.checked_mul(array.dtype.size?))
        .ok_or_else(|| Fault::at(start, NumpyProblem::SizeOverflow))?;
    let found = reader.remaining();
    match (bytes.checked_sub(found), found.checked_sub(bytes)) {
        (Some(1..), _) => Err(Fault::at(
            reader.size(),
            NumpyProblem::MissingData(bytes.saturating_sub(found)),
        )),
        (_, Some(1..)) => Err(Fault::at(
            start.saturating_add(bytes),
            NumpyProblem::TrailingBytes(found.saturating_sub(bytes)),
        )),
        _ => Ok(()),
    }
}

/// The array as a tensor; `None` of texts, dates and records.
fn tensor(array: &ArrayHeader, name: &str, elements: u64) -> Option<Tensor> {
    let (type_name, bytes) = array.dtype.elements()?;
    let row = if array.is_fortran {
        array.shape.first()
    } else {
        array.shape.last()
    };
    Some(Tensor {
        name: name.into(),
        type_name,
        row: row.copied().unwrap_or(1),
        dimensions: u8::try_from(array.shape.len()).unwrap_or(u8::MAX),
        elements,
        bytes: elements.saturating_mul(bytes),
    })
}

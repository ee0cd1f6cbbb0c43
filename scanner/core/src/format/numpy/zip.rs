//! `.npz`: a zip of arrays, each of them a `.npy`. Source: numpy 2.4, `numpy/lib/_npyio_impl.py`,
//! `NpzFile`.

use std::io::Read as _;

use super::header::MAGIC;
use super::{header, read_array};
use crate::anomalies::Fault;
use crate::archive::zip::{Member, Zip, ZipProblem};
use crate::format::archives::{Budget, MemberProblem, Part, Taking, take_member};
use crate::format::{Beginning, Format, Header, signatures, skops};
use crate::reader::{Reader, Source as _, widen};
use crate::record::Loading;

/// Bytes of a stored array that are held against their checksum.
const MAX_CHECKED: usize = 16 * 1024 * 1024;

/// Bytes at the start of a compressed array that are unpacked to read its header.
const MAX_START: u64 = 64 * 1024;

/// How it is known and what is read of it.
pub(in crate::format) const NUMPY_ZIP: Format = Format {
    name: "numpy-zip",
    suffixes: &["npz"],
    recognised_by: "a zip with the suffix npz, or whose first member is an npy",
    loading: Loading::Data,
    facts: "type and shape of every array; every import where elements are objects",
    quantization: "the types of the elements against the file name",
    limits: "those of archives; 32 MiB of compressed arrays of objects",
    recognises: signatures::numpy_zip,
    read: Some(read),
};

/// Reads every array, and looks at every other member.
fn read(reader: &mut Reader<'_>) -> Header {
    look(reader, &mut Budget::of_file(reader.size()))
}

/// Reads one within an archive.
pub(in crate::format) fn look(reader: &mut Reader<'_>, budget: &mut Budget) -> Header {
    let mut taking = Taking::default();
    match Zip::open(reader, &mut taking.anomalies) {
        // Loaders of skops ask for no suffix.
        Ok(zip) if zip.find(skops::SCHEMA.as_bytes()).is_some() => {
            return skops::look(reader, budget);
        }
        Ok(zip) => {
            for member in zip.members().iter().filter(|m| !m.is_directory()) {
                if is_array(&zip, member) {
                    read_member(&zip, member, &mut taking, budget);
                } else if !take_member(&zip, member, &mut taking, budget) {
                    break;
                }
            }
        }
        Err(fault) => taking.anomalies.report(|| fault),
    }
    taking.finish()
}

/// Whether a member is an array; `numpy.load` gives the bytes of any other as they are.
fn is_array(zip: &Zip<'_>, member: &Member) -> bool {
    let mut start = Vec::new();
    let content = zip
        .stream(member)
        .map(|content| content.take(widen(MAGIC.len())));
    // What cannot be read is told by whoever reads it.
    let _ = content.map(|mut content| content.read_to_end(&mut start));
    start == MAGIC
}

/// Reads an array: in place where it is stored, else its start, or all of it where a pickle
/// follows.
fn read_member(zip: &Zip<'_>, member: &Member, taking: &mut Taking, budget: &mut Budget) {
    let name = member.text();
    let array = name.strip_suffix(".npy").unwrap_or(&name);
    if let Some(window) = zip.window(member) {
        let part = Part {
            name: &name,
            offset: Some(window.start()),
        };
        if !budget.take_in_place(window.size()) {
            return taking.report(part, MemberProblem::Shared);
        }
        taking.add(part, read_array(&mut Reader::new(&window), array, budget));
        // Smaller ones are held against their checksum on the way.
        if let Err(fault) = zip.member_source(member, MAX_CHECKED, &mut taking.anomalies) {
            taking.anomalies.report(|| fault);
        }
        return;
    }
    let part = Part {
        name: &name,
        offset: None,
    };
    match unpack(zip, member, taking, budget) {
        Ok(bytes) => {
            let beginning = Beginning {
                bytes: &bytes,
                size: member.size,
            };
            taking.add(
                part,
                read_array(&mut Reader::new(&beginning), array, budget),
            );
        }
        Err(fault) => taking.anomalies.report(|| fault),
    }
}

/// The start of a compressed array, or all of it where its elements are objects. Where there is
/// time for it, the rest is held against its checksum.
fn unpack(
    zip: &Zip<'_>,
    member: &Member,
    taking: &mut Taking,
    budget: &mut Budget,
) -> Result<Vec<u8>, Fault<ZipProblem>> {
    let mut bytes = Vec::new();
    if !budget.pass(member.size.min(MAX_START)) {
        return budget.unpack(zip, member, &mut taking.anomalies);
    }
    // A failure to read is one to read the header.
    let _ = zip.stream(member)?.take(MAX_START).read_to_end(&mut bytes);
    let start: &[u8] = &bytes;
    let is_plain =
        header::read(&mut Reader::new(&start)).is_ok_and(|array| !array.dtype.has_objects);
    if !is_plain {
        return budget.unpack(zip, member, &mut taking.anomalies);
    }
    if member.size <= widen(MAX_CHECKED) && budget.pass(member.size) {
        return zip.bytes(member, MAX_CHECKED, &mut taking.anomalies);
    }
    Ok(bytes)
}

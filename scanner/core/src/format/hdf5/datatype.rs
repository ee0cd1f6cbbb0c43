//! Types and shapes.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.b "Dataspace" and IV.A.2.d "Datatype".

use super::file::File;
use super::{Hdf5Problem, Result};
use crate::anomalies::Fault;

/// Dimensions of a dataset: `H5S_MAX_RANK`.
const MAX_RANK: u8 = 32;

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// A number, by the name that safetensors has for it.
    Number(&'static str),
    /// Text of a fixed number of bytes.
    Text,
    /// Text of any length, which stands in a global heap.
    TextInHeap,
    /// Anything else.
    Other,
}

/// A type, and how many bytes an element takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Datatype {
    pub(super) element: Element,
    pub(super) size: u64,
}

/// Reads a type where the reader stands.
pub(super) fn datatype(file: &mut File<'_, '_>) -> Result<Datatype> {
    let class_and_version = file.reader.u8()?;
    let [bits, ..]: [u8; 3] = file.reader.array()?;
    let size = file.reader.u32()?;
    let element = match class_and_version & 0x0f {
        0 => integer(bits, size),
        1 => float(file, size)?,
        3 => Element::Text,
        // Booleans are an enumeration of bytes.
        8 if size == 1 => Element::Number("BOOL"),
        // The low bits tell a string from a sequence.
        9 if bits & 0x0f == 1 => Element::TextInHeap,
        _ => Element::Other,
    };
    Ok(Datatype {
        element,
        size: size.into(),
    })
}

fn integer(bits: u8, size: u32) -> Element {
    let is_signed = bits & 0x08 != 0;
    match (size, is_signed) {
        (1, true) => Element::Number("I8"),
        (1, false) => Element::Number("U8"),
        (2, true) => Element::Number("I16"),
        (2, false) => Element::Number("U16"),
        (4, true) => Element::Number("I32"),
        (4, false) => Element::Number("U32"),
        (8, true) => Element::Number("I64"),
        (8, false) => Element::Number("U64"),
        _ => Element::Other,
    }
}

fn float(file: &mut File<'_, '_>, size: u32) -> Result<Element> {
    // Offset and precision in bits; place of the exponent.
    file.reader.skip(2 + 2 + 1)?;
    let exponent = file.reader.u8()?;
    file.reader.skip(1)?;
    let mantissa = file.reader.u8()?;
    Ok(match (size, exponent, mantissa) {
        (8, 11, 52) => Element::Number("F64"),
        (4, 8, 23) => Element::Number("F32"),
        (2, 5, 10) => Element::Number("F16"),
        (2, 8, 7) => Element::Number("BF16"),
        (1, 4, 3) => Element::Number("F8_E4M3"),
        (1, 5, 2) => Element::Number("F8_E5M2"),
        _ => Element::Other,
    })
}

/// Reads a shape where the reader stands; a null shape is one of no elements.
pub(super) fn dataspace(file: &mut File<'_, '_>) -> Result<Vec<u64>> {
    let at = file.reader.position();
    let version = file.reader.u8()?;
    let rank = file.reader.u8()?;
    let _flags = file.reader.u8()?;
    let class = file.reader.u8()?;
    match version {
        // In version 1 the class is reserved, and four more bytes are.
        1 => file.reader.skip(4)?,
        2 if class == 2 => return Ok(vec![0]),
        2 => {}
        found => {
            let of = "a dataspace";
            return Err(Fault::at(at, Hdf5Problem::Structure { of, found }));
        }
    }
    if rank > MAX_RANK {
        let most = MAX_RANK.into();
        let of = "dimensions";
        return Err(Fault::at(at, Hdf5Problem::Limit { of, most }));
    }
    (0..rank).map(|_| file.length()).collect()
}

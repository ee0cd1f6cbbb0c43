//! One array: a list of its shape, the name of its type and its bytes, inside an extension.

use super::dtypes::dtype;
use super::wire::{Value, value};
use super::{FlaxProblem, MAX_DIMENSIONS, Result};
use crate::anomalies::{Fault, clip, escape};
use crate::reader::Reader;

/// Bytes of a type's name: the longest that there is takes 18.
const MAX_TYPE: usize = 64;

/// An array without its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Array {
    /// Its type in the gate's vocabulary.
    pub(super) type_name: &'static str,
    /// The length of the last dimension; 1 of a scalar.
    pub(super) row: u64,
    pub(super) dimensions: u8,
    pub(super) elements: u64,
    pub(super) bytes: u64,
}

/// Reads the content of an extension up to `end`.
pub(super) fn read(reader: &mut Reader<'_>, end: u64) -> Result<Array> {
    let at = reader.position();
    let malformed = |found| Fault::at(at, FlaxProblem::Array(found));
    if value(reader)? != Value::List(3) {
        return Err(malformed("is no list of three"));
    }
    let Value::List(dimensions) = value(reader)? else {
        return Err(malformed("has no shape"));
    };
    if dimensions > MAX_DIMENSIONS {
        return Err(malformed("has more dimensions than numpy allows"));
    }
    let (mut row, mut elements) = (1, 1_u64);
    for _ in 0..dimensions {
        let Value::Number(length) = value(reader)? else {
            return Err(malformed("has a dimension that is no number"));
        };
        row = length;
        elements = elements
            .checked_mul(length)
            .ok_or_else(|| malformed("has a size that does not fit in 64 bits"))?;
    }
    let Value::Text(length) = value(reader)? else {
        return Err(malformed("has no type"));
    };
    let name = reader.bytes(length, MAX_TYPE)?;
    let name = name.ok_or_else(|| malformed("has a type of a name that is too long"))?;
    let name = escape(&name);
    let (type_name, size) =
        dtype(&name).ok_or_else(|| Fault::at(at, FlaxProblem::UnknownType(clip(&name))))?;
    let Value::Bytes(found) = value(reader)? else {
        return Err(malformed("has no data"));
    };
    let expected = elements
        .checked_mul(size)
        .ok_or_else(|| malformed("has a size that does not fit in 64 bits"))?;
    if found != expected {
        return Err(Fault::at(at, FlaxProblem::Size { found, expected }));
    }
    reader.skip(found)?;
    if reader.position() != end {
        return Err(malformed("does not end where its extension does"));
    }
    Ok(Array {
        type_name,
        row,
        dimensions: u8::try_from(dimensions).unwrap_or(u8::MAX),
        elements,
        bytes: found,
    })
}

//! The header of an array: type of elements, order, shape.
//!
//! Source: numpy 2.4, `numpy/lib/format.py`, "Format Version 1.0" to "3.0".

use super::dtype::Dtype;
use super::literal::{self, Literal};
use super::problem::{NumpyProblem, Result};
use crate::anomalies::Fault;
use crate::reader::{Reader, widen};

/// The first bytes of an array.
pub(super) const MAGIC: [u8; 6] = *b"\x93NUMPY";

/// Bytes of a header that are read: a record of 10,000 fields. `numpy.load` refuses more than
/// 10,000 bytes unless it is told to trust the file.
pub(super) const MAX_HEADER: usize = 1024 * 1024;

/// Records within records.
const MAX_DEPTH: u8 = 8;

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ArrayHeader {
    pub(super) version: (u8, u8),
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<u64>,
    pub(super) is_fortran: bool,
}

impl ArrayHeader {
    /// Elements of the array; `None` where they do not fit in 64 bits.
    pub(super) fn elements(&self) -> Option<u64> {
        if self.shape.contains(&0) {
            return Some(0);
        }
        self.shape
            .iter()
            .try_fold(1_u64, |product, length| product.checked_mul(*length))
    }
}

/// Reads a header; the reader then stands at the first byte of the data.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<ArrayHeader> {
    if reader.array()? != MAGIC {
        return Err(Fault::at(0, NumpyProblem::Magic));
    }
    let version = (reader.u8()?, reader.u8()?);
    let length = match version {
        (1, 0) => u64::from(reader.u16()?),
        (2 | 3, 0) => u64::from(reader.u32()?),
        (major, minor) => return Err(Fault::at(6, NumpyProblem::Version(major, minor))),
    };
    let start = reader.position();
    let bytes = reader
        .bytes(length, MAX_HEADER)?
        .ok_or_else(|| Fault::at(start, NumpyProblem::HeaderLength(length)))?;
    // Latin-1 up to version 2, UTF-8 from version 3; only names of fields are not ASCII.
    let text = String::from_utf8_lossy(&bytes);
    let literal = literal::parse(&text)
        .map_err(|offset| Fault::at(start.saturating_add(widen(offset)), NumpyProblem::Literal))?;
    let missing = |problem| Fault::at(start, problem);
    let (descr, is_fortran, shape) = fields(literal).map_err(missing)?;
    Ok(ArrayHeader {
        version,
        dtype: dtype(&descr, 0).ok_or_else(|| missing(NumpyProblem::Descr))?,
        shape,
        is_fortran,
    })
}

/// The three fields, each of which stands once, and no other.
fn fields(header: Literal) -> std::result::Result<(Literal, bool, Vec<u64>), NumpyProblem> {
    let Literal::Dict(pairs) = header else {
        return Err(NumpyProblem::Literal);
    };
    let (mut descr, mut order, mut shape) = (None, None, None);
    for (key, value) in pairs {
        let Literal::Text(key) = key else {
            return Err(NumpyProblem::Field);
        };
        let before = match key.as_str() {
            "descr" => descr.replace(value),
            "fortran_order" => order.replace(value),
            "shape" => shape.replace(value),
            _ => return Err(NumpyProblem::Field),
        };
        if before.is_some() {
            return Err(NumpyProblem::Field);
        }
    }
    match (descr, order, shape) {
        (Some(descr), Some(Literal::Bool(order)), Some(Literal::Tuple(shape))) => {
            let shape = shape.iter().map(length).collect::<Option<_>>();
            Ok((descr, order, shape.ok_or(NumpyProblem::Shape)?))
        }
        (Some(_), Some(Literal::Bool(_)), Some(_)) => Err(NumpyProblem::Shape),
        _ => Err(NumpyProblem::Field),
    }
}

fn length(value: &Literal) -> Option<u64> {
    match value {
        Literal::Int(value) => u64::try_from(*value).ok(),
        _ => None,
    }
}

/// The type that a description tells: a code, or a record of fields with their own.
fn dtype(descr: &Literal, depth: u8) -> Option<Dtype> {
    let fields = match descr {
        Literal::Text(code) => {
            return Some(Dtype::parse(code)).filter(|dtype| dtype.size.is_some());
        }
        // A type of one array: its element, its shape.
        Literal::Tuple(parts) if depth < MAX_DEPTH => {
            let [inner, shape] = parts.as_slice() else {
                return None;
            };
            return repeat(dtype(inner, depth.saturating_add(1))?, Some(shape));
        }
        Literal::List(fields) if depth < MAX_DEPTH => fields,
        _ => return None,
    };
    let mut record = Dtype {
        kind: b'V',
        size: Some(0),
        has_objects: false,
        class: None,
    };
    for field in fields {
        let Literal::Tuple(parts) = field else {
            return None;
        };
        let (inner, shape) = match parts.as_slice() {
            [_, inner] => (inner, None),
            [_, inner, shape] => (inner, Some(shape)),
            _ => return None,
        };
        let inner = repeat(dtype(inner, depth.saturating_add(1))?, shape)?;
        record.size = record.size?.checked_add(inner.size?);
        record.has_objects |= inner.has_objects;
    }
    Some(record)
}

/// An array of a type within a record.
fn repeat(dtype: Dtype, shape: Option<&Literal>) -> Option<Dtype> {
    let Some(shape) = shape else {
        return Some(dtype);
    };
    let lengths: Vec<u64> = match shape {
        Literal::Tuple(lengths) => lengths.iter().map(length).collect::<Option<_>>()?,
        single => vec![length(single)?],
    };
    let count = lengths
        .iter()
        .try_fold(1_u64, |product, length| product.checked_mul(*length))?;
    Some(Dtype {
        kind: b'V',
        size: Some(dtype.size?.checked_mul(count)?),
        ..dtype
    })
}

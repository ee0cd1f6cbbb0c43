//! One value of `MessagePack` at a time: what it is, and how long what follows is.

use super::{FlaxProblem, Result};
use crate::anomalies::Fault;
use crate::reader::Reader;

/// The start of a value. What is counted in bytes or in values follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// A number that is not negative.
    Number(u64),
    /// Anything else of a fixed length: nothing, a truth, another number.
    Other,
    /// A text of so many bytes.
    Text(u64),
    /// So many bytes.
    Bytes(u64),
    /// So many values.
    List(u64),
    /// So many pairs of values.
    Map(u64),
    /// An extension of a type, of so many bytes.
    Extension(i8, u64),
}

/// Reads the start of the next value.
pub(super) fn value(reader: &mut Reader<'_>) -> Result<Value> {
    let at = reader.position();
    let first = reader.u8()?;
    let low = |mask: u8| u64::from(first & mask);
    Ok(match first {
        0x00..=0x7f => Value::Number(low(0x7f)),
        0x80..=0x8f => Value::Map(low(0x0f)),
        0x90..=0x9f => Value::List(low(0x0f)),
        0xa0..=0xbf => Value::Text(low(0x1f)),
        0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => Value::Other,
        0xc1 => return Err(Fault::at(at, FlaxProblem::Unused)),
        0xc4 | 0xd9 => counted(first, u64::from(reader.u8()?)),
        0xc5 | 0xda | 0xdc | 0xde => counted(first, u64::from(reader.u16()?)),
        0xc6 | 0xdb | 0xdd | 0xdf => counted(first, u64::from(reader.u32()?)),
        0xc7 => {
            let length = reader.u8()?.into();
            extension(reader, length)?
        }
        0xc8 => {
            let length = reader.u16()?.into();
            extension(reader, length)?
        }
        0xc9 => {
            let length = reader.u32()?.into();
            extension(reader, length)?
        }
        0xd4..=0xd8 => extension(reader, 1 << (first - 0xd4))?,
        0xcc => Value::Number(reader.u8()?.into()),
        0xcd => Value::Number(reader.u16()?.into()),
        0xce => Value::Number(reader.u32()?.into()),
        0xcf => Value::Number(reader.u64()?),
        0xd0 => skipped(reader, 1)?,
        0xd1 => skipped(reader, 2)?,
        0xca | 0xd2 => skipped(reader, 4)?,
        0xcb | 0xd3 => skipped(reader, 8)?,
    })
}

fn counted(first: u8, length: u64) -> Value {
    match first {
        0xc4..=0xc6 => Value::Bytes(length),
        0xd9..=0xdb => Value::Text(length),
        0xdc | 0xdd => Value::List(length),
        _ => Value::Map(length),
    }
}

fn extension(reader: &mut Reader<'_>, length: u64) -> Result<Value> {
    let [kind] = reader.array()?;
    Ok(Value::Extension(i8::from_be_bytes([kind]), length))
}

fn skipped(reader: &mut Reader<'_>, bytes: u64) -> Result<Value> {
    reader.skip(bytes)?;
    Ok(Value::Other)
}

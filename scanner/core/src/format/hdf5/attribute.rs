//! Attributes: texts beside an object, such as the configuration of a Keras model.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.m "Attribute" and III.E "Global Heap".

use super::datatype::{Element, dataspace, datatype};
use super::file::File;
use super::object::Message;
use super::{Hdf5Problem, MAX_TEXT, Result};
use crate::anomalies::Fault;
use crate::reader::widen;

/// Bytes of an attribute's name.
const MAX_NAME: usize = 4096;

/// An attribute; the value of one that is not a single text is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: Vec<u8>,
    pub(super) text: Option<Text>,
}

/// A text and where it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: u64,
}

/// Reads the attribute in a message.
pub(super) fn read(file: &mut File<'_, '_>, message: &Message) -> Result<Attribute> {
    file.reader.seek(message.at)?;
    let version = file.reader.u8()?;
    if !(1..=3).contains(&version) {
        return Err(file.structure("an attribute", version));
    }
    let flags = file.reader.u8()?;
    let name_size = u64::from(file.reader.u16()?);
    let type_size = u64::from(file.reader.u16()?);
    let space_size = u64::from(file.reader.u16()?);
    if version == 3 {
        // The encoding of the name.
        file.reader.skip(1)?;
    }
    // In version 1 each part is padded to a multiple of eight.
    let padded = |size: u64| {
        if version == 1 {
            size.next_multiple_of(8)
        } else {
            size
        }
    };
    let name_at = file.reader.position();
    let name = file.reader.bytes(name_size, MAX_NAME)?;
    let mut name = name.ok_or_else(|| {
        let most = widen(MAX_NAME);
        Fault::at(
            name_at,
            Hdf5Problem::Limit {
                of: "bytes of a name",
                most,
            },
        )
    })?;
    if let Some(end) = name.iter().position(|byte| *byte == 0) {
        name.truncate(end);
    }
    // Bit 0: the type stands in another object; bit 1: the shape does.
    if version > 1 && flags & 0b11 != 0 {
        return Ok(Attribute { name, text: None });
    }
    let type_at = name_at.saturating_add(padded(name_size));
    let space_at = type_at.saturating_add(padded(type_size));
    let data_at = space_at.saturating_add(padded(space_size));
    if data_at > message.end() {
        return Err(Fault::at(
            message.at,
            Hdf5Problem::MessageSize("an attribute"),
        ));
    }
    file.reader.seek(type_at)?;
    let kind = datatype(file)?;
    file.reader.seek(space_at)?;
    let shape = dataspace(file)?;
    let is_single = shape.iter().all(|length| *length == 1);
    let text = match kind.element {
        Element::Text if is_single => Some(fixed_text(file, data_at, kind.size, message)?),
        Element::TextInHeap if is_single => text_in_heap(file, data_at)?,
        _ => None,
    };
    Ok(Attribute { name, text })
}

/// A text that stands in the attribute itself, up to its first zero byte.
fn fixed_text(file: &mut File<'_, '_>, at: u64, size: u64, message: &Message) -> Result<Text> {
    if at.saturating_add(size) > message.end() {
        return Err(Fault::at(at, Hdf5Problem::MessageSize("a text")));
    }
    let mut text = read_text(file, at, size)?;
    if let Some(end) = text.bytes.iter().position(|byte| *byte == 0) {
        text.bytes.truncate(end);
    }
    Ok(text)
}

/// A text that stands in a global heap: its length, the heap's address, its number there.
fn text_in_heap(file: &mut File<'_, '_>, at: u64) -> Result<Option<Text>> {
    file.reader.seek(at)?;
    let length = u64::from(file.reader.u32()?);
    let heap = file.address()?;
    let index = file.reader.u32()?;
    match heap {
        Some(heap) if length > 0 => {
            let object = object_in_heap(file, heap, index)?;
            if object.1 < length {
                return Err(Fault::at(object.0, Hdf5Problem::MessageSize("a text")));
            }
            read_text(file, object.0, length).map(Some)
        }
        _ => Ok(None),
    }
}

/// Where an object of a global heap stands, and its size.
fn object_in_heap(file: &mut File<'_, '_>, heap: u64, wanted: u32) -> Result<(u64, u64)> {
    file.enter(heap, *b"GCOL", "a global heap")?;
    // Version and three reserved bytes.
    file.reader.skip(4)?;
    let end = heap.saturating_add(file.length()?);
    loop {
        let at = file.reader.position();
        if at >= end {
            return Err(Fault::at(heap, Hdf5Problem::MessageSize("a global heap")));
        }
        let index = u32::from(file.reader.u16()?);
        // References and four reserved bytes.
        file.reader.skip(2 + 4)?;
        let size = file.length()?;
        let data = file.reader.position();
        if index == wanted && wanted > 0 {
            return Ok((data, size));
        }
        if index == 0 {
            // The rest of the heap is free.
            return Err(Fault::at(heap, Hdf5Problem::MessageSize("a global heap")));
        }
        file.reader
            .skip(size.checked_next_multiple_of(8).unwrap_or(u64::MAX))?;
    }
}

fn read_text(file: &mut File<'_, '_>, at: u64, size: u64) -> Result<Text> {
    file.reader.seek(at)?;
    let most = widen(MAX_TEXT);
    let of = "bytes of a text";
    let bytes = file.reader.bytes(size, MAX_TEXT)?;
    let bytes = bytes.ok_or_else(|| Fault::at(at, Hdf5Problem::Limit { of, most }))?;
    Ok(Text { bytes, at })
}

//! Buffers: where the data of tensors and metadata stand.

use std::collections::HashMap;

use super::{MAX_ITEMS, Result, TfliteProblem, check_index, fields, text};
use crate::anomalies::{Anomalies, Fault};
use crate::flatbuffer::{Flatbuffer, Table};
use crate::format::graph::location;
use crate::format::{External, Header};

/// Fields of `Buffer`.
const DATA: usize = 0;
const OFFSET: usize = 1;
const SIZE: usize = 2;

/// The name of an `ExternalBufferGroup`.
const GROUP_NAME: usize = 0;

/// Fields of `ExternalBuffer`.
const ID: usize = 0;
const GROUP: usize = 1;
const EXTERNAL_OFFSET: usize = 2;
const EXTERNAL_SIZE: usize = 3;
const PACKING: usize = 4;

/// Files of weights. A model has one for each part of it that is loaded apart.
const MAX_FILES: u64 = 1024;

/// Offsets up to this one mean that a buffer's data stand in the flatbuffer itself: the comment
/// beside `Buffer.offset` in `schema.fbs`, "if offset is 0 or 1".
const INLINE_OFFSET: u64 = 1;

/// The bytes of one buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Data {
    /// Offset in the file.
    pub(super) at: u64,
    /// Number of bytes; zero where the tensor is made while the model runs.
    pub(super) size: u64,
}

/// Where every buffer stands, in their order.
pub(super) fn read(buffer: &mut Flatbuffer<'_, '_>, model: &Table) -> Result<Vec<Data>> {
    let places = buffer.tables(model, fields::BUFFERS, "buffers", MAX_ITEMS)?;
    let mut buffers = Vec::new();
    for at in places {
        let table = buffer.table(at)?;
        buffers.push(place(buffer, &table)?);
    }
    Ok(buffers)
}

fn place(buffer: &mut Flatbuffer<'_, '_>, table: &Table) -> Result<Data> {
    let offset = buffer.u64(table, OFFSET)?;
    if offset <= INLINE_OFFSET {
        let data = buffer.vector(table, DATA, 1)?;
        return Ok(data.map_or(
            Data {
                at: table.at,
                size: 0,
            },
            |data| Data {
                at: data.at,
                size: data.length,
            },
        ));
    }
    let bytes = buffer.u64(table, SIZE)?;
    let size = buffer.reader().size();
    match offset.checked_add(bytes) {
        Some(end) if end <= size => Ok(Data {
            at: offset,
            size: bytes,
        }),
        end => Err(Fault::at(
            table.at,
            end.map_or(TfliteProblem::SizeOverflow, |end| {
                TfliteProblem::MissingData { end, size }
            }),
        )),
    }
}

/// A buffer in another file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Elsewhere {
    /// Number of bytes.
    pub(super) size: u64,
    /// Whether they are packed in a way of their own.
    pub(super) is_packed: bool,
}

/// Reads which files the model names for weights of its own, into the header, and the buffers in
/// them by the numbers that tensors know them by.
pub(super) fn read_external(
    buffer: &mut Flatbuffer<'_, '_>,
    model: &Table,
    header: &mut Header,
    anomalies: &mut Anomalies,
) -> Result<HashMap<u32, Elsewhere>> {
    let groups = buffer.tables(model, fields::EXTERNAL_GROUPS, "external files", MAX_FILES)?;
    let mut files = Vec::new();
    for at in groups {
        let table = buffer.table(at)?;
        files.push(External {
            location: text(buffer, &table, GROUP_NAME, anomalies)?,
            end: 0,
            offset: at,
        });
    }
    let mut buffers = HashMap::new();
    let places = buffer.tables(
        model,
        fields::EXTERNAL_BUFFERS,
        "external buffers",
        MAX_ITEMS,
    )?;
    for at in places {
        let table = buffer.table(at)?;
        let group = buffer.u32(&table, GROUP, 0)?;
        check_index("external file", at, group.into(), files.len())?;
        let size = buffer.u64(&table, EXTERNAL_SIZE)?;
        let end = buffer.u64(&table, EXTERNAL_OFFSET)?.checked_add(size);
        let end = end.ok_or_else(|| Fault::at(at, TfliteProblem::SizeOverflow))?;
        let packing = buffer.string(&table, PACKING)?;
        if let Some(file) = usize::try_from(group)
            .ok()
            .and_then(|group| files.get_mut(group))
        {
            file.end = file.end.max(end);
        }
        buffers.insert(
            buffer.u32(&table, ID, 0)?,
            Elsewhere {
                size,
                is_packed: packing.is_some_and(|(name, _)| !name.is_empty()),
            },
        );
    }
    for file in files {
        match location::check(&file.location) {
            Ok(()) => header.external.push(file),
            Err(problem) => {
                anomalies.report(|| Fault::at(file.offset, problem).within("external files"));
            }
        }
    }
    Ok(buffers)
}

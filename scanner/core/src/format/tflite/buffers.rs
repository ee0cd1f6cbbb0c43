//! Buffers: where the data of tensors and metadata stand.

use super::{MAX_ITEMS, Result, TfliteProblem, fields, text};
use crate::anomalies::{Anomalies, Fault, clip};
use crate::flatbuffer::{Flatbuffer, Table};

/// Fields of `Buffer`.
const DATA: usize = 0;
const OFFSET: usize = 1;
const SIZE: usize = 2;

/// The name of an `ExternalBufferGroup`.
const GROUP_NAME: usize = 0;

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

/// Reports every file that the model names for weights of its own: they are not in this one.
pub(super) fn read_external(
    buffer: &mut Flatbuffer<'_, '_>,
    model: &Table,
    anomalies: &mut Anomalies,
) -> Result<()> {
    let groups = buffer.tables(model, fields::EXTERNAL_GROUPS, "external files", MAX_ITEMS)?;
    for at in groups {
        let table = buffer.table(at)?;
        let name = text(buffer, &table, GROUP_NAME, anomalies)?;
        anomalies.report(|| {
            let problem = if leads_out(&name) {
                TfliteProblem::ExternalEscape(clip(&name))
            } else {
                TfliteProblem::External(clip(&name))
            };
            Fault::at(at, problem)
        });
    }
    Ok(())
}

/// Whether a name leads anywhere but to a file below the model's directory.
fn leads_out(name: &str) -> bool {
    name.starts_with(['/', '\\', '~'])
        || name.contains([':', '\0'])
        || name.split(['/', '\\']).any(|part| part == "..")
}

//! Where a program's data stand: in the flatbuffer, or in segments behind it.

use super::{ExecutorchProblem, MAX_ITEMS, MAX_VALUES, Result, fields, item};
use crate::anomalies::{Anomalies, Fault};
use crate::flatbuffer::{Flatbuffer, Table, check_count};

/// Fields of `DataSegment`.
const OFFSET: usize = 0;
const SIZE: usize = 1;

/// Fields of `SubsegmentOffsets`.
const SEGMENT_INDEX: usize = 0;
const OFFSETS: usize = 1;

/// The bytes of a `Buffer` or of a `BackendDelegateInlineData`.
const STORAGE: usize = 0;

/// The segment of a `NamedData`.
const NAMED_SEGMENT: usize = 1;

/// What plans refer to.
#[derive(Debug, Default)]
pub(super) struct Program {
    /// Bytes of each segment.
    pub(super) segments: Vec<u64>,
    /// Bytes of each piece of delegate data in the flatbuffer.
    pub(super) delegate_data: Vec<u64>,
    /// Bytes that each constant may take at most, by the number that tensors know it by.
    pub(super) constants: Vec<u64>,
}

impl Program {
    /// Reads where everything stands, and holds it against the size of the file.
    pub(super) fn read(
        buffer: &mut Flatbuffer<'_, '_>,
        root: &Table,
        base: u64,
        anomalies: &mut Anomalies,
    ) -> Result<Self> {
        let mut program = Self {
            segments: segments(buffer, root, base)?,
            delegate_data: storages(buffer, root, fields::DELEGATE_DATA)?,
            constants: storages(buffer, root, fields::CONSTANT_BUFFER)?,
        };
        if let Some(table) = buffer.child(root, fields::CONSTANT_SEGMENT)? {
            let constants = program.in_segment(buffer, &table)?;
            if !constants.is_empty() {
                program.constants = constants;
            }
        }
        let named = buffer.tables(root, fields::NAMED_DATA, "named data", MAX_ITEMS)?;
        for at in &named {
            let table = buffer.table(*at)?;
            let index = buffer.u32(&table, NAMED_SEGMENT, 0)?;
            item("segment", *at, index.into(), &program.segments)?;
        }
        if let Some(at) = named.first() {
            let problem = ExecutorchProblem::NamedData(named.len());
            anomalies.report(|| Fault::at(*at, problem));
        }
        Ok(program)
    }

    /// Bytes from each offset of a segment to its end.
    fn in_segment(&self, buffer: &mut Flatbuffer<'_, '_>, table: &Table) -> Result<Vec<u64>> {
        let Some(offsets) = buffer.vector(table, OFFSETS, 8)? else {
            return Ok(Vec::new());
        };
        if offsets.length == 0 {
            return Ok(Vec::new());
        }
        let of = "constants";
        check_count(offsets, of, MAX_VALUES)?;
        let index = buffer.u32(table, SEGMENT_INDEX, 0)?;
        let size = *item("segment", table.at, index.into(), &self.segments)?;
        buffer.reader().seek(offsets.at)?;
        let mut constants = Vec::new();
        for _ in 0..offsets.length {
            let at = buffer.reader().position();
            let offset = buffer.reader().u64()?;
            let left = size.checked_sub(offset).ok_or_else(|| {
                let of = "segment";
                let end = offset;
                Fault::at(at, ExecutorchProblem::MissingData { of, end, size })
            })?;
            constants.push(left);
        }
        Ok(constants)
    }
}

fn segments(buffer: &mut Flatbuffer<'_, '_>, root: &Table, base: u64) -> Result<Vec<u64>> {
    let size = buffer.reader().size();
    let mut segments = Vec::new();
    for at in buffer.tables(root, fields::SEGMENTS, "segments", MAX_ITEMS)? {
        let table = buffer.table(at)?;
        let bytes = buffer.u64(&table, SIZE)?;
        let offset = buffer.u64(&table, OFFSET)?;
        let end = base
            .checked_add(offset)
            .and_then(|start| start.checked_add(bytes))
            .ok_or_else(|| Fault::at(at, ExecutorchProblem::SizeOverflow))?;
        if end > size {
            let of = "file";
            return Err(Fault::at(
                at,
                ExecutorchProblem::MissingData { of, end, size },
            ));
        }
        segments.push(bytes);
    }
    Ok(segments)
}

fn storages(buffer: &mut Flatbuffer<'_, '_>, root: &Table, field: usize) -> Result<Vec<u64>> {
    let mut storages = Vec::new();
    for at in buffer.tables(root, field, "buffers", MAX_ITEMS)? {
        let table = buffer.table(at)?;
        let data = buffer.vector(&table, STORAGE, 1)?;
        storages.push(data.map_or(0, |data| data.length));
    }
    Ok(storages)
}

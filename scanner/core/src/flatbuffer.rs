//! Flatbuffers by position: tables, vectors and strings, read where they stand and never held whole.
//!
//! A root offset leads to a table; a table starts with the distance back to its vtable, which says
//! where each field stands. Every offset is checked against the size of the file before it is
//! followed, and alignment as the reference verifier does.
//! Source: <https://flatbuffers.dev/internals/>, "Format", and `verifier.h`.

use std::cell::Cell;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::rc::Rc;

use crate::anomalies::{Fault, Problem};
use crate::reader::{ReadProblem, Reader, widen};
use crate::record::AnomalyRule;

/// Vtables kept at once: writers share them between tables of the same fields, so that a file has
/// a few dozen.
const MAX_VTABLES: usize = 256;

/// Bytes of a vtable. The largest of the schemas read here has 14 fields; newer ones may add some.
const MAX_VTABLE: u16 = 1024;

/// Bytes of a string: names and descriptions.
const MAX_STRING: usize = 64 * 1024;

/// Bytes of vectors, strings and vtables that are read, each as often as something leads to it: any
/// number of tables may share one. Those of the largest language models come to a few MiB.
const MAX_READ: u64 = 256 * 1024 * 1024;

type Result<T> = std::result::Result<T, Fault<FlatbufferProblem>>;

/// A flatbuffer that starts at an offset of the file.
pub(crate) struct Flatbuffer<'a, 'source> {
    reader: &'a mut Reader<'source>,
    base: u64,
    /// Offset behind the last byte that tables may take.
    end: u64,
    vtables: HashMap<u64, Rc<[u16]>>,
    /// Bytes that are still read, of this flatbuffer and those inside it.
    left: Rc<Cell<u64>>,
}

/// A table: where it stands and where its fields are.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Offset in the file.
    pub(crate) at: u64,
    fields: Rc<[u16]>,
    /// Bytes of the table itself.
    length: u16,
}

/// A vector: where its items stand and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Vector {
    /// Offset of the first item in the file.
    pub(crate) at: u64,
    /// Number of items.
    pub(crate) length: u64,
}

impl Table {
    /// Where a field of `width` bytes stands in the file; `None` where the table lacks it.
    fn field(&self, field: usize, width: u16) -> Result<Option<u64>> {
        let place = match field.checked_add(1).and_then(|slot| self.fields.get(slot)) {
            None | Some(0) => return Ok(None),
            Some(place) => *place,
        };
        let is_inside = place
            .checked_add(width)
            .is_some_and(|end| end <= self.length);
        if !is_inside {
            return Err(Fault::at(self.at, FlatbufferProblem::Vtable));
        }
        Ok(self.at.checked_add(u64::from(place)))
    }
}

impl<'a, 'source> Flatbuffer<'a, 'source> {
    /// The flatbuffer in `size` bytes from `base` on.
    pub(crate) fn new(reader: &'a mut Reader<'source>, base: u64, size: u64) -> Self {
        let end = base.saturating_add(size).min(reader.size());
        Self {
            reader,
            base,
            end,
            vtables: HashMap::new(),
            left: Rc::new(Cell::new(MAX_READ)),
        }
    }

    /// The flatbuffer in `size` bytes from `base` on, which data of this one hold.
    pub(crate) fn inside(&mut self, base: u64, size: u64) -> Flatbuffer<'_, 'source> {
        let left = Rc::clone(&self.left);
        Flatbuffer {
            left,
            ..Flatbuffer::new(self.reader, base, size)
        }
    }

    /// The reader, wherever it stands.
    pub(crate) fn reader(&mut self) -> &mut Reader<'source> {
        self.reader
    }

    /// The table that the root offset leads to.
    pub(crate) fn root(&mut self) -> Result<Table> {
        let at = self.base;
        self.follow(at).and_then(|at| self.table(at))
    }

    /// The table at an offset of the file.
    pub(crate) fn table(&mut self, at: u64) -> Result<Table> {
        self.check_alignment(at, 4)?;
        let back = i64::from(self.i32_at(at)?);
        let vtable = back
            .checked_neg()
            .and_then(|ahead| at.checked_add_signed(ahead))
            .filter(|vtable| *vtable >= self.base)
            .ok_or_else(|| Fault::at(at, FlatbufferProblem::Vtable))?;
        let vtable = self.vtable(vtable)?;
        let &[length, ref fields @ ..] = &*vtable else {
            return Err(Fault::at(at, FlatbufferProblem::Vtable));
        };
        let is_inside = at
            .checked_add(u64::from(length))
            .is_some_and(|end| end <= self.end);
        let are_inside = fields.iter().all(|field| *field < length || *field == 0);
        if !is_inside || !are_inside || length < 4 {
            return Err(Fault::at(at, FlatbufferProblem::Vtable));
        }
        Ok(Table {
            at,
            fields: vtable,
            length,
        })
    }

    /// The bytes of a table and then the places of its fields, as its vtable has them.
    fn vtable(&mut self, at: u64) -> Result<Rc<[u16]>> {
        if let Some(known) = self.vtables.get(&at) {
            return Ok(Rc::clone(known));
        }
        self.check_alignment(at, 2)?;
        let bytes = self.u16_at(at)?;
        if bytes < 4 || bytes % 2 != 0 {
            return Err(Fault::at(at, FlatbufferProblem::Vtable));
        }
        if bytes > MAX_VTABLE {
            return Err(Fault::at(
                at,
                FlatbufferProblem::Limit("fields of a table", u64::from(MAX_VTABLE / 2)),
            ));
        }
        self.charge(at, bytes.into())?;
        let mut fields = Vec::with_capacity(usize::from(bytes / 2));
        for _ in 1..bytes / 2 {
            fields.push(self.reader.u16()?);
        }
        let fields: Rc<[u16]> = fields.into();
        if self.vtables.len() >= MAX_VTABLES {
            self.vtables.clear();
        }
        self.vtables.insert(at, Rc::clone(&fields));
        Ok(fields)
    }

    /// A byte; `absent` where the table lacks the field.
    pub(crate) fn u8(&mut self, table: &Table, field: usize, absent: u8) -> Result<u8> {
        match table.field(field, 1)? {
            Some(at) => {
                self.reader.seek(at)?;
                Ok(self.reader.u8()?)
            }
            None => Ok(absent),
        }
    }

    /// A number of four bytes; `absent` where the table lacks the field.
    pub(crate) fn u32(&mut self, table: &Table, field: usize, absent: u32) -> Result<u32> {
        match table.field(field, 4)? {
            Some(at) => self.u32_at(at),
            None => Ok(absent),
        }
    }

    /// A number of eight bytes; zero where the table lacks the field.
    pub(crate) fn u64(&mut self, table: &Table, field: usize) -> Result<u64> {
        match table.field(field, 8)? {
            Some(at) => {
                self.reader.seek(at)?;
                Ok(self.reader.u64()?)
            }
            None => Ok(0),
        }
    }

    /// The table that a field leads to.
    pub(crate) fn child(&mut self, table: &Table, field: usize) -> Result<Option<Table>> {
        match table.field(field, 4)? {
            Some(at) => self.follow(at).and_then(|at| self.table(at)).map(Some),
            None => Ok(None),
        }
    }

    /// The vector that a field leads to, of items of `width` bytes, all of them inside the file.
    pub(crate) fn vector(
        &mut self,
        table: &Table,
        field: usize,
        width: u64,
    ) -> Result<Option<Vector>> {
        let Some(at) = table.field(field, 4)? else {
            return Ok(None);
        };
        let start = self.follow(at)?;
        self.check_alignment(start, 4)?;
        let length = u64::from(self.u32_at(start)?);
        let at = self.reader.position();
        let bytes = length.saturating_mul(width);
        let available = self.end.saturating_sub(at);
        if bytes > available {
            return Err(Fault::at(
                at,
                FlatbufferProblem::Read(ReadProblem::End {
                    wanted: bytes,
                    available,
                }),
            ));
        }
        Ok(Some(Vector { at, length }))
    }

    /// Where the tables of a vector stand; none where the field is absent.
    pub(crate) fn tables(
        &mut self,
        table: &Table,
        field: usize,
        of: &'static str,
        most: u64,
    ) -> Result<Vec<u64>> {
        let Some(vector) = self.vector(table, field, 4)? else {
            return Ok(Vec::new());
        };
        check_count(vector, of, most)?;
        self.charge(vector.at, vector.length.saturating_mul(4))?;
        self.reader.seek(vector.at)?;
        let mut tables = Vec::new();
        for _ in 0..vector.length {
            let at = self.reader.position();
            let ahead = u64::from(self.reader.u32()?);
            tables.push(self.leads_to(at, ahead)?);
        }
        Ok(tables)
    }

    /// The signed four-byte numbers of a vector; none where the field is absent.
    pub(crate) fn numbers(
        &mut self,
        table: &Table,
        field: usize,
        of: &'static str,
        most: u64,
    ) -> Result<Vec<i32>> {
        let Some(vector) = self.vector(table, field, 4)? else {
            return Ok(Vec::new());
        };
        check_count(vector, of, most)?;
        self.charge(vector.at, vector.length.saturating_mul(4))?;
        self.reader.seek(vector.at)?;
        let mut numbers = Vec::new();
        for _ in 0..vector.length {
            numbers.push(i32::from_le_bytes(self.reader.array()?));
        }
        Ok(numbers)
    }

    /// The bytes of a string, and the offset of the first in the file.
    pub(crate) fn string(&mut self, table: &Table, field: usize) -> Result<Option<(Vec<u8>, u64)>> {
        let Some(vector) = self.vector(table, field, 1)? else {
            return Ok(None);
        };
        self.reader.seek(vector.at)?;
        let Some(bytes) = self.reader.bytes(vector.length, MAX_STRING)? else {
            let problem = FlatbufferProblem::Limit("bytes of a text", widen(MAX_STRING));
            return Err(Fault::at(vector.at, problem));
        };
        self.charge(vector.at, vector.length)?;
        if self.reader.u8()? != 0 {
            return Err(Fault::at(vector.at, FlatbufferProblem::OpenString));
        }
        Ok(Some((bytes, vector.at)))
    }

    /// Counts bytes that are read at an offset.
    fn charge(&self, at: u64, bytes: u64) -> Result<()> {
        let left = self.left.get().checked_sub(bytes).ok_or_else(|| {
            let problem = FlatbufferProblem::Limit("bytes of vectors and texts", MAX_READ);
            Fault::at(at, problem)
        })?;
        self.left.set(left);
        Ok(())
    }

    /// Where the offset that stands at `at` leads to.
    fn follow(&mut self, at: u64) -> Result<u64> {
        let ahead = u64::from(self.u32_at(at)?);
        self.leads_to(at, ahead)
    }

    fn leads_to(&self, at: u64, ahead: u64) -> Result<u64> {
        at.checked_add(ahead)
            .filter(|target| ahead > 0 && *target < self.end)
            .ok_or_else(|| Fault::at(at, FlatbufferProblem::Offset(ahead)))
    }

    fn check_alignment(&self, at: u64, width: u64) -> Result<()> {
        if at.saturating_sub(self.base).is_multiple_of(width) {
            Ok(())
        } else {
            Err(Fault::at(at, FlatbufferProblem::Alignment(width)))
        }
    }

    fn u16_at(&mut self, at: u64) -> Result<u16> {
        self.reader.seek(at)?;
        Ok(self.reader.u16()?)
    }

    fn u32_at(&mut self, at: u64) -> Result<u32> {
        self.reader.seek(at)?;
        Ok(self.reader.u32()?)
    }

    fn i32_at(&mut self, at: u64) -> Result<i32> {
        self.reader.seek(at)?;
        Ok(i32::from_le_bytes(self.reader.array()?))
    }
}

/// Refuses a vector of more items than are read.
pub(crate) fn check_count(vector: Vector, of: &'static str, most: u64) -> Result<()> {
    if vector.length > most {
        return Err(Fault::at(vector.at, FlatbufferProblem::Limit(of, most)));
    }
    Ok(())
}

/// Something wrong with a flatbuffer.
#[derive(Debug)]
#[non_exhaustive]
pub enum FlatbufferProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// An offset that leads out of the buffer, or nowhere.
    Offset(u64),
    /// A vtable that stands outside, or whose table does not hold its fields.
    Vtable,
    /// Something that does not stand at a multiple of its width.
    Alignment(u64),
    /// A string without its closing zero.
    OpenString,
    /// A limit of this reader.
    Limit(&'static str, u64),
}

impl From<ReadProblem> for FlatbufferProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for FlatbufferProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::Limit(..) => AnomalyRule::NotExamined,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::Offset(_) => "offset-out-of-range",
            Self::Vtable => "broken-vtable",
            Self::Alignment(_) => "misaligned",
            Self::OpenString => "unterminated-string",
            Self::Limit(..) => "limit-flatbuffer",
        }
    }
}

impl fmt::Display for FlatbufferProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::Offset(ahead) => {
                write!(f, "an offset of {ahead} leads out of the flatbuffer")
            }
            Self::Vtable => f.write_str("a table and its vtable do not fit each other"),
            Self::Alignment(width) => {
                write!(f, "a value does not stand at a multiple of {width} bytes")
            }
            Self::OpenString => f.write_str("a text does not end with a zero byte"),
            Self::Limit(of, most) => {
                write!(f, "more {of} than are examined; the limit is {most}")
            }
        }
    }
}

impl Error for FlatbufferProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => problem.source(),
            _ => None,
        }
    }
}

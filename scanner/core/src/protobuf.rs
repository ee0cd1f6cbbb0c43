//! Protobuf's wire format, walked field by field without a schema and without copies.
//!
//! A message is a span of the file; its fields come in any order, as protobuf allows. What a caller
//! does not ask for is skipped by position. Source: the encoding as laid down at
//! <https://protobuf.dev/programming-guides/encoding/>. Groups, which no format here uses, are
//! refused, unless a file is only to be told; so is whatever breaks the encoding, at the first place
//! where it does.

mod problem;
mod start;

pub(crate) use problem::WireProblem;
pub(crate) use start::{StartField, StartValue, fields_at_start};

use crate::anomalies::{Fault, Problem};
use crate::reader::{ReadError, ReadProblem, Reader};

/// Messages inside messages: `kDefaultRecursionLimit` of protobuf's C++ library, which loaders keep.
pub(crate) const MAX_DEPTH: u8 = 100;

/// Fields walked in one file. Trees of the largest forests take some tens of millions; this many
/// take seconds.
const MAX_FIELDS: u64 = 1 << 28;

/// Bytes of a number: ten times seven bits hold 64.
const MAX_NUMBER_BYTES: usize = 10;

/// A walk over the messages of one file.
pub(crate) struct Wire<'a, 'source> {
    reader: &'a mut Reader<'source>,
    fields: u64,
    padded_number: Option<u64>,
    passes_groups: bool,
}

/// The bytes of a field: where they lie, and how deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Offset of the first byte.
    pub(crate) start: u64,
    /// Number of bytes.
    pub(crate) length: u64,
    depth: u8,
}

/// A message that is being walked.
#[derive(Debug)]
pub(crate) struct Message {
    next: u64,
    end: u64,
    depth: u8,
}

/// A field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its number in the schema.
    pub(crate) number: u32,
    /// Offset of its tag.
    pub(crate) offset: u64,
    /// Its value.
    pub(crate) value: Value,
}

/// The value of a field, as far as the wire format tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number of variable length.
    Number(u64),
    /// Eight bytes.
    Eight(u64),
    /// Four bytes.
    Four(u32),
    /// A text, bytes, a message or packed numbers.
    Bytes(Span),
    /// The start or the end of a group.
    Group,
}

type Result<T> = std::result::Result<T, WireError>;

impl<'a, 'source> Wire<'a, 'source> {
    /// A walk over what follows in the reader.
    pub(crate) fn new(reader: &'a mut Reader<'source>) -> Self {
        Self {
            reader,
            fields: 0,
            padded_number: None,
            passes_groups: false,
        }
    }

    /// A walk that passes over groups, as readers of protobuf do with fields they do not know.
    pub(crate) fn past_groups(reader: &'a mut Reader<'source>) -> Self {
        Self {
            passes_groups: true,
            ..Self::new(reader)
        }
    }

    /// The whole file as one message.
    pub(crate) fn file(&self) -> Message {
        Message {
            next: self.reader.position(),
            end: self.reader.size(),
            depth: 0,
        }
    }

    /// The message's next field; what is unread of the one before is skipped.
    pub(crate) fn next(&mut self, message: &mut Message) -> Result<Option<Field>> {
        self.skip_to(message.next)?;
        let offset = message.next;
        if offset >= message.end {
            return Ok(None);
        }
        self.fields = self.fields.saturating_add(1);
        if self.fields > MAX_FIELDS {
            return Err(WireError::at(offset, WireProblem::Fields));
        }
        let tag = self.number(message.end)?;
        let number = u32::try_from(tag)
            .map(|tag| tag >> 3)
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| WireError::at(offset, WireProblem::Tag(tag)))?;
        let value = match tag & 7 {
            0 => Value::Number(self.number(message.end)?),
            1 => Value::Eight(self.fixed(message.end, Reader::u64)?),
            2 => Value::Bytes(self.span(message)?),
            5 => Value::Four(self.fixed(message.end, Reader::u32)?),
            // What stands in a group is passed over as fields of the message around it are.
            3 | 4 if self.passes_groups => Value::Group,
            3 | 4 => return Err(WireError::at(offset, WireProblem::Group(number))),
            kind => return Err(WireError::at(offset, WireProblem::Kind(kind))),
        };
        message.next = match value {
            Value::Bytes(span) => span.end(),
            _ => self.reader.position(),
        };
        Ok(Some(Field {
            number,
            offset,
            value,
        }))
    }

    /// The bytes of a field; `None` if they are more than `limit`, and nothing is read.
    pub(crate) fn bytes(&mut self, span: Span, limit: usize) -> Result<Option<Vec<u8>>> {
        self.skip_to(span.start)?;
        Ok(self.reader.bytes(span.length, limit)?)
    }

    /// Calls `take` with every number that is packed into a field.
    pub(crate) fn packed(&mut self, span: Span, mut take: impl FnMut(u64)) -> Result<()> {
        self.skip_to(span.start)?;
        while self.reader.position() < span.end() {
            let number = self.number(span.end())?;
            take(number);
        }
        Ok(())
    }

    /// Offset of the first number that takes more bytes than it needs, if there was one.
    pub(crate) fn padded_number(&self) -> Option<u64> {
        self.padded_number
    }

    fn skip_to(&mut self, offset: u64) -> Result<()> {
        let position = self.reader.position();
        debug_assert!(offset >= position, "bytes are read once, in order");
        let ahead = offset.saturating_sub(position);
        Ok(self.reader.skip(ahead)?)
    }

    /// A length and where the bytes it counts lie: inside the message, or beyond the file.
    fn span(&mut self, message: &Message) -> Result<Span> {
        let offset = self.reader.position();
        let length = self.number(message.end)?;
        let start = self.reader.position();
        let span = Span {
            start,
            length,
            depth: message.depth.saturating_add(1),
        };
        let available = message.end.saturating_sub(start);
        if length <= available {
            return Ok(span);
        }
        let problem = if message.end == self.reader.size() {
            WireProblem::Read(ReadProblem::End {
                wanted: length,
                available,
            })
        } else {
            WireProblem::BeyondMessage { length, available }
        };
        Err(WireError::at(offset, problem))
    }

    #[inline]
    fn number(&mut self, end: u64) -> Result<u64> {
        let offset = self.reader.position();
        let first = self.reader.u8()?;
        let number = if first < 0x80 {
            u64::from(first)
        } else {
            self.long_number(offset, first)?
        };
        if self.reader.position() > end {
            return Err(WireError::at(offset, WireProblem::AcrossEnd));
        }
        Ok(number)
    }

    fn long_number(&mut self, offset: u64, first: u8) -> Result<u64> {
        let mut number = u64::from(first & 0x7f);
        for index in 1..MAX_NUMBER_BYTES {
            let byte = self.reader.u8()?;
            let shift = u32::try_from(index).unwrap_or(0).saturating_mul(7);
            let bits = u64::from(byte & 0x7f);
            let shifted = bits << shift;
            if shifted >> shift != bits {
                return Err(WireError::at(offset, WireProblem::LongNumber));
            }
            number |= shifted;
            if byte < 0x80 {
                if byte == 0 {
                    self.padded_number.get_or_insert(offset);
                }
                return Ok(number);
            }
        }
        Err(WireError::at(offset, WireProblem::LongNumber))
    }

    fn fixed<T>(
        &mut self,
        end: u64,
        read: impl FnOnce(&mut Reader<'source>) -> std::result::Result<T, ReadError>,
    ) -> Result<T> {
        let offset = self.reader.position();
        let value = read(self.reader)?;
        if self.reader.position() > end {
            return Err(WireError::at(offset, WireProblem::AcrossEnd));
        }
        Ok(value)
    }
}

impl Span {
    /// The bytes as a message.
    pub(crate) fn message(self) -> Result<Message> {
        if self.depth > MAX_DEPTH {
            return Err(WireError::at(self.start, WireProblem::Depth));
        }
        Ok(Message {
            next: self.start,
            end: self.end(),
            depth: self.depth,
        })
    }

    /// How many numbers of `width` bytes are packed into the bytes.
    pub(crate) fn packed_count(self, width: u64) -> Result<u64> {
        self.length
            .checked_div(width)
            .filter(|count| count.saturating_mul(width) == self.length)
            .ok_or_else(|| WireError::at(self.start, WireProblem::AcrossEnd))
    }

    /// Offset behind the last byte.
    fn end(self) -> u64 {
        self.start.saturating_add(self.length)
    }
}

/// What breaks the encoding, and where.
#[derive(Debug)]
pub(crate) struct WireError {
    offset: u64,
    problem: WireProblem,
}

impl WireError {
    fn at(offset: u64, problem: WireProblem) -> Self {
        Self { offset, problem }
    }
}

impl From<ReadError> for WireError {
    fn from(error: ReadError) -> Self {
        let (offset, problem) = error.into_parts();
        Self::at(offset, WireProblem::Read(problem))
    }
}

impl<P: Problem + From<WireProblem>> From<WireError> for Fault<P> {
    fn from(error: WireError) -> Self {
        Self::at(error.offset, error.problem.into())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use super::*;
    use crate::reader::Source;

    /// The fields of bytes, by number, up to the first problem.
    fn fields(bytes: &[u8]) -> (Vec<(u32, Value)>, Option<&'static str>) {
        let mut reader = Reader::new(&bytes);
        let mut wire = Wire::new(&mut reader);
        let mut message = wire.file();
        let mut fields = Vec::new();
        loop {
            match wire.next(&mut message) {
                Ok(Some(field)) => fields.push((field.number, field.value)),
                Ok(None) => return (fields, None),
                Err(error) => return (fields, Some(error.problem.kind())),
            }
        }
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let bytes = b"\x08\x96\x01\x11\x01\0\0\0\0\0\0\0\x1d\x02\0\0\0\x22\x02ab\x98\x06\x05";

        let (found, problem) = fields(bytes);

        let span = Span {
            start: 19,
            length: 2,
            depth: 1,
        };
        assert_eq!(
            found,
            [
                (1, Value::Number(150)),
                (2, Value::Eight(1)),
                (3, Value::Four(2)),
                (4, Value::Bytes(span)),
                (99, Value::Number(5)),
            ]
        );
        assert_eq!(problem, None);
    }

    #[test]
    fn what_breaks_the_encoding_is_named() {
        for (bytes, kind) in [
            (&b"\x08"[..], "unexpected-end"),
            (b"\x08\x80", "unexpected-end"),
            (b"\x0a\x05abc", "unexpected-end"),
            (b"\x09\0\0", "unexpected-end"),
            (b"\x0b", "group"),
            (b"\x0c", "group"),
            (b"\x0e", "unknown-wire-type"),
            (b"\x00", "impossible-tag"),
            (b"\x07", "impossible-tag"),
            (b"\x80\x80\x80\x80\x10\x00", "impossible-tag"),
            (
                b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
                "overlong-number",
            ),
            (
                b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
                "overlong-number",
            ),
        ] {
            assert_eq!(fields(bytes), (Vec::new(), Some(kind)), "{bytes:?}");
        }
        let largest = b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        assert_eq!(fields(largest), (vec![(1, Value::Number(u64::MAX))], None));
    }

    /// A terabyte of a single field behind a short one, that counts how often it is asked.
    struct Large(Cell<u32>);

    impl Source for Large {
        fn size(&self) -> u64 {
            (1 << 40) + 9
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.set(self.0.get().saturating_add(1));
            let bytes: &[u8] = b"\x0a\x80\x80\x80\x80\x80\x20";
            match offset {
                0 => bytes.read_at(0, buffer),
                _ => [0x10_u8, 7].as_slice().read_at(0, buffer),
            }
        }
    }

    #[test]
    fn a_field_that_nobody_asks_for_is_not_read() {
        let source = Large(Cell::new(0));
        let mut reader = Reader::new(&source);
        let mut wire = Wire::new(&mut reader);
        let mut message = wire.file();

        let first = wire.next(&mut message).ok().flatten();
        let second = wire.next(&mut message).ok().flatten();

        let length = first.map(|field| match field.value {
            Value::Bytes(span) => span.length,
            _ => 0,
        });
        assert_eq!(length, Some(1 << 40));
        assert_eq!(second.map(|field| field.value), Some(Value::Number(7)));
        assert_eq!(source.0.get(), 2);
    }

    #[test]
    fn packed_numbers_of_a_fixed_width_fill_their_field() {
        let span = |length| Span {
            start: 0,
            length,
            depth: 1,
        };

        assert_eq!(span(12).packed_count(4).ok(), Some(3));
        assert_eq!(span(0).packed_count(4).ok(), Some(0));
        assert_eq!(span(13).packed_count(4).ok(), None);
    }
}

//! Protobuf's wire format, walked field by field without a schema and without copies.
//!
//! A message is a span of the file; its fields come in any order, as protobuf allows. What a caller
//! does not ask for is skipped by position. Source: the encoding as laid down at
//! <https://protobuf.dev/programming-guides/encoding/>. Groups, which no format here uses, are
//! refused; so is whatever breaks the encoding, at the first place where it does.

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
}

type Result<T> = std::result::Result<T, WireError>;

impl<'a, 'source> Wire<'a, 'source> {
    /// A walk over what follows in the reader.
    pub(crate) fn new(reader: &'a mut Reader<'source>) -> Self {
        Self {
            reader,
            fields: 0,
            padded_number: None,
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
        let ahead = offset.saturating_sub(self.reader.position());
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

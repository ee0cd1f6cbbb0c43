//! A long header, byte by byte through the reader's window.

use std::cell::Cell;
use std::io::{self, Read};

use super::{Edges, SafetensorsProblem};
use crate::anomalies::Fault;
use crate::reader::Reader;

/// Bytes of one string in a header that is too long for memory. Real ones (training logs in
/// `__metadata__`) are shorter than the headers that are held in memory.
const MAX_STRING: u64 = 4 * 1024 * 1024;

/// The bytes of a header, one at a time: the parser never holds more than one string.
pub(super) struct HeaderStream<'a, 'source> {
    reader: &'a mut Reader<'source>,
    left: u64,
    position: &'a Cell<u64>,
    string: Option<u64>,
    is_escaped: bool,
    edges: Edges,
    failure: Option<Fault<SafetensorsProblem>>,
}

impl<'a, 'source> HeaderStream<'a, 'source> {
    /// The next `length` bytes of the reader; `position` follows the offset in the file.
    pub(super) fn new(
        reader: &'a mut Reader<'source>,
        length: u64,
        position: &'a Cell<u64>,
    ) -> Self {
        Self {
            reader,
            left: length,
            position,
            string: None,
            is_escaped: false,
            edges: Edges::default(),
            failure: None,
        }
    }

    /// What stood at both ends, and what ended the reading early.
    pub(super) fn finish(self) -> (Edges, Option<Fault<SafetensorsProblem>>) {
        (self.edges, self.failure)
    }

    #[inline]
    fn next_byte(&mut self) -> Result<u8, Fault<SafetensorsProblem>> {
        let byte = self.reader.u8()?;
        self.left = self.left.saturating_sub(1);
        self.position.set(self.position.get().saturating_add(1));
        self.edges.see(byte);
        self.follow_string(byte)?;
        Ok(byte)
    }

    /// Knows whether a byte belongs to a string, and how long that has become.
    #[inline]
    fn follow_string(&mut self, byte: u8) -> Result<(), Fault<SafetensorsProblem>> {
        let is_quote = byte == b'"' && !self.is_escaped;
        self.string = match self.string {
            None => is_quote.then_some(0),
            Some(_) if is_quote => None,
            Some(length) => Some(length.saturating_add(1)),
        };
        self.is_escaped = self.string.is_some() && byte == b'\\' && !self.is_escaped;
        if self.string.is_some_and(|length| length > MAX_STRING) {
            let problem = SafetensorsProblem::Limit {
                kind: "limit-text",
                of: "bytes of a text",
                most: MAX_STRING,
            };
            return Err(Fault::at(self.position.get(), problem));
        }
        Ok(())
    }
}

impl Read for HeaderStream<'_, '_> {
    /// One byte at a time: that is how the parser asks.
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (Some(slot), 1..) = (buffer.first_mut(), self.left) else {
            return Ok(0);
        };
        *slot = self.next_byte().map_err(|fault| {
            self.failure = Some(fault);
            io::Error::from(io::ErrorKind::Other)
        })?;
        Ok(1)
    }
}

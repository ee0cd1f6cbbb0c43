//! Bounded positional reading: the one way in which bytes of a file reach a format.
//!
//! Arithmetic is checked, nothing is allocated by a number the file chose, and skipping reads
//! nothing. Reading past the end of the file is an error with the offset where it was tried.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;
use std::io;

use crate::anomalies::{Fault, Problem};
use crate::record::AnomalyRule;

/// Bytes fetched at once: larger windows gain nothing on warm files, and a header of a few
/// thousand tensors fits in one or two.
const WINDOW: usize = 64 * 1024;

/// Bytes fetched first after a jump: a page, as often only a few bytes are wanted there. Each
/// window that follows is twice as long.
const FIRST_AFTER_JUMP: usize = 4 * 1024;

/// Bytes that can be read at any offset.
pub trait Source {
    /// Number of bytes.
    fn size(&self) -> u64;

    /// Reads bytes that start at `offset` into `buffer` and returns how many; 0 at the end.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl Source for &[u8] {
    fn size(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut rest = usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..))
            .unwrap_or_default();
        io::Read::read(&mut rest, buffer)
    }
}

/// Order of the bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// A cursor over a [`Source`].
pub struct Reader<'source> {
    source: &'source dyn Source,
    size: u64,
    endian: Endian,
    /// Where bytes are read into; it never shrinks, as what it grows by must be set to zero.
    buffer: Vec<u8>,
    /// How many of them were read.
    filled: usize,
    /// Offset of the window's first byte in the file.
    base: u64,
    /// The cursor, as an index into the window.
    cursor: usize,
    /// Bytes that are fetched next.
    ahead: usize,
}

impl<'source> Reader<'source> {
    /// A cursor at the first byte that reads little-endian numbers.
    #[must_use]
    pub fn new(source: &'source dyn Source) -> Self {
        Self {
            source,
            size: source.size(),
            endian: Endian::Little,
            buffer: Vec::new(),
            filled: 0,
            base: 0,
            cursor: 0,
            ahead: WINDOW,
        }
    }

    /// Reads numbers in this order of bytes from here on.
    pub fn set_endian(&mut self, endian: Endian) {
        self.endian = endian;
    }

    /// The bytes themselves, for a format whose parts stand in any order.
    #[must_use]
    pub fn source(&self) -> &'source dyn Source {
        self.source
    }

    /// The order in which numbers are read.
    #[must_use]
    pub fn endian(&self) -> Endian {
        self.endian
    }

    /// Number of bytes in the file.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.base.saturating_add(widen(self.cursor))
    }

    /// Number of bytes from here to the end of the file.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.size.saturating_sub(self.position())
    }

    /// Moves past `count` bytes without reading them.
    ///
    /// # Errors
    /// [`ReadProblem::End`] if the file has fewer.
    #[inline]
    pub fn skip(&mut self, count: u64) -> Result<(), ReadError> {
        let within_window = usize::try_from(count)
            .ok()
            .and_then(|count| self.cursor.checked_add(count))
            .filter(|cursor| *cursor <= self.filled);
        if let Some(cursor) = within_window {
            self.cursor = cursor;
            return Ok(());
        }
        self.demand(count)?;
        self.base = self.position().saturating_add(count);
        self.filled = 0;
        self.cursor = 0;
        Ok(())
    }

    /// Moves to an offset of the file, forwards or backwards, without reading.
    ///
    /// # Errors
    /// [`ReadProblem::End`] if the file ends before.
    pub fn seek(&mut self, offset: u64) -> Result<(), ReadError> {
        let in_window = offset
            .checked_sub(self.base)
            .and_then(|ahead| usize::try_from(ahead).ok())
            .filter(|cursor| *cursor <= self.filled);
        if let Some(cursor) = in_window {
            self.cursor = cursor;
            return Ok(());
        }
        if offset > self.size {
            return Err(ReadError {
                offset: self.size,
                problem: ReadProblem::End {
                    wanted: offset.saturating_sub(self.size),
                    available: 0,
                },
            });
        }
        self.base = offset;
        self.filled = 0;
        self.cursor = 0;
        self.ahead = FIRST_AFTER_JUMP;
        Ok(())
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`ReadProblem::End`] if the file has fewer, [`ReadProblem::Io`] if the system fails.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        if let Some(bytes) = self.at_hand().first_chunk().copied() {
            self.cursor = self.cursor.saturating_add(N);
            return Ok(bytes);
        }
        self.array_across_windows()
    }

    #[cold]
    fn array_across_windows<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        self.demand(widen(N))?;
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The next `count` bytes; `None` if they are more than `limit`, and the cursor stays.
    ///
    /// # Errors
    /// [`ReadProblem::End`] if the file has fewer, [`ReadProblem::Io`] if the system fails.
    pub fn bytes(&mut self, count: u64, limit: usize) -> Result<Option<Vec<u8>>, ReadError> {
        self.demand(count)?;
        let Some(count) = usize::try_from(count).ok().filter(|count| *count <= limit) else {
            return Ok(None);
        };
        let mut bytes = vec![0; count];
        self.fill(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Hands over texts that follow each other, each behind its length in eight bytes, little-endian:
    /// as far as they are at hand, lie before the offset `end`, and are no more than `most`.
    ///
    /// Returns how many; the cursor stands behind them. What follows must be read some other way.
    #[inline]
    pub(crate) fn texts_at_hand(
        &mut self,
        most: u64,
        end: u64,
        mut each: impl FnMut(u64, &[u8]),
    ) -> u64 {
        let last = usize::try_from(end.saturating_sub(self.base)).unwrap_or(usize::MAX);
        let window = self.buffer.get(..self.filled.min(last));
        let mut rest = window
            .and_then(|window| window.get(self.cursor..))
            .unwrap_or_default();
        let whole = rest.len();
        let mut count = 0;
        while count < most {
            let Some((length, after)) = rest.split_first_chunk() else {
                break;
            };
            let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
            let Some((text, after)) = after.split_at_checked(length) else {
                break;
            };
            each(count, text);
            rest = after;
            count = count.saturating_add(1);
        }
        self.cursor = self.cursor.saturating_add(whole.saturating_sub(rest.len()));
        count
    }

    /// The next byte.
    ///
    /// # Errors
    /// As [`Self::array`].
    #[inline]
    pub fn u8(&mut self) -> Result<u8, ReadError> {
        self.array().map(u8::from_le_bytes)
    }

    /// The next two bytes as a number.
    ///
    /// # Errors
    /// As [`Self::array`].
    pub fn u16(&mut self) -> Result<u16, ReadError> {
        let bytes = self.array()?;
        Ok(match self.endian {
            Endian::Little => u16::from_le_bytes(bytes),
            Endian::Big => u16::from_be_bytes(bytes),
        })
    }

    /// The next four bytes as a number.
    ///
    /// # Errors
    /// As [`Self::array`].
    #[inline]
    pub fn u32(&mut self) -> Result<u32, ReadError> {
        let bytes = self.array()?;
        Ok(match self.endian {
            Endian::Little => u32::from_le_bytes(bytes),
            Endian::Big => u32::from_be_bytes(bytes),
        })
    }

    /// The next eight bytes as a number.
    ///
    /// # Errors
    /// As [`Self::array`].
    #[inline]
    pub fn u64(&mut self) -> Result<u64, ReadError> {
        let bytes = self.array()?;
        Ok(match self.endian {
            Endian::Little => u64::from_le_bytes(bytes),
            Endian::Big => u64::from_be_bytes(bytes),
        })
    }

    /// Makes sure that the file has `count` bytes more.
    fn demand(&self, count: u64) -> Result<(), ReadError> {
        let available = self.remaining();
        if count > available {
            return Err(ReadError {
                offset: self.position(),
                problem: ReadProblem::End {
                    wanted: count,
                    available,
                },
            });
        }
        Ok(())
    }

    /// The bytes of the window from the cursor on.
    #[inline]
    fn at_hand(&self) -> &[u8] {
        self.buffer
            .get(self.cursor..self.filled)
            .unwrap_or_default()
    }

    /// Fills `bytes` from the cursor, window by window.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ReadError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let mut ready = self.at_hand();
            if ready.is_empty() {
                self.fetch()?;
                continue;
            }
            // A slice is read from until one of the two ends; this cannot fail.
            let taken = io::Read::read(&mut ready, rest).unwrap_or_default();
            self.cursor = self.cursor.saturating_add(taken);
            rest = rest.get_mut(taken..).unwrap_or_default();
        }
        Ok(())
    }

    /// Replaces the window by the bytes that follow the cursor.
    fn fetch(&mut self) -> Result<(), ReadError> {
        let offset = self.position();
        let io_error = |source| ReadError {
            offset,
            problem: ReadProblem::Io(source),
        };
        self.base = offset;
        self.cursor = 0;
        self.filled = 0;
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(WINDOW);
        let wanted = left.min(self.ahead);
        self.ahead = self.ahead.saturating_mul(2).min(WINDOW);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        let window = self.buffer.get_mut(..wanted).unwrap_or_default();
        let read = loop {
            match self.source.read_at(offset, window) {
                // The size was measured before: the file has shrunk since.
                Ok(0) => break Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.filled = *read.as_ref().unwrap_or(&0);
        read.map(drop).map_err(io_error)
    }
}

/// The file could not be read at an offset.
#[derive(Debug)]
pub struct ReadError {
    offset: u64,
    problem: ReadProblem,
}

/// Why bytes could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadProblem {
    /// The file ends before.
    End {
        /// Bytes asked for.
        wanted: u64,
        /// Bytes that are there.
        available: u64,
    },
    /// The system failed.
    Io(io::Error),
}

impl ReadError {
    /// Where it was tried, and why it failed.
    pub(crate) fn into_parts(self) -> (u64, ReadProblem) {
        (self.offset, self.problem)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}", self.problem, self.offset)
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.problem.source()
    }
}

impl<P: Problem + From<ReadProblem>> From<ReadError> for Fault<P> {
    fn from(error: ReadError) -> Self {
        Self::at(error.offset, error.problem.into())
    }
}

impl Problem for ReadProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::End { .. } => AnomalyRule::TruncatedFile,
            Self::Io(_) => AnomalyRule::NotExamined,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::End { .. } => "unexpected-end",
            Self::Io(_) => "read-error",
        }
    }
}

impl fmt::Display for ReadProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End { wanted, available } => write!(
                f,
                "{wanted} more bytes are needed, the file ends after {available}"
            ),
            Self::Io(error) => write!(f, "the file could not be read: {error}"),
        }
    }
}

impl Error for ReadProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::End { .. } => None,
            Self::Io(error) => Some(error),
        }
    }
}

/// A length in memory as a length in a file.
pub(crate) fn widen(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

//! Bounded positional reading: the one way in which bytes of a file reach a format.
//!
//! Arithmetic is checked, nothing is allocated by a number the file chose, and skipping reads
//! nothing. Reading past the end of the file is an error with the offset where it was tried.

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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    /// Bytes that count how often they are asked for, a few at a time.
    struct Slow<'a> {
        bytes: &'a [u8],
        size: u64,
        reads: Cell<u32>,
    }

    impl Source for Slow<'_> {
        fn size(&self) -> u64 {
            self.size
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            self.reads.set(self.reads.get().saturating_add(1));
            let length = buffer.len().min(3);
            self.bytes
                .read_at(offset, buffer.get_mut(..length).unwrap_or_default())
        }
    }

    fn end_of<T>(result: &Result<T, ReadError>) -> Option<(u64, u64, u64)> {
        match result {
            Err(ReadError {
                offset,
                problem: ReadProblem::End { wanted, available },
            }) => Some((*offset, *wanted, *available)),
            _ => None,
        }
    }

    #[test]
    fn numbers_follow_the_order_of_bytes() -> Result<(), ReadError> {
        let bytes: &[u8] = &[
            1, 2, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1,
        ];
        let mut reader = Reader::new(&bytes);

        assert_eq!(reader.u8()?, 1);
        assert_eq!(reader.u16()?, 0x0102);
        assert_eq!(reader.u32()?, 1);
        assert_eq!(reader.u64()?, 1);
        reader.set_endian(Endian::Big);
        assert_eq!(reader.u16()?, 1);
        assert_eq!(reader.u32()?, 1);
        assert_eq!(reader.remaining(), 0);
        Ok(())
    }

    #[test]
    fn a_number_may_lie_across_short_reads() -> Result<(), ReadError> {
        let bytes: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7, 8];
        let source = Slow {
            bytes,
            size: 9,
            reads: Cell::new(0),
        };
        let mut reader = Reader::new(&source);

        assert_eq!(reader.u8()?, 0);
        assert_eq!(reader.u64()?, 0x0807_0605_0403_0201);
        assert_eq!(source.reads.get(), 3);
        Ok(())
    }

    #[test]
    fn skipping_reads_nothing() -> Result<(), ReadError> {
        let source = Slow {
            bytes: &[],
            size: 1 << 40,
            reads: Cell::new(0),
        };
        let mut reader = Reader::new(&source);

        reader.skip(1 << 39)?;
        reader.skip(1 << 39)?;

        assert_eq!((reader.position(), reader.remaining()), (1 << 40, 0));
        assert_eq!(source.reads.get(), 0);
        Ok(())
    }

    #[test]
    fn a_jump_leads_anywhere_in_the_file_and_nowhere_else() -> Result<(), ReadError> {
        let bytes: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7];
        let source = Slow {
            bytes,
            size: 8,
            reads: Cell::new(0),
        };
        let mut reader = Reader::new(&source);

        reader.seek(6)?;
        assert_eq!(reader.u16()?, 0x0706);
        reader.seek(1)?;
        assert_eq!(reader.u16()?, 0x0201);
        reader.seek(8)?;
        assert_eq!(reader.remaining(), 0);
        assert_eq!(end_of(&reader.seek(9)), Some((8, 1, 0)));
        assert_eq!(reader.position(), 8);
        Ok(())
    }

    #[test]
    fn after_a_jump_little_is_read_at_first() -> Result<(), ReadError> {
        struct Lengths(std::cell::RefCell<Vec<usize>>);
        impl Source for Lengths {
            fn size(&self) -> u64 {
                1 << 40
            }

            fn read_at(&self, _: u64, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.borrow_mut().push(buffer.len());
                Ok(buffer.len())
            }
        }
        let source = Lengths(std::cell::RefCell::default());
        let mut reader = Reader::new(&source);

        reader.u8()?;
        reader.seek(1 << 30)?;
        reader.bytes(4096 + 8192 + 1, usize::MAX)?;

        assert_eq!(*source.0.borrow(), [65536, 4096, 8192, 16384]);
        Ok(())
    }

    #[test]
    fn the_end_is_an_error_with_its_offset_and_moves_nothing() -> Result<(), ReadError> {
        let bytes: &[u8] = &[1, 2, 3];
        let mut reader = Reader::new(&bytes);
        reader.u8()?;

        assert_eq!(end_of(&reader.u32()), Some((1, 4, 2)));
        assert_eq!(end_of(&reader.skip(u64::MAX)), Some((1, u64::MAX, 2)));
        assert_eq!(
            end_of(&reader.bytes(1 << 60, usize::MAX)),
            Some((1, 1 << 60, 2))
        );
        assert_eq!(reader.u16()?, 0x0302);
        Ok(())
    }

    #[test]
    fn bytes_beyond_the_limit_stay_unread() -> Result<(), ReadError> {
        let bytes: &[u8] = &[1, 2, 3];
        let mut reader = Reader::new(&bytes);

        assert_eq!(reader.bytes(3, 2)?, None);
        assert_eq!(reader.bytes(3, 3)?, Some(vec![1, 2, 3]));
        Ok(())
    }

    #[test]
    fn a_file_that_has_shrunk_is_a_failure_to_read() {
        let source = Slow {
            bytes: &[1, 2],
            size: 8,
            reads: Cell::new(0),
        };

        let outcome = Reader::new(&source).u64();

        let problem = outcome.map_err(|error| (error.problem.rule(), error.problem.kind()));
        assert_eq!(problem, Err((AnomalyRule::NotExamined, "read-error")));
    }

    /// Bytes that come some at a time.
    struct Portions<'a>(&'a [u8], usize);

    impl Source for Portions<'_> {
        fn size(&self) -> u64 {
            self.0.size()
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(self.1);
            self.0
                .read_at(offset, buffer.get_mut(..length).unwrap_or_default())
        }
    }

    proptest! {
        #[test]
        fn texts_at_hand_are_those_that_are_read_one_by_one(
            texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..30),
            some in 1_usize..100,
            end in 0_u64..400,
        ) {
            let mut bytes = Vec::new();
            for text in &texts {
                bytes.extend(widen(text.len()).to_le_bytes());
                bytes.extend(text);
            }
            let source = Portions(&bytes, some);
            let mut reader = Reader::new(&source);
            let mut found: Vec<Vec<u8>> = Vec::new();
            while found.len() < texts.len() {
                let left = widen(texts.len() - found.len());
                let before = found.len();
                let count = reader.texts_at_hand(left, end, |index, text| {
                    assert_eq!(index, widen(found.len() - before));
                    found.push(text.to_vec());
                });
                prop_assert_eq!(count, widen(found.len() - before));
                prop_assert!(count == 0 || reader.position() <= end);
                if found.len() < texts.len() {
                    let length = reader.u64().map_err(|error| TestCaseError::fail(error.to_string()))?;
                    let text = reader.bytes(length, usize::MAX);
                    found.extend(text.map_err(|error| TestCaseError::fail(error.to_string()))?);
                }
            }

            prop_assert_eq!(found, texts);
            prop_assert_eq!(reader.remaining(), 0);
        }
    }

    #[test]
    fn a_text_that_is_longer_than_the_file_is_not_at_hand() -> Result<(), ReadError> {
        let bytes: &[u8] = &[
            2, 0, 0, 0, 0, 0, 0, 0, b'a', b'b', 255, 255, 255, 255, 255, 255, 255, 255, b'c',
        ];
        let mut reader = Reader::new(&bytes);
        // Nothing is at hand before something was read.
        assert_eq!(reader.texts_at_hand(9, u64::MAX, |_, _| {}), 0);
        reader.u8()?;
        reader.seek(0)?;
        let mut found = Vec::new();

        let count = reader.texts_at_hand(9, u64::MAX, |_, text| found.push(text.to_vec()));

        assert_eq!((count, reader.position()), (1, 10));
        assert_eq!(found, [b"ab"]);
        Ok(())
    }
}

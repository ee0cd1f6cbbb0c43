//! Bytes in order, each once: of a file, or of a part of it.
//!
//! A pickle says nowhere how long it is, so its end is asked for and not known before. What is
//! skipped is not read.

use std::io;

use super::problem::{PickleProblem, Result};
use crate::anomalies::Fault;
use crate::reader::{ReadProblem, Source, widen};

/// Bytes held at once.
const WINDOW: usize = 64 * 1024;

/// A cursor over bytes that come in order.
pub(crate) struct Input<'a> {
    source: &'a dyn Source,
    /// Where the first byte stands in the file; `None` where the bytes are not the file's own.
    origin: Option<u64>,
    window: Vec<u8>,
    /// Offset of the window's first byte, counted from the first byte of all.
    base: u64,
    /// The cursor, as an index into the window.
    cursor: usize,
    /// Offset at which reading ends, whatever follows.
    end: u64,
}

impl<'a> Input<'a> {
    /// The bytes of a source from `start` on; `origin` is the offset of its first byte in the
    /// file, where it is a part of one.
    pub(crate) fn of(source: &'a dyn Source, start: u64, origin: Option<u64>) -> Self {
        Self {
            source,
            origin,
            window: Vec::new(),
            base: start,
            cursor: 0,
            end: source.size(),
        }
    }

    /// Number of bytes before the next one.
    pub(crate) fn position(&self) -> u64 {
        self.base.saturating_add(widen(self.cursor))
    }

    /// Offset in the file of a position, where there is one.
    pub(crate) fn offset(&self, position: u64) -> Option<u64> {
        self.origin.map(|origin| origin.saturating_add(position))
    }

    /// Bytes from here to where reading ends.
    pub(crate) fn left(&self) -> u64 {
        self.end.saturating_sub(self.position())
    }

    /// Whether no byte is left.
    ///
    /// # Errors
    /// The bytes cannot be read.
    pub(crate) fn is_at_end(&mut self) -> Result<bool> {
        self.peek(1).map(<[u8]>::is_empty)
    }

    /// The next bytes, which stay: as many as asked for, fewer at the end. No more than
    /// a window.
    ///
    /// # Errors
    /// The bytes cannot be read.
    pub(crate) fn peek(&mut self, count: usize) -> Result<&[u8]> {
        let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
        let wanted = count.min(WINDOW).min(left);
        if self.window.len().saturating_sub(self.cursor) < wanted {
            self.fetch(wanted)?;
        }
        let ready = self.window.get(self.cursor..).unwrap_or_default();
        Ok(ready.get(..wanted).unwrap_or(ready))
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// There are fewer, or they cannot be read.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let found = self.peek(N)?.first_chunk().copied();
        let bytes = found.ok_or_else(|| self.too_short(widen(N)))?;
        self.cursor = self.cursor.saturating_add(N);
        Ok(bytes)
    }

    /// Passes over bytes.
    ///
    /// # Errors
    /// There are fewer, or they cannot be read.
    pub(crate) fn skip(&mut self, count: u64) -> Result<()> {
        self.demand(count)?;
        let in_window = self.window.len().saturating_sub(self.cursor);
        match usize::try_from(count) {
            Ok(count) if count <= in_window => self.cursor = self.cursor.saturating_add(count),
            _ => {
                self.base = self.position().saturating_add(count);
                self.window.clear();
                self.cursor = 0;
            }
        }
        Ok(())
    }

    /// Makes sure that there are as many bytes.
    ///
    /// # Errors
    /// There are fewer.
    pub(crate) fn demand(&self, count: u64) -> Result<()> {
        if self.left() < count {
            return Err(self.too_short(count));
        }
        Ok(())
    }

    /// Ends reading after `count` bytes, and returns where it would have ended.
    pub(super) fn narrow(&mut self, count: u64) -> u64 {
        let before = self.end;
        self.end = self.position().saturating_add(count).min(before);
        before
    }

    /// Moves behind what [`Self::narrow`] left to read, and reads on as before it.
    ///
    /// # Errors
    /// The bytes cannot be read.
    pub(super) fn widen(&mut self, before: u64) -> Result<()> {
        let rest = self.end.saturating_sub(self.position());
        self.end = before;
        self.skip(rest)
    }

    /// Fills the window until it holds `wanted` bytes from the cursor on, or all there are.
    fn fetch(&mut self, wanted: usize) -> Result<()> {
        self.window.drain(..self.cursor);
        self.base = self.base.saturating_add(widen(self.cursor));
        self.cursor = 0;
        while self.window.len() < wanted {
            let filled = self.window.len();
            self.window.resize(WINDOW, 0);
            let read = self.source.read_at(
                self.base.saturating_add(widen(filled)),
                self.window.get_mut(filled..).unwrap_or_default(),
            );
            let count = *read.as_ref().unwrap_or(&0);
            self.window.truncate(filled.saturating_add(count));
            match read {
                // What is looked at is only the start of the source.
                Ok(0) => break,
                Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                    return Err(Fault::new(
                        self.offset(self.position()),
                        ReadProblem::Io(error).into(),
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn too_short(&self, wanted: u64) -> Fault<PickleProblem> {
        let available = self.left();
        let problem = ReadProblem::End { wanted, available };
        Fault::new(self.offset(self.position()), problem.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out three bytes at a time, as a source may.
    struct Drops<'a>(&'a [u8]);

    impl Source for Drops<'_> {
        fn size(&self) -> u64 {
            self.0.size()
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(3);
            self.0
                .read_at(offset, buffer.get_mut(..length).unwrap_or_default())
        }
    }

    #[test]
    fn bytes_come_in_order_however_they_are_handed_out() -> Result<()> {
        let source = Drops(b"0123456789");
        let mut input = Input::of(&source, 0, None);

        assert_eq!(input.peek(5)?, b"01234");
        assert_eq!(input.array::<2>()?, *b"01");
        input.skip(6)?;
        assert_eq!(input.position(), 8);
        assert_eq!(input.peek(5)?, b"89");
        assert!(input.skip(3).is_err());
        assert!(input.array::<3>().is_err());
        assert_eq!(input.array::<2>()?, *b"89");
        assert!(input.is_at_end()?);
        Ok(())
    }

    #[test]
    fn a_part_of_the_input_ends_where_it_is_told_to() -> Result<()> {
        let bytes: &[u8] = b"0123456789";
        let mut input = Input::of(&bytes, 2, Some(100));

        let before = input.narrow(3);
        assert_eq!(input.peek(9)?, b"234");
        assert_eq!(input.array::<1>()?, *b"2");
        assert!(input.skip(3).is_err());
        input.widen(before)?;

        assert_eq!(input.position(), 5);
        assert_eq!(input.offset(input.position()), Some(105));
        assert_eq!(input.left(), 5);
        assert_eq!(input.peek(9)?, b"56789");
        Ok(())
    }
}

//! A part of a source, as a source of its own: a member that is stored is read without a copy.

use std::io;

use crate::reader::Source;

/// A range of bytes of another source.
#[derive(Clone, Copy)]
pub struct Window<'source> {
    source: &'source dyn Source,
    start: u64,
    size: u64,
}

impl<'source> Window<'source> {
    /// The bytes from `start` on, at most `size` of them and no more than the source has.
    #[must_use]
    pub fn new(source: &'source dyn Source, start: u64, size: u64) -> Self {
        let left = source.size().saturating_sub(start);
        Self {
            source,
            start,
            size: size.min(left),
        }
    }

    /// Offset of the first byte in the source.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Reads from `offset` until `buffer` is full or the window ends, and returns how many bytes.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn fill(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0_usize;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(crate::reader::widen(filled));
            match self.read_at(at, rest) {
                Ok(0) => break,
                Ok(read) => filled = filled.saturating_add(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// The bytes of a range, fewer where the window ends before.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn range(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let filled = self.fill(offset, &mut bytes)?;
        bytes.truncate(filled);
        Ok(bytes)
    }
}

impl Source for Window<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.size.saturating_sub(offset);
        let length = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let buffer = buffer.get_mut(..length).unwrap_or_default();
        if buffer.is_empty() {
            return Ok(0);
        }
        self.source
            .read_at(self.start.saturating_add(offset), buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::{ReadError, Reader};

    #[test]
    fn a_window_ends_where_its_range_or_its_source_does() -> Result<(), ReadError> {
        let bytes: &[u8] = b"0123456789";

        let inner = Window::new(&bytes, 2, 3);
        let mut reader = Reader::new(&inner);

        assert_eq!(reader.array::<3>()?, *b"234");
        assert!(reader.u8().is_err());
        assert_eq!(Window::new(&bytes, 8, 100).size(), 2);
        assert_eq!(Window::new(&bytes, 11, 1).size(), 0);
        Ok(())
    }

    #[test]
    fn a_window_of_a_window_counts_from_its_own_start() -> io::Result<()> {
        let bytes: &[u8] = b"0123456789";
        let outer = Window::new(&bytes, 2, 6);

        let inner = Window::new(&outer, 1, 100);

        assert_eq!(inner.range(0, 100)?, b"34567");
        assert_eq!(inner.range(3, 1)?, b"6");
        assert_eq!(inner.range(9, 1)?, b"");
        Ok(())
    }
}

//! A source as the stream that decoders read from, which knows how far they came.

use std::io::{self, BufRead, Read};

use crate::archive::Window;
use crate::reader::{Source, widen};

/// Bytes fetched at once.
const BUFFER: usize = 32 * 1024;

/// The bytes of a source in order. A decoder takes no more than it needs.
pub(super) struct Stream<'source> {
    source: Window<'source>,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were taken.
    taken: usize,
    /// Offset of the buffer in the source.
    base: u64,
    has_failed: bool,
    has_ended: bool,
}

impl<'source> Stream<'source> {
    pub(super) fn new(source: &'source dyn Source) -> Self {
        Self {
            source: Window::new(source, 0, source.size()),
            buffer: Vec::new(),
            taken: 0,
            base: 0,
            has_failed: false,
            has_ended: false,
        }
    }

    /// Offset of the next byte.
    pub(super) fn position(&self) -> u64 {
        self.base.saturating_add(widen(self.taken))
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position() >= self.source.size()
    }

    /// Whether the source could not be read.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// Whether bytes were asked for behind the end.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Takes back the last bytes of those that were read.
    pub(super) fn give_back(&mut self, count: usize) {
        self.taken = self.taken.saturating_sub(count);
    }

    /// Moves on without reading, to the end of the source at most.
    pub(super) fn skip(&mut self, count: u64) {
        self.base = self
            .position()
            .saturating_add(count)
            .min(self.source.size());
        self.buffer.clear();
        self.taken = 0;
    }

    /// The bytes that come next, as many as are fetched at once.
    pub(super) fn peek(&mut self) -> &[u8] {
        // A buffer that is nearly empty may hold no whole signature.
        self.base = self.position();
        self.buffer.clear();
        self.taken = 0;
        self.fill_buf().unwrap_or_default()
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut ready = self.fill_buf()?;
        let read = ready.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Stream<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken >= self.buffer.len() {
            self.base = self.position();
            self.taken = 0;
            self.buffer = self
                .source
                .range(self.base, BUFFER)
                .inspect_err(|_| self.has_failed = true)?;
            self.has_ended = self.buffer.is_empty();
        }
        Ok(self.buffer.get(self.taken..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.taken = self.taken.saturating_add(count).min(self.buffer.len());
    }
}

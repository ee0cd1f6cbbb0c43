//! One lane's stream, cut into blocks and padded at its end.

use std::io::{self, Read};
use std::iter;
use std::ops::Range;

use crate::reading::Cancellation;

/// What SHA-256 compresses at once.
pub(crate) type Block = [u8; BLOCK];

/// Where a stream's digest stands after its blocks so far.
pub(crate) type State = [u32; 8];

const BLOCK: usize = 64;

/// Bytes read ahead of one stream: sixteen lanes then stay within a core's second-level cache.
const CHUNK: usize = 64 * 1024;

/// Bytes read of a stream at first: of a small file that is all, and the rest of a chunk need not be
/// there.
const FIRST_CHUNK: usize = 8 * 1024;

/// FIPS 180-4, section 5.3.3.
pub(crate) const INITIAL_STATE: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// A place for one stream after the other.
pub(crate) struct Lane<R> {
    /// The stream and its index among the results; `None` while the lane is idle.
    stream: Option<(usize, R)>,
    /// A chunk and room for the padding after it; empty until the lane is first used.
    buffer: Vec<u8>,
    /// The part of the buffer that is not compressed yet.
    unread: Range<usize>,
    bytes: u64,
    is_padded: bool,
}

impl<R: Read> Lane<R> {
    pub(crate) fn idle() -> Self {
        Self {
            stream: None,
            buffer: Vec::new(),
            unread: 0..0,
            bytes: 0,
            is_padded: false,
        }
    }

    /// Index of the lane's stream among the results.
    pub(crate) fn index(&self) -> Option<usize> {
        self.stream.as_ref().map(|(index, _)| *index)
    }

    /// Bytes of the stream read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn begin(&mut self, index: usize, stream: R) {
        self.stream = Some((index, stream));
        self.unread = 0..0;
        self.bytes = 0;
        self.is_padded = false;
    }

    pub(crate) fn end(&mut self) {
        self.stream = None;
        self.unread = 0..0;
    }

    /// Whole blocks that are ready to be compressed.
    pub(crate) fn blocks(&self) -> &[Block] {
        let unread = self.buffer.get(self.unread.clone()).unwrap_or_default();
        unread.as_chunks().0
    }

    /// Marks that many blocks as compressed.
    pub(crate) fn consume(&mut self, blocks: usize) {
        self.unread.start = self.unread.end.min(self.unread.start + blocks * BLOCK);
    }

    /// Reads a chunk of the stream, or what is left of it and the padding; `false` once all of that
    /// was read before.
    pub(crate) fn read_on(&mut self, cancellation: &Cancellation<'_>) -> io::Result<bool> {
        let Some((_, stream)) = self.stream.as_mut().filter(|_| !self.is_padded) else {
            return Ok(false);
        };
        self.buffer.copy_within(self.unread.clone(), 0);
        self.unread = 0..self.unread.len();
        let chunk = if self.bytes == 0 { FIRST_CHUNK } else { CHUNK };
        if self.buffer.len() < chunk + BLOCK {
            self.buffer.resize(chunk + BLOCK, 0);
        }
        while let Some(free) = self.buffer.get_mut(self.unread.end..chunk)
            && !free.is_empty()
        {
            let read = cancellation.read(stream, free)?;
            if read == 0 {
                self.pad();
                break;
            }
            self.unread.end += read;
            self.bytes = self
                .bytes
                .saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        }
        Ok(true)
    }

    /// A set bit, zeros, and the length in bits at the end of a block: FIPS 180-4, section 5.1.1.
    fn pad(&mut self) {
        let length = self.bytes.wrapping_mul(8).to_be_bytes();
        let shortest = self.unread.end + 1 + length.len();
        let end = shortest.next_multiple_of(BLOCK);
        let zeros = iter::repeat_n(0, end - shortest);
        let padding = iter::once(0x80).chain(zeros).chain(length);
        let free = self.buffer.iter_mut().skip(self.unread.end);
        for (place, byte) in free.zip(padding) {
            *place = byte;
        }
        self.unread.end = end;
        self.is_padded = true;
    }
}

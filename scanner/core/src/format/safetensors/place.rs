//! Where in the file a parsed text stands.

use std::cell::Cell;

use crate::reader::widen;

/// Where the parser is in the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// In a header held in memory.
    Slice {
        /// Address of its first byte.
        address: usize,
        /// Number of its bytes.
        length: usize,
        /// Offset of its first byte in the file.
        start: u64,
    },
    /// In a header read byte by byte.
    Stream {
        /// Offset behind the last byte read.
        position: &'a Cell<u64>,
    },
}

impl Place<'_> {
    /// Offset in the file of a text that was just parsed; `None` where escapes had to be resolved.
    pub(super) fn of(&self, text: &str) -> Option<u64> {
        match self {
            Self::Slice {
                address,
                length,
                start,
            } => {
                let before = text.as_ptr().addr().checked_sub(*address)?;
                (before < *length).then(|| start.saturating_add(widen(before)))
            }
            // The closing quote has been read.
            Self::Stream { position } => position
                .get()
                .checked_sub(widen(text.len()))?
                .checked_sub(1),
        }
    }
}

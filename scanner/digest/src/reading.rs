//! Reads that can be called off.

use std::cell::Cell;
use std::io::{self, Read};

/// A caller's wish to stop; once expressed it stands.
pub(crate) struct Cancellation<'asked> {
    ask: &'asked dyn Fn() -> bool,
    is_cancelled: Cell<bool>,
}

impl<'asked> Cancellation<'asked> {
    pub(crate) fn new(ask: &'asked dyn Fn() -> bool) -> Self {
        Self {
            ask,
            is_cancelled: Cell::new(false),
        }
    }

    fn check(&self) -> io::Result<()> {
        if self.is_cancelled.get() || (self.ask)() {
            self.is_cancelled.set(true);
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(())
    }

    /// Bytes read into `buffer`; 0 at the stream's end. [`io::ErrorKind::Interrupted`] means
    /// cancelled: a stream's own interruptions are read over.
    pub(crate) fn read(&self, stream: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.check()?;
            match stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A reader that breaks its contract must not have bytes skipped or counted twice.
                Ok(read) if read > buffer.len() => return Err(io::ErrorKind::InvalidData.into()),
                result => return result,
            }
        }
    }
}

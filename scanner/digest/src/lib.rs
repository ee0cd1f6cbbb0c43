//! SHA-256 of many streams, side by side.
//!
//! One SHA-256 stream is a chain of dependent steps that leaves most of a core idle. Vector lanes
//! carry 8 or 16 streams through the same steps at once. Which way is taken is decided by the CPU at
//! run time ([`Backend::detect`]); every way gives what the `sha2` crate gives.
//!
//! `lanes` schedules streams onto lanes, `lane` reads and pads one of them, `intrinsics` compresses,
//! `alone` takes over where lanes would be idle; `one_by_one` is the reference.

#[cfg(target_arch = "x86_64")]
mod alone;
mod backend;
#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "vector loads and stores, and calls into code for a CPU that was detected"
)]
mod intrinsics;
#[cfg(target_arch = "x86_64")]
mod lane;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod one_by_one;
mod reading;

use std::io::{self, Read};

pub use backend::Backend;

/// A SHA-256 digest.
pub type Sha256Digest = [u8; 32];

/// What one stream came to: its digest and its length in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digested {
    /// SHA-256 over every byte of the stream.
    pub sha256: Sha256Digest,
    /// Number of bytes read.
    pub bytes: u64,
}

/// Digests every stream to its end and returns the results in the order of the streams.
///
/// `cancelled` is asked between chunks; once it answers `true` every unfinished stream ends as
/// [`io::ErrorKind::Interrupted`]. An error of one stream never ends another. A stream that blocks
/// holds up the streams beside it.
pub fn digest_all<R: Read>(
    streams: Vec<R>,
    cancelled: &dyn Fn() -> bool,
) -> Vec<io::Result<Digested>> {
    digest_all_with(Backend::detect(), streams, cancelled)
}

/// [`digest_all`] by a given back end, for tests and measurements.
pub fn digest_all_with<R: Read>(
    backend: Backend,
    streams: Vec<R>,
    cancelled: &dyn Fn() -> bool,
) -> Vec<io::Result<Digested>> {
    backend.digest_all(streams, &reading::Cancellation::new(cancelled))
}

#[cfg(test)]
mod tests;

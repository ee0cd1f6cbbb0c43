//! The reference: `sha2`, one stream after the other.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use crate::Digested;
use crate::reading::Cancellation;

/// Bytes asked of a stream at once: past this size reads of cached files get no faster.
const CHUNK: usize = 256 * 1024;

pub(crate) fn digest_all<R: Read>(
    streams: Vec<R>,
    cancellation: &Cancellation<'_>,
) -> Vec<io::Result<Digested>> {
    let mut buffer = vec![0; CHUNK];
    streams
        .into_iter()
        .map(|stream| digest(stream, &mut buffer, cancellation))
        .collect()
}

fn digest(
    mut stream: impl Read,
    buffer: &mut [u8],
    cancellation: &Cancellation<'_>,
) -> io::Result<Digested> {
    let mut hasher = Sha256::new();
    let mut bytes = 0_u64;
    loop {
        let read = cancellation.read(&mut stream, buffer)?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else {
            return Ok(Digested {
                sha256: hasher.finalize().into(),
                bytes,
            });
        };
        hasher.update(chunk);
        bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
}

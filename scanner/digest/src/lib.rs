//! SHA-256 of many streams, side by side.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

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

/// Bytes asked of a stream at once.
const CHUNK: usize = 256 * 1024;

/// Digests every stream to its end and returns the results in the order of the streams.
///
/// `cancelled` is asked between chunks; once it answers `true` every unfinished stream ends as
/// [`io::ErrorKind::Interrupted`]. An error of one stream never ends another.
pub fn digest_all<R: Read>(
    streams: Vec<R>,
    cancelled: &dyn Fn() -> bool,
) -> Vec<io::Result<Digested>> {
    let mut buffer = vec![0; CHUNK];
    streams
        .into_iter()
        .map(|mut stream| {
            let mut hasher = Sha256::new();
            let mut bytes = 0_u64;
            loop {
                if cancelled() {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                let read = match stream.read(&mut buffer) {
                    Ok(0) => {
                        return Ok(Digested {
                            sha256: hasher.finalize().into(),
                            bytes,
                        });
                    }
                    Ok(read) => read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                };
                hasher.update(buffer.get(..read).unwrap_or_default());
                bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
            }
        })
        .collect()
}

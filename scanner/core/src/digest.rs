//! SHA-256 of bytes in memory.

use crate::record::Sha256;

/// SHA-256 over all of `bytes`; memory can be read, so there is always one.
pub(crate) fn sha256(bytes: &[u8]) -> Option<Sha256> {
    let digested = lbom_digest::digest_all(vec![bytes], &|| false)
        .pop()?
        .ok()?;
    Some(Sha256(digested.sha256))
}

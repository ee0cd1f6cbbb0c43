//! How much of a tar is read, and where each number comes from.

use super::problem::TarProblem;
use crate::reader::widen;

/// Members: as many as of a zip.
pub(super) const MAX_MEMBERS: usize = 262_144;

/// Bytes of all names, which are kept to find one that stands twice: 64 for each of the most.
pub(super) const MAX_NAME_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of a header that describes the next one. Real ones hold a long name.
pub(super) const MAX_EXTENSION: usize = 1024 * 1024;

/// Zeros behind the end. GNU tar fills up to a multiple of 10 KiB, of 512 KiB on some tapes.
pub(super) const MAX_PADDING: u64 = 1024 * 1024;

/// Bytes of padding that are looked at in one go.
pub(super) const PADDING_CHUNK: usize = 64 * 1024;

/// Too many members to read them all.
pub(super) fn members() -> TarProblem {
    TarProblem::Limit {
        kind: "limit-members",
        of: "members",
        most: widen(MAX_MEMBERS),
    }
}

/// A header that describes the next one and is too long to be read.
pub(super) fn extension() -> TarProblem {
    TarProblem::Limit {
        kind: "limit-extended-header",
        of: "bytes of an extended header",
        most: widen(MAX_EXTENSION),
    }
}

//! How much of a zip is read, and where each number comes from.

/// Bytes of an end record without its comment: APPNOTE.TXT 4.3.16.
pub(super) const END_RECORD: u64 = 22;

/// Bytes at the end of a file in which an end record can start: one with the longest comment.
pub(crate) const END_SEARCH: u64 = END_RECORD + 0xffff;

/// Bytes of a member's local header without name and extra field: APPNOTE.TXT 4.3.7.
pub(super) const LOCAL_HEADER: u64 = 30;

/// Bytes of a central directory entry without name, extra field and comment: APPNOTE.TXT 4.3.12.
pub(super) const DIRECTORY_ENTRY: u64 = 46;

/// Members. The largest checkpoints hold one for each of some 100,000 tensors.
pub(super) const MAX_MEMBERS: u64 = 262_144;

/// Bytes of all names, which are kept to find one that stands twice: 64 for each of the most.
pub(super) const MAX_NAME_BYTES: usize = 16 * 1024 * 1024;

/// Times that deflated data can grow: RFC 1951, a match of 258 bytes for two bits.
pub(super) const MAX_DEFLATE_RATIO: u64 = 1032;

/// Bytes that all members come to above which an archive that grows more than a hundredfold is a
/// bomb: more than the memory of the machines that load models from one file.
pub(super) const BOMB_SIZE: u64 = 64 * 1024 * 1024 * 1024;

/// Growth above which an archive of [`BOMB_SIZE`] is a bomb; weights hardly shrink by half.
pub(super) const BOMB_RATIO: u64 = 100;

/// Decompressed bytes of all members that say they are encrypted and may not be: enough for any
/// program in a checkpoint, done in a tenth of a second.
pub(super) const MAX_UNMASKED: u64 = 16 * 1024 * 1024;

/// Bytes read at once of compressed data: what the decoder's own window takes.
pub(super) const INPUT: usize = 32 * 1024;

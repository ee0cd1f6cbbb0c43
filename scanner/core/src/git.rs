//! Files of git's own: settings, the index, and where git-lfs keeps what it brought.

pub(crate) mod config;
mod directory;
pub(crate) mod index;
mod lfs_store;

use crate::reader::Source;

pub(crate) use lfs_store::Stores;

/// Whether the index of a repository whose hashes have so many bytes lists a file; `None` where it
/// cannot be read.
#[must_use]
pub fn index_lists(index: &dyn Source, name: &[u8], hash: u64) -> Option<bool> {
    index::lists(index, name, hash).ok()
}

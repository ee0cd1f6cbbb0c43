//! What was gathered beside the models of a directory, kept until the last of them was looked at.
//!
//! Several threads look at the models of one directory, in the order of their sizes: the first
//! gathers, those that come meanwhile wait for it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::Gathered;
use crate::companion::MAX_REACH;

/// Bytes of companions whose content is kept at a time, over all directories: those of a thousand
/// models with the usual ones. What more there are is read for each model.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What was gathered in directories that more than one model asks for.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    beside: Shelf,
    /// Above models inside the root, by the number of directories between there and the models, less
    /// one.
    above: [Shelf; MAX_REACH],
    /// The same above models outside of it.
    above_outside: [Shelf; MAX_REACH],
}

#[derive(Debug, Default)]
struct Shelf(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    directories: HashMap<PathBuf, Slot>,
    bytes: u64,
}

#[derive(Debug)]
struct Slot {
    gathered: Arc<OnceLock<Arc<Gathered>>>,
    /// Files that have not asked yet.
    left: u64,
    /// Bytes that count for it.
    bytes: u64,
}

impl Memory {
    /// What is beside the files of a directory, of which so many will ask.
    pub(super) fn recall(
        &self,
        directory: &Path,
        files: u64,
        gather: impl FnOnce() -> Gathered,
    ) -> Arc<Gathered> {
        self.beside.recall(directory, files, gather)
    }

    /// What is in a directory so many steps above files inside the root or outside of it, of which
    /// nobody knows how many will ask.
    pub(super) fn recall_above(
        &self,
        directory: &Path,
        steps: usize,
        is_inside: bool,
        gather: impl FnOnce() -> Gathered,
    ) -> Arc<Gathered> {
        let shelves = if is_inside {
            &self.above
        } else {
            &self.above_outside
        };
        match shelves.get(steps.saturating_sub(1)) {
            Some(kept) => kept.recall(directory, u64::MAX, gather),
            None => Arc::new(gather()),
        }
    }
}

impl Shelf {
    fn recall(
        &self,
        directory: &Path,
        files: u64,
        gather: impl FnOnce() -> Gathered,
    ) -> Arc<Gathered> {
        let Some(slot) = self.slot(directory, files) else {
            return Arc::new(gather());
        };
        let mut bytes = None;
        let gathered = slot.get_or_init(|| {
            let gathered = gather();
            bytes = Some(gathered.bytes());
            Arc::new(gathered)
        });
        if let Some(bytes) = bytes {
            self.count(directory, bytes);
        }
        Arc::clone(gathered)
    }

    /// Where the content for a directory is or comes; `None` where it is not kept.
    fn slot(&self, directory: &Path, files: u64) -> Option<Arc<OnceLock<Arc<Gathered>>>> {
        if files < 2 {
            return None;
        }
        let mut kept = self.kept();
        let Some(slot) = kept.directories.get_mut(directory) else {
            if kept.bytes >= MAX_BYTES {
                return None;
            }
            let slot = Slot {
                gathered: Arc::default(),
                left: files.saturating_sub(1),
                bytes: 0,
            };
            let gathered = Arc::clone(&slot.gathered);
            kept.directories.insert(directory.to_owned(), slot);
            return Some(gathered);
        };
        slot.left = slot.left.saturating_sub(1);
        let (gathered, bytes) = (Arc::clone(&slot.gathered), slot.bytes);
        if slot.left == 0 {
            kept.bytes = kept.bytes.saturating_sub(bytes);
            kept.directories.remove(directory);
        }
        Some(gathered)
    }

    fn count(&self, directory: &Path, bytes: u64) {
        let mut kept = self.kept();
        // All others may have asked meanwhile.
        if let Some(slot) = kept.directories.get_mut(directory) {
            slot.bytes = bytes;
            kept.bytes = kept.bytes.saturating_add(bytes);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::companion::COMPANIONS;
    use crate::companion::Told;
    use crate::record::{Companion, Sha256};

    use super::super::Found;

    /// What stands beside models whose companion has so many bytes.
    fn gathered(size: u64) -> Gathered {
        let read = |kind| Found {
            kind,
            read: Ok((
                Companion {
                    path: PathBuf::from("config.json"),
                    size,
                    sha256: Sha256([0; 32]),
                },
                Box::new(Told::read(kind, kind.name, b"{}")),
            )),
        };
        Gathered {
            found: COMPANIONS.iter().take(1).map(read).collect(),
            ..Gathered::default()
        }
    }

    #[test]
    fn the_companions_of_a_directory_are_gathered_once() {
        let memory = Memory::default();
        let times = Cell::new(0);
        for _ in 0..3 {
            memory.recall(Path::new("a"), 3, || {
                times.set(times.get() + 1);
                gathered(7)
            });
        }

        assert_eq!(times.get(), 1);
        assert!(memory.beside.kept().directories.is_empty());
        assert_eq!(memory.beside.kept().bytes, 0);
    }

    #[test]
    fn what_one_file_asks_for_is_not_kept() {
        let memory = Memory::default();
        memory.recall(Path::new("a"), 1, || gathered(7));

        assert!(memory.beside.kept().directories.is_empty());
    }

    #[test]
    fn no_more_is_kept_than_is_allowed() {
        let memory = Memory::default();
        for directory in ["a", "b", "c"] {
            memory.recall(Path::new(directory), 2, || gathered(MAX_BYTES / 2));
        }

        assert_eq!(memory.beside.kept().bytes, MAX_BYTES);
        assert_eq!(memory.beside.kept().directories.len(), 2);
    }
}

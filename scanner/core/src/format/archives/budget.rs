//! How much of an archive, and of the archives in it, is looked at.

/// Members that are looked at, over all archives in one file.
const MAX_MEMBERS: u64 = 10_000;

/// Bytes of memory that decompressed members take, over all archives in one file. Checkpoints are
/// stored, not compressed; this holds the pickles, configurations and small models that are.
const MAX_MEMORY: usize = 64 * 1024 * 1024;

/// Archives in archives that are followed: `model.tar.gz` in a zip, and one more.
const MAX_DEPTH: u8 = 4;

/// What is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::format) struct Budget {
    members: u64,
    memory: usize,
    depth: u8,
    /// A search ends at the first model.
    is_search: bool,
    has_met_model: bool,
}

impl Budget {
    /// For a file that is read.
    pub(in crate::format) fn of_file() -> Self {
        Self {
            members: MAX_MEMBERS,
            memory: MAX_MEMORY,
            depth: MAX_DEPTH,
            is_search: false,
            has_met_model: false,
        }
    }

    /// For a file of which only is asked whether it holds a model.
    pub(super) fn of_search() -> Self {
        Self {
            is_search: true,
            ..Self::of_file()
        }
    }

    /// Takes one member; `false` where none may be taken any more.
    pub(super) fn take_member(&mut self) -> bool {
        if self.is_search && self.has_met_model {
            return false;
        }
        let left = self.members.checked_sub(1);
        self.members = left.unwrap_or(0);
        left.is_some()
    }

    /// The bytes of memory that are left.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// Takes bytes of memory, for good: they bound the time that decompressing takes, too.
    pub(super) fn take_memory(&mut self, bytes: usize) {
        self.memory = self.memory.saturating_sub(bytes);
    }

    /// Goes into an archive in the archive; `false` where that is too deep.
    pub(super) fn enter(&mut self) -> bool {
        let deeper = self.depth.checked_sub(1);
        self.depth = deeper.unwrap_or(0);
        deeper.is_some()
    }

    /// Comes out again.
    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_add(1);
    }

    /// Notes something that is a model's, or that cannot be told not to be.
    pub(super) fn meet_model(&mut self) {
        self.has_met_model = true;
    }

    pub(super) fn has_met_model(&self) -> bool {
        self.has_met_model
    }

    /// Whether nothing but the question is to be answered.
    pub(super) fn is_search(&self) -> bool {
        self.is_search
    }

    /// Whether this is the file itself, and no archive in one.
    pub(super) fn is_outermost(&self) -> bool {
        self.depth == MAX_DEPTH
    }

    /// The most members that are looked at.
    pub(super) fn most_members() -> u64 {
        MAX_MEMBERS
    }

    /// The most archives in archives that are followed.
    pub(super) fn most_depth() -> u64 {
        u64::from(MAX_DEPTH)
    }
}

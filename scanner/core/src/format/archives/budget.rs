//! How much of an archive, and of the archives in it, is looked at.
//!
//! One budget goes through everything that is read of one file, so that no member of it can be made
//! to count more than once what the file pays for once.

use crate::anomalies::{Anomalies, Fault};
use crate::archive::zip::{Member, Zip, ZipProblem};
use crate::reader::widen;

/// Members that are looked at, over all archives in one file.
const MAX_MEMBERS: u64 = 10_000;

/// Bytes of memory that decompressed members take, over all archives in one file. Checkpoints are
/// stored, not compressed; this holds the pickles, configurations and small models that are. Half
/// of the 64 MiB that a scan may take: a pickle's stack and memo need the other half.
const MAX_MEMORY: usize = 32 * 1024 * 1024;

/// Bytes that are decompressed and not kept, to read the start of an array or to check it, beyond
/// what the size of the file allows: done in about a second.
const MAX_PASSED: u64 = 128 * 1024 * 1024;

/// Times that honest arrays shrink at most; more is a table of zeros.
const HONEST_RATIO: u64 = 16;

/// Archives in archives that are followed: `model.tar.gz` in a zip, and one more.
const MAX_DEPTH: u8 = 4;

/// What is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::format) struct Budget {
    members: u64,
    memory: usize,
    /// Bytes of members that are read where they stand.
    in_place: u64,
    /// Bytes that are decompressed and not kept.
    passed: u64,
    /// Opcodes of the pickles that were followed.
    opcodes: u64,
    depth: u8,
    /// A search ends at the first model.
    is_search: bool,
    has_met_model: bool,
}

impl Budget {
    /// For a file of so many bytes that is read.
    ///
    /// Members of an archive stand beside each other, so together they are no longer than it is,
    /// and so are those of the archives in it: what is longer shares bytes.
    pub(in crate::format) fn of_file(size: u64) -> Self {
        let levels = u64::from(MAX_DEPTH).saturating_add(1);
        Self {
            members: MAX_MEMBERS,
            memory: MAX_MEMORY,
            in_place: size
                .saturating_add(widen(MAX_MEMORY))
                .saturating_mul(levels),
            passed: size.saturating_mul(HONEST_RATIO).saturating_add(MAX_PASSED),
            opcodes: 0,
            depth: MAX_DEPTH,
            is_search: false,
            has_met_model: false,
        }
    }

    /// For a file of which only is asked whether it holds a model.
    pub(super) fn of_search(size: u64) -> Self {
        Self {
            is_search: true,
            ..Self::of_file(size)
        }
    }

    /// Takes one member; `false` where none may be taken any more.
    pub(in crate::format) fn take_member(&mut self) -> bool {
        if self.is_search && self.has_met_model {
            return false;
        }
        let left = self.members.checked_sub(1);
        self.members = left.unwrap_or(0);
        left.is_some()
    }

    /// The bytes of memory that are left.
    pub(in crate::format) fn memory(&self) -> usize {
        self.memory
    }

    /// Takes bytes of memory, for good: they bound the time that decompressing takes, too.
    pub(super) fn take_memory(&mut self, bytes: usize) {
        self.memory = self.memory.saturating_sub(bytes);
    }

    /// The content of a compressed member, which the memory that is left must hold.
    ///
    /// # Errors
    /// What keeps it from being decompressed. A member that is longer than it says takes all that
    /// is left.
    pub(in crate::format) fn unpack(
        &mut self,
        zip: &Zip<'_>,
        member: &Member,
        anomalies: &mut Anomalies,
    ) -> Result<Vec<u8>, Fault<ZipProblem>> {
        zip.stream(member)?;
        let outcome = zip.bytes(member, self.memory, anomalies);
        match &outcome {
            Ok(bytes) => self.take_memory(bytes.len()),
            Err(_) if member.size > widen(self.memory) => {}
            Err(_) => self.memory = 0,
        }
        outcome
    }

    /// Takes the bytes of a member that is read where it stands; `false` where all members come to
    /// more than members without shared bytes can.
    pub(in crate::format) fn take_in_place(&mut self, bytes: u64) -> bool {
        let left = self.in_place.checked_sub(bytes);
        self.in_place = left.unwrap_or(self.in_place);
        left.is_some()
    }

    /// Takes bytes that are decompressed and not kept; `false` where no more may be.
    pub(in crate::format) fn pass(&mut self, bytes: u64) -> bool {
        let left = self.passed.checked_sub(bytes);
        self.passed = left.unwrap_or(self.passed);
        left.is_some()
    }

    /// The opcodes of all pickles that were followed, to which those of the next are added.
    pub(in crate::format) fn opcodes(&mut self) -> &mut u64 {
        &mut self.opcodes
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
    pub(in crate::format) fn most_members() -> u64 {
        MAX_MEMBERS
    }

    /// The most archives in archives that are followed.
    pub(super) fn most_depth() -> u64 {
        u64::from(MAX_DEPTH)
    }
}

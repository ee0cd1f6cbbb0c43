//! The index of git: whether it lists a file, whatever is checked out.
//!
//! Source: gitformat-index(5), versions 2 to 4. Entries are sorted by name: reading ends where the
//! file would stand. Of a split index the shared part is one as well, less what its link removes.

mod link;

use std::cmp::Ordering;
use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::Path;

use link::Link;

use super::directory::{GitDirectory, SettingProblem};
use crate::anomalies::{Fault, Problem};
use crate::opening::{Regular, Unopened};
use crate::reader::{Endian, ReadProblem, Reader, Source};
use crate::record::AnomalyRule;

/// What every index starts with.
const SIGNATURE: &[u8; 4] = b"DIRC";

/// Bytes of an entry in front of the hash: times, device, number, mode, owner and size.
const STAT: u64 = 40;

/// The setting of the hashes that a repository uses.
const OBJECT_FORMAT: &[u8] = b"extensions.objectformat";

/// What the name of the shared part of a split index starts with; its digest follows.
const SHARED: &str = "sharedindex.";

/// The flag of an entry with two more bytes of flags.
const EXTENDED: u16 = 0x4000;

/// Bytes that the length of an entry is a multiple of, up to version 3.
const ALIGNMENT: u64 = 8;

/// Entries that are read: a hundred times as many as real repositories have in front of the files
/// that are looked for, whose names start with a dot.
const MAX_ENTRIES: u32 = 65_536;

/// Bytes of a name. Systems take 4096.
const MAX_NAME: usize = 64 * 1024;

type Result<T> = std::result::Result<T, Fault<GitIndexProblem>>;

/// Whether the index of the repository at `root` lists a file there.
pub(crate) fn lists_any(root: &Path, name: &str) -> Result<bool> {
    let Some(git) = GitDirectory::of(root.join(".git")) else {
        return Ok(false);
    };
    let is_sha256 = git
        .setting(OBJECT_FORMAT)
        .map_err(|problem| Fault::anywhere(GitIndexProblem::Setting(problem)))?
        .is_some_and(|of| of == b"sha256");
    let hash = if is_sha256 { 32 } else { 20 };
    let Some(index) = open(&git.own.join("index"))? else {
        return Ok(false);
    };
    let name = name.as_bytes();
    if lists(&index, name, hash)? {
        return Ok(true);
    }
    // The way to the link leads through all entries: most indexes have none.
    if !may_be_split(&git.own) {
        return Ok(false);
    }
    let Some(mut link) = Link::of(Entries::of(&index, hash)?)? else {
        return Ok(false);
    };
    let shared = git.own.join(format!("{SHARED}{}", link.shared));
    let missing = || Fault::anywhere(GitIndexProblem::Unopened(Unopened::Missing));
    let shared = open(&shared)?.ok_or_else(missing)?;
    match place(&shared, name, hash)? {
        Some(place) => Ok(!link.removes(place)?),
        None => Ok(false),
    }
}

fn open(path: &Path) -> Result<Option<Regular>> {
    match Regular::open(path) {
        Ok(index) => Ok(Some(index)),
        Err(Unopened::Missing) => Ok(None),
        Err(error) => Err(Fault::anywhere(GitIndexProblem::Unopened(error))),
    }
}

/// Whether there are shared parts, also those that no index names any more.
fn may_be_split(git: &Path) -> bool {
    let is_shared = |name: OsString| name.to_string_lossy().starts_with(SHARED);
    fs::read_dir(git).map_or(true, |entries| {
        entries.flatten().any(|entry| is_shared(entry.file_name()))
    })
}

/// Whether an index lists a file; `hash` is the length of the hashes that the repository uses.
pub(super) fn lists(index: &dyn Source, name: &[u8], hash: u64) -> Result<bool> {
    place(index, name, hash).map(|place| place.is_some())
}

/// How many entries stand in front of that of a file.
fn place(index: &dyn Source, name: &[u8], hash: u64) -> Result<Option<u32>> {
    let mut entries = Entries::of(index, hash)?;
    let mut place = 0_u32;
    while entries.advance()? {
        match entries.name.as_slice().cmp(name) {
            Ordering::Less => place = place.saturating_add(1),
            Ordering::Equal => return Ok(Some(place)),
            Ordering::Greater => return Ok(None),
        }
    }
    Ok(None)
}

/// The entries of an index, one at a time.
struct Entries<'a> {
    reader: Reader<'a>,
    hash: u64,
    version: u32,
    count: u32,
    read: u32,
    /// The name of the last one that was read.
    name: Vec<u8>,
}

impl<'a> Entries<'a> {
    fn of(index: &'a dyn Source, hash: u64) -> Result<Self> {
        let mut reader = Reader::new(index);
        reader.set_endian(Endian::Big);
        if reader.array()? != *SIGNATURE {
            return Err(Fault::at(0, GitIndexProblem::Signature));
        }
        let version = reader.u32()?;
        if !(2..=4).contains(&version) {
            return Err(Fault::at(4, GitIndexProblem::Version(version)));
        }
        Ok(Self {
            hash,
            version,
            count: reader.u32()?,
            read: 0,
            name: Vec::new(),
            reader,
        })
    }

    /// Reads the next one; `false` behind the last.
    fn advance(&mut self) -> Result<bool> {
        if self.read >= self.count {
            return Ok(false);
        }
        if self.read >= MAX_ENTRIES {
            return Err(Fault::anywhere(GitIndexProblem::Entries(self.count)));
        }
        self.read = self.read.saturating_add(1);
        let reader = &mut self.reader;
        let start = reader.position();
        reader.skip(STAT.saturating_add(self.hash))?;
        if reader.u16()? & EXTENDED != 0 {
            reader.skip(2)?;
        }
        let kept = if self.version == 4 {
            let removed = usize::try_from(number(reader)?).unwrap_or(usize::MAX);
            self.name.len().saturating_sub(removed)
        } else {
            0
        };
        self.name.truncate(kept);
        read_name(reader, &mut self.name)?;
        if self.version != 4 {
            let length = reader.position().saturating_sub(start);
            let padding = length.next_multiple_of(ALIGNMENT).saturating_sub(length);
            reader.skip(padding)?;
        }
        Ok(true)
    }
}

/// A number in the encoding that git has for offsets: gitformat-pack(5), "ofs-delta".
fn number(reader: &mut Reader<'_>) -> Result<u64> {
    let mut number = 0_u64;
    loop {
        let byte = reader.u8()?;
        let shifted = number.checked_mul(128);
        number = shifted
            .and_then(|shifted| shifted.checked_add(u64::from(byte & 0x7f)))
            .ok_or_else(|| Fault::at(reader.position(), GitIndexProblem::Name))?;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
        number = number.saturating_add(1);
    }
}

/// Adds the bytes up to the next zero.
fn read_name(reader: &mut Reader<'_>, name: &mut Vec<u8>) -> Result<()> {
    loop {
        match reader.u8()? {
            0 => return Ok(()),
            byte if name.len() < MAX_NAME => name.push(byte),
            _ => return Err(Fault::at(reader.position(), GitIndexProblem::Name)),
        }
    }
}

/// Something that keeps an index from being read.
#[derive(Debug)]
pub(crate) enum GitIndexProblem {
    /// It could not be opened.
    Unopened(Unopened),
    /// The kind of its hashes is not known.
    Setting(SettingProblem),
    /// Bytes could not be read.
    Read(ReadProblem),
    /// Not an index.
    Signature,
    /// A version that is not read.
    Version(u32),
    /// More entries than are read.
    Entries(u32),
    /// A name that is longer than is read.
    Name,
}

impl From<ReadProblem> for GitIndexProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for GitIndexProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::NotExamined
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Unopened(error) => error.kind(),
            Self::Setting(problem) => problem.kind(),
            Self::Read(problem) => problem.kind(),
            Self::Signature => "git-index-signature",
            Self::Version(_) => "unsupported-version",
            Self::Entries(_) => "limit-entries",
            Self::Name => "limit-name",
        }
    }
}

impl fmt::Display for GitIndexProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the index of git, which may list the file: ")?;
        match self {
            Self::Unopened(error) => error.fmt(f),
            Self::Setting(problem) => problem.fmt(f),
            Self::Read(problem) => problem.fmt(f),
            Self::Signature => f.write_str("it does not start with DIRC"),
            Self::Version(version) => write!(f, "version {version} is not read; 2 to 4 are"),
            Self::Entries(count) => {
                write!(f, "{count} entries; the first {MAX_ENTRIES} are read")
            }
            Self::Name => write!(f, "a name longer than the {MAX_NAME} bytes that are read"),
        }
    }
}

impl Error for GitIndexProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unopened(error) => Some(error),
            Self::Setting(problem) => Some(problem),
            Self::Read(problem) => problem.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: u64 = 20;

    fn index(version: u8, count: u8, entries: &[u8]) -> Vec<u8> {
        let head = [0, 0, 0, version, 0, 0, 0, count];
        [SIGNATURE.as_slice(), &head, entries].concat()
    }

    /// An entry of an index with hashes of so many bytes.
    fn entry(hash: u8, flags: u16, name: &[u8]) -> Vec<u8> {
        let stat = vec![b'.'; usize::from(hash) + 40];
        let more: &[u8] = if flags & EXTENDED == 0 { &[] } else { &[0, 0] };
        let mut entry = [&stat, flags.to_be_bytes().as_slice(), more, name, &[0]].concat();
        entry.resize(entry.len().next_multiple_of(8), 0);
        entry
    }

    fn kind(bytes: &[u8]) -> Option<&'static str> {
        let fault = lists(&bytes, b".lfsconfig", HASH).err()?;
        Some(crate::record::Anomaly::from(fault).kind)
    }

    #[test]
    fn a_file_is_listed_by_its_whole_name() {
        for (names, expected) in [
            ([".gitattributes", ".lfsconfig"], Ok(true)),
            ([".lfsconfig", "a.gguf"], Ok(true)),
            ([".lfsconfi", ".lfsconfigs"], Ok(false)),
            ([".lfsconfig/x", "a/.lfsconfig"], Ok(false)),
        ] {
            for (version, flags) in [(2, 10), (3, EXTENDED)] {
                for hash in [20, 32] {
                    let entries = names
                        .map(|name| entry(hash, flags, name.as_bytes()))
                        .concat();
                    let bytes = index(version, 2, &entries);

                    let found = lists(&bytes.as_slice(), b".lfsconfig", hash.into());

                    assert_eq!(found.map_err(|_| ()), expected, "{names:?}");
                }
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn what_is_no_index_is_said() {
        let long = [[b'.'; 62].as_slice(), &vec![b'!'; MAX_NAME], b"!\0"].concat();
        let bytes = |version, count| index(version, count, &[]);
        let mut crowd = index(4, 0, &[]);
        crowd.truncate(8);
        crowd.extend((MAX_ENTRIES + 1).to_be_bytes());
        crowd.extend([[b'!'; 60].as_slice(), &[0; 4]].concat().repeat(65_536));

        assert_eq!(kind(b"DIRX\0\0\0\x02\0\0\0\0"), Some("git-index-signature"));
        assert_eq!(kind(&bytes(5, 0)), Some("unsupported-version"));
        assert_eq!(kind(&bytes(2, 0)), None);
        assert_eq!(kind(&bytes(2, 1)), Some("unexpected-end"));
        assert_eq!(kind(&index(2, 1, &long)), Some("limit-name"));
        assert_eq!(kind(&crowd), Some("limit-entries"));
    }
}

//! Opening files without being led astray: regular files only, no waiting, links resolved first.

use std::error::Error;
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::format::SNIFFED_BYTES;
use crate::reader::{Source, widen};
use crate::record::NotExamined;

/// An open regular file.
#[derive(Debug)]
pub(crate) struct Regular {
    file: File,
    stamp: Stamp,
}

/// What tells a file from every other while it is there: its device and its number on it.
pub(crate) type Identity = (u64, u64);

/// Seconds after which the clock that stamps a change has gone on, also where it counts in whole ones.
const SETTLED: u64 = 2;

/// What changes when a file does. The change time tells of a write whose modification time was
/// put back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    identity: Option<Identity>,
    #[cfg(unix)]
    changed: (i64, i64),
}

impl Regular {
    /// Opens the file behind a path, whatever links lead there.
    ///
    /// # Errors
    /// Why there is no regular file to read.
    pub(crate) fn open(path: &Path) -> Result<Self, Unopened> {
        match Self::open_unlinked(path) {
            Err(_) if is_link(path) => Self::open_unlinked(&resolve(path)?),
            outcome => outcome,
        }
    }

    /// Opens the file at a path whose last part is no link.
    ///
    /// # Errors
    /// Why there is no regular file to read.
    pub(crate) fn open_unlinked(path: &Path) -> Result<Self, Unopened> {
        let file = open_options().open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(Unopened::NotRegular);
        }
        Ok(Self {
            file,
            stamp: Stamp::of(&metadata),
        })
    }

    /// The first bytes: as many as are looked at to recognise a format, or all.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn start(&self) -> io::Result<Vec<u8>> {
        let mut start = Vec::with_capacity(SNIFFED_BYTES);
        let mut chunk = [0; SNIFFED_BYTES];
        let most = usize::try_from(self.stamp.size).unwrap_or(usize::MAX);
        while start.len() < SNIFFED_BYTES.min(most) {
            let wanted = SNIFFED_BYTES.saturating_sub(start.len());
            let buffer = chunk.get_mut(..wanted).unwrap_or_default();
            match self.read_at(widen(start.len()), buffer) {
                Ok(0) => break,
                Ok(read) => start.extend(buffer.iter().take(read)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(start)
    }

    /// Whether the file is still what it was when it was opened.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.file
            .metadata()
            .is_ok_and(|metadata| Stamp::of(&metadata) == self.stamp)
    }

    /// How many names the file has: hard links, where the system has them.
    ///
    /// # Errors
    /// What the system says.
    #[cfg(unix)]
    pub(crate) fn names(&self) -> io::Result<u64> {
        use std::os::unix::fs::MetadataExt as _;
        Ok(self.file.metadata()?.nlink())
    }

    /// How many names the file has: this system does not tell.
    #[cfg(not(unix))]
    pub(crate) fn names(&self) -> io::Result<u64> {
        Ok(1)
    }

    /// What tells this file, as it was when it was opened, from any other.
    pub(crate) fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// The bytes from the first one on; one more than the size, so that growth is seen and a file
    /// that grows for ever is not followed.
    pub(crate) fn stream(&self) -> Stream<'_> {
        Stream {
            file: self,
            position: 0,
        }
    }
}

/// The bytes of a file in order, read by position: nothing else moves it.
pub(crate) struct Stream<'a> {
    file: &'a Regular,
    position: u64,
}

impl io::Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let last = self.file.size().saturating_add(1);
        let left = usize::try_from(last.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let buffer = buffer.get_mut(..length).unwrap_or_default();
        let read = self.file.read_at(self.position, buffer)?;
        self.position = self.position.saturating_add(widen(read));
        Ok(read)
    }
}

impl Source for Regular {
    fn size(&self) -> u64 {
        self.stamp.size
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            identity: identity(metadata),
            #[cfg(unix)]
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Stamp {
    /// Which file it is, where the system tells.
    pub(crate) fn identity(&self) -> Option<Identity> {
        self.identity
    }

    /// Whether a write from now on will have another stamp. One through mapped memory has none before
    /// the system gets to it: of a file that is written to so, no reader sees one state of it.
    #[cfg(unix)]
    pub(crate) fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(SystemTime::UNIX_EPOCH);
        let changed = u64::try_from(self.changed.0).ok();
        now.ok()
            .zip(changed)
            .and_then(|(now, changed)| now.as_secs().checked_sub(changed))
            .is_some_and(|age| age > SETTLED)
    }

    /// Whether a write from now on will have another stamp: this system does not tell.
    #[cfg(not(unix))]
    pub(crate) fn is_settled(&self, _: SystemTime) -> bool {
        false
    }
}

/// Which file it is.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems do not tell")]
pub(crate) fn identity(metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

/// Which file it is: this system does not tell.
#[cfg(not(unix))]
pub(crate) fn identity(_: &Metadata) -> Option<Identity> {
    None
}

/// Never waits for a writer of a FIFO, never follows a link put there meanwhile.
fn open_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_CLOEXEC,
    );
    options
}

/// Whether the last part of a path is a link.
pub(crate) fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

/// Where the links of a path lead in the end.
///
/// # Errors
/// [`Unopened::DanglingLink`], [`Unopened::LinkLoop`], or what the system says.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, Unopened> {
    fs::canonicalize(path).map_err(|error| match Unopened::from(error) {
        Unopened::Missing if is_link(path) => Unopened::DanglingLink,
        other => other,
    })
}

/// Why a path could not be opened as a regular file.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum Unopened {
    /// Nothing is there.
    Missing,
    /// A link to nothing.
    DanglingLink,
    /// A link that leads back to itself.
    LinkLoop,
    /// A link that leads outside the root.
    Escape,
    /// A FIFO, a socket, a device or a directory.
    NotRegular,
    /// What else the system says.
    Unreadable(io::Error),
}

impl Unopened {
    /// The record that says so of a path.
    pub(crate) fn record(&self, path: &Path) -> NotExamined {
        NotExamined {
            path: path.to_owned(),
            kind: self.kind(),
            message: self.to_string(),
        }
    }

    /// Stable name of the reason.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::DanglingLink => "dangling-link",
            Self::LinkLoop => "link-loop",
            Self::Escape => "symlink-escape",
            Self::NotRegular => "not-a-regular-file",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

impl From<io::Error> for Unopened {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            #[cfg(unix)]
            _ if error.raw_os_error() == Some(libc::ELOOP) => Self::LinkLoop,
            // A socket cannot be opened at all.
            #[cfg(unix)]
            _ if error.raw_os_error() == Some(libc::ENXIO) => Self::NotRegular,
            _ => Self::Unreadable(error),
        }
    }
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such file"),
            Self::DanglingLink => f.write_str("the link leads to nothing"),
            Self::LinkLoop => f.write_str("the link leads back to itself"),
            Self::Escape => f.write_str("the link leads outside the root"),
            Self::NotRegular => f.write_str("not a regular file"),
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

impl Error for Unopened {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}

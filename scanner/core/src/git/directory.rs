//! The directory in which git keeps a repository, and what its configuration says.
//!
//! Source: gitrepository-layout(5), for a `.git` that is a file and for `commondir`. Not asked are
//! the configuration of the user and of the system, and files that a configuration includes.

use std::error::Error;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use super::config::{self, GitConfigProblem};
use crate::anomalies::{Fault, Problem as _};
use crate::opening::{Regular, Unopened};
use crate::reader::{ReadProblem, Reader, Source as _};

/// Bytes of a file that names a directory: no system takes longer paths.
const MAX_REDIRECT: usize = 8 * 1024;

/// Bytes of a repository's configuration. It grows by some 100 with each branch.
const MAX_CONFIG: usize = 1024 * 1024;

/// What a `.git` that is a file starts with.
const REDIRECT: &[u8] = b"gitdir:";

/// The directories of a repository as one of its working trees has them.
pub(super) struct GitDirectory {
    /// What belongs to this working tree, the index among it.
    pub(super) own: PathBuf,
    /// What working trees share: objects and configuration.
    pub(super) common: PathBuf,
}

impl GitDirectory {
    /// What a `.git` is or, in a submodule and in a further working tree, names.
    pub(super) fn of(git: PathBuf) -> Option<Self> {
        let own = if git.is_dir() {
            git
        } else {
            let text = text(&git, MAX_REDIRECT)?;
            beside(&git, text.strip_prefix(REDIRECT)?)?
        };
        let common = common(&own).unwrap_or_else(|| own.clone());
        Some(Self { own, common })
    }

    /// The value of a setting as [`config`] spells its name; the last one counts.
    ///
    /// # Errors
    /// Why the configuration cannot be read: what is set is not known then.
    pub(super) fn setting(&self, name: &[u8]) -> Result<Option<Vec<u8>>, SettingProblem> {
        let file = match Regular::open(&self.common.join("config")) {
            Ok(file) => file,
            Err(Unopened::Missing) => return Ok(None),
            Err(error) => return Err(SettingProblem::Unopened(error)),
        };
        let config = Reader::new(&file)
            .bytes(file.size(), MAX_CONFIG)
            .map_err(|error| SettingProblem::Read(error.into_parts().1))?;
        let config = config.ok_or(SettingProblem::TooLong(file.size()))?;
        let entries = config::entries(&config).map_err(SettingProblem::Syntax)?;
        let mut named = entries.into_iter().filter(|entry| entry.name == name);
        Ok(named.next_back().and_then(|entry| entry.value))
    }
}

/// The directory that working trees share, where it is another one.
fn common(own: &Path) -> Option<PathBuf> {
    let redirect = own.join("commondir");
    let is_whole = own.join("objects").is_dir();
    let shared = (!is_whole).then(|| text(&redirect, MAX_REDIRECT))??;
    beside(&redirect, &shared)
}

/// The path in a file, relative to the directory of that.
fn beside(file: &Path, text: &[u8]) -> Option<PathBuf> {
    Some(file.parent()?.join(path(text.trim_ascii())?))
}

/// All bytes of a file of so many at most.
fn text(path: &Path, limit: usize) -> Option<Vec<u8>> {
    let file = Regular::open(path).ok()?;
    Reader::new(&file).bytes(file.size(), limit).ok()?
}

/// A path as the system spells it.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such paths")]
pub(super) fn path(bytes: &[u8]) -> Option<PathBuf> {
    let name: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
    Some(name.into())
}

/// A path as git writes it down.
#[cfg(not(unix))]
pub(super) fn path(bytes: &[u8]) -> Option<PathBuf> {
    let name: &OsStr = std::str::from_utf8(bytes).ok()?.as_ref();
    Some(name.into())
}

/// Something that keeps the configuration of a repository from being read.
#[derive(Debug)]
pub(crate) enum SettingProblem {
    /// It could not be opened.
    Unopened(Unopened),
    /// Bytes could not be read.
    Read(ReadProblem),
    /// More bytes than are read.
    TooLong(u64),
    /// Not what git reads.
    Syntax(Fault<GitConfigProblem>),
}

impl SettingProblem {
    /// Its stable name.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Unopened(error) => error.kind(),
            Self::Read(problem) => problem.kind(),
            Self::TooLong(_) => "limit-git-config",
            Self::Syntax(_) => "git-config-syntax",
        }
    }
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration of the repository, .git/config: ")?;
        match self {
            Self::Unopened(error) => error.fmt(f),
            Self::Read(problem) => problem.fmt(f),
            Self::TooLong(size) => write!(f, "{size} bytes; {MAX_CONFIG} are read"),
            Self::Syntax(fault) => fault.fmt(f),
        }
    }
}

impl Error for SettingProblem {}

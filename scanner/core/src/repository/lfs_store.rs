//! Where git-lfs keeps the content behind pointers: `objects/0f/3a/<oid>` in its storage.
//!
//! Source: git-lfs 3.3, `fs/fs.go`; gitrepository-layout(5) for a `.git` that is a file, and for
//! `commondir`. Not asked are the configuration of the user and of the system, files that
//! a configuration includes, and `objects/info/alternates`: what is only there is not here.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::git_config;
use crate::opening::{Regular, Unopened, resolve};
use crate::reader::{Reader, Source as _};
use crate::record::Sha256;

/// Bytes of a file that names a directory: no system takes longer paths.
const MAX_REDIRECT: usize = 8 * 1024;

/// Bytes of a repository's configuration. It grows by some 100 with each branch.
const MAX_CONFIG: usize = 1024 * 1024;

/// What a `.git` that is a file starts with.
const REDIRECT: &[u8] = b"gitdir:";

/// The storage, in the directory of git's where nothing else is configured.
const STORAGE: &str = "lfs";

/// The setting of another one, as [`git_config`] spells it.
const SETTING: &[u8] = b"lfs.storage";

/// Opens an object of the repository that a file is in. Links may lead to where they stay in the
/// storage.
///
/// # Errors
/// Why there is no regular file to read.
pub(crate) fn open(file: &Path, oid: &Sha256) -> Result<Regular, Unopened> {
    let storage = storage(file).ok_or(Unopened::Missing)?;
    let name = oid.hex();
    let (Some(first), Some(second)) = (name.get(..2), name.get(2..4)) else {
        return Err(Unopened::Missing);
    };
    let object = storage.join("objects").join(first).join(second).join(&name);
    let resolved = resolve(&object)?;
    if resolved.starts_with(&storage) {
        Regular::open_unlinked(&resolved)
    } else {
        Err(Unopened::Escape)
    }
}

/// The storage of the repository that a file is in, links resolved.
fn storage(file: &Path) -> Option<PathBuf> {
    let file = fs::canonicalize(file).ok()?;
    let mut above = file.ancestors().skip(1).map(|above| above.join(".git"));
    let common = common(git_directory(above.find(|git| git.exists())?)?);
    let configured = configured(&common.join("config"));
    let storage = common.join(configured.unwrap_or_else(|| STORAGE.into()));
    fs::canonicalize(storage).ok()
}

/// The directory that a `.git` is or, in a submodule and in a further working tree, names.
fn git_directory(git: PathBuf) -> Option<PathBuf> {
    if git.is_dir() {
        return Some(git);
    }
    let text = text(&git, MAX_REDIRECT)?;
    beside(&git, text.strip_prefix(REDIRECT)?)
}

/// The directory that working trees of one repository share.
fn common(git: PathBuf) -> PathBuf {
    if git.join("objects").is_dir() {
        return git;
    }
    let redirect = git.join("commondir");
    let shared = text(&redirect, MAX_REDIRECT).and_then(|text| beside(&redirect, &text));
    shared.unwrap_or(git)
}

/// The storage that a configuration names; the last one counts.
fn configured(config: &Path) -> Option<PathBuf> {
    let entries = git_config::entries(&text(config, MAX_CONFIG)?).ok()?;
    let mut named = entries.into_iter().filter(|entry| entry.name == SETTING);
    let value = named.next_back()?.value?;
    (!value.is_empty()).then(|| path(&value))?
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
fn path(bytes: &[u8]) -> Option<PathBuf> {
    let name: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
    Some(name.into())
}

/// A path as git writes it down.
#[cfg(not(unix))]
fn path(bytes: &[u8]) -> Option<PathBuf> {
    let name: &OsStr = std::str::from_utf8(bytes).ok()?.as_ref();
    Some(name.into())
}

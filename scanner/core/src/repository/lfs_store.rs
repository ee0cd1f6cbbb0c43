//! Where git-lfs keeps the content behind pointers: `objects/0f/3a/<oid>` in its storage.
//!
//! Source: git-lfs 3.3, `fs/fs.go`. Not asked is `objects/info/alternates`: what is only there is
//! not here.

use std::fs;
use std::path::{Path, PathBuf};

use super::git_directory::{self, GitDirectory};
use crate::opening::{Regular, Unopened, resolve};
use crate::record::Sha256;

/// The storage, in the directory of git's where nothing else is configured.
const STORAGE: &str = "lfs";

/// The setting of another one.
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
    let git = GitDirectory::of(above.find(|git| git.exists())?)?;
    let configured = git.setting(SETTING).filter(|value| !value.is_empty());
    let configured = configured.and_then(|value| git_directory::path(&value));
    let storage = configured.unwrap_or_else(|| STORAGE.into());
    fs::canonicalize(git.common.join(storage)).ok()
}

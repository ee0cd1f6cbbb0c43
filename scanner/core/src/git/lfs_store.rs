//! Where git-lfs keeps the content behind pointers: `objects/0f/3a/<oid>` in its storage.
//!
//! Source: git-lfs 3.3, `fs/fs.go`. Not asked is `objects/info/alternates`: what is only there is
//! not here.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::directory::{self, GitDirectory, SettingProblem};
use crate::opening::{Regular, Unopened, resolve};
use crate::record::Sha256;

/// The storage, in the directory of git's where nothing else is configured.
const STORAGE: &str = "lfs";

/// The setting of another one.
const SETTING: &[u8] = b"lfs.storage";

/// Repositories whose storage is kept in mind; of further ones it is looked up for each pointer.
const MAX_KEPT: usize = 1024;

/// Where repositories keep objects, looked up once for each: a configuration is long, and pointers
/// are many.
#[derive(Debug, Default)]
pub(crate) struct Stores {
    known: Mutex<HashMap<PathBuf, Storage>>,
}

/// The storage of a repository, links resolved; where there is none, why: its absence or a problem
/// with the configuration.
type Storage = Result<Option<PathBuf>, String>;

impl Stores {
    /// Opens an object of the repository that a file is in. Links may lead to where they stay in the
    /// storage.
    ///
    /// # Errors
    /// Why there is no regular file to read.
    pub(crate) fn open(&self, file: &Path, oid: &Sha256) -> Result<Regular, Unopened> {
        let git = git_above(file).ok_or(Unopened::Missing)?;
        let storage = self
            .of(git)
            .map_err(|problem| Unopened::Unreadable(io::Error::other(problem)))?
            .ok_or(Unopened::Missing)?;
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

    /// The storage of a repository by its `.git`.
    fn of(&self, git: PathBuf) -> Storage {
        // Held meanwhile: who comes next finds the answer.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(storage) = known.get(&git) {
            return storage.clone();
        }
        let storage = storage(git.clone()).map_err(|problem| problem.to_string());
        if known.len() < MAX_KEPT {
            known.insert(git, storage.clone());
        }
        storage
    }
}

/// The `.git` of the repository that a file is in.
fn git_above(file: &Path) -> Option<PathBuf> {
    let file = fs::canonicalize(file).ok()?;
    let mut above = file.ancestors().skip(1).map(|above| above.join(".git"));
    above.find(|git| git.exists())
}

/// The storage of a repository by its `.git`, links resolved.
fn storage(git: PathBuf) -> Result<Option<PathBuf>, SettingProblem> {
    let Some(git) = GitDirectory::of(git) else {
        return Ok(None);
    };
    let configured = git.setting(SETTING)?.filter(|value| !value.is_empty());
    let configured = configured.and_then(|value| directory::path(&value));
    let storage = configured.unwrap_or_else(|| STORAGE.into());
    Ok(fs::canonicalize(git.common.join(storage)).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "opens files with flags that Miri does not know")]
    fn a_configuration_is_read_once_for_all_pointers() -> io::Result<()> {
        let name = format!("lbom-stores-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        let git = root.join(".git");
        fs::create_dir_all(git.join("elsewhere"))?;
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n")?;
        fs::write(git.join("config"), "[lfs]\n\tstorage = elsewhere\n")?;
        let stores = Stores::default();

        let first = stores.of(git.clone());
        fs::write(git.join("config"), "")?;
        let (second, anew) = (stores.of(git.clone()), Stores::default().of(git));
        fs::remove_dir_all(&root)?;

        assert!(matches!(&first, Ok(Some(storage)) if storage.ends_with("elsewhere")));
        assert_eq!(second, first);
        assert_ne!(anew, first);
        Ok(())
    }
}

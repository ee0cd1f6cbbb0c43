//! What a repository says of where its models come from, in files that are none.

mod lfs_config;

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::anomalies::{Fault, Problem};
use crate::beside::{Beside, Memory};
use crate::git::{Stores, index};
use crate::record::{Anomaly, AnomalyRule, Destination, NotExamined};

pub use lfs_config::{LfsConfigProblem, destinations as lfs_destinations};

/// A file that names where models come from.
struct Source {
    /// Its path, from the root of the repository.
    name: &'static str,
    /// Most bytes that are read of it.
    limit: usize,
    /// From its bytes to what it names, or why they cannot be read.
    read: fn(&[u8]) -> Result<Vec<Destination>, Anomaly>,
}

/// All of them. A new one: its file, and its line here.
const SOURCES: &[Source] = &[lfs_config::SOURCE];

/// What one of them came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// What it names.
    Destinations {
        /// The file.
        path: PathBuf,
        /// In its order.
        destinations: Vec<Destination>,
    },
    /// It is there and could not be read.
    NotExamined(NotExamined),
}

/// The paths of the files that are asked, from the root of a repository.
pub fn names() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().map(|source| source.name)
}

/// What the files of the repository at `root` say; nothing of those that are not there.
///
/// Links may lead to where they stay below the root.
#[must_use]
pub fn read(root: &Path) -> Vec<Told> {
    let resolved = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let beside = Beside {
        root: &resolved,
        files: &HashMap::new(),
        memory: &Memory::default(),
        stores: &Stores::default(),
    };
    SOURCES
        .iter()
        .flat_map(|source| source.all(root, &beside))
        .collect()
}

/// The paths by which some system or other finds a file of a name: some do not tell cases apart.
fn spellings(root: &Path, name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().eq_ignore_ascii_case(name))
        .map(|entry| root.join(entry.file_name()))
        .collect();
    if paths.is_empty() {
        // The directory may be one that can be entered and not listed.
        paths.push(root.join(name));
    }
    paths.sort_unstable();
    paths
}

impl Source {
    /// What the file says, under each of its spellings, or that it is not checked out: git-lfs reads it
    /// in the index then (git-lfs-config(5), "LFSCONFIG").
    fn all(&self, root: &Path, beside: &Beside<'_>) -> Vec<Told> {
        let paths = spellings(root, self.name);
        let path = root.join(self.name);
        let is_there = fs::symlink_metadata(&path).is_ok();
        let unseen = (!is_there).then(|| self.not_checked_out(path)).flatten();
        let told = paths.into_iter().filter_map(|path| self.told(path, beside));
        told.chain(unseen).collect()
    }

    fn not_checked_out(&self, path: PathBuf) -> Option<Told> {
        let anomaly = match index::lists_any(path.parent()?, self.name) {
            Ok(false) => return None,
            Ok(true) => Fault::anywhere(NotCheckedOut).into(),
            Err(fault) => fault.into(),
        };
        Some(Told::NotExamined(not_examined(path, &anomaly)))
    }

    fn told(&self, path: PathBuf, beside: &Beside<'_>) -> Option<Told> {
        let outcome = match beside.bytes(&path, self.limit) {
            Ok(None) => return None,
            Ok(Some((_, bytes))) => (self.read)(&bytes),
            Err(problem) => Err(Fault::anywhere(problem).into()),
        };
        Some(match outcome {
            Ok(destinations) => Told::Destinations { path, destinations },
            Err(anomaly) => Told::NotExamined(not_examined(path, &anomaly)),
        })
    }
}

/// A file that is in the index of git and not in the working tree.
#[derive(Debug)]
struct NotCheckedOut;

impl Problem for NotCheckedOut {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::NotExamined
    }

    fn kind(&self) -> &'static str {
        "not-checked-out"
    }
}

impl fmt::Display for NotCheckedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            ".lfsconfig is in git's index and not in the working tree; git-lfs would read it there",
        )
    }
}

impl Error for NotCheckedOut {}

fn not_examined(path: PathBuf, anomaly: &Anomaly) -> NotExamined {
    let place = anomaly.offset.map(|offset| format!(" at offset {offset}"));
    NotExamined {
        path,
        kind: anomaly.kind,
        message: format!("{}{}", anomaly.message, place.unwrap_or_default()),
    }
}

//! What a repository says of where its models come from, in files that are none, and where it keeps
//! what git-lfs brought.

mod git_config;
mod lfs_config;
pub(crate) mod lfs_store;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::anomalies::Fault;
use crate::beside::Beside;
use crate::record::{Anomaly, Destination, NotExamined};

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
    };
    SOURCES
        .iter()
        .flat_map(|source| {
            let paths = spellings(root, source.name);
            paths.into_iter().map(move |path| (source, path))
        })
        .filter_map(|(source, path)| source.told(path, &beside))
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

fn not_examined(path: PathBuf, anomaly: &Anomaly) -> NotExamined {
    let place = anomaly.offset.map(|offset| format!(" at offset {offset}"));
    NotExamined {
        path,
        kind: anomaly.kind,
        message: format!("{}{}", anomaly.message, place.unwrap_or_default()),
    }
}

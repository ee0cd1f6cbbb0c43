//! What files of a repository say of where its models come from. None of them is a model.

mod git_config;
mod lfs_config;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::anomalies::{Fault, Problem};
use crate::beside::Beside;
use crate::record::{Destination, NotExamined};

pub use lfs_config::{LfsConfigProblem, destinations as lfs_destinations};

/// From the bytes of a file to what it names.
type Read = fn(&[u8]) -> Result<Vec<Destination>, Fault<LfsConfigProblem>>;

/// A file that names where models come from.
#[derive(Debug, Clone, Copy)]
struct Source {
    /// Its path, from the root of the repository.
    name: &'static str,
    /// Most bytes that are read of it.
    limit: usize,
    read: Read,
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
    let told = |source: &Source| source.told(root.join(source.name), &beside);
    SOURCES.iter().filter_map(told).collect()
}

impl Source {
    fn told(&self, path: PathBuf, beside: &Beside<'_>) -> Option<Told> {
        let bytes = match beside.bytes(&path, self.limit) {
            Ok(None) => return None,
            Ok(Some((_, bytes))) => bytes,
            Err(problem) => return Some(not_examined(path, &problem, problem.to_string())),
        };
        Some(match (self.read)(&bytes) {
            Ok(destinations) => Told::Destinations { path, destinations },
            Err(fault) => not_examined(path, fault.problem(), fault.to_string()),
        })
    }
}

fn not_examined(path: PathBuf, problem: &impl Problem, message: String) -> Told {
    Told::NotExamined(NotExamined {
        path,
        kind: problem.kind(),
        message,
    })
}

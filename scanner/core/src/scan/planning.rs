//! Which files of a directory are one model, by their names and the indexes beside them, before any
//! of them is opened.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::anomalies::{Fault, Problem};
use crate::record::{Anomaly, AnomalyRule};
use crate::sharding::grouping::{Group, Mapped, group};
use crate::sharding::names::{INDEXED, Numbered, indexed_suffix, whole_file};
use crate::sharding::{MAX_PARTS, ShardProblem};

/// Indexes of one directory that are read. Real ones hold one for each format and variant.
const MAX_INDEXES: usize = 64;

/// A model in several files, before any of them is opened.
pub(super) struct Planned {
    /// Each part's path and where in the answer its record is wanted.
    pub(super) parts: Vec<(PathBuf, Vec<usize>)>,
    pub(super) indexes: Vec<PathBuf>,
    pub(super) has_more_parts: bool,
}

/// Directory and name of a file that may be one of several.
pub(super) fn part_name(path: &Path) -> Option<(&Path, &str)> {
    let name = path.file_name()?.to_str()?;
    let (_, suffix) = name.rsplit_once('.')?;
    let suffix = suffix.to_ascii_lowercase();
    let is_part = match suffix.as_str() {
        "gguf" => Numbered::read(name).is_some(),
        suffix => INDEXED.contains(&suffix),
    };
    is_part.then_some((path.parent()?, name))
}

/// What a directory holds that tells which files are one model.
#[derive(Default)]
pub(super) struct Listed {
    /// Names with a number of a part.
    pub(super) numbered: Vec<String>,
    /// Names of the indexes that are read.
    pub(super) indexes: Vec<String>,
    /// Indexes that are not.
    unread_indexes: usize,
}

impl Listed {
    /// What cannot be listed holds nothing: that it cannot, the files asked for will show.
    pub(super) fn of(directory: &Path) -> Self {
        let shown = if directory.as_os_str().is_empty() {
            Path::new(".")
        } else {
            directory
        };
        let names = fs::read_dir(shown).into_iter().flatten();
        let mut listed = Self::default();
        for name in names.flatten().map(|entry| entry.file_name()) {
            let Ok(name) = name.into_string() else {
                continue;
            };
            if indexed_suffix(&name).is_some() {
                listed.indexes.push(name);
            } else if Numbered::read(&name).is_some() {
                listed.numbered.push(name);
            }
        }
        listed.indexes.sort();
        listed.unread_indexes = listed.indexes.len().saturating_sub(MAX_INDEXES);
        listed.indexes.truncate(MAX_INDEXES);
        listed
    }

    /// What is to say of every file where some indexes are not read.
    pub(super) fn unread(&self) -> Option<Anomaly> {
        let problem = (self.unread_indexes > 0).then_some(UnreadIndexes(self.unread_indexes))?;
        Some(Fault::anywhere(problem).into())
    }
}

/// The models in several files that files asked for in one directory belong to.
pub(super) fn plan(
    directory: &Path,
    asked: &BTreeMap<&str, Vec<usize>>,
    numbered: &[String],
    mapped: &[Mapped],
) -> Vec<Planned> {
    let names: Vec<&str> = asked.keys().copied().collect();
    group(&names, numbered, mapped)
        .into_iter()
        .map(|group| planned(directory, group, asked))
        .collect()
}

/// What is to say of the files that are loaded in place of parts that are not there.
pub(super) fn without_parts(
    directory: &Path,
    asked: &BTreeMap<&str, Vec<usize>>,
    mapped: &[Mapped],
) -> Vec<(usize, Anomaly)> {
    let mut found = Vec::new();
    for (index, files) in mapped {
        let whole = whole_file(index).and_then(|name| asked.get(name.as_str()));
        let (Some(wanted), Some(files)) = (whole, files) else {
            continue;
        };
        let is_there = |name: &String| {
            asked.contains_key(name.as_str()) || fs::symlink_metadata(directory.join(name)).is_ok()
        };
        let Some(first) = files.first().filter(|_| !files.iter().any(is_there)) else {
            continue;
        };
        let problem = ShardProblem::NoParts {
            files: files.len(),
            first: first.clone(),
        };
        let anomaly = Anomaly::from(Fault::anywhere(problem).within(index));
        found.extend(wanted.iter().map(|place| (*place, anomaly.clone())));
    }
    found
}

/// More indexes in one directory than are read: each may make a file a part of another model.
#[derive(Debug)]
struct UnreadIndexes(usize);

impl Problem for UnreadIndexes {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::NotExamined
    }

    fn kind(&self) -> &'static str {
        "limit-indexes"
    }
}

impl fmt::Display for UnreadIndexes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} more indexes stand in the directory; {MAX_INDEXES} are read",
            self.0
        )
    }
}

impl Error for UnreadIndexes {}

fn planned(directory: &Path, group: Group, asked: &BTreeMap<&str, Vec<usize>>) -> Planned {
    let mut parts = Vec::new();
    let mut has_more_parts = false;
    for name in group.names {
        let path = directory.join(&name);
        let wanted = asked.get(name.as_str()).cloned().unwrap_or_default();
        // A file that an index names need not be there.
        if wanted.is_empty() && fs::symlink_metadata(&path).is_err() {
            continue;
        }
        if wanted.is_empty() && parts.len() >= MAX_PARTS {
            has_more_parts = true;
            continue;
        }
        parts.push((path, wanted));
    }
    let indexes = group.indexes.iter().map(|name| directory.join(name));
    Planned {
        parts,
        indexes: indexes.collect(),
        has_more_parts,
    }
}

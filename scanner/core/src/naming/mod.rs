//! Names that do not look like what they are, and names that two systems take for one.
//!
//! Names are judged below the root, as they are spelled; nothing is looked up on the disk.

mod confusables;
mod problem;
mod reserved;

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use unicode_normalization::UnicodeNormalization as _;

use crate::anomalies::{Fault, deceptive_character};
use crate::format::{is_model_suffix, is_suffix};
use crate::record::{Anomaly, Fingerprint, Record};
use problem::NamingProblem;

/// Suffixes of files that run when they are opened, on one system or another.
const RUNS: &[&str] = &[
    "app", "appimage", "bat", "cmd", "com", "command", "desktop", "exe", "hta", "jar", "js", "jse",
    "lnk", "msi", "pif", "ps1", "run", "scr", "sh", "vbe", "vbs", "wsf",
];

/// A suffix that says itself that the file runs.
const RUNS_BY_DESIGN: &str = "llamafile";

/// Adds what is wrong with the name of each file, and with names that stand side by side.
pub(crate) fn judge(records: &mut [Record], root: &Path) {
    let mut siblings: HashMap<PathBuf, Vec<usize>> = HashMap::new();
    for (index, record) in records.iter_mut().enumerate() {
        let Record::Fingerprint(found) = record else {
            continue;
        };
        let problems = of_path(&found.path, root);
        add(found, problems);
        let folded = found.path.with_file_name(folded(&found.path));
        siblings.entry(folded).or_default().push(index);
    }
    for indices in siblings.into_values().filter(|indices| indices.len() > 1) {
        let names: Vec<Option<String>> = indices
            .iter()
            .map(|index| match records.get(*index) {
                Some(Record::Fingerprint(found)) => Some(file_name(&found.path)),
                _ => None,
            })
            .collect();
        for (index, own) in indices.iter().zip(&names) {
            let other = names.iter().find(|name| *name != own).cloned().flatten();
            if let (Some(Record::Fingerprint(found)), Some(other)) =
                (records.get_mut(*index), other)
            {
                add(
                    found,
                    vec![(None, NamingProblem::Collides(spelled(&other)))],
                );
            }
        }
    }
}

fn add(found: &mut Fingerprint, problems: Vec<(Option<String>, NamingProblem)>) {
    for (directory, problem) in problems {
        let fault = Fault::anywhere(problem);
        let fault = match directory {
            Some(directory) => fault.within(&directory),
            None => fault,
        };
        found.facts.anomalies.push(Anomaly::from(fault));
    }
}

/// Everything that is wrong with the parts of a path below the root; directories are named.
fn of_path(path: &Path, root: &Path) -> Vec<(Option<String>, NamingProblem)> {
    let below = path.strip_prefix(root).unwrap_or(path);
    let mut parts: Vec<String> = below
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    let Some(name) = parts.pop() else {
        return Vec::new();
    };
    let of_directories = parts.iter().flat_map(|directory| {
        of_any(directory)
            .into_iter()
            .map(|problem| (Some(directory.clone()), problem))
    });
    let of_file = of_any(&name).into_iter().chain(of_file(&name));
    of_directories
        .chain(of_file.map(|problem| (None, problem)))
        .collect()
}

/// What can be wrong with every name.
fn of_any(name: &str) -> Vec<NamingProblem> {
    let mut problems = Vec::new();
    problems.extend(deceptive_character(name).map(NamingProblem::Character));
    if name.ends_with(['.', ' ']) {
        problems.push(NamingProblem::TrailingDotOrSpace);
    }
    if let Some(device) = reserved::device(name) {
        problems.push(NamingProblem::Reserved(device));
    }
    problems.extend(confusables::mixed_word(name).map(NamingProblem::MixedWord));
    problems
}

/// What can be wrong with the name of a file.
fn of_file(name: &str) -> Option<NamingProblem> {
    let (stem, suffix) = name.rsplit_once('.')?;
    if !suffix.is_ascii() {
        let seen = confusables::skeleton(suffix)?.to_ascii_lowercase();
        return is_suffix(&seen).then_some(NamingProblem::Suffix(seen));
    }
    let inner = stem.rsplit_once('.')?.1.to_ascii_lowercase();
    let runs = RUNS.contains(&suffix.to_ascii_lowercase().as_str());
    (runs && is_model_suffix(&inner) && inner != RUNS_BY_DESIGN)
        .then_some(NamingProblem::RunsAfter(inner))
}

/// A file's name as a file system that folds case and composes characters takes it.
fn folded(path: &Path) -> String {
    let name = file_name(path);
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.nfc().collect::<String>().to_lowercase()
}

/// A name as it can be told from one that looks the same.
fn spelled(name: &str) -> String {
    if name.nfc().eq(name.chars()) {
        name.to_owned()
    } else {
        name.escape_default().to_string()
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests;

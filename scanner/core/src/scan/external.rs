//! Files beside a model that hold part of its data: found, held against what the model says of
//! them, and digested.
//!
//! A path was checked to stay in the model's directory; here the disk is asked whether it does. What
//! onnx 1.23 refuses (CVE-2026-27489, CVE-2026-34446, CVE-2026-34447) is an anomaly: a link that
//! leads out, a file with another name somewhere else. Links beside the model that lead to where the
//! model's own link leads are how caches of Hugging Face lay models out, and are followed.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::anomalies::{Anomalies, Fault, Problem, clip};
use crate::content::{self, Content};
use crate::format::{External, lfs_pointer};
use crate::git::Stores;
use crate::opening::{Regular, Unopened, resolve};
use crate::reader::Source as _;
use crate::record::{Anomaly, AnomalyRule, Companion, Fingerprint, Sha256};

/// Files open at a time: as many as the widest back end digests side by side.
const OPEN_FILES: usize = 16;

/// Adds every file of external data to what is known of the model that names it; `false` if the
/// run was cancelled before the end.
pub(super) fn add(
    fingerprint: &mut Fingerprint,
    external: &[External],
    stores: &Stores,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> bool {
    if external.is_empty() {
        return true;
    }
    let mut anomalies = Anomalies::default();
    let homes = homes(&fingerprint.path);
    for some in external.chunks(OPEN_FILES) {
        let mut opened = Vec::new();
        for external in some {
            let path = fingerprint.path.with_file_name(&external.location);
            match open((&path, &homes), external, stores, &mut anomalies) {
                Ok(content) => opened.push((path, content.oid(), content.file, external)),
                Err(problem) => report(&mut anomalies, external, problem),
            }
        }
        let streams = opened.iter().map(|(_, _, file, _)| file.stream()).collect();
        let digests = lbom_digest::digest_all(streams, cancelled);
        for ((path, oid, file, external), digest) in opened.into_iter().zip(digests) {
            match digest {
                Ok(digest) if digest.bytes == file.size() && file.is_unchanged() => {
                    let differs = oid.and_then(|oid| content::differs(oid, digest.sha256));
                    if let Some(anomaly) = differs {
                        anomalies.report(|| of_external(external, anomaly));
                    }
                    fingerprint.companions.push(Companion {
                        path,
                        size: digest.bytes,
                        sha256: Sha256(digest.sha256),
                    });
                }
                Ok(_) => report(&mut anomalies, external, ExternalProblem::Changed),
                Err(_) if cancelled() => return false,
                Err(error) => {
                    let problem = ExternalProblem::Unopened(Unopened::Unreadable(error));
                    report(&mut anomalies, external, problem);
                }
            }
        }
    }
    fingerprint.facts.anomalies.extend(anomalies.into_vec());
    true
}

/// The directories that data may lie in: the model's, and that of the file behind it.
fn homes(model: &Path) -> Vec<PathBuf> {
    let directory = match model.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let behind = resolve(model).ok();
    let behind = behind.as_deref().and_then(Path::parent).map(Path::to_owned);
    resolve(directory).ok().into_iter().chain(behind).collect()
}

fn open(
    (path, homes): (&Path, &[PathBuf]),
    external: &External,
    stores: &Stores,
    anomalies: &mut Anomalies,
) -> Result<Content, ExternalProblem> {
    let resolved = resolve(path)?;
    if !homes.iter().any(|home| resolved.starts_with(home)) {
        return Err(Unopened::Escape.into());
    }
    let file = Regular::open_unlinked(&resolved)?;
    let names = file.names().map_err(Unopened::Unreadable)?;
    if names > 1 {
        report(anomalies, external, ExternalProblem::HardLinks(names));
    }
    let content = Content::of(file, &resolved, stores);
    let file = &content.file;
    if lfs_pointer::is_start(&file.start().map_err(Unopened::Unreadable)?) {
        report(anomalies, external, ExternalProblem::Pointer);
    } else if file.size() < external.end {
        let problem = ExternalProblem::TooShort {
            size: file.size(),
            end: external.end,
        };
        report(anomalies, external, problem);
    }
    if let Some(anomaly) = &content.anomaly {
        anomalies.report(|| of_external(external, anomaly.clone()));
    }
    Ok(content)
}

/// The anomaly of a file as one of the model that names it.
fn of_external(external: &External, anomaly: Anomaly) -> Anomaly {
    Anomaly {
        offset: Some(external.offset),
        within: vec!["external_data".to_owned(), clip(&external.location)],
        ..anomaly
    }
}

fn report(anomalies: &mut Anomalies, external: &External, problem: ExternalProblem) {
    anomalies.report(|| {
        Fault::at(external.offset, problem)
            .within(&external.location)
            .within("external_data")
    });
}

/// What can be wrong with a file of external data.
#[derive(Debug)]
pub(super) enum ExternalProblem {
    /// It could not be opened.
    Unopened(Unopened),
    /// It ends before the last part that the model names.
    TooShort {
        /// Its size.
        size: u64,
        /// Where the last part ends.
        end: u64,
    },
    /// A git-LFS pointer stands for it.
    Pointer,
    /// It has several names, the others anywhere on the disk.
    HardLinks(u64),
    /// It has more bytes than are read.
    TooLong(u64),
    /// It was written to while it was read.
    Changed,
}

impl From<Unopened> for ExternalProblem {
    fn from(problem: Unopened) -> Self {
        Self::Unopened(problem)
    }
}

impl From<io::Error> for ExternalProblem {
    fn from(error: io::Error) -> Self {
        Self::Unopened(error.into())
    }
}

impl Problem for ExternalProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Unopened(Unopened::Missing | Unopened::DanglingLink) => {
                AnomalyRule::IncompleteShards
            }
            Self::Unopened(Unopened::Escape) | Self::HardLinks(_) => {
                AnomalyRule::ExternalDataEscape
            }
            Self::TooShort { .. } => AnomalyRule::TruncatedFile,
            Self::Unopened(_) | Self::Pointer | Self::TooLong(_) | Self::Changed => {
                AnomalyRule::NotExamined
            }
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Unopened(Unopened::Missing | Unopened::DanglingLink) => "missing-external-data",
            Self::Unopened(Unopened::Escape) => "link-out-of-directory",
            Self::Unopened(problem) => problem.kind(),
            Self::TooShort { .. } => "external-data-too-short",
            Self::Pointer => "external-data-pointer",
            Self::HardLinks(_) => "hard-link",
            Self::TooLong(_) => "limit-companion",
            Self::Changed => "changed-while-read",
        }
    }
}

impl fmt::Display for ExternalProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unopened(Unopened::Escape) => {
                f.write_str("a link leads out of the model's directory, where its data must lie")
            }
            Self::Unopened(problem) => problem.fmt(f),
            Self::TooShort { size, end } => write!(
                f,
                "the file has {size} bytes, the model's data in it end at {end}"
            ),
            Self::Pointer => {
                f.write_str("a git-LFS pointer stands in place of the data: fetch the content")
            }
            Self::HardLinks(names) => write!(
                f,
                "the file has {names} names, the others anywhere; one is allowed"
            ),
            Self::TooLong(size) => write!(f, "a file of {size} bytes is longer than is examined"),
            Self::Changed => f.write_str("the file changed while it was read"),
        }
    }
}

impl Error for ExternalProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unopened(problem) => problem.source(),
            _ => None,
        }
    }
}

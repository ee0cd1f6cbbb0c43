//! Blobs of a store: those that a manifest names, and those that are named by their digest.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::anomalies::{Anomalies, Fault, Problem};
use crate::format::Blob;
use crate::opening::{Regular, Unopened};
use crate::reader::Source as _;
use crate::record::{AnomalyRule, Companion, Fingerprint, Sha256};

/// The directory in which Ollama keeps manifests, and the one beside it for what they name.
const MANIFESTS: &str = "manifests";
const BLOBS: &str = "blobs";

/// What the name of a blob starts with; older stores have a colon.
const PREFIXES: [&str; 2] = ["sha256-", "sha256:"];

/// Holds every blob of a manifest against its digest and size, where they are in a store beside
/// it; `false` if the run was cancelled before the end.
pub(super) fn add(
    fingerprint: &mut Fingerprint,
    blobs: &[Blob],
    cancelled: &(dyn Fn() -> bool + Sync),
) -> bool {
    let Some(store) = store_of(&fingerprint.path) else {
        return true;
    };
    let mut anomalies = Anomalies::default();
    let mut report = |blob: &Blob, problem: BlobProblem| {
        anomalies.report(|| Fault::anywhere(problem).within(&blob.role));
    };
    for blob in blobs {
        let (path, file) = match open(&store, &blob.digest) {
            Ok(found) => found,
            Err(error) => {
                report(blob, BlobProblem::Unopened(error));
                continue;
            }
        };
        if let Some(stated) = blob.size.filter(|stated| *stated != file.size()) {
            let found = file.size();
            report(blob, BlobProblem::Size { stated, found });
        }
        let digest = lbom_digest::digest_all(vec![file.stream()], cancelled).pop();
        match digest {
            Some(Ok(digest)) if digest.bytes == file.size() && file.is_unchanged() => {
                let found = Sha256(digest.sha256);
                if found != blob.digest {
                    report(blob, BlobProblem::Digest(found));
                }
                fingerprint.companions.push(Companion {
                    path,
                    size: digest.bytes,
                    sha256: found,
                });
            }
            Some(Err(_)) if cancelled() => return false,
            Some(Err(error)) => {
                report(blob, BlobProblem::Unopened(Unopened::Unreadable(error)));
            }
            _ => report(blob, BlobProblem::Changed),
        }
    }
    fingerprint.facts.anomalies.extend(anomalies.into_vec());
    true
}

/// Says so where a file is named by a digest that is not that of its bytes.
pub(super) fn check_name(fingerprint: &mut Fingerprint) {
    let name = fingerprint.path.file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    let stated = PREFIXES
        .iter()
        .find_map(|prefix| Sha256::of_hex(name.strip_prefix(prefix)?));
    let found = fingerprint.sha256;
    if stated.is_some_and(|stated| stated != found) {
        let fault = Fault::anywhere(BlobProblem::Name(found));
        fingerprint.facts.anomalies.push(fault.into());
    }
}

/// The directory of blobs that belongs to a manifest, if there is one.
fn store_of(manifest: &Path) -> Option<PathBuf> {
    let root = manifest
        .ancestors()
        .find(|directory| directory.file_name().is_some_and(|name| name == MANIFESTS))?;
    let blobs = root.with_file_name(BLOBS);
    blobs.is_dir().then_some(blobs)
}

fn open(store: &Path, digest: &Sha256) -> Result<(PathBuf, Regular), Unopened> {
    let mut outcome = Err(Unopened::Missing);
    for prefix in PREFIXES {
        let path = store.join(format!("{prefix}{}", digest.hex()));
        // A link out of the store is no blob of it.
        match Regular::open_unlinked(&path) {
            Err(Unopened::Missing) => {}
            found => {
                outcome = found.map(|file| (path, file));
                break;
            }
        }
    }
    outcome
}

/// What can be wrong with a blob.
#[derive(Debug)]
enum BlobProblem {
    /// It could not be opened.
    Unopened(Unopened),
    /// It is longer or shorter than the manifest states.
    Size {
        /// Bytes that are stated.
        stated: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// Its bytes have this digest, not the one that it is named by.
    Digest(Sha256),
    /// The file that is looked at has this digest, not the one that it is named by.
    Name(Sha256),
    /// It was written to while it was read.
    Changed,
}

impl Problem for BlobProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Unopened(Unopened::Missing) | Self::Size { .. } => AnomalyRule::IncompleteShards,
            Self::Unopened(Unopened::LinkLoop | Unopened::Escape | Unopened::DanglingLink) => {
                AnomalyRule::ExternalDataEscape
            }
            Self::Unopened(_) | Self::Changed => AnomalyRule::NotExamined,
            Self::Digest(_) | Self::Name(_) => AnomalyRule::DigestMismatch,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Unopened(Unopened::Missing) => "missing-layer",
            Self::Unopened(error) => error.kind(),
            Self::Size { .. } => "layer-size-differs",
            Self::Digest(_) => "layer-digest-differs",
            Self::Name(_) => "digest-in-name-differs",
            Self::Changed => "changed-while-read",
        }
    }
}

impl fmt::Display for BlobProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unopened(Unopened::Missing) => {
                f.write_str("the layer's blob is not in the store beside the manifest")
            }
            Self::Unopened(error) => write!(f, "the layer's blob: {error}"),
            Self::Size { stated, found } => write!(
                f,
                "the layer's blob has {found} bytes, the manifest states {stated}"
            ),
            Self::Digest(found) => write!(
                f,
                "the layer's blob has the digest {}, which is not the one that it is named by",
                found.hex()
            ),
            Self::Name(found) => write!(
                f,
                "the file has the digest {}, which is not the one that it is named by",
                found.hex()
            ),
            Self::Changed => f.write_str("the layer's blob changed while it was read"),
        }
    }
}

impl Error for BlobProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unopened(error) => Some(error),
            _ => None,
        }
    }
}

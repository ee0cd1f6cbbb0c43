//! What a file holds: its own bytes, or those that it is a git-LFS pointer to.
//!
//! A checkout makes of a pointer what the store of the repository has under its oid: git-lfs holds
//! the size of that against the pointer and copies it, whatever its digest is
//! (`lfs/gitfilter_smudge.go` of git-lfs 3.3). So that is what is looked at, under the pointer's
//! name, and here its digest counts.

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::Path;

use lbom_digest::Sha256Digest;

use crate::anomalies::{Fault, Problem};
use crate::format::lfs_pointer;
use crate::git::Stores;
use crate::opening::{Identity, Regular, Unopened, identity};
use crate::reader::Source as _;
use crate::record::{Anomaly, AnomalyRule, Pointer, Sha256};

/// An open file, or what it is a pointer to.
#[derive(Debug)]
pub(crate) struct Content {
    /// The file, or the object that it is a pointer to.
    pub(crate) file: Regular,
    /// What the file is a pointer to, where it is one.
    pub(crate) pointer: Option<Pointer>,
    /// Why it was not followed, though the store has an object for it.
    pub(crate) anomaly: Option<Anomaly>,
}

impl Content {
    /// The content of an open file; `path` is where it lies.
    pub(crate) fn of(file: Regular, path: &Path, stores: &Stores) -> Self {
        let pointer = lfs_pointer::of(&file).filter(|_| file.is_unchanged());
        let found = pointer
            .as_ref()
            .map(|pointer| object(path, pointer, stores));
        let (object, anomaly) = match found {
            Some(Ok(object)) => (object, None),
            Some(Err(problem)) => (None, Some(Fault::anywhere(problem).into())),
            None => (None, None),
        };
        let is_followed = object.is_some();
        Self {
            file: object.unwrap_or(file),
            pointer: pointer.map(|pointer| Pointer {
                is_followed,
                ..pointer
            }),
            anomaly,
        }
    }

    /// The digest that the bytes must have, where a pointer led to them.
    pub(crate) fn oid(&self) -> Option<Sha256> {
        let followed = self.pointer.as_ref().filter(|pointer| pointer.is_followed);
        followed.map(|pointer| pointer.oid)
    }
}

/// Bytes of the content that a path leads to, and which file has them.
pub(crate) fn weigh(path: &Path, stores: &Stores) -> (u64, Option<Identity>) {
    let Ok(metadata) = fs::metadata(path) else {
        return (0, None);
    };
    let own = (metadata.len(), identity(&metadata));
    if !lfs_pointer::may_be_of(metadata.len()) {
        return own;
    }
    let content = Regular::open(path).map(|file| Content::of(file, path, stores).file);
    content.map_or(own, |file| (file.size(), file.stamp().identity()))
}

/// Whether an object has another digest than it is stored under, or none that can be had.
pub(crate) fn is_other(
    object: &Regular,
    oid: Sha256,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> bool {
    let digest = lbom_digest::digest_all(vec![object.stream()], cancelled).pop();
    let found = digest.and_then(Result::ok);
    found.is_none_or(|found| Sha256(found.sha256) != oid)
}

/// Says so where the bytes that a pointer led to have another digest than it names.
pub(crate) fn differs(oid: Sha256, found: Sha256Digest) -> Option<Anomaly> {
    let found = Sha256(found);
    (oid != found).then(|| Fault::anywhere(ObjectProblem::Digest(found)).into())
}

/// The object that a pointer names, as long as it says; `None` where there is none.
fn object(
    path: &Path,
    pointer: &Pointer,
    stores: &Stores,
) -> Result<Option<Regular>, ObjectProblem> {
    let object = match stores.open(path, &pointer.oid) {
        Ok(object) => object,
        Err(Unopened::Missing) => return Ok(None),
        Err(error) => return Err(ObjectProblem::Unopened(error)),
    };
    let (stated, found) = (pointer.size, object.size());
    if stated == found {
        Ok(Some(object))
    } else {
        Err(ObjectProblem::Size { stated, found })
    }
}

/// What can be wrong with the object that a pointer names.
#[derive(Debug)]
pub(crate) enum ObjectProblem {
    /// It could not be opened.
    Unopened(Unopened),
    /// It is longer or shorter than the pointer states.
    Size {
        /// Bytes that are stated.
        stated: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// Its bytes have this digest, not the one that the pointer names.
    Digest(Sha256),
}

impl Problem for ObjectProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Unopened(_) => AnomalyRule::NotExamined,
            Self::Size { .. } | Self::Digest(_) => AnomalyRule::DigestMismatch,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Unopened(error) => error.kind(),
            Self::Size { .. } => "lfs-object-size-differs",
            Self::Digest(_) => "lfs-object-digest-differs",
        }
    }
}

impl fmt::Display for ObjectProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unopened(Unopened::Escape) => f.write_str(
                "the object in the git-LFS store is a link out of it, which is not followed",
            ),
            Self::Unopened(error) => write!(f, "the object in the git-LFS store: {error}"),
            Self::Size { stated, found } => write!(
                f,
                "the object in the git-LFS store has {found} bytes, the pointer states {stated}"
            ),
            Self::Digest(found) => write!(
                f,
                "the object in the git-LFS store has the digest {}, which is not the one that the \
                 pointer names",
                found.hex()
            ),
        }
    }
}

impl Error for ObjectProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unopened(error) => Some(error),
            _ => None,
        }
    }
}

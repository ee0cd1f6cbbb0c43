//! What can be wrong with a model in several files.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Problem, clip};
use crate::record::AnomalyRule;

/// Something wrong with the parts of a model or with their index.
#[derive(Debug)]
#[non_exhaustive]
pub enum ShardProblem {
    /// Parts that the numbering promises and that are not there.
    MissingParts {
        /// How many.
        missing: u32,
        /// How many are promised.
        count: u32,
        /// The name of the first that is missing.
        first: String,
    },
    /// A number that the numbering does not have.
    PartNumber {
        /// The number found.
        number: u32,
        /// How many parts there are.
        count: u32,
    },
    /// Two parts of one number.
    DuplicatePart {
        /// The name of the other.
        other: String,
    },
    /// `split.count` differs from what the name says.
    PartCount {
        /// The count found in the file.
        found: u16,
        /// The count in the file's name.
        named: u32,
    },
    /// The name is not the one that the split keys call for.
    PartName {
        /// The name that they call for.
        expected: String,
    },
    /// A numbered GGUF without `split.no` or `split.count`.
    NoSplitKeys,
    /// A part that belongs to something else.
    ForeignPart {
        /// What differs.
        of: &'static str,
        /// What the part has.
        found: String,
        /// What the first part has.
        expected: String,
    },
    /// A tensor that another part has too.
    DuplicateTensor {
        /// The other part.
        other: String,
    },
    /// The parts hold another number of tensors than one of them states.
    TensorCount {
        /// How many they hold.
        found: u64,
        /// `split.tensors.count`.
        stated: i64,
    },
    /// A tensor that the index places in another part.
    MisplacedTensor {
        /// Where the index places it.
        mapped: String,
    },
    /// A tensor that the index does not name.
    UnmappedTensor,
    /// A tensor that the index names and that is not there.
    MissingTensor,
    /// A file that the index names and that is not there.
    MissingFile(String),
    /// An index of parts of which none is there, beside the file that is loaded in their place.
    NoParts {
        /// How many files the index names.
        files: usize,
        /// The first of them.
        first: String,
    },
    /// A name in the index that is no file's name.
    IndexName(String),
    /// A name in the index that may lead out of the directory.
    IndexPath(String),
    /// An index that is not JSON.
    IndexJson(serde_json::Error),
    /// An index that is JSON of another shape.
    IndexShape(&'static str),
    /// A key that stands twice in the index.
    IndexDuplicateKey,
    /// The parts hold another number of bytes than the index states.
    TotalSize {
        /// Bytes of all tensors.
        found: u64,
        /// `metadata.total_size`.
        stated: u64,
    },
    /// The index could not be read.
    Unread {
        /// Stable name of the reason.
        kind: &'static str,
        /// The reason in words.
        message: String,
    },
    /// A limit of this reader.
    Limit {
        /// Stable name of the limit.
        kind: &'static str,
        /// What is limited.
        of: &'static str,
        /// The limit.
        most: u64,
    },
}

impl Problem for ShardProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::IndexPath(_) => AnomalyRule::ExternalDataEscape,
            Self::TotalSize { .. } | Self::NoParts { .. } => AnomalyRule::StaleIndex,
            Self::Unread { .. } | Self::Limit { .. } => AnomalyRule::NotExamined,
            _ => AnomalyRule::IncompleteShards,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::MissingParts { .. } => "missing-part",
            Self::PartNumber { .. } => "part-number",
            Self::DuplicatePart { .. } => "duplicate-part",
            Self::PartCount { .. } => "part-count",
            Self::PartName { .. } => "part-name",
            Self::NoSplitKeys => "missing-split-keys",
            Self::ForeignPart { .. } => "foreign-part",
            Self::DuplicateTensor { .. } => "duplicate-tensor",
            Self::TensorCount { .. } => "tensor-count",
            Self::MisplacedTensor { .. } => "misplaced-tensor",
            Self::UnmappedTensor => "unmapped-tensor",
            Self::MissingTensor => "missing-tensor",
            Self::MissingFile(_) => "missing-file",
            Self::NoParts { .. } => "no-parts",
            Self::IndexName(_) => "index-name",
            Self::IndexPath(_) => "index-path",
            Self::IndexJson(_) | Self::IndexShape(_) => "broken-index",
            Self::IndexDuplicateKey => "duplicate-key",
            Self::TotalSize { .. } => "total-size",
            Self::Unread { kind, .. } | Self::Limit { kind, .. } => kind,
        }
    }
}

impl fmt::Display for ShardProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingParts {
                missing,
                count,
                first,
            } => write!(
                f,
                "{missing} of {count} parts not found, the first is {}",
                clip(first)
            ),
            Self::PartNumber { number, count } => {
                write!(f, "a part of number {number}, of {count} parts")
            }
            Self::DuplicatePart { other } => {
                write!(f, "has the number of another part, {}", clip(other))
            }
            Self::PartCount { found, named } => {
                write!(f, "split.count is {found}, the name says {named}")
            }
            Self::PartName { expected } => write!(
                f,
                "the split keys call for the name {}, which is the one that is looked for",
                clip(expected)
            ),
            Self::NoSplitKeys => f.write_str(
                "named like a part, without the split.no and split.count that loading the others \
                 depends on",
            ),
            Self::ForeignPart {
                of,
                found,
                expected,
            } => write!(
                f,
                "{of} {} in a part, {} in the first",
                clip(found),
                clip(expected)
            ),
            Self::DuplicateTensor { other } => {
                write!(f, "the tensor stands in {} too", clip(other))
            }
            Self::TensorCount { found, stated } => write!(
                f,
                "the parts hold {found} tensors, split.tensors.count is {stated}"
            ),
            Self::MisplacedTensor { mapped } => write!(
                f,
                "the index places the tensor in {}, where it is not",
                clip(mapped)
            ),
            Self::UnmappedTensor => f.write_str("the index does not name the tensor"),
            Self::MissingTensor => f.write_str("the index names a tensor that no part has"),
            Self::MissingFile(name) => {
                write!(f, "the index names {}, which is not there", clip(name))
            }
            Self::NoParts { files, first } => write!(
                f,
                "none of the {files} files that the index names is there, the first is {}; this file \
                 is loaded in their place",
                clip(first)
            ),
            Self::IndexName(name) | Self::IndexPath(name) => write!(
                f,
                "the index names \"{}\"; names of files beside it are allowed",
                clip(name)
            ),
            Self::IndexJson(error) => f.write_str(&clip(&error.to_string())),
            Self::IndexShape(expected) => write!(f, "the index has no {expected}"),
            Self::IndexDuplicateKey => {
                f.write_str("the key stands twice; readers differ in which counts")
            }
            Self::TotalSize { found, stated } => write!(
                f,
                "the parts hold {found} bytes of tensors, the index states {stated}"
            ),
            Self::Unread { message, .. } => f.write_str(message),
            Self::Limit { of, most, .. } => {
                write!(f, "more {of} than are examined; the limit is {most}")
            }
        }
    }
}

impl Error for ShardProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::IndexJson(error) => Some(error),
            _ => None,
        }
    }
}

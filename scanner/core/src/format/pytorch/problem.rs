//! What can be wrong with a checkpoint of `PyTorch`, its pickles and its zip apart.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Problem, clip};
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with a checkpoint.
#[derive(Debug)]
#[non_exhaustive]
pub enum PytorchProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// An archive without any pickle.
    NoPickle,
    /// An order of bytes that is none.
    ByteOrder(String),
    /// A description of weights that is none.
    Config(serde_json::Error),
    /// A type of elements, by its number, that we do not know.
    TensorType(u64),
    /// A storage without data.
    MissingStorage(String),
    /// A storage of another size than its data.
    StorageSize {
        /// Bytes that the pickle says.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// Data that no pickle refers to.
    UnusedStorage(u64),
    /// A pickle that is missing or holds something else than this format lays down.
    LegacyPart(&'static str),
}

impl From<ReadProblem> for PytorchProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for PytorchProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::NoPickle | Self::TensorType(_) => AnomalyRule::NotExamined,
            Self::UnusedStorage(_) => AnomalyRule::TrailingData,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::NoPickle => "missing-pickle",
            Self::ByteOrder(_) => "unknown-byteorder",
            Self::Config(_) => "unreadable-weights-config",
            Self::TensorType(_) => "unknown-tensor-type",
            Self::MissingStorage(_) => "missing-storage",
            Self::StorageSize { .. } => "wrong-storage-size",
            Self::UnusedStorage(_) => "unused-storage",
            Self::LegacyPart(_) => "wrong-legacy-part",
        }
    }
}

impl fmt::Display for PytorchProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::NoPickle => f.write_str(
                "neither a pickle nor an exported program is among the members of this zip",
            ),
            Self::ByteOrder(found) => write!(
                f,
                "byteorder is \"{}\"; little and big are allowed",
                clip(&found.escape_debug().to_string())
            ),
            Self::Config(error) => write!(f, "no description of weights: {error}"),
            Self::TensorType(number) => {
                write!(
                    f,
                    "elements of type {number}, which this version does not know"
                )
            }
            Self::MissingStorage(key) => write!(f, "storage \"{}\" has no data", clip(key)),
            Self::StorageSize { expected, found } => {
                write!(f, "{found} bytes of data for a storage of {expected}")
            }
            Self::UnusedStorage(bytes) => {
                write!(f, "{bytes} bytes of data that no pickle refers to")
            }
            Self::LegacyPart(part) => write!(f, "{part} is not what the format lays down"),
        }
    }
}

impl Error for PytorchProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => problem.source(),
            Self::Config(error) => Some(error),
            _ => None,
        }
    }
}

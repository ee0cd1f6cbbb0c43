//! What can be wrong with a tree of Flax.

use std::error::Error;
use std::fmt;

use crate::anomalies::Problem;
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with a tree of arrays.
#[derive(Debug)]
#[non_exhaustive]
pub enum FlaxProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// A byte that `MessagePack` does not use.
    Unused,
    /// A key that is no text.
    Key,
    /// A key that is not UTF-8.
    NotUtf8,
    /// A key with a control character or one that hides or reorders text.
    DeceptiveCharacter(char),
    /// A key that stands twice in one map.
    DuplicateKey,
    /// An array that is none: what is wrong with it.
    Array(&'static str),
    /// An array whose data are not as many bytes as its shape and type come to.
    Size {
        /// Bytes that there are.
        found: u64,
        /// Bytes that there should be.
        expected: u64,
    },
    /// An array in chunks that do not come to its shape.
    Chunks,
    /// A type of elements that we do not know.
    UnknownType(String),
    /// An extension that Flax does not have.
    Extension(i8),
    /// Bytes behind the tree.
    TrailingBytes(u64),
    /// More of something than is read.
    Limit {
        /// What is counted.
        of: &'static str,
        /// How many are read.
        most: u64,
    },
}

impl From<ReadProblem> for FlaxProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for FlaxProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::UnknownType(_) | Self::Extension(_) | Self::Limit { .. } => {
                AnomalyRule::NotExamined
            }
            Self::TrailingBytes(_) => AnomalyRule::TrailingData,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::Unused => "unused-byte",
            Self::Key => "wrong-key",
            Self::NotUtf8 => "name-not-utf8",
            Self::DeceptiveCharacter(_) => "deceptive-character",
            Self::DuplicateKey => "duplicate-key",
            Self::Array(_) => "wrong-array",
            Self::Size { .. } => "wrong-size",
            Self::Chunks => "wrong-chunks",
            Self::UnknownType(_) => "unknown-tensor-type",
            Self::Extension(_) => "unknown-extension",
            Self::TrailingBytes(_) => "trailing-bytes",
            Self::Limit { .. } => "limit",
        }
    }
}

impl fmt::Display for FlaxProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::Unused => f.write_str("byte 0xc1, which MessagePack does not use"),
            Self::Key => f.write_str("a key is no text; only texts are allowed"),
            Self::NotUtf8 => f.write_str("a key is not UTF-8"),
            Self::DeceptiveCharacter(character) => write!(
                f,
                "the key holds {}, which does not show as it is",
                character.escape_unicode()
            ),
            Self::DuplicateKey => f.write_str("the key stands twice; once is allowed"),
            Self::Array(found) => write!(f, "an array {found}"),
            Self::Size { found, expected } => write!(
                f,
                "the data have {found} bytes, shape and type come to {expected}"
            ),
            Self::Chunks => f.write_str("the chunks of an array do not come to its shape"),
            Self::UnknownType(name) => {
                write!(f, "element type \"{name}\" is not known to this version")
            }
            Self::Extension(kind) => write!(
                f,
                "an extension of type {kind}; those of types 1 to 3 are read"
            ),
            Self::TrailingBytes(bytes) => write!(f, "{bytes} bytes follow the tree"),
            Self::Limit { of, most } => write!(f, "{of} are read up to {most}"),
        }
    }
}

impl Error for FlaxProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => Some(problem),
            _ => None,
        }
    }
}

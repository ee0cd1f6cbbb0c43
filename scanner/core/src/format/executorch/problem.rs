//! What can be wrong with an `ExecuTorch` program.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Fault, Problem};
use crate::flatbuffer::FlatbufferProblem;
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with an `ExecuTorch` program.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExecutorchProblem {
    /// The flatbuffer itself is broken.
    Flatbuffer(FlatbufferProblem),
    /// Bytes 4 to 7 are not the format's.
    Identifier([u8; 4]),
    /// An extended header that is shorter than its fields.
    HeaderLength(u32),
    /// A reference to an item that is not there.
    Index {
        /// What is referred to.
        of: &'static str,
        /// The index found.
        found: i64,
        /// How many there are.
        length: u64,
    },
    /// A dimension below zero.
    Dimension(i32),
    /// A size that does not fit in 64 bits.
    SizeOverflow,
    /// Data that end behind what holds them.
    MissingData {
        /// What holds them.
        of: &'static str,
        /// Where the data end.
        end: u64,
        /// Where that ends.
        size: u64,
    },
    /// A type of elements that the schema does not have.
    ScalarType(u8),
    /// Data that only a delegate can read.
    Delegate(String),
    /// Pieces of data with names, which only backends read.
    NamedData(usize),
    /// Weights that stand in a data file of their own.
    External(String),
    /// A name that is not UTF-8.
    NotUtf8,
}

impl From<ReadProblem> for ExecutorchProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Flatbuffer(problem.into())
    }
}

impl From<Fault<FlatbufferProblem>> for Fault<ExecutorchProblem> {
    fn from(fault: Fault<FlatbufferProblem>) -> Self {
        fault.map(ExecutorchProblem::Flatbuffer)
    }
}

impl Problem for ExecutorchProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Flatbuffer(problem) => problem.rule(),
            Self::MissingData { .. } => AnomalyRule::TruncatedFile,
            Self::ScalarType(_) | Self::Delegate(_) | Self::NamedData(_) | Self::External(_) => {
                AnomalyRule::NotExamined
            }
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Flatbuffer(problem) => problem.kind(),
            Self::Identifier(_) => "wrong-magic",
            Self::HeaderLength(_) => "impossible-length",
            Self::Index { .. } => "index-out-of-range",
            Self::Dimension(_) => "negative-dimension",
            Self::SizeOverflow => "size-overflow",
            Self::MissingData { .. } => "missing-tensor-data",
            Self::ScalarType(_) => "unknown-tensor-type",
            Self::Delegate(_) => "delegate-data",
            Self::NamedData(_) => "named-data",
            Self::External(_) => "external-data",
            Self::NotUtf8 => "not-utf8",
        }
    }
}

impl fmt::Display for ExecutorchProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flatbuffer(problem) => problem.fmt(f),
            Self::Identifier(found) => write!(
                f,
                "bytes 4 to 7 are \"{}\"; \"ET12\" is expected",
                found.escape_ascii()
            ),
            Self::HeaderLength(found) => {
                write!(f, "an extended header of {found} bytes; 24 are needed")
            }
            Self::Index { of, found, length } => {
                write!(f, "{of} {found} is referred to; there are {length}")
            }
            Self::Dimension(found) => write!(f, "a dimension of {found}"),
            Self::SizeOverflow => f.write_str("a size that does not fit in 64 bits"),
            Self::MissingData { of, end, size } => {
                write!(f, "data end at {end}, the {of} that holds them at {size}")
            }
            Self::ScalarType(found) => write!(f, "type {found} of a tensor is not known"),
            Self::Delegate(id) => {
                write!(f, "what is handed to the delegate {id} is not examined")
            }
            Self::NamedData(count) => write!(
                f,
                "{count} pieces of named data, which only backends read, are not examined"
            ),
            Self::External(name) => write!(
                f,
                "the weights \"{name}\" stand in a data file of their own and are not examined"
            ),
            Self::NotUtf8 => f.write_str("a name is not UTF-8"),
        }
    }
}

impl Error for ExecutorchProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Flatbuffer(problem) => problem.source(),
            _ => None,
        }
    }
}

//! What can be wrong with a graph in protobuf, whatever the format.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Problem, clip};
use crate::protobuf::WireProblem;
use crate::record::AnomalyRule;

/// Something wrong with a graph.
#[derive(Debug)]
pub(in crate::format) enum GraphProblem {
    /// The encoding is broken, or the file ends too soon.
    Wire(WireProblem),
    /// A field at the top that the schema does not have.
    UnknownField(u32),
    /// A field whose value is not of the kind the schema lays down.
    WrongKind(u32),
    /// A name that is not UTF-8.
    NameNotUtf8,
    /// A name with a character that controls, hides or reorders text.
    DeceptiveCharacter(char),
    /// A tensor type that is not known.
    UnknownDataType(u64),
    /// A length below zero.
    NegativeDimension(i64),
    /// A size that does not fit in 63 bits.
    SizeOverflow,
    /// Another number of bytes or values than the shape promises.
    WrongLength {
        /// What is counted.
        of: &'static str,
        /// The number found.
        found: u64,
        /// The number that shape and type come to.
        expected: u64,
    },
    /// A place of data that leads out of the model's directory.
    Escape {
        /// Stable name of the way out.
        kind: &'static str,
        /// The place as stated.
        location: String,
    },
    /// Code compiled for a device, which is not read.
    CompiledOperator(String),
    /// More of something than is examined.
    Limit {
        /// Stable name of the limit.
        kind: &'static str,
        /// What there are too many of.
        of: &'static str,
        /// The limit.
        most: usize,
    },
}

impl From<WireProblem> for GraphProblem {
    fn from(problem: WireProblem) -> Self {
        Self::Wire(problem)
    }
}

impl Problem for GraphProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Wire(problem) => problem.rule(),
            Self::UnknownField(_) => AnomalyRule::TrailingData,
            Self::UnknownDataType(_) | Self::CompiledOperator(_) | Self::Limit { .. } => {
                AnomalyRule::NotExamined
            }
            Self::Escape { .. } => AnomalyRule::ExternalDataEscape,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Wire(problem) => problem.kind(),
            Self::UnknownField(_) => "unknown-field",
            Self::WrongKind(_) => "wrong-wire-type",
            Self::NameNotUtf8 => "name-not-utf8",
            Self::DeceptiveCharacter(_) => "deceptive-character",
            Self::UnknownDataType(_) => "unknown-tensor-type",
            Self::NegativeDimension(_) => "negative-dimension",
            Self::SizeOverflow => "size-overflow",
            Self::WrongLength { .. } => "wrong-data-length",
            Self::Escape { kind, .. } | Self::Limit { kind, .. } => kind,
            Self::CompiledOperator(_) => "compiled-operator",
        }
    }
}

impl fmt::Display for GraphProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wire(problem) => problem.fmt(f),
            Self::UnknownField(number) => write!(
                f,
                "field {number} is none of the format's; its readers do not look at what it holds"
            ),
            Self::WrongKind(number) => write!(
                f,
                "field {number} is not of the kind that the schema lays down, so that readers skip it"
            ),
            Self::NameNotUtf8 => f.write_str("a name that is not UTF-8"),
            Self::DeceptiveCharacter(character) => write!(
                f,
                "a name holds U+{:04X}, a character that controls, hides or reorders text",
                u32::from(*character)
            ),
            Self::UnknownDataType(id) => write!(
                f,
                "data type {id} is not known to this version, its size cannot be told"
            ),
            Self::NegativeDimension(found) => write!(f, "a dimension of {found}"),
            Self::SizeOverflow => f.write_str("a size that does not fit in 63 bits"),
            Self::WrongLength {
                of,
                found,
                expected,
            } => write!(f, "{found} {of}; shape and type come to {expected}"),
            Self::Escape { location, .. } => write!(
                f,
                "data at \"{}\"; a relative path inside the model's directory is allowed",
                clip(location)
            ),
            Self::CompiledOperator(op) => write!(
                f,
                "the operator {} holds code compiled elsewhere, which is not read",
                clip(op)
            ),
            Self::Limit { of, most, .. } => {
                write!(f, "more {of} than are examined; the limit is {most}")
            }
        }
    }
}

impl Error for GraphProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Wire(problem) => problem.source(),
            _ => None,
        }
    }
}

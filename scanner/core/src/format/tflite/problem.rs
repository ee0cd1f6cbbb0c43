//! What can be wrong with a `TFLite` model.

use std::error::Error;
use std::fmt;

use super::{MAX_NAME_BYTES, MODEL_VERSION};
use crate::anomalies::{Fault, Problem};
use crate::flatbuffer::FlatbufferProblem;
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with a `TFLite` model.
#[derive(Debug)]
#[non_exhaustive]
pub enum TfliteProblem {
    /// The flatbuffer itself is broken.
    Flatbuffer(FlatbufferProblem),
    /// Bytes 4 to 7 are not the format's.
    Identifier([u8; 4]),
    /// A version of the schema that no reader takes.
    Version(u32),
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
    /// A shape whose elements do not fit in 64 bits.
    SizeOverflow,
    /// A buffer of another size than type and shape come to.
    Size {
        /// Bytes of the buffer.
        found: u64,
        /// Bytes of type and shape.
        expected: u64,
    },
    /// Data beyond the end of the file.
    MissingData {
        /// Where the data end.
        end: u64,
        /// Bytes of the file.
        size: u64,
    },
    /// A type of elements that the schema does not have.
    TensorType(u8),
    /// A builtin operator that the schema does not have.
    Operator(u32),
    /// A custom operator without a name.
    UnnamedOperator,
    /// An operator of TensorFlow that does more than calculate.
    ExecutableOperator(String),
    /// An operator that no runtime lends.
    CustomOperator(String),
    /// An operator that holds a program for an accelerator.
    CompiledOperator(String),
    /// Options of an operator of TensorFlow that its delegate does not take.
    FlexOptions,
    /// An operator of TensorFlow under several names.
    FlexNames {
        /// As the operator code says.
        code: String,
        /// As the options say.
        name: String,
        /// As the node in the options says.
        node: String,
    },
    /// A name that is not UTF-8.
    NotUtf8,
    /// More tensor names than are kept.
    Names,
    /// A limit of this reader.
    Limit {
        /// What is limited.
        of: &'static str,
        /// The limit.
        most: u64,
    },
}

impl From<ReadProblem> for TfliteProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Flatbuffer(problem.into())
    }
}

impl From<Fault<FlatbufferProblem>> for Fault<TfliteProblem> {
    fn from(fault: Fault<FlatbufferProblem>) -> Self {
        fault.map(TfliteProblem::Flatbuffer)
    }
}

impl Problem for TfliteProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Flatbuffer(problem) => problem.rule(),
            Self::MissingData { .. } => AnomalyRule::TruncatedFile,
            Self::ExecutableOperator(_) => AnomalyRule::ExecutableLayer,
            Self::Version(_)
            | Self::TensorType(_)
            | Self::Operator(_)
            | Self::CustomOperator(_)
            | Self::CompiledOperator(_)
            | Self::Names
            | Self::Limit { .. } => AnomalyRule::NotExamined,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Flatbuffer(problem) => problem.kind(),
            Self::Identifier(_) => "wrong-magic",
            Self::Version(_) => "unknown-version",
            Self::Index { .. } => "index-out-of-range",
            Self::Dimension(_) => "negative-dimension",
            Self::SizeOverflow => "size-overflow",
            Self::Size { .. } => "wrong-size",
            Self::MissingData { .. } => "missing-tensor-data",
            Self::TensorType(_) => "unknown-tensor-type",
            Self::Operator(_) => "unknown-operator",
            Self::UnnamedOperator => "unnamed-operator",
            Self::ExecutableOperator(_) => "executable-operator",
            Self::CustomOperator(_) => "custom-operators",
            Self::CompiledOperator(_) => "compiled-operator",
            Self::FlexOptions => "wrong-flex-options",
            Self::FlexNames { .. } => "disagreeing-operator-names",
            Self::NotUtf8 => "not-utf8",
            Self::Names => "limit-names",
            Self::Limit { .. } => "limit-flatbuffer",
        }
    }
}

impl fmt::Display for TfliteProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flatbuffer(problem) => problem.fmt(f),
            Self::Identifier(found) => write!(
                f,
                "bytes 4 to 7 are \"{}\"; \"TFL3\" is expected",
                found.escape_ascii()
            ),
            Self::Version(found) => write!(
                f,
                "version {found} of the schema; {MODEL_VERSION} is examined"
            ),
            Self::Index { of, found, length } => {
                write!(f, "{of} {found} is referred to; there are {length}")
            }
            Self::Dimension(found) => write!(f, "a dimension of {found}"),
            Self::SizeOverflow => f.write_str("a size that does not fit in 64 bits"),
            Self::Size { found, expected } => write!(
                f,
                "a buffer of {found} bytes; type and shape come to {expected}"
            ),
            Self::MissingData { end, size } => {
                write!(f, "data end at {end}, the file at {size}")
            }
            Self::TensorType(found) => write!(f, "type {found} of a tensor is not known"),
            Self::Operator(found) => write!(f, "operator {found} is not known"),
            Self::UnnamedOperator => f.write_str("a custom operator without a name"),
            Self::ExecutableOperator(name) => write!(
                f,
                "the operator {name} runs code or touches files when the model is run"
            ),
            Self::CustomOperator(name) => write!(
                f,
                "the operator \"{name}\" is none of TFLite, MediaPipe or TensorFlow Text; a library \
                 beside the model defines it, and what it does cannot be told"
            ),
            Self::CompiledOperator(name) => write!(
                f,
                "the operator {name} holds code compiled elsewhere, which is not read"
            ),
            Self::FlexOptions => f.write_str(
                "the options of an operator of TensorFlow are no flexbuffer of a name and a NodeDef",
            ),
            Self::FlexNames { code, name, node } => write!(
                f,
                "the operator code says {code}, its options {name} and the node in them {node}; \
                 runtimes differ in which of them they run"
            ),
            Self::NotUtf8 => f.write_str("a name is not UTF-8"),
            Self::Names => write!(
                f,
                "more names of tensors than are kept; the limit is {MAX_NAME_BYTES} bytes"
            ),
            Self::Limit { of, most } => {
                write!(f, "more {of} than are examined; the limit is {most}")
            }
        }
    }
}

impl Error for TfliteProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Flatbuffer(problem) => problem.source(),
            _ => None,
        }
    }
}

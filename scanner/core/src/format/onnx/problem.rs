//! What can be wrong with an ONNX file.

use std::error::Error;
use std::fmt;

use super::limits;
use crate::anomalies::{Problem, clip};
use crate::protobuf::WireProblem;
use crate::record::AnomalyRule;

/// Something wrong with an ONNX file.
#[derive(Debug)]
#[non_exhaustive]
pub enum OnnxProblem {
    /// The protobuf encoding is broken, or the file ends too soon.
    Wire(WireProblem),
    /// A field that the schema does not have.
    UnknownField(u32),
    /// A field whose value is not of the kind the schema lays down.
    WrongKind(u32),
    /// No version of the intermediate representation.
    MissingIrVersion,
    /// A newer version than is known.
    UnknownIrVersion(u64),
    /// No graph.
    MissingGraph,
    /// No operator set is imported.
    MissingOpset,
    /// A name of no bytes.
    EmptyName,
    /// A name that is not UTF-8.
    NameNotUtf8,
    /// A name with a character that controls, hides or reorders text.
    DeceptiveCharacter(char),
    /// Two initializers of one graph with one name.
    DuplicateTensor,
    /// A tensor without a type.
    MissingDataType,
    /// A type that is not known.
    UnknownDataType(u64),
    /// A length below zero.
    NegativeDimension(i64),
    /// A size that does not fit in 63 bits.
    SizeOverflow,
    /// Values in more than one field, or in one that is not of the type.
    MisplacedValues,
    /// No values where the shape promises some.
    MissingValues,
    /// Another number of bytes or values than the shape promises.
    WrongLength {
        /// What is counted.
        of: &'static str,
        /// The number found.
        found: u64,
        /// The number that shape and type come to.
        expected: u64,
    },
    /// External data without a place.
    MissingLocation,
    /// An offset or a length of external data that is no number.
    NotANumber {
        /// The key.
        key: &'static str,
        /// What stands there.
        found: String,
    },
    /// A key of external data that stands twice.
    DuplicateKey,
    /// A key of external data that the format does not have.
    UnknownKey(String),
    /// A place of external data that leads out of the model's directory.
    Escape {
        /// Stable name of the way out.
        kind: &'static str,
        /// The place as stated.
        location: String,
    },
    /// Operators that are defined neither by ONNX and onnxruntime nor in the file.
    CustomOperators {
        /// Their domain.
        domain: String,
        /// Number of nodes.
        nodes: u64,
    },
    /// An operator that calls Python.
    PythonOperator(String),
    /// An operator that holds code compiled for a device.
    CompiledOperator,
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

impl From<WireProblem> for OnnxProblem {
    fn from(problem: WireProblem) -> Self {
        Self::Wire(problem)
    }
}

impl Problem for OnnxProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Wire(problem) => problem.rule(),
            Self::UnknownField(_) => AnomalyRule::TrailingData,
            Self::UnknownIrVersion(_)
            | Self::UnknownDataType(_)
            | Self::CustomOperators { .. }
            | Self::CompiledOperator
            | Self::Limit { .. } => AnomalyRule::NotExamined,
            Self::Escape { .. } => AnomalyRule::ExternalDataEscape,
            Self::PythonOperator(_) => AnomalyRule::ExecutableLayer,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Wire(problem) => problem.kind(),
            Self::UnknownField(_) => "unknown-field",
            Self::WrongKind(_) => "wrong-wire-type",
            Self::MissingIrVersion => "missing-ir-version",
            Self::UnknownIrVersion(_) => "unknown-ir-version",
            Self::MissingGraph => "missing-graph",
            Self::MissingOpset => "missing-opset",
            Self::EmptyName => "empty-name",
            Self::NameNotUtf8 => "name-not-utf8",
            Self::DeceptiveCharacter(_) => "deceptive-character",
            Self::DuplicateTensor => "duplicate-tensor",
            Self::MissingDataType => "missing-data-type",
            Self::UnknownDataType(_) => "unknown-tensor-type",
            Self::NegativeDimension(_) => "negative-dimension",
            Self::SizeOverflow => "size-overflow",
            Self::MisplacedValues => "misplaced-values",
            Self::MissingValues => "missing-tensor-data",
            Self::WrongLength { .. } => "wrong-data-length",
            Self::MissingLocation => "missing-location",
            Self::NotANumber { .. } => "not-a-number",
            Self::DuplicateKey => "duplicate-key",
            Self::UnknownKey(_) => "unknown-external-key",
            Self::Escape { kind, .. } | Self::Limit { kind, .. } => kind,
            Self::CustomOperators { .. } => "custom-operators",
            Self::PythonOperator(_) => "python-operator",
            Self::CompiledOperator => "compiled-operator",
        }
    }
}

impl fmt::Display for OnnxProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wire(problem) => problem.fmt(f),
            Self::UnknownField(number) => write!(
                f,
                "field {number} is none of a model's; no reader of ONNX looks at what it holds"
            ),
            Self::WrongKind(number) => write!(
                f,
                "field {number} is not of the kind that the schema lays down, so that readers skip it"
            ),
            Self::MissingIrVersion => f.write_str("no ir_version, which is required"),
            Self::UnknownIrVersion(found) => write!(
                f,
                "ir_version {found} is newer than this program knows; 1 to {} are known",
                limits::NEWEST_IR
            ),
            Self::MissingGraph => f.write_str("no graph, which is required"),
            Self::MissingOpset => f.write_str("no operator set is imported; one is required"),
            Self::EmptyName => f.write_str("an initializer without a name"),
            Self::NameNotUtf8 => f.write_str("a name that is not UTF-8"),
            Self::DeceptiveCharacter(character) => write!(
                f,
                "a name holds U+{:04X}, a character that controls, hides or reorders text",
                u32::from(*character)
            ),
            Self::DuplicateTensor | Self::DuplicateKey => {
                f.write_str("stands twice; readers differ in which of the two counts")
            }
            Self::MissingDataType => f.write_str("a tensor without data_type, which is required"),
            Self::UnknownDataType(id) => write!(
                f,
                "data type {id} is not known to this version, its size cannot be told"
            ),
            Self::NegativeDimension(found) => write!(f, "a dimension of {found}"),
            Self::SizeOverflow => f.write_str("a size that does not fit in 63 bits"),
            Self::MisplacedValues => f.write_str(
                "values stand in more than one field, or in one that is not for their type",
            ),
            Self::MissingValues => f.write_str("no values; the shape promises some"),
            Self::WrongLength {
                of,
                found,
                expected,
            } => write!(f, "{found} {of}; shape and type come to {expected}"),
            Self::MissingLocation => {
                f.write_str("external data without a location, which is required")
            }
            Self::NotANumber { key, found } => {
                write!(
                    f,
                    "{key} of external data is \"{}\", not a number",
                    clip(found)
                )
            }
            Self::UnknownKey(key) => write!(
                f,
                "external data has the key \"{}\"; location, offset, length and checksum exist",
                clip(key)
            ),
            Self::Escape { location, .. } => write!(
                f,
                "external data at \"{}\"; a relative path inside the model's directory is allowed",
                clip(location)
            ),
            Self::CustomOperators { domain, nodes } => write!(
                f,
                "{nodes} nodes are operators of the domain \"{}\", which a library beside the \
                 model defines; what they do cannot be told",
                clip(domain)
            ),
            Self::PythonOperator(name) => {
                write!(f, "the operator {} calls Python", clip(name))
            }
            Self::CompiledOperator => {
                f.write_str("an EPContext holds code compiled for a device, which is not read")
            }
            Self::Limit { of, most, .. } => {
                write!(f, "more {of} than are examined; the limit is {most}")
            }
        }
    }
}

impl Error for OnnxProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Wire(problem) => problem.source(),
            _ => None,
        }
    }
}

//! What can be wrong with an ONNX model, its encoding apart.

use std::error::Error;
use std::fmt;

use super::NEWEST_IR;
use crate::anomalies::{Problem, clip};
use crate::record::AnomalyRule;

/// Something wrong with an ONNX model.
#[derive(Debug)]
pub(super) enum OnnxProblem {
    /// No version of the intermediate representation.
    MissingIrVersion,
    /// A newer version than is known.
    UnknownIrVersion(u64),
    /// No graph.
    MissingGraph,
    /// No operator set is imported.
    MissingOpset,
    /// An initializer without a name.
    EmptyName,
    /// Two initializers of one graph with one name.
    DuplicateTensor,
    /// A tensor without a type.
    MissingDataType,
    /// Values in more than one field, or in one that is not of the type.
    MisplacedValues,
    /// No values where the shape promises some.
    MissingValues,
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
    /// Operators that are defined neither by ONNX and onnxruntime nor in the file.
    CustomOperators {
        /// Their domain.
        domain: String,
        /// Number of nodes.
        nodes: u64,
    },
    /// An operator that calls Python.
    PythonOperator(String),
}

impl Problem for OnnxProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::UnknownIrVersion(_) | Self::CustomOperators { .. } => AnomalyRule::NotExamined,
            Self::PythonOperator(_) => AnomalyRule::ExecutableLayer,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::MissingIrVersion => "missing-ir-version",
            Self::UnknownIrVersion(_) => "unknown-ir-version",
            Self::MissingGraph => "missing-graph",
            Self::MissingOpset => "missing-opset",
            Self::EmptyName => "empty-name",
            Self::DuplicateTensor => "duplicate-tensor",
            Self::MissingDataType => "missing-data-type",
            Self::MisplacedValues => "misplaced-values",
            Self::MissingValues => "missing-tensor-data",
            Self::MissingLocation => "missing-location",
            Self::NotANumber { .. } => "not-a-number",
            Self::DuplicateKey => "duplicate-key",
            Self::UnknownKey(_) => "unknown-external-key",
            Self::CustomOperators { .. } => "custom-operators",
            Self::PythonOperator(_) => "python-operator",
        }
    }
}

impl fmt::Display for OnnxProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingIrVersion => f.write_str("no ir_version, which is required"),
            Self::UnknownIrVersion(found) => write!(
                f,
                "ir_version {found} is newer than this program knows; 1 to {NEWEST_IR} are known"
            ),
            Self::MissingGraph => f.write_str("no graph, which is required"),
            Self::MissingOpset => f.write_str("no operator set is imported; one is required"),
            Self::EmptyName => f.write_str("an initializer without a name"),
            Self::DuplicateTensor | Self::DuplicateKey => {
                f.write_str("stands twice; readers differ in which of the two counts")
            }
            Self::MissingDataType => f.write_str("a tensor without data_type, which is required"),
            Self::MisplacedValues => f.write_str(
                "values stand in more than one field, or in one that is not for their type",
            ),
            Self::MissingValues => f.write_str("no values; the shape promises some"),
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
            Self::CustomOperators { domain, nodes } => write!(
                f,
                "{nodes} nodes are operators of the domain \"{}\", which a library beside the \
                 model defines; what they do cannot be told",
                clip(domain)
            ),
            Self::PythonOperator(name) => {
                write!(f, "the operator {} calls Python", clip(name))
            }
        }
    }
}

impl Error for OnnxProblem {}

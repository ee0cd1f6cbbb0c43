//! What can be wrong with a Core ML model, its encoding apart.

use std::error::Error;
use std::fmt;

use super::NEWEST_SPECIFICATION;
use crate::anomalies::{Problem, clip};
use crate::record::AnomalyRule;

/// Something wrong with a Core ML model.
#[derive(Debug)]
pub(super) enum CoreMlProblem {
    /// No version of the specification.
    MissingSpecification,
    /// A newer version than is known.
    UnknownSpecification(u64),
    /// No model.
    MissingModel,
    /// A kind of model that is not known.
    UnknownModel(u32),
    /// A model that a class of the application implements.
    CustomModel(String),
    /// A layer that a class of the application implements.
    CustomLayer(String),
    /// A model in another file.
    LinkedModel(String),
    /// A model that is serialized in a way of its own.
    SerializedModel,
    /// Weights of a width that is not known.
    UnknownWidth(u64),
}

impl Problem for CoreMlProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::MissingSpecification | Self::MissingModel => AnomalyRule::MalformedHeader,
            Self::CustomModel(_) | Self::CustomLayer(_) => AnomalyRule::ExecutableLayer,
            _ => AnomalyRule::NotExamined,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::MissingSpecification => "missing-specification-version",
            Self::UnknownSpecification(_) => "unknown-specification-version",
            Self::MissingModel => "missing-model-type",
            Self::UnknownModel(_) => "unknown-model-type",
            Self::CustomModel(_) => "custom-model",
            Self::CustomLayer(_) => "custom-layer",
            Self::LinkedModel(_) => "linked-model",
            Self::SerializedModel => "serialized-model",
            Self::UnknownWidth(_) => "unknown-tensor-type",
        }
    }
}

impl fmt::Display for CoreMlProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingSpecification => f.write_str("no specificationVersion, which is required"),
            Self::UnknownSpecification(found) => write!(
                f,
                "specificationVersion {found} is newer than this program knows; 1 to \
                 {NEWEST_SPECIFICATION} are known"
            ),
            Self::MissingModel => f.write_str("no model behind the description"),
            Self::UnknownModel(number) => {
                write!(f, "a kind of model that is not known (field {number})")
            }
            Self::CustomModel(class) => write!(
                f,
                "the class \"{}\" of the application runs in place of a model",
                clip(class)
            ),
            Self::CustomLayer(class) => write!(
                f,
                "the class \"{}\" of the application runs as a layer",
                clip(class)
            ),
            Self::LinkedModel(name) => write!(
                f,
                "the model stands in another file, \"{}\", which is not read",
                clip(name)
            ),
            Self::SerializedModel => {
                f.write_str("a model serialized by a framework of Apple, which is not read")
            }
            Self::UnknownWidth(bits) => write!(
                f,
                "weights of {bits} bits; 1 to 8 are known, their number cannot be told"
            ),
        }
    }
}

impl Error for CoreMlProblem {}

//! What can be wrong with a Keras model.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Problem, clip};
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with a Keras model.
#[derive(Debug)]
#[non_exhaustive]
pub enum KerasProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// A member that the archive lacks.
    MissingMember(&'static str),
    /// A member that this reader leaves alone.
    UnreadMember,
    /// The configuration is not JSON.
    Json(serde_json::Error),
    /// A key that stands twice.
    DuplicateKey,
    /// A layer that runs Python code of its own or another program.
    Layer(&'static str, String),
    /// A class or function that is not one of Keras.
    Foreign(String),
    /// A function that does more than calculate.
    Gadget(String),
    /// A node of TensorFlow that is not to be read.
    UnreadNode,
    /// A class that whoever loads the model must bring along.
    Custom(String),
    /// A name that leads elsewhere where it is taken for a path.
    PathLikeName(String),
    /// A value that is a path out of the model, or an address.
    PathInConfig(String),
    /// A vocabulary that stands in a file of its own.
    Vocabulary(String),
    /// Bytes of a member or a configuration that are more than are read.
    TooLong(u64),
}

impl From<ReadProblem> for KerasProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for KerasProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::MissingMember(_) | Self::Json(_) | Self::DuplicateKey => {
                AnomalyRule::MalformedHeader
            }
            Self::UnreadMember | Self::UnreadNode | Self::TooLong(_) => AnomalyRule::NotExamined,
            Self::Layer(..) | Self::Foreign(_) | Self::Gadget(_) | Self::Custom(_) => {
                AnomalyRule::ExecutableLayer
            }
            Self::PathLikeName(_) | Self::PathInConfig(_) | Self::Vocabulary(_) => {
                AnomalyRule::ExternalDataEscape
            }
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::MissingMember(_) => "missing-member",
            Self::UnreadMember => "unread-member",
            Self::Json(_) => "broken-json",
            Self::DuplicateKey => "duplicate-key",
            Self::Layer(kind, _) => kind,
            Self::Foreign(_) => "foreign-module",
            Self::Gadget(_) => "executable-function",
            Self::UnreadNode => "unread-node",
            Self::Custom(_) => "custom-object",
            Self::PathLikeName(_) => "path-like-name",
            Self::PathInConfig(_) => "path-in-config",
            Self::Vocabulary(_) => "vocabulary-file",
            Self::TooLong(_) => "limit-config",
        }
    }
}

impl fmt::Display for KerasProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::MissingMember(name) => write!(f, "the archive has no {name}"),
            Self::UnreadMember => f.write_str("a member that is not examined"),
            Self::Json(error) => f.write_str(&clip(&error.to_string())),
            Self::DuplicateKey => {
                f.write_str("the key stands twice; readers differ in which counts")
            }
            Self::Layer(_, class) => {
                write!(
                    f,
                    "a layer {class} runs code or a program that the file brings along"
                )
            }
            Self::Foreign(name) => write!(f, "{name} is imported; only modules of Keras are known"),
            Self::Gadget(name) => {
                write!(f, "{name} is called, which does more than calculate")
            }
            Self::UnreadNode => f.write_str(
                "the node of TensorFlow that the layer runs is no NodeDef; what it does cannot be told",
            ),
            Self::Custom(name) => {
                write!(
                    f,
                    "{name} is a class of someone's own, whose code loading runs"
                )
            }
            Self::PathLikeName(name) => {
                write!(
                    f,
                    "the name \"{name}\" leads elsewhere where it is taken for a path"
                )
            }
            Self::PathInConfig(value) => {
                write!(f, "\"{value}\" is a path out of the model, or an address")
            }
            Self::Vocabulary(value) => {
                write!(f, "a vocabulary is read out of the file \"{value}\"")
            }
            Self::TooLong(bytes) => write!(
                f,
                "{bytes} bytes of configuration; {} are examined",
                super::MAX_CONFIG
            ),
        }
    }
}

impl Error for KerasProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => problem.source(),
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

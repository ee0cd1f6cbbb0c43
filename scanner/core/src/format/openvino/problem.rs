//! What can be wrong with an `OpenVINO` model.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Fault, Problem, clip};
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;
use crate::xml::XmlProblem;

/// Something wrong with an `OpenVINO` model.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenvinoProblem {
    /// The XML itself is broken.
    Xml(XmlProblem),
    /// A root other than `net`.
    Root(String),
    /// A version of the format that is laid out in another way.
    Version(String),
    /// An attribute of a constant that is missing or no number.
    Attribute(&'static str),
    /// A type of elements that is not known.
    ElementType(String),
    /// A size that does not fit in 64 bits.
    SizeOverflow,
    /// A constant of another size than type and shape come to.
    Size {
        /// Bytes as stated.
        found: u64,
        /// Bytes of type and shape.
        expected: u64,
    },
    /// A limit of this reader.
    Limit {
        /// What is limited.
        of: &'static str,
        /// The limit.
        most: usize,
    },
}

impl From<ReadProblem> for OpenvinoProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Xml(problem.into())
    }
}

impl From<Fault<XmlProblem>> for Fault<OpenvinoProblem> {
    fn from(fault: Fault<XmlProblem>) -> Self {
        fault.map(OpenvinoProblem::Xml)
    }
}

impl Problem for OpenvinoProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Xml(problem) => problem.rule(),
            Self::Version(_) | Self::ElementType(_) | Self::Limit { .. } => {
                AnomalyRule::NotExamined
            }
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Xml(problem) => problem.kind(),
            Self::Root(_) => "wrong-root",
            Self::Version(_) => "unknown-version",
            Self::Attribute(_) => "missing-attribute",
            Self::ElementType(_) => "unknown-tensor-type",
            Self::SizeOverflow => "size-overflow",
            Self::Size { .. } => "wrong-size",
            Self::Limit { .. } => "limit-openvino",
        }
    }
}

impl fmt::Display for OpenvinoProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Xml(problem) => problem.fmt(f),
            Self::Root(name) => write!(f, "the root is \"{}\"; \"net\" is expected", clip(name)),
            Self::Version(found) => {
                write!(f, "version \"{}\"; 10 and 11 are examined", clip(found))
            }
            Self::Attribute(name) => write!(f, "the attribute {name} is missing or no number"),
            Self::ElementType(found) => {
                write!(f, "element type \"{}\" is not known", clip(found))
            }
            Self::SizeOverflow => f.write_str("a size that does not fit in 64 bits"),
            Self::Size { found, expected } => {
                write!(
                    f,
                    "{found} bytes of data; type and shape come to {expected}"
                )
            }
            Self::Limit { of, most } => {
                write!(f, "more {of} than are examined; the limit is {most}")
            }
        }
    }
}

impl Error for OpenvinoProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Xml(problem) => problem.source(),
            _ => None,
        }
    }
}

//! What can be wrong with the encoding.

use std::error::Error;
use std::fmt;

use super::{MAX_DEPTH, MAX_FIELDS};
use crate::anomalies::Problem;
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with the encoding.
#[derive(Debug)]
#[non_exhaustive]
pub enum WireProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// A tag that names no field.
    Tag(u64),
    /// A group, by its field's number.
    Group(u32),
    /// A kind of value that the encoding does not have.
    Kind(u64),
    /// A number that does not fit in 64 bits.
    LongNumber,
    /// A number that takes more bytes than it needs.
    PaddedNumber,
    /// A number that goes on behind the end of its message.
    AcrossEnd,
    /// A field that is longer than the rest of its message.
    BeyondMessage {
        /// The length stated.
        length: u64,
        /// Bytes left in the message.
        available: u64,
    },
    /// Messages nested deeper than loaders follow.
    Depth,
    /// More fields than are walked.
    Fields,
}

impl Problem for WireProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::Depth | Self::Fields => AnomalyRule::NotExamined,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::Tag(_) => "impossible-tag",
            Self::Group(_) => "group",
            Self::Kind(_) => "unknown-wire-type",
            Self::LongNumber => "overlong-number",
            Self::PaddedNumber => "padded-number",
            Self::AcrossEnd => "number-across-end",
            Self::BeyondMessage { .. } => "length-beyond-message",
            Self::Depth => "limit-nesting",
            Self::Fields => "limit-fields",
        }
    }
}

impl fmt::Display for WireProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::Tag(tag) => write!(f, "{tag} is the tag of no field"),
            Self::Group(number) => {
                write!(
                    f,
                    "field {number} is a group, which the format does not have"
                )
            }
            Self::Kind(kind) => write!(f, "wire type {kind} does not exist; 0, 1, 2 and 5 do"),
            Self::LongNumber => f.write_str("a number that does not fit in 64 bits"),
            Self::PaddedNumber => {
                f.write_str("a number takes more bytes than it needs, which no writer does")
            }
            Self::AcrossEnd => f.write_str("a number goes on behind the end of its message"),
            Self::BeyondMessage { length, available } => write!(
                f,
                "a field of {length} bytes, its message ends after {available}"
            ),
            Self::Depth => write!(
                f,
                "messages nested deeper than {MAX_DEPTH}, which loaders do not follow"
            ),
            Self::Fields => write!(
                f,
                "more fields than are examined; the limit is {MAX_FIELDS}"
            ),
        }
    }
}

impl Error for WireProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => problem.source(),
            _ => None,
        }
    }
}

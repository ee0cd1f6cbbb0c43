//! What can be wrong with a safetensors header.

use std::error::Error;
use std::fmt;

use serde_json::error::Category;

use super::MAX_HEADER;
use crate::anomalies::{Problem, clip};
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with a safetensors header.
#[derive(Debug)]
#[non_exhaustive]
pub enum SafetensorsProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// A header length of zero or above the limit of the format.
    HeaderLength(u64),
    /// The header is not the JSON that the format lays down.
    Json(serde_json::Error),
    /// White space before the header's brace.
    LeadingSpace,
    /// Padding other than spaces.
    Padding,
    /// A name of no characters.
    EmptyName,
    /// A name with a character that controls, hides or reorders text.
    DeceptiveCharacter(char),
    /// A tensor that stands twice.
    DuplicateTensor,
    /// A key of `__metadata__`, or `__metadata__` itself, that stands twice.
    DuplicateKey,
    /// A field of a tensor that stands twice.
    DuplicateField,
    /// A field that a tensor does not have.
    UnknownField,
    /// A field that a tensor lacks.
    MissingField(&'static str),
    /// `__metadata__` that is null.
    NullMetadata,
    /// A type of elements that the format does not have.
    Dtype(String),
    /// A size that does not fit.
    SizeOverflow,
    /// Elements that do not fill whole bytes.
    PartialByte {
        /// Bits of all elements.
        bits: u64,
    },
    /// Offsets that end before they begin.
    Offsets {
        /// Where the data begin.
        begin: u64,
        /// Where they end.
        end: u64,
    },
    /// Offsets that span another size than type and shape come to.
    Size {
        /// Bytes between the offsets.
        found: u64,
        /// Bytes of type and shape.
        expected: u64,
    },
    /// Data that start before the end of what comes before.
    Overlap {
        /// The offset found.
        found: u64,
        /// The offset where the tensor before ends.
        expected: u64,
    },
    /// Data that start after the end of what comes before.
    Gap {
        /// The offset found.
        found: u64,
        /// The offset where the tensor before ends.
        expected: u64,
    },
    /// Data beyond the end of the file.
    MissingData {
        /// Bytes that are missing.
        missing: u64,
    },
    /// Bytes behind the last tensor.
    TrailingData {
        /// How many.
        bytes: u64,
    },
    /// A limit of this reader.
    Limit {
        /// Stable name of the limit.
        kind: &'static str,
        /// What is limited.
        of: &'static str,
        /// The limit.
        most: u64,
    },
}

impl From<ReadProblem> for SafetensorsProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for SafetensorsProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::MissingData { .. } => AnomalyRule::TruncatedFile,
            Self::TrailingData { .. } => AnomalyRule::TrailingData,
            Self::Limit { .. } => AnomalyRule::NotExamined,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::HeaderLength(_) => "impossible-length",
            Self::Json(error) if error.classify() == Category::Data => "wrong-type",
            Self::Json(_) => "broken-json",
            Self::LeadingSpace => "leading-space",
            Self::Padding => "wrong-padding",
            Self::EmptyName => "empty-name",
            Self::DeceptiveCharacter(_) => "deceptive-character",
            Self::DuplicateTensor => "duplicate-tensor",
            Self::DuplicateKey => "duplicate-key",
            Self::DuplicateField => "duplicate-field",
            Self::UnknownField => "unknown-field",
            Self::MissingField(_) => "missing-field",
            Self::NullMetadata => "null-metadata",
            Self::Dtype(_) => "unknown-dtype",
            Self::SizeOverflow => "size-overflow",
            Self::PartialByte { .. } => "partial-byte",
            Self::Offsets { .. } => "reversed-offsets",
            Self::Size { .. } => "wrong-size",
            Self::Overlap { .. } => "overlapping-tensors",
            Self::Gap { .. } => "gap-between-tensors",
            Self::MissingData { .. } => "missing-tensor-data",
            Self::TrailingData { .. } => "trailing-bytes",
            Self::Limit { kind, .. } => kind,
        }
    }
}

impl fmt::Display for SafetensorsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::HeaderLength(found) => {
                write!(
                    f,
                    "a header of {found} bytes; 1 to {MAX_HEADER} are allowed"
                )
            }
            Self::Json(error) => f.write_str(&clip(&error.to_string())),
            Self::LeadingSpace => f.write_str("white space before the header's {"),
            Self::Padding => f.write_str("the header is padded with something other than spaces"),
            Self::EmptyName => f.write_str("a name of no characters"),
            Self::DeceptiveCharacter(character) => write!(
                f,
                "a name holds U+{:04X}, a character that controls, hides or reorders text",
                u32::from(*character)
            ),
            Self::DuplicateTensor => {
                f.write_str("the tensor stands twice; readers differ in which counts")
            }
            Self::DuplicateKey => {
                f.write_str("the key stands twice; readers differ in which counts")
            }
            Self::DuplicateField => f.write_str("the field stands twice"),
            Self::UnknownField => f.write_str("a field other than dtype, shape and data_offsets"),
            Self::MissingField(field) => write!(f, "the field {field} is missing"),
            Self::NullMetadata => f.write_str("__metadata__ is null; an object is expected"),
            Self::Dtype(found) => write!(f, "\"{found}\" is no dtype of the format"),
            Self::SizeOverflow => f.write_str("a size that does not fit in 64 bits"),
            Self::PartialByte { bits } => {
                write!(f, "{bits} bits of elements do not fill whole bytes")
            }
            Self::Offsets { begin, end } => {
                write!(f, "data_offsets begin at {begin} and end before, at {end}")
            }
            Self::Size { found, expected } => write!(
                f,
                "data_offsets span {found} bytes, dtype and shape come to {expected}"
            ),
            Self::Overlap { found, expected } => write!(
                f,
                "tensor data at {found} overlaps what comes before; {expected} is expected"
            ),
            Self::Gap { found, expected } => write!(
                f,
                "tensor data at {found} leaves bytes that no tensor owns; {expected} is expected"
            ),
            Self::MissingData { missing } => {
                write!(
                    f,
                    "{missing} bytes of tensor data are missing at the end of the file"
                )
            }
            Self::TrailingData { bytes } => write!(f, "{bytes} bytes follow the last tensor"),
            Self::Limit { of, most, .. } => {
                write!(f, "more {of} than are examined; the limit is {most}")
            }
        }
    }
}

impl Error for SafetensorsProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => problem.source(),
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

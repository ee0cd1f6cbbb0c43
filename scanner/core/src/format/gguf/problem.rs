//! What can be wrong with a GGUF header.

use std::error::Error;
use std::fmt;

use super::limits;
use super::vocabulary::VocabularyProblem;
use crate::anomalies::Problem;
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with a GGUF header.
#[derive(Debug)]
#[non_exhaustive]
pub enum GgufProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// The first four bytes are not `GGUF`.
    Magic([u8; 4]),
    /// The version is none we read.
    Version(u32),
    /// A count that no file of this size can hold.
    ImpossibleCount {
        /// What is counted.
        of: &'static str,
        /// The number promised.
        count: u64,
        /// The most that the file's remaining bytes could hold.
        most: u64,
    },
    /// A length above what the format's readers accept.
    ImpossibleLength {
        /// What is so long.
        of: &'static str,
        /// The length promised.
        length: u64,
    },
    /// A value or item type that the format does not have.
    ValueType(u32),
    /// An array of arrays.
    NestedArray,
    /// A truth value other than 0 and 1.
    TruthValue(u8),
    /// A key or name of no bytes.
    EmptyName,
    /// A key or name that is longer than the format allows.
    LongName {
        /// Its bytes.
        length: u64,
        /// The most that is allowed.
        most: u64,
    },
    /// A key or name with a control character or one that hides or reorders text.
    DeceptiveCharacter(char),
    /// A key or name that is not UTF-8.
    NameNotUtf8,
    /// A key outside ASCII.
    KeyNotAscii,
    /// A text that is not UTF-8.
    ValueNotUtf8,
    /// A key that stands twice.
    DuplicateKey,
    /// A tensor name that stands twice.
    DuplicateTensor,
    /// A key whose value has another type than the format lays down.
    WrongType {
        /// The type found.
        found: &'static str,
        /// The type laid down.
        expected: &'static str,
    },
    /// Tensors without `general.architecture`.
    MissingArchitecture,
    /// An alignment that is no power of two or no multiple of 8.
    Alignment(u32),
    /// More of something than llama.cpp has room for.
    TooMany {
        /// Stable name of what there is too much of.
        kind: &'static str,
        /// What there is too much of.
        of: &'static str,
        /// The number found.
        found: u64,
        /// The most that there is room for.
        most: u64,
    },
    /// A vocabulary that does not fit together.
    Vocabulary(VocabularyProblem),
    /// A number of dimensions outside 1 to 4.
    Dimensions(u32),
    /// A size that does not fit in 63 bits.
    SizeOverflow,
    /// A tensor type that ggml no longer has.
    RemovedTensorType {
        /// Its number.
        id: u32,
        /// The name it had.
        name: &'static str,
    },
    /// A tensor type we do not know.
    UnknownTensorType(u32),
    /// A row that is not a whole number of blocks.
    PartialBlock {
        /// Length of the row.
        row: u64,
        /// Elements of a block.
        block: u64,
    },
    /// A tensor that starts before the end of the one before it.
    Overlap {
        /// The offset found.
        found: u64,
        /// The offset where the tensor before ends.
        expected: u64,
    },
    /// A tensor that starts after the end of the one before it.
    Gap {
        /// The offset found.
        found: u64,
        /// The offset where the tensor before ends.
        expected: u64,
    },
    /// Tensor data beyond the end of the file.
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

impl From<ReadProblem> for GgufProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for GgufProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::Version(1..) | Self::UnknownTensorType(_) | Self::Limit { .. } => {
                AnomalyRule::NotExamined
            }
            Self::MissingData { .. } => AnomalyRule::TruncatedFile,
            Self::TrailingData { .. } => AnomalyRule::TrailingData,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::Magic(_) => "wrong-magic",
            Self::Version(_) => "unsupported-version",
            Self::ImpossibleCount { .. } => "impossible-count",
            Self::ImpossibleLength { .. } => "impossible-length",
            Self::ValueType(_) => "unknown-value-type",
            Self::NestedArray => "nested-array",
            Self::TruthValue(_) => "wrong-truth-value",
            Self::EmptyName => "empty-name",
            Self::LongName { .. } => "long-name",
            Self::DeceptiveCharacter(_) => "deceptive-character",
            Self::NameNotUtf8 => "name-not-utf8",
            Self::KeyNotAscii => "key-not-ascii",
            Self::ValueNotUtf8 => "value-not-utf8",
            Self::DuplicateKey => "duplicate-key",
            Self::DuplicateTensor => "duplicate-tensor",
            Self::WrongType { .. } => "wrong-type",
            Self::MissingArchitecture => "missing-architecture",
            Self::Alignment(_) => "wrong-alignment",
            Self::Vocabulary(problem) => problem.kind(),
            Self::Dimensions(_) => "wrong-dimensions",
            Self::SizeOverflow => "size-overflow",
            Self::RemovedTensorType { .. } => "removed-tensor-type",
            Self::UnknownTensorType(_) => "unknown-tensor-type",
            Self::PartialBlock { .. } => "partial-block",
            Self::Overlap { .. } => "overlapping-tensors",
            Self::Gap { .. } => "gap-between-tensors",
            Self::MissingData { .. } => "missing-tensor-data",
            Self::TrailingData { .. } => "trailing-bytes",
            Self::TooMany { kind, .. } | Self::Limit { kind, .. } => kind,
        }
    }
}

impl fmt::Display for GgufProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::Magic(found) => {
                write!(
                    f,
                    "magic is \"{}\", a GGUF starts with \"GGUF\"",
                    found.escape_ascii()
                )
            }
            Self::Version(found) => write!(
                f,
                "version {found} is not read; 1 to 3 are, big-endian only as 3"
            ),
            Self::ImpossibleCount { of, count, most } => {
                write!(
                    f,
                    "{count} {of} are promised, the file has room for {most} at most"
                )
            }
            Self::ImpossibleLength { of, length } => write!(
                f,
                "{of} of {length} is longer than the {} that readers accept",
                limits::LLAMA_MAX_LENGTH
            ),
            Self::ValueType(found) => write!(f, "value type {found} does not exist; 0 to 12 do"),
            Self::NestedArray => f.write_str("an array of arrays, which llama.cpp refuses"),
            Self::TruthValue(found) => write!(f, "truth value {found}; 0 and 1 are allowed"),
            Self::EmptyName => f.write_str("a name of no bytes"),
            Self::LongName { length, most } => {
                write!(f, "a name of {length} bytes; {most} are allowed")
            }
            Self::DeceptiveCharacter(character) => write!(
                f,
                "a name holds U+{:04X}, a character that controls, hides or reorders text",
                u32::from(*character)
            ),
            Self::NameNotUtf8 => f.write_str("a name that is not UTF-8"),
            Self::KeyNotAscii => f.write_str("a key that is not ASCII"),
            Self::ValueNotUtf8 => f.write_str("a text that is not UTF-8"),
            Self::DuplicateKey | Self::DuplicateTensor => {
                f.write_str("stands twice; readers differ in which of the two counts")
            }
            Self::WrongType { found, expected } => {
                write!(f, "the value is of type {found}, {expected} is expected")
            }
            Self::MissingArchitecture => {
                f.write_str("tensors without general.architecture, which is required")
            }
            Self::Alignment(found) => write!(
                f,
                "alignment {found}; a power of two that is a multiple of 8 is allowed"
            ),
            Self::TooMany {
                found, of, most, ..
            } => write!(f, "{found} {of}; llama.cpp has room for {most}"),
            Self::Vocabulary(problem) => problem.fmt(f),
            Self::Dimensions(found) => {
                write!(
                    f,
                    "{found} dimensions; 1 to {} are allowed",
                    limits::GGML_MAX_DIMS
                )
            }
            Self::SizeOverflow => f.write_str("a size that does not fit in 63 bits"),
            Self::RemovedTensorType { id, name } => {
                write!(f, "tensor type {id} ({name}) was removed from ggml")
            }
            Self::UnknownTensorType(id) => write!(
                f,
                "tensor type {id} is not known to this version, its size cannot be told"
            ),
            Self::PartialBlock { row, block } => {
                write!(
                    f,
                    "rows of {row} elements; the type needs a multiple of {block}"
                )
            }
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
            Self::TrailingData { bytes } => {
                write!(f, "{bytes} bytes follow the last tensor")
            }
            Self::Limit { of, most, .. } => {
                write!(f, "more {of} than are examined; the limit is {most}")
            }
        }
    }
}

impl Error for GgufProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => problem.source(),
            _ => None,
        }
    }
}

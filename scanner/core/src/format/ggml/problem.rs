//! What can be wrong with a GGML file.

use std::error::Error;
use std::fmt;

use super::limits;
use crate::anomalies::Problem;
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with a GGML file.
#[derive(Debug)]
#[non_exhaustive]
pub enum GgmlProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// The first four bytes are no magic of these files.
    Magic([u8; 4]),
    /// A version that there never was.
    Version(u32),
    /// Numbers in the order of a program that is not known.
    OtherProgram,
    /// A vocabulary out of measure.
    Words(u32),
    /// More tensors than are read.
    Tensors,
    /// A number of dimensions outside 1 to 4.
    Dimensions(u32),
    /// A name that is longer than any.
    LongName(u32),
    /// A name with a control character or one that hides or reorders text.
    DeceptiveCharacter(char),
    /// A tensor name that stands twice.
    DuplicateTensor,
    /// A size that does not fit in 64 bits, or rows that are no whole number of blocks.
    Shape,
    /// Blocks laid out as they were before version 2.
    OldBlocks(u32),
    /// A tensor type that ggml no longer has.
    RemovedType(&'static str),
    /// A tensor type that we do not know.
    UnknownType(u32),
}

impl From<ReadProblem> for GgmlProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for GgmlProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::Version(_)
            | Self::OtherProgram
            | Self::Words(_)
            | Self::Tensors
            | Self::LongName(_)
            | Self::OldBlocks(_)
            | Self::RemovedType(_)
            | Self::UnknownType(_) => AnomalyRule::NotExamined,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::Magic(_) => "wrong-magic",
            Self::Version(_) => "unsupported-version",
            Self::OtherProgram => "unknown-hyperparameters",
            Self::Words(_) => "limit-vocabulary",
            Self::Tensors => "limit-tensors",
            Self::Dimensions(_) => "wrong-dimensions",
            Self::LongName(_) => "long-name",
            Self::DeceptiveCharacter(_) => "deceptive-character",
            Self::DuplicateTensor => "duplicate-tensor",
            Self::Shape => "wrong-shape",
            Self::OldBlocks(_) => "old-block-layout",
            Self::RemovedType(_) => "removed-tensor-type",
            Self::UnknownType(_) => "unknown-tensor-type",
        }
    }
}

impl fmt::Display for GgmlProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::Magic(found) => write!(
                f,
                "magic is \"{}\", which no GGML file starts with",
                found.escape_ascii()
            ),
            Self::Version(version) => write!(f, "version {version} is not known to this version"),
            Self::OtherProgram => f.write_str(
                "only the program that wrote this file knows the order of what follows; those of \
                 whisper.cpp are read, others can be converted to GGUF",
            ),
            Self::Words(words) => write!(
                f,
                "a vocabulary of {words} words; up to {} are read",
                limits::MAX_WORDS
            ),
            Self::Tensors => write!(f, "tensors are read up to {}", limits::MAX_TENSORS),
            Self::Dimensions(found) => write!(
                f,
                "a tensor has {found} dimensions; 1 to {} are allowed",
                limits::GGML_MAX_DIMS
            ),
            Self::LongName(length) => write!(
                f,
                "a tensor's name has {length} bytes; up to {} are read",
                limits::MAX_NAME
            ),
            Self::DeceptiveCharacter(character) => write!(
                f,
                "the name holds {}, which does not show as it is",
                character.escape_unicode()
            ),
            Self::DuplicateTensor => f.write_str("the name stands twice; once is allowed"),
            Self::Shape => f.write_str(
                "the tensor's rows are no whole number of blocks, or its size does not fit in 64 bits",
            ),
            Self::OldBlocks(version) => write!(
                f,
                "blocks are laid out as in version {version}; those of version {} are read",
                limits::BLOCK_VERSION
            ),
            Self::RemovedType(name) => write!(f, "tensor type {name} was removed from ggml"),
            Self::UnknownType(id) => write!(f, "tensor type {id} is not known to this version"),
        }
    }
}

impl Error for GgmlProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => Some(problem),
            _ => None,
        }
    }
}

//! What can be wrong with a compressed file.

use std::error::Error;
use std::fmt;

use crate::anomalies::Problem;
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with a compressed file.
#[derive(Debug)]
#[non_exhaustive]
pub enum CompressedProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// The file ends before its data do.
    Cut,
    /// Data that do not decompress.
    Broken,
    /// Data that only a decoder with more memory decompresses.
    Memory,
    /// More content than is unpacked.
    Limit(u64),
    /// More files laid end to end than are decompressed.
    Parts(u32),
    /// Bytes behind the end of the data.
    Trailing(u64),
}

impl From<ReadProblem> for CompressedProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for CompressedProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::Cut => AnomalyRule::TruncatedFile,
            Self::Broken => AnomalyRule::MalformedHeader,
            Self::Memory | Self::Limit(_) | Self::Parts(_) => AnomalyRule::NotExamined,
            Self::Trailing(_) => AnomalyRule::TrailingData,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::Cut => "unexpected-end",
            Self::Broken => "broken-compressed-data",
            Self::Memory => "limit-window",
            Self::Limit(_) => "limit-content-size",
            Self::Parts(_) => "limit-parts",
            Self::Trailing(_) => "trailing-bytes",
        }
    }
}

impl fmt::Display for CompressedProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::Cut => f.write_str(
                "the file ends before its compressed data do; what stands before was read",
            ),
            Self::Broken => {
                f.write_str("the compressed data break off here; what stands before was read")
            }
            Self::Memory => f.write_str(
                "the data look back further than 64 MiB, which is what this version allows",
            ),
            Self::Limit(most) => {
                write!(
                    f,
                    "the content is more than {most} bytes; so many were read"
                )
            }
            Self::Parts(most) => write!(
                f,
                "compressed files laid end to end are decompressed up to {most}"
            ),
            Self::Trailing(bytes) => {
                write!(f, "{bytes} bytes behind the end of the compressed data")
            }
        }
    }
}

impl Error for CompressedProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => Some(problem),
            _ => None,
        }
    }
}

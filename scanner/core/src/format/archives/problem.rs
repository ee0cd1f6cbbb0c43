//! What can stand in the way of looking at a member.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Problem, clip};
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// A member, or a whole archive, that was not looked at.
#[derive(Debug)]
pub(in crate::format) enum MemberProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// A format that is recognised and not read.
    NotRead(&'static str),
    /// Named like a model, and no format we know.
    Unknown,
    /// A pointer in place of the content.
    Pointer,
    /// A file that holds data of the member.
    External(String),
    /// A part of a model in several files.
    Split,
    /// A whole archive that is not read.
    Opaque(&'static str),
    /// More members than are looked at.
    Members(u64),
    /// Members that share bytes, more often than those are looked at.
    Shared,
    /// Content that is no format we know.
    UnknownContent,
    /// More imports than are kept.
    Imports(usize),
    /// More tensors than are kept.
    Tensors(usize),
    /// A configuration that is longer than is read.
    LongConfig(usize),
    /// More archives in archives than are followed.
    Depth(u64),
}

impl From<ReadProblem> for MemberProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for MemberProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::NotExamined
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::NotRead(_) => "format-not-read",
            Self::Unknown => "unknown-member",
            Self::Pointer => "pointer-member",
            Self::External(_) => "external-data-of-member",
            Self::Split => "split-member",
            Self::Opaque(_) => "opaque-archive",
            Self::Members(_) => "limit-members",
            Self::LongConfig(_) => "limit-configuration",
            Self::Shared => "limit-shared-bytes",
            Self::UnknownContent => "unknown-content",
            Self::Imports(_) => "limit-imports",
            Self::Tensors(_) => "limit-tensors",
            Self::Depth(_) => "limit-nested-archives",
        }
    }
}

impl fmt::Display for MemberProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::NotRead(format) => write!(
                f,
                "the member is {format}, which is recognised, but not read by this version"
            ),
            Self::Unknown => {
                f.write_str("the member is named like a model, and no format the gate knows")
            }
            Self::Pointer => {
                f.write_str("the member is a git-LFS pointer, its content is not in the archive")
            }
            Self::External(location) => write!(
                f,
                "the member keeps data in \"{}\", which is not looked for in an archive",
                clip(&location.escape_debug().to_string())
            ),
            Self::LongConfig(most) => {
                write!(
                    f,
                    "the configuration is longer than {most} bytes, which are read"
                )
            }
            Self::Split => f.write_str(
                "the member is a part of a model in several files, which are not put together in \
                 an archive",
            ),
            Self::Opaque("7z") => f.write_str(
                "7z archives are not opened by this version; malicious pickles were hidden from \
                 scanners in them (nullifAI, 2025)",
            ),
            Self::Opaque(format) => {
                write!(f, "{format} archives are not opened by this version")
            }
            Self::Members(most) => write!(f, "members are looked at up to {most}"),
            Self::Shared => f.write_str(
                "the member shares its bytes with others, which together are longer than the \
                 file can be; it is not looked at",
            ),
            Self::UnknownContent => {
                f.write_str("what was decompressed is no format the gate knows")
            }
            Self::Imports(most) => write!(f, "imports of all members are listed up to {most}"),
            Self::Tensors(most) => write!(f, "tensors of all members are read up to {most}"),
            Self::Depth(most) => {
                write!(f, "archives in archives are followed {most} deep")
            }
        }
    }
}

impl Error for MemberProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => Some(problem),
            _ => None,
        }
    }
}

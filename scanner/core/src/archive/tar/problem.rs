//! What can be wrong with a tar.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Problem, clip};
use crate::archive::NameProblem;
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with a tar. What leaves the directory, or means two things to two readers, is
/// a trick.
#[derive(Debug)]
#[non_exhaustive]
pub enum TarProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// A header whose checksum is not that of its bytes.
    Checksum,
    /// A number that is none.
    Number(&'static str),
    /// An extended header whose records do not fill it.
    Records,
    /// The file ends inside a member.
    MissingData {
        /// Bytes that are missing.
        missing: u64,
    },
    /// No zero block at the end.
    NoEnd,
    /// Something other than zeros behind the end.
    DataAfter(u64),
    /// A name that is wrong on its own.
    Name(NameProblem),
    /// A name that stands twice.
    DuplicateName,
    /// An extended header gives another name than the header, which has room for it.
    NameOverridden(String),
    /// An extended header gives another size than the header, which has room for it.
    SizeOverridden {
        /// The size in the header.
        plain: u64,
        /// The size in the extended header.
        size: u64,
    },
    /// A header for all members that names or measures them.
    OverridesAll,
    /// A link, a device or a FIFO.
    Special {
        /// Which.
        what: &'static str,
        /// Where a link leads.
        target: String,
    },
    /// A directory of a size: some readers skip so many bytes, some do not.
    DirectoryWithData(u64),
    /// A file with holes.
    Sparse,
    /// A type of member that is not read.
    UnknownType(u8),
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

impl From<ReadProblem> for TarProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for TarProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::Name(problem) => problem.rule(),
            Self::Checksum | Self::Number(_) | Self::Records => AnomalyRule::MalformedHeader,
            Self::MissingData { .. } | Self::NoEnd => AnomalyRule::TruncatedFile,
            Self::Sparse | Self::UnknownType(_) | Self::Limit { .. } => AnomalyRule::NotExamined,
            _ => AnomalyRule::ArchiveTrick,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::Name(problem) => problem.kind(),
            Self::Checksum => "wrong-checksum",
            Self::Number(_) => "wrong-number",
            Self::Records => "wrong-extended-header",
            Self::MissingData { .. } => "missing-member-data",
            Self::NoEnd => "missing-end-of-archive",
            Self::DataAfter(_) => "data-after-archive",
            Self::DuplicateName => "duplicate-name",
            Self::NameOverridden(_) => "name-overridden",
            Self::SizeOverridden { .. } => "size-overridden",
            Self::OverridesAll => "all-members-overridden",
            Self::Special { .. } => "special-file",
            Self::DirectoryWithData(_) => "directory-with-data",
            Self::Sparse => "sparse-member",
            Self::UnknownType(_) => "unknown-member-type",
            Self::Limit { kind, .. } => kind,
        }
    }
}

impl fmt::Display for TarProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::Name(problem) => problem.fmt(f),
            Self::Checksum => f.write_str("the checksum of the header is not that of its bytes"),
            Self::Number(of) => write!(f, "{of} is no number in octal digits"),
            Self::Records => f.write_str("the records of the extended header do not fill it"),
            Self::MissingData { missing } => {
                write!(
                    f,
                    "{missing} bytes of the member are missing at the end of the file"
                )
            }
            Self::NoEnd => f.write_str("no zero block at the end, a tar ends with two"),
            Self::DataAfter(bytes) => write!(
                f,
                "{bytes} bytes behind the end of the archive, of which not all are zero"
            ),
            Self::DuplicateName => {
                f.write_str("the name stands twice, readers disagree about which one counts")
            }
            Self::NameOverridden(plain) => write!(
                f,
                "an extended header gives this name to \"{}\", whose header has room for it; readers \
                 disagree",
                clip(&plain.escape_debug().to_string())
            ),
            Self::SizeOverridden { plain, size } => write!(
                f,
                "the size is {plain} in the header and {size} in the extended header"
            ),
            Self::OverridesAll => {
                f.write_str("a header for all members gives them one name, link or size")
            }
            Self::Special { what, target } if target.is_empty() => {
                write!(f, "the member is {what}, files and directories are allowed")
            }
            Self::Special { what, target } => write!(
                f,
                "the member is {what} to \"{}\", files and directories are allowed",
                clip(&target.escape_debug().to_string())
            ),
            Self::DirectoryWithData(bytes) => write!(
                f,
                "the directory has a size of {bytes} bytes, which some readers skip and some do not"
            ),
            Self::Sparse => f.write_str("files with holes are not read by this version"),
            Self::UnknownType(kind) => write!(
                f,
                "members of type \"{}\" are not read by this version",
                kind.escape_ascii()
            ),
            Self::Limit { of, most, .. } => write!(f, "{of} are read up to {most}"),
        }
    }
}

impl Error for TarProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => Some(problem),
            Self::Name(problem) => Some(problem),
            _ => None,
        }
    }
}

//! What can be wrong with an HDF5 file.

use std::error::Error;
use std::fmt;

use crate::anomalies::Problem;
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// Something wrong with an HDF5 file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Hdf5Problem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// No signature at 0, nor at 512 times a power of two.
    NoSignature,
    /// A structure whose signature or version is not one that the specification has.
    Structure {
        /// What was to be read.
        of: &'static str,
        /// The version or the first byte of the signature.
        found: u8,
    },
    /// Offsets or lengths of a width that no number here has.
    Width(u8),
    /// A message, or what stands in it, that ends behind its object header.
    MessageSize(&'static str),
    /// Bytes before the signature.
    UserBlock(u64),
    /// The end that the superblock states is not that of the file.
    End {
        /// As stated.
        stated: u64,
        /// As it is.
        size: u64,
    },
    /// Data beyond the end of the file.
    MissingData {
        /// Where the data end.
        end: u64,
        /// Bytes of the file.
        size: u64,
    },
    /// A shape whose elements do not fit in 64 bits.
    SizeOverflow,
    /// A storage of another size than type and shape come to.
    Size {
        /// Bytes of the storage.
        found: u64,
        /// Bytes of type and shape.
        expected: u64,
    },
    /// Something of the format that this reader leaves alone.
    Unread(&'static str),
    /// A link into another file.
    ExternalLink(String),
    /// Data that stand in another file.
    ExternalStorage(String),
    /// A name that leads elsewhere where it is taken for a path.
    PathLikeName,
    /// A limit of this reader.
    Limit {
        /// What is limited.
        of: &'static str,
        /// The limit.
        most: u64,
    },
}

impl From<ReadProblem> for Hdf5Problem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for Hdf5Problem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::MissingData { .. } => AnomalyRule::TruncatedFile,
            Self::End { stated, size } if stated > size => AnomalyRule::TruncatedFile,
            Self::End { .. } | Self::UserBlock(_) => AnomalyRule::TrailingData,
            Self::Unread(_) | Self::Limit { .. } => AnomalyRule::NotExamined,
            Self::ExternalLink(_) | Self::ExternalStorage(_) | Self::PathLikeName => {
                AnomalyRule::ExternalDataEscape
            }
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::NoSignature => "wrong-magic",
            Self::Structure { .. } => "unknown-structure",
            Self::Width(_) => "impossible-width",
            Self::MessageSize(_) => "broken-message",
            Self::UserBlock(_) => "user-block",
            Self::End { stated, size } if stated > size => "unexpected-end",
            Self::End { .. } => "trailing-bytes",
            Self::MissingData { .. } => "missing-tensor-data",
            Self::SizeOverflow => "size-overflow",
            Self::Size { .. } => "wrong-size",
            Self::Unread(_) => "unread-structure",
            Self::ExternalLink(_) => "external-link",
            Self::ExternalStorage(_) => "external-data",
            Self::PathLikeName => "path-like-name",
            Self::Limit { .. } => "limit-hdf5",
        }
    }
}

impl fmt::Display for Hdf5Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::NoSignature => f.write_str("no HDF5 signature where one may stand"),
            Self::Structure { of, found } => {
                write!(
                    f,
                    "{of} starts with {found:#04x}, which the format does not have"
                )
            }
            Self::Width(found) => {
                write!(
                    f,
                    "offsets or lengths of {found} bytes; 2, 4 and 8 are allowed"
                )
            }
            Self::MessageSize(of) => write!(f, "{of} does not fit in its object header"),
            Self::UserBlock(bytes) => {
                write!(
                    f,
                    "{bytes} bytes that HDF5 does not read stand before its signature"
                )
            }
            Self::End { stated, size } => {
                write!(f, "the file states an end at {stated}, it ends at {size}")
            }
            Self::MissingData { end, size } => {
                write!(f, "data end at {end}, the file at {size}")
            }
            Self::SizeOverflow => f.write_str("a size that does not fit in 64 bits"),
            Self::Size { found, expected } => {
                write!(
                    f,
                    "data of {found} bytes; type and shape come to {expected}"
                )
            }
            Self::Unread(of) => write!(f, "{of} are not examined"),
            Self::ExternalLink(file) => write!(f, "a link leads into another file, \"{file}\""),
            Self::ExternalStorage(file) => {
                write!(f, "data are read out of another file, \"{file}\"")
            }
            Self::PathLikeName => {
                f.write_str("a name leads elsewhere where it is taken for a path")
            }
            Self::Limit { of, most } => {
                write!(f, "more {of} than are examined; the limit is {most}")
            }
        }
    }
}

impl Error for Hdf5Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => problem.source(),
            _ => None,
        }
    }
}

//! What can be wrong with an array.

use std::error::Error;
use std::fmt;

use super::header::MAX_HEADER;
use crate::anomalies::{Fault, Problem};
use crate::reader::ReadProblem;
use crate::record::AnomalyRule;

/// What reading a part of an array comes to.
pub(super) type Result<T> = std::result::Result<T, Fault<NumpyProblem>>;

/// Something wrong with an array of numpy.
#[derive(Debug)]
#[non_exhaustive]
pub enum NumpyProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// Other first bytes.
    Magic,
    /// A version that is not read.
    Version(u8, u8),
    /// A longer header than is read.
    HeaderLength(u64),
    /// A header that is not the dictionary that the format lays down.
    Literal,
    /// A field that is missing, stands twice, or that the format does not have.
    Field,
    /// A shape that is no tuple of lengths.
    Shape,
    /// A type of elements that is none.
    Descr,
    /// A size that does not fit.
    SizeOverflow,
    /// Data beyond the end of the file.
    MissingData(u64),
    /// Bytes behind the data.
    TrailingBytes(u64),
}

impl From<ReadProblem> for NumpyProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for NumpyProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::HeaderLength(_) | Self::Version(..) => AnomalyRule::NotExamined,
            Self::MissingData(_) => AnomalyRule::TruncatedFile,
            Self::TrailingBytes(_) => AnomalyRule::TrailingData,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::Magic => "wrong-magic",
            Self::Version(..) => "unknown-version",
            Self::HeaderLength(_) => "limit-header",
            Self::Literal => "broken-literal",
            Self::Field => "wrong-fields",
            Self::Shape => "wrong-shape",
            Self::Descr => "unknown-dtype",
            Self::SizeOverflow => "size-overflow",
            Self::MissingData(_) => "missing-array-data",
            Self::TrailingBytes(_) => "trailing-bytes",
        }
    }
}

impl fmt::Display for NumpyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::Magic => f.write_str("other bytes than \\x93NUMPY at the start"),
            Self::Version(major, minor) => {
                write!(f, "version {major}.{minor}; 1.0, 2.0 and 3.0 are read")
            }
            Self::HeaderLength(length) => {
                write!(f, "a header of {length} bytes; {MAX_HEADER} are read")
            }
            Self::Literal => f.write_str("the header is no dictionary of plain values"),
            Self::Field => f.write_str(
                "the header's fields are not descr, fortran_order and shape, each of them once",
            ),
            Self::Shape => f.write_str("shape is no tuple of lengths"),
            Self::Descr => f.write_str("descr is no type of numpy"),
            Self::SizeOverflow => f.write_str("a size that does not fit in 64 bits"),
            Self::MissingData(bytes) => write!(f, "{bytes} bytes of the array are missing"),
            Self::TrailingBytes(bytes) => write!(f, "{bytes} bytes follow the array"),
        }
    }
}

impl Error for NumpyProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => problem.source(),
            _ => None,
        }
    }
}

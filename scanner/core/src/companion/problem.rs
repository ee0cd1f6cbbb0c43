//! What can be wrong with a companion.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Problem, clip};
use crate::record::{Anomaly, AnomalyRule};

/// Why nobody reads a file, whoever asks.
const NOTHING_THERE: [&str; 4] = [
    "missing",
    "dangling-link",
    "link-loop",
    "not-a-regular-file",
];

/// Something wrong with a companion.
#[derive(Debug)]
#[non_exhaustive]
pub enum CompanionProblem {
    /// Not JSON.
    Json(serde_json::Error),
    /// A key that stands twice.
    DuplicateKey,
    /// More bytes than are read.
    TooLong {
        /// Bytes there are.
        size: u64,
        /// Bytes that are read.
        limit: usize,
    },
    /// Too many bytes to be read once for each of as many files beside it.
    TooOften {
        /// Bytes there are.
        size: u64,
        /// Files that it would be read for.
        files: u64,
        /// Bytes that are read for all of them.
        limit: u64,
    },
    /// More files than are read.
    TooMany(usize),
    /// It could not be opened.
    Unopened {
        /// Stable name of the reason.
        kind: &'static str,
        /// The reason in words.
        message: String,
    },
    /// A git-LFS pointer stands for it.
    Pointer,
    /// What is wrong with the object that the pointer names which stands for it.
    Object(Anomaly),
    /// It was written to while it was read.
    Changed,
}

impl CompanionProblem {
    /// Whether there is something to read that others read, rather than something in the way.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        match self {
            Self::TooLong { .. }
            | Self::TooOften { .. }
            | Self::Pointer
            | Self::Object(_)
            | Self::Changed => true,
            Self::Unopened { kind, .. } => !NOTHING_THERE.contains(kind),
            Self::Json(_) | Self::DuplicateKey | Self::TooMany(_) => false,
        }
    }
}

impl Problem for CompanionProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Json(_) | Self::DuplicateKey => AnomalyRule::MalformedHeader,
            Self::Object(anomaly) => anomaly.rule,
            Self::TooLong { .. }
            | Self::TooOften { .. }
            | Self::TooMany(_)
            | Self::Unopened { .. }
            | Self::Pointer
            | Self::Changed => AnomalyRule::NotExamined,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Json(_) => "broken-json",
            Self::DuplicateKey => "duplicate-key",
            Self::TooLong { .. } => "limit-companion",
            Self::TooOften { .. } => "limit-companion-reads",
            Self::TooMany(_) => "limit-companions",
            Self::Unopened { kind, .. } => kind,
            Self::Pointer => "companion-pointer",
            Self::Object(anomaly) => anomaly.kind,
            Self::Changed => "changed-while-read",
        }
    }
}

impl fmt::Display for CompanionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => f.write_str(&clip(&error.to_string())),
            Self::DuplicateKey => {
                f.write_str("the key stands twice; readers differ in which counts")
            }
            Self::TooLong { size, limit } => {
                write!(f, "a companion of {size} bytes; {limit} are examined")
            }
            Self::TooOften { size, files, limit } => write!(
                f,
                "a companion of {size} bytes beside {files} files, for each of which it is read; \
                 {limit} bytes are read for all of them"
            ),
            Self::TooMany(most) => write!(f, "more files than the {most} that are examined"),
            Self::Unopened { message, .. } => f.write_str(message),
            Self::Pointer => {
                f.write_str("a git-LFS pointer stands in place of the companion: fetch the content")
            }
            Self::Object(anomaly) => f.write_str(&anomaly.message),
            Self::Changed => f.write_str("the file changed while it was read"),
        }
    }
}

impl Error for CompanionProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

//! What can be wrong with a name.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Problem, clip};
use crate::record::AnomalyRule;

/// Something about a name that deceives a reader or a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NamingProblem {
    /// A control character or one that hides or reorders text.
    Character(char),
    /// A last character that Windows takes away.
    TrailingDotOrSpace,
    /// The name of a device.
    Reserved(String),
    /// A word of letters that only look alike.
    MixedWord(String),
    /// A suffix that only looks like this one.
    Suffix(String),
    /// A suffix that runs, behind this one of a model.
    RunsAfter(String),
    /// Another name in the directory that some systems take for this one.
    Collides(String),
}

impl Problem for NamingProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::DeceptiveName
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Character(_) => "deceptive-character",
            Self::TrailingDotOrSpace => "trailing-dot-or-space",
            Self::Reserved(_) => "reserved-name",
            Self::MixedWord(_) => "confusable-letters",
            Self::Suffix(_) => "confusable-suffix",
            Self::RunsAfter(_) => "double-suffix",
            Self::Collides(_) => "colliding-names",
        }
    }
}

impl fmt::Display for NamingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(character) => write!(
                f,
                "the name holds {}, which does not show as it is",
                character.escape_unicode()
            ),
            Self::TrailingDotOrSpace => f.write_str(
                "the name ends in a dot or a space, which Windows takes away: there it is another \
                 file's",
            ),
            Self::Reserved(device) => {
                write!(f, "the name is that of the device {device} on Windows")
            }
            Self::MixedWord(word) => write!(
                f,
                "\"{}\" mixes letters of several scripts that look alike",
                clip(word)
            ),
            Self::Suffix(seen) => write!(
                f,
                "the suffix looks like \".{seen}\" and is spelled with other letters"
            ),
            Self::RunsAfter(inner) => write!(
                f,
                "behind \".{inner}\" stands a suffix of files that run when they are opened"
            ),
            Self::Collides(other) => write!(
                f,
                "\"{}\" beside it is the same name where file systems ignore case or compose \
                 characters",
                clip(other)
            ),
        }
    }
}

impl Error for NamingProblem {}

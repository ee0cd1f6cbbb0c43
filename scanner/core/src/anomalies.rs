//! What is wrong with a file: problems, where they stand, and the list that collects them.
//!
//! A reader of bytes names its problems in an enum of its own. The leaf knows the offset, each
//! caller adds what it was reading, and the list turns them into [`Anomaly`] values.

use std::error::Error;
use std::fmt;

use crate::record::{Anomaly, AnomalyRule};

/// Anomalies kept of one file. A person reads a handful; the rest is one more line with their
/// number, so that a file of broken entries cannot fill memory or a report.
const MAX_ANOMALIES: usize = 100;

/// Characters of a file's own text that a message or a place repeats: a line of a terminal.
const MAX_QUOTED_CHARACTERS: usize = 80;

/// Something that can be wrong with a file; its `Display` says what was found and what was allowed.
pub trait Problem: Error {
    /// The rule that reports it.
    fn rule(&self) -> AnomalyRule;

    /// Stable kebab-case name of what is wrong.
    fn kind(&self) -> &'static str;
}

/// A problem, where it stands and what was being read.
#[derive(Debug)]
pub struct Fault<P> {
    problem: P,
    offset: Option<u64>,
    within: Vec<String>,
}

impl<P: Problem> Fault<P> {
    /// A problem at a byte offset of the file.
    pub fn at(offset: u64, problem: P) -> Self {
        Self {
            problem,
            offset: Some(offset),
            within: Vec::new(),
        }
    }

    /// A problem of the whole, such as something that is missing.
    pub fn anywhere(problem: P) -> Self {
        Self {
            problem,
            offset: None,
            within: Vec::new(),
        }
    }

    /// Says what was being read; the outermost caller speaks last.
    #[must_use]
    pub fn within(mut self, part: &str) -> Self {
        self.within.insert(0, clip(part));
        self
    }
}

impl<P: Problem> fmt::Display for Fault<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.within {
            write!(f, "{part}: ")?;
        }
        write!(f, "{}", self.problem)?;
        match self.offset {
            Some(offset) => write!(f, " at offset {offset}"),
            None => Ok(()),
        }
    }
}

impl<P: Problem + 'static> Error for Fault<P> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.problem.source()
    }
}

impl<P: Problem> From<Fault<P>> for Anomaly {
    fn from(fault: Fault<P>) -> Self {
        Self {
            rule: fault.problem.rule(),
            kind: fault.problem.kind(),
            message: fault.problem.to_string(),
            offset: fault.offset,
            within: fault.within,
        }
    }
}

/// The anomalies of one file, up to a limit.
#[derive(Debug, Default)]
pub struct Anomalies {
    kept: Vec<Anomaly>,
    dropped: u64,
}

impl Anomalies {
    /// Adds one.
    pub fn report(&mut self, anomaly: impl Into<Anomaly>) {
        if self.kept.len() < MAX_ANOMALIES {
            self.kept.push(anomaly.into());
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// All that were kept, in the order they were met, and the number of those that were not.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<Anomaly> {
        if self.dropped > 0 {
            self.kept.push(Anomaly {
                rule: AnomalyRule::NotExamined,
                kind: "limit-anomalies",
                message: format!(
                    "{} more anomalies are not listed; the limit is {MAX_ANOMALIES}",
                    self.dropped
                ),
                offset: None,
                within: Vec::new(),
            });
        }
        self.kept
    }
}

/// The start of a text, with `...` in place of what is left out.
#[must_use]
pub fn clip(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED_CHARACTERS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Bytes as text: what is not UTF-8 stands as `\xNN`.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Whether a character moves the cursor, reorders text or hides: none belongs in a name.
#[must_use]
pub fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Bidirectional controls, UAX #9 section 2.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators; zero-width characters.
            | '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

//! What is wrong with a file: problems, where they stand, and the list that collects them.
//!
//! A reader of bytes names its problems in an enum of its own. The leaf knows the offset, each
//! caller adds what it was reading, and the list turns them into [`Anomaly`] values.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use crate::record::{Anomaly, AnomalyRule};

/// Anomalies kept of one file. A person reads a handful; the rest is one more line with their
/// number, so that a file of broken entries cannot fill memory or a report.
const MAX_ANOMALIES: usize = 100;

/// Anomalies of one rule kept of all files beside a model: each model of a directory has its own
/// copy, and there may be thousands.
const MAX_OF_RULE: usize = 16;

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
///
/// Boxed: results that hold one are returned for every number of a header.
#[derive(Debug)]
pub struct Fault<P>(Box<Located<P>>);

#[derive(Debug)]
struct Located<P> {
    problem: P,
    offset: Option<u64>,
    within: Vec<String>,
}

impl<P: Problem> Fault<P> {
    /// A problem at a byte offset of the file.
    #[must_use]
    pub fn at(offset: u64, problem: P) -> Self {
        Self::new(Some(offset), problem)
    }

    /// A problem of the whole, such as something that is missing.
    #[must_use]
    pub fn anywhere(problem: P) -> Self {
        Self::new(None, problem)
    }

    /// A problem whose place may be known.
    #[cold]
    #[must_use]
    pub fn new(offset: Option<u64>, problem: P) -> Self {
        Self(Box::new(Located {
            problem,
            offset,
            within: Vec::new(),
        }))
    }

    /// The same fault, its problem put into the words of a reader that builds on another.
    #[must_use]
    pub fn map<Q: Problem>(self, into: impl FnOnce(P) -> Q) -> Fault<Q> {
        let Located {
            problem,
            offset,
            within,
        } = *self.0;
        Fault(Box::new(Located {
            problem: into(problem),
            offset,
            within,
        }))
    }

    /// Says what was being read; the outermost caller speaks last.
    #[must_use]
    pub fn within(mut self, part: &str) -> Self {
        self.0.within.insert(0, clip(part));
        self
    }
}

impl<P: Problem> fmt::Display for Fault<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0.within {
            write!(f, "{part}: ")?;
        }
        write!(f, "{}", self.0.problem)?;
        match self.0.offset {
            Some(offset) => write!(f, " at offset {offset}"),
            None => Ok(()),
        }
    }
}

impl<P: Problem + 'static> Error for Fault<P> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.problem.source()
    }
}

impl<P: Problem> From<Fault<P>> for Anomaly {
    fn from(fault: Fault<P>) -> Self {
        let Located {
            problem,
            offset,
            within,
        } = *fault.0;
        Self {
            rule: problem.rule(),
            kind: problem.kind(),
            message: problem.to_string(),
            offset,
            within,
        }
    }
}

/// The anomalies of one file, up to a limit.
#[derive(Debug, Clone, Default)]
pub struct Anomalies {
    kept: Vec<Anomaly>,
    dropped: u64,
}

impl Anomalies {
    /// Adds one; it is made only if it is kept, as there may be millions.
    pub fn report<A: Into<Anomaly>>(&mut self, make: impl FnOnce() -> A) {
        if self.kept.len() < MAX_ANOMALIES {
            self.kept.push(make().into());
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
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

/// Anomalies of the files beside a model, up to a limit for each rule, so that those of one rule
/// hide no other's. The number of the rest is reported by the rule itself.
#[must_use]
pub(crate) fn few_of_each_rule(anomalies: Vec<Anomaly>) -> Vec<Anomaly> {
    let mut counts: BTreeMap<AnomalyRule, usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for anomaly in anomalies {
        let count = counts.entry(anomaly.rule).or_default();
        *count = count.saturating_add(1);
        if *count <= MAX_OF_RULE {
            kept.push(anomaly);
        }
    }
    let dropped = |count: usize| count.checked_sub(MAX_OF_RULE).filter(|more| *more > 0);
    let more = counts
        .into_iter()
        .filter_map(|(rule, count)| Some((rule, dropped(count)?)));
    kept.extend(more.map(|(rule, more)| Anomaly {
        rule,
        kind: "limit-anomalies",
        message: format!(
            "{more} more of the files beside the model are not listed; the limit is {MAX_OF_RULE}"
        ),
        offset: None,
        within: Vec::new(),
    }));
    kept
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

/// The first character of a name that moves the cursor, reorders text or hides.
#[must_use]
pub fn deceptive_character(name: &str) -> Option<char> {
    // Nearly every name is plain, and there may be a hundred thousand.
    let is_plain = |byte| (b' '..=b'~').contains(&byte);
    if name.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        return None;
    }
    name.chars().find(|character| is_deceptive(*character))
}

fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Bidirectional controls, UAX #9 section 2.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators; zero-width characters.
            | '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_clipped_between_characters() {
        assert_eq!(clip("short"), "short");
        assert_eq!(clip(&"é".repeat(80)), "é".repeat(80));
        assert_eq!(clip(&"é".repeat(81)), format!("{}...", "é".repeat(80)));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_escaped() {
        assert_eq!(escape("naïve".as_bytes()), "naïve");
        assert_eq!(escape(b"a\xff\xfeb\xc3"), "a\\xff\\xfeb\\xc3");
    }

    #[test]
    fn characters_that_deceive_are_found() {
        assert_eq!(deceptive_character("blk.0.attn_q.weight"), None);
        assert_eq!(deceptive_character("größe 漢字"), None);
        for character in [
            '\0', '\x1b', '\x7f', '\u{9b}', '\u{202e}', '\u{200b}', '\u{feff}',
        ] {
            assert_eq!(
                deceptive_character(&format!("a{character}é")),
                Some(character)
            );
        }
    }
}

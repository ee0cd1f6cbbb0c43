//! Names of members: which ones lead readers apart or out of their directory.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Problem, deceptive_character};
use crate::record::AnomalyRule;

/// Something wrong with a member's name on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameProblem {
    /// A name of no bytes.
    Empty,
    /// A name that starts at a root or a drive.
    Absolute,
    /// A name that leaves the archive's directory.
    Parent,
    /// A name that ends for some readers before its last byte.
    Nul,
    /// A name that says it is UTF-8 and is not.
    NotUtf8,
    /// A name with a control character or one that hides or reorders text.
    DeceptiveCharacter(char),
}

impl Problem for NameProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::DeceptiveCharacter(_) => AnomalyRule::DeceptiveName,
            _ => AnomalyRule::ArchiveTrick,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty-name",
            Self::Absolute => "absolute-name",
            Self::Parent => "parent-directory-in-name",
            Self::Nul => "nul-in-name",
            Self::NotUtf8 => "name-not-utf8",
            Self::DeceptiveCharacter(_) => "deceptive-character",
        }
    }
}

impl fmt::Display for NameProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the name is empty"),
            Self::Absolute => f.write_str("the name is absolute, a relative one is allowed"),
            Self::Parent => f.write_str("the name leaves the archive's directory by \"..\""),
            Self::Nul => {
                f.write_str("the name holds a NUL, at which some readers end it and others not")
            }
            Self::NotUtf8 => f.write_str("the name is said to be UTF-8 and is not"),
            Self::DeceptiveCharacter(character) => write!(
                f,
                "the name holds {}, which does not show as it is",
                character.escape_unicode()
            ),
        }
    }
}

impl Error for NameProblem {}

/// Everything that is wrong with a name on its own.
pub(super) fn problems(name: &[u8], is_utf8: bool) -> Vec<NameProblem> {
    let mut problems = Vec::new();
    if name.is_empty() {
        problems.push(NameProblem::Empty);
    }
    if name.contains(&0) {
        problems.push(NameProblem::Nul);
    }
    if is_absolute(name) {
        problems.push(NameProblem::Absolute);
    }
    if components(name).any(|component| component == b"..") {
        problems.push(NameProblem::Parent);
    }
    match std::str::from_utf8(name) {
        Ok(text) => {
            let text = text.replace('\0', "");
            problems.extend(deceptive_character(&text).map(NameProblem::DeceptiveCharacter));
        }
        Err(_) if is_utf8 => problems.push(NameProblem::NotUtf8),
        // Names of old archives are in the code page of the machine that wrote them.
        Err(_) => {}
    }
    problems
}

/// The name as a file system would take it, where that is another spelling.
pub(super) fn canonical(name: &[u8]) -> Option<Vec<u8>> {
    let is_plain = name.is_empty()
        || !name.contains(&b'\\')
            && name
                .strip_suffix(b"/")
                .unwrap_or(name)
                .split(|byte| *byte == b'/')
                .all(|component| !component.is_empty() && component != b".");
    if is_plain {
        return None;
    }
    let kept: Vec<&[u8]> = components(name)
        .filter(|component| !component.is_empty() && *component != b".")
        .collect();
    Some(kept.join(&b'/'))
}

/// Both separators count: which one does depends on where the archive is unpacked.
fn components(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| matches!(byte, b'/' | b'\\'))
}

fn is_absolute(name: &[u8]) -> bool {
    matches!(name, [b'/' | b'\\', ..] | [b'a'..=b'z' | b'A'..=b'Z', b':', b'/' | b'\\', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(name: &[u8]) -> Vec<&'static str> {
        problems(name, true).iter().map(NameProblem::kind).collect()
    }

    #[test]
    fn plain_names_are_plain() {
        for name in [
            "archive/data.pkl",
            "a..b/..c",
            "größe",
            "x:y",
            "model.weights.h5",
            "dir/",
        ] {
            assert_eq!(kinds(name.as_bytes()), [""; 0]);
            assert_eq!(canonical(name.as_bytes()), None);
        }
    }

    #[test]
    fn names_that_lead_astray_are_told() {
        assert_eq!(kinds(b""), ["empty-name"]);
        assert_eq!(kinds(b"/etc/passwd"), ["absolute-name"]);
        assert_eq!(kinds(b"\\\\host\\share"), ["absolute-name"]);
        assert_eq!(kinds(b"C:\\x"), ["absolute-name"]);
        assert_eq!(kinds(b"a/../../x"), ["parent-directory-in-name"]);
        assert_eq!(kinds(b"a\\..\\x"), ["parent-directory-in-name"]);
        assert_eq!(kinds(b"data.pkl\0.txt"), ["nul-in-name"]);
        assert_eq!(kinds(b"a\xff"), ["name-not-utf8"]);
        assert_eq!(kinds("a\u{202e}b".as_bytes()), ["deceptive-character"]);
    }

    #[test]
    fn other_spellings_come_down_to_one() {
        for name in ["./a/b", "a//b", "a\\b", "/a/./b"] {
            assert_eq!(canonical(name.as_bytes()).as_deref(), Some(&b"a/b"[..]));
        }
    }
}

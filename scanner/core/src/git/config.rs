//! The configuration files of git, as git reads them.
//!
//! Source: git-config(1), "Syntax". Where that leaves room it is as git does (`config.c` of git
//! 2.39); `tests/scanner/test_lfs_config.py` asks git itself.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Fault, Problem};
use crate::reader::widen;
use crate::record::AnomalyRule;

/// The bytes of a byte order mark in UTF-8, which a file may start with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

type Result<T> = std::result::Result<T, Fault<GitConfigProblem>>;

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `section.key` or `section.subsection.key`, section and key in lower case.
    pub(crate) name: Vec<u8>,
    /// `None` where the key stands alone, which is short for true.
    pub(crate) value: Option<Vec<u8>>,
    /// Offset of its key.
    pub(crate) at: u64,
}

/// Every setting of a file, in its order.
pub(crate) fn entries(bytes: &[u8]) -> Result<Vec<Entry>> {
    let mut text = Text {
        bytes,
        cursor: if bytes.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len()
        } else {
            0
        },
    };
    let mut section = Vec::new();
    let mut entries = Vec::new();
    while let Some(byte) = text.next() {
        match byte {
            b'#' | b';' => text.skip_line(),
            b'[' => section = text.section()?,
            _ if is_space(byte) => {}
            _ if byte.is_ascii_alphabetic() => {
                let at = widen(text.cursor.saturating_sub(1));
                let mut name = section.clone();
                name.push(byte.to_ascii_lowercase());
                let value = text.setting(&mut name)?;
                entries.push(Entry { name, value, at });
            }
            _ => return Err(text.fault(GitConfigProblem::Unexpected)),
        }
    }
    Ok(entries)
}

/// What git takes for white space: its own `isspace`, which leaves out vertical tab and form feed.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

struct Text<'a> {
    bytes: &'a [u8],
    cursor: usize,
}

impl Text<'_> {
    /// The next byte; a carriage return in front of a line feed is none.
    fn next(&mut self) -> Option<u8> {
        let rest = self.bytes.get(self.cursor..).unwrap_or_default();
        let (byte, width) = match rest {
            [b'\r', b'\n', ..] => (b'\n', 2),
            [byte, ..] => (*byte, 1),
            [] => return None,
        };
        self.cursor = self.cursor.saturating_add(width);
        Some(byte)
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|byte| byte != b'\n') {}
    }

    /// What is wrong at the byte that was read last.
    fn fault(&self, problem: GitConfigProblem) -> Fault<GitConfigProblem> {
        Fault::at(widen(self.cursor.saturating_sub(1)), problem)
    }

    /// The name of a section behind its bracket, a dot at its end.
    fn section(&mut self) -> Result<Vec<u8>> {
        let mut name = Vec::new();
        loop {
            match self.next() {
                Some(b']') if !name.is_empty() => break,
                Some(byte) if is_space(byte) => {
                    self.subsection(byte, &mut name)?;
                    break;
                }
                Some(byte) if is_of_name(byte) || byte == b'.' => {
                    name.push(byte.to_ascii_lowercase());
                }
                _ => return Err(self.fault(GitConfigProblem::Section)),
            }
        }
        name.push(b'.');
        Ok(name)
    }

    /// The quoted part of a section's name, behind a white space.
    fn subsection(&mut self, space: u8, name: &mut Vec<u8>) -> Result<()> {
        let mut byte = Some(space);
        while byte.is_some_and(|byte| is_space(byte) && byte != b'\n') {
            byte = self.next();
        }
        if byte != Some(b'"') {
            return Err(self.fault(GitConfigProblem::Section));
        }
        name.push(b'.');
        loop {
            let byte = match self.next() {
                Some(b'"') => break,
                Some(b'\\') => self.next(),
                byte => byte,
            };
            match byte {
                None | Some(b'\n' | 0) => return Err(self.fault(GitConfigProblem::Section)),
                Some(byte) => name.push(byte),
            }
        }
        if self.next() == Some(b']') {
            Ok(())
        } else {
            Err(self.fault(GitConfigProblem::Section))
        }
    }

    /// The rest of a key, added to the name, and the value behind it.
    fn setting(&mut self, name: &mut Vec<u8>) -> Result<Option<Vec<u8>>> {
        let mut byte = self.next();
        while let Some(of_name) = byte.filter(|byte| is_of_name(*byte)) {
            name.push(of_name.to_ascii_lowercase());
            byte = self.next();
        }
        while matches!(byte, Some(b' ' | b'\t')) {
            byte = self.next();
        }
        match byte {
            None | Some(b'\n') => Ok(None),
            Some(b'=') => self.value().map(Some),
            Some(_) => Err(self.fault(GitConfigProblem::Unexpected)),
        }
    }

    /// A value up to the end of its line. White space around it is not part of it.
    fn value(&mut self) -> Result<Vec<u8>> {
        let mut value = Vec::new();
        let mut spaces = 0_usize;
        let mut is_quoted = false;
        loop {
            let byte = match self.next() {
                None | Some(b'\n') if is_quoted => {
                    return Err(self.fault(GitConfigProblem::OpenQuote));
                }
                None | Some(b'\n') => return Ok(value),
                // git would take what is in front of it for all of the value.
                Some(0) => return Err(self.fault(GitConfigProblem::Unexpected)),
                Some(byte) => byte,
            };
            if !is_quoted && is_space(byte) {
                if !value.is_empty() {
                    spaces = spaces.saturating_add(1);
                }
                continue;
            }
            if !is_quoted && matches!(byte, b'#' | b';') {
                self.skip_line();
                return Ok(value);
            }
            value.extend(std::iter::repeat_n(b' ', std::mem::take(&mut spaces)));
            match byte {
                b'"' => is_quoted = !is_quoted,
                b'\\' => match self.next() {
                    None | Some(b'\n') => {}
                    Some(b't') => value.push(b'\t'),
                    Some(b'b') => value.push(8),
                    Some(b'n') => value.push(b'\n'),
                    Some(byte @ (b'\\' | b'"')) => value.push(byte),
                    Some(_) => return Err(self.fault(GitConfigProblem::Escape)),
                },
                _ => value.push(byte),
            }
        }
    }
}

/// Whether a byte may stand in the name of a key or of a section.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// Something that git does not read.
#[derive(Debug)]
#[non_exhaustive]
pub enum GitConfigProblem {
    /// A byte where neither a key nor a section nor a value can be.
    Unexpected,
    /// The head of a section that is none.
    Section,
    /// A quotation mark without its other one.
    OpenQuote,
    /// An escape that there is not.
    Escape,
}

impl Problem for GitConfigProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::NotExamined
    }

    fn kind(&self) -> &'static str {
        "git-config-syntax"
    }
}

impl fmt::Display for GitConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unexpected => {
                "neither a [section] nor a key with its value, as a configuration of git has them"
            }
            Self::Section => "the head of a section that is neither [name] nor [name \"of this\"]",
            Self::OpenQuote => "a quotation mark that its line does not close",
            Self::Escape => "a backslash in front of what is none of \\ \" n t b",
        })
    }
}

impl Error for GitConfigProblem {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<(String, Option<String>)> {
        let text_of = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        entries(text)
            .into_iter()
            .flatten()
            .map(|entry| (text_of(entry.name), entry.value.map(text_of)))
            .collect()
    }

    fn one(name: &str, value: &str) -> Vec<(String, Option<String>)> {
        vec![(name.to_owned(), Some(value.to_owned()))]
    }

    #[test]
    fn settings_are_read_as_git_reads_them() {
        for (text, name, value) in [
            (b"[A]\nB-1 = c\n".as_slice(), "a.b-1", "c"),
            (b"[a]b=c", "a.b", "c"),
            (b"\xef\xbb\xbf[a]\r\nb\t=\tc\r\n", "a.b", "c"),
            (b"# x\n; y\n[a]\n  b = c d  # z\n", "a.b", "c d"),
            (b"[a]\nb = \" c # \" \\\n d\n", "a.b", " c #   d"),
            (b"[a]\nb = x\\t\\\"\\\\\\n\n", "a.b", "x\t\"\\\n"),
            (b"[a \"B.c\\\"\\d\"]\ne = f\n", "a.B.c\"d.e", "f"),
            (b"[A.B]\nc = d\n", "a.b.c", "d"),
            (b"[ \"B\"]\nc = d\n", ".B.c", "d"),
            (b"[a]\nb = c=d\n", "a.b", "c=d"),
            (b"a = b\n", "a", "b"),
            (b"[a]\nb =", "a.b", ""),
        ] {
            assert_eq!(read(text), one(name, value), "{}", text.escape_ascii());
        }
        assert_eq!(read(b"[a]\nb\n"), [("a.b".to_owned(), None)]);
    }

    #[test]
    fn what_git_refuses_is_said_with_its_place() {
        for (text, at) in [
            (b"[a\n".as_slice(), 2),
            (b"[a", 1),
            (b"[]\n", 1),
            (b"[a b]\n", 3),
            (b"[a \"b]\n", 6),
            (b"[a \"b\" ]\n", 6),
            (b"[a_b]\n", 2),
            (b"[a]\n1 = x\n", 4),
            (b"[a]\nb c\n", 6),
            (b"[a]\nb = \"c\n", 10),
            (b"[a]\nb = \\x\n", 9),
            (b"[a]\nb = \0\n", 8),
            (b"\xef\xbb", 0),
        ] {
            let place = entries(text).map_err(|fault| fault.to_string());
            let place = place.err().unwrap_or_default();
            assert!(
                place.ends_with(&format!(" at offset {at}")),
                "{}: {place}",
                text.escape_ascii()
            );
        }
    }
}

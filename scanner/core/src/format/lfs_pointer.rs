//! The git-LFS pointer: the SHA-256 and size of a file in place of the file.
//!
//! Lines of `key value`, each closed by a line feed: `version` first, all others sorted by key.
//! Source: <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>; for what git-lfs takes
//! beyond that, `lfs/pointer.go`: names of versions from before its release, and white space in front.

use std::error::Error;
use std::fmt;

use super::{Format, Header, signatures};
use crate::anomalies::{Fault, Problem, clip};
use crate::reader::{ReadProblem, Reader, Source, widen};
use crate::record::{Anomaly, AnomalyRule, Loading, Pointer, Sha256};

/// The format's name.
pub const NAME: &str = "git-lfs-pointer";

/// What the first line of a pointer starts with, whatever its version.
const SIGNATURES: [&[u8]; 3] = [
    b"version https://git-lfs.github.com/spec/",
    b"version https://hawser.github.com/spec/",
    b"version http://git-media.io/v/",
];

/// The only version there is.
const VERSION: &str = "https://git-lfs.github.com/spec/v1";

/// What it was called before git-lfs had its name.
const FORMER: [&str; 2] = [
    "https://hawser.github.com/spec/v1",
    "http://git-media.io/v/2",
];

/// What the key of an extension starts with. git-lfs takes extensions in front of the version too.
const EXTENSION: &str = "ext-";

/// Bytes of a pointer: the specification, "less than 1024 bytes in size".
const MAX_POINTER: usize = 1024;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    suffixes: &[],
    recognised_by: "version https://git-lfs.github.com/spec/, or a former name, behind white space",
    loading: Loading::Data,
    facts: "digest and size of the content it stands for",
    quantization: "",
    limits: "1024 bytes",
    recognises: signatures::lfs_pointer,
    read: Some(read),
};

type Result<T> = std::result::Result<T, Fault<PointerProblem>>;

/// Reads a pointer.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    let mut header = Header::default();
    match read_pointer(reader) {
        Ok(pointer) => {
            header.version = Some("1".to_owned());
            header.pointer = Some(pointer);
        }
        Err(fault) => header.facts.anomalies.push(Anomaly::from(fault)),
    }
    header
}

/// Whether the first bytes of a file are a pointer's.
pub(crate) fn is_start(start: &[u8]) -> bool {
    let start = start.get(..MAX_POINTER).unwrap_or(start);
    let text = start.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let space = text.len().saturating_sub(text.trim_start().len());
    let mut lines = start
        .get(space..)
        .unwrap_or_default()
        .split(|byte| *byte == b'\n');
    let is_ahead =
        |line: &[u8]| line.trim_ascii().is_empty() || line.starts_with(EXTENSION.as_bytes());
    let first = lines.find(|line| !is_ahead(line)).unwrap_or_default();
    SIGNATURES
        .iter()
        .any(|signature| first.starts_with(signature))
}

/// What a file is a pointer to, if it is a pointer that can be read.
pub(crate) fn of(source: &dyn Source) -> Option<Pointer> {
    may_be_of(source.size())
        .then(|| read_pointer(&mut Reader::new(source)).ok())
        .flatten()
}

/// Whether a pointer may have so many bytes.
pub(crate) fn may_be_of(size: u64) -> bool {
    size <= widen(MAX_POINTER)
}

fn read_pointer(reader: &mut Reader<'_>) -> Result<Pointer> {
    let size = reader.size();
    let Some(bytes) = reader.bytes(size, MAX_POINTER)? else {
        return Err(Fault::anywhere(PointerProblem::TooLong(size)));
    };
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| Fault::at(widen(error.valid_up_to()), PointerProblem::NotUtf8))?;
    let pointer = text.trim_start();
    let mut lines = Lines {
        offset: widen(text.len().saturating_sub(pointer.len())),
        ..Lines::default()
    };
    for line in pointer.split_inclusive('\n') {
        lines.add(line)?;
    }
    match (lines.oid, lines.size) {
        (Some(oid), Some(size)) => Ok(Pointer {
            oid,
            size,
            is_followed: false,
        }),
        (None, _) => Err(Fault::anywhere(PointerProblem::Missing("oid"))),
        (_, None) => Err(Fault::anywhere(PointerProblem::Missing("size"))),
    }
}

#[derive(Default)]
struct Lines<'text> {
    offset: u64,
    previous: Option<&'text str>,
    oid: Option<Sha256>,
    size: Option<u64>,
}

impl<'text> Lines<'text> {
    fn add(&mut self, line: &'text str) -> Result<()> {
        let at = |problem| Fault::at(self.offset, problem);
        let text = line
            .strip_suffix('\n')
            .ok_or_else(|| at(PointerProblem::OpenLine))?;
        let (key, value) = text
            .split_once(' ')
            .ok_or_else(|| at(PointerProblem::NoValue))?;
        if key.starts_with(EXTENSION) {
            return Err(at(PointerProblem::Extension));
        }
        let is_sorted = match self.previous {
            None => key == "version",
            Some("version") => key != "version",
            Some(previous) => previous < key && key != "version",
        };
        if !is_sorted {
            return Err(at(PointerProblem::Unsorted));
        }
        match key {
            "version" if value == VERSION || FORMER.contains(&value) => {}
            "version" => return Err(at(PointerProblem::Version(clip(value)))),
            "oid" => self.oid = Some(oid(value).ok_or_else(|| at(PointerProblem::Oid))?),
            "size" => self.size = Some(size(value).ok_or_else(|| at(PointerProblem::Size))?),
            _ => return Err(at(PointerProblem::Key(clip(key)))),
        }
        self.previous = Some(key);
        self.offset = self.offset.saturating_add(widen(line.len()));
        Ok(())
    }
}

fn oid(value: &str) -> Option<Sha256> {
    Sha256::of_hex(value.strip_prefix("sha256:")?)
}

/// A decimal number without sign or leading zero.
fn size(value: &str) -> Option<u64> {
    let is_plain = value.bytes().all(|byte| byte.is_ascii_digit());
    let is_padded = value.len() > 1 && value.starts_with('0');
    (is_plain && !is_padded)
        .then(|| value.parse().ok())
        .flatten()
}

/// Something wrong with a pointer.
#[derive(Debug)]
#[non_exhaustive]
pub enum PointerProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// More bytes than a pointer may have.
    TooLong(u64),
    /// Not UTF-8.
    NotUtf8,
    /// The last line has no line feed.
    OpenLine,
    /// A line that is not a key and a value.
    NoValue,
    /// Keys out of order, or one that stands twice.
    Unsorted,
    /// A version other than 1.
    Version(String),
    /// An object id that is not 64 lower-case hexadecimal digits of SHA-256.
    Oid,
    /// A size that is not a number of bytes.
    Size,
    /// An extension: the id is not that of the file as it is used.
    Extension,
    /// A key that the specification does not have.
    Key(String),
    /// A required key is missing.
    Missing(&'static str),
}

impl From<ReadProblem> for PointerProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for PointerProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::Extension | Self::Version(_) => AnomalyRule::NotExamined,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::TooLong(_) => "pointer-too-long",
            Self::NotUtf8 => "pointer-not-utf8",
            Self::OpenLine => "pointer-open-line",
            Self::NoValue => "pointer-without-value",
            Self::Unsorted => "pointer-unsorted",
            Self::Version(_) => "unsupported-version",
            Self::Oid => "pointer-oid",
            Self::Size => "pointer-size",
            Self::Extension => "pointer-extension",
            Self::Key(_) => "pointer-unknown-key",
            Self::Missing(_) => "pointer-incomplete",
        }
    }
}

impl fmt::Display for PointerProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::TooLong(size) => {
                write!(f, "a pointer of {size} bytes; {MAX_POINTER} are allowed")
            }
            Self::NotUtf8 => f.write_str("a pointer that is not UTF-8"),
            Self::OpenLine => f.write_str("a line without its line feed"),
            Self::NoValue => f.write_str("a line that is not a key, a space and a value"),
            Self::Unsorted => f.write_str("keys must be sorted behind version, each standing once"),
            Self::Version(found) => write!(f, "pointer version {found} is not read; {VERSION} is"),
            Self::Oid => f.write_str("oid is not sha256: and 64 lower-case hexadecimal digits"),
            Self::Size => f.write_str("size is not a decimal number of bytes"),
            Self::Extension => f.write_str(
                "an extension changes the content behind the pointer, its oid says nothing of it",
            ),
            Self::Key(found) => write!(f, "key {found} is not one of version, oid and size"),
            Self::Missing(key) => write!(f, "the key {key} is missing"),
        }
    }
}

impl Error for PointerProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => problem.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";

    fn header_of(text: &str) -> Header {
        read(&mut Reader::new(&text.as_bytes()))
    }

    fn kinds(text: &str) -> Vec<&'static str> {
        header_of(text)
            .facts
            .anomalies
            .iter()
            .map(|anomaly| anomaly.kind)
            .collect()
    }

    fn pointer(rest: &str) -> String {
        format!("version {VERSION}\n{rest}")
    }

    #[test]
    fn a_pointer_is_read() {
        let header = header_of(&pointer(&format!("oid sha256:{OID}\nsize 12345\n")));

        assert_eq!(header.facts.anomalies, []);
        assert_eq!(header.version.as_deref(), Some("1"));
        let pointer = header
            .pointer
            .map(|pointer| (pointer.oid.hex(), pointer.size));
        assert_eq!(pointer, Some((OID.to_owned(), 12345)));
    }

    #[test]
    fn what_git_lfs_takes_for_a_pointer_is_one() {
        let rest = format!("oid sha256:{OID}\nsize 12345\n");
        for version in [VERSION, FORMER[0], FORMER[1]] {
            for space in ["", "\n", " \t\r\n", "\u{a0}\u{2028}\u{b}"] {
                let text = format!("{space}version {version}\n{rest}");

                let header = header_of(&text);

                assert!(is_start(text.as_bytes()), "{text:?}");
                assert_eq!(header.facts.anomalies, [], "{text:?}");
                assert_eq!(header.pointer.map(|pointer| pointer.size), Some(12345));
            }
        }
    }

    #[test]
    fn what_is_nearly_a_pointer_is_not_examined() {
        let extension = format!("ext-0-x sha256:{OID}\n\n");
        for (text, kind) in [
            (
                format!("{extension}version {VERSION}\n"),
                "pointer-extension",
            ),
            (
                "version http://git-media.io/v/3\n".to_owned(),
                "unsupported-version",
            ),
            (format!(" version {VERSION}/\n"), "unsupported-version"),
        ] {
            assert!(is_start(text.as_bytes()), "{text:?}");
            assert_eq!(kinds(&text), [kind], "{text:?}");
        }
    }

    #[test]
    fn what_git_lfs_takes_for_no_pointer_starts_none() {
        let far = format!("{}version {VERSION}\n", " ".repeat(MAX_POINTER));
        let other = format!("# x\nversion {VERSION}\n");
        let broken = [b"\xff".as_slice(), pointer("").as_bytes()].concat();
        for bytes in [
            far.as_bytes(),
            other.as_bytes(),
            &broken,
            b"",
            b"\n",
            b"ext-",
        ] {
            assert!(!is_start(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn whatever_the_specification_does_not_allow_is_malformed() {
        let oid = format!("oid sha256:{OID}\n");
        let upper = OID.to_uppercase();
        for (rest, kind) in [
            (format!("{oid}size 1"), "pointer-open-line"),
            (format!("{oid}size 1\r\n"), "pointer-size"),
            (format!("size 1\n{oid}"), "pointer-unsorted"),
            (format!("{oid}{oid}size 1\n"), "pointer-unsorted"),
            (
                format!("{oid}size 1\nversion {VERSION}\n"),
                "pointer-unsorted",
            ),
            (oid.clone(), "pointer-incomplete"),
            ("size 1\n".to_owned(), "pointer-incomplete"),
            (format!("oid sha256:{upper}\nsize 1\n"), "pointer-oid"),
            (format!("oid md5:{OID}\nsize 1\n"), "pointer-oid"),
            (format!("oid sha256:{OID}0\nsize 1\n"), "pointer-oid"),
            ("oid sha256:abc\nsize 1\n".to_owned(), "pointer-oid"),
            (format!("{oid}size -1\n"), "pointer-size"),
            (format!("{oid}size +1\n"), "pointer-size"),
            (format!("{oid}size 01\n"), "pointer-size"),
            (format!("{oid}size \n"), "pointer-size"),
            (format!("{oid}size 18446744073709551616\n"), "pointer-size"),
            (format!("{oid}size 1\nx y\n"), "pointer-unknown-key"),
            (format!("{oid}size 1\n\n"), "pointer-without-value"),
            (format!("a b\n{oid}size 1\n"), "pointer-unknown-key"),
            (
                format!("{oid}size 1\nz {}\n", "x".repeat(1024)),
                "pointer-too-long",
            ),
        ] {
            assert_eq!(kinds(&pointer(&rest)), [kind], "{rest:?}");
        }
        assert_eq!(kinds(&oid), ["pointer-unsorted"]);
        assert_eq!(header_of(&pointer(&oid)).pointer, None);
    }

    #[test]
    fn what_another_program_would_have_to_undo_is_not_examined() {
        let extended = format!("ext-0-foo sha256:{OID}\noid sha256:{OID}\nsize 1\n");
        let header = header_of(&pointer(&extended));
        let rules: Vec<_> = header
            .facts
            .anomalies
            .iter()
            .map(|a| (a.rule, a.kind))
            .collect();
        assert_eq!(rules, [(AnomalyRule::NotExamined, "pointer-extension")]);

        let header = header_of("version https://git-lfs.github.com/spec/v2\n");
        let rules: Vec<_> = header
            .facts
            .anomalies
            .iter()
            .map(|a| (a.rule, a.kind))
            .collect();
        assert_eq!(rules, [(AnomalyRule::NotExamined, "unsupported-version")]);
    }

    #[test]
    fn bytes_that_are_not_text_are_malformed() {
        let bytes = [pointer("oid ").as_bytes(), b"\xff\n"].concat();

        let header = read(&mut Reader::new(&bytes.as_slice()));

        let places: Vec<_> = header
            .facts
            .anomalies
            .iter()
            .map(|a| (a.kind, a.offset))
            .collect();
        assert_eq!(places, [("pointer-not-utf8", Some(47))]);
    }
}

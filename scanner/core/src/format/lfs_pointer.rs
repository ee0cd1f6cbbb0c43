//! The git-LFS pointer: the SHA-256 and size of a file in place of the file.
//!
//! Lines of `key value`, each closed by a line feed: `version` first, all others sorted by key.
//! Source: <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.

use std::error::Error;
use std::fmt;

use super::Header;
use crate::anomalies::{Fault, Problem, clip};
use crate::reader::{ReadProblem, Reader, widen};
use crate::record::{Anomaly, AnomalyRule, Pointer, Sha256};

/// The format's name.
pub const NAME: &str = "git-lfs-pointer";

/// What every pointer starts with, whatever its version.
pub(super) const SIGNATURE: &[u8] = b"version https://git-lfs.github.com/spec/";

/// The only version there is.
const VERSION: &str = "https://git-lfs.github.com/spec/v1";

/// Bytes of a pointer: the specification, "less than 1024 bytes in size".
const MAX_POINTER: usize = 1024;

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

fn read_pointer(reader: &mut Reader<'_>) -> Result<Pointer> {
    let size = reader.size();
    let Some(bytes) = reader.bytes(size, MAX_POINTER)? else {
        return Err(Fault::anywhere(PointerProblem::TooLong(size)));
    };
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| Fault::at(widen(error.valid_up_to()), PointerProblem::NotUtf8))?;
    let mut lines = Lines::default();
    for line in text.split_inclusive('\n') {
        lines.add(line)?;
    }
    match (lines.oid, lines.size) {
        (Some(oid), Some(size)) => Ok(Pointer { oid, size }),
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
        // Version stands first, so it sorts before all others.
        let is_sorted = match self.previous {
            None => key == "version",
            Some(previous) => previous == "version" && key != previous || previous < key,
        };
        if !is_sorted {
            return Err(at(PointerProblem::Unsorted));
        }
        match key {
            "version" if value == VERSION => {}
            "version" => return Err(at(PointerProblem::Version(clip(value)))),
            "oid" => self.oid = Some(oid(value).ok_or_else(|| at(PointerProblem::Oid))?),
            "size" => self.size = Some(size(value).ok_or_else(|| at(PointerProblem::Size))?),
            _ if key.starts_with("ext-") => return Err(at(PointerProblem::Extension)),
            _ => return Err(at(PointerProblem::Key(clip(key)))),
        }
        self.previous = Some(key);
        self.offset = self.offset.saturating_add(widen(line.len()));
        Ok(())
    }
}

fn oid(value: &str) -> Option<Sha256> {
    let digits = value.strip_prefix("sha256:")?.as_bytes();
    let mut bytes = [0; 32];
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)?.checked_mul(16)?.checked_add(digit(*low)?)?;
    }
    Some(Sha256(bytes))
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => character.checked_sub(b'0'),
        b'a'..=b'f' => character.checked_sub(b'a')?.checked_add(10),
        _ => None,
    }
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

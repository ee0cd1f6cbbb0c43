//! One header block: POSIX.1-2017, `pax`, "ustar Interchange Format".

use super::Result;
use super::problem::TarProblem;
use crate::anomalies::{Anomalies, Fault};

/// Bytes of a header; content is filled up to a multiple of it.
pub(super) const BLOCK: u64 = 512;

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// Another name of a member.
    HardLink,
    /// A symbolic link.
    SymbolicLink,
    /// A character or block device.
    Device,
    /// A FIFO.
    Fifo,
    /// A file with holes, in GNU tar's own layout.
    Sparse,
    /// A type that is not read.
    Other(u8),
}

impl Kind {
    fn of(byte: u8) -> Self {
        match byte {
            // 7 is a contiguous file, which all systems treat as a file.
            0 | b'0' | b'7' => Self::File,
            b'1' => Self::HardLink,
            b'2' => Self::SymbolicLink,
            b'3' | b'4' => Self::Device,
            b'5' => Self::Directory,
            b'6' => Self::Fifo,
            b'S' => Self::Sparse,
            other => Self::Other(other),
        }
    }

    /// Whether its size is that of content that follows.
    pub(super) fn has_content(self) -> bool {
        matches!(self, Self::File | Self::Sparse | Self::Other(_))
    }

    /// What it is, where that is neither a file nor a directory.
    pub(super) fn special(self) -> Option<&'static str> {
        match self {
            Self::HardLink => Some("a hard link"),
            Self::SymbolicLink => Some("a symbolic link"),
            Self::Device => Some("a device"),
            Self::Fifo => Some("a FIFO"),
            Self::File | Self::Directory | Self::Sparse | Self::Other(_) => None,
        }
    }
}

/// What a header describes if not a member: the next one, or all that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extends {
    /// `x`: records for the next header.
    Next,
    /// `g`: records for all that follow.
    All,
    /// `L` of GNU tar: the next header's name.
    LongName,
    /// `K` of GNU tar: the next header's link.
    LongLink,
}

/// A header that was read.
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) size: u64,
    pub(super) kind: Kind,
    /// Whether it has the type of archives from before there was one for directories.
    pub(super) is_oldest: bool,
    pub(super) extends: Option<Extends>,
}

/// 512 bytes.
pub(super) struct Block([u8; 512]);

impl Block {
    /// The block that these bytes are; `None` where they are fewer.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().map(|block| Self(*block))
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    pub(super) fn header(&self, at: u64, anomalies: &mut Anomalies) -> Result<Header> {
        if !self.has_checksum() {
            return Err(Fault::at(at, TarProblem::Checksum));
        }
        let kind = self.0.get(156).copied().unwrap_or_default();
        let mut name = text(self.field(0, 100));
        // GNU tar's own format has other fields in the place of the prefix.
        if self.field(257, 6) == b"ustar\0" {
            let prefix = text(self.field(345, 155));
            if !prefix.is_empty() {
                name = [prefix, name].join(&b'/');
            }
        }
        let size = number(self.field(124, 12)).unwrap_or_else(|| {
            anomalies.report(|| Fault::at(at, TarProblem::Number("the size")));
            0
        });
        Ok(Header {
            name,
            link: text(self.field(157, 100)),
            size,
            kind: Kind::of(kind),
            is_oldest: kind == 0,
            extends: match kind {
                b'x' => Some(Extends::Next),
                b'g' => Some(Extends::All),
                b'L' => Some(Extends::LongName),
                b'K' => Some(Extends::LongLink),
                _ => None,
            },
        })
    }

    fn field(&self, offset: usize, length: usize) -> &[u8] {
        self.0
            .get(offset..)
            .and_then(|rest| rest.get(..length))
            .unwrap_or_default()
    }

    /// The sum of all bytes, those of the sum itself taken as blanks. Old tars sum signed bytes.
    pub(super) fn has_checksum(&self) -> bool {
        const FIELD: std::ops::Range<usize> = 148..156;
        let stated = number(self.field(148, 8)).and_then(|sum| i64::try_from(sum).ok());
        let bytes = || {
            self.0.iter().enumerate().map(
                |(index, byte)| {
                    if FIELD.contains(&index) { b' ' } else { *byte }
                },
            )
        };
        let unsigned: i64 = bytes().map(i64::from).sum();
        let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
        stated == Some(unsigned) || stated == Some(signed)
    }
}

/// A text, up to the first NUL.
fn text(field: &[u8]) -> Vec<u8> {
    field
        .split(|byte| *byte == 0)
        .next()
        .unwrap_or_default()
        .to_vec()
}

/// A number in octal digits, or in GNU tar's base 256, which the highest bit announces.
fn number(field: &[u8]) -> Option<u64> {
    if let [first @ 0x80..=0xff, rest @ ..] = field {
        // Negative numbers, 0xff first, mean nothing here.
        let start = (*first == 0x80).then_some(0_u64)?;
        return rest.iter().try_fold(start, |number, byte| {
            number.checked_mul(256)?.checked_add(u64::from(*byte))
        });
    }
    let digits = field.trim_ascii_start();
    let end = digits
        .iter()
        .position(|byte| matches!(byte, 0 | b' '))
        .unwrap_or(digits.len());
    digits.get(..end)?.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 8)?;
        number.checked_mul(8)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_of_base_256() {
        assert_eq!(number(b"00000000777\0"), Some(0o777));
        assert_eq!(number(b"  755 \0"), Some(0o755));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(b"00000000778\0"), None);
        assert_eq!(number(b"\x80\0\0\0\0\0\0\0\0\x02\0\0"), Some(0x20000));
        assert_eq!(number(b"\xff\xff\xff\xff"), None);
        assert_eq!(number(&[0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }
}

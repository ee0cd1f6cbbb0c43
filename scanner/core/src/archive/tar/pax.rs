//! Headers that describe the next one: POSIX.1-2017, `pax`, "pax Extended Header", and the long
//! names of GNU tar.

use super::header::{Extends, Header, Kind};
use super::problem::TarProblem;
use crate::anomalies::{Anomalies, Fault};

/// Sizes from which the plain field, of eleven octal digits, is too short.
const MAX_PLAIN_SIZE: u64 = 0o100_000_000_000;

/// Bytes of a name for which the plain field has room.
const MAX_PLAIN_NAME: usize = 100;

/// Where a name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameSource {
    /// The header, or an extended one that has room for what the header has not.
    Agreed,
    /// An extended header that overrides a name for no reason.
    Needless,
}

/// What is known of the next member before its header.
#[derive(Default)]
pub(super) struct Extended {
    path: Option<Vec<u8>>,
    size: Option<u64>,
    pub(super) link: Option<Vec<u8>>,
    is_sparse: bool,
}

impl Extended {
    pub(super) fn add(
        &mut self,
        extends: Extends,
        bytes: &[u8],
        at: u64,
        anomalies: &mut Anomalies,
    ) {
        let text = || bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        match extends {
            Extends::LongName => self.path = Some(text().to_vec()),
            Extends::LongLink => self.link = Some(text().to_vec()),
            Extends::Next => {
                if !each_record(bytes, |key, value| self.take(key, value)) {
                    anomalies.report(|| Fault::at(at, TarProblem::Records));
                }
            }
            Extends::All => {
                let mut names = false;
                let is_whole = each_record(bytes, |key, _| {
                    names |= matches!(key, b"path" | b"linkpath" | b"size");
                });
                if names {
                    anomalies.report(|| Fault::at(at, TarProblem::OverridesAll));
                }
                if !is_whole {
                    anomalies.report(|| Fault::at(at, TarProblem::Records));
                }
            }
        }
    }

    fn take(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"path" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"size" => self.size = std::str::from_utf8(value).ok().and_then(|n| n.parse().ok()),
            _ => self.is_sparse |= key.starts_with(b"GNU.sparse."),
        }
    }

    /// The name that counts.
    pub(super) fn name(&self, plain: &[u8]) -> (Vec<u8>, NameSource) {
        let Some(path) = &self.path else {
            return (plain.to_vec(), NameSource::Agreed);
        };
        let has_room = path.len() <= MAX_PLAIN_NAME && path.is_ascii();
        let source = if has_room && path != plain {
            NameSource::Needless
        } else {
            NameSource::Agreed
        };
        (path.clone(), source)
    }

    /// The size that counts.
    pub(super) fn size(&self, header: &Header, at: u64, anomalies: &mut Anomalies) -> u64 {
        let Some(size) = self.size else {
            return header.size;
        };
        if size < MAX_PLAIN_SIZE && size != header.size {
            let plain = header.size;
            anomalies.report(|| Fault::at(at, TarProblem::SizeOverridden { plain, size }));
        }
        size
    }

    pub(super) fn kind(&self, plain: Kind) -> Kind {
        if self.is_sparse && plain == Kind::File {
            Kind::Sparse
        } else {
            plain
        }
    }
}

/// Calls `take` for each `<length> <key>=<value>\n`; `false` where the bytes are none of that.
fn each_record(mut bytes: &[u8], mut take: impl FnMut(&[u8], &[u8])) -> bool {
    while !bytes.is_empty() {
        let Some((record, rest)) = record(bytes) else {
            return false;
        };
        let Some(equals) = record.iter().position(|byte| *byte == b'=') else {
            return false;
        };
        let (key, value) = record.split_at_checked(equals).unwrap_or_default();
        take(key, value.get(1..).unwrap_or_default());
        bytes = rest;
    }
    true
}

/// The first record, without its length and its end, and what follows.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = bytes.iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(bytes.get(..blank)?)
        .ok()?
        .parse()
        .ok()?;
    let (record, rest) = bytes.split_at_checked(length)?;
    let record = record.get(blank.checked_add(1)?..)?;
    Some((record.strip_suffix(b"\n")?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(bytes: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut found = Vec::new();
        each_record(bytes, |key, value| {
            found.push((key.to_vec(), value.to_vec()));
        })
        .then_some(found)
    }

    #[test]
    fn records_say_their_own_length() {
        assert_eq!(
            records(b"12 path=a=b\n9 size=7\n"),
            Some(vec![
                (b"path".to_vec(), b"a=b".to_vec()),
                (b"size".to_vec(), b"7".to_vec())
            ])
        );
        assert_eq!(records(b""), Some(vec![]));
        for broken in [
            "11 path=a=b\n",
            "99 path=a\n",
            "x path=a\n",
            "7 path\n",
            "2 ",
            "0 =\n",
        ] {
            assert_eq!(records(broken.as_bytes()), None, "{broken:?}");
        }
    }
}

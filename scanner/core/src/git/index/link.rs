//! The link of a split index: which file has the shared part, and what of that is no longer listed.
//!
//! Source: gitformat-index(5), "Split index"; for its bitmaps, `ewah/ewah_io.c` of git 2.39.

use std::fmt::Write as _;

use super::{Entries, Result};
use crate::reader::Reader;

/// The extension that it is.
const SIGNATURE: &[u8; 4] = b"link";

/// Bytes of a hash at most: those of SHA-256.
const MAX_HASH: usize = 32;

/// Bytes of a word of a bitmap.
const WORD: u64 = 8;

/// The link of an index to the part that it shares.
pub(super) struct Link<'a> {
    /// The digest of that, in hexadecimal digits.
    pub(super) shared: String,
    /// Where the bitmap of removed entries starts, if there is one.
    removed: Option<Reader<'a>>,
}

impl<'a> Link<'a> {
    /// The link of an index, behind its entries; `None` where it shares nothing.
    pub(super) fn of(mut entries: Entries<'a>) -> Result<Option<Self>> {
        while entries.advance()? {}
        let Entries {
            mut reader, hash, ..
        } = entries;
        // The digest of the index itself is what it ends with.
        let end = reader.size().saturating_sub(hash);
        while reader.position() < end {
            let signature: [u8; 4] = reader.array()?;
            let length = u64::from(reader.u32()?);
            if signature != *SIGNATURE {
                reader.skip(length)?;
                continue;
            }
            let digest = reader.bytes(hash, MAX_HASH)?.unwrap_or_default();
            let is_shared = digest.iter().any(|byte| *byte != 0);
            return Ok(is_shared.then(|| Self {
                shared: hexadecimal(&digest),
                removed: (length > hash).then_some(reader),
            }));
        }
        Ok(None)
    }

    /// Whether the entry of the shared part with so many in front of it is no longer listed. It
    /// reads on: one question is all that is answered.
    pub(super) fn removes(&mut self, place: u32) -> Result<bool> {
        match &mut self.removed {
            Some(reader) => is_set(reader, place.into()),
            None => Ok(false),
        }
    }
}

/// Whether a bit of a bitmap is set: words of which each says how many equal ones it stands for,
/// and how many follow as they are.
fn is_set(reader: &mut Reader<'_>, place: u64) -> Result<bool> {
    let (word, bit) = (place >> 6, place & 63);
    let _bits = reader.u32()?;
    let mut left = u64::from(reader.u32()?);
    let mut position = 0_u64;
    while left > 0 {
        let marker = reader.u64()?;
        let (equal, literal) = (marker >> 1 & 0xffff_ffff, marker >> 33);
        position = position.saturating_add(equal);
        if word < position {
            return Ok(marker & 1 == 1);
        }
        let ahead = word.saturating_sub(position);
        if ahead < literal {
            reader.skip(ahead.saturating_mul(WORD))?;
            return Ok(reader.u64()? & 1_u64.rotate_left(u32::try_from(bit).unwrap_or(0)) != 0);
        }
        reader.skip(literal.saturating_mul(WORD))?;
        position = position.saturating_add(literal);
        left = left.saturating_sub(1).saturating_sub(literal);
    }
    Ok(false)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::Endian;

    #[test]
    fn a_bit_is_found_among_equal_and_literal_words() {
        // Two words of ones, two literal ones; one of zeros, one literal.
        let words: [u64; 5] = [1 | 2 << 1 | 2 << 33, 1 << 5, 0, 1 << 1 | 1 << 33, 1 << 63];
        let bytes = words.iter().flat_map(|word| word.to_be_bytes());
        let bytes: Vec<u8> = [0, 0, 0, 0, 0, 0, 0, 5].into_iter().chain(bytes).collect();
        let set: Vec<u64> = (0..500)
            .filter(|place| {
                let source = bytes.as_slice();
                let mut reader = Reader::new(&source);
                reader.set_endian(Endian::Big);
                is_set(&mut reader, *place).unwrap_or_default()
            })
            .collect();

        let expected: Vec<u64> = (0..128).chain([133, 383]).collect();
        assert_eq!(set, expected);
    }
}

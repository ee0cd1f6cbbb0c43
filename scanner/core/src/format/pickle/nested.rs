//! Pickles inside of the bytes and texts of a pickle, plain or in the letters of base64 or hex.
//!
//! Loading the outer one does not load them. They tell what it is for, and a loader of its own may
//! unpack them later. What only looks like a pickle leaves no trace: imports count where every one
//! has a name that a program could bear.

use super::findings::Findings;
use super::input::Input;
use super::limits::{LOOKED_AT, MAX_DEPTH};
use super::machine::{At, Machine};
use super::opcodes;
use super::problem::Result;

/// Bytes of the shortest pickle that imports and calls something: `cos\nx\n)R.`
const SHORTEST: usize = 8;

/// Bytes from which it is told whether to look closer.
const START: usize = 32;

/// Looks at the bytes of an argument and passes over them.
pub(super) fn look_at(
    at: At,
    input: &mut Input<'_>,
    length: u64,
    depth: u8,
    findings: &mut Findings,
) -> Result<()> {
    let count = usize::try_from(length).unwrap_or(usize::MAX);
    let is_bytes = matches!(at.opcode.code, b'B' | b'C' | b'T' | b'U' | 0x8e | 0x96);
    let start = input.peek(count.min(START))?;
    let (is_raw, is_encoded) = (is_bytes && is_start(start), is_encoded(start));
    if count < SHORTEST || !is_raw && !is_encoded {
        return input.skip(length);
    }
    if is_encoded {
        let text = input.peek(count.min(LOOKED_AT))?.to_vec();
        look_at_letters(&text, depth, findings);
    }
    if is_raw {
        let end = input.narrow(length);
        follow(input, depth, findings);
        return input.widen(end);
    }
    input.skip(length)
}

/// Looks at a text that stands in a line.
pub(super) fn look_at_text(text: &[u8], depth: u8, findings: &mut Findings) {
    if text.len() < SHORTEST {
        return;
    }
    if is_start(text) {
        follow(&mut Input::of(&text, 0, None), depth, findings);
    }
    look_at_letters(text, depth, findings);
}

/// Looks at the bytes that letters stand for.
fn look_at_letters(text: &[u8], depth: u8, findings: &mut Findings) {
    if let Some(bytes) = decode(text) {
        let bytes: &[u8] = &bytes;
        follow(&mut Input::of(&bytes, 0, None), depth, findings);
    }
}

/// Follows bytes that may be a pickle.
fn follow(input: &mut Input<'_>, depth: u8, findings: &mut Findings) {
    if depth >= MAX_DEPTH {
        findings.note_depth();
        return;
    }
    let mut found = findings.aside();
    // Where it ends does not matter: its imports do, up to there.
    let _ = Machine::new(depth.saturating_add(1)).run(input, &mut found);
    let is_pickle = found.imports_plausibly();
    findings.settle(found, is_pickle);
}

/// Whether bytes start as a pickle may.
fn is_start(bytes: &[u8]) -> bool {
    match bytes {
        [0x80, version, opcode, ..] => *version <= 5 && opcodes::find(*opcode).is_some(),
        [first, ..] => opcodes::find(*first).is_some(),
        [] => false,
    }
}

/// Whether a text starts with the letters for PROTO, or for an import or a mark before one.
fn is_encoded(text: &[u8]) -> bool {
    const STARTS: [&[u8]; 6] = [b"gA", b"Y", b"K", b"800", b"63", b"\xc2\x80"];
    STARTS.iter().any(|start| text.starts_with(start))
}

/// The bytes that a text stands for in base64, hex or Latin-1, as far as it does.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.starts_with(b"\xc2\x80") {
        let text = std::str::from_utf8(text).ok()?;
        return text
            .chars()
            .map(|letter| u8::try_from(letter).ok())
            .collect();
    }
    if text.starts_with(b"800") || text.starts_with(b"63") {
        return digits(text, 16, 4);
    }
    is_encoded(text).then(|| base64(text))
}

/// The bytes of digits of four bits.
fn digits(text: &[u8], radix: u32, bits: u32) -> Option<Vec<u8>> {
    let (pairs, _) = text.as_chunks::<2>();
    pairs
        .iter()
        .map(|pair| {
            let [high, low] = pair.map(|digit| char::from(digit).to_digit(radix));
            u8::try_from((high? << bits) | low?).ok()
        })
        .collect()
}

/// The bytes of letters of base64, both alphabets, up to the first that is none.
pub(in crate::format) fn base64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut held, mut bits) = (0_u32, 0_u32);
    for letter in text {
        let value = match letter {
            b'A'..=b'Z' => letter.saturating_sub(b'A'),
            b'a'..=b'z' => letter.saturating_sub(b'a').saturating_add(26),
            b'0'..=b'9' => letter.saturating_sub(b'0').saturating_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'\n' | b'\r' => continue,
            _ => break,
        };
        held = (held << 6 | u32::from(value)) & 0xffff;
        bits = bits.saturating_add(6);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            let [byte, ..] = (held >> bits).to_le_bytes();
            bytes.push(byte);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_for_bytes() {
        assert_eq!(decode(b"gASVPwAA"), Some(vec![0x80, 4, 0x95, 0x3f, 0, 0]));
        assert_eq!(decode(b"Y29zCnN5"), Some(b"cos\nsy".to_vec()));
        assert_eq!(decode(b"80049563"), Some(vec![0x80, 4, 0x95, 0x63]));
        assert_eq!(decode("\u{80}\u{4}é".as_bytes()), Some(vec![0x80, 4, 0xe9]));
        assert_eq!(decode(b"800x"), None);
        assert_eq!(decode(b"hello"), None);
    }
}

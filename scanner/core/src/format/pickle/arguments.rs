//! What follows an opcode: numbers, lines, and bytes with their length.
//!
//! Source: `CPython` 3.14, `Modules/_pickle.c`, `load_*`. Numbers in decimal are read as loosely as
//! there: what is a number to an unpickler must not end the disassembly.

use std::rc::Rc;

use super::input::Input;
use super::limits::{MAX_LINE, MAX_TEXT};
use super::machine::At;
use super::opcodes::Argument;
use super::problem::{PickleProblem, Result};
use super::value::Value;
use crate::anomalies::{Fault, clip, escape};
use crate::reader::widen;

/// A line, as far as it is kept.
#[derive(Debug, Default)]
pub(super) struct Line {
    kept: Vec<u8>,
    is_clipped: bool,
}

impl Line {
    pub(super) fn whole(text: &str) -> Self {
        Self {
            kept: text.as_bytes().to_vec(),
            is_clipped: false,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.kept
    }

    /// The text, where it is one and short enough to be a name.
    pub(super) fn text(&self) -> Option<Rc<str>> {
        let is_short = !self.is_clipped && self.kept.len() <= MAX_TEXT;
        let text = std::str::from_utf8(&self.kept).ok()?;
        is_short.then(|| Rc::from(text))
    }

    /// The text as it can be shown, whatever it is.
    pub(super) fn shown(&self) -> String {
        clip(&escape(&self.kept))
    }
}

/// An unsigned number of fixed length.
pub(super) fn number(at: At, input: &mut Input<'_>) -> Result<u64> {
    match at.opcode.argument {
        Argument::Number(1) => Ok(u64::from(u8::from_le_bytes(input.array()?))),
        Argument::Number(2) => Ok(u64::from(u16::from_le_bytes(input.array()?))),
        Argument::Number(4) => Ok(u64::from(u32::from_le_bytes(input.array()?))),
        Argument::Number(_) => Ok(u64::from_le_bytes(input.array()?)),
        _ => Err(wrong(at)),
    }
}

/// The number of an entry of the memo.
pub(super) fn index(at: At, input: &mut Input<'_>) -> Result<u64> {
    if at.opcode.argument != Argument::Line {
        return number(at, input);
    }
    match integer(&line(at, input)?) {
        Some(Value::Int(index)) => u64::try_from(index).map_err(|_| wrong(at)),
        _ => Err(wrong(at)),
    }
}

/// The length of what follows.
pub(super) fn length(at: At, input: &mut Input<'_>) -> Result<u64> {
    match at.opcode.argument {
        Argument::Counted(1) => Ok(u64::from(u8::from_le_bytes(input.array()?))),
        Argument::Counted(4) => Ok(u64::from(u32::from_le_bytes(input.array()?))),
        Argument::Counted(_) => Ok(u64::from_le_bytes(input.array()?)),
        Argument::CountedSigned => {
            u64::try_from(i32::from_le_bytes(input.array()?)).map_err(|_| wrong(at))
        }
        _ => Err(wrong(at)),
    }
}

/// The text of the next bytes, which stay; a plain value where it is long, or where they are bytes.
pub(super) fn text(at: At, input: &mut Input<'_>, length: u64) -> Result<Value> {
    let is_text = matches!(at.opcode.code, b'T' | b'U' | b'X' | 0x8c | 0x8d);
    let short = usize::try_from(length).unwrap_or(usize::MAX);
    if !is_text || short > MAX_TEXT {
        return Ok(Value::Scalar);
    }
    let bytes = input.peek(short)?;
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|_| bytes.len() == short);
    Ok(text.map_or(Value::Scalar, |text| Value::Text(text.into())))
}

/// The bytes to the end of the line, without it. Where the input ends before, unpicklers take the
/// last byte for the end of the line.
pub(super) fn line(at: At, input: &mut Input<'_>) -> Result<Line> {
    let mut line = Line::default();
    loop {
        if input.is_at_end()? {
            return match line.kept.pop() {
                Some(_) => Ok(line),
                // Reading on says that there is nothing.
                None => input
                    .array::<1>()
                    .map(|_| line)
                    .map_err(|fault| fault.within(at.opcode.name)),
            };
        }
        let ready = input.peek(MAX_LINE)?;
        let end = ready.iter().position(|byte| *byte == b'\n');
        let part = ready.get(..end.unwrap_or(ready.len())).unwrap_or(ready);
        let room = MAX_LINE.saturating_sub(line.kept.len());
        line.is_clipped |= part.len() > room;
        line.kept.extend(part.iter().take(room));
        let read = part.len();
        input.skip(widen(read))?;
        if end.is_some() {
            input.skip(1)?;
            return Ok(line);
        }
    }
}

/// Two lines.
pub(super) fn lines(at: At, input: &mut Input<'_>) -> Result<[Line; 2]> {
    Ok([line(at, input)?, line(at, input)?])
}

/// The number of INT, LONG or FLOAT.
pub(super) fn decimal(at: At, input: &mut Input<'_>) -> Result<Value> {
    let line = line(at, input)?;
    let found = match (at.opcode.code, line.bytes()) {
        (b'I', b"00" | b"01") => Some(Value::Bool),
        (b'F', bytes) => {
            let text = std::str::from_utf8(bytes).unwrap_or_default().trim();
            text.parse::<f64>().ok().map(|_| Value::Scalar)
        }
        _ => integer(&line),
    };
    found.ok_or_else(|| wrong(at))
}

/// A whole number as Python writes them; a plain value where it is none of 64 bits.
fn integer(line: &Line) -> Option<Value> {
    let text = std::str::from_utf8(line.bytes()).ok()?.trim();
    let text = text.strip_suffix(['L', 'l']).unwrap_or(text);
    if let Ok(value) = text.parse() {
        return Some(Value::Int(value));
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_number.then_some(Value::Scalar)
}

/// The number of LONG1 or LONG4.
pub(super) fn long(at: At, input: &mut Input<'_>) -> Result<Value> {
    let length = length(at, input)?;
    input.demand(length)?;
    if length > 8 {
        input.skip(length)?;
        return Ok(Value::Scalar);
    }
    let mut bytes = Vec::with_capacity(8);
    for _ in 0..length {
        let [byte] = input.array()?;
        bytes.push(byte);
    }
    let sign = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) {
        0xff
    } else {
        0
    };
    bytes.resize(8, sign);
    let bytes = bytes.first_chunk().copied().unwrap_or_default();
    Ok(Value::Int(i64::from_le_bytes(bytes)))
}

/// The text of STRING or UNICODE, its escapes resolved.
pub(super) fn quoted(at: At, input: &mut Input<'_>) -> Result<Line> {
    let mut line = line(at, input)?;
    let is_clipped = line.is_clipped;
    let unescaped = if at.opcode.code == b'S' {
        match line.bytes() {
            [b'\'', text @ .., b'\''] | [b'"', text @ .., b'"'] => string_escapes(text),
            // Its end is beyond what is kept.
            [b'\'' | b'"', text @ ..] if is_clipped => string_escapes(text),
            _ => None,
        }
    } else {
        unicode_escapes(line.bytes())
    };
    // Where the line is clipped, so may be its last escape.
    line.kept = match unescaped {
        Some(text) => text,
        None if is_clipped => Vec::new(),
        None => return Err(wrong(at)),
    };
    Ok(line)
}

/// The escapes of a bytes literal: `_PyBytes_DecodeEscape`.
fn string_escapes(text: &[u8]) -> Option<Vec<u8>> {
    let mut unescaped = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if *first != b'\\' {
            unescaped.push(*first);
            rest = after;
            continue;
        }
        let (escape, after) = after.split_first()?;
        rest = after;
        match escape {
            b'\n' => {}
            b'a' => unescaped.push(7),
            b'b' => unescaped.push(8),
            b'f' => unescaped.push(12),
            b'n' => unescaped.push(b'\n'),
            b'r' => unescaped.push(b'\r'),
            b't' => unescaped.push(b'\t'),
            b'v' => unescaped.push(11),
            b'\\' | b'\'' | b'"' => unescaped.push(*escape),
            b'x' => {
                let (value, after) = digits(rest, 2, 16)?;
                unescaped.push(u8::try_from(value).ok()?);
                rest = after;
            }
            b'0'..=b'7' => {
                let length = octal_digits(rest);
                let (more, after) = digits(rest, length, 8)?;
                let first = u32::from(escape.saturating_sub(b'0'));
                let value = first.checked_mul(8_u32.checked_pow(u32::try_from(length).ok()?)?)?;
                let [low, ..] = value.checked_add(more)?.to_le_bytes();
                unescaped.push(low);
                rest = after;
            }
            other => unescaped.extend([b'\\', *other]),
        }
    }
    Some(unescaped)
}

/// Octal digits, two at most, that follow the first one.
fn octal_digits(rest: &[u8]) -> usize {
    rest.iter()
        .take(2)
        .take_while(|byte| (b'0'..=b'7').contains(*byte))
        .count()
}

/// The escapes of UNICODE, `raw-unicode-escape`: other bytes are Latin-1.
fn unicode_escapes(text: &[u8]) -> Option<Vec<u8>> {
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let length = match (first, after.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            (b'\\', Some(other)) => {
                unescaped.extend(['\\', char::from(*other)]);
                rest = after.get(1..)?;
                continue;
            }
            _ => {
                unescaped.push(char::from(*first));
                continue;
            }
        };
        let (value, after) = digits(after.get(1..)?, length, 16)?;
        // A half of a surrogate pair is no character here; no name has one.
        unescaped.push(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = after;
    }
    Some(unescaped.into_bytes())
}

/// The value of so many digits, and what follows them.
fn digits(text: &[u8], length: usize, radix: u32) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(length)?;
    let mut value = 0_u32;
    for digit in digits {
        let digit = char::from(*digit).to_digit(radix)?;
        value = value.checked_mul(radix)?.checked_add(digit)?;
    }
    Some((value, rest))
}

fn wrong(at: At) -> Fault<PickleProblem> {
    Fault::new(at.offset, PickleProblem::Argument(at.opcode.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Option<Vec<u8>>) -> Option<String> {
        bytes.map(|bytes| escape(&bytes))
    }

    #[test]
    fn escapes_of_strings_are_those_of_python() {
        assert_eq!(text(string_escapes(b"os")).as_deref(), Some("os"));
        assert_eq!(
            text(string_escapes(br"\x6fs\56sys\164em\n\q")).as_deref(),
            Some("os.system\n\\q")
        );
        assert_eq!(text(string_escapes(br"\1018")).as_deref(), Some("A8"));
        assert_eq!(string_escapes(br"\x6"), None);
        assert_eq!(string_escapes(b"\\"), None);
    }

    #[test]
    fn escapes_of_unicode_lines_are_those_of_python() {
        assert_eq!(
            text(unicode_escapes(br"\u006fs\U0000002e")).as_deref(),
            Some("os.")
        );
        assert_eq!(text(unicode_escapes(b"\xe9")).as_deref(), Some("é"));
        assert_eq!(
            text(unicode_escapes(br"\\u0041\n")).as_deref(),
            Some(r"\\u0041\n")
        );
        assert_eq!(unicode_escapes(br"\u00"), None);
    }

    #[test]
    fn numbers_in_decimal_are_read_loosely() {
        let read = |text: &str| match integer(&Line::whole(text)) {
            Some(Value::Int(value)) => Some(Some(value)),
            Some(_) => Some(None),
            None => None,
        };

        assert_eq!(read(" 12\r"), Some(Some(12)));
        assert_eq!(read("-3L"), Some(Some(-3)));
        assert_eq!(read("0x1F"), Some(None));
        assert_eq!(read("123456789012345678901234567890"), Some(None));
        assert_eq!(read("twelve"), None);
        assert_eq!(read(""), None);
    }
}

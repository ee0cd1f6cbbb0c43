//! Where a URL's scheme begins: RFC 3986, section 3.1.

use crate::cursor::{character_at, character_before};

/// Longest scheme looked for, in bytes. The longest that IANA lists has 36; what goes on for longer
/// is other text that the URL was glued to.
const SCHEME_MAX: usize = 64;

/// Byte offset of the scheme that ends at `anchor`, looked for no further left than `floor`.
///
/// An escape sequence in front, as in the source text `'\nhttps://'`, is no part of the scheme.
pub(crate) fn start(text: &str, floor: usize, anchor: usize) -> Option<usize> {
    let floor = floor.max(anchor.saturating_sub(SCHEME_MAX));
    let mut start = anchor;
    while start > floor && character_before(text, start).is_some_and(is_scheme_character) {
        start -= 1;
    }
    if character_before(text, start) == Some('\\') {
        start += escape_length(text.get(start..anchor)?);
    }
    while start < anchor && !character_at(text, start)?.is_ascii_alphabetic() {
        start += 1;
    }
    (start < anchor).then_some(start)
}

/// Whether a scheme and `://` stand at byte `at`.
pub(crate) fn stands_at(text: &str, at: usize) -> bool {
    let mut end = at;
    while end - at <= SCHEME_MAX && character_at(text, end).is_some_and(is_scheme_character) {
        end += 1;
    }
    end > at && text.get(end..).is_some_and(|rest| rest.starts_with("://"))
}

fn is_scheme_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.')
}

/// Bytes after a backslash that belong to its escape sequence: `\n`, `\xhh`, `\uhhhh`.
fn escape_length(after_backslash: &str) -> usize {
    let digits = match after_backslash.as_bytes().first() {
        Some(b'n' | b'r' | b't') => 0,
        Some(b'x') => 2,
        Some(b'u') => 4,
        _ => return 0,
    };
    let is_complete = after_backslash
        .get(1..=digits)
        .is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_complete { 1 + digits } else { 0 }
}

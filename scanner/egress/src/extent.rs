//! Where a URL ends.
//!
//! Two mistakes are possible. A URL read too long is judged ambiguous and a person looks at it; a
//! URL read too short may pass for a shorter one that is allowed (`https://listed.example\@evil.example`).
//! So the authority is read greedily, and prose is told from URL only where that cannot move the host.

use crate::cursor::{character_at, character_before};
use crate::scheme;

/// Longest template placeholder followed through its spaces and quotes, in bytes:
/// `{{ config['endpoints']['primary'] | default('…') }}` and room to spare.
const PLACEHOLDER_MAX: usize = 128;

/// Byte offset of the end of the URL that starts at `start` and whose `://` ends at `body`, with
/// all trailing punctuation.
pub(crate) fn end(text: &str, start: usize, body: usize) -> usize {
    let mut enclosure = Enclosure::opened_by(character_before(text, start));
    let mut in_authority = true;
    let mut at = body;
    while let Some(character) = character_at(text, at) {
        in_authority &= !matches!(character, '/' | '?' | '#');
        if let Some(length) = placeholder(text, at, character, in_authority) {
            at += length;
            continue;
        }
        let is_end = match character {
            '"' | '`' | '<' | '>' => true,
            '\\' => !in_authority,
            '{' => !in_authority && matches!(character_at(text, at + 1), Some('%' | '#')),
            ',' | ';' | '|' => scheme::stands_at(text, at + 1),
            other => other.is_whitespace() || other.is_control(),
        };
        if is_end || enclosure.closes(character) {
            break;
        }
        at += character.len_utf8();
    }
    at
}

/// Byte offset of the end of the same URL without the punctuation of the sentence around it.
pub(crate) fn end_without_punctuation(text: &str, start: usize, body: usize, end: usize) -> usize {
    let emphasis = character_before(text, start).filter(|mark| matches!(mark, '*' | '_' | '~'));
    let mut surplus = Surplus::of(text, body, end);
    let mut end = end;
    while end > body {
        let Some(last) = character_before(text, end) else {
            break;
        };
        let length = last.len_utf8();
        if matches!(last, 'n' | 'r' | 't')
            && end - length > body
            && character_before(text, end - length) == Some('\\')
        {
            end -= length + 1;
        } else if PUNCTUATION.contains(last) || emphasis == Some(last) || surplus.takes(last) {
            end -= length;
        } else {
            break;
        }
    }
    end
}

/// Punctuation that ends sentences and clauses, quotes, wide brackets, and what stands for bytes that
/// were not UTF-8. Inside a URL it stays: `。` for one is a dot to IDNA.
const PUNCTUATION: &str = ".,;:!?'|\\…。．、，；：！？’”›»）］】」』》〉\u{FFFD}";

/// Byte length of the template placeholder at byte `at`: `${…}`, `{…}`, `{{ … }}`, and in the
/// authority also `{% … %}` and `<…>`.
fn placeholder(text: &str, at: usize, opening: char, in_authority: bool) -> Option<usize> {
    let closing = match (opening, character_at(text, at + 1)) {
        ('{', Some('%' | '#')) if !in_authority => return None,
        ('{', _) => '}',
        ('<', _) if in_authority && can_precede_name(character_before(text, at)?) => '>',
        _ => return None,
    };
    let mut end = at + 1;
    if opening == '{' && character_at(text, end) == Some('{') {
        end += 1;
    }
    while end - at < PLACEHOLDER_MAX {
        let character = character_at(text, end)?;
        end += character.len_utf8();
        if character == closing {
            return Some(end - at);
        }
        // Stopping at the next opening keeps the search linear: no byte is looked at from two.
        if character == opening || character.is_control() {
            return None;
        }
    }
    None
}

/// Whether a part of a host name can begin after the character: `https://<host>` is a placeholder,
/// `https://example.org<br>` is not.
fn can_precede_name(character: char) -> bool {
    matches!(character, '/' | '.' | '-' | '@' | ':')
}

/// The bracket or quote right before a URL, which ends it where it closes.
struct Enclosure {
    pair: Option<(char, char)>,
    depth: usize,
}

impl Enclosure {
    fn opened_by(before: Option<char>) -> Self {
        let pair = match before {
            Some('(') => Some(('(', ')')),
            Some('[') => Some(('[', ']')),
            Some('{') => Some(('{', '}')),
            Some('\'') => Some(('\'', '\'')),
            _ => None,
        };
        Self { pair, depth: 0 }
    }

    /// Takes the URL's next character; `true` where it closes the enclosure.
    fn closes(&mut self, character: char) -> bool {
        let Some((opening, closing)) = self.pair else {
            return false;
        };
        if character == closing {
            let Some(depth) = self.depth.checked_sub(1) else {
                return true;
            };
            self.depth = depth;
        } else if character == opening {
            self.depth += 1;
        }
        false
    }
}

/// How many more brackets of each kind a URL closes than it opens.
struct Surplus {
    round: isize,
    square: isize,
    curly: isize,
}

impl Surplus {
    fn of(text: &str, from: usize, to: usize) -> Self {
        let mut surplus = Self {
            round: 0,
            square: 0,
            curly: 0,
        };
        let mut at = from;
        while at < to {
            let Some(character) = character_at(text, at) else {
                break;
            };
            if let Some(count) = surplus.count_of(character) {
                *count += if matches!(character, '(' | '[' | '{') {
                    -1
                } else {
                    1
                };
            }
            at += character.len_utf8();
        }
        surplus
    }

    /// Whether the URL's last character opens a bracket or closes one too many; it is then taken
    /// off the count.
    fn takes(&mut self, last: char) -> bool {
        let count = self.count_of(last);
        match (last, count) {
            ('(' | '[' | '{', Some(count)) => *count += 1,
            (_, Some(count)) if *count > 0 => *count -= 1,
            _ => return false,
        }
        true
    }

    fn count_of(&mut self, bracket: char) -> Option<&mut isize> {
        match bracket {
            '(' | ')' => Some(&mut self.round),
            '[' | ']' => Some(&mut self.square),
            '{' | '}' => Some(&mut self.curly),
            _ => None,
        }
    }
}

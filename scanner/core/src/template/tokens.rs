//! The tokens of a Jinja template: what stands between `{{` and `}}` or `{%` and `%}`.
//!
//! Comments and what `{% raw %}` encloses are text, as is everything outside. A block that is not
//! closed is read to the end of the template: what a renderer refuses is examined all the same.
//! Source: `jinja2` 3.1.6 (`lexer.py`).

use std::iter::Peekable;
use std::str::CharIndices;

/// A token, and where it begins in the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// What it is.
    pub(super) kind: Kind<'a>,
    /// Byte offset in the template.
    pub(super) offset: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// A name or a keyword.
    Name(&'a str),
    /// A string literal, its escapes resolved.
    Text(Text),
    /// Digits, and what may stand among them.
    Number(&'a str),
    /// Any other character.
    Sign(char),
}

/// A string literal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// The text that it stands for.
    pub(super) value: String,
    /// Whether an escape stands for a character that names are made of.
    pub(super) has_escaped_name: bool,
}

/// What stands between one pair of delimiters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// Whether it is a statement, `{% %}`, rather than an expression.
    pub(super) is_statement: bool,
    /// Its tokens.
    pub(super) tokens: Vec<Token<'a>>,
}

impl<'a> Block<'a> {
    /// The first word of a statement.
    pub(super) fn keyword(&self) -> Option<&'a str> {
        match self.tokens.first().map(|token| &token.kind) {
            Some(Kind::Name(name)) if self.is_statement => Some(name),
            _ => None,
        }
    }
}

/// The blocks of a template, in order.
pub(super) fn blocks(template: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some((start, opening)) = next_opening(template, at) {
        if opening == '#' {
            at = after(template, start.saturating_add(2), "#}");
            continue;
        }
        let is_statement = opening == '%';
        let body = body(template, start);
        let mut reading = Reading::new(template, body, is_statement);
        reading.run();
        at = reading.end;
        let block = Block {
            is_statement,
            tokens: reading.tokens,
        };
        if is_raw(&block) {
            at = after_raw(template, at);
        }
        blocks.push(block);
    }
    blocks
}

/// Where the next `{{`, `{%` or `{#` stands, and its second character.
fn next_opening(template: &str, at: usize) -> Option<(usize, char)> {
    let rest = template.get(at..)?;
    let found = rest.match_indices('{').find_map(|(start, _)| {
        let second = rest.get(start.saturating_add(1)..)?.chars().next()?;
        matches!(second, '{' | '%' | '#').then_some((start, second))
    });
    found.map(|(start, second)| (at.saturating_add(start), second))
}

/// Where what stands behind an opening begins; a sign there only says what happens to white space.
fn body(template: &str, start: usize) -> usize {
    let inner = start.saturating_add(2);
    let has_sign = template
        .get(inner..)
        .is_some_and(|rest| rest.starts_with(['-', '+']));
    inner.saturating_add(usize::from(has_sign))
}

/// Where the text behind the next `end` begins.
fn after(template: &str, at: usize, end: &str) -> usize {
    let found = template.get(at..).and_then(|rest| rest.find(end));
    found.map_or(template.len(), |found| {
        at.saturating_add(found).saturating_add(end.len())
    })
}

/// Whether a statement begins a raw text.
fn is_raw(block: &Block<'_>) -> bool {
    let rest = block.tokens.get(1..).unwrap_or_default();
    let is_bare = rest.iter().all(|token| token.kind == Kind::Sign('-'));
    block.keyword() == Some("raw") && is_bare && rest.len() <= 1
}

/// Where the statement that ends a raw text begins.
fn after_raw(template: &str, mut at: usize) -> usize {
    while let Some(start) = template.get(at..).and_then(|rest| rest.find("{%")) {
        let start = at.saturating_add(start);
        let body = body(template, start);
        let inner = template.get(body..).unwrap_or_default();
        let word = inner.trim_start_matches(is_space).strip_prefix("endraw");
        let behind = word.map(|word| word.trim_start_matches(is_space));
        let is_end = |behind: &str| {
            ["%}", "-%}", "+%}"]
                .iter()
                .any(|end| behind.starts_with(end))
        };
        if behind.is_some_and(is_end) {
            return start;
        }
        at = start.saturating_add(2);
    }
    template.len()
}

/// Whether Python takes a character for white space.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

struct Reading<'a> {
    template: &'a str,
    characters: Peekable<CharIndices<'a>>,
    /// Byte offset of the first character.
    start: usize,
    is_statement: bool,
    tokens: Vec<Token<'a>>,
    /// Brackets that are open: within them, braces close no block.
    open: usize,
    end: usize,
}

impl<'a> Reading<'a> {
    fn new(template: &'a str, start: usize, is_statement: bool) -> Self {
        let body = template.get(start..).unwrap_or_default();
        Self {
            template,
            characters: body.char_indices().peekable(),
            start,
            is_statement,
            tokens: Vec::new(),
            open: 0,
            end: template.len(),
        }
    }

    fn run(&mut self) {
        while let Some((at, character)) = self.characters.next() {
            let offset = self.start.saturating_add(at);
            let kind = match character {
                _ if is_space(character) => continue,
                '\'' | '"' => Kind::Text(self.text(character)),
                _ if character.is_alphabetic() || character == '_' => {
                    Kind::Name(self.word(offset, |next| next.is_alphanumeric() || next == '_'))
                }
                _ if character.is_ascii_digit() => Kind::Number(
                    self.word(offset, |next| next.is_ascii_alphanumeric() || next == '_'),
                ),
                _ if self.is_end(character) => {
                    self.characters.next();
                    self.end = offset.saturating_add(2);
                    return;
                }
                sign => {
                    self.count(sign);
                    Kind::Sign(sign)
                }
            };
            self.tokens.push(Token { kind, offset });
        }
    }

    fn is_end(&mut self, character: char) -> bool {
        let closing = if self.is_statement { '%' } else { '}' };
        self.open == 0
            && character == closing
            && self.characters.peek().is_some_and(|(_, next)| *next == '}')
    }

    fn count(&mut self, sign: char) {
        match sign {
            '(' | '[' | '{' => self.open = self.open.saturating_add(1),
            ')' | ']' | '}' => self.open = self.open.saturating_sub(1),
            _ => {}
        }
    }

    /// The word that begins at an offset.
    fn word(&mut self, offset: usize, belongs: impl Fn(char) -> bool) -> &'a str {
        let mut end = self.template.len();
        loop {
            match self.characters.peek() {
                Some((_, next)) if belongs(*next) => {
                    self.characters.next();
                }
                Some((at, _)) => {
                    end = self.start.saturating_add(*at);
                    break;
                }
                None => break,
            }
        }
        self.template.get(offset..end).unwrap_or_default()
    }

    /// The text up to the closing quote.
    fn text(&mut self, quote: char) -> Text {
        let mut text = Text::default();
        while let Some((_, character)) = self.characters.next() {
            match character {
                _ if character == quote => break,
                '\\' => self.escape(&mut text),
                '\r' => text.value.push(self.line_feed()),
                plain => text.value.push(plain),
            }
        }
        text
    }

    /// What stands behind a backslash. Python resolves escapes as its `unicode-escape` does.
    fn escape(&mut self, text: &mut Text) {
        let Some((_, character)) = self.characters.next() else {
            return;
        };
        let meant = match character {
            'x' => self.number(16, 2),
            'u' => self.number(16, 4),
            'U' => self.number(16, 8),
            '0'..='7' => {
                let first = character.to_digit(8).unwrap_or(0);
                self.number_from(first, 8, 2)
            }
            'N' => {
                text.has_escaped_name = true;
                self.named()
            }
            // The text goes on in the next line.
            '\n' => return,
            '\r' => {
                self.line_feed();
                return;
            }
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' | '\'' | '"' => character,
            // What is no escape stays; Jinja has spelled what is not ASCII as one before.
            plain => {
                let spelled = match u32::from(plain) {
                    0..=0x7f => plain.to_string(),
                    code @ 0x80..=0xff => format!("x{code:02x}"),
                    code @ 0x100..=0xffff => format!("u{code:04x}"),
                    code => format!("U{code:08x}"),
                };
                text.value.push('\\');
                text.value.push_str(&spelled);
                return;
            }
        };
        text.has_escaped_name |= meant.is_ascii_alphanumeric() || meant == '_';
        text.value.push(meant);
    }

    /// The end of a line, however it is written; Jinja makes one sign of it.
    fn line_feed(&mut self) -> char {
        self.characters.next_if(|(_, next)| *next == '\n');
        '\n'
    }

    fn number(&mut self, radix: u32, digits: usize) -> char {
        self.number_from(0, radix, digits)
    }

    fn number_from(&mut self, mut number: u32, radix: u32, digits: usize) -> char {
        for _ in 0..digits {
            let Some(digit) = self
                .characters
                .peek()
                .and_then(|(_, next)| next.to_digit(radix))
            else {
                break;
            };
            number = number.saturating_mul(radix).saturating_add(digit);
            self.characters.next();
        }
        char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// `\N{LOW LINE}`: the one name of a character that matters.
    fn named(&mut self) -> char {
        let mut name = String::new();
        while let Some((_, character)) = self.characters.next_if(|(_, next)| *next != '}') {
            name.push(character);
        }
        self.characters.next();
        let is_underscore = name
            .trim_start_matches('{')
            .eq_ignore_ascii_case("LOW LINE");
        if is_underscore {
            '_'
        } else {
            char::REPLACEMENT_CHARACTER
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each block as its words, a statement behind `%`.
    fn read(template: &str) -> Vec<String> {
        let words = |block: &Block<'_>| -> Vec<String> {
            let words = block.tokens.iter().map(|token| match &token.kind {
                Kind::Name(word) | Kind::Number(word) => (*word).to_owned(),
                Kind::Text(text) => format!("'{}'", text.value),
                Kind::Sign(sign) => sign.to_string(),
            });
            words.collect()
        };
        let blocks = blocks(template);
        blocks
            .iter()
            .map(|block| {
                let mark = if block.is_statement { "% " } else { "" };
                format!("{mark}{}", words(block).join(" "))
            })
            .collect()
    }

    #[test]
    fn code_is_told_from_text() {
        for (template, blocks) in [
            ("a {{ b.c }} d", vec!["b . c"]),
            ("{%- if a -%}x{% endif %}", vec!["% if a -", "% endif"]),
            ("{# {{ x }} #}{{ y }}", vec!["y"]),
            (
                "{% raw %}{{ x }}{% endraw %}{{ y }}",
                vec!["% raw", "% endraw", "y"],
            ),
            (
                "{{ {'a': {'b': 1}} }}{{ c }}",
                vec!["{ 'a' : { 'b' : 1 } }", "c"],
            ),
            ("{{ '}}' }}{{ \"%}\" }}", vec!["'}}'", "'%}'"]),
            ("{{ open", vec!["open"]),
            (
                "{% raw %}{% endrawx %}{{ x }}{%- endraw +%}{{ y }}",
                vec!["% raw", "% endraw +", "y"],
            ),
            (
                "{% raw %}{%\u{1c}endraw %}{{ y }}",
                vec!["% raw", "% endraw", "y"],
            ),
            ("{%\u{1c}set\u{1f}x = 1 %}", vec!["% set x = 1"]),
            ("{ {a} {", vec![]),
        ] {
            assert_eq!(read(template), blocks, "{template}");
        }
    }

    #[test]
    fn keywords_begin_statements() {
        let read = blocks("{%- set x = 1 %}{{ set }}");
        let keywords: Vec<_> = read.iter().map(Block::keyword).collect();

        assert_eq!(keywords, [Some("set"), None]);
    }

    #[test]
    fn escapes_are_resolved() {
        for (literal, value, is_hidden) in [
            (r"'\x5f\x5fclass'", "__class", true),
            (r"'\137'", "_", true),
            (r"'\u005f'", "_", true),
            (r"'\N{LOW LINE}'", "_", true),
            (r"'a\nb\'c'", "a\nb'c", false),
            (r"'\u2581'", "\u{2581}", false),
            (r"'\x27'", "'", false),
            (r"'\a\q\\'", "\u{7}\\q\\", false),
            (r"'\é\—'", "\\xe9\\u2014", false),
            (r"'\N{BULLET}'", "\u{fffd}", true),
            ("'\\\r_\\\r\n_a\r\nb'", "__a\nb", false),
            ("'_\\\n_class'", "__class", false),
        ] {
            let template = format!("{{{{ {literal} }}}}");
            let found = blocks(&template);
            let token = found.first().and_then(|block| block.tokens.first());
            let expected = Kind::Text(Text {
                value: value.to_owned(),
                has_escaped_name: is_hidden,
            });

            assert_eq!(token.map(|token| &token.kind), Some(&expected), "{literal}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_template_is_read(template in "[{}%#'\"\\\\a-z_.| \\n-]{0,80}") {
            let _ = blocks(&template);
        }
    }
}

//! Literals of Python, as the headers of arrays hold them: texts, numbers, tuples, lists and
//! dictionaries. Read by hand and never evaluated.

/// Values within values: a record of records of arrays needs six.
const MAX_DEPTH: u8 = 16;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    None,
    Bool(bool),
    Int(i64),
    Text(String),
    Tuple(Vec<Literal>),
    List(Vec<Literal>),
    Dict(Vec<(Literal, Literal)>),
}

/// Reads one literal that is all of the text, white space around it apart; the error is the offset
/// of what is not read.
pub(super) fn parse(text: &str) -> Result<Literal, usize> {
    let mut parser = Parser { text, rest: text };
    let value = parser.value(0).ok_or(parser.offset())?;
    parser.rest = parser.rest.trim_ascii_start();
    if parser.rest.is_empty() {
        Ok(value)
    } else {
        Err(parser.offset())
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Parser<'_> {
    fn offset(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    /// Takes a piece of text, and white space before it.
    fn take(&mut self, piece: &str) -> bool {
        let rest = self.rest.trim_ascii_start().strip_prefix(piece);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self, depth: u8) -> Option<Literal> {
        if depth >= MAX_DEPTH {
            return None;
        }
        self.rest = self.rest.trim_ascii_start();
        match self.rest.as_bytes() {
            [b'{', ..] => self.dict(depth),
            [b'(', ..] => self.sequence("(", ")", depth),
            [b'[', ..] => self.sequence("[", "]", depth),
            [b'\'' | b'"', ..] => self.string(),
            // Texts of Python 2.
            [b'u' | b'b', b'\'' | b'"', ..] => {
                self.rest = self.rest.get(1..)?;
                self.string()
            }
            [b'-' | b'0'..=b'9', ..] => self.number(),
            _ if self.take("True") => Some(Literal::Bool(true)),
            _ if self.take("False") => Some(Literal::Bool(false)),
            _ if self.take("None") => Some(Literal::None),
            _ => None,
        }
    }

    fn dict(&mut self, depth: u8) -> Option<Literal> {
        let mut pairs = Vec::new();
        self.take("{");
        while !self.take("}") {
            let key = self.value(depth.saturating_add(1))?;
            if !self.take(":") {
                return None;
            }
            pairs.push((key, self.value(depth.saturating_add(1))?));
            if !self.take(",") {
                return self.take("}").then_some(Literal::Dict(pairs));
            }
        }
        Some(Literal::Dict(pairs))
    }

    /// A tuple or a list. One value in brackets without a comma is the value itself.
    fn sequence(&mut self, open: &str, close: &str, depth: u8) -> Option<Literal> {
        let mut values = Vec::new();
        let mut has_comma = false;
        self.take(open);
        while !self.take(close) {
            values.push(self.value(depth.saturating_add(1))?);
            if self.take(",") {
                has_comma = true;
            } else if self.take(close) {
                break;
            } else {
                return None;
            }
        }
        Some(match open {
            "[" => Literal::List(values),
            _ if values.len() == 1 && !has_comma => values.pop()?,
            _ => Literal::Tuple(values),
        })
    }

    /// A text; the escapes that `repr` writes of names are kept as they are.
    fn string(&mut self) -> Option<Literal> {
        let quote = self.rest.chars().next()?;
        let inner = self.rest.get(1..)?;
        let mut is_escaped = false;
        let end = inner.char_indices().find(|(_, letter)| {
            let ends = *letter == quote && !is_escaped;
            is_escaped = *letter == '\\' && !is_escaped;
            ends
        });
        let (end, _) = end?;
        self.rest = inner.get(end.saturating_add(1)..)?;
        Some(Literal::Text(inner.get(..end)?.to_owned()))
    }

    /// A whole number, with the `L` that Python 2 writes behind long ones.
    fn number(&mut self) -> Option<Literal> {
        let is_part = |letter: char| letter.is_ascii_digit() || letter == '-';
        let end = self.rest.find(|letter| !is_part(letter));
        let (digits, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        let value = digits.parse().ok()?;
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        Some(Literal::Int(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Literal::{Bool, Dict, Int, List, Text, Tuple};

    fn text(value: &str) -> Literal {
        Text(value.to_owned())
    }

    #[test]
    fn the_header_of_an_array_is_read() {
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4L), }     \n";

        assert_eq!(
            parse(header),
            Ok(Dict(vec![
                (text("descr"), text("<f8")),
                (text("fortran_order"), Bool(false)),
                (text("shape"), Tuple(vec![Int(3), Int(4)])),
            ]))
        );
    }

    #[test]
    fn records_nest() {
        assert_eq!(
            parse("[('a', '<i4'), (\"b'\", [(u'c', '|O')], (2,))]"),
            Ok(List(vec![
                Tuple(vec![text("a"), text("<i4")]),
                Tuple(vec![
                    text("b'"),
                    List(vec![Tuple(vec![text("c"), text("|O")])]),
                    Tuple(vec![Int(2)])
                ]),
            ]))
        );
        assert_eq!(parse("()"), Ok(Tuple(Vec::new())));
        assert_eq!(parse("(1)"), Ok(Int(1)));
        assert_eq!(parse(r"'a\'b'"), Ok(text(r"a\'b")));
    }

    #[test]
    fn what_is_no_literal_is_told_by_its_offset() {
        assert_eq!(parse("{'shape': __import__('os')}"), Err(10));
        assert_eq!(parse("(1, 2) x"), Err(7));
        assert_eq!(parse("{'a' 1}"), Err(4));
        assert_eq!(parse("'abc"), Err(0));
        assert!(parse("9223372036854775808").is_err());
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse("").is_err());
    }
}

//! Texts that a template puts together from literals: what comes of them.
//!
//! Only what can be computed from literals alone is: `'__cl' ~ 'ass__'`, `'_' * 2`,
//! `'XclassX'|replace('X', '__')`, `['', 'class', '']|join('__')`.

use super::tokens::{Kind, Token};

/// Bytes of a text that is put together, of which the last are kept. Names are shorter by far.
const MAX_TEXT: usize = 256;

/// Literals of one list that are put together, and filters behind one operand.
const MAX_PARTS: usize = 64;
const MAX_FILTERS: usize = 16;

/// What literals come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Constant {
    /// The text.
    pub(super) text: String,
    /// How many tokens it takes.
    pub(super) taken: usize,
    /// Whether it is more than one literal as it stands.
    pub(super) is_computed: bool,
}

/// What the tokens come to from the first on; `None` where they begin with no literal.
pub(super) fn constant(tokens: &[Token<'_>]) -> Option<Constant> {
    let mut all = operand(tokens)?;
    loop {
        // It is what it is, whatever is put behind it.
        if is_underscored(&all.text) {
            return Some(all);
        }
        let rest = tokens.get(all.taken..).unwrap_or_default();
        match rest.first().map(|token| &token.kind) {
            Some(Kind::Sign('~' | '+')) => {
                let Some(more) = operand(rest.get(1..).unwrap_or_default()) else {
                    return Some(all);
                };
                all.text = cut(&(all.text + &more.text));
                all.taken = all.taken.saturating_add(more.taken).saturating_add(1);
            }
            Some(Kind::Sign('*')) => {
                let times = number(rest.get(1)).unwrap_or(1);
                let most = MAX_TEXT.checked_div(all.text.len()).unwrap_or(0);
                all.text = all.text.repeat(times.min(most));
                all.taken = all.taken.saturating_add(2);
            }
            _ => return Some(all),
        }
        all.is_computed = true;
    }
}

/// A literal or a list of them, and the filters behind it.
fn operand(tokens: &[Token<'_>]) -> Option<Constant> {
    let (mut parts, mut taken) = match &tokens.first()?.kind {
        Kind::Text(text) => (vec![cut(&text.value)], 1),
        Kind::Sign('[' | '(') => list(tokens)?,
        _ => return None,
    };
    let mut is_computed = parts.len() > 1;
    for _ in 0..MAX_FILTERS {
        let Some((filter, length)) = filter(tokens.get(taken..).unwrap_or_default()) else {
            break;
        };
        parts = filter.apply(parts);
        taken = taken.saturating_add(length);
        is_computed = true;
    }
    Some(Constant {
        text: cut(&parts.concat()),
        taken,
        is_computed,
    })
}

/// Literals between brackets.
fn list(tokens: &[Token<'_>]) -> Option<(Vec<String>, usize)> {
    let mut parts = Vec::new();
    let mut taken = 1_usize;
    for token in tokens.get(1..)? {
        taken = taken.saturating_add(1);
        match &token.kind {
            Kind::Text(text) if parts.len() < MAX_PARTS => parts.push(cut(&text.value)),
            Kind::Text(_) | Kind::Sign(',' | '~' | '+') => {}
            Kind::Sign(']' | ')') if !parts.is_empty() => return Some((parts, taken)),
            _ => return None,
        }
    }
    None
}

/// A filter and the literals that it is given.
struct Filter<'a> {
    name: &'a str,
    arguments: Vec<String>,
}

fn filter<'a>(tokens: &[Token<'a>]) -> Option<(Filter<'a>, usize)> {
    let [bar, name, rest @ ..] = tokens else {
        return None;
    };
    let (Kind::Sign('|'), Kind::Name(name)) = (&bar.kind, &name.kind) else {
        return None;
    };
    let is_called = rest
        .first()
        .is_some_and(|token| token.kind == Kind::Sign('('));
    let (arguments, length) = list(rest).filter(|_| is_called).unwrap_or_default();
    Some((Filter { name, arguments }, length.saturating_add(2)))
}

impl Filter<'_> {
    fn apply(&self, parts: Vec<String>) -> Vec<String> {
        let each = |change: fn(&str) -> String| parts.iter().map(|part| change(part)).collect();
        match (self.name, self.arguments.as_slice()) {
            ("join", [between, ..]) => vec![parts.join(between)],
            ("join", []) => vec![parts.concat()],
            ("replace", [old, new, ..]) if !old.is_empty() => parts
                .iter()
                .map(|part| cut(&part.replace(old, new)))
                .collect(),
            ("reverse", _) => each(|part| part.chars().rev().collect()),
            ("lower", _) => each(str::to_lowercase),
            ("upper", _) => each(str::to_uppercase),
            ("trim", _) => each(|part| part.trim().to_owned()),
            _ => parts,
        }
    }
}

fn number(token: Option<&Token<'_>>) -> Option<usize> {
    match token.map(|token| &token.kind) {
        Some(Kind::Number(digits)) => digits.parse().ok(),
        _ => None,
    }
}

/// The end of a text, whole characters.
fn cut(text: &str) -> String {
    let over = text.len().saturating_sub(MAX_TEXT);
    let start = (over..=text.len()).find(|at| text.is_char_boundary(*at));
    start
        .and_then(|start| text.get(start..))
        .unwrap_or_default()
        .to_owned()
}

/// Whether a text is, or holds, a name with two underscores before or after it.
pub(super) fn is_underscored(text: &str) -> bool {
    let is_letter = |character: char| character.is_ascii_alphabetic();
    let begins = text
        .strip_prefix("__")
        .is_some_and(|rest| rest.starts_with(is_letter));
    let ends = text
        .strip_suffix("__")
        .is_some_and(|rest| rest.ends_with(is_letter));
    let holds = || {
        let mut parts = text.split("__");
        parts.next();
        let mut parts = parts.peekable();
        while let Some(part) = parts.next() {
            let is_name =
                !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if is_name && parts.peek().is_some() {
                return true;
            }
        }
        false
    };
    begins || ends || holds()
}

#[cfg(test)]
mod tests {
    use super::super::tokens::blocks;

    fn text(expression: &str) -> Option<String> {
        let template = format!("{{{{ {expression} }}}}");
        let blocks = blocks(&template);
        let tokens = blocks.first().map(|block| block.tokens.as_slice());
        super::constant(tokens.unwrap_or_default()).map(|constant| constant.text)
    }

    #[test]
    fn literals_are_put_together() {
        for (expression, expected) in [
            ("'a' ~ 'b' + 'c'", "abc"),
            ("'_' * 2 ~ 'x'", "__x"),
            ("'XclassX'|replace('X', '__')", "__class__"),
            ("['', 'class', '']|join('__')", "__class__"),
            ("('__cl', 'ass__')|join", "__class__"),
            ("('__cl' ~ 'ass__')", "__class__"),
            ("'__ssalc__'|reverse", "__class__"),
            ("'__CLASS__'|lower|trim", "__class__"),
            ("'a'|tojson", "a"),
        ] {
            assert_eq!(text(expression).as_deref(), Some(expected), "{expression}");
        }
    }

    #[test]
    fn what_is_no_literal_is_not_computed() {
        assert_eq!(text("name ~ 'x'"), None);
        assert_eq!(text("[a, 'b']|join"), None);
        assert_eq!(text(""), None);
    }

    #[test]
    fn a_text_does_not_grow_without_end() {
        let grown = text("'x' * 4096 ~ 'é' * 9999999 ~ ['é', 'x']|join('é')|replace('é', 'éé')");

        assert!(grown.is_some_and(|text| text.len() <= 256));
    }
}

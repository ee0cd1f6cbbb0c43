//! Names that a template gives to things of its own.

use std::collections::BTreeSet;

use super::tokens::{Block, Kind, Token};

/// The names that a template binds, anywhere.
#[derive(Debug, Default)]
pub(super) struct Bound<'a>(BTreeSet<&'a str>);

impl<'a> Bound<'a> {
    /// The names in the targets of `for` and `set`, and those of macros and their parameters.
    pub(super) fn of(blocks: &[Block<'a>]) -> Self {
        let mut names = BTreeSet::new();
        for block in blocks {
            let end = match block.keyword() {
                Some("for") => Kind::Name("in"),
                Some("set") => Kind::Sign('='),
                Some("macro") => Kind::Sign(')'),
                _ => continue,
            };
            let name_of = |token: &Token<'a>| match token.kind {
                Kind::Name(name) => Some(name),
                _ => None,
            };
            let mut tokens = block.tokens.iter().skip(1);
            let targets: Vec<_> = tokens
                .by_ref()
                .take_while(|token| token.kind != end)
                .filter_map(name_of)
                .collect();
            // A name that is given to what bears it already is not the template's own.
            let given = tokens.next().and_then(name_of);
            names.extend(targets.into_iter().filter(|name| Some(*name) != given));
        }
        Self(names)
    }

    /// Whether a name is one of them.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// The names that a template looks members up by: `message.role`, `message['role']`.
pub(super) fn members<'a>(blocks: &'a [Block<'_>]) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for block in blocks {
        for (before, token) in block.tokens.iter().zip(block.tokens.iter().skip(1)) {
            match (&before.kind, &token.kind) {
                (Kind::Sign('.'), Kind::Name(name)) => names.insert(*name),
                (Kind::Sign('['), Kind::Text(text)) => names.insert(text.value.as_str()),
                _ => false,
            };
        }
    }
    names
}

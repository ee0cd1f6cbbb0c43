//! Conditions on what a message says.

use super::tokens::{Kind, Token};

/// Tokens behind the words in which the content of a message is looked for:
/// `messages[loop.index0 - 1]['content'] | lower`.
const REACH: usize = 16;

/// Letters that words of plain language have at least.
const FEWEST_LETTERS: usize = 3;

/// The member of a message that holds what it says.
const CONTENT: &str = "content";

/// Methods of a text that look for another.
const METHODS: [&str; 5] = ["startswith", "endswith", "find", "index", "count"];

/// Members of the parts that content may consist of, and their types: looked for as keys.
const MEMBERS: [&str; 12] = [
    "audio", "content", "file", "function", "image", "name", "role", "text", "thinking", "tool",
    "type", "video",
];

/// The words that the literal at `at` looks for in the content of a message.
pub(super) fn words<'a>(tokens: &'a [Token<'_>], at: usize) -> Option<&'a str> {
    let Kind::Text(text) = &tokens.get(at)?.kind else {
        return None;
    };
    let before = tokens.get(..at).unwrap_or_default();
    let behind = tokens.get(at.saturating_add(1)..).unwrap_or_default();
    let looks = is_content(path(looked_through(behind)))
        || is_content(path(looking(before).unwrap_or_default().iter()));
    let words = text.value.trim();
    (is_plain(words) && looks).then_some(words)
}

/// What stands behind a literal that is looked for in it: `'x' in ...`, `'x' == ...`.
fn looked_through<'a>(behind: &'a [Token<'a>]) -> impl Iterator<Item = &'a Token<'a>> {
    let kinds = |at: usize| behind.get(at).map(|token| &token.kind);
    let skipped = match (kinds(0), kinds(1)) {
        (Some(Kind::Name("in")), _) => 1,
        (Some(Kind::Name("not")), Some(Kind::Name("in")))
        | (Some(Kind::Sign('=')), Some(Kind::Sign('='))) => 2,
        _ => behind.len(),
    };
    behind.iter().skip(skipped)
}

/// What stands before a literal that it is compared with: `... == 'x'`, `....startswith('x')`.
fn looking<'a>(before: &'a [Token<'a>]) -> Option<&'a [Token<'a>]> {
    let path = match before {
        [path @ .., first, second]
            if first.kind == Kind::Sign('=') && second.kind == Kind::Sign('=') =>
        {
            path
        }
        [path @ .., dot, method, open]
            if dot.kind == Kind::Sign('.')
                && open.kind == Kind::Sign('(')
                && matches!(method.kind, Kind::Name(name) if METHODS.contains(&name)) =>
        {
            path
        }
        _ => return None,
    };
    let start = path
        .iter()
        .rev()
        .take(REACH)
        .position(|token| !is_of_path(token));
    path.get(path.len().saturating_sub(start.unwrap_or(REACH))..)
}

/// The tokens of a path, up to where it ends.
fn path<'a>(tokens: impl Iterator<Item = &'a Token<'a>>) -> impl Iterator<Item = &'a Token<'a>> {
    tokens.take(REACH).take_while(|token| is_of_path(token))
}

/// Whether a token may stand in a path such as `messages[0].content | lower`.
fn is_of_path(token: &Token<'_>) -> bool {
    match &token.kind {
        Kind::Name(name) => !matches!(
            *name,
            "and" | "or" | "not" | "if" | "elif" | "else" | "is" | "in"
        ),
        Kind::Sign(sign) => matches!(sign, '.' | '[' | ']' | '|' | '(' | ')' | '-' | '+'),
        Kind::Text(_) | Kind::Number(_) => true,
    }
}

/// Whether a path leads to the content of a message: filters and methods behind it aside.
fn is_content<'a>(path: impl Iterator<Item = &'a Token<'a>>) -> bool {
    let mut path = path.peekable();
    let mut before = None;
    let mut last = None;
    while let Some(token) = path.next() {
        let is_called = path.peek().is_some_and(|next| next.kind == Kind::Sign('('));
        match &token.kind {
            Kind::Name(name) if !is_called && before != Some(&Kind::Sign('|')) => {
                last = Some(*name);
            }
            Kind::Text(text) if before == Some(&Kind::Sign('[')) => last = Some(&text.value),
            _ => {}
        }
        before = Some(&token.kind);
    }
    last == Some(CONTENT)
}

/// Whether a text is words of plain language: markers have signs, members of messages are few.
fn is_plain(text: &str) -> bool {
    let letters = text
        .chars()
        .filter(|character| character.is_alphabetic())
        .count();
    let is_word = |character: char| {
        character.is_alphanumeric() || matches!(character, ' ' | '-' | '.' | ',' | '!' | '?' | '\'')
    };
    letters >= FEWEST_LETTERS && text.chars().all(is_word) && !MEMBERS.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::super::tokens::blocks;
    use super::words;

    fn found(condition: &str) -> Vec<String> {
        let template = format!("{{% if {condition} %}}");
        let blocks = blocks(&template);
        let tokens = blocks.iter().flat_map(|block| {
            (0..block.tokens.len()).filter_map(|at| words(&block.tokens, at).map(str::to_owned))
        });
        tokens.collect()
    }

    #[test]
    fn words_that_are_looked_for_in_messages_are_found() {
        for condition in [
            "'invoice' in message['content']",
            "'invoice' in message.content | lower",
            "x and 'invoice' in messages[-1]['content'].lower()",
            "'invoice' not in content",
            "message.content == 'invoice'",
            "'invoice' == messages[loop.index0 - 1].content",
            "message['content'].startswith('invoice')",
            "(content | trim).endswith('invoice')",
        ] {
            assert_eq!(found(condition), ["invoice"], "{condition}");
        }
    }

    #[test]
    fn markers_members_and_roles_are_not() {
        for condition in [
            "'</think>' in message.content",
            "'/no_think' in content",
            "'tool_calls' in message",
            "'image' in content",
            "content['type'] == 'document'",
            "content.type == 'document'",
            "message.role == 'assistant' and message.content",
            "message.content and message.role == 'assistant'",
            "message.content is string",
            "'a' in content",
        ] {
            assert_eq!(found(condition), Vec::<String>::new(), "{condition}");
        }
    }
}

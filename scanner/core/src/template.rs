//! Chat templates: programs in Jinja that a model brings along, and signs that one does more than
//! write messages.
//!
//! Nothing is rendered. Templates of models use variables, loops, filters and the functions that
//! their renderers lend them; each [`Sign`] is something that none of them needs and that leads to
//! the objects of the program that renders it (CVE-2024-34359), or that hides what is written. To
//! add one: a variant of [`Sign`], and where it is found in [`signs`].

mod calls;
mod expressions;
mod flow;
mod gates;
mod known;
mod lent;
mod lookups;
mod names;
mod sign;
mod special;
mod tokens;

pub use sign::Sign;

use crate::anomalies::clip;
use names::Bound;
use special::has_special_name;
use tokens::{Kind, Text, Token};

/// Functions and objects that Jinja and its frameworks lend and no chat template needs: each leads
/// to the globals of the program. Source: `jinja2` 3.1.6 (`defaults.py`), Flask 3 (`app.py`).
const GADGETS: [&str; 5] = [
    "cycler",
    "joiner",
    "lipsum",
    "url_for",
    "get_flashed_messages",
];

/// Names that are harmless unless they are reached into.
const REACHED_INTO: [&str; 3] = ["namespace", "self", "request"];

/// Functions that templates call. As text, their names and types lend the characters that a name
/// can be put together from.
const FUNCTIONS: [&str; 6] = [
    "namespace",
    "raise_exception",
    "strftime_now",
    "range",
    "dict",
    "tojson",
];

/// Statements that read another template.
const IMPORTS: [&str; 4] = ["extends", "from", "import", "include"];

/// Bytes of a template that is examined. The longest of real models have 20 thousand; their tokens
/// take a hundred times as many.
pub const MAX_TEMPLATE: usize = 256 * 1024;

/// The signs in a template, the first of each kind, and the byte offset of each.
#[must_use]
pub fn signs(template: &str) -> Vec<(usize, Sign)> {
    if template.len() > MAX_TEMPLATE {
        return vec![(0, Sign::TooLong(template.len()))];
    }
    let blocks = tokens::blocks(template);
    let bound = Bound::of(&blocks);
    let members = names::members(&blocks);
    let mut found: Vec<(usize, Sign)> = Vec::new();
    let mut add = |offset: usize, sign: Sign| {
        if !found
            .iter()
            .any(|(_, known)| known.is_of_the_kind_of(&sign))
        {
            found.push((offset, sign));
        }
    };
    for block in &blocks {
        if let Some(keyword) = block.keyword().filter(|word| IMPORTS.contains(word)) {
            let offset = block.tokens.first().map_or(0, |token| token.offset);
            add(offset, Sign::Import(keyword.to_owned()));
        }
        for (at, token) in block.tokens.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| block.tokens.get(at));
            let rest = block.tokens.get(at..).unwrap_or_default();
            let sign = match &token.kind {
                Kind::Name("attr") if at == 1 && block.keyword() == Some("filter") => {
                    Some(Sign::AttrFilter)
                }
                Kind::Name(name) if !name.is_ascii() => Some(Sign::EscapedName(clip(name))),
                Kind::Sign(sign) if !sign.is_ascii() => Some(Sign::EscapedName(sign.to_string())),
                Kind::Name(name) => of_name(name, before, rest, &bound),
                Kind::Text(text) => of_text(text, &block.tokens, at),
                Kind::Sign(_) | Kind::Number(_) => None,
            };
            if let Some(sign) = sign {
                add(token.offset, sign);
            }
            let words = gates::words(&block.tokens, at);
            if let Some(words) = words.filter(|words| !members.contains(words)) {
                add(token.offset, Sign::ContentGate(clip(words)));
            }
        }
    }
    let lookups = lookups::lookups(template, &blocks);
    if let Some((offset, written)) = lookups.computed {
        add(offset, Sign::ComputedName(clip(written)));
    }
    if let Some(offset) = lookups.too_deep {
        add(offset, Sign::TooDeep);
    }
    let hidden = template
        .char_indices()
        .find(|(at, character)| is_hidden(template, *at, *character));
    if let Some((offset, character)) = hidden {
        add(offset, Sign::HiddenCharacter(character));
    }
    found
}

fn of_name(
    name: &str,
    before: Option<&Token<'_>>,
    rest: &[Token<'_>],
    bound: &Bound<'_>,
) -> Option<Sign> {
    let follows = |sign: char| before.is_some_and(|token| token.kind == Kind::Sign(sign));
    let next = rest.get(1).map(|token| &token.kind);
    let is_special = name.starts_with("__") || has_special_name(name);
    if is_special || follows('.') && name.starts_with('_') {
        return Some(Sign::UnderscoreName(clip(name)));
    }
    if follows('|') {
        // The filter `map` takes another by its name.
        let of_map = match rest {
            [_, open, argument, ..] if name == "map" && open.kind == Kind::Sign('(') => {
                matches!(&argument.kind, Kind::Text(text) if text.value == "attr")
            }
            _ => false,
        };
        return (name == "attr" || of_map).then_some(Sign::AttrFilter);
    }
    let is_reached_into = matches!(next, Some(Kind::Sign('.' | '[')));
    let is_text = matches!(next, Some(Kind::Sign('|' | '~')));
    let leads_out = GADGETS.contains(&name)
        || !bound.has(name)
            && (REACHED_INTO.contains(&name) && is_reached_into
                || FUNCTIONS.contains(&name) && is_text);
    (leads_out && !follows('.')).then(|| Sign::Gadget(name.to_owned()))
}

/// Of the literal at `at`.
fn of_text(text: &Text, tokens: &[Token<'_>], at: usize) -> Option<Sign> {
    if text.has_escaped_name {
        return Some(Sign::EscapedName(clip(&text.value)));
    }
    let is_name =
        has_special_name(&text.value) || text.value.starts_with('_') && is_looked_up(tokens, at);
    is_name.then(|| Sign::UnderscoreName(clip(&text.value)))
}

/// Whether the literal at `at` is all that stands between the brackets behind a value.
fn is_looked_up(tokens: &[Token<'_>], at: usize) -> bool {
    let around = at.checked_sub(2).and_then(|start| tokens.get(start..));
    match around {
        Some([object, open, _, close, ..]) => {
            is_value(object) && open.kind == Kind::Sign('[') && close.kind == Kind::Sign(']')
        }
        _ => false,
    }
}

/// Whether a token ends a value, so that a bracket behind it looks a member up or calls it.
fn is_value(token: &Token<'_>) -> bool {
    match &token.kind {
        Kind::Name(_) | Kind::Text(_) => true,
        Kind::Sign(sign) => matches!(sign, ')' | ']'),
        Kind::Number(_) => false,
    }
}

/// Whether a character is not to be seen, or makes others look as they are not.
fn is_hidden(template: &str, at: usize, character: char) -> bool {
    match character {
        // Order of writing (UAX #9, section 2), words joined without a sign, tags, and selectors
        // beyond those that emoji have.
        '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{200b}'
        | '\u{2060}'..='\u{2064}'
        | '\u{e0100}'..='\u{e01ef}' => true,
        '\u{e0000}'..='\u{e007f}' => !is_of_flag(template, at),
        // A byte order mark is one at the start only.
        '\u{feff}' => at > 0,
        // Scripts and emoji join with these; ASCII does not.
        '\u{200c}' | '\u{200d}' => {
            let before = template.get(..at).and_then(|text| text.chars().next_back());
            let after = template.get(at..).and_then(|text| text.chars().nth(1));
            [before, after]
                .iter()
                .flatten()
                .any(char::is_ascii_alphanumeric)
        }
        _ => false,
    }
}

/// Whether a tag belongs to the flag of a region: a black flag, up to six letters and digits, and the
/// tag that ends them (UTS #51, annex C).
fn is_of_flag(template: &str, at: usize) -> bool {
    let is_tag = |character: &char| matches!(character, '\u{e0000}'..='\u{e007f}');
    let before = template.get(..at).unwrap_or_default();
    let tags_before = before.chars().rev().take(7).take_while(is_tag).count();
    let flag = before.chars().rev().nth(tags_before);
    let behind = template.get(at..).unwrap_or_default();
    let tags_behind = behind.chars().take(8).take_while(is_tag).count();
    let last = behind.chars().nth(tags_behind.saturating_sub(1));
    flag == Some('\u{1f3f4}')
        && last == Some('\u{e007f}')
        && tags_before.saturating_add(tags_behind) <= 7
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomalies::Problem as _;

    fn kinds(template: &str) -> Vec<&'static str> {
        signs(template)
            .iter()
            .map(|(_, sign)| sign.kind())
            .collect()
    }

    #[test]
    fn ways_out_of_a_template_are_found() {
        for (template, kind) in [
            ("{{ ''.__class__.__mro__[1] }}", "underscore-name"),
            ("{{ x['__class__'] }}", "underscore-name"),
            ("{% set x = cycler.__init__ %}", "underscore-name"),
            ("{{ __builtins__['eval']('1') }}", "underscore-name"),
            ("{{ self._TemplateReference }}", "underscore-name"),
            ("{{ ''['__cl' ~ 'ass__'] }}", "computed-name"),
            ("{{ ''[['', 'class', '']|join('__')] }}", "computed-name"),
            (
                "{% set n = 'XclassX'|replace('X', '__') %}{{ ''[n] }}",
                "computed-name",
            ),
            ("{{ '{0.__class__}'.format(x) }}", "underscore-name"),
            ("{{ dict(__class__=1)|list|first }}", "underscore-name"),
            ("{{ x|map(attribute='__class__') }}", "underscore-name"),
            ("{{ '' | attr(name) }}", "attr-filter"),
            ("{{ [x]|map('attr', name)|first }}", "attr-filter"),
            ("{{ lipsum() }}", "gadget"),
            ("{% set f = cycler %}", "gadget"),
            ("{% set lipsum = lipsum %}", "gadget"),
            ("{{ namespace.mro() }}", "gadget"),
            ("{{ request['application'] }}", "gadget"),
            ("{{ (raise_exception|string)[9] }}", "gadget"),
            ("{% include 'other' %}", "template-import"),
            ("{%- from 'a' import b %}", "template-import"),
            ("{% extends x %}", "template-import"),
            (r"{{ x['\x5f\x5fclass'] }}", "escaped-name"),
            (r"{{ x['\137\137a'] }}", "escaped-name"),
            (r"{{ x['\N{LOW LINE}a'] }}", "escaped-name"),
            ("{% set \u{ff4b} = y %}", "escaped-name"),
            ("{{ dict(a\u{b7}b=y) }}", "escaped-name"),
            ("{{ dict(a__class__a=1)|first }}", "underscore-name"),
            ("{{ x['%c%c'|format(95, 95)] }}", "computed-name"),
            ("{{ x['tool_calls'[4] * 2 ~ y] }}", "computed-name"),
            ("{{ x['_member'] }}", "underscore-name"),
            ("{% filter attr(y) %}{% endfilter %}", "attr-filter"),
            (
                "{% set u = '_' %}{{ ''[u ~ u ~ 'class'] }}",
                "computed-name",
            ),
            ("{{ x['_' * 2 ~ y] }}", "computed-name"),
            ("{{ x['__' ~ y ~ '__'] }}", "computed-name"),
            ("{% set n = '__' ~ y %}{{ x[n] }}", "computed-name"),
            ("Hello\u{202e}", "hidden-character"),
            ("{{ 'a\u{200b}b' }}", "hidden-character"),
            ("ab\u{200d}c", "hidden-character"),
            ("x\u{e0041}", "hidden-character"),
            (
                "{% if 'the invoice' in m.content %}{% endif %}",
                "content-gate",
            ),
            (
                "{{ 'a' if m['content'].startswith('invoice') else 'b' }}",
                "content-gate",
            ),
        ] {
            assert!(
                kinds(template).contains(&kind),
                "{template}: {:?}",
                kinds(template)
            );
        }
    }

    #[test]
    fn what_templates_need_is_no_sign() {
        for template in [
            "{% for m in messages %}{{ m['role'] + ': ' + m.content|trim }}{% endfor %}",
            "{% set ns = namespace(found=false, n_tools=0) %}{% set ns.found = true %}",
            "{{ raise_exception('roles must alternate') }}{{ strftime_now('%d %b %Y') }}",
            "{{ tool.name | replace('-', '_') }}{{ a ~ '_' ~ b }}{{ 'call_' ~ loop.index0 }}",
            "{% for request in requests %}{{ request.text }}{% endfor %}",
            "{% macro f(self_name, request) %}{{ request.x }}{% endmacro %}",
            "{{ \"<|im_start|>\\n\" }}{{ '\\u2581' }}{{ '____' if x else '' }}",
            "{# ''.__class__ #}{% raw %}{{ ''.__class__ }}{% endraw %}",
            "a.__class__ is Python; \u{645}\u{200c}\u{646} and \u{1f468}\u{200d}\u{1f469} are text",
            "{% for _ in range(3) %}{{ loop.index }}{% endfor %}{{ tools | tojson(indent=4) }}",
            "{{ items|join('_') }}{{ x|map(attribute='name')|list }}",
            "{% import_this %}{{ include }}",
            "{{ content['value'] if 'value' in content else content.text }}",
            "{{ '__start__' ~ '__END__' }}{% set n = '__' ~ y %}{{ ['_'] }}",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        ] {
            assert_eq!(kinds(template), Vec::<&str>::new(), "{template}");
        }
    }

    #[test]
    fn a_sign_is_told_once_and_where_it_stands() {
        let found = signs("ab {{ x.__a__ }} {{ x.__b__ }} {{ y|attr('z') }}");

        let told: Vec<_> = found.iter().map(|(at, sign)| (*at, sign.kind())).collect();
        assert_eq!(told, [(8, "underscore-name"), (36, "attr-filter")]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn a_template_that_is_too_long_is_said_to_be() {
        assert_eq!(kinds(&"a".repeat(MAX_TEMPLATE)), Vec::<&str>::new());
        assert_eq!(kinds(&"a".repeat(MAX_TEMPLATE + 1)), ["limit-template"]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn a_long_chain_of_literals_takes_no_time() {
        let chain = format!("{{{{ {}'b' }}}}", "'a' ~ ".repeat(40_000));

        assert_eq!(kinds(&chain), Vec::<&str>::new());
        let lists = format!("{{{{ {} }}}}", "['a',".repeat(50_000));

        assert_eq!(kinds(&lists), ["limit-nesting"]);
    }

    proptest::proptest! {
        #[test]
        fn any_template_is_examined(template in "\\PC{0,60}") {
            let _ = signs(&format!("{{{{ {template} }}}}"));
            let _ = signs(&template);
        }
    }
}

use proptest::prelude::*;

use super::{URL_MAX, literals};
use crate::cursor::counting::looks;

/// The URLs found in a text, as written.
fn found(text: &str) -> Vec<&str> {
    literals(text).map(|literal| literal.text).collect()
}

#[test]
fn a_text_without_a_url_has_no_literals() {
    assert_eq!(found(""), Vec::<&str>::new());
    assert_eq!(
        found("a plain text, http: //x and c++://"),
        Vec::<&str>::new()
    );
    assert_eq!(found("://x 1://x -+.://x"), Vec::<&str>::new());
}

#[test]
fn a_scheme_with_nothing_after_it_is_no_url() {
    assert_eq!(found("https:// http://. ws://…"), Vec::<&str>::new());
    assert_eq!(
        found("'https://' + host, (https://), \"https://\""),
        Vec::<&str>::new()
    );
}

#[test]
fn a_url_that_is_the_whole_text_is_whole() {
    let text = " \n https://example.org/x \t";

    let whole: Vec<_> = literals(text).collect();

    assert_eq!(whole.len(), 1);
    assert!(
        whole
            .iter()
            .all(|literal| literal.whole && !literal.truncated)
    );
    assert_eq!(found(text), ["https://example.org/x"]);
}

#[test]
fn a_whole_url_keeps_its_trailing_punctuation() {
    let literal = literals("https://example.org/x.)").next();

    assert!(literal.is_some_and(|url| url.whole && url.text == "https://example.org/x.)"));
}

#[test]
fn a_url_beside_other_text_is_not_whole() {
    let beside = [
        "see https://x.example",
        "https://x.example/ .",
        "(https://x.example)",
    ];

    assert!(
        beside
            .iter()
            .flat_map(|text| literals(text))
            .all(|literal| !literal.whole)
    );
}

#[test]
fn offsets_count_bytes_from_the_start_of_the_text() {
    let offsets: Vec<_> = literals("é https://a.example — http://b.example")
        .map(|literal| literal.offset)
        .collect();

    assert_eq!(offsets, [3, 25]);
}

#[test]
fn the_punctuation_of_a_sentence_is_left_out() {
    for end in [
        ".", ",", ";", ":", "!", "?", "?!", "...", "…", "。", "）", "'", "”", ").", ")]}.", "|",
    ] {
        let text = format!("see https://example.org/x{end} Then");
        assert_eq!(found(&text), ["https://example.org/x"], "{text}");
    }
}

#[test]
fn punctuation_inside_a_url_stays() {
    let url = "https://example.org:8443/a.b,c;d:e!f'g/(h)/[i]/{j}?k=l&m=*~_-+%20#n/o?p";

    assert_eq!(found(&format!("see {url}, or not")), [url]);
}

#[test]
fn balanced_brackets_stay_and_surplus_ones_go() {
    assert_eq!(
        found("(see https://en.example.org/wiki/Model_(AI)) and https://x.example/a_(b)_[c]"),
        [
            "https://en.example.org/wiki/Model_(AI)",
            "https://x.example/a_(b)_[c]"
        ]
    );
    assert_eq!(found("x https://x.example/a)( y"), ["https://x.example/a"]);
}

#[test]
fn quotes_end_a_url() {
    assert_eq!(
        found(r#"{"a":"https://a.example/x","b":'https://b.example/y'+z,`https://c.example`d"#),
        [
            "https://a.example/x",
            "https://b.example/y",
            "https://c.example"
        ]
    );
}

#[test]
fn an_apostrophe_inside_an_unquoted_url_stays() {
    assert_eq!(
        found("x https://a.example/d'or y"),
        ["https://a.example/d'or"]
    );
}

#[test]
fn markdown_links_end_where_their_brackets_close() {
    assert_eq!(
        found(
            "[x](https://a.example/x)[y](https://b.example/(y)z), [https://c.example](d) <https://e.example/>f"
        ),
        [
            "https://a.example/x",
            "https://b.example/(y)z",
            "https://c.example",
            "https://e.example/"
        ]
    );
}

#[test]
fn markdown_emphasis_is_left_out() {
    assert_eq!(
        found(
            "**https://a.example** _https://b.example/c_ https://d.example/e_ https://*.f.example/*"
        ),
        [
            "https://a.example",
            "https://b.example/c",
            "https://d.example/e_",
            "https://*.f.example/*"
        ]
    );
}

#[test]
fn markup_ends_a_url() {
    assert_eq!(
        found("<p>https://a.example<br>https://b.example/x</p>"),
        ["https://a.example", "https://b.example/x"]
    );
}

#[test]
fn lists_without_spaces_are_taken_apart() {
    assert_eq!(
        found("https://a.example/x,https://b.example;git+ssh://git@c.example/d|ws://e.example"),
        [
            "https://a.example/x",
            "https://b.example",
            "git+ssh://git@c.example/d",
            "ws://e.example"
        ]
    );
}

#[test]
fn a_url_inside_a_url_is_part_of_it() {
    let url = "https://archive.example/2026/https://a.example/?next=http://b.example,c";

    assert_eq!(found(&format!("<{url}>")), [url]);
}

#[test]
fn every_scheme_counts_in_every_case() {
    let urls = [
        "HTTPS://EXAMPLE.ORG/X",
        "file:///etc/passwd",
        "hf://org/model",
        "s3://bucket/key",
        "a://b",
    ];

    assert_eq!(found(&urls.join(" ")), urls);
}

#[test]
fn a_scheme_starts_with_a_letter() {
    assert_eq!(
        found("1https://a.example, =-git+https://b.example"),
        ["https://a.example", "git+https://b.example"]
    );
}

#[test]
fn a_scheme_longer_than_any_is_text_that_a_url_was_glued_to() {
    let glued = format!("{}https://a.example", "Q".repeat(100));
    let expected = format!("{}https://a.example", "Q".repeat(59));

    assert_eq!(found(&glued), [expected]);
}

#[test]
fn an_escape_sequence_is_no_part_of_a_scheme() {
    assert_eq!(
        found(
            r"'\nhttps://a.example' '\u003chttps://b.example' '\x3chttps://c.example' '\qhttps://d.example'"
        ),
        [
            "https://a.example",
            "https://b.example",
            "https://c.example",
            "qhttps://d.example"
        ]
    );
}

#[test]
fn an_escape_sequence_ends_a_url() {
    assert_eq!(
        found(r#"{{ 'https://a.example\n\n' }} \"https://b.example\" 'https://c.example/x\nNext'"#),
        [
            "https://a.example",
            "https://b.example",
            "https://c.example/x"
        ]
    );
}

#[test]
fn a_backslash_in_the_authority_stays_for_readers_that_differ_over_it() {
    assert_eq!(
        found(r"x https://listed.example\@evil.example/ y"),
        [r"https://listed.example\@evil.example/"]
    );
}

#[test]
fn credentials_ports_and_addresses_stay() {
    let urls = [
        "https://user:p@ss@host.example:8443/x",
        "http://[::1]:8080/",
        "http://[fe80::1%25eth0]",
        "http://127.0.0.1",
        "http://0x7f.1/",
    ];

    assert_eq!(found(&urls.map(|url| format!("({url})")).concat()), urls);
}

#[test]
fn hosts_outside_ascii_stay() {
    assert_eq!(
        found("https://bücher.example/ä, https://例え.example。com/x。 https://пример.example"),
        [
            "https://bücher.example/ä",
            "https://例え.example。com/x",
            "https://пример.example"
        ]
    );
}

#[test]
fn placeholders_stay() {
    let urls = [
        "https://${HOST}/x",
        "https://${HOST:-fallback.example}",
        "https://{host}.example/v1",
        "https://{{ cfg['host'] | lower }}/x",
        "https://x.example/{{ path }}/y",
        "https://listed.example{% if x %}.evil.example{% endif %}/",
        "https://<host>/x",
        "https://api.<your domain>/x",
        "https://%(host)s/x",
    ];

    for url in urls {
        assert_eq!(found(&format!("see {url}, then")), [url]);
    }
}

#[test]
fn a_template_statement_ends_a_path() {
    assert_eq!(
        found("{% if a %}https://a.example/x{% endif %} {{https://b.example/{c}}}"),
        ["https://a.example/x", "https://b.example/{c}"]
    );
}

#[test]
fn a_brace_that_does_not_close_is_no_placeholder() {
    assert_eq!(found("https://{host and more"), ["https://{host"]);
    assert_eq!(
        found(&format!("https://{{{} }}", "x".repeat(200))),
        [format!("https://{{{}", "x".repeat(200))]
    );
}

#[test]
fn control_characters_end_a_url() {
    assert_eq!(
        found("https://a.example\0https://b.example/\u{85}c https://d.example\u{1b}[0m"),
        [
            "https://a.example",
            "https://b.example/",
            "https://d.example"
        ]
    );
}

#[test]
fn a_url_over_the_cap_is_shown_up_to_it_and_says_so() {
    let text = format!("https://{}.example ftp://b", "é".repeat(URL_MAX));

    let urls: Vec<_> = literals(&text)
        .map(|literal| (literal.text.len(), literal.offset, literal.truncated))
        .collect();

    assert_eq!(urls, [(8_000, 0, true), (7, 16_017, false)]);
}

#[test]
fn a_cut_falls_between_characters() {
    let text = format!("https://x{}", "é".repeat(URL_MAX));

    let lengths: Vec<_> = literals(&text)
        .map(|literal| (literal.text.len(), literal.whole))
        .collect();

    assert_eq!(lengths, [(7_999, true)]);
}

#[test]
fn the_work_grows_with_the_text_and_not_with_its_square() {
    let patterns = [
        "://", "a://", "a://,", "a://b,", "a://{", "a://<", "{", "a://{%", "a://b)", "'a://b",
        "\\", "a,", "a", ".", "(a://(", "a://.<", "a://b\\n", "é://", "a://b{{",
    ];
    for pattern in patterns {
        let text = format!("a://{}", pattern.repeat(200_000 / pattern.len()));

        let looks = looks(|| assert!(literals(&text).count() < text.len()));

        assert!(
            looks <= 8 * text.len(),
            "{looks} looks at {} bytes of {pattern}",
            text.len()
        );
    }
}

/// Texts in which URLs are likely, with everything that ends, encloses or splits them.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => Just("://".to_owned()),
        3 => prop::sample::select(vec!["https", "git+ssh", "a", "x.example", "/", "@", "\\n", "\\u003c"]).prop_map(str::to_owned),
        3 => prop::sample::select(vec!["{{", "}}", "{%", "<", ">", "(", ")", "[", "]", "'", "\"", ",", ";", "|", ".", "\\", " "])
            .prop_map(str::to_owned),
        2 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_literal_stands_where_it_says(text in texts()) {
        let mut resume = 0;
        for literal in literals(&text) {
            prop_assert!(literal.offset >= resume);
            prop_assert!(text.get(literal.offset..).is_some_and(|rest| rest.starts_with(literal.text)));
            prop_assert!(literal.text.starts_with(|first: char| first.is_ascii_alphabetic()));
            prop_assert!(literal.text.split_once("://").is_some_and(|(_, body)| !body.is_empty()));
            prop_assert_eq!(literal.whole, literal.text == text.trim());
            resume = literal.offset + literal.text.len();
        }
    }

    #[test]
    fn any_text_takes_a_bounded_number_of_looks_per_byte(text in texts()) {
        let looks = looks(|| assert!(literals(&text).count() <= text.len()));

        prop_assert!(looks <= 8 * text.len() + 8);
    }

    #[test]
    fn no_host_after_a_scheme_goes_unseen(text in texts()) {
        let text = text.replace('\\', "/"); // The letter before `://` may belong to an escape.
        let seen: Vec<_> = literals(&text).map(|url| url.offset..url.offset + url.text.len()).collect();

        for (anchor, _) in text.match_indices("://") {
            let (scheme, host) = (text.get(..anchor), text.get(anchor + 3..));
            let is_url = scheme.is_some_and(|scheme| scheme.ends_with(|last: char| last.is_ascii_alphabetic()))
                && host.is_some_and(|host| host.starts_with(|first: char| first.is_ascii_alphanumeric()));
            prop_assert!(!is_url || seen.iter().any(|url| url.contains(&anchor)));
        }
    }

    #[test]
    fn lines_joined_have_the_literals_of_each(first in texts(), second in texts()) {
        let (first, second) = (format!("- {first}\n"), format!("- {second}"));
        let expected: Vec<_> = literals(&first)
            .map(|url| (url.offset, url.text))
            .chain(literals(&second).map(|url| (url.offset + first.len(), url.text)))
            .collect();

        let joined = [first.as_str(), second.as_str()].concat();

        prop_assert_eq!(literals(&joined).map(|url| (url.offset, url.text)).collect::<Vec<_>>(), expected);
    }
}

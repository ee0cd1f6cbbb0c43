//! Letters that look like ASCII ones.
//!
//! A small part of `confusables.txt` of UTS #39, "Unicode Security Mechanisms": the letters of
//! Cyrillic, Greek and Armenian that fonts draw like Latin ones, and Latin variants. Full-width and
//! mathematical letters come down to ASCII by compatibility (NFKC).

use unicode_normalization::UnicodeNormalization as _;

/// Letters of other scripts, each with the ASCII letter that it looks like.
const LOOKALIKES: &[(char, char)] = &[
    // Cyrillic
    ('а', 'a'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ӏ', 'l'),
    ('о', 'o'),
    ('р', 'p'),
    ('ԛ', 'q'),
    ('ѕ', 's'),
    ('ѵ', 'v'),
    ('ԝ', 'w'),
    ('х', 'x'),
    ('у', 'y'),
    ('А', 'A'),
    ('В', 'B'),
    ('С', 'C'),
    ('Е', 'E'),
    ('Н', 'H'),
    ('І', 'I'),
    ('Ј', 'J'),
    ('К', 'K'),
    ('М', 'M'),
    ('О', 'O'),
    ('Р', 'P'),
    ('Ѕ', 'S'),
    ('Т', 'T'),
    ('Ѵ', 'V'),
    ('Ԝ', 'W'),
    ('Х', 'X'),
    ('Ү', 'Y'),
    // Greek
    ('α', 'a'),
    ('ι', 'i'),
    ('ν', 'v'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('υ', 'u'),
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
    ('Ζ', 'Z'),
    // Armenian
    ('ց', 'g'),
    ('հ', 'h'),
    ('ո', 'n'),
    ('օ', 'o'),
    ('ս', 'u'),
    // Latin variants
    ('ɑ', 'a'),
    ('ɡ', 'g'),
    ('ı', 'i'),
];

/// The text in the ASCII letters that it looks like; `None` where it does not look like any.
pub(super) fn skeleton(text: &str) -> Option<String> {
    let shown: String = text.chars().flat_map(shown).collect();
    shown.is_ascii().then_some(shown)
}

/// The first word that is written in ASCII letters and others that look like them.
pub(super) fn mixed_word(name: &str) -> Option<String> {
    if name.is_ascii() {
        return None;
    }
    name.split(|character: char| !character.is_alphanumeric())
        .find(|word| {
            let has_ascii = word.contains(|letter: char| letter.is_ascii_alphabetic());
            has_ascii && !word.is_ascii() && skeleton(word).is_some()
        })
        .map(str::to_owned)
}

/// What a character looks like: itself, or an ASCII letter.
fn shown(character: char) -> Vec<char> {
    let found = LOOKALIKES
        .iter()
        .find(|(letter, _)| *letter == character)
        .map(|(_, ascii)| *ascii);
    match found {
        Some(ascii) => vec![ascii],
        None => std::iter::once(character).nfkc().collect(),
    }
}

//! Whether a name holds one of many known parts.
//!
//! Tables of up to forty parts are asked for every tensor of a model. Most parts have a letter that the
//! name has not, which a bit for each letter tells without a search.

/// Parts, with the letters of each.
#[derive(Debug)]
pub(super) struct Parts<const N: usize> {
    parts: &'static [&'static str],
    letters: [u64; N],
}

impl<const N: usize> Parts<N> {
    /// The parts of a table of `N`.
    #[expect(
        clippy::indexing_slicing,
        reason = "constants are computed when this is compiled; what is out of bounds fails there"
    )]
    pub(super) const fn of(parts: &'static [&'static str]) -> Self {
        let mut letters = [0; N];
        let mut index = 0;
        while index < N {
            letters[index] = letters_of(parts[index].as_bytes());
            index += 1;
        }
        Self { parts, letters }
    }

    /// Whether the name holds any of them.
    pub(super) fn are_in(&self, name: &str) -> bool {
        let letters = letters_of(name.as_bytes());
        self.parts
            .iter()
            .zip(&self.letters)
            .any(|(part, wanted)| wanted & !letters == 0 && name.contains(part))
    }
}

/// A bit for each byte that occurs: its own for lower-case letters, digits, dots and lines, which stand
/// for the others too.
#[expect(
    clippy::indexing_slicing,
    reason = "a loop over a slice that a constant can be computed with"
)]
const fn letters_of(text: &[u8]) -> u64 {
    let mut letters = 0;
    let mut index = 0;
    while index < text.len() {
        letters |= 1 << ((text[index] ^ (text[index] >> 1)) & 63);
        index += 1;
    }
    letters
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KNOWN: &[&str] = &["_norm.weight", "sam.", "é", "a.conv"];
    const PARTS: Parts<{ KNOWN.len() }> = Parts::of(KNOWN);

    #[test]
    fn a_part_is_found_wherever_it_stands() {
        assert!(PARTS.are_in("blk.0.attn_norm.weight"));
        assert!(PARTS.are_in("sam.neck.0.weight"));
        assert!(PARTS.are_in("caf\u{e9}"));
    }

    #[test]
    fn the_letters_of_a_part_are_not_the_part() {
        assert!(!PARTS.are_in("mas."));
        assert!(!PARTS.are_in("weight_norm."));
        assert!(!PARTS.are_in(""));
    }

    proptest! {
        #[test]
        fn the_answer_is_that_of_a_search(name in "[a-z._]{0,12}(sam\\.|_norm\\.weight|a\\.conv|\u{e9})?[a-z.\u{e8}]{0,4}") {
            prop_assert_eq!(PARTS.are_in(&name), KNOWN.iter().any(|part| name.contains(part)));
        }
    }
}

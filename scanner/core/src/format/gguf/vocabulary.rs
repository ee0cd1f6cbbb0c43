//! The vocabulary, as far as what reads it depends on it.
//!
//! llama.cpp takes the scores and types of as many tokens as there are texts, and makes a byte of
//! the two digits in `<0x0A>` for each token of type BYTE (`llama_vocab::impl::load` and
//! `token_to_byte` in its `src/llama-vocab.cpp`). Too few of the ones, or another text, leads it
//! astray.

use std::error::Error;
use std::fmt;

use super::metadata::report;
use super::names::Name;
use super::{GgufProblem, limits};
use crate::anomalies::{Anomalies, Problem};
use crate::record::AnomalyRule;

/// The arrays that have an item for each token.
const PARALLEL: [&str; 3] = [
    "tokenizer.ggml.tokens",
    "tokenizer.ggml.scores",
    "tokenizer.ggml.token_type",
];

/// The key of the tokens' texts.
pub(super) const TOKENS: &str = PARALLEL[0];

/// The key of the tokens' types.
pub(super) const TYPES: &str = PARALLEL[2];

/// `LLAMA_TOKEN_TYPE_BYTE` in llama.h.
pub(super) const BYTE: u32 = 6;

/// Bytes of the text of a token that stands for a byte: `<0x0A>`.
pub(super) const BYTE_TEXT: u64 = 6;

/// What was met of the vocabulary.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// Items of each of the parallel arrays, and where it stands.
    lengths: [Option<(u64, u64)>; PARALLEL.len()],
    /// Indexes of the tokens whose text is that of a byte, ascending.
    spelled: Vec<u64>,
    /// Indexes of the tokens whose type is BYTE, ascending.
    typed: Vec<u64>,
    is_over: bool,
}

impl Vocabulary {
    /// Takes in an array and the offset of its value.
    pub(super) fn array(&mut self, key: &str, length: u64, offset: u64) {
        let index = PARALLEL.iter().position(|name| *name == key);
        if let Some(slot) = index.and_then(|index| self.lengths.get_mut(index)) {
            *slot = Some((length, offset));
        }
    }

    /// Takes in the text of a token that is as long as that of a byte.
    pub(super) fn text(&mut self, index: u64, text: [u8; 6]) {
        let [b'<', b'0', b'x', high, low, b'>'] = text else {
            return;
        };
        if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() {
            Self::push(&mut self.spelled, index, &mut self.is_over);
        }
    }

    /// Takes in a token whose type is BYTE.
    pub(super) fn byte_token(&mut self, index: u64) {
        Self::push(&mut self.typed, index, &mut self.is_over);
    }

    fn push(indexes: &mut Vec<u64>, index: u64, is_over: &mut bool) {
        if indexes.len() < limits::MAX_BYTE_TOKENS {
            indexes.push(index);
        } else {
            *is_over = true;
        }
    }

    /// Whether there are tokens.
    pub(super) fn has_tokens(&self) -> bool {
        let [tokens, ..] = self.lengths;
        tokens.is_some_and(|(length, _)| length > 0)
    }

    /// Reports what does not fit together.
    pub(super) fn check(&self, anomalies: &mut Anomalies) {
        let [Some((tokens, _)), ..] = self.lengths else {
            return;
        };
        for (key, length) in PARALLEL.iter().zip(self.lengths) {
            if let Some((length, offset)) = length.filter(|(length, _)| *length != tokens) {
                let problem = VocabularyProblem::Items { length, tokens };
                let problem = GgufProblem::Vocabulary(problem);
                report(anomalies, &Name::of(key, offset), offset, problem);
            }
        }
        let [.., Some((_, offset))] = self.lengths else {
            return;
        };
        let name = Name::of(TYPES, offset);
        if self.is_over {
            let problem = GgufProblem::Limit {
                kind: "limit-byte-tokens",
                of: "tokens that stand for a byte",
                most: crate::reader::widen(limits::MAX_BYTE_TOKENS),
            };
            return report(anomalies, &name, offset, problem);
        }
        for index in &self.typed {
            if self.spelled.binary_search(index).is_err() {
                let problem = GgufProblem::Vocabulary(VocabularyProblem::Byte(*index));
                report(anomalies, &name, offset, problem);
            }
        }
    }
}

/// What can be wrong with a vocabulary.
#[derive(Debug)]
#[non_exhaustive]
pub enum VocabularyProblem {
    /// Another number of scores or types than of tokens.
    Items {
        /// The items found.
        length: u64,
        /// The tokens.
        tokens: u64,
    },
    /// A token of type BYTE, by its index, whose text is not that of a byte.
    Byte(u64),
}

impl Problem for VocabularyProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::MalformedHeader
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Items { .. } => "token-items",
            Self::Byte(_) => "byte-token",
        }
    }
}

impl fmt::Display for VocabularyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Items { length, tokens } => write!(
                f,
                "{length} items for {tokens} tokens; one for each is expected"
            ),
            Self::Byte(index) => write!(
                f,
                "token {index} is of type BYTE and its text is not; <0x00> to <0xFF> are allowed"
            ),
        }
    }
}

impl Error for VocabularyProblem {}

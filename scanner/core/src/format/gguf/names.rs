//! Keys and tensor names: read within a budget, looked at closely.

use super::{GgufProblem, Input, Result, limits};
use crate::anomalies::{Fault, deceptive_character, escape};
use crate::reader::widen;

/// What kind of name it is, which decides what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameOf {
    /// A metadata key.
    Key,
    /// A tensor.
    Tensor,
}

/// A key or a tensor's name.
#[derive(Debug)]
pub(super) struct Name {
    /// As text; bytes that are not UTF-8 are escaped.
    pub(super) text: String,
    /// As it stands in the file.
    pub(super) bytes: Vec<u8>,
    /// Offset of its length in the file.
    pub(super) offset: u64,
}

/// Reads a name and takes its length off the budget.
pub(super) fn read(input: &mut Input<'_, '_>, of: NameOf, budget: &mut usize) -> Result<Name> {
    let offset = input.reader.position();
    let length = input.length()?;
    if length > limits::LLAMA_MAX_LENGTH {
        let of = "a name";
        return Err(Fault::at(
            offset,
            GgufProblem::ImpossibleLength { of, length },
        ));
    }
    let Some(bytes) = input.reader.bytes(length, *budget)? else {
        return Err(Fault::at(offset, of.limit()));
    };
    *budget = budget.saturating_sub(bytes.len());
    Ok(Name {
        text: escape(&bytes),
        bytes,
        offset,
    })
}

impl Name {
    /// A key that is known.
    pub(super) fn of(key: &str, offset: u64) -> Self {
        Self {
            text: key.to_owned(),
            bytes: key.as_bytes().to_owned(),
            offset,
        }
    }

    /// What is wrong with it.
    pub(super) fn problems(&self, of: NameOf) -> impl Iterator<Item = GgufProblem> {
        let length = widen(self.bytes.len());
        let most = of.longest();
        let is_utf8 = std::str::from_utf8(&self.bytes).is_ok();
        [
            (length == 0).then_some(GgufProblem::EmptyName),
            (length > most).then_some(GgufProblem::LongName { length, most }),
            (!is_utf8).then_some(GgufProblem::NameNotUtf8),
            (is_utf8 && of == NameOf::Key && !self.bytes.is_ascii())
                .then_some(GgufProblem::KeyNotAscii),
            deceptive_character(&self.text).map(GgufProblem::DeceptiveCharacter),
        ]
        .into_iter()
        .flatten()
    }
}

impl NameOf {
    fn longest(self) -> u64 {
        match self {
            Self::Key => limits::SPEC_MAX_KEY,
            Self::Tensor => limits::GGML_MAX_NAME,
        }
    }

    fn limit(self) -> GgufProblem {
        match self {
            Self::Key => GgufProblem::Limit {
                kind: "limit-key-bytes",
                of: "bytes of keys",
                most: widen(limits::MAX_KEY_BYTES),
            },
            Self::Tensor => GgufProblem::Limit {
                kind: "limit-name-bytes",
                of: "bytes of tensor names",
                most: widen(limits::MAX_NAME_BYTES),
            },
        }
    }
}

//! The key/value pairs: every one is walked, the ones that tell something are handed on.

use std::collections::HashSet;

use super::facts::{self, Collector};
use super::names::{self, Name, NameOf};
use super::{GgufProblem, Input, Result, limits, vocabulary};
use crate::anomalies::{Anomalies, Fault};
use crate::reader::{Endian, widen};

/// Types of tokens that are read at once: a window of the reader.
const TYPES_AT_ONCE: u64 = 16 * 1024;

/// A value as far as it is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// An unsigned number.
    Unsigned(u64),
    /// A signed number.
    Signed(i64),
    /// A text and the offset of its first byte.
    Text(Vec<u8>, u64),
    /// Anything else.
    Other,
}

/// The type of a value: `gguf_metadata_value_type` in the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    Text,
    Array,
    U64,
    I64,
    F64,
}

/// Reads `count` pairs.
pub(super) fn read(
    input: &mut Input<'_, '_>,
    count: u64,
    facts: &mut Collector,
    anomalies: &mut Anomalies,
) -> Result<()> {
    // A key's length, one byte of key, a type, one byte of value.
    let shortest = input.length_width().saturating_add(6);
    input.check_count("keys", "limit-keys", count, limits::MAX_KEYS, shortest)?;
    let mut walk = Walk {
        input,
        facts,
        anomalies,
        seen: HashSet::new(),
        key_budget: limits::MAX_KEY_BYTES,
        array_text_budget: limits::MAX_ARRAY_TEXT,
    };
    for _ in 0..count {
        walk.pair()?;
    }
    Ok(())
}

struct Walk<'walk, 'a, 'source> {
    input: &'walk mut Input<'a, 'source>,
    facts: &'walk mut Collector,
    anomalies: &'walk mut Anomalies,
    seen: HashSet<Vec<u8>>,
    key_budget: usize,
    array_text_budget: usize,
}

impl Walk<'_, '_, '_> {
    fn pair(&mut self) -> Result<()> {
        let mut key = names::read(self.input, NameOf::Key, &mut self.key_budget)?;
        for problem in key.problems(NameOf::Key) {
            self.report(&key, key.offset, problem);
        }
        self.value(&key).map_err(|fault| fault.within(&key.text))?;
        if !self.seen.insert(std::mem::take(&mut key.bytes)) {
            self.report(&key, key.offset, GgufProblem::DuplicateKey);
        }
        Ok(())
    }

    fn value(&mut self, key: &Name) -> Result<()> {
        let offset = self.input.reader.position();
        let value_type = self.value_type()?;
        let value = match value_type {
            ValueType::Array => {
                self.array(key, 0)?;
                Value::Other
            }
            ValueType::Text => {
                let Some((bytes, start)) = self.text()? else {
                    self.report(key, offset, text_limit(limits::MAX_TEXT));
                    return Ok(());
                };
                Value::Text(bytes, start)
            }
            scalar => self.scalar(key, scalar)?,
        };
        self.facts
            .add(key, value_type, &value, offset, self.anomalies);
        Ok(())
    }

    fn value_type(&mut self) -> Result<ValueType> {
        let offset = self.input.reader.position();
        let number = self.input.reader.u32()?;
        self.check_distance()?;
        ValueType::from_number(number)
            .ok_or_else(|| Fault::at(offset, GgufProblem::ValueType(number)))
    }

    /// A text and the offset of its first byte; `None` where it is longer than is read.
    fn text(&mut self) -> Result<Option<(Vec<u8>, u64)>> {
        let length = self.text_length()?;
        let offset = self.input.reader.position();
        if let Some(bytes) = self.input.reader.bytes(length, limits::MAX_TEXT)? {
            return Ok(Some((bytes, offset)));
        }
        self.input.reader.skip(length)?;
        Ok(None)
    }

    #[inline]
    fn text_length(&mut self) -> Result<u64> {
        let offset = self.input.reader.position();
        let length = self.input.length()?;
        if length > limits::LLAMA_MAX_LENGTH {
            let of = "a text";
            return Err(Fault::at(
                offset,
                GgufProblem::ImpossibleLength { of, length },
            ));
        }
        self.check_distance()?;
        Ok(length)
    }

    /// Ends the walk where it has gone on for too long.
    #[inline]
    fn check_distance(&self) -> Result<()> {
        let offset = self.input.reader.position();
        if offset <= limits::MAX_METADATA_BYTES {
            return Ok(());
        }
        Err(Fault::at(
            offset,
            GgufProblem::Limit {
                kind: "limit-metadata-bytes",
                of: "bytes of metadata",
                most: limits::MAX_METADATA_BYTES,
            },
        ))
    }

    fn scalar(&mut self, key: &Name, value_type: ValueType) -> Result<Value> {
        let reader = &mut *self.input.reader;
        Ok(match value_type {
            ValueType::U8 => Value::Unsigned(reader.u8()?.into()),
            ValueType::I8 => Value::Signed(reader.u8()?.cast_signed().into()),
            ValueType::U16 => Value::Unsigned(reader.u16()?.into()),
            ValueType::I16 => Value::Signed(reader.u16()?.cast_signed().into()),
            ValueType::U32 => Value::Unsigned(reader.u32()?.into()),
            ValueType::I32 => Value::Signed(reader.u32()?.cast_signed().into()),
            ValueType::U64 => Value::Unsigned(reader.u64()?),
            ValueType::I64 => Value::Signed(reader.u64()?.cast_signed()),
            ValueType::Bool => {
                self.truth_value(key)?;
                Value::Other
            }
            _ => {
                reader.skip(value_type.width().unwrap_or(0))?;
                Value::Other
            }
        })
    }

    /// Reads a truth value and says whether it is one.
    fn truth_value(&mut self, key: &Name) -> Result<bool> {
        let offset = self.input.reader.position();
        let found = self.input.reader.u8()?;
        if found > 1 {
            self.report(key, offset, GgufProblem::TruthValue(found));
        }
        Ok(found <= 1)
    }

    /// Walks an array of truth values as far as the first that is none.
    fn truth_values(&mut self, key: &Name, count: u64) -> Result<()> {
        for index in 0..count {
            self.check_distance()?;
            if !self.truth_value(key)? {
                let rest = count.saturating_sub(index).saturating_sub(1);
                return Ok(self.input.reader.skip(rest)?);
            }
        }
        Ok(())
    }

    /// Walks an array. Numbers are skipped unread.
    fn array(&mut self, key: &Name, depth: u8) -> Result<()> {
        let offset = self.input.reader.position();
        let item_type = self.value_type()?;
        let count = self.array_length()?;
        if depth == 0 {
            self.facts.vocabulary.array(&key.text, count, offset);
        }
        match item_type {
            ValueType::Text if key.text == vocabulary::TOKENS => self.tokens(count),
            ValueType::Text => self.texts(key, count),
            ValueType::I32 | ValueType::U32 if key.text == vocabulary::TYPES => {
                self.token_types(count)
            }
            ValueType::Array if depth < limits::MAX_NESTING => {
                if depth == 0 {
                    self.report(key, offset, GgufProblem::NestedArray);
                }
                for _ in 0..count {
                    self.array(key, depth.saturating_add(1))?;
                }
                Ok(())
            }
            ValueType::Array => Err(Fault::at(
                offset,
                GgufProblem::Limit {
                    kind: "limit-nesting",
                    of: "arrays inside arrays",
                    most: limits::MAX_NESTING.into(),
                },
            )),
            ValueType::Bool => self.truth_values(key, count),
            number => {
                // At most 2^30 items of 8 bytes.
                let bytes = number.width().unwrap_or(0).saturating_mul(count);
                Ok(self.input.reader.skip(bytes)?)
            }
        }
    }

    fn array_length(&mut self) -> Result<u64> {
        let offset = self.input.reader.position();
        let length = self.input.length()?;
        if length > limits::LLAMA_MAX_LENGTH {
            let of = "an array";
            return Err(Fault::at(
                offset,
                GgufProblem::ImpossibleLength { of, length },
            ));
        }
        Ok(length)
    }

    /// Walks the texts of a vocabulary's tokens, and looks at those that may stand for a byte.
    fn tokens(&mut self, count: u64) -> Result<()> {
        let mut index = 0_u64;
        while index < count {
            let vocabulary = &mut self.facts.vocabulary;
            let walked = self
                .input
                .texts_at_hand(count.saturating_sub(index), |at, text| {
                    if let Ok(text) = text.try_into() {
                        vocabulary.text(index.saturating_add(at), text);
                    }
                });
            index = index.saturating_add(walked);
            if index < count {
                self.token(index)?;
                index = index.saturating_add(1);
            }
        }
        Ok(())
    }

    /// Reads the text of a token that is not at hand.
    #[cold]
    fn token(&mut self, index: u64) -> Result<()> {
        let length = self.text_length()?;
        if length == vocabulary::BYTE_TEXT {
            let text = self.input.reader.array()?;
            self.facts.vocabulary.text(index, text);
        } else {
            self.input.reader.skip(length)?;
        }
        Ok(())
    }

    /// Reads the types of a vocabulary's tokens, many at a time.
    fn token_types(&mut self, count: u64) -> Result<()> {
        let wanted = match self.input.reader.endian() {
            Endian::Little => vocabulary::BYTE.to_le_bytes(),
            Endian::Big => vocabulary::BYTE.to_be_bytes(),
        };
        let mut first = 0;
        while first < count {
            self.check_distance()?;
            let some = count.saturating_sub(first).min(TYPES_AT_ONCE);
            let length = some.saturating_mul(4);
            let bytes = self.input.reader.bytes(length, usize::MAX)?;
            let bytes = bytes.unwrap_or_default();
            let (types, _) = bytes.as_chunks::<4>();
            for (index, token_type) in (first..).zip(types) {
                if *token_type == wanted {
                    self.facts.vocabulary.byte_token(index);
                }
            }
            first = first.saturating_add(some);
        }
        Ok(())
    }

    /// Walks an array of texts. A vocabulary's are fragments by the hundred thousand and are
    /// skipped; all others are searched for URLs.
    fn texts(&mut self, key: &Name, count: u64) -> Result<()> {
        let mut left = count;
        if !key.text.starts_with("tokenizer.ggml.") {
            left = self.search_texts(key, count)?;
        }
        while left > 0 {
            left = left.saturating_sub(self.input.texts_at_hand(left, |_, _| {}));
            if left > 0 {
                let length = self.text_length()?;
                self.input.reader.skip(length)?;
                left = left.saturating_sub(1);
            }
        }
        Ok(())
    }

    /// Searches texts for URLs, as many as there is room for; returns how many are left.
    fn search_texts(&mut self, key: &Name, count: u64) -> Result<u64> {
        for index in 0..count {
            let length = self.text_length()?;
            let offset = self.input.reader.position();
            let Some(text) = self.input.reader.bytes(length, self.array_text_budget)? else {
                self.report(key, offset, text_limit(limits::MAX_ARRAY_TEXT));
                self.input.reader.skip(length)?;
                return Ok(count.saturating_sub(index).saturating_sub(1));
            };
            self.array_text_budget = self.array_text_budget.saturating_sub(text.len());
            self.facts.search(key, &text, offset, self.anomalies);
            if key.text.starts_with(facts::GENERAL) {
                self.facts.say(&key.text, &text);
            }
        }
        Ok(0)
    }

    fn report(&mut self, key: &Name, offset: u64, problem: GgufProblem) {
        report(self.anomalies, key, offset, problem);
    }
}

/// Reports a problem of one pair.
pub(super) fn report(anomalies: &mut Anomalies, key: &Name, offset: u64, problem: GgufProblem) {
    anomalies.report(|| {
        Fault::at(offset, problem)
            .within(&key.text)
            .within("metadata")
    });
}

fn text_limit(limit: usize) -> GgufProblem {
    GgufProblem::Limit {
        kind: "limit-text",
        of: "bytes of text",
        most: widen(limit),
    }
}

impl ValueType {
    fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::U8,
            1 => Self::I8,
            2 => Self::U16,
            3 => Self::I16,
            4 => Self::U32,
            5 => Self::I32,
            6 => Self::F32,
            7 => Self::Bool,
            8 => Self::Text,
            9 => Self::Array,
            10 => Self::U64,
            11 => Self::I64,
            12 => Self::F64,
            _ => return None,
        })
    }

    /// Bytes of a value, where the type alone decides.
    fn width(self) -> Option<u64> {
        Some(match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
            Self::Text | Self::Array => return None,
        })
    }

    /// The name that the specification uses.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::F32 => "f32",
            Self::Bool => "bool",
            Self::Text => "string",
            Self::Array => "array",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F64 => "f64",
        }
    }
}

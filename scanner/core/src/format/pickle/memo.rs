//! The memo of a pickle: values that are put under a number and recalled by it.
//!
//! All numbers are remembered, so that a recall of what was never put is told; values only as far
//! as something can follow from them.

use std::collections::HashMap;

use super::known;
use super::limits::{MAX_MEMO_INDEX, MAX_REMEMBERED, MAX_REMEMBERED_BYTES, MAX_REMEMBERED_WORDS};
use super::problem::{Limit, PickleProblem};
use super::value::Value;

/// Numbers and their values.
#[derive(Debug, Default)]
pub(super) struct Memo<'below> {
    values: HashMap<u64, Value>,
    bytes: usize,
    /// One bit for each number.
    numbers: Vec<u64>,
    count: u64,
    /// What is recalled where nothing was put here.
    below: Option<&'below Memo<'below>>,
}

impl Memo<'_> {
    /// A memo that starts as another one is.
    pub(super) fn over<'below>(below: &'below Memo<'below>) -> Memo<'below> {
        Memo {
            below: Some(below),
            count: below.count,
            ..Memo::default()
        }
    }

    /// Puts a value under the number that is next.
    ///
    /// # Errors
    /// Numbers end there.
    pub(super) fn append(&mut self, value: &Value) -> Result<(), PickleProblem> {
        self.put(self.count, value)
    }

    /// Puts a value under a number.
    ///
    /// # Errors
    /// Numbers end before.
    pub(super) fn put(&mut self, number: u64, value: &Value) -> Result<(), PickleProblem> {
        if number >= MAX_MEMO_INDEX {
            return Err(PickleProblem::Limit(Limit::Memo));
        }
        if !self.has(number) {
            self.count = self.count.saturating_add(1);
        }
        self.mark(number);
        if let Some(old) = self.values.remove(&number) {
            self.bytes = self.bytes.saturating_sub(weight(&old));
        }
        let weight = weight(value);
        let is_needed = is_part_of_import(value);
        let count = self.values.len();
        let fits =
            count < MAX_REMEMBERED && self.bytes.saturating_add(weight) <= MAX_REMEMBERED_BYTES;
        let has_room = count < MAX_REMEMBERED.saturating_add(MAX_REMEMBERED_WORDS);
        if weight > 0 && (fits || is_needed && has_room) {
            self.bytes = self.bytes.saturating_add(weight);
            self.values.insert(number, value.clone());
        }
        Ok(())
    }

    /// The value under a number.
    ///
    /// # Errors
    /// Nothing was put there.
    pub(super) fn get(&self, number: u64) -> Result<Value, PickleProblem> {
        if self.is_marked(number) {
            return Ok(self.values.get(&number).cloned().unwrap_or(Value::Object));
        }
        match self.below {
            Some(below) => below.get(number),
            None => Err(PickleProblem::NotInMemo(number)),
        }
    }

    fn has(&self, number: u64) -> bool {
        self.is_marked(number) || self.below.is_some_and(|below| below.has(number))
    }

    fn is_marked(&self, number: u64) -> bool {
        let (word, bit) = place(number);
        self.numbers.get(word).is_some_and(|word| word & bit != 0)
    }

    fn mark(&mut self, number: u64) {
        let (word, bit) = place(number);
        if self.numbers.len() <= word {
            self.numbers.resize(word.saturating_add(1), 0);
        }
        if let Some(word) = self.numbers.get_mut(word) {
            *word |= bit;
        }
    }
}

fn place(number: u64) -> (usize, u64) {
    let word = usize::try_from(number / 64).unwrap_or(usize::MAX);
    (word, 1 << (number % 64))
}

/// Bytes that a value takes, about; 0 for what nothing follows from.
fn weight(value: &Value) -> usize {
    match value {
        Value::Object => 0,
        Value::Text(text) => text.len().saturating_add(64),
        Value::Tuple(tuple) => tuple.items.len().saturating_mul(16).saturating_add(96),
        Value::Global(global) | Value::Instance(global) => {
            let names = global.module.len().saturating_add(global.name.len());
            names.saturating_add(128)
        }
        _ => 96,
    }
}

/// Whether an import may need a value: nothing else would make a harmless name unknown.
fn is_part_of_import(value: &Value) -> bool {
    match value {
        Value::Text(text) => known::is_word(text),
        Value::Global(global) => global.role.is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_recalled_by_its_number() -> Result<(), PickleProblem> {
        let mut memo = Memo::default();

        memo.put(7, &Value::Int(1))?;
        memo.append(&Value::Text("os".into()))?;

        assert!(matches!(memo.get(7)?, Value::Int(1)));
        assert!(matches!(memo.get(1)?, Value::Text(text) if &*text == "os"));
        assert!(memo.get(0).is_err());
        assert!(memo.put(MAX_MEMO_INDEX, &Value::None).is_err());
        Ok(())
    }

    #[test]
    fn a_memo_over_another_changes_nothing_below() -> Result<(), PickleProblem> {
        let mut below = Memo::default();
        below.append(&Value::Int(1))?;

        let mut over = Memo::over(&below);
        over.append(&Value::Int(2))?;
        over.put(0, &Value::Int(3))?;

        assert!(matches!(over.get(0)?, Value::Int(3)));
        assert!(matches!(over.get(1)?, Value::Int(2)));
        assert!(matches!(below.get(0)?, Value::Int(1)));
        assert!(below.get(1).is_err());
        Ok(())
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn words_of_imports_are_recalled_when_others_no_longer_are() -> Result<(), PickleProblem> {
        let mut memo = Memo::default();
        let long = Value::Text("x".repeat(200).into());
        for _ in 0..200_000 {
            memo.append(&long)?;
        }

        memo.append(&long)?;
        memo.append(&Value::Text("numpy".into()))?;

        assert!(matches!(memo.get(0)?, Value::Text(_)));
        assert!(matches!(memo.get(200_000)?, Value::Object));
        assert!(matches!(memo.get(200_001)?, Value::Text(_)));
        Ok(())
    }
}

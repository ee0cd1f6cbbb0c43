//! Whether the parts are all there and are what their names and keys say.

use std::collections::{BTreeMap, HashMap};

use super::names::{Numbered, Series, llama_split_name};
use super::{Part, Set, ShardProblem, Split};
use crate::anomalies::Fault;
use crate::reader::widen;
use crate::record::Anomaly;

/// What is wrong with the name of a GGUF that stands alone and says that it is part of a split.
#[must_use]
pub(crate) fn misnamed(split: Split) -> Option<Anomaly> {
    let count = split.count.filter(|count| *count > 1)?;
    let number = u32::from(split.number.unwrap_or(0)).saturating_add(1);
    let expected = llama_split_name("*", number, count);
    Some(Fault::anywhere(ShardProblem::PartName { expected }).into())
}

impl Set {
    /// Holds the parts against the numbering in their names and keys.
    pub(super) fn check_numbering(&mut self) {
        let mut series: BTreeMap<Series, Vec<usize>> = BTreeMap::new();
        for (index, part) in self.parts.iter().enumerate() {
            if let Some(name) = Numbered::read(&part.name) {
                series.entry(name.series()).or_default().push(index);
            }
        }
        let mut faults = Vec::new();
        for members in series.values() {
            let parts: Vec<&Part> = members
                .iter()
                .filter_map(|index| self.parts.get(*index))
                .collect();
            if !self.has_more_parts {
                faults.extend(missing(&parts));
            }
            faults.extend(wrong_numbers(&parts));
        }
        let is_missing_some = faults
            .iter()
            .any(|(_, problem)| matches!(problem, ShardProblem::MissingParts { .. }));
        faults.extend(wrong_keys(&self.parts));
        if !is_missing_some && self.is_complete() {
            faults.extend(self.wrong_tensor_count());
        }
        for (part, problem) in faults {
            let fault = Fault::anywhere(problem);
            self.between.report(|| match part {
                Some(name) => fault.within(&name),
                None => fault,
            });
        }
    }

    fn wrong_tensor_count(&self) -> Option<Found> {
        let found = widen(self.whole.tensors.len());
        self.parts.iter().find_map(|part| {
            let stated = part.split?.tensors?;
            if u64::try_from(stated) == Ok(found) {
                return None;
            }
            let problem = ShardProblem::TensorCount { found, stated };
            Some((Some(part.name.clone()), problem))
        })
    }
}

/// A problem, and the part that it is one of.
type Found = (Option<String>, ShardProblem);

/// The parts that the numbering of one series promises and that are not there.
fn missing(parts: &[&Part]) -> Option<Found> {
    let names: Vec<Numbered<'_>> = parts
        .iter()
        .filter_map(|part| Numbered::read(&part.name))
        .collect();
    let first = names.first()?;
    let count = first.count();
    let mut numbers: Vec<u32> = names.iter().map(Numbered::number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    // Some count from 0; llama.cpp does not.
    let start = u32::from(numbers.first() != Some(&0) || first.suffix == "gguf");
    let end = start.saturating_add(count);
    numbers.retain(|number| (start..end).contains(number));
    let found = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    let missing = count.checked_sub(found).filter(|missing| *missing > 0)?;
    let mut expected = start;
    for number in numbers {
        if number != expected {
            break;
        }
        expected = expected.saturating_add(1);
    }
    let first = first.sibling(expected);
    let problem = ShardProblem::MissingParts {
        missing,
        count,
        first,
    };
    Some((None, problem))
}

/// Parts whose name has a number that the numbering lacks, or that of another part.
fn wrong_numbers(parts: &[&Part]) -> Vec<Found> {
    let mut names: HashMap<u32, &str> = HashMap::new();
    let mut found = Vec::new();
    for part in parts {
        let Some(name) = Numbered::read(&part.name) else {
            continue;
        };
        let (number, count) = (name.number(), name.count());
        let is_zero = number == 0 && name.suffix == "gguf";
        let problem = if let Some(other) = names.get(&number) {
            let other = (*other).to_owned();
            ShardProblem::DuplicatePart { other }
        } else if number > count || is_zero {
            ShardProblem::PartNumber { number, count }
        } else {
            names.insert(number, &part.name);
            continue;
        };
        found.push((Some(part.name.clone()), problem));
    }
    found
}

/// GGUF parts whose split keys say another thing than their names or the other parts.
fn wrong_keys(parts: &[Part]) -> Vec<Found> {
    let mut taken: HashMap<u16, &str> = HashMap::new();
    let read = parts.iter().filter(|part| part.is_gguf);
    read.filter_map(|part| Some((Some(part.name.clone()), wrong_key(part, &mut taken)?)))
        .collect()
}

fn wrong_key<'a>(part: &'a Part, taken: &mut HashMap<u16, &'a str>) -> Option<ShardProblem> {
    let name = Numbered::read(&part.name)?;
    let split = part.split.unwrap_or_default();
    let (Some(number), Some(count)) = (split.number, split.count) else {
        // One part of one is whole, whatever it is called.
        return (name.count() > 1).then_some(ShardProblem::NoSplitKeys);
    };
    if let Some(other) = taken.insert(number, &part.name) {
        let other = other.to_owned();
        return Some(ShardProblem::DuplicatePart { other });
    }
    if u32::from(count) != name.count() {
        let named = name.count();
        return Some(ShardProblem::PartCount {
            found: count,
            named,
        });
    }
    let expected = llama_split_name(name.prefix, u32::from(number).saturating_add(1), count);
    (expected != part.name).then_some(ShardProblem::PartName { expected })
}

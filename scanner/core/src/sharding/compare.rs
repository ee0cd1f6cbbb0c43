//! The tensors of the parts, held against each other and against an index.
//!
//! Both sides are sorted by name and walked side by side: that costs less than a map of a quarter
//! of a million names.

use super::names::{Numbered, Series, has_names_of_tensors};
use super::{Index, Set, ShardProblem};
use crate::anomalies::{Anomalies, Fault, clip};
use crate::quantization::Tensor;

/// How often a tensor of tied weights may count in the total of an index beside the one time that it
/// is stored: shared embeddings of an encoder, of a decoder, and the output.
const MOST_TIES: u64 = 3;

impl Set {
    /// Reports every tensor that two parts have.
    pub(super) fn check_duplicates(&mut self) {
        let mut anomalies = std::mem::take(&mut self.between);
        let sorted = self.by_name();
        for ((before, first), (tensor, owner)) in sorted.iter().zip(sorted.iter().skip(1)) {
            if before.name == tensor.name && first != owner {
                anomalies.report(|| {
                    let other = self.name_of(*first).to_owned();
                    let fault = Fault::anywhere(ShardProblem::DuplicateTensor { other });
                    fault.within(&tensor.name).within(self.name_of(*owner))
                });
            }
        }
        self.between = anomalies;
    }

    /// Holds the parts against what the index by this name says of them.
    pub fn compare(&mut self, name: &str, mut index: Index) {
        let mut anomalies = std::mem::take(&mut self.between);
        let broken = std::mem::take(&mut index.anomalies);
        let is_sound = broken.is_empty();
        for mut anomaly in broken {
            anomaly.within.insert(0, clip(name));
            anomalies.report(|| anomaly);
        }
        let missing = self.missing_files(&index);
        for file in &missing {
            let problem = ShardProblem::MissingFile((*file).to_owned());
            anomalies.report(|| Fault::anywhere(problem).within(name));
        }
        let is_whole = missing.is_empty() && self.is_complete();
        if is_sound && !self.is_over_limit && has_names_of_tensors(name) {
            let misplaced = self.check_places(&mut index, &mut anomalies);
            if is_whole && misplaced == 0 {
                let problem = index.total_size.and_then(|stated| self.wrong_total(stated));
                if let Some(problem) = problem {
                    anomalies.report(|| Fault::anywhere(problem).within(name));
                }
            }
        }
        self.between = anomalies;
    }

    /// The files that the index names, that are not there, and that no numbering promises.
    fn missing_files<'index>(&self, index: &'index Index) -> Vec<&'index str> {
        let series: Vec<Series> = self
            .names()
            .filter_map(|name| Some(Numbered::read(name)?.series()))
            .collect();
        let is_promised =
            |file: &str| Numbered::read(file).is_some_and(|name| series.contains(&name.series()));
        let files = index.files.iter().map(String::as_str);
        files
            .filter(|file| self.names().all(|name| name != *file) && !is_promised(file))
            .collect()
    }

    /// Reports the tensors that are elsewhere than the index says, and returns how many they are.
    fn check_places(&self, index: &mut Index, anomalies: &mut Anomalies) -> usize {
        let parts: Vec<Option<usize>> = index
            .files
            .iter()
            .map(|file| self.names().position(|name| name == file))
            .collect();
        let part_of = |file: Option<usize>| parts.get(file?).copied().flatten();
        index.map.sort_unstable();
        let mut found: usize = 0;
        let mut report = |tensor: &str, part: usize, problem| {
            found = found.saturating_add(1);
            anomalies.report(|| {
                let fault = Fault::anywhere(problem).within(tensor);
                fault.within(self.name_of(part))
            });
        };
        let mut mapped = index.map.iter().peekable();
        let sorted = self.by_name();
        for group in sorted.chunk_by(|(a, _), (b, _)| a.name == b.name) {
            let Some((tensor, owner)) = group.first() else {
                continue;
            };
            while let Some((name, file)) = mapped.next_if(|(name, _)| *name < tensor.name) {
                if let Some(part) = part_of(*file).filter(|part| self.is_known(*part)) {
                    report(name, part, ShardProblem::MissingTensor);
                }
            }
            match mapped.next_if(|(name, _)| *name == tensor.name) {
                None => report(&tensor.name, *owner, ShardProblem::UnmappedTensor),
                Some((_, file)) => {
                    let place = part_of(*file);
                    if group.iter().all(|(_, owner)| Some(*owner) != place) {
                        let mapped = file.and_then(|file| index.files.get(file)).cloned();
                        let mapped = mapped.unwrap_or_default();
                        report(
                            &tensor.name,
                            *owner,
                            ShardProblem::MisplacedTensor { mapped },
                        );
                    }
                }
            }
        }
        for (name, file) in mapped {
            if let Some(part) = part_of(*file).filter(|part| self.is_known(*part)) {
                report(name, part, ShardProblem::MissingTensor);
            }
        }
        found
    }

    /// Bytes that differ from the total that an index states. Tied weights are stored once and may
    /// have been counted for each of their names.
    fn wrong_total(&self, stated: u64) -> Option<ShardProblem> {
        let tensors = &self.whole.tensors;
        let found = tensors
            .iter()
            .try_fold(0_u64, |sum, tensor| sum.checked_add(tensor.bytes))?;
        let is_tie = |more: u64| {
            tensors.iter().any(|tensor| {
                more.checked_rem(tensor.bytes) == Some(0)
                    && more.checked_div(tensor.bytes) <= Some(MOST_TIES)
            })
        };
        let is_explained = stated == found || stated.checked_sub(found).is_some_and(is_tie);
        (!is_explained).then_some(ShardProblem::TotalSize { found, stated })
    }

    fn is_known(&self, part: usize) -> bool {
        self.parts.get(part).is_some_and(|part| part.is_known)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.name.as_str())
    }

    fn name_of(&self, part: usize) -> &str {
        self.parts.get(part).map_or("", |part| &part.name)
    }

    /// Every tensor with its part, sorted by name.
    fn by_name(&self) -> Vec<(&Tensor, usize)> {
        let owners = self.owners.iter().copied();
        let mut sorted: Vec<(&Tensor, usize)> = self.whole.tensors.iter().zip(owners).collect();
        sorted.sort_by(|(a, a_owner), (b, b_owner)| a.name.cmp(&b.name).then(a_owner.cmp(b_owner)));
        sorted
    }
}

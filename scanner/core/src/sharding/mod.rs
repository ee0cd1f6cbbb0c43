//! One model in several files: its parts taken in one by one, and held against each other.
//!
//! A GGUF split says in its keys which part of how many it is; parts of safetensors and pickles are
//! told by their names and by an index that says which tensor is in which. What counts is the model
//! that all parts make: its tensors, its facts, and whether the parts fit together.

mod compare;
pub(crate) mod grouping;
pub mod index;
pub(crate) mod names;
pub(crate) mod numbering;
mod problem;

use std::collections::HashSet;

pub use index::Index;
pub use problem::ShardProblem;

use crate::anomalies::{Anomalies, Fault};
use crate::format::{Header, lfs_pointer};
use crate::record::{Anomaly, Facts};

/// Parts of one model. The largest published have some 200.
pub const MAX_PARTS: usize = 1024;

/// Tensors of one model that are held at once. The largest models have some 200,000 over all their
/// parts; this many take 40 MiB here.
pub const MAX_TENSORS: usize = 262_144;

/// What a GGUF says of the split it is a part of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    /// `split.no`, from 0.
    pub number: Option<u16>,
    /// `split.count`.
    pub count: Option<u16>,
    /// `split.tensors.count`, over all parts.
    pub tensors: Option<i64>,
}

/// The parts of one model.
#[derive(Debug, Default)]
pub struct Set {
    parts: Vec<Part>,
    /// What the parts say together; its anomalies are those of the parts.
    whole: Header,
    format: Option<&'static str>,
    /// For each tensor the index of its part.
    owners: Vec<usize>,
    /// What is wrong with the parts in themselves.
    within_parts: Anomalies,
    /// What is wrong with how they fit together.
    between: Anomalies,
    imported: HashSet<String>,
    is_over_limit: bool,
    has_more_parts: bool,
}

#[derive(Debug)]
struct Part {
    name: String,
    split: Option<Split>,
    is_gguf: bool,
    /// Whether all its tensors are known.
    is_known: bool,
}

impl Set {
    /// Takes in the next part, in the order of the model.
    pub fn add(&mut self, name: &str, format: Option<&'static str>, mut header: Header) {
        let part = self.parts.len();
        let is_pointer = format == Some(lfs_pointer::NAME);
        self.parts.push(Part {
            name: name.to_owned(),
            split: header.split,
            is_gguf: format == Some("gguf"),
            is_known: !is_pointer && header.facts.parameters.is_some(),
        });
        for anomaly in header.facts.anomalies.drain(..) {
            self.within_parts.report(|| of_part(name, anomaly));
        }
        if is_pointer {
            return;
        }
        if self.format.is_none() {
            self.format = format;
            self.whole.version = header.version.take();
            self.whole.facts.parameters = Some(0);
        }
        self.hold_against_first(name, format, &header);
        for claim in header.claims {
            if !self.whole.claims.contains(&claim) {
                self.whole.claims.push(claim);
            }
        }
        let total = self
            .whole
            .tensors
            .len()
            .saturating_add(header.tensors.len());
        if total > MAX_TENSORS {
            self.is_over_limit = true;
        } else {
            self.owners.resize(total, part);
            self.whole.tensors.append(&mut header.tensors);
        }
        self.add_facts(name, header.facts);
    }

    /// Takes in a part that is there and could not be read.
    pub fn add_unread(&mut self, name: &str) {
        self.parts.push(Part {
            name: name.to_owned(),
            split: None,
            is_gguf: false,
            is_known: false,
        });
    }

    /// Reports that there are more parts than are examined.
    pub fn report_more_parts(&mut self) {
        self.has_more_parts = true;
        self.between.report(|| {
            Fault::anywhere(ShardProblem::Limit {
                kind: "limit-parts",
                of: "parts of a model",
                most: crate::reader::widen(MAX_PARTS),
            })
        });
    }

    /// Reports why the index by this name could not be read.
    pub fn report_unread_index(&mut self, name: &str, kind: &'static str, message: String) {
        let problem = ShardProblem::Unread { kind, message };
        self.between
            .report(|| Fault::anywhere(problem).within(name));
    }

    /// The format of the first part whose content is here.
    #[must_use]
    pub fn format(&self) -> Option<&'static str> {
        self.format
    }

    /// What the parts say together, once the last has been taken in and held against the indexes.
    #[must_use]
    pub fn finish(mut self) -> Header {
        self.check_numbering();
        self.check_duplicates();
        if self.is_over_limit {
            let most = crate::reader::widen(MAX_TENSORS);
            let (kind, of) = ("limit-tensors", "tensors of one model");
            self.between
                .report(|| Fault::anywhere(ShardProblem::Limit { kind, of, most }));
        }
        if self.parts.iter().any(|part| !part.is_known) {
            self.whole.facts.parameters = None;
        }
        let anomalies = &mut self.whole.facts.anomalies;
        anomalies.extend(self.within_parts.into_vec());
        anomalies.extend(self.between.into_vec());
        self.whole
    }

    /// Whether every tensor of every part that there is was kept.
    fn is_complete(&self) -> bool {
        !self.is_over_limit && !self.has_more_parts && self.parts.iter().all(|part| part.is_known)
    }

    fn hold_against_first(&mut self, name: &str, format: Option<&'static str>, header: &Header) {
        let first = self.whole.facts.architecture.as_deref();
        let found = header.facts.architecture.as_deref();
        let pairs = [
            ("format", format, self.format),
            ("architecture", found, first.or(found)),
        ];
        for (of, found, expected) in pairs {
            // A later part usually states no architecture.
            let is_stated = of == "format" || found.is_some();
            if is_stated && found != expected {
                let word = |word: Option<&str>| word.unwrap_or("unknown").to_owned();
                let problem = ShardProblem::ForeignPart {
                    of,
                    found: word(found),
                    expected: word(expected),
                };
                self.between
                    .report(|| Fault::anywhere(problem).within(name));
            }
        }
    }

    /// Adds the facts of a part: what the first part that states it says counts.
    fn add_facts(&mut self, name: &str, mut facts: Facts) {
        let is_first = self.parts.len() == 1;
        let whole = &mut self.whole.facts;
        whole.take_description(&mut facts);
        whole.parameters = whole
            .parameters
            .zip(facts.parameters)
            .and_then(|(sum, more)| sum.checked_add(more));
        whole.architecture = whole.architecture.take().or(facts.architecture);
        whole.kind = whole.kind.or(facts.kind);
        whole.context_length = whole.context_length.or(facts.context_length);
        if whole.license.is_none() {
            whole.license = facts.license;
            whole.license_source = facts.license_source;
        }
        whole.chat_template = whole.chat_template.or(facts.chat_template);
        whole.loading = whole.loading.max(facts.loading);
        if whole.base_models.is_empty() {
            whole.base_models = facts.base_models;
        }
        if whole.hyperparameters.is_empty() {
            whole.hyperparameters = facts.hyperparameters;
        }
        for import in facts.imports {
            if self.imported.insert(import.name.clone()) {
                whole.imports.push(import);
            }
        }
        for mut destination in facts.destinations {
            let is_said = whole.destinations.iter().any(|said| {
                said.class == destination.class
                    && said.value == destination.value
                    && said.source == destination.source
            });
            if is_said {
                continue;
            }
            if !is_first {
                destination.source = format!("{name}: {}", destination.source);
            }
            whole.destinations.push(destination);
        }
    }
}

/// An anomaly of a part as one of the whole.
pub(crate) fn of_part(name: &str, mut anomaly: Anomaly) -> Anomaly {
    anomaly.within.insert(0, crate::anomalies::clip(name));
    anomaly
}

#[cfg(test)]
mod tests;

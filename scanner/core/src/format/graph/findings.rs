//! What a walk over a graph has found: names and texts within their budgets, tensors, URLs, files
//! of external data.

use std::collections::{BTreeMap, BTreeSet};

use super::{GraphProblem, Result, limits, location};
use crate::anomalies::{Anomalies, Fault, Problem, deceptive_character, escape};
use crate::destinations::Destinations;
use crate::format::{External, Header};
use crate::protobuf::{Field, Span, Value, Wire, WireProblem};
use crate::quantization::Tensor;

/// The type of tensors that hold texts.
const TEXT: &str = "STRING";

/// Everything found so far.
#[derive(Debug)]
pub(in crate::format) struct Findings<'a> {
    anomalies: &'a mut Anomalies,
    tensors: Vec<Tensor>,
    destinations: Destinations,
    external: BTreeMap<String, External>,
    name_budget: usize,
    text_budget: usize,
    reached: BTreeSet<&'static str>,
}

impl<'a> Findings<'a> {
    pub(in crate::format) fn new(anomalies: &'a mut Anomalies) -> Self {
        Self {
            anomalies,
            tensors: Vec::new(),
            destinations: Destinations::default(),
            external: BTreeMap::new(),
            name_budget: limits::MAX_NAME_BYTES,
            text_budget: limits::MAX_ALL_TEXT,
            reached: BTreeSet::new(),
        }
    }

    /// A name as text, looked at closely; one that is too long is reported and left out.
    pub(in crate::format) fn name(
        &mut self,
        wire: &mut Wire<'_, '_>,
        span: Span,
    ) -> Result<String> {
        let Some(bytes) = wire.bytes(span, limits::MAX_NAME)? else {
            self.limit("limit-name", "bytes of a name", limits::MAX_NAME);
            return Ok(String::new());
        };
        let name = String::from_utf8(bytes).unwrap_or_else(|error| {
            let name = escape(error.as_bytes());
            self.report(span.start, &name, GraphProblem::NameNotUtf8);
            name
        });
        if let Some(character) = deceptive_character(&name) {
            let problem = GraphProblem::DeceptiveCharacter(character);
            self.report(span.start, &name, problem);
        }
        Ok(name)
    }

    /// A text of no more than a limit; one that is longer is reported and left out.
    pub(in crate::format) fn text(
        &mut self,
        wire: &mut Wire<'_, '_>,
        span: Span,
    ) -> Result<Option<Vec<u8>>> {
        let bytes = wire.bytes(span, self.text_budget.min(limits::MAX_TEXT))?;
        match &bytes {
            Some(bytes) => self.text_budget = self.text_budget.saturating_sub(bytes.len()),
            None => self.limit("limit-text", "bytes of texts", limits::MAX_TEXT),
        }
        Ok(bytes)
    }

    /// Searches a text for URLs and hands it out.
    pub(in crate::format) fn search(
        &mut self,
        key: &str,
        wire: &mut Wire<'_, '_>,
        span: Span,
    ) -> Result<Vec<u8>> {
        let text = self.text(wire, span)?.unwrap_or_default();
        self.destinations
            .scan(key, &text, Some(span.start), self.anomalies);
        Ok(text)
    }

    /// Where texts that another reader looks at leave their addresses and what is wrong with them.
    pub(in crate::format) fn texts(&mut self) -> (&mut Destinations, &mut Anomalies) {
        (&mut self.destinations, self.anomalies)
    }

    /// A message of a key and a value, both texts; the value is searched for URLs.
    pub(in crate::format) fn property(
        &mut self,
        of: &str,
        wire: &mut Wire<'_, '_>,
        span: Span,
    ) -> Result<(String, Vec<u8>)> {
        let mut key = String::new();
        let mut value = Vec::new();
        let mut offset = span.start;
        let mut message = span.message()?;
        while let Some(field) = wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => key = self.name(wire, span)?,
                (2, Value::Bytes(span)) => {
                    offset = span.start;
                    value = self.text(wire, span)?.unwrap_or_default();
                }
                (1 | 2, _) => self.wrong_kind(&field),
                _ => {}
            }
        }
        let source = format!("{of}.{key}");
        self.destinations
            .scan(&source, &value, Some(offset), self.anomalies);
        Ok((key, value))
    }

    /// Takes in a tensor; `false` if it is not kept. Texts are no weights.
    pub(in crate::format) fn tensor(&mut self, mut tensor: Tensor) -> bool {
        if tensor.type_name == TEXT {
            return false;
        }
        if self.tensors.len() >= limits::MAX_TENSORS {
            self.limit("limit-tensors", "tensors", limits::MAX_TENSORS);
            return false;
        }
        if !self.has_name_budget(tensor.name.len()) {
            tensor.name = Box::default();
        }
        self.tensors.push(tensor);
        true
    }

    /// The tensors found so far, in the order they were met.
    pub(in crate::format) fn tensors_mut(&mut self) -> &mut [Tensor] {
        &mut self.tensors
    }

    /// Takes in a file that holds data up to `end`, named at `offset`, if it may lie there.
    pub(in crate::format) fn external(
        &mut self,
        location: &str,
        end: u64,
        offset: u64,
        name: &str,
    ) {
        if let Err(problem) = location::check(location) {
            self.anomalies.report(|| {
                Fault::at(offset, problem)
                    .within(name)
                    .within("external_data")
            });
        } else if let Some(known) = self.external.get_mut(location) {
            known.end = known.end.max(end);
        } else if self.external.len() >= limits::MAX_EXTERNAL_FILES {
            let most = limits::MAX_EXTERNAL_FILES;
            self.limit("limit-external-files", "files of external data", most);
        } else if self.has_name_budget(location.len()) {
            let location = location.to_owned();
            self.external.insert(
                location.clone(),
                External {
                    location,
                    end,
                    offset,
                },
            );
        }
    }

    /// Whether one thing more may be kept beside so many.
    pub(in crate::format) fn has_room(&mut self, held: usize) -> bool {
        let has_room = held < limits::MAX_HELD;
        if !has_room {
            self.limit("limit-attributes", "attributes of a node", limits::MAX_HELD);
        }
        has_room
    }

    /// Whether so many bytes of names more may be kept.
    pub(in crate::format) fn has_name_budget(&mut self, bytes: usize) -> bool {
        let left = self.name_budget.checked_sub(bytes);
        match left {
            Some(left) => self.name_budget = left,
            None => self.limit("limit-name-bytes", "bytes of names", limits::MAX_NAME_BYTES),
        }
        left.is_some()
    }

    /// Reports a limit, once for each kind.
    pub(in crate::format) fn limit(&mut self, kind: &'static str, of: &'static str, most: usize) {
        if self.reached.insert(kind) {
            self.add(Fault::anywhere(GraphProblem::Limit { kind, of, most }));
        }
    }

    /// Reports a field whose value is not of its kind.
    pub(in crate::format) fn wrong_kind(&mut self, field: &Field) {
        let problem = GraphProblem::WrongKind(field.number);
        self.add(Fault::at(field.offset, problem));
    }

    /// Reports a field that the format does not have.
    pub(in crate::format) fn unknown_field(&mut self, field: &Field) {
        let problem = GraphProblem::UnknownField(field.number);
        self.add(Fault::at(field.offset, problem));
    }

    /// Reports what is wrong with something of a name.
    pub(in crate::format) fn report<P: Problem>(&mut self, offset: u64, name: &str, problem: P) {
        self.anomalies
            .report(|| Fault::at(offset, problem).within(name));
    }

    /// Reports a problem whose place is known.
    pub(in crate::format) fn add<P: Problem>(&mut self, fault: Fault<P>) {
        self.anomalies.report(|| fault);
    }

    /// Writes everything that was found into the header. `outcome` is how the walk ended.
    pub(in crate::format) fn finish(
        self,
        outcome: Result<()>,
        wire: &Wire<'_, '_>,
        header: &mut Header,
    ) {
        let parameters = self
            .tensors
            .iter()
            .try_fold(0_u64, |sum, tensor| sum.checked_add(tensor.elements));
        header.facts.parameters = parameters.filter(|_| outcome.is_ok());
        if let Err(fault) = outcome {
            self.anomalies.report(|| fault);
        }
        if let Some(offset) = wire.padded_number() {
            let problem = GraphProblem::Wire(WireProblem::PaddedNumber);
            self.anomalies.report(|| Fault::at(offset, problem));
        }
        header.facts.destinations = self.destinations.into_vec();
        header.external = self.external.into_values().collect();
        header.tensors = self.tensors;
    }
}

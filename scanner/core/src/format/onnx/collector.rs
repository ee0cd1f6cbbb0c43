//! What a walk over a model has found: tensors, what reads them, texts, external files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::operators::{self, Use};
use super::tensor::{Shape, TensorParts};
use super::{OnnxProblem, Result, limits};
use crate::anomalies::{Anomalies, Fault, deceptive_character, escape};
use crate::destinations::Destinations;
use crate::format::{External, Header};
use crate::protobuf::{Field, Span, Value, Wire};
use crate::quantization::{Claimed, Tensor};

/// Where a tensor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Among the initializers of a graph: names are unique there.
    Initializer(u32),
    /// In a node.
    Node,
}

/// A key and a value: a `StringStringEntryProto`.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: String,
}

/// Everything found so far.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    pub(super) anomalies: &'a mut Anomalies,
    tensors: Vec<Found>,
    uses: HashMap<String, Use>,
    destinations: Destinations,
    license: Option<String>,
    external: BTreeMap<String, External>,
    custom: BTreeMap<String, Custom>,
    functions: BTreeSet<(String, String)>,
    scopes: u32,
    name_budget: usize,
    text_budget: usize,
    reached: BTreeSet<&'static str>,
}

#[derive(Debug)]
struct Found {
    tensor: Tensor,
    shape: Shape,
    place: Place,
    offset: u64,
}

/// Operators of a domain that is not ONNX's or onnxruntime's.
#[derive(Debug, Default)]
struct Custom {
    /// Nodes and the offset of the first, by operator.
    operators: BTreeMap<String, (u64, u64)>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(anomalies: &'a mut Anomalies) -> Self {
        Self {
            anomalies,
            tensors: Vec::new(),
            uses: HashMap::new(),
            destinations: Destinations::default(),
            license: None,
            external: BTreeMap::new(),
            custom: BTreeMap::new(),
            functions: BTreeSet::new(),
            scopes: 0,
            name_budget: limits::MAX_NAME_BYTES,
            text_budget: limits::MAX_ALL_TEXT,
            reached: BTreeSet::new(),
        }
    }

    /// A number for a graph more.
    pub(super) fn scope(&mut self) -> u32 {
        self.scopes = self.scopes.saturating_add(1);
        self.scopes
    }

    /// Whether one thing more may be kept beside so many.
    pub(super) fn has_room(&mut self, held: usize) -> bool {
        let has_room = held < limits::MAX_HELD;
        if !has_room {
            self.limit("limit-attributes", "attributes of a node", limits::MAX_HELD);
        }
        has_room
    }

    /// A name as text; one that is too long is reported and left out.
    pub(super) fn name(&mut self, wire: &mut Wire<'_, '_>, span: Span) -> Result<String> {
        let Some(bytes) = wire.bytes(span, limits::MAX_NAME)? else {
            self.limit("limit-name", "bytes of a name", limits::MAX_NAME);
            return Ok(String::new());
        };
        let name = String::from_utf8(bytes).unwrap_or_else(|error| {
            let name = escape(error.as_bytes());
            self.report(span.start, &name, OnnxProblem::NameNotUtf8);
            name
        });
        if let Some(character) = deceptive_character(&name) {
            self.report(
                span.start,
                &name,
                OnnxProblem::DeceptiveCharacter(character),
            );
        }
        Ok(name)
    }

    /// Searches a text for URLs.
    pub(super) fn text(&mut self, key: &str, wire: &mut Wire<'_, '_>, span: Span) -> Result<()> {
        if let Some(bytes) = self.text_bytes(wire, span)? {
            self.destinations
                .scan(key, &bytes, Some(span.start), self.anomalies);
        }
        Ok(())
    }

    /// Searches a key's value for URLs and facts.
    pub(super) fn property(&mut self, of: &str, wire: &mut Wire<'_, '_>, span: Span) -> Result<()> {
        let mut key = String::new();
        let mut value = None;
        let mut message = span.message()?;
        while let Some(field) = wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => key = self.name(wire, span)?,
                (2, Value::Bytes(span)) => {
                    value = self
                        .text_bytes(wire, span)?
                        .map(|bytes| (bytes, span.start));
                }
                (1 | 2, _) => self.wrong_kind(&field),
                _ => {}
            }
        }
        let Some((value, offset)) = value else {
            return Ok(());
        };
        let source = format!("{of}.{key}");
        self.destinations
            .scan(&source, &value, Some(offset), self.anomalies);
        if of == "metadata_props" && key == "license" && value.len() <= limits::MAX_NAME {
            self.license = Some(escape(&value));
        }
        Ok(())
    }

    /// A key and a value of external data.
    pub(super) fn entry(&mut self, wire: &mut Wire<'_, '_>, span: Span) -> Result<Entry> {
        let mut entry = Entry::default();
        let mut message = span.message()?;
        while let Some(field) = wire.next(&mut message)? {
            let text = match (field.number, field.value) {
                (1, Value::Bytes(span)) => (&mut entry.key, span),
                (2, Value::Bytes(span)) => (&mut entry.value, span),
                (1 | 2, _) => {
                    self.wrong_kind(&field);
                    continue;
                }
                _ => continue,
            };
            match wire.bytes(text.1, limits::MAX_NAME)? {
                Some(bytes) => *text.0 = escape(&bytes),
                None => self.limit("limit-name", "bytes of a name", limits::MAX_NAME),
            }
        }
        Ok(entry)
    }

    /// Takes in a tensor.
    pub(super) fn tensor(&mut self, name: String, parts: &TensorParts, place: Place) {
        if place != Place::Node && name.is_empty() {
            self.report(parts.offset, "initializer", OnnxProblem::EmptyName);
        }
        if let Some(shape) = parts.finish(&name, self) {
            self.add(name, shape, parts.offset, place);
        }
    }

    /// Takes in the stored values of a sparse tensor of these dimensions.
    pub(super) fn sparse(&mut self, name: String, parts: &TensorParts, dims: &[u64], place: Place) {
        if let Some(shape) = parts.finish(&name, self) {
            let shape = Shape {
                row: dims.last().copied().unwrap_or(1),
                dimensions: u8::try_from(dims.len()).unwrap_or(u8::MAX),
                ..shape
            };
            self.add(name, shape, parts.offset, place);
        }
    }

    /// Takes in that an operator reads a value as quantized weights.
    pub(super) fn used(&mut self, name: &str, used: Use) {
        if self.uses.contains_key(name) {
            return;
        }
        if self.uses.len() < limits::MAX_TENSORS && self.has_name_budget(name.len()) {
            self.uses.insert(name.to_owned(), used);
        }
    }

    /// Takes in a node's operator.
    pub(super) fn operator(&mut self, domain: &str, op: &str, offset: u64) {
        if operators::calls_python(domain, op) {
            let problem = OnnxProblem::PythonOperator(format!("{domain}::{op}"));
            self.anomalies.report(|| Fault::at(offset, problem));
        } else if operators::is_compiled(domain, op) {
            self.anomalies
                .report(|| Fault::at(offset, OnnxProblem::CompiledOperator));
        }
        if operators::is_known_domain(domain) {
            return;
        }
        if !self.custom.contains_key(domain) && self.custom.len() >= limits::MAX_DOMAINS {
            self.limit("limit-domains", "domains", limits::MAX_DOMAINS);
            return;
        }
        let custom = self.custom.entry(domain.to_owned()).or_default();
        if !custom.operators.contains_key(op) && custom.operators.len() >= limits::MAX_DOMAINS {
            self.limit(
                "limit-domains",
                "operators of a domain",
                limits::MAX_DOMAINS,
            );
            return;
        }
        let nodes = custom.operators.entry(op.to_owned()).or_insert((0, offset));
        nodes.0 = nodes.0.saturating_add(1);
    }

    /// Takes in that the file defines a function.
    pub(super) fn function(&mut self, domain: String, name: String) {
        let bytes = domain.len().saturating_add(name.len());
        if self.functions.len() < limits::MAX_TENSORS && self.has_name_budget(bytes) {
            self.functions.insert((domain, name));
        }
    }

    /// Takes in where external data lie.
    pub(super) fn external(&mut self, external: External) {
        if let Some(known) = self.external.get_mut(&external.location) {
            known.end = known.end.max(external.end);
        } else if self.external.len() >= limits::MAX_EXTERNAL_FILES {
            self.limit(
                "limit-external-files",
                "files of external data",
                limits::MAX_EXTERNAL_FILES,
            );
        } else if self.has_name_budget(external.location.len()) {
            self.external.insert(external.location.clone(), external);
        }
    }

    /// Reports a field whose value is not of its kind.
    pub(super) fn wrong_kind(&mut self, field: &Field) {
        let (offset, number) = (field.offset, field.number);
        self.anomalies
            .report(|| Fault::at(offset, OnnxProblem::WrongKind(number)));
    }

    /// Reports what is wrong with something of a name.
    pub(super) fn report(&mut self, offset: u64, name: &str, problem: OnnxProblem) {
        self.anomalies
            .report(|| Fault::at(offset, problem).within(name));
    }

    /// Writes everything that was found into the header.
    pub(super) fn finish(mut self, header: &mut Header) {
        self.report_duplicates();
        self.report_custom();
        let parameters = self
            .tensors
            .iter()
            .try_fold(0_u64, |sum, found| sum.checked_add(found.tensor.elements));
        header.facts.parameters = parameters;
        header.facts.destinations = self.destinations.into_vec();
        header.facts.license_source = self
            .license
            .as_ref()
            .map(|_| "metadata_props.license".to_owned());
        header.facts.license = self.license;
        header.external = self.external.into_values().collect();

        let mut operators: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
        for found in self.tensors {
            let mut tensor = found.tensor;
            let used = self.uses.get(&*tensor.name);
            if let Some((used, (label, bits))) =
                used.and_then(|used| Some((used, used.label(found.shape.data_type)?)))
            {
                operators.entry(label).or_default().insert(used.op);
                tensor.type_name = label;
                if bits < found.shape.data_type.bits {
                    tensor.elements = weights(found.shape.bytes, bits);
                }
            }
            header.tensors.push(tensor);
        }
        header
            .claims
            .extend(operators.into_iter().map(|(label, operators)| {
                let operators: Vec<&str> = operators.into_iter().collect();
                Claimed::Graph {
                    label,
                    source: format!("graph: {}", operators.join(", ")),
                }
            }));
    }

    fn add(&mut self, name: String, shape: Shape, offset: u64, place: Place) {
        if self.tensors.len() >= limits::MAX_TENSORS {
            self.limit("limit-tensors", "tensors", limits::MAX_TENSORS);
            return;
        }
        let name = if self.has_name_budget(name.len()) {
            name.into_boxed_str()
        } else {
            Box::default()
        };
        self.tensors.push(Found {
            tensor: Tensor {
                name,
                type_name: shape.data_type.name,
                row: shape.row,
                dimensions: shape.dimensions,
                elements: shape.elements,
                bytes: shape.bytes,
            },
            shape,
            place,
            offset,
        });
    }

    fn report_duplicates(&mut self) {
        let mut initializers: Vec<&Found> = self
            .tensors
            .iter()
            .filter(|found| found.place != Place::Node && !found.tensor.name.is_empty())
            .collect();
        initializers.sort_by_key(|found| (found.place, &found.tensor.name, found.offset));
        for (before, found) in initializers.iter().zip(initializers.iter().skip(1)) {
            if (before.place, &before.tensor.name) == (found.place, &found.tensor.name) {
                self.anomalies.report(|| {
                    Fault::at(found.offset, OnnxProblem::DuplicateTensor)
                        .within(&found.tensor.name)
                        .within("tensors")
                });
            }
        }
    }

    /// Operators that nothing defines: neither a standard nor a function of the file.
    fn report_custom(&mut self) {
        for (domain, custom) in &self.custom {
            let undefined = custom
                .operators
                .iter()
                .filter(|(op, _)| !self.functions.contains(&(domain.clone(), (*op).clone())));
            let mut nodes = 0_u64;
            let mut first = None;
            for (_, (count, offset)) in undefined {
                nodes = nodes.saturating_add(*count);
                first = Some(first.map_or(*offset, |first: u64| first.min(*offset)));
            }
            if let Some(offset) = first {
                let problem = OnnxProblem::CustomOperators {
                    domain: domain.clone(),
                    nodes,
                };
                self.anomalies.report(|| Fault::at(offset, problem));
            }
        }
    }

    fn text_bytes(&mut self, wire: &mut Wire<'_, '_>, span: Span) -> Result<Option<Vec<u8>>> {
        let most = self.text_budget.min(limits::MAX_TEXT);
        let bytes = wire.bytes(span, most)?;
        match &bytes {
            Some(bytes) => self.text_budget = self.text_budget.saturating_sub(bytes.len()),
            None => self.limit("limit-text", "bytes of texts", limits::MAX_TEXT),
        }
        Ok(bytes)
    }

    fn has_name_budget(&mut self, bytes: usize) -> bool {
        let left = self.name_budget.checked_sub(bytes);
        match left {
            Some(left) => self.name_budget = left,
            None => self.limit("limit-name-bytes", "bytes of names", limits::MAX_NAME_BYTES),
        }
        left.is_some()
    }

    /// Reports a limit once.
    fn limit(&mut self, kind: &'static str, of: &'static str, most: usize) {
        if self.reached.insert(kind) {
            self.anomalies
                .report(|| Fault::anywhere(OnnxProblem::Limit { kind, of, most }));
        }
    }
}

/// Weights of so many bits that bytes hold.
fn weights(bytes: u64, bits: u64) -> u64 {
    bytes
        .saturating_mul(8)
        .checked_div(bits)
        .unwrap_or_default()
}

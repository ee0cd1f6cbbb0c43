//! Graphs, their nodes, and the functions of a model: every tensor in them, wherever it stands.
//!
//! Weights need not be initializers: they stand in `Constant` nodes, in attributes, in the bodies of
//! `If`, `Loop` and `Scan`, and in local functions. All of them are walked.

use super::collector::{Collector, MAIN_GRAPH, Place};
use super::tensor::TensorParts;
use super::{operators, ports};
use crate::format::graph::{MAX_DIMENSIONS, MAX_TENSORS, Result, elements};
use crate::protobuf::{Span, Value, Wire};
use crate::record::Property;

/// Inputs of one node that are looked at: the quantized operators of onnxruntime take up to 14
/// (`QMoE`); operators of any number of inputs (`Concat`) read no weights.
const MAX_INPUTS: usize = 16;

/// A walk over the graphs of a model.
pub(super) struct Graphs<'walk, 'a, 'source, 'found> {
    pub(super) wire: &'walk mut Wire<'a, 'source>,
    pub(super) collector: &'walk mut Collector<'found>,
}

/// What a node says of itself, in whatever order.
#[derive(Debug, Default)]
struct Node {
    inputs: Vec<String>,
    output: Option<String>,
    name: String,
    op: String,
    domain: String,
    numbers: Vec<(String, u64)>,
    tensors: Vec<(String, TensorParts)>,
    sparse: Vec<(String, Sparse)>,
}

/// What an attribute says of itself, in whatever order.
#[derive(Debug, Default)]
struct Attribute {
    name: String,
    number: Option<u64>,
    tensor: TensorParts,
    tensors: Vec<TensorParts>,
    sparse: Sparse,
    sparses: Vec<Sparse>,
    scope: Option<u32>,
}

#[derive(Debug, Default)]
struct Sparse {
    values: TensorParts,
    indices: TensorParts,
    dims: Vec<u64>,
}

impl Graphs<'_, '_, '_, '_> {
    /// A `GraphProto`; `scope` is the same for all parts of one.
    pub(super) fn graph(&mut self, span: Span, scope: u32) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => self.node(span)?,
                (5, Value::Bytes(span)) => {
                    let mut tensor = TensorParts::default();
                    self.tensor(span, &mut tensor)?;
                    let place = Place::Initializer(scope);
                    self.collector.tensor(tensor.name.clone(), &tensor, place);
                }
                (15, Value::Bytes(span)) => {
                    let mut sparse = Sparse::default();
                    self.sparse(span, &mut sparse)?;
                    let name = sparse.values.name.clone();
                    self.add_sparse(name, &sparse, Place::Initializer(scope));
                }
                (10, Value::Bytes(span)) => {
                    self.collector
                        .findings
                        .search("graph.doc_string", self.wire, span)?;
                }
                (16, Value::Bytes(span)) => {
                    self.collector
                        .findings
                        .property("graph.metadata_props", self.wire, span)?;
                }
                (2, Value::Bytes(span)) if scope == MAIN_GRAPH => {
                    let name = self.name(span)?;
                    self.collector.facts.say(Property::Name, &name);
                }
                (11, Value::Bytes(span)) if scope == MAIN_GRAPH => {
                    let port = ports::read(self.wire, span, self.collector)?;
                    if self.collector.inputs.len() < MAX_TENSORS {
                        self.collector.inputs.push(port);
                    }
                }
                (12, Value::Bytes(span)) if scope == MAIN_GRAPH => {
                    let port = ports::read(self.wire, span, self.collector)?;
                    self.collector.facts.add_output(port);
                }
                // name, input, output, value_info, quantization_annotation
                (2 | 11..=14, Value::Bytes(_)) => {}
                (1 | 2 | 5 | 10..=16, _) => self.collector.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    /// A `FunctionProto`.
    pub(super) fn function(&mut self, span: Span) -> Result<()> {
        let mut name = String::new();
        let mut domain = String::new();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => name = self.name(span)?,
                (10, Value::Bytes(span)) => domain = self.name(span)?,
                (7, Value::Bytes(span)) => self.node(span)?,
                (11, Value::Bytes(span)) => {
                    let mut node = Node::default();
                    self.attribute(span, &mut node)?;
                    self.finish(&node);
                }
                (8, Value::Bytes(span)) => {
                    self.collector
                        .findings
                        .search("function.doc_string", self.wire, span)?;
                }
                (14, Value::Bytes(span)) => {
                    self.collector
                        .findings
                        .property("function.metadata_props", self.wire, span)?;
                }
                // input, output, attribute, opset_import, value_info, overload
                (4..=6 | 9 | 12 | 13, Value::Bytes(_)) => {}
                (1 | 4..=14, _) => self.collector.findings.wrong_kind(&field),
                _ => {}
            }
        }
        self.collector.function(domain, name);
        Ok(())
    }

    /// A `TrainingInfoProto`: two graphs more.
    pub(super) fn training(&mut self, span: Span) -> Result<()> {
        let scopes = [self.collector.scope(), self.collector.scope()];
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value, scopes) {
                (1, Value::Bytes(span), [scope, _]) | (2, Value::Bytes(span), [_, scope]) => {
                    self.graph(span, scope)?;
                }
                (1..=4, Value::Bytes(_), _) => {}
                (1..=4, ..) => self.collector.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    fn name(&mut self, span: Span) -> Result<String> {
        self.collector.findings.name(self.wire, span)
    }

    fn tensor(&mut self, span: Span, tensor: &mut TensorParts) -> Result<()> {
        tensor.read(self.wire, span, &mut self.collector.findings)
    }

    fn node(&mut self, span: Span) -> Result<()> {
        let mut node = Node::default();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) if node.inputs.len() < MAX_INPUTS => {
                    node.inputs.push(self.name(span)?);
                }
                (2, Value::Bytes(span)) if node.output.is_none() => {
                    node.output = Some(self.name(span)?);
                }
                (3, Value::Bytes(span)) => node.name = self.name(span)?,
                (4, Value::Bytes(span)) => node.op = self.name(span)?,
                (7, Value::Bytes(span)) => node.domain = self.name(span)?,
                (5, Value::Bytes(span)) => self.attribute(span, &mut node)?,
                // More inputs and outputs, doc_string, overload, metadata_props,
                // device_configurations
                (1 | 2 | 6 | 8..=10, Value::Bytes(_)) => {}
                (1..=10, _) => self.collector.findings.wrong_kind(&field),
                _ => {}
            }
        }
        self.collector.operator(&node.domain, &node.op, span.start);
        self.finish(&node);
        Ok(())
    }

    /// Hands on what a node holds, now that it has said everything.
    fn finish(&mut self, node: &Node) {
        if let Some(known) = operators::quantized(&node.domain, &node.op) {
            let attribute = |wanted: &str| {
                let mut numbers = node.numbers.iter().rev();
                numbers.find_map(|(name, number)| (name == wanted).then_some(*number))
            };
            let used = known.reads(attribute);
            for input in known.weights().iter().filter_map(|at| node.inputs.get(*at)) {
                self.collector.used(input, used);
            }
        }
        for (attribute, tensor) in &node.tensors {
            let name = node.name_of(attribute, &tensor.name);
            self.collector.tensor(name, tensor, Place::Node);
        }
        for (attribute, sparse) in &node.sparse {
            let name = node.name_of(attribute, &sparse.values.name);
            self.add_sparse(name, sparse, Place::Node);
        }
    }

    fn attribute(&mut self, span: Span, node: &mut Node) -> Result<()> {
        let mut attribute = Attribute::default();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => attribute.name = self.name(span)?,
                (3, Value::Number(number)) => attribute.number = Some(number),
                (5, Value::Bytes(span)) => {
                    self.tensor(span, &mut attribute.tensor)?;
                }
                (10, Value::Bytes(span)) => {
                    let mut tensor = TensorParts::default();
                    self.tensor(span, &mut tensor)?;
                    if self.collector.findings.has_room(attribute.tensors.len()) {
                        attribute.tensors.push(tensor);
                    }
                }
                (22, Value::Bytes(span)) => self.sparse(span, &mut attribute.sparse)?,
                (23, Value::Bytes(span)) => {
                    let mut sparse = Sparse::default();
                    self.sparse(span, &mut sparse)?;
                    if self.collector.findings.has_room(attribute.sparses.len()) {
                        attribute.sparses.push(sparse);
                    }
                }
                (6, Value::Bytes(span)) => {
                    let scope = *attribute
                        .scope
                        .get_or_insert_with(|| self.collector.scope());
                    self.graph(span, scope)?;
                }
                (11, Value::Bytes(span)) => {
                    let scope = self.collector.scope();
                    self.graph(span, scope)?;
                }
                // f, s, floats, ints, strings, doc_string, tp, type_protos, type, ref_attr_name
                (4 | 7..=9 | 13..=15 | 21, Value::Bytes(_))
                | (2 | 7, Value::Four(_))
                | (8 | 20, Value::Number(_)) => {}
                (1..=11 | 13..=15 | 20..=23, _) => self.collector.findings.wrong_kind(&field),
                _ => {}
            }
        }
        if self.collector.findings.has_room(node.held()) {
            attribute.move_to(node);
        }
        Ok(())
    }

    /// A `SparseTensorProto`, or the next part of it.
    fn sparse(&mut self, span: Span, sparse: &mut Sparse) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => self.tensor(span, &mut sparse.values)?,
                (2, Value::Bytes(span)) => self.tensor(span, &mut sparse.indices)?,
                (3, Value::Number(length)) => sparse.dimension(length),
                (3, Value::Bytes(span)) => {
                    self.wire.packed(span, |length| sparse.dimension(length))?;
                }
                (1..=3, _) => self.collector.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    /// Stored values count as what they are: the zeros between them take no room.
    fn add_sparse(&mut self, name: String, sparse: &Sparse, place: Place) {
        if sparse.indices.is_present() {
            let indices = format!("{name} (indices)");
            self.collector.tensor(indices, &sparse.indices, Place::Node);
        }
        if let Err(problem) = elements(&sparse.dims) {
            self.collector
                .findings
                .report(sparse.values.offset, &name, problem);
        }
        self.collector
            .sparse(name, &sparse.values, &sparse.dims, place);
    }
}

impl Node {
    /// Attributes that are kept until the node has said everything.
    fn held(&self) -> usize {
        self.tensors
            .len()
            .max(self.sparse.len())
            .max(self.numbers.len())
    }

    /// The name of a tensor in an attribute: its own, for a constant that of the value it becomes,
    /// else that of its node and attribute.
    fn name_of(&self, attribute: &str, own: &str) -> String {
        let output = self.output.as_deref().unwrap_or_default();
        if self.op == "Constant" && !output.is_empty() {
            return output.to_owned();
        }
        if !own.is_empty() {
            return own.to_owned();
        }
        let node = if self.name.is_empty() {
            output
        } else {
            &self.name
        };
        format!("{node}.{attribute}")
    }
}

impl Attribute {
    fn move_to(self, node: &mut Node) {
        let name = self.name;
        let single = self.tensor.is_present().then_some(self.tensor);
        let tensors = self.tensors.into_iter().chain(single);
        node.tensors
            .extend(tensors.map(|tensor| (name.clone(), tensor)));
        let single = self.sparse.values.is_present().then_some(self.sparse);
        let sparse = self.sparses.into_iter().chain(single);
        node.sparse
            .extend(sparse.map(|sparse| (name.clone(), sparse)));
        node.numbers
            .extend(self.number.map(|number| (name, number)));
    }
}

impl Sparse {
    fn dimension(&mut self, length: u64) {
        if self.dims.len() < MAX_DIMENSIONS {
            self.dims.push(length);
        }
    }
}

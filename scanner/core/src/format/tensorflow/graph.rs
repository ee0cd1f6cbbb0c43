//! Graphs, their nodes, and the functions they call: every operator and every constant in them.

use std::collections::{BTreeMap, BTreeSet};

use super::Operator;
use super::operators::{self, Deed};
use super::problem::TensorFlowProblem;
use super::tensor::{Shape, TensorParts, described};
use super::types::type_name;
use crate::anomalies::Fault;
use crate::description::Operators;
use crate::format::Header;
use crate::format::graph::{Findings, GraphProblem, MAX_TENSORS, Result};
use crate::protobuf::{Message, Span, Value, Wire};
use crate::quantization::Claimed;
use crate::record::{Facts, Loading, Port, Property};

/// Operators that read quantized numbers whose names are kept: a claim names a handful.
const MAX_OPERATORS: usize = 8;

/// The operator that is an input of a graph.
const PLACEHOLDER: &str = "Placeholder";

/// Inputs of a graph that are kept; saving alone adds some.
const MAX_PLACEHOLDERS: usize = 1024;

/// What the names of functions begin with that tracing made: `tensorflow/python/eager`.
const TRACED: &str = "__";

/// A walk over the graphs of a model.
pub(super) struct Graphs<'walk, 'a, 'source, 'found> {
    pub(super) wire: &'walk mut Wire<'a, 'source>,
    pub(super) findings: &'walk mut Findings<'found>,
    pub(super) seen: &'walk mut Seen,
}

/// What a walk has seen beyond what all graphs have.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) has_graph: bool,
    pub(super) has_variables: bool,
    has_unknown_shapes: bool,
    variables: BTreeSet<String>,
    deeds: BTreeMap<(Deed, &'static str), Met>,
    quantized: BTreeSet<String>,
    operators: Operators,
    /// What the graph takes where no signature says it.
    placeholders: Vec<Port>,
    /// What the model says of itself.
    pub(super) facts: Facts,
}

/// How often an operator was met, and where first.
#[derive(Debug)]
struct Met {
    nodes: u64,
    offset: u64,
    name: String,
}

/// What a node says of itself, in whatever order.
#[derive(Debug, Default)]
struct Node {
    name: String,
    op: String,
    tensors: Vec<TensorParts>,
    data_type: u64,
    shape: Option<Shape>,
    shared_name: String,
    /// Attributes that name what some operators read, write or talk to.
    places: Vec<(String, Vec<u8>)>,
}

impl Node {
    /// What the operator does beyond computing, with these attributes.
    fn deed(&self) -> Option<(Deed, &'static str)> {
        operators::deed(&self.op).or_else(|| {
            let mut places = self.places.iter();
            places.find_map(|(key, text)| operators::deed_by(&self.op, key, text))
        })
    }
}

impl Graphs<'_, '_, '_, '_> {
    /// A `GraphDef`.
    pub(super) fn graph(&mut self, mut message: Message) -> Result<()> {
        self.seen.has_graph = true;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => self.node(span, "")?,
                (2, Value::Bytes(span)) => self.library(span)?,
                // versions, debug_info, and version as it was
                (4 | 5, Value::Bytes(_)) | (3, Value::Number(_)) => {}
                (1..=5, _) => self.findings.wrong_kind(&field),
                _ => self.findings.unknown_field(&field),
            }
        }
        Ok(())
    }

    /// A `FunctionDefLibrary`.
    fn library(&mut self, span: Span) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => self.function(span)?,
                (1, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    /// A `FunctionDef`.
    fn function(&mut self, span: Span) -> Result<()> {
        let mut name = String::new();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => {
                    let mut signature = span.message()?;
                    while let Some(field) = self.wire.next(&mut signature)? {
                        if let (1, Value::Bytes(span)) = (field.number, field.value) {
                            name = self.findings.name(self.wire, span)?;
                        }
                    }
                }
                (3, Value::Bytes(span)) => self.node(span, &name)?,
                (1 | 3, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        // Those that tracing made have names that tell nobody anything.
        if !name.starts_with(TRACED) {
            self.seen.facts.say(Property::Function, &name);
        }
        Ok(())
    }

    /// A `NodeDef` of a function, or of the graph itself.
    fn node(&mut self, span: Span, function: &str) -> Result<()> {
        let mut node = self.read_node(span.message()?)?;
        if !function.is_empty() {
            node.name = format!("{function}/{}", node.name);
        }
        self.operator(&node, span.start);
        for tensor in &node.tensors {
            tensor.finish(&node.name, self.findings);
        }
        if node.op == PLACEHOLDER && function.is_empty() {
            self.placeholder(&node);
        }
        if operators::is_variable(&node.op) {
            self.variable(&node, span.start);
        }
        Ok(())
    }

    /// The operator of a `NodeDef` that stands alone.
    pub(super) fn operator_of(&mut self, message: Message) -> Result<Operator> {
        let node = self.read_node(message)?;
        Ok(Operator {
            is_more_than_computing: node.deed().is_some(),
            name: node.op,
        })
    }

    fn read_node(&mut self, mut message: Message) -> Result<Node> {
        let mut node = Node::default();
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => node.name = self.findings.name(self.wire, span)?,
                (2, Value::Bytes(span)) => node.op = self.findings.name(self.wire, span)?,
                (5, Value::Bytes(span)) => self.attribute(span, &mut node)?,
                (1 | 2 | 5, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(node)
    }

    /// An entry of the map of attributes.
    fn attribute(&mut self, span: Span, node: &mut Node) -> Result<()> {
        let mut key = String::new();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => key = self.findings.name(self.wire, span)?,
                (2, Value::Bytes(span)) => self.value(span, &key, node)?,
                (1 | 2, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    /// An `AttrValue`.
    fn value(&mut self, span: Span, key: &str, node: &mut Node) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value, key) {
                (8, Value::Bytes(span), _) => self.tensor(span, node)?,
                (1, Value::Bytes(span), _) => {
                    let mut list = span.message()?;
                    while let Some(field) = self.wire.next(&mut list)? {
                        match (field.number, field.value) {
                            (8, Value::Bytes(span)) => self.tensor(span, node)?,
                            (9, Value::Bytes(span)) => self.call(span, node)?,
                            (2, Value::Bytes(span)) => self.place(span, key, node)?,
                            _ => {}
                        }
                    }
                }
                (10, Value::Bytes(span), _) => self.call(span, node)?,
                (6, Value::Number(id), "dtype") => node.data_type = id,
                (7, Value::Bytes(span), "shape") => {
                    let shape = node.shape.get_or_insert_default();
                    shape.read(self.wire, span, self.findings)?;
                }
                (2, Value::Bytes(span), "shared_name") => {
                    node.shared_name = self.findings.name(self.wire, span)?;
                }
                (2, Value::Bytes(span), _) => self.place(span, key, node)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A text that may name what an operator reads, writes or talks to.
    fn place(&mut self, span: Span, key: &str, node: &mut Node) -> Result<()> {
        if operators::may_name_place(key) && self.findings.has_room(node.places.len()) {
            let text = self.findings.text(self.wire, span)?.unwrap_or_default();
            node.places.push((key.to_owned(), text));
        }
        Ok(())
    }

    /// A `NameAttrList`: the name of a function, with attributes of its own.
    fn call(&mut self, span: Span, node: &mut Node) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            if let (2, Value::Bytes(span)) = (field.number, field.value) {
                let mut entry = span.message()?;
                while let Some(field) = self.wire.next(&mut entry)? {
                    if let (2, Value::Bytes(span)) = (field.number, field.value) {
                        self.value(span, "", node)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn tensor(&mut self, span: Span, node: &mut Node) -> Result<()> {
        let mut tensor = TensorParts::default();
        tensor.read(self.wire, span, self.findings)?;
        if self.findings.has_room(node.tensors.len()) {
            node.tensors.push(tensor);
        }
        Ok(())
    }

    fn placeholder(&mut self, node: &Node) {
        if self.seen.placeholders.len() < MAX_PLACEHOLDERS {
            self.seen.placeholders.push(Port {
                name: node.name.clone(),
                signature: None,
                element_type: type_name(node.data_type),
                shape: node.shape.as_ref().and_then(Shape::lengths),
            });
        }
    }

    fn operator(&mut self, node: &Node, offset: u64) {
        self.seen.operators.add(&node.op, 1);
        if let Some(deed) = node.deed() {
            let met = self.seen.deeds.entry(deed).or_insert_with(|| Met {
                nodes: 0,
                offset,
                name: node.name.clone(),
            });
            met.nodes = met.nodes.saturating_add(1);
        }
        if operators::is_compiled(&node.op) {
            let problem = GraphProblem::CompiledOperator(node.op.clone());
            self.findings.report(offset, &node.name, problem);
        }
        if operators::reads_quantized(&node.op) && self.seen.quantized.len() < MAX_OPERATORS {
            self.seen.quantized.insert(node.op.clone());
        }
    }

    /// A variable, as the graph declares it; several graphs may declare the same.
    fn variable(&mut self, node: &Node, offset: u64) {
        self.seen.has_variables = true;
        let name = if node.shared_name.is_empty() {
            &node.name
        } else {
            &node.shared_name
        };
        let is_full = self.seen.variables.len() >= MAX_TENSORS;
        if self.seen.variables.contains(name)
            || is_full
            || !self.findings.has_name_budget(name.len())
        {
            self.seen.has_unknown_shapes |= is_full;
            return;
        }
        self.seen.variables.insert(name.clone());
        let shape = node.shape.as_ref().filter(|shape| shape.is_known());
        let Some(shape) = shape else {
            self.seen.has_unknown_shapes = true;
            return;
        };
        if let Some(tensor) = described(name, node.data_type, shape, offset, self.findings) {
            self.findings.tensor(tensor);
        }
    }
}

impl Seen {
    /// Reports the operators that do more than compute, and says what loading them comes to.
    pub(super) fn report(&self, findings: &mut Findings<'_>, header: &mut Header) {
        for ((deed, op), met) in &self.deeds {
            let problem = TensorFlowProblem::Operator {
                deed: *deed,
                op,
                nodes: met.nodes,
            };
            findings.add(Fault::at(met.offset, problem).within(&met.name));
        }
        let runs_code = |deed| matches!(deed, Deed::CallsPython | Deed::RunsGraph);
        if self.deeds.keys().any(|(deed, _)| runs_code(*deed)) {
            header.facts.loading = Some(Loading::Code);
        }
        let labels: BTreeSet<&'static str> = findings
            .tensors_mut()
            .iter()
            .map(|tensor| tensor.type_name)
            .filter(|name| name.starts_with("int") || name.starts_with("uint"))
            .collect();
        let operators: Vec<&str> = self.quantized.iter().map(String::as_str).collect();
        if !operators.is_empty() {
            let source = format!("graph: {}", operators.join(", "));
            header
                .claims
                .extend(labels.into_iter().map(|label| Claimed::Graph {
                    label,
                    source: source.clone(),
                }));
        }
    }

    /// Writes what the model says of itself into the facts.
    pub(super) fn describe(&mut self, facts: &mut Facts) {
        if self.facts.inputs.is_empty() {
            for port in std::mem::take(&mut self.placeholders) {
                self.facts.add_input(port);
            }
        }
        std::mem::take(&mut self.operators).finish(&mut self.facts);
        facts.take_description(&mut self.facts);
    }

    /// Whether every weight that the graph declares has a shape.
    pub(super) fn knows_parameters(&self) -> bool {
        !self.has_unknown_shapes
    }
}

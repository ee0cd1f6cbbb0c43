//! What a walk over an ONNX model has found, beyond what all graphs have: which operators read a
//! tensor, which are foreign, which names stand twice.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::OnnxProblem;
use super::operators::{self, Use};
use super::tensor::{Shape, TensorParts};
use crate::anomalies::Fault;
use crate::description;
use crate::format::Header;
use crate::format::graph::{Findings, GraphProblem, MAX_TENSORS, Result, weights_in};
use crate::protobuf::{Span, Wire};
use crate::quantization::{Claimed, Tensor};
use crate::record::{Facts, Port, Property};

/// Domains of operators, and operators of one. Real files have a handful.
const MAX_DOMAINS: usize = 256;

/// The number of the model's own graph, which is the first to be counted.
pub(super) const MAIN_GRAPH: u32 = 1;

/// Where a tensor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Among the initializers of a graph: names are unique there.
    Initializer(u32),
    /// In a node.
    Node,
}

/// Everything found so far.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    pub(super) findings: Findings<'a>,
    /// What the model says of itself.
    pub(super) facts: Facts,
    pub(super) inputs: Vec<Port>,
    operators: description::Operators,
    /// Where each tensor stands, how it is stored, and the offset of its description.
    stored: Vec<(Place, Shape, u64)>,
    uses: HashMap<String, Use>,
    custom: BTreeMap<String, Operators>,
    functions: BTreeSet<(String, String)>,
    scopes: u32,
}

/// Nodes and the offset of the first, by operator.
type Operators = BTreeMap<String, (u64, u64)>;

impl<'a> Collector<'a> {
    pub(super) fn new(findings: Findings<'a>) -> Self {
        Self {
            findings,
            facts: Facts::default(),
            inputs: Vec::new(),
            operators: description::Operators::default(),
            stored: Vec::new(),
            uses: HashMap::new(),
            custom: BTreeMap::new(),
            functions: BTreeSet::new(),
            scopes: 0,
        }
    }

    /// A number for a graph more.
    pub(super) fn scope(&mut self) -> u32 {
        self.scopes = self.scopes.saturating_add(1);
        self.scopes
    }

    /// Takes in a tensor.
    pub(super) fn tensor(&mut self, name: String, parts: &TensorParts, place: Place) {
        if place != Place::Node && name.is_empty() {
            let problem = OnnxProblem::EmptyName;
            self.findings.report(parts.offset, "initializer", problem);
        }
        if let Some(shape) = parts.finish(&name, &mut self.findings) {
            self.add(name, shape, parts.offset, place);
        }
    }

    /// Takes in the stored values of a sparse tensor of these dimensions.
    pub(super) fn sparse(&mut self, name: String, parts: &TensorParts, dims: &[u64], place: Place) {
        if let Some(shape) = parts.finish(&name, &mut self.findings) {
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
        let is_new = !self.uses.contains_key(name) && self.uses.len() < MAX_TENSORS;
        if is_new && self.findings.has_name_budget(name.len()) {
            self.uses.insert(name.to_owned(), used);
        }
    }

    /// A text that the model says of itself.
    pub(super) fn said(&mut self, wire: &mut Wire<'_, '_>, span: Span) -> Result<String> {
        self.findings.name(wire, span)
    }

    /// Takes in a node's operator.
    pub(super) fn operator(&mut self, domain: &str, op: &str, offset: u64) {
        if domain.is_empty() || domain == operators::OWN_DOMAIN {
            self.operators.add(op, 1);
        } else {
            self.operators.add(&format!("{domain}:{op}"), 1);
        }
        if operators::calls_python(domain, op) {
            let problem = OnnxProblem::PythonOperator(format!("{domain}::{op}"));
            self.findings.add(Fault::at(offset, problem));
        } else if operators::is_compiled(domain, op) {
            let problem = GraphProblem::CompiledOperator(op.to_owned());
            self.findings.add(Fault::at(offset, problem));
        }
        if operators::is_known_domain(domain) {
            return;
        }
        let of_domain = self.custom.get(domain);
        let is_new = of_domain.is_none_or(|known| !known.contains_key(op));
        let held = of_domain.map_or(self.custom.len(), BTreeMap::len);
        if is_new && held >= MAX_DOMAINS {
            self.findings
                .limit("limit-domains", "domains or operators of one", MAX_DOMAINS);
            return;
        }
        let known = self.custom.entry(domain.to_owned()).or_default();
        let nodes = known.entry(op.to_owned()).or_insert((0, offset));
        nodes.0 = nodes.0.saturating_add(1);
    }

    /// Takes in that the file defines a function.
    pub(super) fn function(&mut self, domain: String, name: String) {
        let bytes = domain.len().saturating_add(name.len());
        self.facts
            .say(Property::Function, &format!("{domain}:{name}"));
        if self.functions.len() < MAX_TENSORS && self.findings.has_name_budget(bytes) {
            self.functions.insert((domain, name));
        }
    }

    /// Names tensors by what reads them, reports what only the whole can tell, and hands on what
    /// all graphs have.
    pub(super) fn finish(mut self, header: &mut Header) -> Findings<'a> {
        self.report_duplicates();
        self.report_custom();
        self.add_inputs();
        std::mem::take(&mut self.operators).finish(&mut self.facts);
        header.facts.take_description(&mut self.facts);
        let mut operators: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
        for (tensor, (_, shape, _)) in self.findings.tensors_mut().iter_mut().zip(&self.stored) {
            let Some(used) = self.uses.get(&*tensor.name) else {
                continue;
            };
            let Some((label, bits)) = used.label(shape.data_type) else {
                continue;
            };
            operators.entry(label).or_default().insert(used.op);
            tensor.type_name = label;
            if bits < shape.data_type.bits {
                tensor.elements = weights_in(shape.bytes, bits);
            }
        }
        for (label, operators) in operators {
            let operators: Vec<&str> = operators.into_iter().collect();
            header.claims.push(Claimed::Graph {
                label,
                source: format!("graph: {}", operators.join(", ")),
            });
        }
        self.findings
    }

    fn add(&mut self, name: String, shape: Shape, offset: u64, place: Place) {
        let is_kept = self.findings.tensor(Tensor {
            name: name.into_boxed_str(),
            type_name: shape.data_type.name,
            row: shape.row,
            dimensions: shape.dimensions,
            elements: shape.elements,
            bytes: shape.bytes,
        });
        if is_kept {
            self.stored.push((place, shape, offset));
        }
    }

    /// Inputs of the graph that no initializer fills: before version 4 of the intermediate
    /// representation each initializer was an input too.
    fn add_inputs(&mut self) {
        let inputs = std::mem::take(&mut self.inputs);
        let tensors = self.findings.tensors_mut().iter().zip(&self.stored);
        let filled: HashSet<&str> = tensors
            .filter(|(_, (place, ..))| *place == Place::Initializer(MAIN_GRAPH))
            .map(|(tensor, _)| &*tensor.name)
            .collect();
        for input in inputs {
            if !filled.contains(input.name.as_str()) {
                self.facts.add_input(input);
            }
        }
    }

    fn report_duplicates(&mut self) {
        let mut initializers: Vec<(Place, &str, u64)> = self
            .findings
            .tensors_mut()
            .iter()
            .zip(&self.stored)
            .map(|(tensor, (place, _, offset))| (*place, &*tensor.name, *offset))
            .filter(|(place, name, _)| *place != Place::Node && !name.is_empty())
            .collect();
        initializers.sort_unstable();
        let duplicates: Vec<(u64, String)> = initializers
            .iter()
            .zip(initializers.iter().skip(1))
            .filter(|((place, name, _), (next, same, _))| (place, name) == (next, same))
            .map(|(_, (_, name, offset))| (*offset, (*name).to_owned()))
            .collect();
        for (offset, name) in duplicates {
            let fault = Fault::at(offset, OnnxProblem::DuplicateTensor);
            self.findings.add(fault.within(&name).within("tensors"));
        }
    }

    /// Operators that nothing defines: neither a standard nor a function of the file.
    fn report_custom(&mut self) {
        for (domain, operators) in std::mem::take(&mut self.custom) {
            let mut nodes = 0_u64;
            let mut first = None;
            for (op, (count, offset)) in operators {
                if !self.functions.contains(&(domain.clone(), op)) {
                    nodes = nodes.saturating_add(count);
                    first = Some(first.map_or(offset, |first: u64| first.min(offset)));
                }
            }
            if let Some(offset) = first {
                let problem = OnnxProblem::CustomOperators { domain, nodes };
                self.findings.add(Fault::at(offset, problem));
            }
        }
    }
}

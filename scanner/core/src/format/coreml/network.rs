//! Neural networks of Core ML: layers with their weights in place.

use super::Graphs;
use super::layers::{self, Holds};
use super::problem::CoreMlProblem;
use super::types;
use crate::anomalies::Fault;
use crate::format::graph::{GraphProblem, Result, bytes_of, elements, weights_in};
use crate::protobuf::{Span, Value};
use crate::quantization::Tensor;

/// Numbers of the fields of a `NeuralNetworkLayer` that are no type of layer.
const ABOUT_THE_LAYER: std::ops::RangeInclusive<u32> = 2..=10;

/// What a `WeightParams` has said so far.
#[derive(Debug, Default)]
struct Weights {
    offset: u64,
    floats: u64,
    halves: u64,
    raw: u64,
    int8: u64,
    bits: u64,
    is_lookup: bool,
}

impl Graphs<'_, '_, '_, '_> {
    /// A `NeuralNetwork`, or one that classifies or regresses.
    pub(super) fn network(&mut self, span: Span) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => self.layer(span)?,
                (1, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    fn layer(&mut self, span: Span) -> Result<()> {
        let mut name = String::new();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => name = self.findings.name(self.wire, span)?,
                (number, _) if ABOUT_THE_LAYER.contains(&number) => {}
                (layers::CUSTOM, Value::Bytes(span)) => {
                    self.custom(span, &name)?;
                }
                (number, Value::Bytes(span)) => {
                    self.parameters(span, layers::fields_of(number), &name)?;
                }
                _ => self.findings.wrong_kind(&field),
            }
        }
        Ok(())
    }

    /// The parameters of a layer, of which some fields hold weights.
    fn parameters(&mut self, span: Span, fields: &[(u32, Holds)], layer: &str) -> Result<()> {
        if fields.is_empty() {
            return Ok(());
        }
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            let held = fields.iter().find(|(number, _)| *number == field.number);
            match (held.map(|(_, holds)| *holds), field.value) {
                (Some(Holds::Matrix(name)), Value::Bytes(span)) => {
                    self.weights(span, &format!("{layer}.{name}"), 2)?;
                }
                (Some(Holds::Vector(name)), Value::Bytes(span)) => {
                    self.weights(span, &format!("{layer}.{name}"), 1)?;
                }
                (Some(Holds::Group(fields)), Value::Bytes(span)) => {
                    self.parameters(span, fields, layer)?;
                }
                (Some(Holds::Network), Value::Bytes(span)) => self.network(span)?,
                (Some(_), _) => self.findings.wrong_kind(&field),
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// A `CustomLayerParams`: the application brings the code.
    fn custom(&mut self, span: Span, layer: &str) -> Result<()> {
        let mut class = String::new();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (10, Value::Bytes(span)) => class = self.findings.name(self.wire, span)?,
                (20, Value::Bytes(span)) => self.weights(span, &format!("{layer}.weights"), 2)?,
                (10 | 20, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        self.runs_code = true;
        let problem = CoreMlProblem::CustomLayer(class);
        self.findings.report(span.start, layer, problem);
        Ok(())
    }

    /// A `WeightParams`. Its numbers have no shape; `dimensions` says whether they are a matrix.
    fn weights(&mut self, span: Span, name: &str, dimensions: u8) -> Result<()> {
        let mut weights = Weights {
            offset: span.start,
            ..Weights::default()
        };
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => {
                    weights.floats = weights.floats.saturating_add(span.packed_count(4)?);
                }
                (1, Value::Four(_)) => weights.floats = weights.floats.saturating_add(1),
                (2, Value::Bytes(span)) => weights.halves = span.packed_count(2)?,
                (30, Value::Bytes(span)) => weights.raw = span.length,
                (31, Value::Bytes(span)) => weights.int8 = span.length,
                (40, Value::Bytes(span)) => self.quantization(span, &mut weights)?,
                (1 | 2 | 30 | 31 | 40, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        self.add_weights(&weights, name, dimensions);
        Ok(())
    }

    /// A `QuantizationParams`.
    fn quantization(&mut self, span: Span, weights: &mut Weights) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Number(bits)) => weights.bits = bits,
                (101, Value::Bytes(_)) => weights.is_lookup = false,
                (102, Value::Bytes(_)) => weights.is_lookup = true,
                (1 | 101 | 102, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    fn add_weights(&mut self, weights: &Weights, name: &str, dimensions: u8) {
        let packed = if weights.is_lookup {
            types::lookup(weights.bits)
        } else {
            types::scaled(weights.bits)
        };
        if weights.raw > 0 && packed.is_none() {
            let problem = CoreMlProblem::UnknownWidth(weights.bits);
            self.findings
                .add(Fault::at(weights.offset, problem).within(name));
            self.has_unknown_shapes = true;
        }
        let elements = weights_in(weights.raw, weights.bits);
        for (type_name, elements, bits) in [
            ("F32", weights.floats, 32),
            ("F16", weights.halves, 16),
            ("int8", weights.int8, 8),
            (packed.unwrap_or_default(), elements, weights.bits),
        ] {
            if elements > 0 && !type_name.is_empty() {
                self.add(
                    name,
                    type_name,
                    &[elements],
                    dimensions,
                    bits,
                    weights.offset,
                );
            }
        }
    }

    /// Takes in a tensor; the last of its lengths is its row, unless it is a matrix whose lengths
    /// are not stated.
    pub(super) fn add(
        &mut self,
        name: &str,
        type_name: &'static str,
        dims: &[u64],
        dimensions: u8,
        bits: u64,
        offset: u64,
    ) {
        let elements = match elements(dims) {
            Ok(elements) => elements,
            Err(problem) => {
                return self.findings.report(offset, name, problem);
            }
        };
        let Some(bytes) = bytes_of(elements, bits) else {
            return self
                .findings
                .report(offset, name, GraphProblem::SizeOverflow);
        };
        let is_shaped = dims.len() == usize::from(dimensions);
        self.findings.tensor(Tensor {
            name: name.into(),
            type_name,
            row: dims.last().copied().filter(|_| is_shaped).unwrap_or(1),
            dimensions,
            elements,
            bytes,
        });
    }
}

//! ONNX: a protobuf `ModelProto` with a graph, its weights in it or in files beside it.
//!
//! Every tensor is found, wherever it stands; its values are counted, never copied. What the
//! reference checker (onnx 1.23) refuses of tensors and of external data is an anomaly here.
//! Source: <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>.

mod collector;
mod data_type;
mod graph;
mod operators;
mod ports;
mod problem;
mod start;
mod tensor;

use problem::OnnxProblem;

use crate::anomalies::{Anomalies, Fault, escape};
use crate::format::graph::{Findings, MAX_NAME, Result};
use crate::format::{Format, Header};
use crate::protobuf::{Span, Value, Wire};
use crate::reader::Reader;
use crate::record::{Facts, Loading, Property};
use collector::Collector;
use graph::Graphs;

/// Newest version of the intermediate representation that is known: `IR_VERSION` in onnx 1.23,
/// onnx.proto.
const NEWEST_IR: u64 = 14;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "onnx",
    suffixes: &["onnx"],
    recognised_by: "fields of a ModelProto in any order; without the suffix onnx, a graph of nodes among them",
    loading: Loading::Data,
    facts: "ir_version, producer, opsets, operators counted, functions, inputs and outputs of the graph, metadata_props with licence and URLs, every tensor in graphs, nodes and functions, files of external data with their digests",
    quantization: "each tensor's data type, and the operators that read it (DequantizeLinear, QLinear*, *Integer, those of com.microsoft)",
    limits: "262,144 tensors; messages nested 100 deep; 8,192 files of external data",
    recognises: start::recognises,
    read: Some(read),
};

/// Reads a model to its end, or to where its encoding breaks.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    let mut header = Header::default();
    let mut anomalies = Anomalies::default();
    let mut collector = Collector::new(Findings::new(&mut anomalies));
    let mut wire = Wire::new(reader);
    let mut model = Model::default();
    let outcome = model.read(&mut wire, &mut collector);
    if outcome.is_ok() {
        model.report_missing(&mut collector.findings);
    }
    model.describe(&mut collector.facts);
    let findings = collector.finish(&mut header);
    findings.finish(outcome, &wire, &mut header);
    header.version = model.ir_version.map(|version| version.to_string());
    header.facts.license_source = model
        .license
        .as_ref()
        .map(|_| "metadata_props.license".to_owned());
    header.facts.license = model.license;
    header.facts.anomalies = anomalies.into_vec();
    header
}

/// What a `ModelProto` says at its top.
#[derive(Debug, Default)]
struct Model {
    ir_version: Option<u64>,
    has_graph: bool,
    has_opset: bool,
    license: Option<String>,
    producer: (String, String),
}

impl Model {
    fn read(&mut self, wire: &mut Wire<'_, '_>, collector: &mut Collector<'_>) -> Result<()> {
        let graph_scope = collector.scope();
        let mut message = wire.file();
        while let Some(field) = wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Number(version)) => self.ir_version = Some(version),
                (7, Value::Bytes(span)) => {
                    self.has_graph = true;
                    Graphs { wire, collector }
                        .graph(span, graph_scope)
                        .map_err(|fault| fault.within("graph"))?;
                }
                (8, Value::Bytes(span)) => {
                    self.has_opset = true;
                    opset(wire, span, collector)?;
                }
                (20, Value::Bytes(span)) => Graphs { wire, collector }
                    .training(span)
                    .map_err(|fault| fault.within("training_info"))?,
                (25, Value::Bytes(span)) => Graphs { wire, collector }
                    .function(span)
                    .map_err(|fault| fault.within("functions"))?,
                (6, Value::Bytes(span)) => {
                    let text = collector.findings.search("doc_string", wire, span)?;
                    collector.facts.say_bytes(Property::Description, &text);
                }
                (14, Value::Bytes(span)) => {
                    let (key, value) = collector.findings.property("metadata_props", wire, span)?;
                    if key == "license" && value.len() <= MAX_NAME {
                        self.license = Some(escape(&value));
                    }
                    collector.facts.say_metadata(&key, &value);
                }
                (2, Value::Bytes(span)) => {
                    self.producer.0 = collector.said(wire, span)?;
                }
                (3, Value::Bytes(span)) => {
                    // CatBoost writes lines of its build into it.
                    let text = collector.findings.search("producer_version", wire, span)?;
                    self.producer.1 = escape(&text);
                }
                (4, Value::Bytes(span)) => {
                    let domain = collector.said(wire, span)?;
                    collector.facts.say(Property::Domain, &domain);
                }
                // Nearly every model says 0, which means nothing.
                (5, Value::Number(version)) if version > 0 => {
                    let version = version.cast_signed().to_string();
                    collector.facts.say(Property::Version, &version);
                }
                // model_version, configuration
                (5, Value::Number(_)) | (26, Value::Bytes(_)) => {}
                (1..=8 | 14 | 20 | 25 | 26, _) => collector.findings.wrong_kind(&field),
                _ => collector.findings.unknown_field(&field),
            }
        }
        Ok(())
    }

    fn describe(&self, facts: &mut Facts) {
        let (name, version) = &self.producer;
        facts.say_version(Property::Producer, name, version);
    }

    /// Reports what every model must state: onnx 1.23, `check_model`.
    fn report_missing(&self, findings: &mut Findings<'_>) {
        let version = match self.ir_version {
            None | Some(0) => Some(OnnxProblem::MissingIrVersion),
            Some(found) if found > NEWEST_IR => Some(OnnxProblem::UnknownIrVersion(found)),
            Some(_) => None,
        };
        let opset = self.ir_version.is_some_and(|version| version >= 3) && !self.has_opset;
        let missing = [
            version,
            (!self.has_graph).then_some(OnnxProblem::MissingGraph),
            opset.then_some(OnnxProblem::MissingOpset),
        ];
        for problem in missing.into_iter().flatten() {
            findings.add(Fault::anywhere(problem));
        }
    }
}

/// An `OperatorSetIdProto`. The domain of ONNX's own operators is mostly left empty.
fn opset(wire: &mut Wire<'_, '_>, span: Span, collector: &mut Collector<'_>) -> Result<()> {
    let mut domain = String::new();
    let mut version = 0;
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (1, Value::Bytes(span)) => domain = collector.said(wire, span)?,
            (2, Value::Number(number)) => version = number,
            (1 | 2, _) => collector.findings.wrong_kind(&field),
            _ => {}
        }
    }
    if domain.is_empty() {
        operators::OWN_DOMAIN.clone_into(&mut domain);
    }
    let version = version.cast_signed().to_string();
    collector
        .facts
        .say_version(Property::Opset, &domain, &version);
    Ok(())
}

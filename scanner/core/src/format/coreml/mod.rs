//! Core ML: a protobuf `Model`, alone or in a package with its weights beside it.
//!
//! Neural networks carry their weights; programs name blobs in a file of weights. Source:
//! coremltools 9.0, `Model.proto`, `NeuralNetwork.proto`, `MIL.proto`.

mod features;
mod layers;
mod manifest;
mod network;
mod problem;
mod program;
mod start;
mod types;

pub(crate) use manifest::{MANIFEST, check as check_manifest};

use std::collections::BTreeSet;

use crate::anomalies::{Anomalies, Fault, escape};
use crate::description::Operators;
use crate::format::graph::{Findings, MAX_NAME, Result};
use crate::format::{Format, Header};
use crate::protobuf::{Message, Span, Value, Wire};
use crate::quantization::Claimed;
use crate::reader::Reader;
use crate::record::{Facts, Loading, Port, Property};
use problem::CoreMlProblem;

/// Newest version of the specification that is known: `_SPECIFICATION_VERSION_IOS_26` in
/// coremltools 9.0.
const NEWEST_SPECIFICATION: u64 = 10;

/// Its name.
pub(crate) const NAME: &str = "coreml";

/// Where the licence stands.
const LICENSE: &str = "metadata.license";

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    suffixes: &["mlmodel"],
    recognised_by: "fields of a Model: specificationVersion and a description; without the suffix mlmodel, the type of the model too",
    loading: Loading::Data,
    facts: "specificationVersion, inputs and outputs, operations of programs counted, description, author, version, licence, user-defined metadata and URLs in it, classes of custom models and layers, every tensor of networks and programs, the file of weights with its digest",
    quantization: "bits of each network's weights; each constant's data type, and the constexpr operations that expand it",
    limits: "262,144 tensors; messages nested 100 deep; parameters of trees and other models that are no networks",
    recognises: start::recognises,
    read: Some(read),
};

/// A walk over a model and the models in it.
struct Graphs<'walk, 'a, 'source, 'found> {
    wire: &'walk mut Wire<'a, 'source>,
    findings: &'walk mut Findings<'found>,
    specification: Option<u64>,
    license: Option<String>,
    has_model: bool,
    runs_code: bool,
    has_unknown_shapes: bool,
    /// Constants that are indices into a table of values.
    lookups: BTreeSet<String>,
    /// Operations that expand compressed weights.
    constexprs: BTreeSet<String>,
    operators: Operators,
    /// What the model says of itself.
    facts: Facts,
    /// How many pipelines the walk is in: their models say nothing of the whole.
    pipelines: u32,
}

/// Reads a model to its end, or to where its encoding breaks.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    let mut header = Header::default();
    let mut anomalies = Anomalies::default();
    let mut findings = Findings::new(&mut anomalies);
    let mut wire = Wire::new(reader);
    let file = wire.file();
    let mut graphs = Graphs {
        wire: &mut wire,
        findings: &mut findings,
        specification: None,
        license: None,
        has_model: false,
        runs_code: false,
        has_unknown_shapes: false,
        lookups: BTreeSet::new(),
        constexprs: BTreeSet::new(),
        operators: Operators::default(),
        facts: Facts::default(),
        pipelines: 0,
    };
    let outcome = graphs.model(file);
    if outcome.is_ok() {
        graphs.report_missing();
    }
    graphs.write(&mut header);
    let has_unknown_shapes = graphs.has_unknown_shapes;
    findings.finish(outcome, &wire, &mut header);
    header.facts.parameters = header.facts.parameters.filter(|_| !has_unknown_shapes);
    header.facts.anomalies = anomalies.into_vec();
    header
}

impl Graphs<'_, '_, '_, '_> {
    /// A `Model`, the file's or one of a pipeline.
    fn model(&mut self, mut message: Message) -> Result<()> {
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Number(version)) => {
                    self.specification = self.specification.max(Some(version));
                }
                (2, Value::Bytes(span)) => self.description(span)?,
                (10, Value::Number(_)) => {}
                (number @ 200.., Value::Bytes(span)) => {
                    self.has_model = true;
                    self.model_of_type(number, span)?;
                }
                (1 | 2 | 10 | 200.., _) => self.findings.wrong_kind(&field),
                _ => self.findings.unknown_field(&field),
            }
        }
        Ok(())
    }

    fn model_of_type(&mut self, number: u32, span: Span) -> Result<()> {
        match number {
            200 | 201 => self.models_in(span, Self::pipeline),
            202 => self.pipeline(span),
            303 | 403 | 500 => self.network(span),
            502 => self.program(span),
            555 => self.custom_model(span),
            556 => self.linked_model(span),
            // Feature engineering, identity, and what the system brings itself: no weights.
            560 | 600..=604 | 606 | 607 | 609 | 610 | 900 | 2000..=2006 => Ok(()),
            // Linear models, vectors, trees, neighbours: parameters that are not read.
            300..=302 | 304 | 400..=402 | 404 | 501 => {
                self.has_unknown_shapes = true;
                Ok(())
            }
            3000 => {
                self.has_unknown_shapes = true;
                let problem = CoreMlProblem::SerializedModel;
                self.findings.add(Fault::at(span.start, problem));
                Ok(())
            }
            _ => {
                self.has_unknown_shapes = true;
                let problem = CoreMlProblem::UnknownModel(number);
                self.findings.add(Fault::at(span.start, problem));
                Ok(())
            }
        }
    }

    /// A `Pipeline`: models one after the other.
    fn pipeline(&mut self, span: Span) -> Result<()> {
        self.pipelines = self.pipelines.saturating_add(1);
        let outcome = self.models_in(span, |graphs, model| graphs.model(model.message()?));
        self.pipelines = self.pipelines.saturating_sub(1);
        outcome
    }

    fn models_in(
        &mut self,
        span: Span,
        mut take: impl FnMut(&mut Self, Span) -> Result<()>,
    ) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => take(self, span)?,
                (1, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    fn custom_model(&mut self, span: Span) -> Result<()> {
        let mut class = String::new();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (10, Value::Bytes(span)) => class = self.findings.name(self.wire, span)?,
                (10, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        self.runs_code = true;
        let problem = CoreMlProblem::CustomModel(class);
        self.findings.add(Fault::at(span.start, problem));
        Ok(())
    }

    /// A `LinkedModel`: `LinkedModelFile` of a name and a search path, each a `StringParameter`.
    fn linked_model(&mut self, span: Span) -> Result<()> {
        let mut name = String::new();
        self.models_in(span, |graphs, file| {
            graphs.models_in(file, |graphs, parameter| {
                graphs.models_in(parameter, |graphs, text| {
                    name = graphs.findings.name(graphs.wire, text)?;
                    Ok(())
                })
            })
        })?;
        self.has_unknown_shapes = true;
        let problem = CoreMlProblem::LinkedModel(name);
        self.findings.add(Fault::at(span.start, problem));
        Ok(())
    }

    fn description(&mut self, span: Span) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (100, Value::Bytes(span)) => self.metadata(span)?,
                (number @ (1 | 10), Value::Bytes(span)) if self.pipelines == 0 => {
                    let port = features::read(self.wire, span, self.findings)?;
                    if number == 1 {
                        self.facts.add_input(port);
                    } else {
                        self.facts.add_output(port);
                    }
                }
                (20, Value::Bytes(span)) if self.pipelines == 0 => self.function_of(span)?,
                (100, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    /// A `FunctionDescription`: one of several programs in a model, with its own inputs.
    fn function_of(&mut self, span: Span) -> Result<()> {
        let mut name = String::new();
        let mut ports = Vec::new();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => name = self.findings.name(self.wire, span)?,
                (number @ (2 | 3), Value::Bytes(span)) => {
                    let port = features::read(self.wire, span, self.findings)?;
                    if self.findings.has_room(ports.len()) {
                        ports.push((number == 2, port));
                    }
                }
                _ => {}
            }
        }
        self.facts.say(Property::Function, &name);
        for (is_input, port) in ports {
            let port = Port {
                signature: Some(name.clone()),
                ..port
            };
            if is_input {
                self.facts.add_input(port);
            } else {
                self.facts.add_output(port);
            }
        }
        Ok(())
    }

    fn metadata(&mut self, span: Span) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            let (key, span) = match (field.number, field.value) {
                (1, Value::Bytes(span)) => ("metadata.shortDescription", span),
                (2, Value::Bytes(span)) => ("metadata.versionString", span),
                (3, Value::Bytes(span)) => ("metadata.author", span),
                (4, Value::Bytes(span)) => (LICENSE, span),
                (100, Value::Bytes(span)) => {
                    let of = "metadata.userDefined";
                    let (key, value) = self.findings.property(of, self.wire, span)?;
                    self.facts.say_metadata(&key, &value);
                    continue;
                }
                (1..=4 | 100, _) => {
                    self.findings.wrong_kind(&field);
                    continue;
                }
                _ => continue,
            };
            let text = self.findings.search(key, self.wire, span)?;
            match field.number {
                1 => self.facts.say_bytes(Property::Description, &text),
                2 => self.facts.say_bytes(Property::Version, &text),
                3 => self.facts.say_bytes(Property::Author, &text),
                _ => {}
            }
            if key == LICENSE && text.len() <= MAX_NAME {
                self.license = Some(escape(&text));
            }
        }
        Ok(())
    }

    fn report_missing(&mut self) {
        let version = match self.specification {
            None | Some(0) => Some(CoreMlProblem::MissingSpecification),
            Some(found) if found > NEWEST_SPECIFICATION => {
                Some(CoreMlProblem::UnknownSpecification(found))
            }
            Some(_) => None,
        };
        let model = (!self.has_model).then_some(CoreMlProblem::MissingModel);
        for problem in version.into_iter().chain(model) {
            self.findings.add(Fault::anywhere(problem));
        }
    }

    /// Writes what is known beyond what all graphs have.
    fn write(&mut self, header: &mut Header) {
        for tensor in self.findings.tensors_mut() {
            let bits = tensor.type_name.strip_prefix("uint").map(str::parse);
            if let Some(Ok(bits)) = bits
                && self.lookups.contains(&*tensor.name)
            {
                tensor.type_name = types::lookup(bits).unwrap_or(tensor.type_name);
            }
        }
        header.version = self.specification.map(|version| version.to_string());
        header.facts.license = self.license.take().filter(|license| !license.is_empty());
        header.facts.license_source = header.facts.license.as_ref().map(|_| LICENSE.to_owned());
        if self.runs_code {
            header.facts.loading = Some(Loading::Code);
        }
        header.claims = self.claims();
        std::mem::take(&mut self.operators).finish(&mut self.facts);
        header.facts.take_description(&mut self.facts);
    }

    /// What the operations that expand weights, and the layers that hold them packed, say of them.
    fn claims(&mut self) -> Vec<Claimed> {
        let labels: BTreeSet<&'static str> = self
            .findings
            .tensors_mut()
            .iter()
            .map(|tensor| tensor.type_name)
            .filter(|name| {
                ["int", "uint", "lut"]
                    .iter()
                    .any(|kind| name.starts_with(kind))
            })
            .collect();
        let operations: Vec<&str> = self.constexprs.iter().map(String::as_str).collect();
        let source = if operations.is_empty() {
            "layers: quantization".to_owned()
        } else {
            format!("program: {}", operations.join(", "))
        };
        labels
            .into_iter()
            .map(|label| Claimed::Graph {
                label,
                source: source.clone(),
            })
            .collect()
    }
}

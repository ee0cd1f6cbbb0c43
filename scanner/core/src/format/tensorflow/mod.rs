//! TensorFlow: saved models, graphs and meta graphs in protobuf.
//!
//! The graph and its function library are walked for operators and constants; variables are known as
//! the graph declares them, their values stand in files beside it. Sources: TensorFlow 2.21,
//! `saved_model.proto`, `meta_graph.proto`, `graph.proto`, `function.proto`, `tensor.proto`.

mod further;
mod graph;
mod keras_metadata;
mod operators;
mod problem;
mod signature;
mod start;
mod tensor;
mod types;

pub(super) use further::{goes_on, may_go_on};

use crate::anomalies::{Anomalies, Fault};
use crate::format::graph::{Findings, Result};
use crate::format::{Format, Header};
use crate::protobuf::{Message, Span, Value, Wire};
use crate::reader::Reader;
use crate::record::Loading;
use graph::{Graphs, Seen};
use problem::TensorFlowProblem;

/// The name of the saved model's format; variables stand beside a file of it.
pub(crate) const SAVED_MODEL_NAME: &str = "tf-saved-model";

/// Where a saved model keeps what its variables hold: `tensorflow/cc/saved_model/constants.h`.
pub(crate) const VARIABLES_INDEX: &str = "variables/variables.index";

const FACTS: &str = "operators counted, in graph and functions; signatures, tags, inputs and outputs, version of TensorFlow; operators that call Python, touch files or connect; constants; variables as declared";
const QUANTIZATION: &str = "each constant's and variable's type, and the operators that read it";
const LIMITS: &str = "262,144 tensors; messages nested 100 deep; values of variables are not read";

/// Whether an operator does more than compute, whatever its attributes say, where it stands outside
/// of a saved model.
pub(super) fn is_more_than_computing(op: &str) -> bool {
    operators::deed(op).is_some() || operators::is_of_checkpoints(op)
}

/// The operators that do more than compute where an attribute holds this text.
pub(super) fn operators_by(key: &str, text: &[u8]) -> impl Iterator<Item = &'static str> {
    operators::by_attribute(key, text).map(|known| known.op)
}

/// An operator, as a node says.
#[derive(Debug)]
pub(super) struct Operator {
    /// Its name.
    pub(super) name: String,
    /// Whether it does more than compute with the attributes of the node.
    pub(super) is_more_than_computing: bool,
}

/// Reads a `NodeDef` that takes the rest of the reader; `None` where it is broken.
pub(super) fn read_node(reader: &mut Reader<'_>, anomalies: &mut Anomalies) -> Option<Operator> {
    let mut findings = Findings::new(anomalies);
    let mut wire = Wire::new(reader);
    let message = wire.file();
    let mut graphs = Graphs {
        wire: &mut wire,
        findings: &mut findings,
        seen: &mut Seen::default(),
    };
    let outcome = graphs.operator_of(message);
    outcome.map_err(|fault| findings.add(fault)).ok()
}

/// A `SavedModel`.
pub(super) const SAVED_MODEL: Format = Format {
    name: SAVED_MODEL_NAME,
    suffixes: &["pb"],
    recognised_by: "fields of a SavedModel, with the name saved_model.pb or with a meta graph in it",
    loading: Loading::Data,
    facts: "operators counted, in graph and functions; signatures, tags, inputs and outputs, version of TensorFlow; operators that call Python, touch files or connect; layers of Keras and what they import; constants; variables as declared; assets and variables with their digests",
    quantization: QUANTIZATION,
    limits: LIMITS,
    recognises: start::saved_model,
    read: Some(read_saved_model),
};

/// A `MetaGraphDef`, as version 1 of TensorFlow writes beside its checkpoints.
pub(super) const META_GRAPH: Format = Format {
    name: "tf-meta-graph",
    suffixes: &["pb"],
    recognised_by: "fields of a MetaGraphDef, a node or an operator among them",
    loading: Loading::Data,
    facts: FACTS,
    quantization: QUANTIZATION,
    limits: LIMITS,
    recognises: start::meta_graph,
    read: Some(read_meta_graph),
};

/// A `GraphDef`, its variables frozen to constants.
pub(super) const GRAPH: Format = Format {
    name: "tf-graph",
    suffixes: &["pb"],
    recognised_by: "fields of a GraphDef, a node of a known operator or attribute among them",
    loading: Loading::Data,
    facts: FACTS,
    quantization: QUANTIZATION,
    limits: LIMITS,
    recognises: start::graph,
    read: Some(read_graph),
};

/// A `SavedMetadata`: the configurations of Keras layers beside a saved model.
pub(super) const KERAS_METADATA: Format = Format {
    name: "keras-metadata",
    suffixes: &["pb"],
    recognised_by: "fields of a SavedMetadata, with the name keras_metadata.pb",
    loading: Loading::Data,
    facts: "layers and what they import",
    quantization: "",
    limits: "configurations of 16 MiB",
    recognises: start::keras_metadata,
    read: Some(read_keras_metadata),
};

/// Reads a saved model to its end, or to where its encoding breaks.
#[must_use]
pub fn read_saved_model(reader: &mut Reader<'_>) -> Header {
    read(reader, Root::SavedModel)
}

/// Reads a meta graph to its end, or to where its encoding breaks.
#[must_use]
pub fn read_meta_graph(reader: &mut Reader<'_>) -> Header {
    read(reader, Root::MetaGraph)
}

/// Reads a graph to its end, or to where its encoding breaks.
#[must_use]
pub fn read_graph(reader: &mut Reader<'_>) -> Header {
    read(reader, Root::Graph)
}

/// Reads configurations of Keras layers to their end, or to where their encoding breaks.
#[must_use]
pub fn read_keras_metadata(reader: &mut Reader<'_>) -> Header {
    let mut header = read(reader, Root::KerasMetadata);
    // It describes layers, not their weights.
    header.facts.parameters = None;
    header
}

/// A model while it is read.
struct Model<'walk, 'a, 'source, 'found> {
    wire: &'walk mut Wire<'a, 'source>,
    findings: &'walk mut Findings<'found>,
    seen: Seen,
    schema: Option<u64>,
    runs_code: bool,
}

/// The message that a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    SavedModel,
    MetaGraph,
    Graph,
    KerasMetadata,
}

fn read(reader: &mut Reader<'_>, root: Root) -> Header {
    let mut header = Header::default();
    let mut anomalies = Anomalies::default();
    let mut findings = Findings::new(&mut anomalies);
    let mut wire = Wire::new(reader);
    let file = wire.file();
    let mut model = Model {
        wire: &mut wire,
        findings: &mut findings,
        seen: Seen::default(),
        schema: None,
        runs_code: false,
    };
    let outcome = model.root(root, file);
    let Model {
        mut seen,
        schema,
        runs_code,
        ..
    } = model;
    seen.report(&mut findings, &mut header);
    seen.describe(&mut header.facts);
    if outcome.is_ok() && !seen.has_graph && root != Root::KerasMetadata {
        findings.add(Fault::anywhere(TensorFlowProblem::MissingGraph));
    }
    if runs_code {
        header.facts.loading = Some(Loading::Code);
    }
    if seen.has_variables && root == Root::SavedModel {
        findings.external(VARIABLES_INDEX, 0, 0, "variables");
    }
    header.version = schema.map(|version| version.to_string());
    findings.finish(outcome, &wire, &mut header);
    header.facts.parameters = header.facts.parameters.filter(|_| seen.knows_parameters());
    header.facts.anomalies = anomalies.into_vec();
    header
}

impl<'a, 'source, 'found> Model<'_, 'a, 'source, 'found> {
    fn root(&mut self, root: Root, message: Message) -> Result<()> {
        match root {
            Root::SavedModel => self.saved_model(message),
            Root::MetaGraph => self.meta_graph(message),
            Root::Graph => self.graphs().graph(message),
            Root::KerasMetadata => {
                self.runs_code = keras_metadata::read(self.wire, message, self.findings)?;
                Ok(())
            }
        }
    }

    fn graphs(&mut self) -> Graphs<'_, 'a, 'source, 'found> {
        Graphs {
            wire: self.wire,
            findings: self.findings,
            seen: &mut self.seen,
        }
    }

    fn saved_model(&mut self, mut message: Message) -> Result<()> {
        let mut schema = 0;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Number(version)) => schema = version,
                (2, Value::Bytes(span)) => self.meta_graph(span.message()?)?,
                (1 | 2, _) => self.findings.wrong_kind(&field),
                _ => self.findings.unknown_field(&field),
            }
        }
        self.schema = Some(schema).filter(|schema| *schema > 0);
        if schema > 1 {
            let problem = TensorFlowProblem::UnknownSchema(schema);
            self.findings.add(Fault::anywhere(problem));
        }
        Ok(())
    }

    fn meta_graph(&mut self, mut message: Message) -> Result<()> {
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (2, Value::Bytes(span)) => self.graphs().graph(span.message()?)?,
                (6, Value::Bytes(span)) => self.asset(span)?,
                (7, Value::Bytes(span)) => {
                    self.runs_code |=
                        keras_metadata::read_object_graph(self.wire, span, self.findings)?;
                }
                (1, Value::Bytes(span)) => {
                    signature::meta_info(self.wire, span, self.findings, &mut self.seen.facts)?;
                }
                (5, Value::Bytes(span)) => {
                    signature::read(self.wire, span, self.findings, &mut self.seen.facts)?;
                }
                // saver_def, collection_def
                (3 | 4, Value::Bytes(_)) => {}
                (1..=7, _) => self.findings.wrong_kind(&field),
                _ => self.findings.unknown_field(&field),
            }
        }
        Ok(())
    }

    /// An `AssetFileDef`: a file that the graph reads, by its name in the directory of assets.
    fn asset(&mut self, span: Span) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            if let (2, Value::Bytes(span)) = (field.number, field.value) {
                let name = self.findings.name(self.wire, span)?;
                self.findings
                    .external(&format!("assets/{name}"), 0, span.start, "assets");
            }
        }
        Ok(())
    }
}

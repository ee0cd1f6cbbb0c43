//! `TFLite` (`LiteRT`), schema version 3: the flatbuffer of TensorFlow Lite.
//!
//! A model has operator codes, subgraphs of tensors and operators, and buffers; a tensor whose
//! buffer holds bytes is a weight or another constant, every other one is made while the model
//! runs. An integer type alone shows no quantization: only a scale does.
//! Source: `schema.fbs`, <https://github.com/tensorflow/tensorflow/tree/master/tensorflow/compiler/mlir/lite/schema>.

mod buffers;
mod builtins;
mod customs;
mod flex;
mod metadata;
mod operators;
mod ports;
mod problem;
mod subgraphs;
mod tensor_types;

pub use problem::TfliteProblem;

use crate::anomalies::{Anomalies, Fault, escape};
use crate::description::Operators;
use crate::destinations::Destinations;
use crate::flatbuffer::{Flatbuffer, Table};
use crate::format::{Format, Header, signatures};
use crate::reader::Reader;
use crate::record::{Loading, Property};
use subgraphs::Known;

/// The bytes behind the root offset.
const IDENTIFIER: [u8; 4] = *b"TFL3";

/// The version of the schema that readers take: `TFLITE_SCHEMA_VERSION` in `version.h`.
const MODEL_VERSION: u32 = 3;

/// Subgraphs, buffers and metadata entries, each. The largest language models have
/// a few thousand buffers.
const MAX_ITEMS: u64 = 65_536;

/// Operator codes: the schema has some two hundred operators, each in a few versions.
const MAX_CODES: u64 = 4096;

/// Tensors of all subgraphs. Subgraphs that share their weights describe them again, so that
/// language models come to some ten thousand.
const MAX_TENSORS: u64 = 262_144;

/// Operators of all subgraphs: about as many as tensors.
const MAX_OPERATORS: u64 = 262_144;

/// Dimensions of a tensor: more than any kernel takes (8 in `runtime_shape.h`).
const MAX_DIMENSIONS: u64 = 64;

/// Inputs or outputs of one operator or subgraph; a concatenation may have thousands.
const MAX_PORTS: u64 = 65_536;

/// Bytes of all tensor names that are kept: 64 for each of the most.
const MAX_NAME_BYTES: usize = 16 * 1024 * 1024;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "tflite",
    suffixes: &["tflite", "lite"],
    recognised_by: "TFL3 at 4",
    loading: Loading::Data,
    facts: "operators counted, signatures, inputs and outputs, every tensor that holds data, description, oldest runtime, licence and URLs in metadata",
    quantization: "type and scales of each tensor whose buffer holds data",
    limits: "262144 tensors; options of operators that are not TensorFlow's",
    recognises: signatures::tflite,
    read: Some(read),
};

type Result<T> = std::result::Result<T, Fault<TfliteProblem>>;

/// Reads a model without its weights.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    super::header_of(reader, read_into)
}

fn read_into(
    header: &mut Header,
    reader: &mut Reader<'_>,
    anomalies: &mut Anomalies,
) -> Result<()> {
    reader.seek(4)?;
    let identifier = reader.array()?;
    if identifier != IDENTIFIER {
        return Err(Fault::at(4, TfliteProblem::Identifier(identifier)));
    }
    let size = reader.size();
    let mut buffer = Flatbuffer::new(reader, 0, size);
    let model = buffer.root()?;
    let version = buffer.u32(&model, fields::VERSION, 0)?;
    header.version = Some(version.to_string());
    if version != MODEL_VERSION {
        return Err(Fault::at(model.at, TfliteProblem::Version(version)));
    }
    let mut destinations = Destinations::default();
    if let Some((text, at)) = buffer.string(&model, fields::DESCRIPTION)? {
        destinations.scan("description", &text, Some(at), anomalies);
        header.facts.say_bytes(Property::Description, &text);
    }
    let codes = operators::read(&mut buffer, &model, anomalies)
        .map_err(|fault| fault.within("operator codes"))?;
    let buffers = buffers::read(&mut buffer, &model).map_err(|fault| fault.within("buffers"))?;
    let outcome = metadata::read(
        &mut buffer,
        &model,
        &buffers,
        &mut header.facts,
        &mut destinations,
        anomalies,
    );
    outcome.map_err(|fault| fault.within("metadata"))?;
    header.facts.destinations = destinations.into_vec();
    let elsewhere = buffers::read_external(&mut buffer, &model, header, anomalies)
        .map_err(|fault| fault.within("external buffers"))?;
    let known = Known {
        codes: &codes,
        buffers: &buffers,
        elsewhere: &elsewhere,
    };
    let read = subgraphs::read(&mut buffer, &model, &known, anomalies)
        .map_err(|fault| fault.within("subgraphs"))?;
    let mut used = Operators::default();
    for (code, nodes) in codes.iter().zip(&read.uses) {
        used.add(&code.name, *nodes);
    }
    used.finish(&mut header.facts);
    ports::read(&mut buffer, &model, &mut header.facts).map_err(|fault| fault.within("ports"))?;
    header.facts.parameters = Some(read.parameters);
    header.claims = read.claims();
    header.tensors = read.tensors;
    Ok(())
}

/// Fields of `Model`, by their place in the schema.
mod fields {
    pub(super) const VERSION: usize = 0;
    pub(super) const OPERATOR_CODES: usize = 1;
    pub(super) const SUBGRAPHS: usize = 2;
    pub(super) const DESCRIPTION: usize = 3;
    pub(super) const BUFFERS: usize = 4;
    pub(super) const METADATA_BUFFER: usize = 5;
    pub(super) const METADATA: usize = 6;
    pub(super) const SIGNATURES: usize = 7;
    pub(super) const EXTERNAL_GROUPS: usize = 8;
    pub(super) const EXTERNAL_BUFFERS: usize = 9;
}

/// The text of a field; empty where it is absent. Bytes that are not UTF-8 are reported.
fn text(
    buffer: &mut Flatbuffer<'_, '_>,
    table: &Table,
    field: usize,
    anomalies: &mut Anomalies,
) -> Result<String> {
    let Some((bytes, at)) = buffer.string(table, field)? else {
        return Ok(String::new());
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            anomalies.report(|| Fault::at(at, TfliteProblem::NotUtf8));
            Ok(escape(error.as_bytes()))
        }
    }
}

/// Refuses an index that is not below a length.
fn check_index(of: &'static str, at: u64, found: i64, length: usize) -> Result<()> {
    let is_there = usize::try_from(found).is_ok_and(|index| index < length);
    if is_there {
        return Ok(());
    }
    let length = crate::reader::widen(length);
    Err(Fault::at(at, TfliteProblem::Index { of, found, length }))
}

//! What Keras keeps of its layers beside a graph: their configurations, as JSON.
//!
//! `tf.keras` rebuilds layers from them when it loads the model, and a Lambda layer's code with
//! them. They stand in the object graph (`SavedUserObject.metadata`, `saved_object_graph.proto`) of
//! models of TensorFlow up to 2.4, in `keras_metadata.pb` (`SavedObject.metadata`,
//! `saved_metadata.proto`) since.

use super::problem::TensorFlowProblem;
use crate::anomalies::Fault;
use crate::format::graph::{Findings, Result};
use crate::format::keras::{Config, MAX_CONFIG};
use crate::protobuf::{Message, Span, Value, Wire};

/// What configurations are called where something is wrong with one.
const SOURCE: &str = "metadata";

/// Reads a `SavedMetadata`; returns whether a layer runs code.
pub(super) fn read(
    wire: &mut Wire<'_, '_>,
    mut message: Message,
    findings: &mut Findings<'_>,
) -> Result<bool> {
    let mut runs_code = false;
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (1, Value::Bytes(span)) => runs_code |= read_object(wire, span, 5, findings)?,
            (1, _) => findings.wrong_kind(&field),
            _ => findings.unknown_field(&field),
        }
    }
    Ok(runs_code)
}

/// Reads a `SavedObjectGraph`; returns whether a layer runs code.
pub(super) fn read_object_graph(
    wire: &mut Wire<'_, '_>,
    span: Span,
    findings: &mut Findings<'_>,
) -> Result<bool> {
    let mut runs_code = false;
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        if let (1, Value::Bytes(span)) = (field.number, field.value) {
            let mut object = span.message()?;
            while let Some(field) = wire.next(&mut object)? {
                if let (4, Value::Bytes(span)) = (field.number, field.value) {
                    runs_code |= read_object(wire, span, 3, findings)?;
                }
            }
        }
    }
    Ok(runs_code)
}

/// Reads a message whose field of this number is a configuration.
fn read_object(
    wire: &mut Wire<'_, '_>,
    span: Span,
    number: u32,
    findings: &mut Findings<'_>,
) -> Result<bool> {
    let mut runs_code = false;
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        match field.value {
            Value::Bytes(span) if field.number == number => {
                let Some(bytes) = wire.bytes(span, MAX_CONFIG)? else {
                    let problem = TensorFlowProblem::LongConfiguration(span.length);
                    findings.add(Fault::at(span.start, problem));
                    continue;
                };
                if !bytes.is_empty() {
                    let (destinations, anomalies) = findings.texts();
                    let config = Config::read(&bytes, SOURCE, destinations, anomalies);
                    runs_code |= config.is_executable();
                }
            }
            _ if field.number == number => findings.wrong_kind(&field),
            _ => {}
        }
    }
    Ok(runs_code)
}

//! What Keras keeps of its layers beside a graph: their configurations, as JSON.
//!
//! `tf.keras` rebuilds layers from them when it loads the model, and a Lambda layer's code with
//! them. They stand in the object graph (`SavedUserObject.metadata`, `saved_object_graph.proto`) of
//! models of TensorFlow up to 2.4, in `keras_metadata.pb` (`SavedObject.metadata`,
//! `saved_metadata.proto`) since.

use super::problem::{MAX_CONFIGURATION, TensorFlowProblem};
use crate::anomalies::Fault;
use crate::format::graph::{Findings, Result};
use crate::json::{self, Events, Scalar};
use crate::protobuf::{Message, Span, Value, Wire};

/// The layer that runs code of its configuration.
const LAMBDA: &str = "Lambda";

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
                let problem = match wire.bytes(span, MAX_CONFIGURATION)? {
                    Some(configuration) => problem_of(&configuration),
                    None => Some(TensorFlowProblem::LongConfiguration(span.length)),
                };
                runs_code |= matches!(problem, Some(TensorFlowProblem::LambdaLayer(_)));
                if let Some(problem) = problem {
                    findings.add(Fault::at(span.start, problem));
                }
            }
            _ if field.number == number => findings.wrong_kind(&field),
            _ => {}
        }
    }
    Ok(runs_code)
}

/// What is wrong with one configuration; empty ones say nothing.
fn problem_of(configuration: &[u8]) -> Option<TensorFlowProblem> {
    if configuration.is_empty() {
        return None;
    }
    let mut layers = Layers::default();
    let outcome = json::walk(configuration, &mut layers);
    let lambda = layers.lambda.map(TensorFlowProblem::LambdaLayer);
    lambda.or_else(|| {
        let error = outcome.err()?.to_string();
        Some(TensorFlowProblem::BrokenConfiguration(error))
    })
}

/// The first Lambda layer of a configuration.
#[derive(Debug, Default)]
struct Layers {
    lambda: Option<String>,
}

impl Events for Layers {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        let is_class = path.last().is_some_and(|key| key == "class_name");
        if is_class && scalar == Scalar::Text(LAMBDA) {
            self.lambda.get_or_insert_with(|| path.join("."));
        }
    }

    fn duplicate(&mut self, _: &[String]) {}
}

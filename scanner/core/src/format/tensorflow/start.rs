//! Whether a file's first bytes are those of a model of TensorFlow.
//!
//! Protobuf has no magic: every field that starts within the bytes must be one of the message, and
//! what is seen must hold a node of a graph that nothing else has. The fixed names of a saved
//! model's files stand in for that.

use super::super::signatures::Start;
use super::operators;
use crate::protobuf::{StartField, StartValue, fields_at_start};

/// Attributes that most operators have.
pub(super) const ATTRIBUTES: &[&[u8]] = &[b"T", b"_output_shapes", b"dtype", b"shape", b"value"];

pub(in crate::format) fn saved_model(start: &Start<'_>) -> bool {
    let mut has_meta_graph = false;
    let is_message = is_message(start.bytes, |field| match field {
        (1, StartValue::Number(_)) => true,
        (2, StartValue::Bytes(bytes, _)) => {
            has_meta_graph |= is_meta_graph(bytes);
            true
        }
        _ => false,
    });
    is_message && has_meta_graph || start.name == "saved_model.pb" && is_any_message(start.bytes)
}

pub(in crate::format) fn meta_graph(start: &Start<'_>) -> bool {
    is_meta_graph(start.bytes)
}

pub(in crate::format) fn graph(start: &Start<'_>) -> bool {
    is_graph(start.bytes)
}

pub(in crate::format) fn keras_metadata(start: &Start<'_>) -> bool {
    start.name == "keras_metadata.pb" && is_any_message(start.bytes)
}

/// Whether the bytes start with a field: protobuf passes over those that a message does not have.
pub(super) fn is_any_message(bytes: &[u8]) -> bool {
    is_message(bytes, |_| true)
}

fn is_meta_graph(bytes: &[u8]) -> bool {
    let mut is_certain = false;
    let is_message = is_message(bytes, |field| match field {
        (1, StartValue::Bytes(info, _)) => {
            is_certain |= has_operators(info);
            true
        }
        (2, StartValue::Bytes(graph, _)) => {
            is_certain |= is_graph(graph);
            true
        }
        (3..=7, StartValue::Bytes(..)) => true,
        _ => false,
    });
    is_message && is_certain
}

/// Whether the bytes are those of a `MetaInfoDef` that lists the operators of its graph.
fn has_operators(bytes: &[u8]) -> bool {
    let mut has_operators = false;
    let is_message = is_message(bytes, |field| match field {
        (2, StartValue::Bytes(list, _)) => {
            has_operators |= is_message(list, |field| match field {
                (1, StartValue::Bytes(operator, _)) => is_operator(operator),
                _ => false,
            });
            true
        }
        (1 | 3..=6 | 8, StartValue::Bytes(..)) | (7, StartValue::Number(_)) => true,
        _ => false,
    });
    is_message && has_operators
}

/// Whether the bytes are those of an `OpDef`: a name, then arguments and attributes.
fn is_operator(bytes: &[u8]) -> bool {
    is_message(bytes, |field| match field {
        (1, StartValue::Bytes(name, _)) => is_word(name),
        (2..=6 | 8 | 20 | 21, StartValue::Bytes(..)) | (16..=19, StartValue::Number(_)) => true,
        _ => false,
    })
}

fn is_graph(bytes: &[u8]) -> bool {
    let mut is_certain = false;
    let is_message = is_message(bytes, |field| match field {
        (1, StartValue::Bytes(node, is_whole)) => {
            let found = node_kind(node);
            is_certain |= found == NodeKind::Known;
            !is_whole || found != NodeKind::None
        }
        (2 | 4 | 5, StartValue::Bytes(..)) | (3, StartValue::Number(_)) => true,
        _ => false,
    });
    is_message && is_certain
}

/// What a message is as a node of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeKind {
    /// No `NodeDef`.
    None,
    /// It could be one.
    Possible,
    /// Its operator or its attributes are those of TensorFlow.
    Known,
}

fn node_kind(bytes: &[u8]) -> NodeKind {
    let mut has_op = false;
    let mut is_known = false;
    let is_message = is_message(bytes, |field| match field {
        (2, StartValue::Bytes(op, is_whole)) => {
            has_op = is_whole && is_word(op);
            is_known |= std::str::from_utf8(op).is_ok_and(operators::is_known);
            has_op
        }
        (5, StartValue::Bytes(attribute, is_whole)) => {
            let key = fields_at_start(attribute).next();
            let is_key = |field: StartField<'_>| match (field.number, field.value) {
                (1, StartValue::Bytes(key, _)) => {
                    is_known |= has_op && ATTRIBUTES.contains(&key);
                    true
                }
                (2, StartValue::Bytes(..)) => true,
                _ => false,
            };
            key.flatten().map_or(!is_whole, is_key)
        }
        (1 | 3 | 4 | 6 | 7, StartValue::Bytes(..)) => true,
        _ => false,
    });
    match (is_message && has_op, is_known) {
        (false, _) => NodeKind::None,
        (true, false) => NodeKind::Possible,
        (true, true) => NodeKind::Known,
    }
}

/// Whether the bytes start with a field, and all that start within them are as they must be.
fn is_message(bytes: &[u8], mut is_field: impl FnMut((u64, StartValue<'_>)) -> bool) -> bool {
    let mut count = 0_usize;
    fields_at_start(bytes).all(|field| {
        count = count.saturating_add(1);
        field.is_some_and(|field| is_field((field.number, field.value)))
    }) && count > 0
}

pub(super) fn is_word(bytes: &[u8]) -> bool {
    bytes
        .first()
        .is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'>' | b'.' | b'/'))
}

//! Whether a file's first bytes are those of an ONNX model.
//!
//! Protobuf has no magic and its fields no order, so every field that starts within the bytes must
//! be one of a `ModelProto`, of its kind. With the suffix that is enough. Without it the graph must
//! be among them, and what is seen of it must hold a node with an operator.

use super::super::signatures::Start;
use crate::protobuf::{StartField, StartValue, fields_at_start};

pub(in crate::format) fn recognises(start: &Start<'_>) -> bool {
    if start.suffix == "onnx" {
        return is_model(start.bytes, |_| true);
    }
    let mut has_graph = false;
    let mut is_stated = false;
    is_model(start.bytes, |field| {
        match (field.number, field.value) {
            (7, StartValue::Bytes(bytes, _)) => {
                has_graph |= has_node(bytes);
                return has_graph;
            }
            (1, StartValue::Number(1..=64)) => is_stated = true,
            (1, _) => return false,
            _ => {}
        }
        true
    }) && has_graph
        && (is_stated || matches!(start.bytes, [0x3a, ..]))
}

/// Whether every field that starts within the bytes is one of a `ModelProto`, and `holds`.
fn is_model(bytes: &[u8], mut holds: impl FnMut(&StartField<'_>) -> bool) -> bool {
    let mut count = 0_usize;
    fields_at_start(bytes).all(|field| {
        count = count.saturating_add(1);
        field.is_some_and(|field| {
            let is_known = match field.value {
                StartValue::Number(_) => matches!(field.number, 1 | 5),
                StartValue::Bytes(..) => matches!(field.number, 2..=4 | 6..=8 | 14 | 20 | 25 | 26),
                StartValue::Fixed => false,
            };
            is_known && holds(&field)
        })
    }) && count > 0
}

/// Whether the bytes are those of a `GraphProto`, a node among them.
fn has_node(bytes: &[u8]) -> bool {
    let mut has_node = false;
    let is_graph = fields_at_start(bytes).all(|field| match field {
        Some(StartField {
            number: 1,
            value: StartValue::Bytes(node, is_whole),
        }) => {
            let found = has_operator(node);
            has_node |= found;
            found || !is_whole
        }
        Some(StartField {
            number: 2 | 5 | 10..=16,
            value: StartValue::Bytes(..),
        }) => true,
        _ => false,
    });
    is_graph && has_node
}

/// Whether the bytes are those of a `NodeProto` that names its operator.
fn has_operator(bytes: &[u8]) -> bool {
    let mut has_operator = false;
    let is_node = fields_at_start(bytes).all(|field| match field {
        Some(StartField {
            number,
            value: StartValue::Bytes(value, is_whole),
        }) => {
            if number == 4 {
                has_operator = is_whole && is_word(value);
            }
            matches!(number, 1..=10)
        }
        _ => false,
    });
    is_node && has_operator
}

fn is_word(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

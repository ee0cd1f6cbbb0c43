//! Whether a file's first bytes are those of a Core ML model.
//!
//! Protobuf has no magic: every field that starts within the bytes must be one of a `Model`, of its
//! kind. Without the suffix there must be a version, a description and the type of the model.

use super::super::signatures::Start;
use crate::protobuf::{StartValue, fields_at_start};

/// The highest version of the specification that is taken for one: new ones come once a year.
const HIGHEST_SPECIFICATION: u64 = 64;

pub(in crate::format) fn recognises(start: &Start<'_>) -> bool {
    let mut has_version = false;
    let mut has_description = false;
    let mut has_type = false;
    let is_model = fields_at_start(start.bytes).all(|field| {
        let Some(field) = field else { return false };
        match (field.number, field.value) {
            (1, StartValue::Number(1..=HIGHEST_SPECIFICATION)) => has_version = true,
            (2, StartValue::Bytes(bytes, is_whole)) => {
                has_description = is_description(bytes, is_whole);
                return has_description;
            }
            (10, StartValue::Number(0 | 1)) => {}
            (200..=3000, StartValue::Bytes(..)) => has_type = true,
            _ => return false,
        }
        true
    });
    is_model && has_version && (has_type && has_description || start.suffix == "mlmodel")
}

/// Whether the bytes are those of a `ModelDescription`; those of a program need not describe.
fn is_description(bytes: &[u8], is_whole: bool) -> bool {
    let mut fields = fields_at_start(bytes).peekable();
    (is_whole || fields.peek().is_some())
        && fields.all(|field| {
            field.is_some_and(|field| {
                matches!(field.value, StartValue::Bytes(..))
                    && matches!(field.number, 1 | 10..=13 | 20 | 21 | 50 | 100)
            })
        })
}

//! What a meta graph says of itself: tags, versions, and signatures with what they take and give.

use super::tensor::Shape;
use super::types::type_name;
use crate::format::graph::{Findings, Result};
use crate::protobuf::{Span, Value, Wire};
use crate::record::{Facts, Port, Property};

/// The signature that initializes variables, tables and files; nobody calls it.
const INITIALIZER: &str = "__saved_model_init_op";

/// A `MetaInfoDef`.
pub(super) fn meta_info(
    wire: &mut Wire<'_, '_>,
    span: Span,
    findings: &mut Findings<'_>,
    facts: &mut Facts,
) -> Result<()> {
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (1, Value::Bytes(span)) => {
                let version = findings.name(wire, span)?;
                facts.say(Property::Version, &version);
            }
            (4, Value::Bytes(span)) => {
                let tag = findings.name(wire, span)?;
                facts.say(Property::Tag, &tag);
            }
            (5, Value::Bytes(span)) => {
                let version = findings.name(wire, span)?;
                facts.say_version(Property::Producer, "tensorflow", &version);
            }
            _ => {}
        }
    }
    Ok(())
}

/// An entry of the map of signatures: a name and a `SignatureDef`.
pub(super) fn read(
    wire: &mut Wire<'_, '_>,
    span: Span,
    findings: &mut Findings<'_>,
    facts: &mut Facts,
) -> Result<()> {
    let mut key = String::new();
    let mut method = String::new();
    let mut ports = Vec::new();
    let mut entry = span.message()?;
    while let Some(field) = wire.next(&mut entry)? {
        match (field.number, field.value) {
            (1, Value::Bytes(span)) => key = findings.name(wire, span)?,
            (2, Value::Bytes(span)) => {
                let mut signature = span.message()?;
                while let Some(field) = wire.next(&mut signature)? {
                    match (field.number, field.value) {
                        (number @ (1 | 2), Value::Bytes(span)) => {
                            let port = port(wire, span, findings)?;
                            if findings.has_room(ports.len()) {
                                ports.push((number == 1, port));
                            }
                        }
                        (3, Value::Bytes(span)) => method = findings.name(wire, span)?,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    if key == INITIALIZER {
        return Ok(());
    }
    facts.say_version(Property::Signature, &key, &method);
    // A map has no order of its own; that of its names is the same for everybody.
    ports.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
    for (is_input, port) in ports {
        let port = Port {
            signature: Some(key.clone()),
            ..port
        };
        if is_input {
            facts.add_input(port);
        } else {
            facts.add_output(port);
        }
    }
    Ok(())
}

/// An entry of a map of inputs or outputs: a name and a `TensorInfo`.
fn port(wire: &mut Wire<'_, '_>, span: Span, findings: &mut Findings<'_>) -> Result<Port> {
    let mut port = Port::default();
    let mut entry = span.message()?;
    while let Some(field) = wire.next(&mut entry)? {
        match (field.number, field.value) {
            (1, Value::Bytes(span)) => port.name = findings.name(wire, span)?,
            (2, Value::Bytes(span)) => {
                let mut info = span.message()?;
                while let Some(field) = wire.next(&mut info)? {
                    match (field.number, field.value) {
                        (2, Value::Number(id)) => port.element_type = type_name(id),
                        (3, Value::Bytes(span)) => {
                            let mut shape = Shape::default();
                            shape.read(wire, span, findings)?;
                            port.shape = shape.lengths();
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Ok(port)
}

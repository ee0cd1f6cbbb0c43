//! Inputs and outputs of a model.
//!
//! Source: coremltools 9.0, `Model.proto` (`FeatureDescription`), `FeatureTypes.proto`.

use crate::description::dimension;
use crate::format::graph::{Findings, MAX_DIMENSIONS, Result};
use crate::protobuf::{Span, Value, Wire};
use crate::record::Port;

/// Element types of arrays: `ArrayDataType`.
const ARRAY_TYPES: [(u64, &str); 5] = [
    (65_552, "F16"),
    (65_568, "F32"),
    (65_600, "F64"),
    (131_080, "I8"),
    (131_104, "I32"),
];

/// What images are made of: `ColorSpace`.
const COLOURS: [(u64, &str); 4] = [
    (10, "image(grayscale)"),
    (20, "image(RGB)"),
    (30, "image(BGR)"),
    (40, "image(grayscale F16)"),
];

/// A `FeatureDescription`.
pub(super) fn read(
    wire: &mut Wire<'_, '_>,
    span: Span,
    findings: &mut Findings<'_>,
) -> Result<Port> {
    let mut port = Port::default();
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (1, Value::Bytes(span)) => port.name = findings.name(wire, span)?,
            (3, Value::Bytes(span)) => feature_type(wire, span, &mut port)?,
            (1 | 3, _) => findings.wrong_kind(&field),
            _ => {}
        }
    }
    Ok(port)
}

/// A `FeatureType`.
fn feature_type(wire: &mut Wire<'_, '_>, span: Span, port: &mut Port) -> Result<()> {
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        let name = match (field.number, field.value) {
            (1, _) => "I64",
            (2, _) => "F64",
            (3, _) => "STRING",
            (4, Value::Bytes(span)) => return image(wire, span, port),
            (5, Value::Bytes(span)) => return array(wire, span, port),
            (6, _) => "dictionary",
            (7, _) => "sequence",
            (8, _) => "state",
            _ => continue,
        };
        port.element_type = Some(name.to_owned());
    }
    Ok(())
}

/// An `ImageFeatureType`.
fn image(wire: &mut Wire<'_, '_>, span: Span, port: &mut Port) -> Result<()> {
    let (mut width, mut height, mut colours) = (0, 0, "image");
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (1, Value::Number(number)) => width = number,
            (2, Value::Number(number)) => height = number,
            (3, Value::Number(number)) => colours = named(&COLOURS, number).unwrap_or(colours),
            _ => {}
        }
    }
    port.element_type = Some(colours.to_owned());
    port.shape = Some(
        [height, width]
            .map(|length| dimension(length.cast_signed()))
            .into(),
    );
    Ok(())
}

/// An `ArrayFeatureType`.
fn array(wire: &mut Wire<'_, '_>, span: Span, port: &mut Port) -> Result<()> {
    let mut shape = Vec::new();
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        let mut add = |length: u64| {
            if shape.len() < MAX_DIMENSIONS {
                shape.push(dimension(length.cast_signed()));
            }
        };
        match (field.number, field.value) {
            (1, Value::Number(length)) => add(length),
            (1, Value::Bytes(span)) => wire.packed(span, add)?,
            (2, Value::Number(number)) => {
                port.element_type = named(&ARRAY_TYPES, number).map(str::to_owned);
            }
            _ => {}
        }
    }
    port.shape = Some(shape);
    Ok(())
}

fn named(table: &[(u64, &'static str)], number: u64) -> Option<&'static str> {
    let found = table.iter().find(|(known, _)| *known == number);
    found.map(|(_, name)| *name)
}

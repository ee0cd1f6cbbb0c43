//! Inputs and outputs of a graph: their names, and what types they have.

use super::collector::Collector;
use super::data_type::data_type;
use crate::description::{UNKNOWN_DIMENSION, dimension};
use crate::format::graph::{MAX_DIMENSIONS, Result};
use crate::protobuf::{Span, Value, Wire};
use crate::record::Port;

/// The type of an input or output. A sequence is of elements, a map of values.
#[derive(Debug, Default)]
struct Type {
    element: String,
    shape: Option<Vec<String>>,
}

/// A `ValueInfoProto`.
pub(super) fn read(
    wire: &mut Wire<'_, '_>,
    span: Span,
    collector: &mut Collector<'_>,
) -> Result<Port> {
    let mut port = Port::default();
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (1, Value::Bytes(span)) => port.name = collector.said(wire, span)?,
            (2, Value::Bytes(span)) => {
                let kind = type_of(wire, span, collector)?;
                port.element_type = Some(kind.element).filter(|name| !name.is_empty());
                port.shape = kind.shape;
            }
            (1 | 2, _) => collector.findings.wrong_kind(&field),
            _ => {}
        }
    }
    Ok(port)
}

/// A `TypeProto`; that it nests no deeper than messages may is held by the walk itself.
fn type_of(wire: &mut Wire<'_, '_>, span: Span, collector: &mut Collector<'_>) -> Result<Type> {
    let mut kind = Type::default();
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (1, Value::Bytes(span)) => kind = tensor(wire, span, collector)?,
            (8, Value::Bytes(span)) => {
                let of = tensor(wire, span, collector)?;
                kind = wrapped("sparse", &of.element, of.shape);
            }
            (4, Value::Bytes(span)) => {
                kind = wrapped("sequence", &element(wire, span, 1, collector)?, None);
            }
            (9, Value::Bytes(span)) => {
                kind = wrapped("optional", &element(wire, span, 1, collector)?, None);
            }
            (5, Value::Bytes(span)) => {
                kind = wrapped("map", &element(wire, span, 2, collector)?, None);
            }
            (1 | 4 | 5 | 8 | 9, _) => collector.findings.wrong_kind(&field),
            _ => {}
        }
    }
    Ok(kind)
}

fn wrapped(word: &str, element: &str, shape: Option<Vec<String>>) -> Type {
    Type {
        element: format!("{word}({element})"),
        shape,
    }
}

/// The type of what a sequence, a map or an optional holds, in the field of this number.
fn element(
    wire: &mut Wire<'_, '_>,
    span: Span,
    number: u32,
    collector: &mut Collector<'_>,
) -> Result<String> {
    let mut name = String::new();
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        if let (true, Value::Bytes(span)) = (field.number == number, field.value) {
            name = type_of(wire, span, collector)?.element;
        }
    }
    Ok(name)
}

/// A `TypeProto.Tensor` or a `TypeProto.SparseTensor`.
fn tensor(wire: &mut Wire<'_, '_>, span: Span, collector: &mut Collector<'_>) -> Result<Type> {
    let mut kind = Type::default();
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (1, Value::Number(id)) => {
                kind.element =
                    data_type(id).map_or_else(|| id.to_string(), |known| known.name.to_owned());
            }
            (2, Value::Bytes(span)) => kind.shape = Some(shape(wire, span, collector)?),
            (1 | 2, _) => collector.findings.wrong_kind(&field),
            _ => {}
        }
    }
    Ok(kind)
}

/// A `TensorShapeProto`: numbers, symbols, and what is not known.
fn shape(
    wire: &mut Wire<'_, '_>,
    span: Span,
    collector: &mut Collector<'_>,
) -> Result<Vec<String>> {
    let mut shape = Vec::new();
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (1, Value::Bytes(span)) => {
                let length = length(wire, span, collector)?;
                if shape.len() < MAX_DIMENSIONS {
                    shape.push(length);
                }
            }
            (1, _) => collector.findings.wrong_kind(&field),
            _ => {}
        }
    }
    Ok(shape)
}

/// A `Dimension`.
fn length(wire: &mut Wire<'_, '_>, span: Span, collector: &mut Collector<'_>) -> Result<String> {
    let mut length = UNKNOWN_DIMENSION.to_owned();
    let mut message = span.message()?;
    while let Some(field) = wire.next(&mut message)? {
        match (field.number, field.value) {
            (1, Value::Number(number)) => length = dimension(number.cast_signed()),
            (2, Value::Bytes(span)) => {
                let symbol = collector.said(wire, span)?;
                if !symbol.is_empty() {
                    length = symbol;
                }
            }
            (1 | 2, _) => collector.findings.wrong_kind(&field),
            _ => {}
        }
    }
    Ok(length)
}

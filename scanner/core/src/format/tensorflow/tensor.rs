//! One `TensorProto` of TensorFlow: type, shape and how many values it has, none of them copied.

use super::types::{Known, data_type};
use crate::anomalies::Fault;
use crate::description::dimension;
use crate::format::graph::{
    Findings, GraphProblem, MAX_DIMENSIONS, Result, bytes_of, elements, is_signed,
};
use crate::protobuf::{Span, Value, Wire};
use crate::quantization::Tensor;

/// The lengths of a tensor or a variable, as far as they are stated.
#[derive(Debug, Default)]
pub(super) struct Shape {
    dims: Vec<u64>,
    has_unknown_rank: bool,
}

/// What a `TensorProto` has said so far.
#[derive(Debug, Default)]
pub(super) struct TensorParts {
    offset: u64,
    data_type: u64,
    shape: Shape,
    content: u64,
    values: u64,
}

impl Shape {
    /// Takes in a `TensorShapeProto`, or the next part of it.
    pub(super) fn read(
        &mut self,
        wire: &mut Wire<'_, '_>,
        span: Span,
        findings: &mut Findings<'_>,
    ) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = wire.next(&mut message)? {
            match (field.number, field.value) {
                (2, Value::Bytes(span)) => {
                    let mut length = 0;
                    let mut dim = span.message()?;
                    while let Some(field) = wire.next(&mut dim)? {
                        match (field.number, field.value) {
                            (1, Value::Number(size)) => length = size,
                            (1, _) => findings.wrong_kind(&field),
                            _ => {}
                        }
                    }
                    if self.dims.len() < MAX_DIMENSIONS {
                        self.dims.push(length);
                    } else {
                        findings.limit("limit-dimensions", "dimensions", MAX_DIMENSIONS);
                    }
                }
                (3, Value::Number(unknown)) => self.has_unknown_rank = unknown != 0,
                (2 | 3, _) => findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    /// The lengths as text; `None` where not even their number is known.
    pub(super) fn lengths(&self) -> Option<Vec<String>> {
        let lengths = self
            .dims
            .iter()
            .map(|length| dimension(length.cast_signed()));
        (!self.has_unknown_rank).then(|| lengths.collect())
    }

    /// Whether every length is stated.
    pub(super) fn is_known(&self) -> bool {
        !self.has_unknown_rank && self.dims.iter().all(|length| is_signed(*length))
    }
}

impl TensorParts {
    /// Takes in a message, or the next part of it.
    pub(super) fn read(
        &mut self,
        wire: &mut Wire<'_, '_>,
        span: Span,
        findings: &mut Findings<'_>,
    ) -> Result<()> {
        self.offset = span.start;
        let mut message = span.message()?;
        while let Some(field) = wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Number(id)) => self.data_type = id,
                (2, Value::Bytes(span)) => self.shape.read(wire, span, findings)?,
                (3, Value::Number(_)) => {}
                (4 | 18, Value::Bytes(span)) => self.content = span.length,
                (5, Value::Bytes(span)) => self.count(span.packed_count(4)?),
                (6 | 9, Value::Bytes(span)) => self.count(span.packed_count(8)?),
                (12, Value::Bytes(span)) => self.count(span.packed_count(16)?),
                (5, Value::Four(_))
                | (6, Value::Eight(_))
                | (7 | 10 | 11 | 13 | 16 | 17, Value::Number(_))
                | (8 | 14 | 15, Value::Bytes(_)) => self.count(1),
                (7 | 10 | 11 | 13 | 16 | 17, Value::Bytes(span)) => {
                    let mut values = 0_u64;
                    wire.packed(span, |_| values = values.saturating_add(1))?;
                    self.count(values);
                }
                // The parts of complex numbers one by one: as no writer has them.
                (1..=18, _) => findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    /// What it comes to; what is wrong with it is reported under `name`.
    ///
    /// A tensor of fewer values than elements repeats the last: it counts as the values it has,
    /// because it could state any shape.
    pub(super) fn finish(&self, name: &str, findings: &mut Findings<'_>) {
        let tensor = described(name, self.data_type, &self.shape, self.offset, findings);
        let Some(mut tensor) = tensor else { return };
        let is_text = tensor.type_name == "STRING";
        let problem = if self.content > 0 && !is_text && self.content != tensor.bytes {
            Some(("bytes", self.content, tensor.bytes))
        } else if self.values > tensor.elements {
            Some(("values", self.values, tensor.elements))
        } else {
            None
        };
        if let Some((of, found, expected)) = problem {
            let problem = GraphProblem::WrongLength {
                of,
                found,
                expected,
            };
            findings.add(
                Fault::at(self.offset, problem)
                    .within(name)
                    .within("tensors"),
            );
        }
        if self.content == 0 && self.values < tensor.elements {
            let size = tensor.bytes.checked_div(tensor.elements).unwrap_or(0);
            tensor.elements = self.values;
            tensor.bytes = self.values.saturating_mul(size);
            tensor.row = self.values;
            tensor.dimensions = 1;
        }
        findings.tensor(tensor);
    }

    fn count(&mut self, values: u64) {
        self.values = self.values.saturating_add(values);
    }
}

/// A tensor of a type and a shape; `None` where they do not tell.
pub(super) fn described(
    name: &str,
    id: u64,
    shape: &Shape,
    offset: u64,
    findings: &mut Findings<'_>,
) -> Option<Tensor> {
    let problem = match (data_type(id), elements(&shape.dims)) {
        (Known::Handle, _) => return None,
        (Known::Unknown, _) => GraphProblem::UnknownDataType(id),
        (Known::Type(_), Err(problem)) => problem,
        (Known::Type(known), Ok(elements)) => match bytes_of(elements, known.bits) {
            Some(bytes) => {
                return Some(Tensor {
                    name: name.into(),
                    type_name: known.name,
                    row: shape.dims.last().copied().unwrap_or(1),
                    dimensions: u8::try_from(shape.dims.len()).unwrap_or(u8::MAX),
                    elements,
                    bytes,
                });
            }
            None => GraphProblem::SizeOverflow,
        },
    };
    findings.add(Fault::at(offset, problem).within(name).within("tensors"));
    None
}

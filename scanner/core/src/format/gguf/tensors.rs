//! The tensor descriptions, and whether their data lie where they must.
//!
//! Data lie in the order of the descriptions, each aligned, with nothing between them: llama.cpp
//! refuses anything else.

use super::names::{self, Name, NameOf};
use super::{GgufProblem, Input, Result, limits};
use crate::anomalies::{Anomalies, Fault};
use crate::quantization::Tensor;
use crate::quantization::ggml::{GgmlType, TensorType, ggml_type};

/// What the descriptions came to.
#[derive(Debug)]
pub(super) struct Described {
    /// Those whose type is known.
    pub(super) tensors: Vec<Tensor>,
    /// Elements of all tensors; `None` if the number does not fit.
    pub(super) parameters: Option<u64>,
    /// Offset in the file where the data of the tensors of known size end.
    data_end: u64,
    /// As `data_end`, with the padding that follows; `None` if a tensor's size is unknown.
    padded_end: Option<u64>,
}

/// Reads `count` descriptions.
pub(super) fn read(
    input: &mut Input<'_, '_>,
    count: u64,
    alignment: u32,
    anomalies: &mut Anomalies,
) -> Result<Described> {
    // A name's length, number of dimensions, type, offset.
    let shortest = input.length_width().saturating_add(16);
    input.check_count(
        "tensors",
        "limit-tensors",
        count,
        limits::MAX_TENSORS,
        shortest,
    )?;
    let mut walk = Walk {
        input,
        anomalies,
        layout: Layout::new(alignment.into()),
        tensors: Vec::new(),
        offsets: Vec::new(),
        parameters: Some(0),
        name_budget: limits::MAX_NAME_BYTES,
    };
    for _ in 0..count {
        walk.tensor()?;
    }
    walk.report_duplicates();
    Ok(walk.finish())
}

struct Walk<'walk, 'a, 'source> {
    input: &'walk mut Input<'a, 'source>,
    anomalies: &'walk mut Anomalies,
    layout: Layout,
    tensors: Vec<Tensor>,
    /// Where each tensor's description stands.
    offsets: Vec<u64>,
    parameters: Option<u64>,
    name_budget: usize,
}

impl Walk<'_, '_, '_> {
    fn tensor(&mut self) -> Result<()> {
        let name = names::read(self.input, NameOf::Tensor, &mut self.name_budget)?;
        for problem in name.problems(NameOf::Tensor) {
            self.report(&name, name.offset, problem);
        }
        let shape = self
            .shape(&name)
            .map_err(|fault| fault.within(&name.text))?;
        let type_offset = self.input.reader.position();
        let type_id = self.input.reader.u32()?;
        let data_at = self.input.reader.position();
        let data = self.input.reader.u64()?;

        let known = self.known_type(&name, type_offset, type_id);
        let bytes = known.and_then(|known| self.bytes(&name, type_offset, &shape, known));
        if let Some(problem) = self.layout.place(data, bytes) {
            self.report(&name, data_at, problem);
        }
        self.parameters = self
            .parameters
            .zip(shape.elements)
            .and_then(|(a, b)| a.checked_add(b));
        if let (Some(known), Some(elements), Some(bytes)) = (known, shape.elements, bytes) {
            self.offsets.push(name.offset);
            self.tensors.push(Tensor {
                name: name.text.into_boxed_str(),
                type_name: known.name,
                row: shape.row,
                dimensions: shape.dimensions,
                elements,
                bytes,
            });
        }
        Ok(())
    }

    fn shape(&mut self, name: &Name) -> Result<Shape> {
        let offset = self.input.reader.position();
        let dimensions = self.input.reader.u32()?;
        // gguf-py reads any number; a byte's worth keeps the position, more is no shape at all.
        let Ok(count) = u8::try_from(dimensions) else {
            return Err(Fault::at(offset, GgufProblem::Dimensions(dimensions)));
        };
        if count == 0 || dimensions > limits::GGML_MAX_DIMS {
            self.report(name, offset, GgufProblem::Dimensions(dimensions));
        }
        let mut shape = Shape {
            row: 1,
            dimensions: count,
            elements: Some(1),
        };
        for index in 0..count {
            let length = self.input.length()?;
            if index == 0 {
                shape.row = length;
            }
            shape.elements = shape
                .elements
                .and_then(|elements| signed_product(elements, length));
        }
        if shape.elements.is_none() {
            self.report(name, offset, GgufProblem::SizeOverflow);
        }
        Ok(shape)
    }

    fn known_type(&mut self, name: &Name, offset: u64, id: u32) -> Option<&'static TensorType> {
        match ggml_type(id) {
            GgmlType::Known(known) => return Some(known),
            GgmlType::Removed(removed) => {
                self.report(
                    name,
                    offset,
                    GgufProblem::RemovedTensorType { id, name: removed },
                );
            }
            GgmlType::Unknown => self.report(name, offset, GgufProblem::UnknownTensorType(id)),
        }
        None
    }

    /// Bytes of a tensor: whole blocks, row by row.
    fn bytes(
        &mut self,
        name: &Name,
        offset: u64,
        shape: &Shape,
        known: &TensorType,
    ) -> Option<u64> {
        let elements = shape.elements?;
        if shape.row.checked_rem(known.block) != Some(0) {
            let problem = GgufProblem::PartialBlock {
                row: shape.row,
                block: known.block,
            };
            self.report(name, offset, problem);
            return None;
        }
        let blocks = elements.checked_div(known.block)?;
        let bytes = signed_product(blocks, known.block_bytes);
        if bytes.is_none() {
            self.report(name, offset, GgufProblem::SizeOverflow);
        }
        bytes
    }

    /// Names are compared after the fact: sorting them costs less than a set of them.
    fn report_duplicates(&mut self) {
        let mut by_name: Vec<_> = self.tensors.iter().zip(&self.offsets).collect();
        by_name.sort_by(|(a, a_offset), (b, b_offset)| {
            a.name.cmp(&b.name).then(a_offset.cmp(b_offset))
        });
        for ((before, _), (tensor, offset)) in by_name.iter().zip(by_name.iter().skip(1)) {
            if before.name == tensor.name {
                self.anomalies.report(|| {
                    Fault::at(**offset, GgufProblem::DuplicateTensor)
                        .within(&tensor.name)
                        .within("tensors")
                });
            }
        }
    }

    fn report(&mut self, name: &Name, offset: u64, problem: GgufProblem) {
        self.anomalies.report(|| {
            Fault::at(offset, problem)
                .within(&name.text)
                .within("tensors")
        });
    }

    fn finish(self) -> Described {
        let header_end = self.input.reader.position();
        let aligned = align(header_end, self.layout.alignment).unwrap_or(u64::MAX);
        // A file without tensors needs no padding behind its header, and may have it.
        let is_empty = self.layout.next == Some(0) && self.layout.is_complete;
        Described {
            tensors: self.tensors,
            parameters: self.parameters,
            data_end: if is_empty {
                header_end
            } else {
                aligned.saturating_add(self.layout.end)
            },
            padded_end: self
                .layout
                .next
                .filter(|_| self.layout.is_complete)
                .map(|end| aligned.saturating_add(end)),
        }
    }
}

impl Described {
    /// Holds the end of the data against the end of the file.
    pub(super) fn compare_with_size(&self, size: u64) -> Option<Fault<GgufProblem>> {
        if self.data_end > size {
            let missing = self.data_end.saturating_sub(size);
            return Some(Fault::at(size, GgufProblem::MissingData { missing }));
        }
        let padded_end = self.padded_end?;
        let bytes = size.checked_sub(padded_end).filter(|bytes| *bytes > 0)?;
        Some(Fault::at(padded_end, GgufProblem::TrailingData { bytes }))
    }
}

struct Shape {
    row: u64,
    dimensions: u8,
    elements: Option<u64>,
}

/// Where data must lie: offsets from the start of the data.
struct Layout {
    alignment: u64,
    /// Where the next tensor must start; `None` after one whose size is unknown.
    next: Option<u64>,
    /// Where the furthest of the tensors of known size ends, without padding.
    end: u64,
    /// Whether the size of every tensor is known.
    is_complete: bool,
}

impl Layout {
    fn new(alignment: u64) -> Self {
        Self {
            alignment,
            next: Some(0),
            end: 0,
            is_complete: true,
        }
    }

    /// Takes in a tensor and says what is wrong with its place.
    fn place(&mut self, found: u64, bytes: Option<u64>) -> Option<GgufProblem> {
        let problem = match self.next {
            Some(expected) if found < expected => Some(GgufProblem::Overlap { found, expected }),
            Some(expected) if found > expected => Some(GgufProblem::Gap { found, expected }),
            _ => None,
        };
        let Some(bytes) = bytes else {
            self.is_complete = false;
            self.next = None;
            return problem;
        };
        self.end = self.end.max(found.saturating_add(bytes));
        self.next = align(self.end, self.alignment);
        problem.or_else(|| self.next.is_none().then_some(GgufProblem::SizeOverflow))
    }
}

/// A product whose second factor and result fit in the signed numbers that ggml counts with.
fn signed_product(a: u64, b: u64) -> Option<u64> {
    i64::try_from(b).ok()?;
    a.checked_mul(b)
        .filter(|product| i64::try_from(*product).is_ok())
}

/// The next multiple of the alignment.
fn align(offset: u64, alignment: u64) -> Option<u64> {
    offset.checked_next_multiple_of(alignment)
}

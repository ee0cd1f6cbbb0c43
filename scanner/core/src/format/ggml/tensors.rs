//! The tensors, each a description and its data, until the file ends.

use std::collections::HashSet;

use super::problem::GgmlProblem;
use super::{Result, limits};
use crate::anomalies::{Anomalies, Fault, deceptive_character, escape};
use crate::quantization::Tensor;
use crate::quantization::ggml::{GgmlType, TensorType, ggml_type};
use crate::reader::{Reader, widen};

/// What the tensors came to.
#[derive(Default)]
pub(super) struct Described {
    pub(super) tensors: Vec<Tensor>,
    pub(super) parameters: Option<u64>,
}

/// Reads tensors to the end of the file. `blocks` is the version of the layouts of blocks.
pub(super) fn read(
    reader: &mut Reader<'_>,
    blocks: u32,
    anomalies: &mut Anomalies,
) -> Result<Described> {
    let mut described = Described {
        parameters: Some(0),
        ..Described::default()
    };
    let mut names = HashSet::new();
    while reader.remaining() > 0 {
        let offset = reader.position();
        if described.tensors.len() >= limits::MAX_TENSORS {
            return Err(Fault::at(offset, GgmlProblem::Tensors));
        }
        let tensor = read_tensor(reader, blocks, anomalies)?;
        if !names.insert(tensor.name.clone()) {
            anomalies
                .report(|| Fault::at(offset, GgmlProblem::DuplicateTensor).within(&tensor.name));
        }
        described.parameters = described
            .parameters
            .and_then(|sum| sum.checked_add(tensor.elements));
        described.tensors.push(tensor);
    }
    Ok(described)
}

fn read_tensor(reader: &mut Reader<'_>, blocks: u32, anomalies: &mut Anomalies) -> Result<Tensor> {
    let offset = reader.position();
    let (dimensions, name_length, type_id) = (reader.u32()?, reader.u32()?, reader.u32()?);
    if dimensions == 0 || dimensions > limits::GGML_MAX_DIMS {
        return Err(Fault::at(offset, GgmlProblem::Dimensions(dimensions)));
    }
    let mut lengths = Vec::new();
    for _ in 0..dimensions {
        lengths.push(u64::from(reader.u32()?));
    }
    let name = reader
        .bytes(name_length.into(), limits::MAX_NAME)?
        .ok_or_else(|| Fault::at(offset, GgmlProblem::LongName(name_length)))?;
    let name = escape(&name);
    if let Some(character) = deceptive_character(&name) {
        anomalies
            .report(|| Fault::at(offset, GgmlProblem::DeceptiveCharacter(character)).within(&name));
    }
    let within = |fault: Fault<GgmlProblem>| fault.within(&name);
    let known = known_type(offset, type_id, blocks).map_err(within)?;
    let row = lengths.first().copied().unwrap_or(1);
    let elements = lengths
        .iter()
        .try_fold(1_u64, |product, length| product.checked_mul(*length));
    let bytes = elements.and_then(|elements| bytes(elements, row, known));
    let (Some(elements), Some(bytes)) = (elements, bytes) else {
        return Err(within(Fault::at(offset, GgmlProblem::Shape)));
    };
    reader.skip(bytes).map_err(|error| within(error.into()))?;
    Ok(Tensor {
        name: name.into_boxed_str(),
        type_name: known.name,
        row,
        dimensions: u8::try_from(widen(lengths.len())).unwrap_or(u8::MAX),
        elements,
        bytes,
    })
}

/// The type of a number, if its layout is today's.
fn known_type(offset: u64, id: u32, blocks: u32) -> Result<&'static TensorType> {
    match ggml_type(id) {
        GgmlType::Known(known) if known.is_quantized() && blocks < limits::BLOCK_VERSION => {
            Err(Fault::at(offset, GgmlProblem::OldBlocks(blocks)))
        }
        GgmlType::Known(known) => Ok(known),
        GgmlType::Removed(name) => Err(Fault::at(offset, GgmlProblem::RemovedType(name))),
        GgmlType::Unknown => Err(Fault::at(offset, GgmlProblem::UnknownType(id))),
    }
}

/// Bytes that elements take; `None` where rows are no whole number of blocks.
fn bytes(elements: u64, row: u64, known: &TensorType) -> Option<u64> {
    if row.checked_rem(known.block)? != 0 {
        return None;
    }
    elements
        .checked_div(known.block)?
        .checked_mul(known.block_bytes)
}

//! What a model takes and gives: those of its signatures, else those of its first subgraph.

use super::subgraphs::{INPUTS, NAME, OUTPUTS, SHAPE, SUBGRAPH_INDEX, TENSORS, TYPE, is_scaled};
use super::tensor_types::tensor_type;
use super::{MAX_DIMENSIONS, MAX_ITEMS, MAX_PORTS, MAX_TENSORS, Result, fields};
use crate::anomalies::escape;
use crate::description::dimension;
use crate::flatbuffer::{Flatbuffer, Table};
use crate::record::{Facts, Port, Property};

/// Signatures that are described. Language models have some ten, one for each length of a prompt.
const MAX_SIGNATURES: usize = 64;

/// Fields of `SignatureDef`.
const SIGNATURE_INPUTS: usize = 0;
const SIGNATURE_OUTPUTS: usize = 1;
const SIGNATURE_KEY: usize = 2;

/// Fields of `TensorMap`.
const MAP_NAME: usize = 0;
const MAP_TENSOR: usize = 1;

/// The shape with `-1` where a dimension may change, a field of `Tensor`.
const SHAPE_SIGNATURE: usize = 7;

/// Reads them into the facts. That every number is one of a tensor is checked before.
pub(super) fn read(
    buffer: &mut Flatbuffer<'_, '_>,
    model: &Table,
    facts: &mut Facts,
) -> Result<()> {
    let subgraphs = buffer.tables(model, fields::SUBGRAPHS, "subgraphs", MAX_ITEMS)?;
    let signatures = buffer.tables(model, fields::SIGNATURES, "signatures", MAX_ITEMS)?;
    for at in signatures.iter().take(MAX_SIGNATURES) {
        let signature = buffer.table(*at)?;
        let key = name(buffer, &signature, SIGNATURE_KEY)?;
        facts.say(Property::Signature, &key);
        let index = buffer.u32(&signature, SUBGRAPH_INDEX, 0)?;
        let Some(tensors) = tensors(buffer, &subgraphs, index)? else {
            continue;
        };
        for field in [SIGNATURE_INPUTS, SIGNATURE_OUTPUTS] {
            for at in buffer.tables(&signature, field, "inputs or outputs", MAX_PORTS)? {
                let map = buffer.table(at)?;
                let index = buffer.u32(&map, MAP_TENSOR, 0)?;
                let port = Port {
                    name: name(buffer, &map, MAP_NAME)?,
                    signature: Some(key.clone()).filter(|key| !key.is_empty()),
                    ..port(buffer, &tensors, index)?
                };
                if !add(facts, field == SIGNATURE_INPUTS, port) {
                    break;
                }
            }
        }
    }
    if let ([], [first, ..]) = (signatures.as_slice(), subgraphs.as_slice()) {
        let table = buffer.table(*first)?;
        let tensors = buffer.tables(&table, TENSORS, "tensors", MAX_TENSORS)?;
        for field in [INPUTS, OUTPUTS] {
            for index in buffer.numbers(&table, field, "inputs or outputs", MAX_PORTS)? {
                let port = port(buffer, &tensors, index.unsigned_abs())?;
                if !add(facts, field == INPUTS, port) {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Adds an input or an output; `false` where there is no room for more.
fn add(facts: &mut Facts, is_input: bool, port: Port) -> bool {
    if is_input {
        facts.add_input(port)
    } else {
        facts.add_output(port)
    }
}

/// Where the tensors of a subgraph stand.
fn tensors(
    buffer: &mut Flatbuffer<'_, '_>,
    subgraphs: &[u64],
    index: u32,
) -> Result<Option<Vec<u64>>> {
    let at = usize::try_from(index).ok().and_then(|at| subgraphs.get(at));
    let Some(at) = at else { return Ok(None) };
    let table = buffer.table(*at)?;
    Ok(Some(buffer.tables(
        &table,
        TENSORS,
        "tensors",
        MAX_TENSORS,
    )?))
}

/// What a tensor is as an input or output.
fn port(buffer: &mut Flatbuffer<'_, '_>, tensors: &[u64], index: u32) -> Result<Port> {
    let at = usize::try_from(index).ok().and_then(|at| tensors.get(at));
    let Some(at) = at else {
        return Ok(Port::default());
    };
    let table = buffer.table(*at)?;
    let number = buffer.u8(&table, TYPE, 0)?;
    let is_scaled = is_scaled(buffer, &table)?;
    let element_type =
        tensor_type(number).map(|kind| if is_scaled { kind.scaled } else { kind.name });
    let mut shape = buffer.numbers(&table, SHAPE_SIGNATURE, "dimensions", MAX_DIMENSIONS)?;
    if shape.is_empty() {
        shape = buffer.numbers(&table, SHAPE, "dimensions", MAX_DIMENSIONS)?;
    }
    let lengths = shape.iter().map(|length| dimension((*length).into()));
    Ok(Port {
        name: name(buffer, &table, NAME)?,
        signature: None,
        element_type: element_type.map(str::to_owned),
        shape: Some(lengths.collect()),
    })
}

/// A text for people; empty where it is absent.
fn name(buffer: &mut Flatbuffer<'_, '_>, table: &Table, field: usize) -> Result<String> {
    let text = buffer.string(table, field)?;
    Ok(text.map_or_else(String::new, |(bytes, _)| escape(&bytes)))
}

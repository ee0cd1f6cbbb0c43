//! Subgraphs: tensors and the operators between them.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::buffers::{Data, Elsewhere};
use super::operators::Code;
use super::tensor_types::{self, TensorType, tensor_type};
use super::{
    MAX_DIMENSIONS, MAX_ITEMS, MAX_NAME_BYTES, MAX_OPERATORS, MAX_PORTS, MAX_TENSORS, Result,
    TfliteProblem, check_index, fields, flex, operators, text,
};
use crate::anomalies::{Anomalies, Fault};
use crate::flatbuffer::{Flatbuffer, Table};
use crate::quantization::{Claimed, Tensor};
use crate::reader::widen;

/// Fields of `SubGraph`.
pub(super) const TENSORS: usize = 0;
pub(super) const INPUTS: usize = 1;
pub(super) const OUTPUTS: usize = 2;
const OPERATORS: usize = 3;

/// Fields of `Tensor`.
pub(super) const SHAPE: usize = 0;
pub(super) const TYPE: usize = 1;
const BUFFER: usize = 2;
pub(super) const NAME: usize = 3;
const QUANTIZATION: usize = 4;
const SPARSITY: usize = 6;
const EXTERNAL_BUFFER: usize = 10;

/// Fields of `QuantizationParameters`.
const SCALE: usize = 2;
const DETAILS: usize = 5;

/// Fields of `Operator`.
const OPCODE_INDEX: usize = 0;
const OPERATOR_INPUTS: usize = 1;
const OPERATOR_OUTPUTS: usize = 2;

/// The subgraph that a `SignatureDef` is for.
pub(super) const SUBGRAPH_INDEX: usize = 4;

/// An input that an operator does without: `kTfLiteOptionalTensor`.
const OPTIONAL: i32 = -1;

/// A buffer, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Here(u32),
    Elsewhere(u32),
}

/// The tensors that hold data.
#[derive(Debug, Default)]
pub(super) struct Constants {
    pub(super) tensors: Vec<Tensor>,
    pub(super) parameters: u64,
    /// How many operators use each operator code.
    pub(super) uses: Vec<u64>,
    /// Buffers that are counted, and as what: subgraphs share their weights.
    counted: HashSet<(Place, &'static str)>,
    name_bytes: usize,
    seen_tensors: u64,
    seen_operators: u64,
    judged: flex::Judged,
}

/// What subgraphs refer to.
pub(super) struct Known<'a> {
    pub(super) codes: &'a [Code],
    pub(super) buffers: &'a [Data],
    pub(super) elsewhere: &'a HashMap<u32, Elsewhere>,
}

/// Reads every subgraph.
pub(super) fn read(
    buffer: &mut Flatbuffer<'_, '_>,
    model: &Table,
    known: &Known<'_>,
    anomalies: &mut Anomalies,
) -> Result<Constants> {
    let subgraphs = buffer.tables(model, fields::SUBGRAPHS, "subgraphs", MAX_ITEMS)?;
    let mut constants = Constants {
        uses: vec![0; known.codes.len()],
        ..Constants::default()
    };
    for (index, at) in subgraphs.iter().enumerate() {
        let table = buffer.table(*at)?;
        constants
            .read_subgraph(buffer, &table, known, anomalies)
            .map_err(|fault| fault.within(&index.to_string()))?;
    }
    for at in buffer.tables(model, fields::SIGNATURES, "signatures", MAX_ITEMS)? {
        let table = buffer.table(at)?;
        let index = buffer.u32(&table, SUBGRAPH_INDEX, 0)?;
        check_index("subgraph", at, index.into(), subgraphs.len())?;
    }
    Ok(constants)
}

impl Constants {
    /// What scales say of matrices: that their integers are quantized weights.
    pub(super) fn claims(&self) -> Vec<Claimed> {
        let matrices = self.tensors.iter().filter(|tensor| tensor.dimensions > 1);
        let labels: BTreeSet<&str> = matrices
            .map(|tensor| tensor.type_name)
            .filter(|name| tensor_types::is_scaled(name))
            .collect();
        let claim = |label| Claimed::Graph {
            label,
            source: "QuantizationParameters".to_owned(),
        };
        labels.into_iter().map(claim).collect()
    }

    fn read_subgraph(
        &mut self,
        buffer: &mut Flatbuffer<'_, '_>,
        table: &Table,
        known: &Known<'_>,
        anomalies: &mut Anomalies,
    ) -> Result<()> {
        let left = MAX_TENSORS.saturating_sub(self.seen_tensors);
        let tensors = buffer.tables(table, TENSORS, "tensors", left)?;
        self.seen_tensors = self.seen_tensors.saturating_add(widen(tensors.len()));
        for at in &tensors {
            let tensor = buffer.table(*at)?;
            if let Err(fault) = self.read_tensor(buffer, &tensor, known, anomalies) {
                let name = text(buffer, &tensor, NAME, anomalies)?;
                anomalies.report(|| fault.within(&name).within("tensors"));
            }
        }
        for field in [INPUTS, OUTPUTS] {
            check_ports(buffer, table, field, tensors.len(), false)?;
        }
        let left = MAX_OPERATORS.saturating_sub(self.seen_operators);
        let operators = buffer.tables(table, OPERATORS, "operators", left)?;
        self.seen_operators = self.seen_operators.saturating_add(widen(operators.len()));
        for at in operators {
            let operator = buffer.table(at)?;
            let code = buffer.u32(&operator, OPCODE_INDEX, 0)?;
            operators::check_code(at, code, known.codes)?;
            let index = usize::try_from(code).ok();
            if let Some(uses) = index.and_then(|index| self.uses.get_mut(index)) {
                *uses = uses.saturating_add(1);
            }
            if let Some(known) = index.and_then(|index| known.codes.get(index)) {
                self.judge_operator(buffer, &operator, (known, code), anomalies);
            }
            check_ports(buffer, &operator, OPERATOR_INPUTS, tensors.len(), true)?;
            check_ports(buffer, &operator, OPERATOR_OUTPUTS, tensors.len(), true)?;
        }
        Ok(())
    }

    /// Judges an operator of TensorFlow by what its options say.
    fn judge_operator(
        &mut self,
        buffer: &mut Flatbuffer<'_, '_>,
        table: &Table,
        (code, number): (&Code, u32),
        anomalies: &mut Anomalies,
    ) {
        let Some(operator) = &code.of_tensorflow else {
            return;
        };
        let of_tensorflow = (operator.as_str(), number);
        let outcome = flex::judge(buffer, table, of_tensorflow, &mut self.judged, anomalies);
        if let Err(fault) = outcome {
            anomalies.report(|| fault.within(&code.name).within("operators"));
        }
    }

    fn read_tensor(
        &mut self,
        buffer: &mut Flatbuffer<'_, '_>,
        table: &Table,
        known: &Known<'_>,
        anomalies: &mut Anomalies,
    ) -> Result<()> {
        let number = buffer.u8(table, TYPE, 0)?;
        let Some(kind) = tensor_type(number) else {
            return Err(Fault::at(table.at, TfliteProblem::TensorType(number)));
        };
        let (place, bytes, is_packed) = place(buffer, table, known)?;
        let shape = buffer.numbers(table, SHAPE, "dimensions", MAX_DIMENSIONS)?;
        if bytes == 0 {
            return Ok(());
        }
        let elements = elements(table, &shape)?;
        let is_sparse = buffer.child(table, SPARSITY)?.is_some();
        if kind.bits > 0 && !is_sparse && !is_packed {
            check_size(table, kind, elements, bytes)?;
        }
        let type_name = if is_scaled(buffer, table)? {
            kind.scaled
        } else {
            kind.name
        };
        if !self.counted.insert((place, type_name)) {
            return Ok(());
        }
        let name = text(buffer, table, NAME, anomalies)?;
        self.name_bytes = self.name_bytes.saturating_add(name.len());
        if self.name_bytes > MAX_NAME_BYTES {
            return Err(Fault::at(table.at, TfliteProblem::Names));
        }
        self.parameters = self.parameters.saturating_add(elements);
        self.tensors.push(Tensor {
            name: name.into(),
            type_name,
            row: shape.last().map_or(1, |row| u64::from(row.unsigned_abs())),
            dimensions: u8::try_from(shape.len()).unwrap_or(u8::MAX),
            elements,
            bytes,
        });
        Ok(())
    }
}

/// Where the data of a tensor stand, how many bytes they are, and whether they are packed.
fn place(
    buffer: &mut Flatbuffer<'_, '_>,
    table: &Table,
    known: &Known<'_>,
) -> Result<(Place, u64, bool)> {
    let external = buffer.u32(table, EXTERNAL_BUFFER, 0)?;
    if external > 0 {
        let data = known.elsewhere.get(&external).ok_or_else(|| {
            let problem = TfliteProblem::Index {
                of: "external buffer",
                found: external.into(),
                length: widen(known.elsewhere.len()),
            };
            Fault::at(table.at, problem)
        })?;
        return Ok((Place::Elsewhere(external), data.size, data.is_packed));
    }
    let index = buffer.u32(table, BUFFER, 0)?;
    check_index("buffer", table.at, index.into(), known.buffers.len())?;
    let data = usize::try_from(index)
        .ok()
        .and_then(|at| known.buffers.get(at));
    Ok((Place::Here(index), data.map_or(0, |data| data.size), false))
}

/// The product of the dimensions.
fn elements(table: &Table, shape: &[i32]) -> Result<u64> {
    shape.iter().try_fold(1_u64, |product, length| {
        let length = u64::try_from(*length)
            .map_err(|_| Fault::at(table.at, TfliteProblem::Dimension(*length)))?;
        product
            .checked_mul(length)
            .ok_or_else(|| Fault::at(table.at, TfliteProblem::SizeOverflow))
    })
}

/// Refuses data of another size than the shape comes to, as the interpreter does (`BytesRequired`
/// in `subgraph.cc`); of texts, sparse and packed tensors the shape does not tell.
fn check_size(table: &Table, kind: TensorType, elements: u64, found: u64) -> Result<()> {
    let bits = elements
        .checked_mul(kind.bits)
        .ok_or_else(|| Fault::at(table.at, TfliteProblem::SizeOverflow))?;
    let expected = bits.div_ceil(8);
    if found == expected {
        return Ok(());
    }
    Err(Fault::at(table.at, TfliteProblem::Size { found, expected }))
}

/// Whether a tensor has scales: of its own, or in a table of blocks or axes.
pub(super) fn is_scaled(buffer: &mut Flatbuffer<'_, '_>, table: &Table) -> Result<bool> {
    let Some(parameters) = buffer.child(table, QUANTIZATION)? else {
        return Ok(false);
    };
    let scales = buffer.vector(&parameters, SCALE, 4)?;
    let has_details = buffer.child(&parameters, DETAILS)?.is_some();
    Ok(has_details || scales.is_some_and(|scales| scales.length > 0))
}

/// Refuses an input or an output that is no tensor of the subgraph.
fn check_ports(
    buffer: &mut Flatbuffer<'_, '_>,
    table: &Table,
    field: usize,
    tensors: usize,
    may_be_absent: bool,
) -> Result<()> {
    for index in buffer.numbers(table, field, "inputs or outputs", MAX_PORTS)? {
        if !(may_be_absent && index == OPTIONAL) {
            check_index("tensor", table.at, index.into(), tensors)?;
        }
    }
    Ok(())
}

//! Execution plans: values, the operators that read them, and delegates.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::data::Program;
use super::scalar_types::{ScalarType, scalar_type};
use super::{ExecutorchProblem, MAX_ITEMS, MAX_VALUES, Result, fields, item, text};
use crate::anomalies::{Anomalies, Fault};
use crate::description::{Operators, UNKNOWN_DIMENSION, dimension};
use crate::flatbuffer::{Flatbuffer, Table};
use crate::format::Header;
use crate::quantization::{Claimed, Tensor};
use crate::reader::widen;
use crate::record::{Facts, Port, Property};

/// Fields of `ExecutionPlan`.
const PLAN_NAME: usize = 0;
const VALUES: usize = 2;
const INPUTS: usize = 3;
const OUTPUTS: usize = 4;
const CHAINS: usize = 5;
const OPERATORS: usize = 6;
const DELEGATES: usize = 7;

/// Fields of `EValue`, and the number of `Tensor` in the union of its kinds.
const VALUE_KIND: usize = 0;
const VALUE: usize = 1;
const TENSOR: u8 = 5;

/// The kinds of values by their numbers: `union KernelTypes`.
const KINDS: [&str; 12] = [
    "NONE",
    "Null",
    "Int",
    "Bool",
    "Double",
    "Tensor",
    "String",
    "IntList",
    "DoubleList",
    "BoolList",
    "TensorList",
    "OptionalTensorList",
];

/// Fields of `Tensor`.
const SCALAR_TYPE: usize = 0;
const SIZES: usize = 2;
const DATA_BUFFER: usize = 5;
const ALLOCATION: usize = 6;
const DYNAMISM: usize = 8;

/// Kinds of shapes: sizes are the largest that there may be, or mean nothing.
const BOUNDED: u8 = 1;
const UNBOUNDED: u8 = 2;
const EXTRA: usize = 9;

/// Fields of `ExtraTensorInfo`.
const FULL_NAME: usize = 1;
const LOCATION: usize = 2;
const EXTERNAL: u8 = 1;

/// Fields of `Operator`.
const NAME: usize = 0;
const OVERLOAD: usize = 1;

/// Fields of `BackendDelegate` and of its reference to data.
const ID: usize = 0;
const PROCESSED: usize = 1;
const DATA_LOCATION: usize = 0;
const DATA_INDEX: usize = 1;
const IN_SEGMENT: u8 = 1;

/// The instructions of a `Chain`; the kind and arguments of an `Instruction`; a `KernelCall`.
const INSTRUCTIONS: usize = 2;
const INSTRUCTION_KIND: usize = 0;
const ARGUMENTS: usize = 1;
const KERNEL_CALL: u8 = 1;
const OPERATOR_INDEX: usize = 0;
const CALL_ARGUMENTS: usize = 1;

/// Dimensions of a tensor: more than any kernel takes (16, `kTensorDimensionLimit`).
const MAX_DIMENSIONS: u64 = 64;

/// Arguments of one call.
const MAX_ARGUMENTS: u64 = 4096;

/// Inputs, and outputs, of one plan that are looked at.
const MAX_PORTS: u64 = 4096;

/// Namespaces of operators whose integers are quantized weights.
const QUANTIZED: &[&str] = &["quantized_decomposed::", "torchao::", "llama::"];

/// What the plans hold.
pub(super) struct Plans<'a> {
    program: &'a Program,
    /// Constants by their numbers: plans share them.
    tensors: BTreeMap<u32, (Tensor, ScalarType)>,
    operators: Operators,
    /// What the program takes and gives, and which backends it needs.
    facts: Facts,
    claims: BTreeMap<&'static str, BTreeSet<String>>,
    seen: u64,
}

impl<'a> Plans<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        Self {
            program,
            tensors: BTreeMap::new(),
            operators: Operators::default(),
            facts: Facts::default(),
            claims: BTreeMap::new(),
            seen: 0,
        }
    }

    /// Reads every plan.
    pub(super) fn read(
        &mut self,
        buffer: &mut Flatbuffer<'_, '_>,
        root: &Table,
        anomalies: &mut Anomalies,
    ) -> Result<()> {
        for at in buffer.tables(root, fields::PLANS, "execution plans", MAX_ITEMS)? {
            let plan = buffer.table(at)?;
            let constants = self.values(buffer, &plan, anomalies)?;
            let operators = self.operators(buffer, &plan, anomalies)?;
            self.ports(buffer, &plan, anomalies)?;
            self.delegates(buffer, &plan, anomalies)?;
            self.calls(buffer, &plan, &operators, &constants)?;
        }
        Ok(())
    }

    /// Writes what was found into the header.
    pub(super) fn finish(mut self, header: &mut Header) {
        header.tensors = self
            .tensors
            .into_values()
            .map(|(tensor, _)| tensor)
            .collect();
        let elements = header.tensors.iter().map(|tensor| tensor.elements);
        header.facts.parameters = Some(elements.fold(0, u64::saturating_add));
        header.facts.take_description(&mut self.facts);
        self.operators.finish(&mut header.facts);
        header.claims = self
            .claims
            .into_iter()
            .map(|(label, operators)| Claimed::Graph {
                label,
                source: format!("graph: {}", Vec::from_iter(operators).join(", ")),
            })
            .collect();
    }

    /// The numbers of constants, by the values that they are.
    fn values(
        &mut self,
        buffer: &mut Flatbuffer<'_, '_>,
        plan: &Table,
        anomalies: &mut Anomalies,
    ) -> Result<HashMap<usize, u32>> {
        let mut constants = HashMap::new();
        let values = self.tables(buffer, plan, VALUES, "values")?;
        for (index, at) in values.into_iter().enumerate() {
            let value = buffer.table(at)?;
            if buffer.u8(&value, VALUE_KIND, 0)? != TENSOR {
                continue;
            }
            let Some(table) = buffer.child(&value, VALUE)? else {
                continue;
            };
            match self.tensor(buffer, &table, anomalies) {
                Ok(Some(constant)) => {
                    constants.insert(index, constant);
                }
                Ok(None) => {}
                Err(fault) => anomalies.report(|| fault.within(&format!("value {index}"))),
            }
        }
        Ok(constants)
    }

    /// Keeps a tensor that holds constant data, and returns the number of its data.
    fn tensor(
        &mut self,
        buffer: &mut Flatbuffer<'_, '_>,
        table: &Table,
        anomalies: &mut Anomalies,
    ) -> Result<Option<u32>> {
        let number = buffer.u32(table, DATA_BUFFER, 0)?;
        let extra = buffer.child(table, EXTRA)?;
        let mut name = String::new();
        if let Some(extra) = &extra {
            name = text(buffer, extra, FULL_NAME, anomalies)?;
            if buffer.u8(extra, LOCATION, 0)? == EXTERNAL {
                return Err(Fault::at(extra.at, ExecutorchProblem::External(name)));
            }
        }
        let is_mutable = buffer.child(table, ALLOCATION)?.is_some();
        if number == 0 || is_mutable {
            return Ok(None);
        }
        let held = *item("constant", table.at, number.into(), &self.program.constants)?;
        let kind = buffer.u8(table, SCALAR_TYPE, 0)?;
        let kind = scalar_type(kind)
            .ok_or_else(|| Fault::at(table.at, ExecutorchProblem::ScalarType(kind)))?;
        let shape = buffer.numbers(table, SIZES, "dimensions", MAX_DIMENSIONS)?;
        let overflow = || Fault::at(table.at, ExecutorchProblem::SizeOverflow);
        let elements = shape.iter().try_fold(1_u64, |product, length| {
            let length = u64::try_from(*length)
                .map_err(|_| Fault::at(table.at, ExecutorchProblem::Dimension(*length)))?;
            product.checked_mul(length).ok_or_else(overflow)
        })?;
        let bits = elements.checked_mul(kind.bits).ok_or_else(overflow)?;
        let bytes = bits.div_ceil(8);
        if bytes > held {
            let (of, end, size) = ("segment", bytes, held);
            return Err(Fault::at(
                table.at,
                ExecutorchProblem::MissingData { of, end, size },
            ));
        }
        let tensor = Tensor {
            name: if name.is_empty() {
                format!("constant {number}").into()
            } else {
                name.into()
            },
            type_name: kind.name,
            row: shape.last().map_or(1, |row| u64::from(row.unsigned_abs())),
            dimensions: u8::try_from(shape.len()).unwrap_or(u8::MAX),
            elements,
            bytes,
        };
        self.tensors.entry(number).or_insert((tensor, kind));
        Ok(Some(number))
    }

    /// The names of a plan's operators, in their order.
    fn operators(
        &mut self,
        buffer: &mut Flatbuffer<'_, '_>,
        plan: &Table,
        anomalies: &mut Anomalies,
    ) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for at in buffer.tables(plan, OPERATORS, "operators", MAX_ITEMS)? {
            let table = buffer.table(at)?;
            let mut name = text(buffer, &table, NAME, anomalies)?;
            let overload = text(buffer, &table, OVERLOAD, anomalies)?;
            if !overload.is_empty() {
                name = format!("{name}.{overload}");
            }
            self.operators.add(&name, 0);
            names.push(name);
        }
        Ok(names)
    }

    /// Says what a plan takes and gives.
    fn ports(
        &mut self,
        buffer: &mut Flatbuffer<'_, '_>,
        plan: &Table,
        anomalies: &mut Anomalies,
    ) -> Result<()> {
        let name = text(buffer, plan, PLAN_NAME, anomalies)?;
        let values = buffer.tables(plan, VALUES, "values", MAX_VALUES)?;
        for field in [INPUTS, OUTPUTS] {
            for index in buffer.numbers(plan, field, "inputs or outputs", MAX_PORTS)? {
                let at = *item("value", plan.at, i64::from(index), &values)?;
                let port = Port {
                    signature: Some(name.clone()).filter(|name| !name.is_empty()),
                    ..port(buffer, at)?
                };
                let has_room = if field == INPUTS {
                    self.facts.add_input(port)
                } else {
                    self.facts.add_output(port)
                };
                if !has_room {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Says which delegates get data.
    fn delegates(
        &mut self,
        buffer: &mut Flatbuffer<'_, '_>,
        plan: &Table,
        anomalies: &mut Anomalies,
    ) -> Result<()> {
        for at in buffer.tables(plan, DELEGATES, "delegates", MAX_ITEMS)? {
            let table = buffer.table(at)?;
            let id = text(buffer, &table, ID, anomalies)?;
            if let Some(data) = buffer.child(&table, PROCESSED)? {
                let index = buffer.u32(&data, DATA_INDEX, 0)?.into();
                if buffer.u8(&data, DATA_LOCATION, 0)? == IN_SEGMENT {
                    item("segment", data.at, index, &self.program.segments)?;
                } else {
                    item("delegate data", data.at, index, &self.program.delegate_data)?;
                }
            }
            self.operators.add(&format!("delegate:{id}"), 0);
            self.facts.say(Property::Delegate, &id);
            anomalies.report(|| Fault::at(at, ExecutorchProblem::Delegate(id)));
        }
        Ok(())
    }

    /// Marks the constants that quantized operators read.
    fn calls(
        &mut self,
        buffer: &mut Flatbuffer<'_, '_>,
        plan: &Table,
        operators: &[String],
        constants: &HashMap<usize, u32>,
    ) -> Result<()> {
        for chain in buffer.tables(plan, CHAINS, "chains", MAX_ITEMS)? {
            let chain = buffer.table(chain)?;
            for at in self.tables(buffer, &chain, INSTRUCTIONS, "instructions")? {
                let instruction = buffer.table(at)?;
                if buffer.u8(&instruction, INSTRUCTION_KIND, 0)? != KERNEL_CALL {
                    continue;
                }
                let Some(call) = buffer.child(&instruction, ARGUMENTS)? else {
                    continue;
                };
                let index = buffer.u32(&call, OPERATOR_INDEX, 0)?;
                let operator = item("operator", call.at, index.into(), operators)?;
                self.operators.add(operator, 1);
                if !QUANTIZED.iter().any(|space| operator.starts_with(space)) {
                    continue;
                }
                for value in buffer.numbers(&call, CALL_ARGUMENTS, "arguments", MAX_ARGUMENTS)? {
                    let constant = usize::try_from(value)
                        .ok()
                        .and_then(|at| constants.get(&at));
                    if let Some(constant) = constant {
                        self.mark(*constant, operator);
                    }
                }
            }
        }
        Ok(())
    }

    /// Names a matrix of integers by what an operator takes it for.
    fn mark(&mut self, constant: u32, operator: &str) {
        let Some((tensor, kind)) = self.tensors.get_mut(&constant) else {
            return;
        };
        if !kind.may_be_quantized || tensor.dimensions < 2 {
            return;
        }
        // Bytes that hold several weights are told by the operator's name.
        let (label, weights) = if operator.contains("4bit") {
            ("int4", 2)
        } else if operator.contains("2bit") {
            ("int2", 4)
        } else {
            (kind.quantized, 1)
        };
        if tensor.type_name != label {
            tensor.type_name = label;
            tensor.elements = tensor.elements.saturating_mul(weights);
        }
        let operator = operator.split('.').next().unwrap_or(operator);
        self.claims
            .entry(label)
            .or_default()
            .insert(operator.to_owned());
    }

    /// Where the tables of a vector stand, of which all plans together have a limit.
    fn tables(
        &mut self,
        buffer: &mut Flatbuffer<'_, '_>,
        table: &Table,
        field: usize,
        of: &'static str,
    ) -> Result<Vec<u64>> {
        let left = MAX_VALUES.saturating_sub(self.seen);
        let tables = buffer.tables(table, field, of, left)?;
        self.seen = self.seen.saturating_add(widen(tables.len()));
        Ok(tables)
    }
}

/// What a value is as an input or output; only of tensors there is more to say than the kind.
fn port(buffer: &mut Flatbuffer<'_, '_>, at: u64) -> Result<Port> {
    let value = buffer.table(at)?;
    let kind = buffer.u8(&value, VALUE_KIND, 0)?;
    let tensor = buffer.child(&value, VALUE)?;
    let Some(table) = tensor.filter(|_| kind == TENSOR) else {
        let name = KINDS.get(usize::from(kind)).copied();
        return Ok(Port {
            element_type: name.map(str::to_owned),
            ..Port::default()
        });
    };
    let number = buffer.u8(&table, SCALAR_TYPE, 0)?;
    let shape = buffer.numbers(&table, SIZES, "dimensions", MAX_DIMENSIONS)?;
    let dynamism = buffer.u8(&table, DYNAMISM, 0)?;
    let lengths = shape.iter().map(|length| match dynamism {
        BOUNDED => format!("<={}", dimension((*length).into())),
        UNBOUNDED => UNKNOWN_DIMENSION.to_owned(),
        _ => dimension((*length).into()),
    });
    Ok(Port {
        element_type: scalar_type(number).map(|kind| kind.name.to_owned()),
        shape: Some(lengths.collect()),
        ..Port::default()
    })
}

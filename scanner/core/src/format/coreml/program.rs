//! Programs of Core ML (MIL): operations with constants, in place or in a file of weights.

use super::Graphs;
use super::types;
use crate::format::graph::{GraphProblem, MAX_DIMENSIONS, Result, elements, weights_in};
use crate::protobuf::{Field, Message, Span, Value};

/// How a program names the directory of its model.
const MODEL_PATH: &str = "@model_path/";

/// Bytes of what describes a blob in a file of weights: `blob_metadata`, `StorageFormat.hpp`.
const BLOB_METADATA: u64 = 64;

/// The operation whose weights are indices into a table of values.
const LOOKUP: &str = "constexpr_lut_to_dense";

/// Kinds of compressed weights. Core ML has a handful.
const MAX_KINDS: usize = 64;

/// Dimensions of packed indices: they stand for a matrix.
const MATRIX: u8 = 2;

/// What an operation says of itself, in whatever order.
#[derive(Debug, Default)]
struct Operation {
    kind: String,
    output: String,
    values: Vec<(String, Constant)>,
    inputs: Vec<(String, String)>,
}

/// A `Value` of a tensor.
#[derive(Debug, Default)]
struct Constant {
    offset: u64,
    data_type: u64,
    dims: Vec<u64>,
    is_tensor: bool,
    blob: Option<Blob>,
    /// Values that stand in place, where they are counted.
    values: u64,
}

/// Where a constant stands in a file of weights.
#[derive(Debug, Default)]
struct Blob {
    file: String,
    offset: u64,
}

impl Graphs<'_, '_, '_, '_> {
    /// A `Program`: functions of blocks of operations.
    pub(super) fn program(&mut self, span: Span) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (2, Value::Bytes(span)) => {
                    self.entry(span, |graphs, _, function| graphs.function(function))?;
                }
                (3, Value::Bytes(span)) => {
                    self.findings.search("docString", self.wire, span)?;
                }
                (2 | 3, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    fn function(&mut self, span: Span) -> Result<()> {
        self.each(span, 3, |graphs, span| {
            graphs.entry(span, |graphs, _, block| graphs.block(block))
        })
    }

    fn block(&mut self, span: Span) -> Result<()> {
        self.each(span, 3, Self::operation)
    }

    fn operation(&mut self, span: Span) -> Result<()> {
        let mut operation = Operation::default();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => {
                    operation.kind = self.name(span)?;
                    self.operators.add(&operation.kind, 1);
                }
                (2, Value::Bytes(span)) => self.input(span, &mut operation)?,
                (3, Value::Bytes(span)) => {
                    let name = self.named(span)?;
                    if operation.output.is_empty() {
                        operation.output = name;
                    }
                }
                (4, Value::Bytes(span)) => self.block(span)?,
                (5, Value::Bytes(span)) => self.attribute(span, &mut operation)?,
                (1..=5, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        self.finish(&operation);
        Ok(())
    }

    /// An entry of the map of inputs: a name, and an `Argument` of values or of their names.
    fn input(&mut self, span: Span, operation: &mut Operation) -> Result<()> {
        self.entry(span, |graphs, key, argument| {
            graphs.each(argument, 1, |graphs, binding| {
                let mut message = binding.message()?;
                while let Some(field) = graphs.wire.next(&mut message)? {
                    match (field.number, field.value) {
                        (1, Value::Bytes(span)) => {
                            let name = graphs.name(span)?;
                            if graphs.findings.has_room(operation.inputs.len()) {
                                operation.inputs.push((key.to_owned(), name));
                            }
                        }
                        (2, Value::Bytes(span)) => {
                            let constant = graphs.constant(span)?;
                            graphs.keep(operation, key, constant);
                        }
                        _ => {}
                    }
                }
                Ok(())
            })
        })
    }

    fn attribute(&mut self, span: Span, operation: &mut Operation) -> Result<()> {
        self.entry(span, |graphs, key, value| {
            let constant = graphs.constant(value)?;
            graphs.keep(operation, key, constant);
            Ok(())
        })
    }

    fn keep(&mut self, operation: &mut Operation, key: &str, constant: Constant) {
        if self.findings.has_room(operation.values.len()) {
            operation.values.push((key.to_owned(), constant));
        }
    }

    /// A `Value`.
    fn constant(&mut self, span: Span) -> Result<Constant> {
        let mut constant = Constant {
            offset: span.start,
            ..Constant::default()
        };
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (2, Value::Bytes(span)) => {
                    self.each(span, 1, |graphs, span| {
                        graphs.tensor_type(span, &mut constant)
                    })?;
                }
                (3, Value::Bytes(span)) => self.each(span, 1, |graphs, span| {
                    constant.values = graphs.tensor_value(span)?;
                    Ok(())
                })?,
                (5, Value::Bytes(span)) => constant.blob = Some(self.blob(span)?),
                (1, Value::Bytes(_)) => {}
                (1 | 2 | 3 | 5, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(constant)
    }

    fn tensor_type(&mut self, span: Span, constant: &mut Constant) -> Result<()> {
        constant.is_tensor = true;
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Number(id)) => constant.data_type = id,
                (3, Value::Bytes(span)) => {
                    let mut length = 0;
                    self.each(span, 1, |graphs, span| {
                        graphs.numbers(span, |_, number| length = number)
                    })?;
                    if constant.dims.len() < MAX_DIMENSIONS {
                        constant.dims.push(length);
                    }
                }
                (1 | 3, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    /// A `TensorValue`: how many values of a fixed width stand in place.
    fn tensor_value(&mut self, span: Span) -> Result<u64> {
        let mut values = 0_u64;
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            let Value::Bytes(span) = field.value else {
                self.findings.wrong_kind(&field);
                continue;
            };
            let width = match field.number {
                1 => 4,
                6 => 8,
                _ => continue,
            };
            self.each(span, 1, |_, span| {
                values = values.saturating_add(span.packed_count(width)?);
                Ok(())
            })?;
        }
        Ok(values)
    }

    fn blob(&mut self, span: Span) -> Result<Blob> {
        let mut blob = Blob::default();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => blob.file = self.name(span)?,
                (2, Value::Number(offset)) => blob.offset = offset,
                (1 | 2, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(blob)
    }

    /// Hands on what an operation holds, now that it has said everything.
    fn finish(&mut self, operation: &Operation) {
        if operation.kind.starts_with("constexpr_") && self.constexprs.len() < MAX_KINDS {
            self.constexprs.insert(operation.kind.clone());
        }
        if operation.kind == LOOKUP {
            let mut inputs = operation.inputs.iter();
            let indices = inputs.find_map(|(key, name)| (key == "indices").then_some(name));
            if let Some(name) = indices.filter(|name| self.findings.has_name_budget(name.len())) {
                self.lookups.insert(name.clone());
            }
        }
        let bits = operation.lookup_bits();
        for (key, constant) in &operation.values {
            let name = match key.as_str() {
                "val" => operation.output.clone(),
                key => format!("{}.{key}", operation.output),
            };
            let bits = if key == "indices" { bits } else { 0 };
            self.add_constant(&name, constant, bits);
        }
    }

    /// Takes in a constant, if it is a tensor of numbers. `bits` is what one of its indices into a
    /// table takes, where it holds such; they are packed into bytes.
    fn add_constant(&mut self, name: &str, constant: &Constant, bits: u64) {
        if !constant.is_tensor {
            return;
        }
        let offset = constant.offset;
        let Some(known) = types::data_type(constant.data_type) else {
            let problem = GraphProblem::UnknownDataType(constant.data_type);
            return self.findings.report(offset, name, problem);
        };
        if let Some(blob) = &constant.blob {
            self.file_of_weights(blob, offset, name);
        }
        let dimensions = u8::try_from(constant.dims.len()).unwrap_or(u8::MAX);
        let stored = elements(&constant.dims).unwrap_or_default();
        match types::lookup(bits) {
            Some(label) if known.bits == 8 => {
                let weights = weights_in(stored, bits);
                self.add(name, label, &[weights], MATRIX, bits, offset);
            }
            // Texts, such as the name of the operation, are no weights.
            _ if known.bits == 0 => {}
            _ => {
                let (label, bits) = (known.name, known.bits);
                self.add(name, label, &constant.dims, dimensions, bits, offset);
            }
        }
        if constant.values > 0 && constant.blob.is_none() && constant.values != stored {
            let problem = GraphProblem::WrongLength {
                of: "values",
                found: constant.values,
                expected: stored,
            };
            self.findings.report(offset, name, problem);
        }
    }

    /// A blob in a file: what describes it must lie in the file, with the data behind.
    fn file_of_weights(&mut self, blob: &Blob, offset: u64, name: &str) {
        let location = blob.file.strip_prefix(MODEL_PATH).unwrap_or(&blob.file);
        match blob.offset.checked_add(BLOB_METADATA) {
            Some(end) => self.findings.external(location, end, offset, name),
            None => self
                .findings
                .report(offset, name, GraphProblem::SizeOverflow),
        }
    }

    /// An entry of a map: a key, then a message.
    fn entry(
        &mut self,
        span: Span,
        mut take: impl FnMut(&mut Self, &str, Span) -> Result<()>,
    ) -> Result<()> {
        let mut key = String::new();
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => key = self.name(span)?,
                (2, Value::Bytes(span)) => take(self, &key, span)?,
                (1 | 2, _) => self.findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    /// Every field of this number, which is a message.
    fn each(
        &mut self,
        span: Span,
        number: u32,
        mut take: impl FnMut(&mut Self, Span) -> Result<()>,
    ) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.next_of(&mut message, number)? {
            match field.value {
                Value::Bytes(span) => take(self, span)?,
                _ => self.findings.wrong_kind(&field),
            }
        }
        Ok(())
    }

    fn next_of(&mut self, message: &mut Message, number: u32) -> Result<Option<Field>> {
        while let Some(field) = self.wire.next(message)? {
            if field.number == number {
                return Ok(Some(field));
            }
        }
        Ok(None)
    }

    fn numbers(&mut self, span: Span, mut take: impl FnMut(u32, u64)) -> Result<()> {
        let mut message = span.message()?;
        while let Some(field) = self.wire.next(&mut message)? {
            if let Value::Number(number) = field.value {
                take(field.number, number);
            }
        }
        Ok(())
    }

    /// The name in a `NamedValueType`.
    fn named(&mut self, span: Span) -> Result<String> {
        let mut name = String::new();
        self.each(span, 1, |graphs, span| {
            name = graphs.name(span)?;
            Ok(())
        })?;
        Ok(name)
    }

    fn name(&mut self, span: Span) -> Result<String> {
        self.findings.name(self.wire, span)
    }
}

impl Operation {
    /// Bits of an index into the table of a `constexpr_lut_to_dense` whose table stands beside it,
    /// as the table's length tells; zero where there is none.
    fn lookup_bits(&self) -> u64 {
        if self.kind != LOOKUP {
            return 0;
        }
        let table = self.values.iter().find(|(key, _)| key == "lut");
        let length = table.and_then(|(_, table)| table.dims.first().copied());
        length.and_then(u64::checked_ilog2).map_or(0, u64::from)
    }
}

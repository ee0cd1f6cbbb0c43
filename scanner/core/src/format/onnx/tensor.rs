//! One `TensorProto`: what it says of itself, and whether its values are what its shape promises.
//!
//! Values are counted where they lie, never copied. A message that stands in parts is merged, as
//! protobuf lays down.

use super::OnnxProblem;
use super::data_type::{DataType, Field, data_type};
use crate::anomalies::{Fault, Problem, escape};
use crate::format::graph::{
    Findings, GraphProblem, MAX_DIMENSIONS, MAX_NAME, Result, bytes_of, elements, is_signed,
};
use crate::protobuf::{Span, Value, Wire};

/// What a `TensorProto` has said so far.
#[derive(Debug, Default)]
pub(super) struct TensorParts {
    /// Offset of its first byte.
    pub(super) offset: u64,
    /// Its name; empty where it has none.
    pub(super) name: String,
    dims: Vec<u64>,
    has_too_many_dims: bool,
    data_type: Option<u64>,
    values: Vec<(Field, u64)>,
    is_external: bool,
    location: Option<String>,
    external_offset: Option<String>,
    external_length: Option<String>,
}

/// A tensor as far as it can be told.
#[derive(Debug)]
pub(super) struct Shape {
    /// How it is stored.
    pub(super) data_type: &'static DataType,
    /// Length of a row: the last dimension; 1 for a scalar.
    pub(super) row: u64,
    /// Number of dimensions.
    pub(super) dimensions: u8,
    /// Product of the dimensions.
    pub(super) elements: u64,
    /// Bytes of its values.
    pub(super) bytes: u64,
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
                (1, Value::Number(length)) => self.dimension(length),
                (1, Value::Bytes(span)) => wire.packed(span, |length| self.dimension(length))?,
                (2, Value::Number(id)) => self.data_type = Some(id),
                (8, Value::Bytes(span)) => self.name = findings.name(wire, span)?,
                (13, Value::Bytes(span)) => self.external(wire, span, findings)?,
                (14, Value::Number(place)) => self.is_external = place == 1,
                (9, Value::Bytes(span)) => self.raw(span.length),
                (4, Value::Bytes(span)) => {
                    self.count(Field::Float, span.packed_count(4)?);
                }
                (10, Value::Bytes(span)) => {
                    self.count(Field::Double, span.packed_count(8)?);
                }
                (4, Value::Four(_)) => self.count(Field::Float, 1),
                (10, Value::Eight(_)) => self.count(Field::Double, 1),
                (6, Value::Bytes(_)) => self.count(Field::Text, 1),
                (number @ (5 | 7 | 11), Value::Bytes(span)) => {
                    let mut count = 0_u64;
                    wire.packed(span, |_| count = count.saturating_add(1))?;
                    self.count(field_of(number), count);
                }
                (number @ (5 | 7 | 11), Value::Number(_)) => self.count(field_of(number), 1),
                // segment, doc_string, metadata_props
                (3 | 12 | 16, Value::Bytes(_)) => {}
                (1..=14 | 16, _) => findings.wrong_kind(&field),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether it holds anything.
    pub(super) fn is_present(&self) -> bool {
        self.offset > 0
    }

    /// What it comes to; what is wrong with it is reported under `name`.
    pub(super) fn finish(&self, name: &str, findings: &mut Findings<'_>) -> Option<Shape> {
        if self.has_too_many_dims {
            findings.limit("limit-dimensions", "dimensions", MAX_DIMENSIONS);
        }
        let elements = elements(&self.dims)
            .map_err(|problem| self.report(name, findings, problem))
            .ok()?;
        let stored = self.stored(name, findings)?;
        let Some(bytes) = bytes_of(elements, stored.bits) else {
            self.report(name, findings, GraphProblem::SizeOverflow);
            return None;
        };
        if self.check_values(name, findings, stored, elements, bytes) && self.is_external {
            self.external_data(bytes, name, findings);
        }
        Some(Shape {
            data_type: stored,
            row: self.dims.last().copied().unwrap_or(1),
            dimensions: u8::try_from(self.dims.len()).unwrap_or(u8::MAX),
            elements,
            bytes,
        })
    }

    fn stored(&self, name: &str, findings: &mut Findings<'_>) -> Option<&'static DataType> {
        let id = self.data_type.unwrap_or(0);
        if id == 0 {
            self.report(name, findings, OnnxProblem::MissingDataType);
            return None;
        }
        let stored = data_type(id);
        if stored.is_none() {
            self.report(name, findings, GraphProblem::UnknownDataType(id));
        }
        stored
    }

    fn report<P: Problem>(&self, name: &str, findings: &mut Findings<'_>, problem: P) {
        findings.add(
            Fault::at(self.offset, problem)
                .within(name)
                .within("tensors"),
        );
    }

    fn dimension(&mut self, length: u64) {
        if self.dims.len() < MAX_DIMENSIONS {
            self.dims.push(length);
        } else {
            self.has_too_many_dims = true;
        }
    }

    /// The last of several counts.
    fn raw(&mut self, length: u64) {
        self.values.retain(|(field, _)| *field != Field::Raw);
        self.values.push((Field::Raw, length));
    }

    fn count(&mut self, field: Field, count: u64) {
        match self.values.iter_mut().find(|(known, _)| *known == field) {
            Some((_, known)) => *known = known.saturating_add(count),
            None => self.values.push((field, count)),
        }
    }

    fn external(
        &mut self,
        wire: &mut Wire<'_, '_>,
        span: Span,
        findings: &mut Findings<'_>,
    ) -> Result<()> {
        let mut key = String::new();
        let mut value = String::new();
        let mut message = span.message()?;
        while let Some(field) = wire.next(&mut message)? {
            let (text, span) = match (field.number, field.value) {
                (1, Value::Bytes(span)) => (&mut key, span),
                (2, Value::Bytes(span)) => (&mut value, span),
                _ => continue,
            };
            match wire.bytes(span, MAX_NAME)? {
                Some(bytes) => *text = escape(&bytes),
                None => findings.limit("limit-name", "bytes of a name", MAX_NAME),
            }
        }
        let before = match key.as_str() {
            "location" => self.location.replace(value),
            "offset" => self.external_offset.replace(value),
            "length" => self.external_length.replace(value),
            // Of the file, which has a digest of its own; and what onnxruntime has packed before.
            "checksum" => None,
            key if key.starts_with("prepacked_") => None,
            _ => {
                let fault = Fault::at(span.start, OnnxProblem::UnknownKey(key));
                findings.add(fault.within("external_data"));
                return Ok(());
            }
        };
        if before.is_some() {
            let fault = Fault::at(span.start, OnnxProblem::DuplicateKey);
            findings.add(fault.within(&key).within("external_data"));
        }
        Ok(())
    }

    /// Holds the values against type and shape: onnx 1.23, `check_tensor`.
    fn check_values(
        &self,
        name: &str,
        findings: &mut Findings<'_>,
        stored: &DataType,
        elements: u64,
        bytes: u64,
    ) -> bool {
        let mut filled = self.values.iter().filter(|(_, count)| *count > 0);
        let first = filled.next();
        let mut misplaced = || {
            self.report(name, findings, OnnxProblem::MisplacedValues);
            false
        };
        if filled.next().is_some() || self.is_external && first.is_some() {
            return misplaced();
        }
        let (field, found) = match first {
            Some((field, found)) => (*field, *found),
            None if self.is_external || elements == 0 => return true,
            None => {
                self.report(name, findings, OnnxProblem::MissingValues);
                return false;
            }
        };
        let (of, expected) = match field {
            Field::Raw if stored.field == Field::Text => return misplaced(),
            Field::Raw => ("bytes", Some(bytes)),
            field if field == stored.field => ("values", stored.values(elements)),
            _ => return misplaced(),
        };
        let Some(expected) = expected.filter(|expected| *expected != found) else {
            return true;
        };
        let problem = GraphProblem::WrongLength {
            of,
            found,
            expected,
        };
        self.report(name, findings, problem);
        false
    }

    /// Hands on where external data lie, if they may lie there.
    fn external_data(&self, bytes: u64, name: &str, findings: &mut Findings<'_>) {
        let Some(location) = &self.location else {
            return self.report(name, findings, OnnxProblem::MissingLocation);
        };
        let start = number("offset", self.external_offset.as_deref());
        let length = number("length", self.external_length.as_deref());
        let (start, length) = match (start, length) {
            (Ok(start), Ok(length)) => (start.unwrap_or(0), length.unwrap_or(bytes)),
            (Err(problem), _) | (_, Err(problem)) => return self.report(name, findings, problem),
        };
        if length != bytes {
            let problem = GraphProblem::WrongLength {
                of: "bytes of external data",
                found: length,
                expected: bytes,
            };
            return self.report(name, findings, problem);
        }
        match start.checked_add(length).filter(|end| is_signed(*end)) {
            Some(end) => findings.external(location, end, self.offset, name),
            None => self.report(name, findings, GraphProblem::SizeOverflow),
        }
    }
}

/// A whole number as external data spell it.
fn number(key: &'static str, text: Option<&str>) -> std::result::Result<Option<u64>, OnnxProblem> {
    let Some(text) = text else { return Ok(None) };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if is_plain && is_signed(number) => Ok(Some(number)),
        _ => Err(OnnxProblem::NotANumber {
            key,
            found: text.to_owned(),
        }),
    }
}

fn field_of(number: u32) -> Field {
    match number {
        5 => Field::Int32,
        7 => Field::Int64,
        _ => Field::Uint64,
    }
}

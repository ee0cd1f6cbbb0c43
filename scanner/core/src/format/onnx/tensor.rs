//! One `TensorProto`: what it says of itself, and whether its values are what its shape promises.
//!
//! Values are counted where they lie, never copied. A message that stands in parts is merged, as
//! protobuf lays down.

use super::collector::Collector;
use super::data_type::{DataType, Field, data_type};
use super::{OnnxProblem, Result, limits};
use crate::anomalies::Fault;
use crate::format::External;
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
        collector: &mut Collector<'_>,
    ) -> Result<()> {
        self.offset = span.start;
        let mut message = span.message()?;
        while let Some(field) = wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Number(length)) => self.dimension(length),
                (1, Value::Bytes(span)) => wire.packed(span, |length| self.dimension(length))?,
                (2, Value::Number(id)) => self.data_type = Some(id),
                (8, Value::Bytes(span)) => self.name = collector.name(wire, span)?,
                (13, Value::Bytes(span)) => self.external(wire, span, collector)?,
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
                (1..=14 | 16, _) => collector.wrong_kind(&field),
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
    pub(super) fn finish(&self, name: &str, collector: &mut Collector<'_>) -> Option<Shape> {
        let mut report = |problem| {
            let fault = Fault::at(self.offset, problem)
                .within(name)
                .within("tensors");
            collector.anomalies.report(|| fault);
        };
        if self.has_too_many_dims {
            report(OnnxProblem::Limit {
                kind: "limit-dimensions",
                of: "dimensions",
                most: limits::MAX_DIMENSIONS,
            });
        }
        let elements = match elements(&self.dims) {
            Ok(elements) => elements,
            Err(problem) => {
                report(problem);
                return None;
            }
        };
        let stored = match self.data_type {
            None | Some(0) => Err(OnnxProblem::MissingDataType),
            Some(id) => data_type(id).ok_or(OnnxProblem::UnknownDataType(id)),
        };
        let stored = match stored {
            Ok(stored) => stored,
            Err(problem) => {
                report(problem);
                return None;
            }
        };
        let Some(bytes) = stored.bytes(elements).filter(|bytes| is_signed(*bytes)) else {
            report(OnnxProblem::SizeOverflow);
            return None;
        };
        match self.problem_of_values(stored, elements, bytes) {
            Some(problem) => report(problem),
            None if self.is_external => self.external_data(bytes, name, collector),
            None => {}
        }
        Some(Shape {
            data_type: stored,
            row: self.dims.last().copied().unwrap_or(1),
            dimensions: u8::try_from(self.dims.len()).unwrap_or(u8::MAX),
            elements,
            bytes,
        })
    }

    fn dimension(&mut self, length: u64) {
        if self.dims.len() < limits::MAX_DIMENSIONS {
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
        collector: &mut Collector<'_>,
    ) -> Result<()> {
        let entry = collector.entry(wire, span)?;
        let before = match entry.key.as_str() {
            "location" => self.location.replace(entry.value),
            "offset" => self.external_offset.replace(entry.value),
            "length" => self.external_length.replace(entry.value),
            // Of the file, which has a digest of its own; and what onnxruntime has packed before.
            "checksum" => None,
            key if key.starts_with("prepacked_") => None,
            _ => {
                collector.anomalies.report(|| {
                    let fault = Fault::at(span.start, OnnxProblem::UnknownKey(entry.key));
                    fault.within("external_data")
                });
                return Ok(());
            }
        };
        if before.is_some() {
            collector.anomalies.report(|| {
                let fault = Fault::at(span.start, OnnxProblem::DuplicateKey);
                fault.within(&entry.key).within("external_data")
            });
        }
        Ok(())
    }

    /// Holds the values against type and shape: onnx 1.23, `check_tensor`.
    fn problem_of_values(
        &self,
        stored: &DataType,
        elements: u64,
        bytes: u64,
    ) -> Option<OnnxProblem> {
        let mut filled = self.values.iter().filter(|(_, count)| *count > 0);
        let first = filled.next();
        if filled.next().is_some() || self.is_external && first.is_some() {
            return Some(OnnxProblem::MisplacedValues);
        }
        let (field, found) = match first {
            Some((field, found)) => (*field, *found),
            None if self.is_external || elements == 0 => return None,
            None => return Some(OnnxProblem::MissingValues),
        };
        let (of, expected) = match field {
            Field::Raw if stored.field == Field::Text => return Some(OnnxProblem::MisplacedValues),
            Field::Raw => ("bytes", Some(bytes)),
            field if field == stored.field => ("values", stored.values(elements)),
            _ => return Some(OnnxProblem::MisplacedValues),
        };
        let expected = expected.filter(|expected| *expected != found)?;
        Some(OnnxProblem::WrongLength {
            of,
            found,
            expected,
        })
    }

    /// Hands on where external data lie, if they may lie there.
    fn external_data(&self, bytes: u64, name: &str, collector: &mut Collector<'_>) {
        match self.place_of(bytes) {
            Ok(external) => collector.external(external),
            Err(problem) => collector.anomalies.report(|| {
                Fault::at(self.offset, problem)
                    .within(name)
                    .within("external_data")
            }),
        }
    }

    fn place_of(&self, bytes: u64) -> std::result::Result<External, OnnxProblem> {
        let location = self.location.as_ref().ok_or(OnnxProblem::MissingLocation)?;
        super::location::check(location)?;
        let start = number("offset", self.external_offset.as_deref())?.unwrap_or(0);
        let length = number("length", self.external_length.as_deref())?.unwrap_or(bytes);
        if length != bytes {
            return Err(OnnxProblem::WrongLength {
                of: "bytes of external data",
                found: length,
                expected: bytes,
            });
        }
        let end = start
            .checked_add(length)
            .filter(|end| is_signed(*end))
            .ok_or(OnnxProblem::SizeOverflow)?;
        Ok(External {
            location: location.clone(),
            end,
            offset: self.offset,
        })
    }
}

/// The product of dimensions, each of them and all together in the signed numbers of the format.
pub(super) fn elements(dims: &[u64]) -> std::result::Result<u64, OnnxProblem> {
    let mut elements = 1_u64;
    for length in dims {
        if !is_signed(*length) {
            return Err(OnnxProblem::NegativeDimension(length.cast_signed()));
        }
        elements = elements
            .checked_mul(*length)
            .filter(|product| is_signed(*product))
            .ok_or(OnnxProblem::SizeOverflow)?;
    }
    Ok(elements)
}

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

fn is_signed(number: u64) -> bool {
    i64::try_from(number).is_ok()
}

fn field_of(number: u32) -> Field {
    match number {
        5 => Field::Int32,
        7 => Field::Int64,
        _ => Field::Uint64,
    }
}

//! The tree: maps in maps, whose leaves are arrays.

use std::collections::HashSet;

use super::array::{self, Array};
use super::wire::{Value, value};
use super::{
    FlaxProblem, MAX_DEPTH, MAX_DIMENSIONS, MAX_KEY, MAX_NAME_BYTES, MAX_TENSORS, MAX_VALUES,
    Result,
};
use crate::anomalies::{Anomalies, Fault, deceptive_character, escape};
use crate::quantization::Tensor;
use crate::reader::{Reader, widen};

/// Types of extensions: `_MsgpackExtType`.
const ARRAY: i8 = 1;
const COMPLEX: i8 = 2;
const SCALAR: i8 = 3;

/// The key that makes a map an array in chunks, and those that such a map has.
const IS_CHUNKED: &str = "__msgpack_chunked_array__";
const SHAPE: &str = "shape";
const CHUNKS: &str = "chunks";

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) tensors: Vec<Tensor>,
    /// The maps and lists that the walk is in, outermost first.
    open: Vec<Frame>,
    values: u64,
    name_bytes: usize,
}

/// A map or a list of which values are still to come.
#[derive(Debug)]
struct Frame {
    is_map: bool,
    left: u64,
    /// The key of the value that comes next, or its number.
    key: String,
    seen: HashSet<String>,
    chunked: Option<Chunked>,
    at: u64,
}

/// An array in chunks, as far as it was read.
#[derive(Debug, Default)]
struct Chunked {
    shape: Vec<u64>,
    type_name: Option<&'static str>,
    elements: u64,
    bytes: u64,
}

impl Tree {
    /// Reads one value and all that is in it.
    pub(super) fn read(
        &mut self,
        reader: &mut Reader<'_>,
        anomalies: &mut Anomalies,
    ) -> Result<()> {
        loop {
            self.step(reader, anomalies)?;
            while self.open.last().is_some_and(|frame| frame.left == 0) {
                if let Some(frame) = self.open.pop() {
                    self.close(frame, anomalies)?;
                }
            }
            if self.open.is_empty() {
                return Ok(());
            }
        }
    }

    fn step(&mut self, reader: &mut Reader<'_>, anomalies: &mut Anomalies) -> Result<()> {
        let at = reader.position();
        self.values = self.values.saturating_add(1);
        if self.values > MAX_VALUES {
            return Err(limit(at, "values", MAX_VALUES));
        }
        self.next_key(reader, anomalies)?;
        let at = reader.position();
        match value(reader)? {
            Value::Number(number) => self.dimension(number),
            Value::Other => {}
            Value::Text(length) | Value::Bytes(length) => reader.skip(length)?,
            Value::List(left) => self.enter(false, left, at)?,
            Value::Map(left) => self.enter(true, left, at)?,
            Value::Extension(kind, length) => {
                self.extension(reader, kind, length, at, anomalies)?;
            }
        }
        Ok(())
    }

    /// Reads the key of the next value, where it has one.
    fn next_key(&mut self, reader: &mut Reader<'_>, anomalies: &mut Anomalies) -> Result<()> {
        let Some(frame) = self.open.last_mut() else {
            return Ok(());
        };
        frame.left = frame.left.saturating_sub(1);
        if !frame.is_map {
            frame.key = frame.left.to_string();
            return Ok(());
        }
        let at = reader.position();
        let Value::Text(length) = value(reader)? else {
            return Err(Fault::at(at, FlaxProblem::Key));
        };
        let key = reader.bytes(length, MAX_KEY)?;
        let key = key.ok_or_else(|| limit(at, "bytes of a key", widen(MAX_KEY)))?;
        self.name_bytes = self.name_bytes.saturating_add(key.len());
        if self.name_bytes > MAX_NAME_BYTES {
            return Err(limit(at, "bytes of names", widen(MAX_NAME_BYTES)));
        }
        frame.key = String::from_utf8(key).unwrap_or_else(|error| {
            anomalies.report(|| Fault::at(at, FlaxProblem::NotUtf8));
            escape(error.as_bytes())
        });
        if let Some(character) = deceptive_character(&frame.key) {
            let problem = FlaxProblem::DeceptiveCharacter(character);
            anomalies.report(|| Fault::at(at, problem).within(&frame.key));
        }
        if !frame.seen.insert(frame.key.clone()) {
            anomalies.report(|| Fault::at(at, FlaxProblem::DuplicateKey).within(&frame.key));
        }
        if frame.key == IS_CHUNKED {
            frame.chunked = Some(Chunked::default());
        }
        Ok(())
    }

    fn enter(&mut self, is_map: bool, left: u64, at: u64) -> Result<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(limit(at, "levels", widen(MAX_DEPTH)));
        }
        self.open.push(Frame {
            is_map,
            left,
            key: String::new(),
            seen: HashSet::new(),
            chunked: None,
            at,
        });
        Ok(())
    }

    /// The array in chunks whose map the walk is in, if the key there is this.
    fn chunked(&mut self, key: &str) -> Option<&mut Chunked> {
        let outer = self.open.len().checked_sub(2)?;
        let frame = self.open.get_mut(outer).filter(|frame| frame.key == key)?;
        frame.chunked.as_mut()
    }

    fn dimension(&mut self, length: u64) {
        if let Some(chunked) = self.chunked(SHAPE)
            && widen(chunked.shape.len()) < MAX_DIMENSIONS
        {
            chunked.shape.push(length);
        }
    }

    fn extension(
        &mut self,
        reader: &mut Reader<'_>,
        kind: i8,
        length: u64,
        at: u64,
        anomalies: &mut Anomalies,
    ) -> Result<()> {
        let end = reader.position().saturating_add(length);
        match kind {
            ARRAY | SCALAR => match array::read(reader, end) {
                Ok(array) => self.add(&array, at)?,
                // What is wrong with one array need not be wrong with the next.
                Err(fault) if reader.position() <= end && end <= reader.size() => {
                    let name = self.path();
                    anomalies.report(|| fault.within(&name));
                    let rest = end.saturating_sub(reader.position());
                    reader.skip(rest)?;
                }
                Err(fault) => return Err(fault.within(&self.path())),
            },
            COMPLEX => reader.skip(length)?,
            kind => {
                let name = self.path();
                anomalies.report(|| Fault::at(at, FlaxProblem::Extension(kind)).within(&name));
                reader.skip(length)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, array: &Array, at: u64) -> Result<()> {
        if let Some(chunked) = self.chunked(CHUNKS) {
            chunked.type_name = chunked.type_name.or(Some(array.type_name));
            chunked.elements = chunked.elements.saturating_add(array.elements);
            chunked.bytes = chunked.bytes.saturating_add(array.bytes);
            return Ok(());
        }
        self.keep(array, at)
    }

    fn keep(&mut self, array: &Array, at: u64) -> Result<()> {
        let name = self.path();
        self.name_bytes = self.name_bytes.saturating_add(name.len());
        if self.tensors.len() >= MAX_TENSORS {
            return Err(limit(at, "arrays", widen(MAX_TENSORS)));
        }
        if self.name_bytes > MAX_NAME_BYTES {
            return Err(limit(at, "bytes of names", widen(MAX_NAME_BYTES)));
        }
        self.tensors.push(Tensor {
            name: name.into(),
            type_name: array.type_name,
            row: array.row,
            dimensions: array.dimensions,
            elements: array.elements,
            bytes: array.bytes,
        });
        Ok(())
    }

    /// Takes in an array in chunks that was read to its end.
    fn close(&mut self, frame: Frame, anomalies: &mut Anomalies) -> Result<()> {
        let Some(chunked) = frame.chunked else {
            return Ok(());
        };
        let elements = chunked
            .shape
            .iter()
            .try_fold(1_u64, |product, length| product.checked_mul(*length));
        let type_name = chunked
            .type_name
            .filter(|_| elements == Some(chunked.elements));
        let Some(type_name) = type_name else {
            let name = self.path();
            anomalies.report(|| Fault::at(frame.at, FlaxProblem::Chunks).within(&name));
            return Ok(());
        };
        let array = Array {
            type_name,
            row: chunked.shape.last().copied().unwrap_or(1),
            dimensions: u8::try_from(chunked.shape.len()).unwrap_or(u8::MAX),
            elements: chunked.elements,
            bytes: chunked.bytes,
        };
        self.keep(&array, frame.at)
    }

    /// The keys that lead to where the walk is.
    fn path(&self) -> String {
        let keys: Vec<&str> = self.open.iter().map(|frame| frame.key.as_str()).collect();
        keys.join("/")
    }
}

fn limit(at: u64, of: &'static str, most: u64) -> Fault<FlaxProblem> {
    Fault::at(at, FlaxProblem::Limit { of, most })
}

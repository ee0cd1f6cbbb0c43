//! `ExecuTorch`: a program for devices, as a flatbuffer and segments of data behind it.
//!
//! An extended header says where the flatbuffer ends and the segments begin. The program has plans
//! of values, operators and delegates; what a delegate gets only its backend can read, and that is
//! said.
//! Source: `schema/program.fbs`, `scalar_type.fbs` and `extended_header.cpp` of executorch 1.5.1.

mod data;
mod plan;
mod problem;
mod scalar_types;

pub use problem::ExecutorchProblem;

use crate::anomalies::{Anomalies, Fault, clip, escape};
use crate::flatbuffer::{Flatbuffer, Table};
use crate::format::{Format, Header, signatures};
use crate::reader::{Reader, widen};
use crate::record::Loading;
use data::Program;
use plan::Plans;

/// The bytes behind the root offset.
const IDENTIFIER: [u8; 4] = *b"ET12";

/// The magic of the extended header, which stands behind the identifier.
const EXTENDED: [u8; 4] = *b"eh00";

/// Bytes of an extended header at least: magic, length, two offsets.
const MIN_EXTENDED: u32 = 24;

/// Plans, segments, delegates and entries of named data, each. A program has a handful of plans,
/// and a segment for each group of weights.
const MAX_ITEMS: u64 = 65_536;

/// Values and instructions of all plans: a language model has some ten thousand.
const MAX_VALUES: u64 = 262_144;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "executorch",
    suffixes: &["pte"],
    recognised_by: "eh00 at 8 behind ET and two digits, or those with the suffix pte",
    loading: Loading::Data,
    facts: "operators counted, inputs and outputs of plans, delegates, every constant tensor outside of delegates",
    quantization: "each constant's type, integers that quantized operators read",
    limits: "data of delegates; weights in ptd files; 262144 values",
    recognises: signatures::executorch,
    read: Some(read),
};

type Result<T> = std::result::Result<T, Fault<ExecutorchProblem>>;

/// Reads a program without its weights.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    super::header_of(reader, read_into)
}

fn read_into(
    header: &mut Header,
    reader: &mut Reader<'_>,
    anomalies: &mut Anomalies,
) -> Result<()> {
    reader.seek(4)?;
    let identifier = reader.array()?;
    if identifier != IDENTIFIER {
        return Err(Fault::at(4, ExecutorchProblem::Identifier(identifier)));
    }
    let (size, segments) = extended_header(reader)?;
    let mut buffer = Flatbuffer::new(reader, 0, size);
    let root = buffer.root()?;
    header.version = Some(buffer.u32(&root, fields::VERSION, 0)?.to_string());
    let program = Program::read(&mut buffer, &root, segments, anomalies)?;
    let mut plans = Plans::new(&program);
    plans
        .read(&mut buffer, &root, anomalies)
        .map_err(|fault| fault.within("execution plans"))?;
    plans.finish(header);
    Ok(())
}

/// The size of the flatbuffer, and where the segments begin.
fn extended_header(reader: &mut Reader<'_>) -> Result<(u64, u64)> {
    let size = reader.size();
    let at = reader.position();
    if reader.remaining() < MIN_EXTENDED.into() || reader.array()? != EXTENDED {
        return Ok((size, size));
    }
    let length = reader.u32()?;
    if length < MIN_EXTENDED {
        return Err(Fault::at(at, ExecutorchProblem::HeaderLength(length)));
    }
    let program = reader.u64()?;
    let segments = reader.u64()?;
    for end in [program, segments] {
        if end > size {
            let of = "file";
            return Err(Fault::at(
                at,
                ExecutorchProblem::MissingData { of, end, size },
            ));
        }
    }
    Ok((program, segments))
}

/// Fields of `Program`, by their place in the schema.
mod fields {
    pub(super) const VERSION: usize = 0;
    pub(super) const PLANS: usize = 1;
    pub(super) const CONSTANT_BUFFER: usize = 2;
    pub(super) const DELEGATE_DATA: usize = 3;
    pub(super) const SEGMENTS: usize = 4;
    pub(super) const CONSTANT_SEGMENT: usize = 5;
    pub(super) const NAMED_DATA: usize = 7;
}

/// The text of a field, clipped; empty where it is absent. Bytes that are not UTF-8 are reported.
fn text(
    buffer: &mut Flatbuffer<'_, '_>,
    table: &Table,
    field: usize,
    anomalies: &mut Anomalies,
) -> Result<String> {
    let Some((bytes, at)) = buffer.string(table, field)? else {
        return Ok(String::new());
    };
    if std::str::from_utf8(&bytes).is_err() {
        anomalies.report(|| Fault::at(at, ExecutorchProblem::NotUtf8));
    }
    Ok(clip(&escape(&bytes)))
}

/// The item of this index.
fn item<'a, T>(of: &'static str, at: u64, found: i64, items: &'a [T]) -> Result<&'a T> {
    let item = usize::try_from(found)
        .ok()
        .and_then(|index| items.get(index));
    item.ok_or_else(|| {
        let length = widen(items.len());
        Fault::at(at, ExecutorchProblem::Index { of, found, length })
    })
}

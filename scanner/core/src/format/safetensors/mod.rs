//! safetensors: a JSON header of tensors, then their data.
//!
//! Eight bytes of header length, the header, the data without gap or overlap to the end of the
//! file. Whatever the reference reader refuses is an anomaly here, and so is what it silently
//! accepts against its own documentation: duplicate names, other white space, unknown fields.
//! Source: <https://github.com/huggingface/safetensors/blob/main/README.md>.

mod claims;
mod collector;
mod description;
mod layout;
mod parse;
mod place;
mod problem;
mod stream;

use std::cell::Cell;

use serde::de::DeserializeSeed as _;
use serde_json::Deserializer;

pub use problem::SafetensorsProblem;

use crate::anomalies::{Anomalies, Fault};
use crate::format::{Format, Header, signatures};
use crate::reader::{Reader, widen};
use crate::record::Loading;
use collector::Collector;
use parse::Root;
use place::Place;
use stream::HeaderStream;

/// Bytes of a header: `MAX_HEADER_SIZE` of the reference reader.
pub const MAX_HEADER: u64 = 100_000_000;

/// Bytes of a header that are held in memory at once. A header of 50,000 tensors takes 6 MB; a
/// longer one is read through a window, which takes a few times as long.
const MAX_HEADER_IN_MEMORY: usize = 8 * 1024 * 1024;

/// The format's name.
pub(super) const NAME: &str = "safetensors";

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    suffixes: &["safetensors"],
    recognised_by: "a header length, then {",
    loading: Loading::Data,
    facts: "every tensor; `__metadata__`; what the companions say",
    quantization: "each tensor's dtype and the names and shapes that quantization methods leave, against the configurations beside it, `__metadata__` and the names of file and directory",
    limits: "header of 100 MB",
    recognises: signatures::safetensors,
    read: Some(read),
};

type Result<T> = std::result::Result<T, Fault<SafetensorsProblem>>;

/// Reads a header.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    let mut header = Header::default();
    let mut anomalies = Anomalies::default();
    let outcome = read_into(&mut header, reader, &mut anomalies);
    if let Err(fault) = outcome {
        anomalies.report(|| fault.within("header"));
    }
    header.facts.anomalies = anomalies.into_vec();
    header
}

fn read_into(
    header: &mut Header,
    reader: &mut Reader<'_>,
    anomalies: &mut Anomalies,
) -> Result<()> {
    let length = u64::from_le_bytes(reader.array()?);
    if length == 0 || length > MAX_HEADER {
        return Err(Fault::at(0, SafetensorsProblem::HeaderLength(length)));
    }
    let start = reader.position();
    let mut collector = Collector::new();
    let outcome = match reader.bytes(length, MAX_HEADER_IN_MEMORY)? {
        Some(bytes) => parse_slice(&bytes, start, &mut collector, anomalies),
        None => parse_stream(reader, length, &mut collector, anomalies),
    };
    let data_start = start.saturating_add(length);
    let data = reader.size().saturating_sub(data_start);
    if outcome.is_ok() {
        collector.report_duplicates(anomalies);
        layout::check(&mut collector, data_start, data, anomalies);
        header.facts.parameters = collector.parameters;
        header.tensors = std::mem::take(&mut collector.tensors);
    }
    header.claims = collector.claims.take();
    collector.finish(&mut header.facts);
    outcome
}

fn parse_slice(
    bytes: &[u8],
    start: u64,
    collector: &mut Collector,
    anomalies: &mut Anomalies,
) -> Result<()> {
    Edges::of(bytes).report(start, anomalies);
    let place = Place::Slice {
        address: bytes.as_ptr().addr(),
        length: bytes.len(),
        start,
    };
    let mut deserializer = Deserializer::from_slice(bytes);
    let root = Root {
        collector: &mut *collector,
        anomalies,
        place,
    };
    let parsed = root
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    parsed.map_err(|error| {
        let before = offset_in(bytes, error.line(), error.column());
        collector.fault(error, start.saturating_add(before))
    })
}

fn parse_stream(
    reader: &mut Reader<'_>,
    length: u64,
    collector: &mut Collector,
    anomalies: &mut Anomalies,
) -> Result<()> {
    let start = reader.position();
    let position = Cell::new(start);
    let mut stream = HeaderStream::new(reader, length, &position);
    let place = Place::Stream {
        position: &position,
    };
    let mut deserializer = Deserializer::from_reader(&mut stream);
    let root = Root {
        collector: &mut *collector,
        anomalies,
        place,
    };
    let parsed = root
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    let (edges, failure) = stream.finish();
    edges.report(start, anomalies);
    parsed.map_err(|error| failure.unwrap_or_else(|| collector.fault(error, position.get())))
}

/// Where the parser's line and column stand in the bytes, both counted from 1.
fn offset_in(bytes: &[u8], line: usize, column: usize) -> u64 {
    let line_start: usize = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    widen(line_start.saturating_add(column.saturating_sub(1)))
}

/// The white space at both ends of a header.
#[derive(Debug, Default)]
struct Edges {
    first: Option<u8>,
    has_odd_padding: bool,
}

impl Edges {
    fn of(bytes: &[u8]) -> Self {
        let mut edges = Self {
            first: bytes.first().copied(),
            has_odd_padding: false,
        };
        let end = bytes.trim_ascii_end().len();
        bytes.iter().skip(end).for_each(|byte| edges.see(*byte));
        edges
    }

    /// Takes in the next byte of the header.
    fn see(&mut self, byte: u8) {
        self.first = self.first.or(Some(byte));
        self.has_odd_padding = match byte {
            b' ' => self.has_odd_padding,
            byte => byte.is_ascii_whitespace(),
        };
    }

    fn report(&self, start: u64, anomalies: &mut Anomalies) {
        if self.first.is_some_and(|byte| byte.is_ascii_whitespace()) {
            anomalies
                .report(|| Fault::at(start, SafetensorsProblem::LeadingSpace).within("header"));
        }
        if self.has_odd_padding {
            anomalies.report(|| Fault::anywhere(SafetensorsProblem::Padding).within("header"));
        }
    }
}

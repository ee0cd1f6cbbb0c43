//! safetensors: a JSON header of tensors, then their data.
//!
//! Eight bytes of header length, the header, the data without gap or overlap to the end of the
//! file. Whatever the reference reader refuses is an anomaly here, and so is what it silently
//! accepts against its own documentation: duplicate names, other white space, unknown fields.
//! Source: <https://github.com/huggingface/safetensors/blob/main/README.md>.

mod claims;
mod collector;
mod common;
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
    if let Some(read) = common::read(bytes, place) {
        *collector = read;
        return Ok(());
    }
    parse_any(bytes, place, collector, anomalies).map_err(|error| {
        let before = offset_in(bytes, error.line(), error.column());
        collector.fault(error, start.saturating_add(before))
    })
}

/// Reads a header in whichever form.
fn parse_any(
    bytes: &[u8],
    place: Place<'_>,
    collector: &mut Collector,
    anomalies: &mut Anomalies,
) -> serde_json::Result<()> {
    let mut deserializer = Deserializer::from_slice(bytes);
    let root = Root {
        collector: &mut *collector,
        anomalies,
        place,
    };
    root.deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::{collection, option, sample};

    use super::*;

    /// What a header comes to: what was gathered, and what is wrong with it.
    type Outcome = (String, String);

    fn place(bytes: &[u8]) -> Place<'static> {
        Place::Slice {
            address: bytes.as_ptr().addr(),
            length: bytes.len(),
            start: 8,
        }
    }

    fn by_the_general_parser(bytes: &[u8]) -> Option<Outcome> {
        let mut collector = Collector::new();
        let mut anomalies = Anomalies::default();
        parse_any(bytes, place(bytes), &mut collector, &mut anomalies).ok()?;
        let anomalies = anomalies.into_vec();
        Some((format!("{collector:?}"), format!("{anomalies:?}")))
    }

    fn in_the_common_form(bytes: &[u8]) -> Option<Outcome> {
        let collector = common::read(bytes, place(bytes))?;
        Some((format!("{collector:?}"), "[]".to_owned()))
    }

    fn tensors() -> impl Strategy<Value = String> {
        let name = sample::select(vec!["w", "a.weight", "lm_head.\u{e9}", "", "__metadata__"]);
        let dtype = sample::select(vec![
            ("F32", 32),
            ("BF16", 16),
            ("I8", 8),
            ("F4", 4),
            ("X", 8),
        ]);
        let shape = collection::vec(0_u64..11, 0..3);
        let excess = sample::select(vec![0, 0, 0, 0, 1]);
        (name, dtype, shape, 0_u64..99, excess).prop_map(|(name, dtype, shape, begin, excess)| {
            let (dtype, bits) = dtype;
            let elements: u64 = shape.iter().product();
            let end = elements * bits / 8 + begin + excess;
            let shape: Vec<String> = shape.iter().map(u64::to_string).collect();
            let shape = shape.join(",");
            format!(
                r#""{name}":{{"dtype":"{dtype}","shape":[{shape}],"data_offsets":[{begin},{end}]}}"#
            )
        })
    }

    fn headers() -> impl Strategy<Value = String> {
        let metadata = sample::select(vec![
            r#""__metadata__":{"format":"pt"}"#,
            r#""__metadata__":{"license":"mit","x":"see https://a.example/ now","x":""}"#,
            r#""__metadata__":{}"#,
            r#""__metadata__":null"#,
            "",
        ]);
        (metadata, collection::vec(tensors(), 0..4), 0_usize..3).prop_map(
            |(metadata, tensors, spaces)| {
                let members: Vec<&str> = std::iter::once(metadata)
                    .chain(tensors.iter().map(String::as_str))
                    .filter(|member| !member.is_empty())
                    .collect();
                format!("{{{}}}{}", members.join(","), " ".repeat(spaces))
            },
        )
    }

    /// A place, the byte that is put there if any, and whether the one that stood there goes.
    fn edits() -> impl Strategy<Value = Vec<(sample::Index, Option<u8>, bool)>> {
        let bytes = b"\"\\{}[],: 0019eF-\x00\x1f\x7f\xc3\xa9\xff".to_vec();
        let byte = option::of(sample::select(bytes));
        collection::vec((any::<sample::Index>(), byte, any::<bool>()), 0..3)
    }

    #[test]
    fn a_header_as_it_is_written_needs_no_general_parser() {
        let header = br#"{"__metadata__":{"format":"pt","license":"mit"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b.weight":{"dtype":"BF16","shape":[2,30],"data_offsets":[4,124]}}  "#;

        assert!(in_the_common_form(header).is_some());
        assert_eq!(in_the_common_form(header), by_the_general_parser(header));
    }

    #[test]
    fn any_other_form_is_left_to_the_general_parser() {
        let of = |shape: &str| {
            format!(r#"{{"a":{{"dtype":"I8","shape":[{shape}],"data_offsets":[0,4]}}}}"#)
        };
        assert!(in_the_common_form(of("4").as_bytes()).is_some());
        for other in [
            of("04"),
            of("+4"),
            of(" 4"),
            of("4,"),
            of("4.0"),
            of("5"),
            of("18446744073709551620"),
            of("4").replace("I8", "I\\u0038"),
            of("4").replace("I8", "I9"),
            of("4").replace('a', "a\u{200b}"),
            of("4").replace(',', ", "),
            format!("{}\n", of("4")),
            format!("{}}}", of("4")),
            format!(" {}", of("4")),
            "{}".to_owned(),
        ] {
            assert_eq!(in_the_common_form(other.as_bytes()), None, "{other}");
        }
    }

    proptest! {
        /// Whatever a header is changed to: the reader of the common form says what the general
        /// parser says and has nothing to complain of, or leaves it to that one.
        #[test]
        fn a_header_of_the_common_form_is_what_the_general_parser_says(
            header in headers(),
            edits in edits(),
        ) {
            let mut bytes = header.into_bytes();
            for (place, byte, replaces) in edits {
                let at = place.index(bytes.len());
                let removed = usize::from(replaces || byte.is_none());
                bytes.splice(at..at.saturating_add(removed), byte);
            }
            if let Some(outcome) = in_the_common_form(&bytes) {
                prop_assert_eq!(Some(outcome), by_the_general_parser(&bytes));
            }
        }
    }
}

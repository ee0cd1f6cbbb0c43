//! GGUF, versions 1 to 3: the container of llama.cpp.
//!
//! A header is `GGUF`, a version, two counts, key/value pairs and tensor descriptions; the tensor
//! data follow, aligned. Whatever llama.cpp or gguf-py refuses is an anomaly here; an anomaly that
//! leaves the position in the file certain does not end the reading.
//! Source: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

mod facts;
mod file_name;
mod limits;
mod metadata;
mod names;
mod problem;
mod tensors;
mod vocabulary;

pub(crate) use file_name::misleading_name;
pub use problem::GgufProblem;
pub use vocabulary::VocabularyProblem;

use crate::anomalies::{Anomalies, Fault};
use crate::format::{Format, Header, signatures};
use crate::reader::{Endian, ReadError, Reader};
use crate::record::{Kind, Loading};

/// The first bytes of a GGUF.
pub const MAGIC: [u8; 4] = *b"GGUF";

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "gguf",
    suffixes: &["gguf"],
    recognised_by: "GGUF at 0",
    loading: Loading::Data,
    facts: "whether it is a model, an adapter, a projector, an importance matrix or a vocabulary; architecture, sizes, licence, base models, chat template, URLs in metadata, every tensor",
    quantization: "each tensor's type against `general.file_type` and the file name",
    limits: "nested arrays; 100 anomalies",
    recognises: signatures::gguf,
    read: Some(read),
};

type Result<T> = std::result::Result<T, Fault<GgufProblem>>;

/// Reads a header to its end, or to where the position in the file is lost.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    super::header_of(reader, read_into)
}

fn read_into(
    header: &mut Header,
    reader: &mut Reader<'_>,
    anomalies: &mut Anomalies,
) -> Result<()> {
    let mut input = Input::open(reader, header)?;
    let tensor_count = input.length()?;
    let key_count = input.length()?;

    let mut facts = facts::Collector::default();
    let outcome = metadata::read(&mut input, key_count, &mut facts, anomalies);
    if outcome.is_ok() {
        facts.vocabulary.check(anomalies);
    }
    let has_tokens = facts.vocabulary.has_tokens();
    let summary = facts.finish(header);
    outcome.map_err(|fault| fault.within("metadata"))?;
    if tensor_count > 0 && !summary.may_lack_architecture && header.facts.architecture.is_none() {
        anomalies.report(|| Fault::anywhere(GgufProblem::MissingArchitecture).within("metadata"));
    }

    let read = tensors::read(&mut input, tensor_count, summary.alignment, anomalies)
        .map_err(|fault| fault.within("tensors"))?;
    if let Some(fault) = read.compare_with_size(reader.size()) {
        anomalies.report(|| fault);
    }
    header.tensors = read.tensors;
    header.facts.parameters = read.parameters;
    // The first part of a split may hold the metadata alone.
    let is_whole = header.split.and_then(|split| split.count) <= Some(1);
    if tensor_count == 0 && has_tokens && is_whole {
        header.facts.kind.get_or_insert(Kind::Vocabulary);
    }
    Ok(())
}

/// A reader that knows how wide this version's lengths are.
struct Input<'a, 'source> {
    reader: &'a mut Reader<'source>,
    is_version_1: bool,
}

impl<'a, 'source> Input<'a, 'source> {
    /// Reads magic and version.
    fn open(reader: &'a mut Reader<'source>, header: &mut Header) -> Result<Self> {
        let magic = reader.array()?;
        if magic != MAGIC {
            return Err(Fault::at(0, GgufProblem::Magic(magic)));
        }
        let offset = reader.position();
        let as_little = reader.u32()?;
        // A big-endian file keeps the magic and swaps every number, the version first.
        let is_swapped = as_little.trailing_zeros() >= 16 && as_little != 0;
        let version = if is_swapped {
            as_little.swap_bytes()
        } else {
            as_little
        };
        header.version = Some(version.to_string());
        match (version, is_swapped) {
            (1..=3, false) => {}
            (3, true) => reader.set_endian(Endian::Big),
            _ => return Err(Fault::at(offset, GgufProblem::Version(version))),
        }
        Ok(Self {
            reader,
            is_version_1: version == 1,
        })
    }

    /// A count, or the length of a text or an array.
    #[inline]
    fn length(&mut self) -> std::result::Result<u64, ReadError> {
        if self.is_version_1 {
            self.reader.u32().map(u64::from)
        } else {
            self.reader.u64()
        }
    }

    /// Hands over texts as far as they are at hand and metadata are walked; returns how many. None
    /// are where lengths are written in another way than nearly all files write them.
    #[inline]
    fn texts_at_hand(&mut self, most: u64, each: impl FnMut(u64, &[u8])) -> u64 {
        if self.is_version_1 || self.reader.endian() == Endian::Big {
            return 0;
        }
        self.reader
            .texts_at_hand(most, limits::MAX_METADATA_BYTES, each)
    }

    /// Bytes that a length takes.
    fn length_width(&self) -> u64 {
        if self.is_version_1 { 4 } else { 8 }
    }

    /// Refuses more items than the limit, in the words that fit: impossible in a file of this
    /// size, or merely more than this reader takes on.
    fn check_count(
        &self,
        of: &'static str,
        kind: &'static str,
        count: u64,
        limit: u64,
        bytes_each: u64,
    ) -> Result<()> {
        if count <= limit {
            return Ok(());
        }
        let most = self.reader.remaining().checked_div(bytes_each).unwrap_or(0);
        let problem = if count > most {
            GgufProblem::ImpossibleCount { of, count, most }
        } else {
            GgufProblem::Limit {
                kind,
                of,
                most: limit,
            }
        };
        Err(Fault::anywhere(problem))
    }
}

//! The formats: how each is recognised, which suffixes it uses, what is read of it.
//!
//! To add a format: write `format/<name>.rs` with a pure function from a [`Reader`] to a
//! [`Header`] and a `FORMAT` that describes it, and add its line to [`FORMATS`].

pub(crate) mod adapters;
mod archives;
pub mod coreml;
pub mod executorch;
pub mod flax;
pub mod ggml;
pub mod gguf;
mod graph;
pub mod hdf5;
pub mod keras;
pub mod lfs_pointer;
mod llamafile;
pub mod numpy;
pub mod ollama;
pub mod onnx;
pub mod openvino;
pub mod pickle;
pub(crate) mod polyglot;
pub mod pytorch;
mod recognised;
pub mod safetensors;
mod signatures;
pub mod skops;
pub mod tensorflow;
mod tensorrt;
pub mod tflite;
pub mod torchserve;

use std::cell::Cell;
use std::io;
use std::path::Path;

use crate::anomalies::{Anomalies, Fault, Problem};
use crate::quantization::{Claimed, Tensor};
use crate::reader::{Reader, Source, widen};
use crate::record::{Facts, Loading, Pointer};
use crate::sharding::Split;
pub use ollama::Blob;
use signatures::Start;

/// Bytes at the start of a file that are looked at to recognise it: a page, which costs no more to
/// read than a part of one, and holds every signature but those of HDF5 behind a long user block.
pub const SNIFFED_BYTES: usize = 4096;

/// What was read of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Header {
    /// Version as the file states it.
    pub version: Option<String>,
    /// What the file is a pointer to, where it is one.
    pub pointer: Option<Pointer>,
    /// Facts, quantization apart.
    pub facts: Facts,
    /// The tensors whose type is known.
    pub tensors: Vec<Tensor>,
    /// What the file says about its quantization.
    pub claims: Vec<Claimed>,
    /// Files beside this one that hold part of its data, each once.
    pub external: Vec<External>,
    /// A file of the same name with another suffix that holds its data.
    pub twin: Option<Twin>,
    /// What it is made of, in a store of blobs.
    pub blobs: Vec<Blob>,
    /// What it says of the split that it is a part of.
    pub split: Option<Split>,
}

/// What `read_into` reads, with what ends it among the anomalies.
fn header_of<P: Problem>(
    reader: &mut Reader<'_>,
    read_into: impl FnOnce(&mut Header, &mut Reader<'_>, &mut Anomalies) -> Result<(), Fault<P>>,
) -> Header {
    let mut header = Header::default();
    let mut anomalies = Anomalies::default();
    if let Err(fault) = read_into(&mut header, reader, &mut anomalies) {
        anomalies.report(|| fault);
    }
    header.facts.anomalies = anomalies.into_vec();
    header
}

/// A file of the same name that holds data of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twin {
    /// Its suffix, without the dot.
    pub suffix: &'static str,
    /// Bytes that it must have at least.
    pub end: u64,
    /// Offset in the naming file of what needs it first.
    pub offset: u64,
}

impl Twin {
    /// The file beside the one that needs it.
    #[must_use]
    pub fn beside(self, path: &Path) -> External {
        let twin = path.with_extension(self.suffix);
        let name = twin.file_name().unwrap_or_default();
        External {
            location: name.to_string_lossy().into_owned(),
            end: self.end,
            offset: self.offset,
        }
    }
}

/// A file that holds data of another one, as that one says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// Its path, relative to the directory of the file that names it; checked to stay there as far
    /// as a path alone can tell.
    pub location: String,
    /// Bytes that it must have at least: the end of the last part that is named.
    pub end: u64,
    /// Offset in the naming file of what names it first.
    pub offset: u64,
}

/// A format of model files: how it is known, how it is read, and what the table in
/// `docs/formats.md` says of it.
#[derive(Debug)]
pub struct Format {
    /// Its name, in the policy's vocabulary.
    pub name: &'static str,
    /// Suffixes that its files use, lower case, without the dot.
    pub suffixes: &'static [&'static str],
    /// How its content is recognised, in words.
    pub recognised_by: &'static str,
    /// What loading a file of it does, where no content decides otherwise.
    pub loading: Loading,
    /// Facts that are read of it, in words; empty where its content is not read.
    pub facts: &'static str,
    /// What shows its quantization, in words; empty where nothing does.
    pub quantization: &'static str,
    /// Where reading ends, in words; empty where it does not.
    pub limits: &'static str,
    recognises: fn(&Start<'_>) -> bool,
    read: Option<fn(&mut Reader<'_>) -> Header>,
}

impl Format {
    /// Whether its content is read, not merely recognised.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.read.is_some()
    }

    /// Whether its files are archives or compressed ones, which hold others and are no models
    /// themselves.
    #[must_use]
    pub fn holds_others(&self) -> bool {
        archives::is_container(self)
    }

    /// What the content says; `None` for a format whose content is not read.
    #[must_use]
    pub fn read(&self, reader: &mut Reader<'_>) -> Option<Header> {
        let mut header = self.read.map(|read| read(reader))?;
        header.facts.loading.get_or_insert(self.loading);
        Some(header)
    }
}

/// Every format we know, in the order in which a file's first bytes are held against them.
pub const FORMATS: &[Format] = &[
    gguf::FORMAT,
    safetensors::FORMAT,
    lfs_pointer::FORMAT,
    ollama::FORMAT,
    llamafile::FORMAT,
    ggml::FORMAT,
    pytorch::LEGACY,
    pytorch::LEGACY_TAR,
    pickle::FORMAT,
    flax::FORMAT,
    skops::FORMAT,
    torchserve::FORMAT,
    keras::FORMAT,
    recognised::PYTORCH_DISTRIBUTED,
    numpy::NUMPY_ZIP,
    pytorch::FORMAT,
    numpy::FORMAT,
    // What stands in them may stand where HDF5 may begin.
    archives::ZIP,
    archives::TAR,
    hdf5::FORMAT,
    tflite::FORMAT,
    executorch::FORMAT,
    openvino::FORMAT,
    onnx::FORMAT,
    coreml::FORMAT,
    recognised::COREML_COMPILED,
    tensorflow::KERAS_METADATA,
    tensorflow::SAVED_MODEL,
    tensorflow::META_GRAPH,
    tensorflow::GRAPH,
    archives::SEVEN_ZIP,
    archives::GZIP,
    archives::ZLIB,
    archives::BZIP2,
    archives::XZ,
    archives::LZMA,
    archives::ZSTD,
    archives::LZ4,
    archives::RAR,
    recognised::CATBOOST,
    recognised::EXECUTORCH_DATA,
    recognised::LIGHTGBM,
    recognised::LITERT_LM,
    recognised::MXNET,
    recognised::ONNXRUNTIME,
    recognised::PADDLE,
    recognised::PADDLE_WEIGHTS,
    recognised::PMML,
    recognised::PYTORCH_MOBILE,
    recognised::R_DATA,
    recognised::RKNN,
    recognised::TORCH7,
    recognised::XGBOOST,
    // The last: of a name that is no other format's.
    tensorrt::FORMAT,
];

/// Suffixes of models in formats that have no row yet: their content has no mark of its own.
const OTHER_MODEL_SUFFIXES: &[&str] = &[];

/// Suffixes that models share with other things: enough to look closer, not to be a model.
const SHARED_SUFFIXES: &[&str] = &["bin", "msgpack", "pb"];

/// Names of files that are models', whatever their suffix is shared with.
const MODEL_NAMES: &[&str] = &["saved_model.pb"];

/// Suffixes that clearly say something other than a model. Whatever is neither here nor a model's
/// says nothing.
const OTHER_SUFFIXES: &[&str] = &[
    "c", "cfg", "conf", "cpp", "css", "csv", "doc", "docx", "exe", "gif", "go", "h", "html", "ini",
    "ipynb", "java", "jinja", "jpeg", "jpg", "js", "json", "jsonl", "lock", "log", "md", "mp3",
    "mp4", "parquet", "pdf", "png", "ps1", "py", "rs", "rst", "sh", "sql", "svg", "toml", "ts",
    "tsv", "txt", "wav", "webp", "xml", "yaml", "yml",
];

/// The format that a file's first bytes show.
///
/// `start` is the first [`SNIFFED_BYTES`] of the file, or all of it.
#[must_use]
pub fn recognise(start: &[u8], size: u64, path: &Path) -> Option<&'static Format> {
    with_start(start, size, path, recognise_start)
}

/// The format that a file's first bytes show, and where these are too few to tell, those behind them.
///
/// `start` is the first [`SNIFFED_BYTES`] of `source`, or all of it.
#[must_use]
pub fn recognise_file(start: &[u8], source: &dyn Source, path: &Path) -> Option<&'static Format> {
    with_start(start, source.size(), path, |start| {
        recognise_start(start).or_else(|| recognise_further(start, source))
    })
}

/// Whether the first bytes of a file show a format, or are too few to tell.
fn may_be_known(start: &[u8], size: u64, path: &Path) -> bool {
    with_start(start, size, path, |start| {
        recognise_start(start).is_some()
            || pickle::may_go_on(start)
            || openvino::may_go_on(start)
            || tensorflow::may_go_on(start)
    })
}

/// Whether a file goes on as a format that its first bytes do not show.
type GoesOn = fn(&Start<'_>, &dyn Source) -> bool;

/// The format that stands behind the first bytes of a file.
fn recognise_further(start: &Start<'_>, source: &dyn Source) -> Option<&'static Format> {
    let further: [(GoesOn, _); 3] = [
        (pickle::goes_on, &pickle::FORMAT),
        (hdf5::goes_on, &hdf5::FORMAT),
        (openvino::goes_on, &openvino::FORMAT),
    ];
    let found = further.iter().find(|(goes_on, _)| goes_on(start, source));
    found
        .map(|(_, format)| *format)
        .or_else(|| tensorflow::goes_on(start, source))
}

fn recognise_start(start: &Start<'_>) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.recognises)(start))
}

fn with_start<T>(bytes: &[u8], size: u64, path: &Path, look: impl FnOnce(&Start<'_>) -> T) -> T {
    let suffix = suffix(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    look(&Start {
        bytes,
        size,
        suffix: &suffix,
        name: &name.to_lowercase(),
    })
}

/// Whether a file that a search comes across is a model's, by its content. `start` is its first
/// [`SNIFFED_BYTES`], or all of it.
///
/// A pointer is one unless its name says that it stands for something else; an archive is one by
/// its name, by what it holds, or where it is HDF5 as well.
#[must_use]
pub fn is_model(start: &[u8], source: &dyn Source, path: &Path) -> bool {
    let Some(format) = recognise_file(start, source, path) else {
        return false;
    };
    if format.name == lfs_pointer::NAME {
        return !has_other_suffix(path);
    }
    !archives::is_container(format)
        || has_model_suffix(path)
        || SHARED_SUFFIXES.contains(&&*suffix(path))
        || archives::holds_model(format, source)
        || hdf5::starts(source).next().is_some()
}

/// Whether the path has a suffix that says "model".
#[must_use]
pub fn has_model_suffix(path: &Path) -> bool {
    let is_model_name = path
        .file_name()
        .is_some_and(|name| MODEL_NAMES.iter().any(|known| name == *known));
    is_model_name || is_model_suffix(&suffix(path))
}

/// Whether the path has a suffix that says something other than "model".
#[must_use]
pub fn has_other_suffix(path: &Path) -> bool {
    OTHER_SUFFIXES.contains(&suffix(path).as_str())
}

/// Whether the path's suffix is one that the format uses; `None` where the suffix says nothing, or
/// where the format stands for any other.
#[must_use]
pub fn name_agrees(path: &Path, format: &str) -> Option<bool> {
    let format = FORMATS.iter().find(|known| known.name == format)?;
    if format.name == lfs_pointer::NAME {
        return None;
    }
    let suffix = suffix(path);
    if format.suffixes.contains(&suffix.as_str()) {
        return Some(true);
    }
    (is_model_suffix(&suffix) || OTHER_SUFFIXES.contains(&suffix.as_str())).then_some(false)
}

/// Whether a suffix, in lower case, says anything: "model", or something else.
pub(crate) fn is_suffix(suffix: &str) -> bool {
    is_model_suffix(suffix) || OTHER_SUFFIXES.contains(&suffix) || SHARED_SUFFIXES.contains(&suffix)
}

/// Whether a suffix, in lower case, says "model": one that a format shares with files of other
/// kinds says nothing.
pub(crate) fn is_model_suffix(suffix: &str) -> bool {
    let mut formats = FORMATS.iter();
    let is_used = formats.any(|format| format.suffixes.contains(&suffix));
    let is_shared = OTHER_SUFFIXES.contains(&suffix) || SHARED_SUFFIXES.contains(&suffix);
    is_used && !is_shared || OTHER_MODEL_SUFFIXES.contains(&suffix)
}

/// The first bytes of something, which is as long as it is: reading further finds nothing.
struct Beginning<'a> {
    bytes: &'a [u8],
    size: u64,
}

impl Source for Beginning<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read_at(offset, buffer)
    }
}

/// A file of which so many bytes are read and no more.
struct Limited<'a> {
    source: &'a dyn Source,
    left: Cell<u64>,
}

impl<'a> Limited<'a> {
    fn new(source: &'a dyn Source, most: u64) -> Self {
        Self {
            source,
            left: Cell::new(most),
        }
    }
}

impl Source for Limited<'_> {
    fn size(&self) -> u64 {
        self.source.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get().checked_sub(widen(buffer.len()));
        let left = left.ok_or(io::ErrorKind::QuotaExceeded)?;
        self.left.set(left);
        self.source.read_at(offset, buffer)
    }
}

/// The last suffix in lower case; empty where there is none.
fn suffix(path: &Path) -> String {
    path.extension()
        .map(|suffix| suffix.to_string_lossy().to_lowercase())
        .unwrap_or_default()
}

//! The formats: how each is recognised, which suffixes it uses, what is read of it.
//!
//! To add a format: write `format/<name>.rs` with a pure function from a [`Reader`] to a
//! [`Header`], and add its row to [`FORMATS`].

pub mod gguf;
pub mod lfs_pointer;
pub mod safetensors;
mod signatures;

use std::path::Path;

use crate::quantization::{Claimed, Tensor};
use crate::reader::Reader;
use crate::record::{Facts, Pointer};
use signatures::Start;

/// Bytes at the start of a file that are looked at to recognise it: a page, which costs no more to
/// read than a part of one, and holds every signature including those of HDF5 behind a user block.
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
}

/// A format of model files.
#[derive(Debug)]
pub struct Format {
    /// Its name, in the policy's vocabulary.
    pub name: &'static str,
    /// Suffixes that its files use, lower case, without the dot.
    pub suffixes: &'static [&'static str],
    /// How its content is recognised, in words.
    pub recognised_by: &'static str,
    recognises: fn(&Start<'_>) -> bool,
    read: Option<fn(&mut Reader<'_>) -> Header>,
}

impl Format {
    /// Whether its content is read, not merely recognised.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.read.is_some()
    }

    /// What the content says; `None` for a format whose content is not read.
    #[must_use]
    pub fn read(&self, reader: &mut Reader<'_>) -> Option<Header> {
        self.read.map(|read| read(reader))
    }
}

macro_rules! formats {
    ($($name:literal, [$($suffix:literal),*], $recognises:path, $words:literal $(, read by $read:path)?;)*) => {
        &[$(Format {
            name: $name,
            suffixes: &[$($suffix),*],
            recognised_by: $words,
            recognises: $recognises,
            read: formats!(@read $($read)?),
        }),*]
    };
    (@read $read:path) => { Some($read) };
    (@read) => { None };
}

/// Every format we know, in the order in which a file's first bytes are held against them.
pub const FORMATS: &[Format] = formats! {
    "gguf", ["gguf"], signatures::gguf, "GGUF at 0", read by gguf::read;
    "safetensors", ["safetensors"], signatures::safetensors, "a header length, then {", read by safetensors::read;
    "git-lfs-pointer", [], signatures::lfs_pointer, "version https://git-lfs.github.com/spec/ at 0", read by lfs_pointer::read;
    "llamafile", ["llamafile"], signatures::llamafile, "MZqFpD at 0";
    "ggml", ["ggml"], signatures::ggml, "lmgg, fmgg, tjgg or algg at 0";
    "pytorch-legacy", ["pt", "pth", "ckpt"], signatures::pytorch_legacy, "a pickle of torch's magic number at 0";
    "pickle", ["pkl", "pickle", "joblib", "dill", "pt", "pth", "ckpt", "pdparams"], signatures::pickle, "PROTO 2 to 5, then an opcode";
    "keras", ["keras"], signatures::keras, "a zip with the suffix keras";
    "numpy-zip", ["npz"], signatures::numpy_zip, "a zip with the suffix npz, or whose first member is an npy";
    "pytorch", ["pt", "pth", "ckpt", "pt2", "ptl"], signatures::pytorch, "a zip of torch's members, or one with torch's suffix";
    "numpy", ["npy"], signatures::numpy, "\\x93NUMPY at 0";
    "hdf5", ["h5", "hdf5", "hdf"], signatures::hdf5, "\\x89HDF\\r\\n\\x1a\\n at 0, 512, 1024 or 2048";
    "tflite", ["tflite", "lite"], signatures::tflite, "TFL3 at 4";
    "executorch", ["pte"], signatures::executorch, "ET and two digits at 4, with the suffix pte";
    "onnx", ["onnx"], signatures::onnx, "fields of a ModelProto, with the suffix onnx";
    "7z", [], signatures::seven_zip, "7z\\xbc\\xaf\\x27\\x1c at 0, with a model's suffix";
    "zip", [], signatures::zip, "PK\\x03\\x04 at 0, with a model's suffix";
    "gzip", [], signatures::gzip, "\\x1f\\x8b at 0, with a model's suffix";
    "bzip2", [], signatures::bzip2, "BZh at 0, with a model's suffix";
    "xz", [], signatures::xz, "\\xfd7zXZ\\x00 at 0, with a model's suffix";
    "zstd", [], signatures::zstd, "\\x28\\xb5\\x2f\\xfd at 0, with a model's suffix";
    "lz4", [], signatures::lz4, "\\x04\\x22\\x4d\\x18 at 0, with a model's suffix";
    "rar", [], signatures::rar, "Rar!\\x1a\\x07 at 0, with a model's suffix";
    "tar", [], signatures::tar, "ustar at 257, with a model's suffix";
};

/// Suffixes of models in formats that have no row yet: their content has no mark of its own.
const OTHER_MODEL_SUFFIXES: &[&str] = &["engine", "mlmodel", "nemo", "pdiparams", "pdmodel", "trt"];

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
    let suffix = suffix(path);
    let start = Start {
        bytes: start,
        size,
        suffix: &suffix,
    };
    FORMATS.iter().find(|format| (format.recognises)(&start))
}

/// Whether the path has a suffix that says "model".
#[must_use]
pub fn has_model_suffix(path: &Path) -> bool {
    is_model_suffix(&suffix(path))
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

fn is_model_suffix(suffix: &str) -> bool {
    FORMATS
        .iter()
        .any(|format| format.suffixes.contains(&suffix))
        || OTHER_MODEL_SUFFIXES.contains(&suffix)
}

/// The last suffix in lower case; empty where there is none.
fn suffix(path: &Path) -> String {
    path.extension()
        .map(|suffix| suffix.to_string_lossy().to_lowercase())
        .unwrap_or_default()
}

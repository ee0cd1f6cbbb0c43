//! The first bytes by which each format is known.
//!
//! Every function answers for one row of the table of formats. Signatures that other files share
//! (archives, compressed data) are told from a model's by what they hold.

use memchr::memmem;

use super::pytorch::LEGACY_MEMBERS;
use super::safetensors::MAX_HEADER;
use super::{
    ggml as ggml_format, gguf as gguf_format, is_model_suffix, lfs_pointer as pointer_format,
    ollama as ollama_format,
};
use crate::archive::compressed::Compression;

/// The start of a file and what else helps to recognise it.
pub(super) struct Start<'a> {
    /// The first bytes.
    pub(super) bytes: &'a [u8],
    /// Size of the whole file.
    pub(super) size: u64,
    /// The suffix of its name, lower case, without the dot.
    pub(super) suffix: &'a str,
    /// Its name, lower case.
    pub(super) name: &'a str,
}

impl Start<'_> {
    fn has(&self, offset: usize, magic: &[u8]) -> bool {
        self.bytes
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    }

    fn is_compressed(&self, compression: Compression) -> bool {
        Compression::of(self.bytes) == Some(compression)
    }
}

/// A file cut short within its magic still counts as what its name says.
pub(super) fn gguf(start: &Start<'_>) -> bool {
    start.has(0, &gguf_format::MAGIC)
        || start.suffix == "gguf"
            && !start.bytes.is_empty()
            && gguf_format::MAGIC.starts_with(start.bytes)
}

/// The header's length leaves at least four of the first eight bytes zero; a brace follows, white
/// space before it is an anomaly. With the suffix, either half is enough: what is broken is told
/// by reading.
pub(super) fn safetensors(start: &Start<'_>) -> bool {
    let has_suffix = start.suffix == "safetensors";
    let Some((length, rest)) = start.bytes.split_first_chunk() else {
        return has_suffix && start.size > 0;
    };
    let is_length = u64::from_le_bytes(*length) <= MAX_HEADER;
    let is_object = rest.trim_ascii_start().starts_with(b"{");
    is_length && is_object || has_suffix && (is_length || is_object)
}

/// A JSON object in which, early on, a media type of Ollama's stands.
pub(super) fn ollama(start: &Start<'_>) -> bool {
    let text = start.bytes.trim_ascii_start();
    let media_type = ollama_format::MEDIA_TYPE;
    text.starts_with(b"{") && memmem::find(text, media_type).is_some()
}

pub(super) fn lfs_pointer(start: &Start<'_>) -> bool {
    pointer_format::is_start(start.bytes)
}

/// An executable for six systems with the weights inside (Mozilla's llamafile).
pub(super) fn llamafile(start: &Start<'_>) -> bool {
    start.has(0, b"MZqFpD")
}

pub(super) fn ggml(start: &Start<'_>) -> bool {
    ggml_format::MAGICS
        .iter()
        .any(|magic| start.has(0, &magic.bytes))
}

/// A pickle of torch's magic number 0x1950a86a20f9469cfc6c, as each protocol that has LONG1 writes
/// it: PROTO, from 4 a FRAME, then LONG1 of ten bytes.
pub(super) fn pytorch_legacy(start: &Start<'_>) -> bool {
    let number = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e";
    let ([0x80, 2 | 3, rest @ ..] | [0x80, 4 | 5, 0x95, 13, 0, 0, 0, 0, 0, 0, 0, rest @ ..]) =
        start.bytes
    else {
        return false;
    };
    rest.starts_with(number)
}

/// `MessagePack` that starts with a map of names, and an array of Flax near its start: an extension
/// of type 1 that holds a list of three, of which the first is a list too.
pub(super) fn flax(start: &Start<'_>) -> bool {
    let key = match start.bytes {
        [0x81..=0x8f, key, ..] | [0xde, _, _, key, ..] | [0xdf, _, _, _, _, key, ..] => *key,
        _ => return false,
    };
    let is_tree = matches!(key, 0xa1..=0xbf | 0xd9..=0xdb);
    let holds_array = || {
        start.bytes.windows(8).any(|bytes| {
            matches!(
                bytes,
                [0xc7, _, 1, 0x93, 0x90..=0x9f, ..]
                    | [0xd7 | 0xd8, 1, 0x93, 0x90..=0x9f, ..]
                    | [0xc8, _, _, 1, 0x93, 0x90..=0x9f, ..]
                    | [0xc9, _, _, _, _, 1, 0x93, 0x90..=0x9f]
            )
        })
    };
    let is_named = start.suffix == "msgpack" && start.name.starts_with("flax_model");
    is_tree && (is_named || holds_array())
}

/// The oldest format of torch: a tar whose first member is one of four.
pub(super) fn pytorch_tar(start: &Start<'_>) -> bool {
    start.has(257, b"ustar")
        && LEGACY_MEMBERS
            .iter()
            .any(|name| start.has(0, name) && start.has(name.len(), b"\0"))
}

/// `keras` writes what it says of itself first.
pub(super) fn keras(start: &Start<'_>) -> bool {
    is_zip(start)
        && (start.suffix == "keras"
            || is_model_suffix(start.suffix) && first_member(start) == Some(b"metadata.json"))
}

pub(super) fn numpy_zip(start: &Start<'_>) -> bool {
    is_zip(start)
        && (start.suffix == "npz"
            || first_member(start).is_some_and(|name| name.ends_with(b".npy")))
}

/// Zips of `torch.save` one behind the other, which only the `.metadata` beside them tells apart:
/// torch, `torch/distributed/checkpoint/filesystem.py`.
pub(super) fn pytorch_distributed(start: &Start<'_>) -> bool {
    start.suffix == "distcp" && start.size > 0
}

/// `torch.save` writes `<name>/data.pkl` first, or a version or byte order beside it.
pub(super) fn pytorch(start: &Start<'_>) -> bool {
    let members: [&[u8]; 5] = [
        b"/data.pkl",
        b"/.format_version",
        b"/version",
        b"/byteorder",
        b"/constants.pkl",
    ];
    is_zip(start)
        && (["pt", "pth", "ckpt", "pt2", "ptl"].contains(&start.suffix)
            || first_member(start)
                .is_some_and(|name| members.iter().any(|member| name.ends_with(member))))
}

pub(super) fn numpy(start: &Start<'_>) -> bool {
    start.has(0, b"\x93NUMPY")
}

/// The signature stands at 0 or, behind a user block, at 512 times a power of two.
pub(super) fn hdf5(start: &Start<'_>) -> bool {
    [0, 512, 1024, 2048]
        .iter()
        .any(|offset| start.has(*offset, b"\x89HDF\r\n\x1a\n"))
}

pub(super) fn tflite(start: &Start<'_>) -> bool {
    start.has(4, b"TFL3")
}

/// XML whose first element is a `net` with a version, and whose next are its layers.
pub(super) fn openvino(start: &Start<'_>) -> bool {
    let root = root_element(start.bytes).unwrap_or_default();
    let layers = memmem::find(root, b"<layers");
    let version = memmem::find(root, b" version=");
    root.starts_with(b"<net ")
        && version.is_some_and(|version| layers.is_some_and(|layers| version < layers))
}

/// The identifier counts with the suffix, or with the magic of an extended header behind it.
pub(super) fn executorch(start: &Start<'_>) -> bool {
    matches!(
        start.bytes,
        [_, _, _, _, b'E', b'T', b'0'..=b'9', b'0'..=b'9', ..]
    ) && (start.suffix == "pte" || start.has(8, b"eh00"))
}

/// What Xcode makes of a Core ML model: a directory in which this file has one name.
pub(super) fn coreml_compiled(start: &Start<'_>) -> bool {
    start.name == "coremldata.bin" && start.size > 0
}

/// Archives and compressed files are known by their content alone; whether one is a model's is
/// told by what it holds.
pub(super) fn seven_zip(start: &Start<'_>) -> bool {
    start.has(0, b"7z\xbc\xaf\x27\x1c")
}

pub(super) fn rar(start: &Start<'_>) -> bool {
    start.has(0, b"Rar!\x1a\x07")
}

/// An archive without members is only an end record.
pub(super) fn zip(start: &Start<'_>) -> bool {
    is_zip(start) || start.has(0, b"PK\x05\x06")
}

pub(super) fn tar(start: &Start<'_>) -> bool {
    start.has(257, b"ustar") || crate::archive::tar::is_header(start.bytes)
}

pub(super) fn gzip(start: &Start<'_>) -> bool {
    start.is_compressed(Compression::Gzip)
}

/// joblib 0.9 put a header of its own before a zlib stream.
pub(super) fn zlib(start: &Start<'_>) -> bool {
    start.is_compressed(Compression::Zlib) || start.is_compressed(Compression::ZFile)
}

pub(super) fn bzip2(start: &Start<'_>) -> bool {
    start.is_compressed(Compression::Bzip2)
}

pub(super) fn xz(start: &Start<'_>) -> bool {
    start.is_compressed(Compression::Xz)
}

pub(super) fn lzma(start: &Start<'_>) -> bool {
    start.is_compressed(Compression::Lzma)
}

pub(super) fn zstd(start: &Start<'_>) -> bool {
    start.is_compressed(Compression::Zstd)
}

pub(super) fn lz4(start: &Start<'_>) -> bool {
    start.is_compressed(Compression::Lz4)
}

/// `TensorRT` documents no magic; these are what engines of versions 7 to 10 start with.
pub(super) fn tensorrt(start: &Start<'_>) -> bool {
    start.has(0, b"ptrt")
        || start.has(0, b"ftrt")
        || ["engine", "trt"].contains(&start.suffix) && start.bytes.contains(&0)
}

pub(super) fn catboost(start: &Start<'_>) -> bool {
    start.has(0, b"CBM1")
}

/// The text that `Booster.save_model` of `LightGBM` writes.
pub(super) fn lightgbm(start: &Start<'_>) -> bool {
    start.has(0, b"tree\nversion=v")
}

/// `NDArray` lists: `kMXAPINDArrayListMagic` and a reserved number, in `MXNet`'s `ndarray.cc`.
pub(super) fn mxnet(start: &Start<'_>) -> bool {
    start.suffix == "params" && start.has(0, b"\x12\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
}

/// R's `save` and `saveRDS` in the binary format; both are mostly compressed. R Internals, 1.8.
pub(super) fn r_data(start: &Start<'_>) -> bool {
    start.has(0, b"RDX2\n")
        || start.has(0, b"RDX3\n")
        || matches!(start.bytes, [b'X', b'\n', 0, 0, 0, 2 | 3, ..])
}

pub(super) fn rknn(start: &Start<'_>) -> bool {
    start.has(0, b"RKNN")
}

/// The identifier of the flatbuffer that onnxruntime writes: `onnxruntime/core/flatbuffers/schema/
/// ort.fbs`.
pub(super) fn onnxruntime(start: &Start<'_>) -> bool {
    start.has(4, b"ORTM")
}

/// The identifier of the flatbuffer for phones: torch, `torch/csrc/jit/serialization/
/// mobile_bytecode.fbs`.
pub(super) fn pytorch_mobile(start: &Start<'_>) -> bool {
    start.has(4, b"PTMF")
}

/// Universal Binary JSON or JSON with the model's first key, or the binary format before 1.3.
pub(super) fn xgboost(start: &Start<'_>) -> bool {
    start.has(0, b"{L\0\0\0\0\0\0\0\x07learner")
        || start.has(0, b"binf")
        || first_key(start.bytes) == Some(b"learner")
            && start
                .bytes
                .windows(10)
                .any(|found| found == b"\"learner_m" || found == b"\"attribute")
}

/// What `torch.save` of Lua writes: the number of a type, in text or in binary. Tables and objects
/// have numbers of their own, and objects a version. Source: torch7, `File.lua`.
pub(super) fn torch7(start: &Start<'_>) -> bool {
    let is_object = matches!(
        start.bytes,
        [4, 0, 0, 0, _, _, _, _, 3, 0, 0, 0, b'V', b' ', b'1', ..]
    );
    let is_type = matches!(start.bytes, [1..=8, 0, 0, 0, ..] | [b'1'..=b'8', b'\n', ..]);
    is_object || start.suffix == "t7" && is_type
}

/// `LiteRT`'s container of language models: `schema/core/litertlm_header.h` of LiteRT-LM.
pub(super) fn litert_lm(start: &Start<'_>) -> bool {
    start.has(0, b"LITERTLM")
}

/// Tensors beside a program of `ExecuTorch`: `extension/flat_tensor/serialize`.
pub(super) fn executorch_data(start: &Start<'_>) -> bool {
    start.has(8, b"FH01")
        || start.suffix == "ptd"
            && matches!(
                start.bytes,
                [_, _, _, _, b'F', b'T', b'0'..=b'9', b'0'..=b'9', ..]
            )
}

/// A `ProgramDesc`, which has no mark but its first field, or the intermediate representation in
/// JSON (`paddle/fluid/pir/serialize_deserialize`).
pub(super) fn paddle(start: &Start<'_>) -> bool {
    let is_pir = first_key(start.bytes) == Some(b"base_code")
        && start.bytes.windows(5).any(|found| found == b"\"pir\"");
    is_pir || start.suffix == "pdmodel" && start.has(0, &[0x0a])
}

/// A version of zero, no level of detail, and a tensor's version of zero: `lod_tensor.cc`.
pub(super) fn paddle_weights(start: &Start<'_>) -> bool {
    start.suffix == "pdiparams" && start.has(0, &[0; 12])
}

/// Predictive Model Markup Language: XML with a root element of that name.
pub(super) fn pmml(start: &Start<'_>) -> bool {
    let root = root_element(start.bytes);
    root.is_some_and(|root| root.starts_with(b"<PMML ") || root.starts_with(b"<PMML>"))
}

/// `skops.io.dump` writes arrays first, then the schema; without any, the schema alone.
pub(super) fn skops(start: &Start<'_>) -> bool {
    is_zip(start) && (start.suffix == "skops" || first_member(start) == Some(b"schema.json"))
}

pub(super) fn torchserve(start: &Start<'_>) -> bool {
    let is_manifest = |name: &[u8]| name.starts_with(b"MAR-INF/");
    is_zip(start) && (start.suffix == "mar" || first_member(start).is_some_and(is_manifest))
}

/// The first key of a JSON object.
fn first_key(bytes: &[u8]) -> Option<&[u8]> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let inner = text.trim_ascii_start().strip_prefix(b"{")?;
    let key = inner.trim_ascii_start().strip_prefix(b"\"")?;
    key.split(|byte| *byte == b'"').next()
}

/// XML from its first element on.
fn root_element(bytes: &[u8]) -> Option<&[u8]> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = text.trim_ascii_start();
    if !text.starts_with(b"<") {
        return None;
    }
    let is_element = |pair: &[u8]| matches!(pair, [b'<', first] if first.is_ascii_alphabetic());
    let at = text.windows(2).position(is_element)?;
    text.get(at..)
}

fn is_zip(start: &Start<'_>) -> bool {
    start.has(0, b"PK\x03\x04")
}

/// Name of a zip's first member: its length stands at 26, the name at 30.
fn first_member<'a>(start: &Start<'a>) -> Option<&'a [u8]> {
    let length = start.bytes.get(26..)?.first_chunk()?;
    let end = usize::from(u16::from_le_bytes(*length)).checked_add(30)?;
    start.bytes.get(30..end)
}

//! The first bytes by which each format is known.
//!
//! Every function answers for one row of the table of formats. Signatures that other files share
//! (archives, compressed data) count only with a model's suffix.

use super::safetensors::MAX_HEADER;
use super::{gguf as gguf_format, is_model_suffix, lfs_pointer as pointer_format};

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

    fn has_model_suffix(&self) -> bool {
        // A suffix that models share with other things is enough to look closer.
        is_model_suffix(self.suffix) || self.suffix == "bin"
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

pub(super) fn lfs_pointer(start: &Start<'_>) -> bool {
    start.has(0, pointer_format::SIGNATURE)
}

/// An executable for six systems with the weights inside (Mozilla's llamafile).
pub(super) fn llamafile(start: &Start<'_>) -> bool {
    start.has(0, b"MZqFpD")
}

/// The magics are numbers (`ggml`, `ggmf`, `ggjt`, `ggla`) stored little-endian.
pub(super) fn ggml(start: &Start<'_>) -> bool {
    [b"lmgg", b"fmgg", b"tjgg", b"algg"]
        .iter()
        .any(|magic| start.has(0, *magic))
}

/// PROTO 2, then LONG1 of ten bytes with torch's magic number 0x1950a86a20f9469cfc6c.
pub(super) fn pytorch_legacy(start: &Start<'_>) -> bool {
    start.has(
        0,
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e",
    )
}

/// PROTO with a version that states itself, then an opcode: one in four bytes is one.
pub(super) fn pickle(start: &Start<'_>) -> bool {
    match start.bytes {
        [0x80, 2..=5, opcode, ..] => is_pickle_opcode(*opcode),
        _ => false,
    }
}

pub(super) fn keras(start: &Start<'_>) -> bool {
    is_zip(start) && start.suffix == "keras"
}

pub(super) fn numpy_zip(start: &Start<'_>) -> bool {
    is_zip(start)
        && (start.suffix == "npz"
            || first_member(start).is_some_and(|name| name.ends_with(b".npy")))
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

pub(super) fn executorch(start: &Start<'_>) -> bool {
    start.suffix == "pte"
        && matches!(
            start.bytes,
            [_, _, _, _, b'E', b'T', b'0'..=b'9', b'0'..=b'9', ..]
        )
}

/// What Xcode makes of a Core ML model: a directory in which this file has one name.
pub(super) fn coreml_compiled(start: &Start<'_>) -> bool {
    start.name == "coremldata.bin" && start.size > 0
}

pub(super) fn seven_zip(start: &Start<'_>) -> bool {
    start.has_model_suffix() && start.has(0, b"7z\xbc\xaf\x27\x1c")
}

pub(super) fn zip(start: &Start<'_>) -> bool {
    start.has_model_suffix() && is_zip(start)
}

pub(super) fn gzip(start: &Start<'_>) -> bool {
    start.has_model_suffix() && start.has(0, b"\x1f\x8b")
}

pub(super) fn bzip2(start: &Start<'_>) -> bool {
    start.has_model_suffix() && start.has(0, b"BZh")
}

pub(super) fn xz(start: &Start<'_>) -> bool {
    start.has_model_suffix() && start.has(0, b"\xfd7zXZ\x00")
}

pub(super) fn zstd(start: &Start<'_>) -> bool {
    start.has_model_suffix() && start.has(0, b"\x28\xb5\x2f\xfd")
}

pub(super) fn lz4(start: &Start<'_>) -> bool {
    start.has_model_suffix() && start.has(0, b"\x04\x22\x4d\x18")
}

pub(super) fn rar(start: &Start<'_>) -> bool {
    start.has_model_suffix() && start.has(0, b"Rar!\x1a\x07")
}

pub(super) fn tar(start: &Start<'_>) -> bool {
    start.has_model_suffix() && start.has(257, b"ustar")
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

/// Opcodes of pickle protocols 0 to 5: `pickle.py` of `CPython`.
fn is_pickle_opcode(byte: u8) -> bool {
    b"(.012FIJKLMNPQRSTUVXabcdeghijlopqrstu}])GB C".contains(&byte) && byte != b' '
        || (0x81..=0x98).contains(&byte)
}

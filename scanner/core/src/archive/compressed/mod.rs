//! Compressed files: one stream of bytes, unpacked into memory as far as a limit allows.
//!
//! Every decoder is Rust throughout and is told how much memory it may take; what it makes of a
//! broken file is kept up to where it breaks.

mod problem;
mod stream;

use std::io::{self, Read};

use bzip2::bufread::BzDecoder;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use lz4_flex::frame::FrameDecoder;
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::StreamingDecoder;
use ruzstd::decoding::errors::FrameDecoderError;

pub use problem::CompressedProblem;

use self::stream::Stream;
use crate::anomalies::{Anomalies, Fault};
use crate::reader::{ReadProblem, Source, widen};

/// Bytes that a decoder may take for what it looks back at, in KiB: what `xz -9` writes, and eight
/// times what a zstd decoder must offer.
const MAX_WINDOW_KIB: u32 = 65 * 1024;

/// Files laid end to end that are decompressed: what writers of blocks make of the most content
/// that is kept, with blocks of 8 KiB. Each costs a decoder of its own.
const MAX_PARTS: u32 = 4096;

/// Bytes decoded in one go.
const CHUNK: usize = 32 * 1024;

/// Bytes of `joblib`'s own header before a zlib stream: `ZF` and a length in hexadecimal digits.
/// Python 2 wrote one space more, behind the `L` of its numbers: joblib 1.5,
/// `numpy_pickle_compat.py`, `read_zfile`.
const ZFILE_HEADER: u64 = 21;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// gzip, RFC 1952.
    Gzip,
    /// zlib, RFC 1950.
    Zlib,
    /// zlib behind the header that joblib wrote up to 0.9.
    ZFile,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// LZMA without a container, as `lzma_alone` of xz writes it.
    Lzma,
    /// zstd, RFC 8878.
    Zstd,
    /// LZ4 frames.
    Lz4,
}

/// What was unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// The content, or its start.
    pub bytes: Vec<u8>,
    /// Whether that is all of it.
    pub is_whole: bool,
}

impl Compression {
    /// How a file that starts like this is compressed.
    #[must_use]
    pub fn of(start: &[u8]) -> Option<Self> {
        match start {
            // The only method there is.
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if is_bzip2_block(rest) => Some(Self::Bzip2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Self::Lz4),
            [b'Z', b'F', b'0', b'x', ..] => Some(Self::ZFile),
            [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] if is_zlib(start) => Some(Self::Zlib),
            [0x5d, ..] if is_lzma(start) => Some(Self::Lzma),
            _ => None,
        }
    }

    /// The content of a compressed file, at most `limit` bytes of it.
    ///
    /// Data that break off, that need more memory than a decoder may take, and bytes behind their
    /// end go to `anomalies`; what could be unpacked is returned.
    #[must_use]
    pub fn unpack(self, source: &dyn Source, limit: usize, anomalies: &mut Anomalies) -> Unpacked {
        let mut stream = Stream::new(source);
        let mut bytes = Vec::new();
        if self == Self::ZFile {
            stream.skip(ZFILE_HEADER);
            if stream.peek().starts_with(b" ") {
                stream.skip(1);
            }
        }
        let mut outcome = Ok(true);
        let mut parts = 0_u32;
        // Files of most of these kinds may be laid end to end.
        while outcome.as_ref().is_ok_and(|is_whole| *is_whole) && !stream.is_at_end() {
            if !bytes.is_empty() && !self.goes_on(&mut stream) {
                let left = source.size().saturating_sub(stream.position());
                let at = stream.position();
                anomalies.report(|| Fault::at(at, CompressedProblem::Trailing(left)));
                break;
            }
            parts = parts.saturating_add(1);
            if parts > MAX_PARTS {
                let at = stream.position();
                anomalies.report(|| Fault::at(at, CompressedProblem::Parts(MAX_PARTS)));
                return Unpacked {
                    bytes,
                    is_whole: false,
                };
            }
            let before = stream.position();
            outcome = self.decode(&mut stream, limit, &mut bytes);
            if stream.position() == before {
                break;
            }
        }
        let problem = match outcome {
            Ok(true) => {
                return Unpacked {
                    bytes,
                    is_whole: true,
                };
            }
            Ok(false) => CompressedProblem::Limit(widen(limit)),
            Err(error) => problem(error, &stream),
        };
        let at = stream.position();
        anomalies.report(|| Fault::at(at, problem));
        Unpacked {
            bytes,
            is_whole: false,
        }
    }

    /// Appends the content of one part; `false` where that is more than fits in `limit`.
    fn decode(
        self,
        stream: &mut Stream<'_>,
        limit: usize,
        bytes: &mut Vec<u8>,
    ) -> io::Result<bool> {
        match self {
            Self::Gzip => append(&mut GzDecoder::new(stream), limit, bytes),
            Self::Zlib | Self::ZFile => append(&mut ZlibDecoder::new(stream), limit, bytes),
            Self::Bzip2 => append(&mut BzDecoder::new(stream), limit, bytes),
            Self::Xz => {
                let mut decoder = XzReader::new_mem_limit(stream, false, MAX_WINDOW_KIB);
                append(&mut decoder, limit, bytes)
            }
            Self::Lzma => {
                let mut decoder = LzmaReader::new_mem_limit(&mut *stream, MAX_WINDOW_KIB, None)?;
                let outcome = append(&mut decoder, limit, bytes);
                let (_, unused) = decoder.into_parts();
                stream.give_back(unused.len());
                outcome
            }
            Self::Zstd => append(&mut zstd_decoder(stream)?, limit, bytes),
            Self::Lz4 => {
                let outcome = append(&mut FrameDecoder::new(&mut *stream), limit, bytes);
                // The decoder takes the end of the file for the end of the frame.
                if stream.has_ended() && outcome.is_ok() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                outcome
            }
        }
    }

    /// Whether another part of the same kind follows.
    fn goes_on(self, stream: &mut Stream<'_>) -> bool {
        let may_repeat = !matches!(self, Self::Zlib | Self::ZFile | Self::Lzma);
        may_repeat && Self::of(stream.peek()) == Some(self)
    }
}

/// Appends what a decoder yields; `false` where that is more than fits in `limit`.
fn append(decoder: &mut dyn Read, limit: usize, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = decoder.read(&mut chunk)?;
        if read == 0 {
            return Ok(true);
        }
        let left = limit.saturating_sub(bytes.len());
        bytes.extend_from_slice(chunk.get(..read.min(left)).unwrap_or_default());
        if read > left {
            return Ok(false);
        }
    }
}

fn zstd_decoder<'a, 'source>(
    stream: &'a mut Stream<'source>,
) -> io::Result<StreamingDecoder<&'a mut Stream<'source>, ruzstd::decoding::FrameDecoder>> {
    let window = u64::from(MAX_WINDOW_KIB).saturating_mul(1024);
    StreamingDecoder::new_with_max_window_size(stream, window).map_err(|error| match error {
        FrameDecoderError::WindowSizeTooBig { .. } => {
            io::Error::new(io::ErrorKind::OutOfMemory, error)
        }
        error => io::Error::other(error),
    })
}

fn problem(error: io::Error, stream: &Stream<'_>) -> CompressedProblem {
    match error.kind() {
        _ if stream.has_failed() => CompressedProblem::Read(ReadProblem::Io(error)),
        io::ErrorKind::UnexpectedEof => CompressedProblem::Cut,
        io::ErrorKind::OutOfMemory => CompressedProblem::Memory,
        _ if stream.is_at_end() => CompressedProblem::Cut,
        _ => CompressedProblem::Broken,
    }
}

/// The magic of a bzip2 block, or of the end: the digits of pi, or of its square root.
fn is_bzip2_block(rest: &[u8]) -> bool {
    rest.starts_with(b"\x31\x41\x59\x26\x53\x59") || rest.starts_with(b"\x17\x72\x45\x38\x50\x90")
}

/// Two bytes are no signature: the data that follow must decode.
fn is_zlib(start: &[u8]) -> bool {
    let mut inflate = flate2::Decompress::new(true);
    let mut decoded = [0; 64];
    let status = inflate.decompress(start, &mut decoded, flate2::FlushDecompress::None);
    status.is_ok() && inflate.total_out() > 0
}

/// The usual properties, a dictionary of a size that encoders use, a size that is unknown or can
/// be, and the zero with which the range coder starts: lzma.txt of the LZMA SDK.
fn is_lzma(start: &[u8]) -> bool {
    let Some((head, [0, ..])) = start.split_first_chunk::<13>() else {
        return false;
    };
    let [_, a, b, c, d, size @ ..] = *head;
    let dictionary = u32::from_le_bytes([a, b, c, d]);
    let size = u64::from_le_bytes(size);
    dictionary >= 4096 && dictionary.count_ones() <= 2 && (size == u64::MAX || size < 1 << 40)
}

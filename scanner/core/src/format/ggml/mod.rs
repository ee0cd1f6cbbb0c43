//! GGML files from before GGUF: of whisper.cpp and its kin, which still use them, and of the first
//! llama.cpp, which are only named.
//!
//! A magic, for most a version, then numbers in an order that only the program knows. Two programs'
//! orders are known here; the tensors that follow describe themselves.
//! Source: whisper.cpp `src/whisper.cpp` and `src/parakeet.cpp` (`*_model_load`).

mod limits;
mod problem;
mod program;
mod tensors;

pub use problem::GgmlProblem;

use crate::anomalies::{Anomalies, Fault};
use crate::format::{Format, Header, signatures};
use crate::quantization::Claimed;
use crate::reader::Reader;
use crate::record::Loading;

/// The first bytes: numbers, stored little-endian, and the versions that follow each.
pub(super) const MAGICS: &[Magic] = &[
    Magic::new(*b"lmgg", "ggml", 0),
    Magic::new(*b"fmgg", "ggmf", 1),
    Magic::new(*b"tjgg", "ggjt", 3),
    Magic::new(*b"algg", "ggla", 1),
    Magic::new(*b"nsgg", "ggsn", u32::MAX),
    Magic::new(*b"qsgg", "ggsq", u32::MAX),
];

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "ggml",
    suffixes: &["ggml"],
    recognised_by: "lmgg, fmgg, tjgg, algg, nsgg or qsgg at 0",
    loading: Loading::Data,
    facts: "version; of whisper.cpp: program, sizes, every tensor",
    quantization: "each tensor's type against `ftype` and the file name",
    limits: "files of other programs",
    recognises: signatures::ggml,
    read: Some(read),
};

/// A magic, its name, and the last version of what it stands for.
pub(super) struct Magic {
    pub(super) bytes: [u8; 4],
    name: &'static str,
    /// 0 where no version follows.
    last_version: u32,
}

impl Magic {
    const fn new(bytes: [u8; 4], name: &'static str, last_version: u32) -> Self {
        Self {
            bytes,
            name,
            last_version,
        }
    }
}

type Result<T> = std::result::Result<T, Fault<GgmlProblem>>;

/// Reads a file to its end, or to where the position in it is lost.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    super::header_of(reader, read_into)
}

fn read_into(
    header: &mut Header,
    reader: &mut Reader<'_>,
    anomalies: &mut Anomalies,
) -> Result<()> {
    let found = reader.array()?;
    let magic = MAGICS
        .iter()
        .find(|magic| magic.bytes == found)
        .ok_or_else(|| Fault::at(0, GgmlProblem::Magic(found)))?;
    if magic.last_version > 0 {
        let version = reader.u32()?;
        header.version = Some(format!("{} v{version}", magic.name));
        if version == 0 || version > magic.last_version {
            return Err(Fault::at(4, GgmlProblem::Version(version)));
        }
        return Err(Fault::at(8, GgmlProblem::OtherProgram));
    }
    header.version = Some(magic.name.to_owned());
    let model = program::read(reader)?;
    let blocks = model.file_type.checked_div(1000).unwrap_or(0);
    let facts = &mut header.facts;
    facts.architecture = Some(model.program.to_owned());
    facts.context_length = model.context_length;
    facts.hyperparameters = model.sizes;
    header.claims.push(Claimed::LegacyFileType(model.file_type));

    let read = tensors::read(reader, blocks, anomalies).map_err(|fault| fault.within("tensors"))?;
    header.tensors = read.tensors;
    header.facts.parameters = read.parameters;
    Ok(())
}

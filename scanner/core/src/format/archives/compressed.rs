//! Compressed files: what is inside, by its content.

use super::budget::Budget;
use super::problem::MemberProblem;
use super::taking::{Part, Taking};
use crate::anomalies::Fault;
use crate::archive::Window;
use crate::archive::compressed::Compression;
use crate::format::{Format, Header, SNIFFED_BYTES, signatures};
use crate::reader::{ReadProblem, Reader};
use crate::record::Loading;

/// What stands for a name: the content of a compressed file has none.
const CONTENT: Part<'_> = Part {
    name: "decompressed content",
    offset: None,
};

/// Suffixes under which joblib compresses pickles unasked, and a suffix of compressed tars.
const JOBLIB: &[&str] = &["pkl", "pickle", "joblib", "nemo"];

const FACTS: &str = "those of what is inside";
const QUANTIZATION: &str = "that of what is inside";
const LIMITS: &str = "32 MiB decompressed; 4 archives in archives";

/// How it is known and what is read of it.
pub(in crate::format) const GZIP: Format = Format {
    name: "gzip",
    suffixes: JOBLIB,
    recognised_by: "\\x1f\\x8b\\x08 at 0, with a model's suffix or a model inside",
    loading: Loading::Data,
    facts: FACTS,
    quantization: QUANTIZATION,
    limits: LIMITS,
    recognises: signatures::gzip,
    read: Some(read),
};

/// How it is known and what is read of it.
pub(in crate::format) const ZLIB: Format = Format {
    name: "zlib",
    recognised_by: "\\x78 and data that decompress at 0, with a model's suffix or a model inside; \
                    joblib's ZF header before it",
    recognises: signatures::zlib,
    ..GZIP
};

/// How it is known and what is read of it.
pub(in crate::format) const BZIP2: Format = Format {
    name: "bzip2",
    recognised_by: "BZh, a digit and a block at 0, with a model's suffix or a model inside",
    recognises: signatures::bzip2,
    ..GZIP
};

/// How it is known and what is read of it.
pub(in crate::format) const XZ: Format = Format {
    name: "xz",
    recognised_by: "\\xfd7zXZ\\x00 at 0, with a model's suffix or a model inside",
    recognises: signatures::xz,
    ..GZIP
};

/// How it is known and what is read of it.
pub(in crate::format) const LZMA: Format = Format {
    name: "lzma",
    recognised_by: "\\x5d and a dictionary's size at 0, with a model's suffix or a model inside",
    recognises: signatures::lzma,
    ..GZIP
};

/// How it is known and what is read of it.
pub(in crate::format) const ZSTD: Format = Format {
    name: "zstd",
    recognised_by: "\\x28\\xb5\\x2f\\xfd at 0, with a model's suffix or a model inside",
    recognises: signatures::zstd,
    ..GZIP
};

/// How it is known and what is read of it.
pub(in crate::format) const LZ4: Format = Format {
    name: "lz4",
    recognised_by: "\\x04\\x22\\x4d\\x18 at 0, with a model's suffix or a model inside",
    recognises: signatures::lz4,
    ..GZIP
};

/// Unpacks and looks at what is inside.
fn read(reader: &mut Reader<'_>) -> Header {
    look(reader, &mut Budget::of_file(reader.size()))
}

pub(super) fn look(reader: &mut Reader<'_>, budget: &mut Budget) -> Header {
    let mut taking = Taking::default();
    let source = Window::new(reader.source(), 0, reader.size());
    let start = match source.range(0, SNIFFED_BYTES) {
        Ok(start) => start,
        Err(error) => {
            let problem = MemberProblem::Read(ReadProblem::Io(error));
            taking.anomalies.report(|| Fault::at(0, problem));
            return taking.finish();
        }
    };
    if let Some(compression) = Compression::of(&start) {
        let unpacked = compression.unpack(&source, budget.memory(), &mut taking.anomalies);
        budget.take_memory(unpacked.bytes.len());
        let is_known = taking.take(CONTENT, &unpacked.bytes.as_slice(), budget);
        if !unpacked.is_whole {
            budget.meet_model();
        }
        if !is_known && budget.is_outermost() {
            taking.report(CONTENT, MemberProblem::UnknownContent);
        }
    }
    taking.finish()
}

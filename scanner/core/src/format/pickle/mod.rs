//! Pickles: programs for a stack machine that build objects. They are disassembled, never run.
//!
//! `machine` follows every opcode with a stack of its own on which names, numbers and the
//! descriptions of tensors stand for objects. So it knows what is imported and called whatever way
//! the names take, what the file's weights are, and where raw bytes stand between opcodes.
//! Source of the format: `CPython` 3.14, `Lib/pickletools.py` and `Modules/_pickle.c`.

mod arguments;
mod build;
mod calls;
mod findings;
mod imports;
pub(crate) mod input;
mod known;
mod limits;
mod machine;
mod memo;
mod nested;
mod numpy;
mod opcodes;
mod problem;
mod sniff;
mod streams;
mod tensors;
mod value;

pub(crate) use findings::{Findings, Loader};
pub(crate) use input::Input;
pub(super) use nested::base64;
pub(crate) use problem::Result;
pub use problem::{Limit, PickleProblem};
pub(super) use sniff::{goes_on, may_go_on};
pub(crate) use streams::{check_end, follow, hidden, imports, next};
pub(crate) use tensors::{Tensors, product};

use crate::format::archives::Budget;
use crate::format::{Format, Header};
use crate::reader::Reader;
use crate::record::Loading;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "pickle",
    suffixes: &[
        "pkl", "pickle", "joblib", "dill", "pt", "pth", "ckpt", "pdparams",
    ],
    recognised_by: "PROTO 2 to 5, then an opcode; without PROTO, opcodes that hold as a program",
    loading: Loading::Program,
    facts: "every import, also of pickles within; tensors of torch and arrays of numpy and joblib",
    quantization: "each tensor's type against the file name",
    limits: "20 million opcodes; 1000 imports; pickles 8 deep and 1000 behind each other; without PROTO and under a suffix of no model, a text of 64 MiB in front",
    recognises: sniff::recognises,
    read: Some(read),
};

/// Reads every pickle of a file.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    look(reader, &mut Budget::of_file(reader.size()))
}

/// Reads one within an archive.
pub(super) fn look(reader: &mut Reader<'_>, budget: &mut Budget) -> Header {
    let mut header = Header::default();
    let mut findings = Findings::after(Loader::Pickle, *budget.opcodes());
    let mut input = Input::of(reader.source(), 0, Some(0));
    follow(&mut input, &mut findings);
    *budget.opcodes() = findings.opcodes();
    header.version = Some(findings.protocol.to_string());
    findings.finish(&mut header);
    header
}

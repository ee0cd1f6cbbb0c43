//! `PyTorch` before 1.6: five pickles one behind the other, then the data of the storages.
//!
//! The pickles are a magic number, a version, facts of the machine, the object, and the keys of
//! the storages in the order in which their data follow: a length of eight bytes each, then as
//! many elements. Source: torch 2.12, `torch/serialization.py`, `_legacy_save`.

use std::rc::Rc;

use super::PytorchProblem;
use crate::anomalies::Fault;
use crate::format::pickle::{self, Findings, Input, Loader};
use crate::format::{Format, Header, signatures};
use crate::reader::Reader;
use crate::record::Loading;

/// How it is known and what is read of it.
pub(in crate::format) const LEGACY: Format = Format {
    name: "pytorch-legacy",
    suffixes: &["pt", "pth", "ckpt", "pkl"],
    recognised_by: "a pickle of torch's magic number at 0",
    loading: Loading::Program,
    facts: "every import of every pickle; every tensor; the length of every storage",
    quantization: "each tensor's type against the file name",
    limits: "those of pickles",
    recognises: signatures::pytorch_legacy,
    read: Some(read),
};

/// The number at the start: `MAGIC_NUMBER` and `PROTOCOL_VERSION` are checked by loaders.
const VERSION: i64 = 1001;

/// Reads every pickle and passes over the data.
#[must_use]
pub(super) fn read(reader: &mut Reader<'_>) -> Header {
    let mut header = Header::default();
    let mut findings = Findings::new(Loader::Torch);
    let mut input = Input::of(reader.source(), 0, Some(0));
    match read_parts(&mut input, &mut findings, &mut header) {
        Ok(()) => pickle::check_end(&mut input, &mut findings),
        Err(fault) => findings.report(fault),
    }
    findings.finish(&mut header);
    header
}

fn read_parts(
    input: &mut Input<'_>,
    findings: &mut Findings,
    header: &mut Header,
) -> pickle::Result<()> {
    pickle::next(input, findings)?;
    let version = pickle::next(input, findings)?.number();
    header.version = version.map(|version| version.to_string());
    if version != Some(VERSION) {
        report(findings, "the version");
    }
    pickle::next(input, findings)?;
    pickle::next(input, findings)?;
    let Some(keys) = pickle::next(input, findings)?.texts() else {
        report(findings, "the list of storages");
        return Ok(());
    };
    for key in keys {
        let offset = input.offset(input.position());
        let storage = findings.tensors.storages().get(&key).map(Rc::clone);
        let elements = u64::from_le_bytes(input.array()?);
        let Some(storage) = storage else {
            report(findings, "a storage that no tensor describes");
            return Ok(());
        };
        if storage.elements() != elements {
            let problem = PytorchProblem::StorageSize {
                expected: storage.bytes(),
                found: elements.saturating_mul(storage.element_size()),
            };
            findings
                .anomalies
                .report(|| Fault::new(offset, problem).within(&key));
        }
        input.skip(elements.saturating_mul(storage.element_size()))?;
    }
    Ok(())
}

fn report(findings: &mut Findings, part: &'static str) {
    findings
        .anomalies
        .report(|| Fault::anywhere(PytorchProblem::LegacyPart(part)));
}

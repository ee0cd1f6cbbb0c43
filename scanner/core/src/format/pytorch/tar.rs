//! `PyTorch` before 0.1.10: a tar of pickles, whose storages and tensors are pickles and raw
//! numbers in turn.
//!
//! Until torch 2.5.1 such a file was loaded past `weights_only` (CVE-2025-32434). Source: torch
//! 2.12, `torch/serialization.py`, `legacy_load`.

use super::PytorchProblem;
use crate::anomalies::Fault;
use crate::archive::tar::Tar;
use crate::format::archives::{Part, Taking};
use crate::format::pickle::{self, Findings, Input, Loader};
use crate::format::{Format, Header, signatures};
use crate::reader::Reader;
use crate::record::Loading;

/// Its members.
pub(in crate::format) const LEGACY_MEMBERS: [&[u8]; 4] =
    [b"sys_info", b"pickle", b"storages", b"tensors"];

/// How it is known and what is read of it.
pub(in crate::format) const LEGACY_TAR: Format = Format {
    name: "pytorch-tar",
    suffixes: &["pt", "pth", "ckpt"],
    recognised_by: "ustar at 257, and the name of one of torch's members at 0",
    loading: Loading::Code,
    facts: "every import of every pickle",
    quantization: "",
    limits: "those of pickles",
    recognises: signatures::pytorch_tar,
    read: Some(read),
};

/// Reads every pickle of every member.
#[must_use]
pub(super) fn read(reader: &mut Reader<'_>) -> Header {
    let mut taking = Taking::default();
    let tar = match Tar::open(reader, &mut taking.anomalies) {
        Ok(tar) => tar,
        Err(fault) => {
            taking.anomalies.report(|| fault);
            return taking.finish();
        }
    };
    for member in tar.members() {
        let Some(window) = tar.window(member) else {
            continue;
        };
        let mut findings = Findings::new(Loader::TorchTar);
        let mut input = Input::of(&window, 0, Some(0));
        let outcome = match &*member.name {
            b"storages" => read_storages(&mut input, &mut findings),
            b"tensors" => read_tensors(&mut input, &mut findings),
            _ => pickle::next(&mut input, &mut findings).map(drop),
        };
        match outcome {
            Ok(()) => pickle::check_end(&mut input, &mut findings),
            Err(fault) => findings.report(fault),
        }
        let mut header = Header::default();
        findings.finish(&mut header);
        let part = Part {
            name: &member.text(),
            offset: Some(window.start()),
        };
        taking.add(part, header);
    }
    taking.finish()
}

/// A number of storages; for each its key, location and class, its length, and its elements. Then
/// a list of views.
fn read_storages(input: &mut Input<'_>, findings: &mut Findings) -> pickle::Result<()> {
    let count = count(input, findings)?;
    for _ in 0..count {
        let size = pickle::next(input, findings)?.element_size(2);
        let elements = u64::from_le_bytes(input.array()?);
        let Some(size) = size else {
            report(findings, "the class of a storage");
            return input.skip(input.left());
        };
        input.skip(elements.saturating_mul(size))?;
    }
    pickle::next(input, findings).map(drop)
}

/// A number of tensors; for each its key, storage and class, its dimensions in four bytes and four
/// more, sizes and strides, and its offset.
fn read_tensors(input: &mut Input<'_>, findings: &mut Findings) -> pickle::Result<()> {
    let count = count(input, findings)?;
    for _ in 0..count {
        pickle::next(input, findings)?;
        let dimensions = u64::from(u32::from_le_bytes(input.array()?));
        let bytes = dimensions.saturating_mul(16).saturating_add(12);
        input.skip(bytes)?;
    }
    Ok(())
}

fn count(input: &mut Input<'_>, findings: &mut Findings) -> pickle::Result<u64> {
    let count = pickle::next(input, findings)?.number();
    let count = count.and_then(|count| u64::try_from(count).ok());
    if count.is_none() {
        report(findings, "a number of parts");
    }
    Ok(count.unwrap_or(0))
}

fn report(findings: &mut Findings, part: &'static str) {
    findings
        .anomalies
        .report(|| Fault::anywhere(PytorchProblem::LegacyPart(part)));
}

//! Archives that are named and not opened.

use super::budget::Budget;
use super::problem::MemberProblem;
use crate::anomalies::Fault;
use crate::format::{Format, Header, signatures};
use crate::reader::Reader;
use crate::record::{Anomaly, Loading};

/// How it is known.
pub(in crate::format) const SEVEN_ZIP: Format = Format {
    name: "7z",
    suffixes: &[],
    recognised_by: "7z\\xbc\\xaf\\x27\\x1c at 0",
    loading: Loading::Data,
    facts: "none: it is not opened",
    quantization: "",
    limits: "",
    recognises: signatures::seven_zip,
    read: Some(read_seven_zip),
};

/// How it is known.
pub(in crate::format) const RAR: Format = Format {
    name: "rar",
    suffixes: &[],
    recognised_by: "Rar!\\x1a\\x07 at 0",
    loading: Loading::Data,
    facts: "none: it is not opened",
    quantization: "",
    limits: "",
    recognises: signatures::rar,
    read: Some(read_rar),
};

fn read_seven_zip(_: &mut Reader<'_>) -> Header {
    unopened(SEVEN_ZIP.name)
}

fn read_rar(_: &mut Reader<'_>) -> Header {
    unopened(RAR.name)
}

/// What is inside may be anything.
pub(super) fn look(reader: &mut Reader<'_>, budget: &mut Budget) -> Header {
    budget.meet_model();
    // Of the two, only one starts with a digit.
    match reader.u8() {
        Ok(b'7') => unopened(SEVEN_ZIP.name),
        _ => unopened(RAR.name),
    }
}

fn unopened(format: &'static str) -> Header {
    let mut header = Header::default();
    let fault = Fault::at(0, MemberProblem::Opaque(format));
    header.facts.anomalies.push(Anomaly::from(fault));
    header
}

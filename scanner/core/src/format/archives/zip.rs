//! Generic zip archives: members by their content.

use std::io::Read as _;
use std::path::Path;

use super::budget::Budget;
use super::problem::MemberProblem;
use super::taking::{Part, Taking};
use crate::anomalies::{Anomalies, Fault};
use crate::archive::zip::{Member, Zip};
use crate::format::{Format, Header, SNIFFED_BYTES, has_model_suffix, may_be_known, signatures};
use crate::reader::{ReadProblem, Reader, Source as _, widen};
use crate::record::Loading;

/// Bytes of a stored model that are held against its checksum. Larger ones hold tensors.
const MAX_CHECKED: u64 = 16 * 1024 * 1024;

/// Bytes of any other stored member that are: those of all members take seconds at most.
const MAX_CHECKED_OTHER: u64 = 64 * 1024;

/// How it is known and what is read of it.
pub(in crate::format) const ZIP: Format = Format {
    name: "zip",
    suffixes: &[],
    recognised_by: "PK\\x03\\x04 or PK\\x05\\x06 at 0, with a model's suffix or a model among its members",
    loading: Loading::Data,
    facts: "those of its members, and every place where directory and local headers disagree",
    quantization: "that of its members",
    limits: "10,000 members; 32 MiB decompressed; 4 archives in archives; stored and deflated members",
    recognises: signatures::zip,
    read: Some(read),
};

/// Reads the directory and looks at every member.
fn read(reader: &mut Reader<'_>) -> Header {
    look(reader, &mut Budget::of_file(reader.size()))
}

pub(super) fn look(reader: &mut Reader<'_>, budget: &mut Budget) -> Header {
    let mut taking = Taking::default();
    match Zip::open(reader, &mut taking.anomalies) {
        Ok(zip) => take_members(&zip, &mut taking, budget),
        Err(fault) => taking.anomalies.report(|| fault),
    }
    taking.finish()
}

/// Looks at every member of an archive.
pub(in crate::format) fn take_members(zip: &Zip<'_>, taking: &mut Taking, budget: &mut Budget) {
    for member in zip.members().iter().filter(|member| !member.is_directory()) {
        if !take_member(zip, member, taking, budget) {
            return;
        }
    }
}

/// Looks at a member of an archive; `false` where no more are looked at.
pub(in crate::format) fn take_member(
    zip: &Zip<'_>,
    member: &Member,
    taking: &mut Taking,
    budget: &mut Budget,
) -> bool {
    if !budget.take_member() {
        if !budget.is_search() {
            let most = Budget::most_members();
            taking
                .anomalies
                .report(|| Fault::anywhere(MemberProblem::Members(most)));
        }
        return false;
    }
    if member.is_encrypted {
        // The archive's own reader said so; what it hides may be anything.
        budget.meet_model();
    } else if let Some(window) = zip.window(member) {
        let name = member.text();
        let part = Part {
            name: &name,
            offset: Some(window.start()),
        };
        if !budget.take_in_place(window.size()) {
            budget.meet_model();
            taking.report(part, MemberProblem::Shared);
            return true;
        }
        let is_known = taking.take(part, &window, budget);
        let most = if is_known {
            MAX_CHECKED
        } else {
            MAX_CHECKED_OTHER
        };
        if window.size() <= most && !budget.is_search() {
            check(zip, member, &mut taking.anomalies);
        }
    } else {
        take_compressed(zip, member, taking, budget);
    }
    true
}

/// Decompresses the start of a member, and all of it where that is a model's.
fn take_compressed(zip: &Zip<'_>, member: &Member, taking: &mut Taking, budget: &mut Budget) {
    let name = member.text();
    let mut content = match zip.stream(member) {
        Ok(content) => content,
        Err(fault) => {
            budget.meet_model();
            return taking.anomalies.report(|| fault);
        }
    };
    let mut start = Vec::new();
    let sniffed = content
        .by_ref()
        .take(widen(SNIFFED_BYTES))
        .read_to_end(&mut start);
    let path = Path::new(&*name);
    if !may_be_known(&start, member.size, path) && !has_model_suffix(path) {
        // What breaks off that early may be anything.
        if sniffed.is_err() || content.is_broken() {
            budget.meet_model();
        }
        if let Err(error) = sniffed {
            let part = Part {
                name: &name,
                offset: None,
            };
            taking.report(part, MemberProblem::Read(ReadProblem::Io(error)));
        }
        return content.report(&mut taking.anomalies);
    }
    match budget.unpack(zip, member, &mut taking.anomalies) {
        Ok(content) => {
            let part = Part {
                name: &name,
                offset: None,
            };
            taking.take(part, &content.as_slice(), budget);
        }
        Err(fault) => {
            budget.meet_model();
            taking.anomalies.report(|| fault);
        }
    }
}

/// Holds a stored member against its checksum.
fn check(zip: &Zip<'_>, member: &Member, anomalies: &mut Anomalies) {
    let limit = usize::try_from(MAX_CHECKED).unwrap_or(usize::MAX);
    if let Err(fault) = zip.member_source(member, limit, anomalies) {
        anomalies.report(|| fault);
    }
}

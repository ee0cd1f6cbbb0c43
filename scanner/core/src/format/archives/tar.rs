//! Tar archives: members by their content, where they stand.

use super::budget::Budget;
use super::nemo;
use super::problem::MemberProblem;
use super::taking::{Part, Taking};
use crate::anomalies::Fault;
use crate::archive::Window;
use crate::archive::tar::Tar;
use crate::format::{Format, Header, signatures};
use crate::reader::{ReadProblem, Reader, Source as _};
use crate::record::Loading;

/// How it is known and what is read of it.
pub(in crate::format) const TAR: Format = Format {
    name: "tar",
    suffixes: &["nemo"],
    recognised_by: "ustar at 257 or the checksum of a header at 148, with a model's suffix or a model among its members",
    loading: Loading::Data,
    facts: "those of its members, and what the configuration of NeMo imports; links, devices and names that leave the archive",
    quantization: "that of its members",
    limits: "10,000 members; 4 archives in archives; files with holes",
    recognises: signatures::tar,
    read: Some(read),
};

/// Reads every header and looks at every member.
fn read(reader: &mut Reader<'_>) -> Header {
    look(reader, &mut Budget::of_file(reader.size()))
}

pub(super) fn look(reader: &mut Reader<'_>, budget: &mut Budget) -> Header {
    let mut taking = Taking::default();
    match Tar::open(reader, &mut taking.anomalies) {
        Ok(tar) => take_members(&tar, &mut taking, budget),
        Err(fault) => taking.anomalies.report(|| fault),
    }
    taking.finish()
}

fn take_members(tar: &Tar<'_>, taking: &mut Taking, budget: &mut Budget) {
    for member in tar.members() {
        let Some(window) = tar.window(member) else {
            continue;
        };
        if !budget.take_member() {
            if !budget.is_search() {
                let most = Budget::most_members();
                taking
                    .anomalies
                    .report(|| Fault::anywhere(MemberProblem::Members(most)));
            }
            return;
        }
        let name = member.text();
        let part = Part {
            name: &name,
            offset: Some(member.data_offset),
        };
        taking.take(part, &window, budget);
        if name.rsplit('/').next() == Some(nemo::CONFIG) && !budget.is_search() {
            take_config(&window, part, taking);
        }
    }
}

/// Takes in what a configuration of `NeMo` imports.
fn take_config(window: &Window<'_>, part: Part<'_>, taking: &mut Taking) {
    let mut reader = Reader::new(window);
    match reader.bytes(window.size(), nemo::MAX_CONFIG) {
        Ok(Some(config)) => taking.add(part, nemo::imports(&config)),
        Ok(None) => taking.report(part, MemberProblem::LongConfig(nemo::MAX_CONFIG)),
        Err(error) => {
            let (_, problem): (u64, ReadProblem) = error.into_parts();
            taking.report(part, MemberProblem::Read(problem));
        }
    }
}

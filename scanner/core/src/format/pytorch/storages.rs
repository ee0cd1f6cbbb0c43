//! The members that hold the data of storages, against what the pickles say of them.

use super::{PytorchProblem, Reading};
use crate::anomalies::{Anomalies, Fault};
use crate::archive::zip::{Member, Zip};
use crate::format::archives::{Budget, MemberProblem, Part, Taking};
use crate::format::pickle;
use crate::reader::Source;

/// Where the storages of a pickle are: `data/` beside `data.pkl`, `constants/` beside
/// `constants.pkl`.
pub(super) fn directory(pickle: &[u8]) -> Vec<u8> {
    let stem = pickle.strip_suffix(b".pkl").unwrap_or(pickle);
    [stem, b"/"].concat()
}

/// Holds the size of a storage against that of its member (CVE-2026-24747).
pub(super) fn check(zip: &Zip<'_>, name: &[u8], key: &str, bytes: u64, anomalies: &mut Anomalies) {
    match zip.find(name) {
        None => {
            anomalies.report(|| Fault::anywhere(PytorchProblem::MissingStorage(key.to_owned())));
        }
        Some(member) if member.size != bytes => anomalies.report(|| {
            let found = member.size;
            let problem = PytorchProblem::StorageSize {
                expected: bytes,
                found,
            };
            Fault::new(member.data_offset, problem).within(&member.text())
        }),
        Some(_) => {}
    }
}

/// Looks for a pickle where the data of a storage are, and says where no pickle refers to them.
pub(super) fn look_at(
    zip: &Zip<'_>,
    member: &Member,
    reading: &mut Reading,
    taking: &mut Taking,
    budget: &mut Budget,
) {
    let name = member.text();
    if !reading.storages.contains(&*member.name) {
        let problem = PytorchProblem::UnusedStorage(member.size);
        taking
            .anomalies
            .report(|| Fault::new(member.data_offset, problem).within(&name));
    }
    let Some(window) = zip.window(member) else {
        return;
    };
    let part = Part {
        name: &name,
        offset: Some(window.start()),
    };
    if !budget.take_in_place(window.size()) {
        return taking.report(part, MemberProblem::Shared);
    }
    let source: &dyn Source = &window;
    if let Some(header) = pickle::hidden(source, budget.opcodes()) {
        taking.add(part, header);
    }
}

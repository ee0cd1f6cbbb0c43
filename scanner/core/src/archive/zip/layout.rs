//! The bytes of the file, each of which belongs to one member, the directory or the end record.

use super::directory::Entry;
use super::end::End;
use super::problem::ZipProblem;
use super::{Before, Result, signature_at};
use crate::anomalies::{Anomalies, Fault};
use crate::archive::Window;
use crate::reader::Source as _;

const LOCAL: [u8; 4] = *b"PK\x03\x04";

/// Reports bytes that belong to nothing and those that belong to two, and returns the offset of
/// the first member.
pub(super) fn check(
    file: &Window<'_>,
    end: &End,
    entries: &[Entry],
    before: Before,
    anomalies: &mut Anomalies,
) -> Result<u64> {
    let mut in_place: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.member.data_offset.is_some())
        .collect();
    in_place.sort_by_key(|entry| (entry.member.header_offset, entry.end));

    let start = in_place
        .first()
        .map_or(end.directory, |entry| entry.member.header_offset);
    if start > 0 && before == Before::Nothing {
        anomalies.report(|| Fault::at(0, ZipProblem::DataBefore(start)));
    }
    let mut position = start;
    for entry in &in_place {
        let member = &entry.member;
        if member.header_offset < position || entry.end > end.directory {
            anomalies.report(|| {
                Fault::at(member.header_offset, ZipProblem::Overlap).within(&member.text())
            });
        }
        report_gap(file, position, member.header_offset, anomalies)?;
        position = position.max(entry.end);
    }
    report_gap(file, position, end.directory, anomalies)?;
    let directory_end = end.directory.saturating_add(end.size);
    report_gap(file, directory_end, end.records, anomalies)?;
    let after = file.size().saturating_sub(end.behind);
    if after > 0 {
        anomalies.report(|| Fault::at(end.behind, ZipProblem::DataAfter(after)));
    }
    report_other_ends(end, &in_place, anomalies);
    Ok(start)
}

fn report_gap(file: &Window<'_>, from: u64, to: u64, anomalies: &mut Anomalies) -> Result<()> {
    let bytes = to.saturating_sub(from);
    if bytes == 0 {
        return Ok(());
    }
    let problem = if signature_at(file, from)? == Some(LOCAL) {
        ZipProblem::UnlistedMember(bytes)
    } else {
        ZipProblem::UnlistedBytes(bytes)
    };
    anomalies.report(|| Fault::at(from, problem));
    Ok(())
}

/// A signature inside a member's data is that of an archive in the archive; elsewhere, and behind
/// the one that counts, it leads some reader astray.
fn report_other_ends(end: &End, in_place: &[&Entry], anomalies: &mut Anomalies) {
    for other in &end.others {
        let after = in_place.partition_point(|entry| entry.member.header_offset <= *other);
        let holder = after.checked_sub(1).and_then(|index| in_place.get(index));
        let is_content = holder.is_some_and(|entry| {
            let member = &entry.member;
            let data = member.data_offset.unwrap_or(member.header_offset);
            let data_end = data.saturating_add(member.compressed_size);
            (data..data_end).contains(other)
        });
        if !is_content {
            anomalies.report(|| Fault::at(*other, ZipProblem::SeveralEndRecords));
        }
    }
}

//! Whether the tensors' data fill the rest of the file: no gap, no overlap, nothing left over.

use super::SafetensorsProblem;
use super::collector::Collector;
use crate::anomalies::{Anomalies, Fault};

/// Where a tensor's data lie, from the start of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Extent {
    /// Its first byte.
    pub(super) begin: u64,
    /// The byte behind its last.
    pub(super) end: u64,
    /// Where its description stands in the file, as far as known.
    pub(super) described_at: Option<u64>,
    /// The tensor, where its type is known.
    pub(super) tensor: usize,
}

/// Holds the tensors against each other and against the `data` bytes that the file has.
pub(super) fn check(
    collector: &mut Collector,
    data_start: u64,
    data: u64,
    anomalies: &mut Anomalies,
) {
    collector.extents.sort_unstable();
    let mut expected = 0;
    for extent in &collector.extents {
        let found = extent.begin;
        if found != expected {
            let problem = if found < expected {
                SafetensorsProblem::Overlap { found, expected }
            } else {
                SafetensorsProblem::Gap { found, expected }
            };
            anomalies.report(|| collector.fault_of(extent, problem));
        }
        expected = expected.max(extent.end);
    }
    let file_end = data_start.saturating_add(data);
    if expected > data {
        let missing = expected.saturating_sub(data);
        anomalies.report(|| Fault::at(file_end, SafetensorsProblem::MissingData { missing }));
    } else if expected < data {
        let bytes = data.saturating_sub(expected);
        let end = data_start.saturating_add(expected);
        anomalies.report(|| Fault::at(end, SafetensorsProblem::TrailingData { bytes }));
    }
}

//! Network destinations named in a file's metadata, up to a limit.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Anomalies, Fault, Problem, clip};
use crate::reader::widen;
use crate::record::{AnomalyRule, Destination, DestinationClass};

/// Destinations kept of one file. A model card names a dozen.
const MAX_DESTINATIONS: usize = 4096;

/// Bytes of all destinations kept of one file: 512 for each of the most that are kept.
const MAX_DESTINATION_BYTES: usize = 2 * 1024 * 1024;

/// The destinations of one file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Destinations {
    kept: Vec<Destination>,
    bytes: usize,
    is_full: bool,
}

impl Destinations {
    /// Adds every URL in the value of a key.
    ///
    /// `offset` is that of the value's first byte in the file, where the value stands there as it
    /// is read. Bytes that are not UTF-8 end a URL.
    pub(crate) fn scan(
        &mut self,
        key: &str,
        value: &[u8],
        offset: Option<u64>,
        anomalies: &mut Anomalies,
    ) {
        if self.is_full {
            return;
        }
        let mut before = 0;
        for chunk in value.utf8_chunks() {
            let is_all = chunk.valid().len() == value.len();
            for literal in lbom_egress::literals(chunk.valid()) {
                let skipped = widen(before).saturating_add(widen(literal.offset));
                self.add(
                    Destination {
                        class: if literal.whole && is_all {
                            DestinationClass::Metadata
                        } else {
                            DestinationClass::Literal
                        },
                        value: literal.text.to_owned(),
                        source: clip(key),
                        offset: offset.and_then(|offset| offset.checked_add(skipped)),
                    },
                    anomalies,
                );
                if self.is_full {
                    return;
                }
            }
            before = before
                .saturating_add(chunk.valid().len())
                .saturating_add(chunk.invalid().len());
        }
    }

    /// All that were kept, in the order they were met.
    pub(crate) fn into_vec(self) -> Vec<Destination> {
        self.kept
    }

    fn add(&mut self, destination: Destination, anomalies: &mut Anomalies) {
        let bytes = self.bytes.saturating_add(destination.value.len());
        if self.kept.len() < MAX_DESTINATIONS && bytes <= MAX_DESTINATION_BYTES {
            self.bytes = bytes;
            self.kept.push(destination);
        } else if !self.is_full {
            self.is_full = true;
            anomalies.report(|| Fault::anywhere(TooManyDestinations).within(&destination.source));
        }
    }
}

/// More destinations than are kept.
#[derive(Debug)]
struct TooManyDestinations;

impl Problem for TooManyDestinations {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::NotExamined
    }

    fn kind(&self) -> &'static str {
        "limit-destinations"
    }
}

impl fmt::Display for TooManyDestinations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "more URLs than are examined; the limits are {MAX_DESTINATIONS} URLs and \
             {MAX_DESTINATION_BYTES} bytes"
        )
    }
}

impl Error for TooManyDestinations {}

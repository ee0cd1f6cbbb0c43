//! What the bytes of a file are: the format they show, its header, and what else they are.

use std::path::Path;

use crate::format::{self, Format, Header, polyglot};
use crate::reader::{Reader, Source};
use crate::record::{Anomaly, AnomalyRule, Facts, Loading};

/// Reads the header of a file, of whatever format it is.
///
/// `start` is the first [`format::SNIFFED_BYTES`] of `source`, or all of it; of the path only the
/// name counts. Returns no format where none is recognised.
#[must_use]
pub fn read_header(
    path: &Path,
    start: &[u8],
    source: &dyn Source,
) -> (Option<&'static Format>, Header) {
    let format = format::recognise_file(start, source, path);
    let mut header = match format {
        Some(format) => format
            .read(&mut Reader::new(source))
            .unwrap_or_else(|| not_read(format)),
        None => unknown(path, source.size()),
    };
    polyglot::look(format, start, path, source, &mut header);
    (format, header)
}

/// The header of a format whose content is not read.
fn not_read(format: &Format) -> Header {
    let mut header = header_of(Anomaly {
        rule: AnomalyRule::NotExamined,
        kind: "format-not-read",
        message: format!(
            "{} is recognised, but its content is not read by this version",
            format.name
        ),
        offset: None,
        within: Vec::new(),
    });
    // Whatever stands in it, loading it runs code.
    let runs_code = format.loading == Loading::Code;
    header.facts.loading = runs_code.then_some(Loading::Code);
    header
}

/// The header of content that is no format we know.
fn unknown(path: &Path, size: u64) -> Header {
    if size > 0 || !format::has_model_suffix(path) {
        return Header::default();
    }
    header_of(Anomaly {
        rule: AnomalyRule::TruncatedFile,
        kind: "empty-file",
        message: "the file is empty".to_owned(),
        offset: Some(0),
        within: Vec::new(),
    })
}

fn header_of(anomaly: Anomaly) -> Header {
    Header {
        facts: Facts {
            anomalies: vec![anomaly],
            ..Facts::default()
        },
        ..Header::default()
    }
}

//! llamafile: a program for six systems that is at the same time a zip of weights.
//!
//! Source: <https://github.com/mozilla-ai/llamafile>. The weights are stored, so they are read
//! where they stand; running the file is what it is for.

use super::archives::{Budget, Taking, take_members};
use super::{Format, Header, signatures};
use crate::archive::zip::Zip;
use crate::reader::Reader;
use crate::record::Loading;

/// The format's name.
pub(super) const NAME: &str = "llamafile";

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    suffixes: &["llamafile"],
    recognised_by: "MZqFpD at 0",
    loading: Loading::Code,
    facts: "those of the weights in it",
    quantization: "that of the weights in it",
    limits: "as of a zip; the program itself",
    recognises: signatures::llamafile,
    read: Some(read),
};

/// Reads the zip at its end.
fn read(reader: &mut Reader<'_>) -> Header {
    let mut taking = Taking::default();
    match Zip::open_at_end(reader, &mut taking.anomalies) {
        Ok(zip) => {
            let mut budget = Budget::of_file(reader.size());
            take_members(&zip, &mut taking, &mut budget);
        }
        Err(fault) => taking.anomalies.report(|| fault),
    }
    let mut header = taking.finish();
    header.facts.loading = Some(Loading::Code);
    header
}

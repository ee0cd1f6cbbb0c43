//! `TorchServe`: a zip of a model, its handler and a manifest.
//!
//! Serving it runs the handler, a file of Python or one of `TorchServe`'s own. Source:
//! torch-model-archiver 0.12, `model_packaging_utils.py`, `manifest_components`.

use super::archives::{Budget, Taking, take_members};
use super::{Format, Header, signatures};
use crate::anomalies::{Anomalies, Fault, Problem};
use crate::archive::zip::Zip;
use crate::json::{self, Events, Scalar};
use crate::reader::Reader;
use crate::record::{AnomalyRule, Facts, Loading, Property};

/// The member that says what the others are.
const MANIFEST: &str = "MAR-INF/MANIFEST.json";

/// Bytes of a manifest; real ones take some hundred.
const MAX_MANIFEST: usize = 64 * 1024;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "torchserve",
    suffixes: &["mar"],
    recognised_by: "a zip with the suffix mar, or one whose first member is in MAR-INF",
    loading: Loading::Code,
    facts: "name, version and archiver in the manifest, files of code; those of its members",
    quantization: "that of its members",
    limits: "the code of handlers; those of archives",
    recognises: signatures::torchserve,
    read: Some(read),
};

/// Reads the manifest, and looks at every member.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    look(reader, &mut Budget::of_file(reader.size()))
}

/// Reads one within an archive.
pub(super) fn look(reader: &mut Reader<'_>, budget: &mut Budget) -> Header {
    let mut taking = Taking::default();
    let mut facts = Facts::default();
    match Zip::open(reader, &mut taking.anomalies) {
        Ok(zip) => {
            manifest(&zip, &mut facts, &mut taking.anomalies);
            for member in zip.members().iter().filter(|m| m.name.ends_with(b".py")) {
                facts.say_bytes(Property::CodeFile, &member.name);
            }
            take_members(&zip, &mut taking, budget);
        }
        Err(fault) => taking.anomalies.report(|| fault),
    }
    let mut header = taking.finish();
    header.facts.take_description(&mut facts);
    header.facts.loading = Some(Loading::Code);
    header
}

fn manifest(zip: &Zip<'_>, facts: &mut Facts, anomalies: &mut Anomalies) {
    let Some(member) = zip.find(MANIFEST.as_bytes()) else {
        anomalies.report(|| Fault::anywhere(TorchServeProblem::Missing));
        return;
    };
    match zip.bytes(member, MAX_MANIFEST, anomalies) {
        Ok(bytes) => {
            if let Err(error) = json::walk(&bytes, &mut Manifest(facts)) {
                let problem = TorchServeProblem::Json(error);
                anomalies.report(|| Fault::anywhere(problem).within(MANIFEST));
            }
        }
        Err(fault) => anomalies.report(|| fault.within(MANIFEST)),
    }
}

struct Manifest<'a>(&'a mut Facts);

impl Events for Manifest<'_> {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        let Scalar::Text(text) = scalar else { return };
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["model", "modelName"] => self.0.say(Property::Name, text),
            ["model", "modelVersion"] => self.0.say(Property::Version, text),
            ["model", "handler"] => self.0.say_metadata("handler", text.as_bytes()),
            ["archiverVersion"] => {
                self.0
                    .say_version(Property::Producer, "torch-model-archiver", text);
            }
            _ => {}
        }
    }

    fn duplicate(&mut self, _: &[String]) {}
}

/// Something wrong with the manifest.
#[derive(Debug)]
enum TorchServeProblem {
    /// There is none.
    Missing,
    /// It is no JSON.
    Json(serde_json::Error),
}

impl Problem for TorchServeProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::MalformedHeader
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing-manifest",
            Self::Json(_) => "invalid-json",
        }
    }
}

impl std::fmt::Display for TorchServeProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => write!(f, "there is no {MANIFEST}, which names the handler"),
            Self::Json(error) => write!(f, "not JSON: {error}"),
        }
    }
}

impl std::error::Error for TorchServeProblem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            Self::Missing => None,
        }
    }
}

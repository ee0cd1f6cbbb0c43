//! The `Manifest.json` of a Core ML package: which files belong to it.
//!
//! Source: coremltools 9.0, `ModelPackage.cpp`. A reader joins each path to the package's `Data`
//! directory, so that one which leads out is read from anywhere.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use crate::anomalies::{Anomalies, Fault, Problem, clip};
use crate::format::graph::check_location;
use crate::json::{self, Events, Scalar};
use crate::record::AnomalyRule;

/// The manifest's name.
pub(crate) const MANIFEST: &str = "Manifest.json";

/// Items of a package. Real ones have two.
const MAX_ITEMS: usize = 1024;

/// Holds the bytes of a manifest against what a package may be.
pub(crate) fn check(bytes: &[u8], anomalies: &mut Anomalies) {
    let mut manifest = Manifest {
        items: BTreeSet::new(),
        root: None,
        anomalies,
    };
    let outcome = json::walk(bytes, &mut manifest);
    let Manifest { items, root, .. } = manifest;
    let problem = match (outcome, root) {
        (Err(error), _) => Some(ManifestProblem::Json(error)),
        (Ok(()), None) => Some(ManifestProblem::MissingRoot),
        (Ok(()), Some(root)) if !items.contains(&root) => Some(ManifestProblem::UnknownRoot(root)),
        _ => None,
    };
    if let Some(problem) = problem {
        anomalies.report(|| Fault::anywhere(problem).within(MANIFEST));
    }
}

struct Manifest<'a> {
    items: BTreeSet<String>,
    root: Option<String>,
    anomalies: &'a mut Anomalies,
}

impl Events for Manifest<'_> {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match (path.as_slice(), scalar) {
            (["rootModelIdentifier"], Scalar::Text(root)) => self.root = Some(root.to_owned()),
            (["itemInfoEntries", item, "path"], Scalar::Text(place)) => {
                if self.items.len() < MAX_ITEMS {
                    self.items.insert((*item).to_owned());
                }
                if let Err(problem) = check_location(place) {
                    self.anomalies
                        .report(|| Fault::anywhere(problem).within(item).within(MANIFEST));
                }
            }
            _ => {}
        }
    }

    fn duplicate(&mut self, path: &[String]) {
        let fault = Fault::anywhere(ManifestProblem::DuplicateKey).within(&path.join("."));
        self.anomalies.report(|| fault.within(MANIFEST));
    }
}

/// Something wrong with a manifest.
#[derive(Debug)]
enum ManifestProblem {
    /// Not JSON.
    Json(serde_json::Error),
    /// A key that stands twice.
    DuplicateKey,
    /// No item is named as the model.
    MissingRoot,
    /// The item that is named as the model is not there.
    UnknownRoot(String),
}

impl Problem for ManifestProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::MalformedHeader
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Json(_) => "broken-json",
            Self::DuplicateKey => "duplicate-key",
            Self::MissingRoot => "missing-root-model",
            Self::UnknownRoot(_) => "unknown-root-model",
        }
    }
}

impl fmt::Display for ManifestProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => f.write_str(&clip(&error.to_string())),
            Self::DuplicateKey => {
                f.write_str("the key stands twice; readers differ in which counts")
            }
            Self::MissingRoot => f.write_str("no rootModelIdentifier, which is required"),
            Self::UnknownRoot(root) => write!(
                f,
                "rootModelIdentifier is \"{}\", which is none of the items",
                clip(root)
            ),
        }
    }
}

impl Error for ManifestProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(json: &str) -> Vec<&'static str> {
        let mut anomalies = Anomalies::default();
        check(json.as_bytes(), &mut anomalies);
        anomalies.into_vec().iter().map(|a| a.kind).collect()
    }

    #[test]
    fn a_manifest_names_its_model_and_files_inside_the_package() {
        let manifest = |path: &str, root: &str| {
            format!(
                r#"{{"fileFormatVersion": "1.0.0", "itemInfoEntries": {{"A": {{"path": "{path}"}}}},
                    "rootModelIdentifier": "{root}"}}"#
            )
        };

        assert!(kinds(&manifest("com.apple.CoreML/model.mlmodel", "A")).is_empty());
        assert_eq!(
            kinds(&manifest("../../etc/passwd", "A")),
            ["parent-in-location"]
        );
        assert_eq!(kinds(&manifest("/etc/passwd", "A")), ["absolute-location"]);
        assert_eq!(kinds(&manifest("m", "B")), ["unknown-root-model"]);
        assert_eq!(kinds("{}"), ["missing-root-model"]);
        assert_eq!(kinds("{"), ["broken-json"]);
        assert_eq!(
            kinds(r#"{"a": 1, "a": 2}"#),
            ["duplicate-key", "missing-root-model"]
        );
    }
}

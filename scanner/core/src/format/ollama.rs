//! Ollama manifests: which blobs a model is made of, by digest.
//!
//! An OCI manifest whose layers have media types of Ollama's own; the blobs lie in a directory
//! beside, under their digests. A digest becomes a path there, so one that is none is a way out of
//! it (CVE-2024-37032). Source: ollama 0.12, `server/manifest.go` and `server/modelpath.go`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use super::{Format, Header, signatures};
use crate::anomalies::{Anomalies, Fault, Problem, clip};
use crate::json::{Events, Scalar, walk};
use crate::reader::{ReadProblem, Reader};
use crate::record::{AnomalyRule, Loading, Sha256};

/// What every media type of a layer starts with.
pub(super) const MEDIA_TYPE: &[u8] = b"application/vnd.ollama.image.";

/// Bytes of a manifest: what registries must take at least, OCI distribution specification,
/// "Pushing Manifests".
const MAX_MANIFEST: usize = 4 * 1024 * 1024;

/// Layers. Models have up to ten, and one for each adapter.
const MAX_LAYERS: usize = 1000;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "ollama-manifest",
    suffixes: &[],
    recognised_by: "a JSON object with a media type of application/vnd.ollama.image",
    loading: Loading::Data,
    facts: "digests and sizes of its layers, held against the blobs beside it",
    quantization: "",
    limits: "4 MiB; 1000 layers",
    recognises: signatures::ollama,
    read: Some(read),
};

/// A blob that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// What it is: `model`, `template`, `license` ..., or its media type.
    pub role: String,
    /// SHA-256 of its bytes, as stated.
    pub digest: Sha256,
    /// Its bytes, where they are stated.
    pub size: Option<u64>,
}

/// Reads a manifest.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    super::header_of(reader, read_into)
}

fn read_into(
    header: &mut Header,
    reader: &mut Reader<'_>,
    anomalies: &mut Anomalies,
) -> Result<(), Fault<ManifestProblem>> {
    let size = reader.size();
    let bytes = reader
        .bytes(size, MAX_MANIFEST)?
        .ok_or_else(|| Fault::anywhere(ManifestProblem::TooLong(size)))?;
    let mut manifest = Manifest::default();
    walk(&bytes, &mut manifest).map_err(|error| Fault::anywhere(ManifestProblem::Json(error)))?;
    header.version = manifest.version.map(|version| version.to_string());
    for key in manifest.duplicates {
        anomalies.report(|| Fault::anywhere(ManifestProblem::DuplicateKey).within(&key));
    }
    if manifest.has_more {
        anomalies.report(|| Fault::anywhere(ManifestProblem::Layers));
    }
    for (index, layer) in manifest.layers {
        let place = index.map_or("config".to_owned(), |index| format!("layers {index}"));
        match layer.blob() {
            Ok(blob) => header.blobs.push(blob),
            Err(problem) => anomalies.report(|| Fault::anywhere(problem).within(&place)),
        }
    }
    Ok(())
}

/// What the walk met.
#[derive(Default)]
struct Manifest {
    version: Option<u64>,
    /// Layers by where they stand: by their index, or, before all, the configuration.
    layers: BTreeMap<Option<u64>, Layer>,
    has_more: bool,
    duplicates: Vec<String>,
}

#[derive(Default)]
struct Layer {
    media_type: Option<String>,
    digest: Option<String>,
    size: Option<u64>,
}

impl Layer {
    fn blob(self) -> Result<Blob, ManifestProblem> {
        let stated = self.digest.ok_or(ManifestProblem::NoDigest)?;
        let digest = digest(&stated).ok_or(ManifestProblem::Digest(stated))?;
        let media_type = self.media_type.unwrap_or_default();
        let prefix = String::from_utf8_lossy(MEDIA_TYPE);
        let role = media_type.strip_prefix(&*prefix).unwrap_or(&media_type);
        Ok(Blob {
            role: clip(role),
            digest,
            size: self.size,
        })
    }
}

impl Events for Manifest {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        let (place, key) = match path {
            [key] if key == "schemaVersion" => {
                if let Scalar::Unsigned(version) = scalar {
                    self.version = Some(version);
                }
                return;
            }
            [config, key] if config == "config" => (None, key),
            [layers, index, key] if layers == "layers" => (index.parse().ok(), key),
            _ => return,
        };
        if self.layers.len() >= MAX_LAYERS && !self.layers.contains_key(&place) {
            self.has_more = true;
            return;
        }
        let layer = self.layers.entry(place).or_default();
        match (key.as_str(), scalar) {
            ("mediaType", Scalar::Text(text)) => layer.media_type = Some(text.to_owned()),
            // A digest that is no text is none.
            ("digest", Scalar::Text(text)) => layer.digest = Some(text.to_owned()),
            ("size", Scalar::Unsigned(size)) => layer.size = Some(size),
            _ => {}
        }
    }

    fn duplicate(&mut self, path: &[String]) {
        if self.duplicates.len() < MAX_LAYERS {
            self.duplicates.push(path.join("."));
        }
    }
}

/// The digest of `sha256:` and 64 lower-case hexadecimal digits; nothing else is one.
fn digest(text: &str) -> Option<Sha256> {
    Sha256::of_hex(text.strip_prefix("sha256:")?)
}

/// Something wrong with a manifest.
#[derive(Debug)]
enum ManifestProblem {
    Read(ReadProblem),
    TooLong(u64),
    Json(serde_json::Error),
    DuplicateKey,
    Layers,
    NoDigest,
    Digest(String),
}

impl From<ReadProblem> for ManifestProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for ManifestProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::TooLong(_) | Self::Layers => AnomalyRule::NotExamined,
            Self::Json(_) | Self::DuplicateKey | Self::NoDigest => AnomalyRule::MalformedHeader,
            Self::Digest(_) => AnomalyRule::ExternalDataEscape,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::TooLong(_) => "limit-manifest-size",
            Self::Json(_) => "not-json",
            Self::DuplicateKey => "duplicate-key",
            Self::Layers => "limit-layers",
            Self::NoDigest => "missing-layer-digest",
            Self::Digest(_) => "wrong-layer-digest",
        }
    }
}

impl fmt::Display for ManifestProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::TooLong(size) => write!(
                f,
                "the manifest has {size} bytes; up to {MAX_MANIFEST} are read"
            ),
            Self::Json(error) => write!(f, "not JSON: {}", clip(&error.to_string())),
            Self::DuplicateKey => f.write_str("the key stands twice; once is allowed"),
            Self::Layers => write!(f, "layers are read up to {MAX_LAYERS}"),
            Self::NoDigest => f.write_str("the layer has no digest"),
            Self::Digest(digest) => write!(
                f,
                "the digest is \"{}\"; allowed is sha256: and 64 lower-case hexadecimal digits, as \
                 it becomes part of a path (CVE-2024-37032)",
                clip(&digest.escape_debug().to_string())
            ),
        }
    }
}

impl Error for ManifestProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => Some(problem),
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

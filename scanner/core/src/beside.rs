//! The files beside a model file that say what it is: which there are, and what is in them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::anomalies::{Fault, clip};
use crate::companion::{
    COMPANIONS, CompanionProblem, Kind, MAX_COMPANION, Scope, TEMPLATE, TEMPLATES, Told,
};
use crate::content::{self, Content};
use crate::digest::sha256;
use crate::format::{self, Format, Header, lfs_pointer};
use crate::opening::{Regular, Unopened, is_link, resolve};
use crate::quantization::Tensor;
use crate::reader::{Reader, Source as _};
use crate::record::{self, Anomaly, Companion};

/// Further chat templates read of one model. Models have two or three.
const MAX_TEMPLATES: usize = 64;

/// Formats whose files hold what libraries of Hugging Face load, and whose companions say how the
/// tensors in them are quantized.
const OF_HUGGING_FACE: &[&str] = &["safetensors", "pytorch", "pytorch-legacy", "pickle"];

/// The one of them that nothing else uses.
const SAFETENSORS: &str = "safetensors";

/// Files that stand for another.
const POINTER: &str = "git-lfs-pointer";

/// Formats whose files hold others.
const OF_OTHERS: &[&str] = &[
    "zip", "gzip", "bzip2", "xz", "zstd", "lz4", "rar", "7z", "tar",
];

/// Names of files that hold what is added to a model, not the model that `config.json` describes.
const ADAPTERS: &str = "adapter_model";

/// Bytes of one companion that are read for all files beside it together: a second or two. Models
/// of one directory are few, or their companions small.
const MAX_READ_FOR_ALL: u64 = 256 * 1024 * 1024;

/// Bytes from which reading a companion costs more than opening the file it is read for.
const LARGE: u64 = 64 * 1024;

/// Reads companions of files; links lead no further than the root.
#[derive(Debug)]
pub(crate) struct Beside<'a> {
    /// Where links of companions may lead, links resolved.
    pub(crate) root: &'a Path,
    /// How many files of each directory are looked at.
    pub(crate) files: &'a HashMap<PathBuf, u64>,
}

impl Beside<'_> {
    /// Reads what is beside a file into its header, and returns what was read.
    pub(crate) fn read(&self, path: &Path, format: &Format, header: &mut Header) -> Vec<Companion> {
        let Some(scope) = scope(format, path) else {
            return Vec::new();
        };
        let directory = path.parent().unwrap_or(path);
        let mut companions = Vec::new();
        let mut code = Vec::new();
        for kind in COMPANIONS {
            let path = directory.join(kind.name);
            code.extend(self.add(kind, kind.name, &path, scope, header, &mut companions));
        }
        for (name, path) in templates(&directory.join(TEMPLATES), header) {
            self.add(TEMPLATE, &name, &path, scope, header, &mut companions);
        }
        code.sort_unstable();
        code.dedup();
        for name in code {
            let read = self.bytes(&path.with_file_name(&name), MAX_COMPANION);
            companions.extend(keep(&name, read, header).map(|(companion, _)| companion));
        }
        companions
    }

    /// Reads one companion, if it is there and about a model; names the files of code it names.
    fn add(
        &self,
        kind: &Kind,
        name: &str,
        path: &Path,
        scope: Scope,
        header: &mut Header,
        companions: &mut Vec<Companion>,
    ) -> Vec<String> {
        let read = self.bytes(path, kind.limit);
        // What cannot be read may be about anything.
        if read
            .as_ref()
            .is_err_and(|problem| !scope.must_say(kind, problem))
        {
            return Vec::new();
        }
        let Some((companion, bytes)) = keep(name, read, header) else {
            return Vec::new();
        };
        let told = Told::read(kind, name, &bytes);
        if !scope.must_concern(kind) && !told.is_about_a_model() {
            return Vec::new();
        }
        let code = told.code_files().map(str::to_owned).collect();
        told.complete(header, scope);
        companions.push(companion);
        code
    }

    /// The bytes of a companion and what they come to; `None` where there is none.
    ///
    /// # Errors
    /// Why it could not be read.
    pub(crate) fn bytes(
        &self,
        path: &Path,
        limit: usize,
    ) -> Result<Option<(Companion, Vec<u8>)>, CompanionProblem> {
        let content = match self.open(path) {
            Ok(file) => Content::of(file, path),
            Err(Unopened::Missing) => return Ok(None),
            Err(error) => {
                return Err(CompanionProblem::Unopened {
                    kind: error.kind(),
                    message: error.to_string(),
                });
            }
        };
        let oid = content.oid();
        let Content { file, anomaly, .. } = content;
        if let Some(anomaly) = anomaly {
            return Err(CompanionProblem::Object(anomaly));
        }
        let files = path
            .parent()
            .and_then(|directory| self.files.get(directory));
        let files = files.copied().unwrap_or(1);
        let is_large = file.size() > LARGE;
        if is_large && file.size().saturating_mul(files) > MAX_READ_FOR_ALL {
            return Err(CompanionProblem::TooOften {
                size: file.size(),
                files,
                limit: MAX_READ_FOR_ALL,
            });
        }
        let unreadable = |message: String| CompanionProblem::Unopened {
            kind: "unreadable",
            message: clip(&message),
        };
        let bytes = Reader::new(&file)
            .bytes(file.size(), limit)
            .map_err(|error| unreadable(error.to_string()))?
            .ok_or(CompanionProblem::TooLong {
                size: file.size(),
                limit,
            })?;
        if !file.is_unchanged() {
            return Err(CompanionProblem::Changed);
        }
        if lfs_pointer::is_start(&bytes) {
            return Err(CompanionProblem::Pointer);
        }
        let sha256 = sha256(&bytes).ok_or_else(|| unreadable("no digest".to_owned()))?;
        if let Some(anomaly) = oid.and_then(|oid| content::differs(oid, sha256.0)) {
            return Err(CompanionProblem::Object(anomaly));
        }
        let companion = Companion {
            path: path.to_owned(),
            size: file.size(),
            sha256,
        };
        Ok(Some((companion, bytes)))
    }

    /// A companion may be a link, inside the root or inside its own directory.
    ///
    /// # Errors
    /// Why there is no regular file to read.
    pub(crate) fn open(&self, path: &Path) -> Result<Regular, Unopened> {
        // Most companions are not there: opening tells that at once.
        match Regular::open_unlinked(path) {
            Err(Unopened::Missing) => return Err(Unopened::Missing),
            Err(_) if is_link(path) => {}
            opened => return opened,
        }
        let resolved = resolve(path)?;
        let directory = path.parent().and_then(|parent| resolve(parent).ok());
        let is_inside = resolved.starts_with(self.root)
            || directory.is_some_and(|directory| resolved.starts_with(directory));
        if is_inside {
            Regular::open_unlinked(&resolved)
        } else {
            Err(Unopened::Escape)
        }
    }
}

/// What was read of a companion; why it could not be is an anomaly of the model.
fn keep(
    name: &str,
    read: Result<Option<(Companion, Vec<u8>)>, CompanionProblem>,
    header: &mut Header,
) -> Option<(Companion, Vec<u8>)> {
    read.unwrap_or_else(|problem| {
        let anomaly = Anomaly::from(Fault::anywhere(problem).within(name));
        header.facts.anomalies.push(anomaly);
        None
    })
}

/// What the companions of a file are believed about it; `None` for a file that has none.
fn scope(format: &Format, path: &Path) -> Option<Scope> {
    let has_companions = if format.name == POINTER {
        is_bin(path) || format::has_model_suffix(path)
    } else {
        !OF_OTHERS.contains(&format.name)
    };
    has_companions.then(|| Scope {
        has_claims: has_methods(format, path),
        is_certain: is(SAFETENSORS, format, path),
    })
}

/// Whether a file holds the weights that methods of Hugging Face quantize, rather than what was
/// added to them.
pub(crate) fn has_methods(format: &Format, path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let is_one = format.name == POINTER && is_bin(path)
        || OF_HUGGING_FACE.iter().any(|name| is(name, format, path));
    is_one && !stem.starts_with(ADAPTERS)
}

/// What a file of weights is, where its name or its tensors say that it is no whole model. Other
/// formats say it themselves.
pub(crate) fn kind(path: &Path, format: &Format, tensors: &[Tensor]) -> Option<record::Kind> {
    if !OF_HUGGING_FACE.contains(&format.name) {
        return None;
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if stem.starts_with(ADAPTERS) {
        return Some(record::Kind::Adapter);
    }
    format::adapters::kind(tensors)
}

/// Whether a file is of a format, or stands for one that is.
fn is(name: &str, format: &Format, path: &Path) -> bool {
    let stands_for = || format::name_agrees(path, name) == Some(true);
    format.name == name || format.name == POINTER && stands_for()
}

/// Whether a file has a suffix of models that others use too, so that it is no format's.
fn is_bin(path: &Path) -> bool {
    path.extension().is_some_and(|suffix| suffix == "bin")
}

/// Further chat templates by name, in order.
fn templates(directory: &Path, header: &mut Header) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut found: Vec<(String, PathBuf)> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "jinja"))
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            (format!("{TEMPLATES}/{name}"), path)
        })
        .take(MAX_TEMPLATES.saturating_add(1))
        .collect();
    if found.len() > MAX_TEMPLATES {
        let problem = CompanionProblem::TooMany(MAX_TEMPLATES);
        let anomaly = Anomaly::from(Fault::anywhere(problem).within(TEMPLATES));
        header.facts.anomalies.push(anomaly);
    }
    found.sort_unstable();
    found.truncate(MAX_TEMPLATES);
    found
}

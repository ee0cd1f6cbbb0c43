//! The files beside a model file that say what it is: which there are, and what is in them.
//!
//! What stands beside the models of one directory is the same for all of them: it is gathered once,
//! and each model takes in what is about it. What is loaded may lie above the weights: of the
//! directories there only the code counts that loading is told to run.

mod memory;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::anomalies::{Fault, clip, few_of_each_rule};
use crate::companion::{
    COMPANIONS, CompanionProblem, Kind, MAX_COMPANION, MAX_REACH, Scope, TEMPLATE, TEMPLATES, Told,
};
use crate::content::{self, Content};
use crate::digest::sha256;
use crate::format::{self, Format, Header, lfs_pointer};
use crate::git::Stores;
use crate::opening::{Regular, Unopened, is_link, resolve};
use crate::quantization::Tensor;
use crate::reader::{Reader, Source as _};
use crate::record::{self, Anomaly, Companion};
pub(crate) use memory::Memory;

/// Further chat templates read of one model. Models have two or three.
const MAX_TEMPLATES: usize = 64;

/// Formats whose files hold what libraries of Hugging Face load, and whose companions say how the
/// tensors in them are quantized.
const OF_HUGGING_FACE: &[&str] = &["safetensors", "pytorch", "pytorch-legacy", "pickle"];

/// The one of them that nothing else uses.
const SAFETENSORS: &str = "safetensors";

/// Files that stand for another.
const POINTER: &str = "git-lfs-pointer";

/// Names of files that hold what is added to a model, not the model that `config.json` describes.
const ADAPTERS: &str = "adapter_model";

/// Bytes of one companion that are taken in for all files beside it together: a second or two.
/// Models of one directory are few, or their companions small.
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
    /// What was gathered for other files.
    pub(crate) memory: &'a Memory,
    /// Where the content behind pointers is.
    pub(crate) stores: &'a Stores,
}

/// What stands beside the models of one directory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gathered {
    /// Whether the directory is the root or below it.
    is_inside: bool,
    /// The companions that are there, in the order in which they are believed.
    found: Vec<Found>,
    /// That there are more chat templates than are read.
    more_templates: Option<Anomaly>,
    /// The files of code that companions name, or why one could not be read.
    code: Vec<Result<Companion, Anomaly>>,
}

/// A companion that is there.
#[derive(Debug, Clone)]
struct Found {
    kind: &'static Kind,
    read: Result<(Companion, Box<Told>), Unread>,
}

/// Why a companion could not be read.
#[derive(Debug, Clone)]
struct Unread {
    is_hidden: bool,
    anomaly: Anomaly,
}

impl Beside<'_> {
    /// Reads what is beside a file into its header, and returns what was read.
    pub(crate) fn read(&self, path: &Path, format: &Format, header: &mut Header) -> Vec<Companion> {
        let Some(scope) = scope(format, path) else {
            return Vec::new();
        };
        let directory = path.parent().unwrap_or(path);
        let gathered = self.memory.recall(directory, self.files_of(directory), || {
            self.gather(directory)
        });
        let is_inside = gathered.is_inside;
        let own = std::mem::take(&mut header.facts.anomalies);
        // Nothing is copied where nobody else will ask.
        let mut companions = Arc::unwrap_or_clone(gathered).complete(header, scope);
        for (steps, above) in (1..=MAX_REACH).zip(above(directory)) {
            // The root is the end of what is looked at from inside.
            let gathered = self.memory.recall_above(&above, steps, is_inside, || {
                if is_inside && !self.is_inside(&above) {
                    return Gathered::default();
                }
                self.gather_above(&above, steps)
            });
            if !gathered.found.is_empty() {
                companions.extend(Arc::unwrap_or_clone(gathered).warn(header));
            }
        }
        let of_companions = std::mem::replace(&mut header.facts.anomalies, own);
        let few = few_of_each_rule(of_companions);
        header.facts.anomalies.extend(few);
        companions
    }

    /// Whether a directory is the root or below it.
    fn is_inside(&self, directory: &Path) -> bool {
        let shown = if directory.as_os_str().is_empty() {
            Path::new(".")
        } else {
            directory
        };
        resolve(shown).is_ok_and(|resolved| resolved.starts_with(self.root))
    }

    /// What stands in a directory so many steps above weights and reaches them.
    fn gather_above(&self, directory: &Path, steps: usize) -> Gathered {
        let prefix = "../".repeat(steps);
        let kinds = COMPANIONS.iter().filter(|kind| kind.reach >= steps);
        let found = kinds.filter_map(|kind| {
            let name = format!("{prefix}{}", kind.name);
            self.find(kind, &name, &directory.join(kind.name))
        });
        let is_warning = |found: &Found| match &found.read {
            Ok((_, told)) => told.names_code() || told.is_cut(),
            Err(unread) => unread.is_hidden,
        };
        let found: Vec<Found> = found.filter(is_warning).collect();
        let code = self.code(directory, &found);
        Gathered {
            found,
            code,
            ..Gathered::default()
        }
    }

    fn gather(&self, directory: &Path) -> Gathered {
        let (templates, more_templates) = templates(&directory.join(TEMPLATES));
        let known = COMPANIONS
            .iter()
            .map(|kind| (kind, kind.name.to_owned(), directory.join(kind.name)));
        let templates = templates
            .into_iter()
            .map(|(name, path)| (TEMPLATE, name, path));
        let found: Vec<Found> = known
            .chain(templates)
            .filter_map(|(kind, name, path)| self.find(kind, &name, &path))
            .collect();
        let code = self.code(directory, &found);
        Gathered {
            is_inside: self.is_inside(directory),
            found,
            more_templates,
            code,
        }
    }

    /// Reads the files of code that companions in a directory name.
    fn code(&self, directory: &Path, found: &[Found]) -> Vec<Result<Companion, Anomaly>> {
        let told = found.iter().filter_map(|found| found.read.as_ref().ok());
        let names: BTreeSet<&str> = told.flat_map(|(_, told)| told.code_files()).collect();
        names
            .into_iter()
            .filter_map(
                |name| match self.bytes(&directory.join(name), MAX_COMPANION) {
                    Ok(read) => read.map(|(companion, _)| Ok(companion)),
                    Err(problem) => Some(Err(Fault::anywhere(problem).within(name).into())),
                },
            )
            .collect()
    }

    /// Reads one companion, if it is there.
    fn find(&self, kind: &'static Kind, name: &str, path: &Path) -> Option<Found> {
        let read = match self.bytes(path, kind.limit) {
            Ok(None) => return None,
            Ok(Some((companion, bytes))) => {
                Ok((companion, Box::new(Told::read(kind, name, &bytes))))
            }
            Err(problem) => Err(Unread {
                is_hidden: problem.is_hidden(),
                anomaly: Fault::anywhere(problem).within(name).into(),
            }),
        };
        Some(Found { kind, read })
    }

    /// How many files of a directory are looked at.
    fn files_of(&self, directory: &Path) -> u64 {
        self.files.get(directory).copied().unwrap_or(1)
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
            Ok(file) => Content::of(file, path, self.stores),
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
            .map_or(1, |directory| self.files_of(directory));
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

impl Gathered {
    /// Adds to a header what is about its model, and returns what was read.
    fn complete(self, header: &mut Header, scope: Scope) -> Vec<Companion> {
        let mut companions = Vec::new();
        let mut templates = self.more_templates;
        for Found { kind, read } in self.found {
            if kind.name == TEMPLATE.name {
                header.facts.anomalies.extend(templates.take());
            }
            match read {
                Ok((companion, told))
                    if scope.must_concern(kind) || told.is_about_a_model() || told.is_cut() =>
                {
                    told.complete(header, scope);
                    companions.push(companion);
                }
                // What cannot be read may be about anything.
                Err(unread) if scope.must_say(kind, unread.is_hidden) => {
                    header.facts.anomalies.push(unread.anomaly);
                }
                _ => {}
            }
        }
        header.facts.anomalies.extend(templates);
        keep(self.code, header, &mut companions);
        companions
    }

    /// Adds to a header that loading runs code, and returns what was read.
    fn warn(self, header: &mut Header) -> Vec<Companion> {
        let mut companions = Vec::new();
        for found in self.found {
            match found.read {
                Ok((companion, told)) => {
                    told.warn(header);
                    companions.push(companion);
                }
                Err(unread) => header.facts.anomalies.push(unread.anomaly),
            }
        }
        keep(self.code, header, &mut companions);
        companions
    }

    /// Bytes of the files whose content is kept.
    fn bytes(&self) -> u64 {
        let read = self
            .found
            .iter()
            .filter_map(|found| found.read.as_ref().ok());
        read.map(|(companion, _)| companion.size)
            .fold(0, u64::saturating_add)
    }
}

/// Keeps the files that were read, and why others could not be.
fn keep(
    files: Vec<Result<Companion, Anomaly>>,
    header: &mut Header,
    companions: &mut Vec<Companion>,
) {
    for file in files {
        match file {
            Ok(companion) => companions.push(companion),
            Err(anomaly) => header.facts.anomalies.push(anomaly),
        }
    }
}

/// The directories above one, the nearest first.
fn above(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let parent = |directory: &PathBuf| match directory.components().next_back() {
        Some(Component::Normal(_)) => directory.parent().map(Path::to_owned),
        Some(Component::RootDir | Component::Prefix(_)) => None,
        Some(Component::CurDir | Component::ParentDir) | None => Some(directory.join("..")),
    };
    std::iter::successors(parent(&directory.to_owned()), parent)
}

/// What the companions of a file are believed about it; `None` for a file that has none.
fn scope(format: &Format, path: &Path) -> Option<Scope> {
    let has_companions = if format.name == POINTER {
        is_bin(path) || format::has_model_suffix(path)
    } else {
        !format.holds_others()
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

/// Further chat templates by name, in order, and that there are more than are read.
fn templates(directory: &Path) -> (Vec<(String, PathBuf)>, Option<Anomaly>) {
    let Ok(entries) = fs::read_dir(directory) else {
        return (Vec::new(), None);
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
    let more = (found.len() > MAX_TEMPLATES).then(|| {
        let problem = CompanionProblem::TooMany(MAX_TEMPLATES);
        Fault::anywhere(problem).within(TEMPLATES).into()
    });
    found.sort_unstable();
    found.truncate(MAX_TEMPLATES);
    (found, more)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::format::FORMATS;

    /// What is kept of the directory above weights that were looked at, where it names code.
    fn found_above(name: &str, root: &str) -> io::Result<usize> {
        let name = format!("lbom-beside-{name}-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        let weights = directory.join("m").join("model.safetensors");
        fs::create_dir_all(directory.join("m"))?;
        fs::write(
            directory.join("modules.json"),
            r#"[{"type": "evil.Module"}]"#,
        )?;
        let memory = Memory::default();
        let root = fs::canonicalize(directory.join(root))?;
        let beside = Beside {
            root: &root,
            files: &HashMap::new(),
            memory: &memory,
            stores: &Stores::default(),
        };
        let mut formats = FORMATS.iter().filter(|format| format.name == SAFETENSORS);
        if let Some(format) = formats.next() {
            beside.read(&weights, format, &mut Header::default());
        }
        let kept = memory.recall_above(&directory, 1, true, Gathered::default);
        fs::remove_dir_all(&directory)?;
        Ok(kept.found.len())
    }

    #[test]
    #[cfg_attr(miri, ignore = "opens files with flags that Miri does not know")]
    fn nothing_above_the_root_is_opened() -> io::Result<()> {
        assert_eq!(found_above("at-root", "m")?, 0);
        assert_eq!(found_above("below-root", ".")?, 1);
        Ok(())
    }
}

//! What the names of a file and of its directory claim about quantization.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path};

use crate::beside;
use crate::format::Format;
use crate::quantization::{Claimed, claim_in_file_name, method_in_name};

/// The directory that a Hugging Face cache keeps revisions in, below that of the model.
const SNAPSHOTS: &str = "snapshots";

/// What comes between the parts of that model's name.
const BETWEEN: &str = "--";

/// Labels of types that no quantizer made. Models are made of them: a directory of that name may
/// well hold what was made.
const PLAIN: [&str; 4] = ["F64", "F32", "F16", "BF16"];

/// The claim in the name of a file, else in that of the directory that holds it.
///
/// `root` has its links resolved. Its own name claims nothing: it is whatever the repository was
/// cloned into.
pub(crate) fn claim(path: &Path, root: &Path, format: &Format) -> Option<Claimed> {
    let stem = path
        .file_stem()
        .map(OsStr::to_string_lossy)
        .unwrap_or_default();
    let name = path
        .file_name()
        .map(OsStr::to_string_lossy)
        .unwrap_or_default();
    of_method(&stem, "file name", path, format)
        .or_else(|| of_label(&name, "file name"))
        .or_else(|| {
            let directory = directory(path, root)?;
            of_method(&directory, "directory name", path, format).or_else(|| {
                let claim = of_label(&directory, "directory name")?;
                let is_plain = matches!(&claim, Claimed::Name { label, .. } if PLAIN.contains(&label.as_str()));
                (!is_plain).then_some(claim)
            })
        })
}

fn of_method(name: &str, source: &'static str, path: &Path, format: &Format) -> Option<Claimed> {
    let claim = method_in_name(name, source).filter(|_| beside::has_methods(format, path))?;
    Some(Claimed::Method(Box::new(claim)))
}

fn of_label(name: &str, source: &'static str) -> Option<Claimed> {
    claim_in_file_name(name).map(|label| Claimed::Name { label, source })
}

/// The name of the directory of a file, below the root; of a cached one, that of the model.
fn directory(path: &Path, root: &Path) -> Option<String> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let resolved = fs::canonicalize(directory.unwrap_or(Path::new("."))).ok()?;
    let below = resolved.strip_prefix(root).ok()?;
    let mut names = below.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    let own = names.next()?;
    match (names.next().as_deref(), names.next()) {
        (Some(SNAPSHOTS), Some(model)) => {
            let name = model.rsplit(BETWEEN).next().unwrap_or(&model);
            Some(name.to_owned())
        }
        _ => Some(own.into_owned()),
    }
}

//! Files that stand beside a model by convention, without being named in it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::anomalies::{Anomalies, Fault};
use crate::format::coreml::{self, MANIFEST};
use crate::format::tensorflow;
use crate::format::{External, Header};
use crate::opening::{Regular, Unopened};
use crate::reader::{Reader, Source as _};
use crate::record::Companion;

use super::external::ExternalProblem;
use crate::digest::sha256;

/// Files beside a saved model that describe it, where they are.
const DESCRIPTIONS: [&str; 2] = ["fingerprint.pb", "keras_metadata.pb"];

/// Files of a directory that are looked at to find those that hold variables.
const MAX_ENTRIES: usize = 65_536;

/// Bytes of a manifest. Real ones take less than a thousand.
const MAX_MANIFEST: usize = 1024 * 1024;

/// Adds to what a saved model names the files that hold its variables, and those that describe it.
pub(super) fn add_variables(path: &Path, header: &mut Header) {
    let index = tensorflow::VARIABLES_INDEX;
    let mut more: Vec<String> = DESCRIPTIONS
        .iter()
        .filter(|name| path.with_file_name(name).is_file())
        .map(|name| (*name).to_owned())
        .collect();
    if header.external.iter().any(|file| file.location == index) {
        more.extend(shards(&path.with_file_name(index)));
    }
    header
        .external
        .extend(more.into_iter().map(|location| External {
            location,
            end: 0,
            offset: 0,
        }));
}

/// Every file that the shards of a checkpoint say there are, whether it is there or not.
///
/// They are named `variables.data-00000-of-00002` and so on; the names tell how many.
fn shards(index: &Path) -> Vec<String> {
    let Some(directory) = index.parent() else {
        return Vec::new();
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let counts = entries
        .take(MAX_ENTRIES)
        .filter_map(|entry| entry.file_name().to_str().and_then(shard_count));
    let Some(count) = counts.max() else {
        return vec![shard(0, 1)];
    };
    (0..count).map(|number| shard(number, count)).collect()
}

/// How many shards a name says there are.
fn shard_count(name: &str) -> Option<u32> {
    let (number, count) = name.strip_prefix("variables.data-")?.split_once("-of-")?;
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit());
    let count = count.parse().ok().filter(|_| is_number(count))?;
    is_number(number).then_some(count)
}

fn shard(number: u32, count: u32) -> String {
    format!("variables/variables.data-{number:05}-of-{count:05}")
}

/// Reads the manifest of the package that a Core ML model lies in, if it lies in one.
pub(super) fn add_manifest(path: &Path, header: &mut Header) -> Option<Companion> {
    let path = manifest_of(path)?;
    let mut anomalies = Anomalies::default();
    let companion = match read_manifest(&path) {
        Ok((companion, bytes)) => {
            coreml::check_manifest(&bytes, &mut anomalies);
            Some(companion)
        }
        Err(problem) => {
            anomalies.report(|| Fault::anywhere(problem).within(MANIFEST));
            None
        }
    };
    header.facts.anomalies.extend(anomalies.into_vec());
    companion
}

/// The manifest of `x.mlpackage` for `x.mlpackage/Data/com.apple.CoreML/model.mlmodel`.
fn manifest_of(path: &Path) -> Option<PathBuf> {
    let package = path.ancestors().nth(3)?;
    let is_package = package
        .extension()
        .is_some_and(|suffix| suffix.eq_ignore_ascii_case("mlpackage"));
    is_package.then(|| package.join(MANIFEST))
}

fn read_manifest(path: &Path) -> Result<(Companion, Vec<u8>), ExternalProblem> {
    let file = Regular::open_unlinked(path)?;
    let bytes = Reader::new(&file)
        .bytes(file.size(), MAX_MANIFEST)
        .map_err(|error| {
            ExternalProblem::Unopened(Unopened::Unreadable(std::io::Error::other(error)))
        })?
        .ok_or(ExternalProblem::TooLong(file.size()))?;
    if !file.is_unchanged() {
        return Err(ExternalProblem::Changed);
    }
    let companion = Companion {
        path: path.to_owned(),
        size: file.size(),
        sha256: sha256(&bytes).ok_or(ExternalProblem::Changed)?,
    };
    Ok((companion, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_shards_tell_how_many_there_are() {
        assert_eq!(shard_count("variables.data-00000-of-00002"), Some(2));
        assert_eq!(shard_count("variables.data-00000-of-2"), None);
        assert_eq!(shard_count("variables.data-x-of-00002"), None);
        assert_eq!(shard_count("variables.index"), None);
    }

    #[test]
    fn a_model_in_a_package_has_a_manifest() {
        assert_eq!(
            manifest_of(Path::new(
                "a/m.mlpackage/Data/com.apple.CoreML/model.mlmodel"
            )),
            Some(PathBuf::from("a/m.mlpackage/Manifest.json"))
        );
        assert_eq!(manifest_of(Path::new("a/b/c/model.mlmodel")), None);
        assert_eq!(manifest_of(Path::new("model.mlmodel")), None);
    }
}

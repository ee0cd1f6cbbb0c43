//! Models in several files: the parts beside one that was asked for, and their headers one after
//! another, so that no more than one model's tensors are held at a time.
//!
//! The digests of all parts are taken with those of all other files. A part is opened again for it,
//! and counts only if it is still the file whose header was read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::planning::{Listed, Planned, part_name, plan, without_parts};
use super::{Job, Opened, Run, fingerprint, head, not_examined};
use crate::anomalies::clip;
use crate::content::{self, Content};
use crate::digest::sha256;
use crate::format::{External, Format, Header, lfs_pointer};
use crate::opening::{Regular, Stamp, Unopened};
use crate::quantization::assess;
use crate::reader::{Reader, Source as _};
use crate::record::{Anomaly, Companion, Fingerprint, NotExamined, Record, Shard, ShardedModel};
use crate::sharding::grouping::Mapped;
use crate::sharding::index::MAX_INDEX;
use crate::sharding::{Index, Set, of_part};

/// A part whose header was read.
pub(super) struct Headed {
    /// Its record, the digest apart.
    pub(super) fingerprint: Fingerprint,
    stamp: Stamp,
    /// Files that hold part of its data, as any format may have them that stands under the name.
    external: Vec<External>,
    /// Whether nobody asked for it.
    is_sibling: bool,
}

/// One model in several files, its headers read.
pub(super) struct ReadSet {
    parts: Vec<ReadPart>,
    model: ShardedModel,
}

struct ReadPart {
    path: PathBuf,
    /// Where in the answer its record is wanted.
    asked: Vec<usize>,
    /// The number of its job, after those of all paths.
    job: usize,
    outcome: Result<Headed, NotExamined>,
}

impl ReadSet {
    /// What is left to do for its parts.
    pub(super) fn jobs(&self) -> impl Iterator<Item = (usize, Job<'_>)> {
        self.parts
            .iter()
            .filter_map(|part| Some((part.job, Job::Digest(part.outcome.as_ref().ok()?))))
    }
}

/// The files that were asked for, by what they are.
pub(super) struct Sorted<'a> {
    /// Those that stand alone.
    pub(super) alone: Vec<(usize, Job<'a>)>,
    /// The models in several files.
    pub(super) sets: Vec<ReadSet>,
    /// What indexes beside files that are no parts by them say of these.
    pub(super) beside_indexes: Vec<(usize, Anomaly)>,
}

impl Run<'_> {
    /// The files by what they are, those of models in several files with their headers read.
    pub(super) fn read_sets<'a>(&self, paths: &'a [PathBuf]) -> Sorted<'a> {
        let mut directories: BTreeMap<&Path, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
        for (index, path) in paths.iter().enumerate() {
            if let Some((directory, name)) = part_name(path) {
                let names = directories.entry(directory).or_default();
                names.entry(name).or_default().push(index);
            }
        }
        let mut is_alone = vec![true; paths.len()];
        let mut sets = Vec::new();
        let mut beside_indexes = Vec::new();
        let mut job = paths.len();
        for (directory, asked) in &directories {
            let listed = Listed::of(directory);
            if let Some(unread) = listed.unread() {
                let files = asked.values().flatten();
                beside_indexes.extend(files.map(|index| (*index, unread.clone())));
            }
            let mapped = self.mapped(directory, &listed.indexes);
            beside_indexes.extend(without_parts(directory, asked, &mapped));
            for planned in plan(directory, asked, &listed.numbered, &mapped) {
                for index in planned.parts.iter().flat_map(|(_, asked)| asked) {
                    if let Some(slot) = is_alone.get_mut(*index) {
                        *slot = false;
                    }
                }
                let set = self.read_set(&planned, &mut job);
                sets.push(set);
            }
        }
        let alone = paths
            .iter()
            .zip(is_alone)
            .enumerate()
            .filter(|(_, (_, is_alone))| *is_alone)
            .map(|(index, (path, _))| (index, Job::All(path)))
            .collect();
        Sorted {
            alone,
            sets,
            beside_indexes,
        }
    }

    /// The files that the indexes of a directory map.
    fn mapped(&self, directory: &Path, indexes: &[String]) -> Vec<Mapped> {
        let mapped = indexes.iter().map(|name| {
            let read = self.read_index(&directory.join(name)).ok();
            let files = read.map(|(_, index)| index.files().to_vec());
            (name.clone(), files.filter(|files| !files.is_empty()))
        });
        mapped.collect()
    }

    fn read_set(&self, planned: &Planned, job: &mut usize) -> ReadSet {
        let mut set = Set::default();
        let mut parts = Vec::new();
        let mut format = None;
        for (path, asked) in &planned.parts {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let outcome = self.read_part(path, asked.is_empty());
            let outcome = outcome.map(|(headed, found, header)| {
                format = format.or(found);
                set.add(&name, headed.fingerprint.format, header);
                headed
            });
            if outcome.is_err() {
                set.add_unread(&name);
            }
            parts.push(ReadPart {
                path: path.clone(),
                asked: asked.clone(),
                job: *job,
                outcome,
            });
            *job = job.saturating_add(1);
        }
        if planned.has_more_parts {
            set.report_more_parts();
        }
        let mut companions = Vec::new();
        for path in &planned.indexes {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            match self.read_index(path) {
                Ok((companion, index)) => {
                    set.compare(&name, index);
                    companions.push(companion);
                }
                Err(problem) => set.report_unread_index(&name, problem.kind, problem.message),
            }
        }
        let content_format = set.format();
        let mut header = set.finish();
        let first = planned.parts.first().map(|(path, _)| path.as_path());
        companions.extend(self.complete(first.unwrap_or(Path::new("")), format, &mut header));
        let model = ShardedModel {
            shards: Vec::new(),
            companions,
            format: content_format,
            format_version: header.version,
            name_agrees: agreement(&parts),
            facts: header.facts,
        };
        ReadSet { parts, model }
    }

    fn read_part(
        &self,
        path: &Path,
        is_sibling: bool,
    ) -> Result<(Headed, Option<&'static Format>, Header), NotExamined> {
        let file = self.regular(path, |path| self.open_part(path, is_sibling))?;
        let content = Content::of(file, path, &self.stores);
        let (format, mut header) = self.guarded(path, &content.file, || head(path, &content))?;
        header.facts.quantization = assess(&header.tensors, &header.claims);
        let own = Header {
            version: header.version.clone(),
            pointer: header.pointer.clone(),
            facts: header.facts.clone(),
            ..Header::default()
        };
        let part = Headed {
            fingerprint: fingerprint(path, &content.file, format, own),
            stamp: content.file.stamp().clone(),
            external: std::mem::take(&mut header.external),
            is_sibling,
        };
        Ok((part, format, header))
    }

    /// Whether a link may be followed to what was asked for, discovery has said.
    fn open_part(&self, path: &Path, is_sibling: bool) -> Result<Regular, Unopened> {
        if is_sibling {
            self.beside().open(path)
        } else {
            Regular::open(path)
        }
    }

    /// Opens a part again, whose header was read.
    pub(super) fn reopen(&self, headed: &Headed) -> Result<Opened, NotExamined> {
        let path = &headed.fingerprint.path;
        let file = self.regular(path, |path| self.open_part(path, headed.is_sibling))?;
        let content = Content::of(file, path, &self.stores);
        if *content.file.stamp() != headed.stamp {
            return Err(not_examined(
                path,
                "changed-while-read",
                "the file changed while it was read".to_owned(),
            ));
        }
        Ok(Opened {
            oid: content.oid(),
            file: content.file,
            fingerprint: headed.fingerprint.clone(),
            external: headed.external.clone(),
            blobs: Vec::new(),
        })
    }

    fn read_index(&self, path: &Path) -> Result<(Companion, Index), NotExamined> {
        let file = self.regular(path, |path| self.beside().open(path))?;
        let content = Content::of(file, path, &self.stores);
        let file = &content.file;
        let fail = |kind, message: String| not_examined(path, kind, message);
        let unreadable = |message: String| fail("unreadable", clip(&message));
        let bytes = Reader::new(file)
            .bytes(file.size(), MAX_INDEX)
            .map_err(|error| unreadable(error.to_string()))?
            .ok_or_else(|| {
                let size = file.size();
                let message = format!("an index of {size} bytes; {MAX_INDEX} are examined");
                fail("limit-index", message)
            })?;
        if !file.is_unchanged() {
            let message = "the file changed while it was read";
            return Err(fail("changed-while-read", message.to_owned()));
        }
        if lfs_pointer::is_start(&bytes) {
            let message = "a git-LFS pointer stands in place of the index: fetch the content";
            return Err(fail("index-pointer", message.to_owned()));
        }
        let companion = Companion {
            path: path.to_owned(),
            size: file.size(),
            sha256: sha256(&bytes).ok_or_else(|| unreadable("no digest".to_owned()))?,
        };
        let differs = content
            .oid()
            .and_then(|oid| content::differs(oid, companion.sha256.0));
        if let Some(anomaly) = differs {
            return Err(fail(anomaly.kind, anomaly.message));
        }
        Ok((companion, Index::read(&bytes)))
    }
}

/// Says of files, by their place in the answer, what the indexes beside them come to.
pub(super) fn report_indexes(records: &mut [Record], beside_indexes: Vec<(usize, Anomaly)>) {
    for (index, anomaly) in beside_indexes {
        let Some(Record::Fingerprint(file)) = records.get_mut(index) else {
            continue;
        };
        let facts = match &mut file.model {
            Some(model) => &mut model.facts,
            None => &mut file.facts,
        };
        facts.anomalies.push(anomaly);
    }
}

/// Whether the suffixes of all parts are those of their format.
fn agreement(parts: &[ReadPart]) -> Option<bool> {
    let read = parts.iter().filter_map(|part| part.outcome.as_ref().ok());
    read.filter_map(|headed| headed.fingerprint.name_agrees)
        .reduce(|all, agrees| all && agrees)
}

/// The records of the paths, of which there are so many, in their order: with those that are parts
/// of a model in several files goes what is known of it.
pub(super) fn join(records: Vec<(usize, Record)>, sets: Vec<ReadSet>, paths: usize) -> Vec<Record> {
    let (mut answer, mut of_parts): (BTreeMap<usize, Record>, BTreeMap<usize, Record>) =
        records.into_iter().partition(|(number, _)| *number < paths);
    for ReadSet { parts, mut model } in sets {
        let first = parts.first().map(|part| part.path.clone());
        let mut wanted: Vec<(usize, Record)> = Vec::new();
        for part in parts {
            let record = match part.outcome {
                Ok(headed) => of_parts.remove(&part.job).inspect(|record| {
                    let known = headed.fingerprint.facts.anomalies.len();
                    add_external(&mut model, record, known);
                }),
                Err(problem) => Some(Record::NotExamined(problem)),
            };
            let Some(record) = record else { continue };
            model.shards.push(shard(&record));
            wanted.extend(part.asked.iter().map(|index| (*index, record.clone())));
        }
        wanted.sort_by_key(|(index, _)| *index);
        let mut model = Some(Box::new(model));
        for (index, mut record) in wanted {
            if let Record::Fingerprint(fingerprint) = &mut record {
                fingerprint.part_of.clone_from(&first);
                fingerprint.model = model.take();
            }
            answer.insert(index, record);
        }
    }
    answer.into_values().collect()
}

/// Adds what was found of the files that hold data of a part, of which so many anomalies were known
/// before they were looked for.
fn add_external(model: &mut ShardedModel, part: &Record, known: usize) {
    let Record::Fingerprint(part) = part else {
        return;
    };
    for companion in &part.companions {
        if !model.companions.contains(companion) {
            model.companions.push(companion.clone());
        }
    }
    let name = part.path.file_name().unwrap_or_default().to_string_lossy();
    let found = part.facts.anomalies.iter().skip(known).cloned();
    let found = found.map(|anomaly| of_part(&name, anomaly));
    model.facts.anomalies.extend(found);
}

fn shard(record: &Record) -> Shard {
    match record {
        Record::Fingerprint(fingerprint) => Shard {
            path: fingerprint.path.clone(),
            size: fingerprint.size,
            sha256: Some(fingerprint.sha256),
            pointer: fingerprint.pointer.clone(),
            not_examined: None,
        },
        Record::NotExamined(problem) => Shard {
            path: problem.path.clone(),
            size: 0,
            sha256: None,
            pointer: None,
            not_examined: Some(problem.clone()),
        },
    }
}

//! Files in, records out: header and digest from one descriptor, several files at once.

mod batches;
mod beside;
mod blobs;
mod external;
mod header;
mod names;
mod planning;
mod shards;

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, thread};

use lbom_digest::Digested;
use rayon::prelude::*;

use crate::beside::{Beside, Memory, kind};
use crate::content::{self, Content};
use crate::format::{self, Blob, External, Format, Header, coreml, gguf, lfs_pointer, tensorflow};
use crate::git::Stores;
use crate::name_claims;
use crate::naming;
use crate::opening::{Regular, Unopened};
use crate::quantization::assess;
use crate::reader::Source as _;
use crate::record::{Companion, Fingerprint, NotExamined, Record, Sha256};
use crate::sharding::numbering::misnamed;
use batches::batches;
pub use header::read_header;
use names::{Apart, Digests};
use shards::{Headed, ReadSet, Sorted};

/// Size from which a file can hold a header whose description takes more than a few megabytes. Such
/// headers are read one at a time, so that memory does not grow with the number of cores; it takes
/// a small part of the time that the digest of as many bytes does.
const LARGE_FILE: u64 = 1024 * 1024;

/// How to scan.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where links of companion files may lead.
    pub root: PathBuf,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
}

/// Scans every file and returns the records in the order of `paths`.
///
/// Links are followed: whether they may be is for discovery to say. One bad file never ends the
/// run. Once `cancelled` answers `true`, what is not finished is
/// [`NotExamined`] of kind `cancelled`.
///
/// A part of a model in several files brings the other parts beside it, which are read and digested
/// as well: what is said of the model is then the same whichever of them was asked for.
#[must_use]
pub fn scan(
    paths: &[PathBuf],
    options: &Options,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Vec<Record> {
    let jobs = match options.jobs {
        0 => thread::available_parallelism().map_or(1, usize::from),
        jobs => jobs,
    };
    let mut run = Run::new(paths, &options.root, cancelled);
    let Sorted {
        alone,
        sets,
        beside_indexes,
    } = run.read_sets(paths);
    let parts = sets.iter().flat_map(ReadSet::jobs);
    let apart = Apart::of(alone.into_iter().chain(parts), &run.stores);
    run.digests = apart.digests();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    let mut records = Vec::new();
    // What has a digest already comes when all of those are there.
    for files in [apart.firsts, apart.others] {
        let batches = batches(files, jobs);
        match &pool {
            Ok(pool) => records.append(&mut pool.install(|| run.scan_all(&batches))),
            // No threads to be had: the work is done without.
            Err(_) => records.extend(batches.iter().flat_map(|batch| run.scan(batch))),
        }
    }
    let mut records = shards::join(records, sets, paths.len());
    shards::report_indexes(&mut records, beside_indexes);
    naming::judge(&mut records, &options.root);
    records
}

/// How many of these files each directory has.
fn of_directories(paths: &[PathBuf]) -> HashMap<PathBuf, u64> {
    let mut files = HashMap::new();
    for directory in paths.iter().filter_map(|path| path.parent()) {
        let count: &mut u64 = files.entry(directory.to_owned()).or_default();
        *count = count.saturating_add(1);
    }
    files
}

/// A file to look at.
#[derive(Clone, Copy)]
enum Job<'a> {
    /// Its header and its digest.
    All(&'a Path),
    /// Its digest: its header was read with those of the other parts of a model.
    Digest(&'a Headed),
}

impl Job<'_> {
    fn path(&self) -> &Path {
        match self {
            Self::All(path) => path,
            Self::Digest(headed) => &headed.fingerprint.path,
        }
    }
}

struct Run<'a> {
    root: PathBuf,
    /// How many files of each directory are looked at.
    files: HashMap<PathBuf, u64>,
    cancelled: &'a (dyn Fn() -> bool + Sync),
    large_file: Mutex<()>,
    digests: Digests,
    /// What stands beside files of directories that hold others.
    memory: Memory,
    /// Where the content behind pointers is.
    stores: Stores,
}

/// A file whose header was read and whose digest is to come.
struct Opened {
    file: Regular,
    /// The digest that a pointer names it by, where one led to it.
    oid: Option<Sha256>,
    fingerprint: Fingerprint,
    external: Vec<External>,
    blobs: Vec<Blob>,
}

impl<'a> Run<'a> {
    fn new(paths: &[PathBuf], root: &Path, cancelled: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self {
            root: fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()),
            files: of_directories(paths),
            cancelled,
            large_file: Mutex::new(()),
            digests: Digests::default(),
            memory: Memory::default(),
            stores: Stores::default(),
        }
    }
}

impl Run<'_> {
    /// Scans batches side by side.
    fn scan_all(&self, batches: &[Vec<(usize, Job<'_>)>]) -> Vec<(usize, Record)> {
        batches
            .par_iter()
            .with_max_len(1)
            .flat_map_iter(|batch| self.scan(batch))
            .collect()
    }

    fn scan(&self, batch: &[(usize, Job<'_>)]) -> Vec<(usize, Record)> {
        let opened: Vec<Result<Opened, NotExamined>> = batch
            .iter()
            .map(|(_, job)| match job {
                Job::All(path) => self.open(path),
                Job::Digest(headed) => self.reopen(headed),
            })
            .collect();
        let known: Vec<Option<Digested>> = opened
            .iter()
            .map(|opened| self.digests.of(&opened.as_ref().ok()?.file))
            .collect();
        let streams = opened
            .iter()
            .zip(&known)
            .filter(|(_, known)| known.is_none())
            .filter_map(|(opened, _)| Some(opened.as_ref().ok()?.file.stream()))
            .collect();
        let mut digests = lbom_digest::digest_all(streams, self.cancelled).into_iter();
        let records = opened.into_iter().zip(known).map(|opened| match opened {
            (Ok(opened), Some(known)) => self.finish(opened, Some(Ok(known))),
            (Ok(opened), None) => self.finish(opened, digests.next()),
            (Err(not_examined), _) => Record::NotExamined(not_examined),
        });
        batch.iter().map(|(index, _)| *index).zip(records).collect()
    }

    fn open(&self, path: &Path) -> Result<Opened, NotExamined> {
        let content = Content::of(self.regular(path, Regular::open)?, path, &self.stores);
        let (fingerprint, external, blobs) =
            self.guarded(path, &content.file, || self.look(path, &content))?;
        Ok(Opened {
            oid: content.oid(),
            file: content.file,
            fingerprint,
            external,
            blobs,
        })
    }

    /// The open file, unless the run is over.
    fn regular(
        &self,
        path: &Path,
        open: impl FnOnce(&Path) -> Result<Regular, Unopened>,
    ) -> Result<Regular, NotExamined> {
        if (self.cancelled)() {
            return Err(not_examined(
                path,
                "cancelled",
                "the run was cancelled".to_owned(),
            ));
        }
        open(path).map_err(|error| match error {
            Unopened::Missing => {
                not_examined(path, "vanished", "the file is no longer there".to_owned())
            }
            error => error.record(path),
        })
    }

    /// What looking at a file comes to, large headers one at a time.
    fn guarded<T>(
        &self,
        path: &Path,
        file: &Regular,
        look: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, NotExamined> {
        let _one_at_a_time = (file.size() >= LARGE_FILE).then(|| {
            self.large_file
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        });
        // Nothing here panics; if something does, it costs one file and not the run.
        catch_unwind(AssertUnwindSafe(look))
            .map_err(|_| {
                not_examined(
                    path,
                    "panicked",
                    "this program failed on the file".to_owned(),
                )
            })?
            .map_err(|error| Unopened::Unreadable(error).record(path))
    }

    /// Everything but the digests, and the files whose digests belong to this one's.
    fn look(
        &self,
        path: &Path,
        content: &Content,
    ) -> io::Result<(Fingerprint, Vec<External>, Vec<Blob>)> {
        let (format, mut header) = head(path, content)?;
        header
            .facts
            .anomalies
            .extend(header.split.and_then(misnamed));
        let companions = self.complete(path, format, &mut header);
        let twin = header.twin.map(|twin| twin.beside(path));
        header.external.extend(twin);
        let external = std::mem::take(&mut header.external);
        let blobs = std::mem::take(&mut header.blobs);
        let fingerprint = Fingerprint {
            companions,
            ..fingerprint(path, &content.file, format, header)
        };
        Ok((fingerprint, external, blobs))
    }

    fn beside(&self) -> Beside<'_> {
        Beside {
            root: &self.root,
            files: &self.files,
            memory: &self.memory,
            stores: &self.stores,
        }
    }

    /// Adds what the files beside a model and its name say, and what its tensors say to that.
    /// Returns the files that were read.
    fn complete(
        &self,
        path: &Path,
        format: Option<&Format>,
        header: &mut Header,
    ) -> Vec<Companion> {
        let mut companions = format
            .map(|format| self.beside().read(path, format, header))
            .unwrap_or_default();
        match format.map(|format| format.name) {
            Some(tensorflow::SAVED_MODEL_NAME) => beside::add_variables(path, header),
            Some(coreml::NAME) => companions.extend(beside::add_manifest(path, header)),
            _ => {}
        }
        let is_read = |format: &&Format| format.is_read() && format.name != lfs_pointer::NAME;
        if let Some(format) = format.filter(is_read) {
            let claim = name_claims::claim(path, &self.root, format);
            header.claims.extend(claim);
        }
        if format.is_some_and(|format| format.name == "gguf") {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let anomaly = gguf::misleading_name(&name, header);
            header.facts.anomalies.extend(anomaly);
        }
        if let (Some(format), None) = (format, header.facts.kind) {
            header.facts.kind = kind(path, format, &header.tensors);
        }
        header.facts.quantization = assess(&header.tensors, &header.claims);
        companions
    }

    /// Adds the digest, if the file is still the one whose header was read.
    fn finish(&self, mut opened: Opened, digested: Option<io::Result<Digested>>) -> Record {
        let path = opened.fingerprint.path.clone();
        let fail = |kind, message: String| Record::NotExamined(not_examined(&path, kind, message));
        match digested {
            Some(Ok(digested)) if digested.bytes != opened.file.size() => fail(
                "changed-while-read",
                format!(
                    "{} bytes at first, {} when read",
                    opened.file.size(),
                    digested.bytes
                ),
            ),
            Some(Ok(_)) if !opened.file.is_unchanged() => fail(
                "changed-while-read",
                "the file changed while it was read".to_owned(),
            ),
            Some(Ok(digested)) => {
                self.digests.keep(&opened.file, digested.sha256);
                opened.fingerprint.sha256 = Sha256(digested.sha256);
                let differs = opened
                    .oid
                    .and_then(|oid| content::differs(oid, digested.sha256));
                opened.fingerprint.facts.anomalies.extend(differs);
                blobs::check_name(&mut opened.fingerprint);
                if !external::add(
                    &mut opened.fingerprint,
                    &opened.external,
                    &self.stores,
                    self.cancelled,
                ) || !blobs::add(&mut opened.fingerprint, &opened.blobs, self.cancelled)
                {
                    return fail("cancelled", "the run was cancelled".to_owned());
                }
                Record::Fingerprint(Box::new(opened.fingerprint))
            }
            Some(Err(error))
                if error.kind() == io::ErrorKind::Interrupted && (self.cancelled)() =>
            {
                fail("cancelled", "the run was cancelled".to_owned())
            }
            Some(Err(error)) => fail("unreadable", format!("cannot be read: {error}")),
            None => fail("unreadable", "no digest could be computed".to_owned()),
        }
    }
}

/// The format of a file and what its header says.
fn head(path: &Path, content: &Content) -> io::Result<(Option<&'static Format>, Header)> {
    let start = content.file.start()?;
    let (format, mut header) = read_header(path, &start, &content.file);
    // What a pointer leads to may be a pointer: a checkout goes no further.
    header.pointer = header.pointer.or_else(|| content.pointer.clone());
    header.facts.anomalies.extend(content.anomaly.clone());
    Ok((format, header))
}

/// The record of a file whose digest is to come.
fn fingerprint(
    path: &Path,
    file: &Regular,
    format: Option<&Format>,
    header: Header,
) -> Fingerprint {
    Fingerprint {
        path: path.to_owned(),
        size: file.size(),
        sha256: Sha256([0; 32]),
        format: format.map(|format| format.name),
        format_version: header.version,
        name_agrees: format.and_then(|format| format::name_agrees(path, format.name)),
        pointer: header.pointer,
        companions: Vec::new(),
        part_of: None,
        model: None,
        facts: header.facts,
    }
}

fn not_examined(path: &Path, kind: &'static str, message: String) -> NotExamined {
    NotExamined {
        path: path.to_owned(),
        kind,
        message,
    }
}

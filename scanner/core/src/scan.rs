//! Files in, records out: header and digest from one descriptor, several files at once.

mod beside;
mod external;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, thread};

use rayon::prelude::*;

use crate::anomalies::{Anomalies, Fault, clip};
use crate::companion::{CONFIG, Config, ConfigProblem, MAX_CONFIG};
use crate::digest::sha256;
use crate::format::{self, External, Format, Header, coreml, tensorflow};
use crate::opening::{Regular, Unopened, is_link, resolve};
use crate::quantization::{Claimed, assess, claim_in_file_name};
use crate::reader::{Reader, Source as _};
use crate::record::{
    Anomaly, AnomalyRule, Companion, Facts, Fingerprint, NotExamined, Record, Sha256,
};

/// Files at least that one thread has open at a time, so that reading small ones does not wait for
/// the digest of each.
const STREAMS: usize = 8;

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
    let run = Run {
        root: fs::canonicalize(&options.root).unwrap_or_else(|_| options.root.clone()),
        cancelled,
        large_file: Mutex::new(()),
    };
    let batches = batches(paths, jobs);
    let scan_all = || {
        batches
            .par_iter()
            .with_max_len(1)
            .flat_map_iter(|batch| run.scan(batch))
            .collect()
    };
    let mut records: Vec<(usize, Record)> =
        match rayon::ThreadPoolBuilder::new().num_threads(jobs).build() {
            Ok(pool) => pool.install(scan_all),
            // No threads to be had: the work is done without.
            Err(_) => batches.iter().flat_map(|batch| run.scan(batch)).collect(),
        };
    records.sort_by_key(|(index, _)| *index);
    records.into_iter().map(|(_, record)| record).collect()
}

/// Indexed paths, largest file first, in batches that one thread takes at a time: no more files
/// than streams, no more bytes than let every thread have some.
fn batches(paths: &[PathBuf], jobs: usize) -> Vec<Vec<(usize, &Path)>> {
    let mut sized: Vec<(u64, usize, &Path)> = paths
        .iter()
        .enumerate()
        .map(|(index, path)| {
            (
                fs::metadata(path).map_or(0, |file| file.len()),
                index,
                &**path,
            )
        })
        .collect();
    sized.sort_by_key(|(size, index, _)| (std::cmp::Reverse(*size), *index));
    let streams = STREAMS.max(lbom_digest::Backend::detect().lanes());
    let total = sized
        .iter()
        .fold(0_u64, |total, (size, ..)| total.saturating_add(*size));
    let shares = u64::try_from(jobs.saturating_mul(2)).unwrap_or(u64::MAX);
    let share = total.checked_div(shares).unwrap_or(total);

    let mut batches: Vec<Vec<(usize, &Path)>> = Vec::new();
    let mut bytes = 0_u64;
    for (size, index, path) in sized {
        bytes = bytes.saturating_add(size);
        match batches.last_mut() {
            Some(batch) if batch.len() < streams && bytes <= share => batch.push((index, path)),
            _ => {
                bytes = size;
                batches.push(vec![(index, path)]);
            }
        }
    }
    batches
}

struct Run<'a> {
    root: PathBuf,
    cancelled: &'a (dyn Fn() -> bool + Sync),
    large_file: Mutex<()>,
}

/// A file whose header was read and whose digest is to come.
struct Opened {
    file: Regular,
    fingerprint: Fingerprint,
    external: Vec<External>,
}

impl Run<'_> {
    fn scan(&self, batch: &[(usize, &Path)]) -> Vec<(usize, Record)> {
        let opened: Vec<Result<Opened, NotExamined>> =
            batch.iter().map(|(_, path)| self.open(path)).collect();
        let streams = opened
            .iter()
            .flatten()
            .map(|opened| opened.file.stream())
            .collect();
        let mut digests = lbom_digest::digest_all(streams, self.cancelled).into_iter();
        let records = opened.into_iter().map(|opened| match opened {
            Ok(opened) => opened.finish(digests.next(), self.cancelled),
            Err(not_examined) => Record::NotExamined(not_examined),
        });
        batch.iter().map(|(index, _)| *index).zip(records).collect()
    }

    fn open(&self, path: &Path) -> Result<Opened, NotExamined> {
        if (self.cancelled)() {
            return Err(not_examined(
                path,
                "cancelled",
                "the run was cancelled".to_owned(),
            ));
        }
        let file = Regular::open(path).map_err(|error| match error {
            Unopened::Missing => {
                not_examined(path, "vanished", "the file is no longer there".to_owned())
            }
            error => error.record(path),
        })?;
        let _one_at_a_time = (file.size() >= LARGE_FILE).then(|| {
            self.large_file
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        });
        // Nothing here panics; if something does, it costs one file and not the run.
        let looked = catch_unwind(AssertUnwindSafe(|| self.look(path, &file)));
        let (fingerprint, external) = looked
            .map_err(|_| {
                not_examined(
                    path,
                    "panicked",
                    "this program failed on the file".to_owned(),
                )
            })?
            .map_err(|error| Unopened::Unreadable(error).record(path))?;
        Ok(Opened {
            file,
            fingerprint,
            external,
        })
    }

    /// Everything but the digests, and the files whose digests belong to this one's.
    fn look(&self, path: &Path, file: &Regular) -> io::Result<(Fingerprint, Vec<External>)> {
        let start = file.start()?;
        let format = format::recognise(&start, file.size(), path);
        let mut header = match format {
            Some(format) => format
                .read(&mut Reader::new(file))
                .unwrap_or_else(|| not_read(format)),
            None => unknown(path, file.size()),
        };
        let mut companions = Vec::new();
        if format.is_some_and(|format| needs_config(format, path)) {
            companions.extend(self.add_config(path, &mut header));
        }
        match format.map(|format| format.name) {
            Some(tensorflow::SAVED_MODEL_NAME) => beside::add_variables(path, &mut header),
            Some(coreml::NAME) => companions.extend(beside::add_manifest(path, &mut header)),
            _ => {}
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if format.is_some_and(Format::is_read) && header.pointer.is_none() {
            header
                .claims
                .extend(claim_in_file_name(&name).map(Claimed::FileName));
        }
        header.facts.quantization = assess(&header.tensors, &header.claims);
        let fingerprint = Fingerprint {
            path: path.to_owned(),
            size: file.size(),
            sha256: Sha256([0; 32]),
            format: format.map(|format| format.name),
            format_version: header.version,
            name_agrees: format.and_then(|format| format::name_agrees(path, format.name)),
            pointer: header.pointer,
            companions,
            facts: header.facts,
        };
        Ok((fingerprint, header.external))
    }

    /// Reads the `config.json` beside a file into its facts and claims.
    fn add_config(&self, path: &Path, header: &mut Header) -> Option<Companion> {
        let path = path.with_file_name(CONFIG);
        let (anomaly, companion) = match self.read_config(&path) {
            Ok((companion, bytes)) => {
                let mut anomalies = Anomalies::default();
                let config = Config::read(&bytes, &mut anomalies);
                config.complete(&mut header.facts);
                header.claims.extend(config.claims());
                header.facts.anomalies.extend(anomalies.into_vec());
                (None, Some(companion))
            }
            Err(problem) => {
                let problem = problem?;
                (
                    Some(Anomaly::from(Fault::anywhere(problem).within(CONFIG))),
                    None,
                )
            }
        };
        header.facts.anomalies.extend(anomaly);
        companion
    }

    /// The bytes of a `config.json` and what they come to; an error of `None` where there is none.
    fn read_config(&self, path: &Path) -> Result<(Companion, Vec<u8>), Option<ConfigProblem>> {
        let file = self.open_companion(path).map_err(|error| match error {
            Unopened::Missing => None,
            error => Some(ConfigProblem::Unopened {
                kind: error.kind(),
                message: error.to_string(),
            }),
        })?;
        let too_long = Some(ConfigProblem::TooLong(file.size()));
        let unreadable = |message: String| {
            Some(ConfigProblem::Unopened {
                kind: "unreadable",
                message: clip(&message),
            })
        };
        let bytes = Reader::new(&file)
            .bytes(file.size(), MAX_CONFIG)
            .map_err(|error| unreadable(error.to_string()))?
            .ok_or(too_long)?;
        if !file.is_unchanged() {
            return Err(Some(ConfigProblem::Changed));
        }
        let companion = Companion {
            path: path.to_owned(),
            size: file.size(),
            sha256: sha256(&bytes).ok_or(None)?,
        };
        Ok((companion, bytes))
    }

    /// A companion may be a link, inside the root or inside its own directory.
    fn open_companion(&self, path: &Path) -> Result<Regular, Unopened> {
        if !is_link(path) {
            return Regular::open_unlinked(path);
        }
        let resolved = resolve(path)?;
        let directory = path.parent().and_then(|parent| resolve(parent).ok());
        let is_inside = resolved.starts_with(&self.root)
            || directory.is_some_and(|directory| resolved.starts_with(directory));
        if is_inside {
            Regular::open_unlinked(&resolved)
        } else {
            Err(Unopened::Escape)
        }
    }
}

impl Opened {
    /// Adds the digest, if the file is still the one whose header was read.
    fn finish(
        mut self,
        digested: Option<io::Result<lbom_digest::Digested>>,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Record {
        let path = self.fingerprint.path.clone();
        let fail = |kind, message: String| Record::NotExamined(not_examined(&path, kind, message));
        match digested {
            Some(Ok(digested)) if digested.bytes != self.file.size() => fail(
                "changed-while-read",
                format!(
                    "{} bytes at first, {} when read",
                    self.file.size(),
                    digested.bytes
                ),
            ),
            Some(Ok(_)) if !self.file.is_unchanged() => fail(
                "changed-while-read",
                "the file changed while it was read".to_owned(),
            ),
            Some(Ok(digested)) => {
                self.fingerprint.sha256 = Sha256(digested.sha256);
                if !external::add(&mut self.fingerprint, &self.external, cancelled) {
                    return fail("cancelled", "the run was cancelled".to_owned());
                }
                Record::Fingerprint(Box::new(self.fingerprint))
            }
            Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted && cancelled() => {
                fail("cancelled", "the run was cancelled".to_owned())
            }
            Some(Err(error)) => fail("unreadable", format!("cannot be read: {error}")),
            None => fail("unreadable", "no digest could be computed".to_owned()),
        }
    }
}

/// Whether a `config.json` beside a file says what its weights are. It does so too where the
/// content is elsewhere and a pointer stands for it.
fn needs_config(format: &Format, path: &Path) -> bool {
    let is_pointer = format.name == "git-lfs-pointer";
    format.name == "safetensors"
        || is_pointer && format::name_agrees(path, "safetensors") == Some(true)
}

/// The header of a format whose content is not read.
fn not_read(format: &Format) -> Header {
    header_of(Anomaly {
        rule: AnomalyRule::NotExamined,
        kind: "format-not-read",
        message: format!(
            "{} is recognised, but its content is not read by this version",
            format.name
        ),
        offset: None,
        within: Vec::new(),
    })
}

/// The header of content that is no format we know.
fn unknown(path: &Path, size: u64) -> Header {
    if size > 0 || !format::has_model_suffix(path) {
        return Header::default();
    }
    header_of(Anomaly {
        rule: AnomalyRule::TruncatedFile,
        kind: "empty-file",
        message: "the file is empty".to_owned(),
        offset: Some(0),
        within: Vec::new(),
    })
}

fn header_of(anomaly: Anomaly) -> Header {
    Header {
        facts: Facts {
            anomalies: vec![anomaly],
            ..Facts::default()
        },
        ..Header::default()
    }
}

fn not_examined(path: &Path, kind: &'static str, message: String) -> NotExamined {
    NotExamined {
        path: path.to_owned(),
        kind,
        message,
    }
}

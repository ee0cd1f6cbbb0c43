//! Files that several paths lead to: looked at under each, their bytes digested once.
//!
//! A cache of Hugging Face has every file under two names, the blob's and that in the snapshot.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use lbom_digest::{Digested, Sha256Digest};

use super::Job;
use crate::content;
use crate::git::Stores;
use crate::opening::{Identity, Regular, Stamp};
use crate::reader::Source as _;

/// A job, its number, and the size of its file.
pub(super) type Weighed<'a> = (u64, usize, Job<'a>);

/// Jobs by whether a job before them is of the same file, and the files that are so.
#[derive(Default)]
pub(super) struct Apart<'a> {
    pub(super) firsts: Vec<Weighed<'a>>,
    pub(super) others: Vec<Weighed<'a>>,
    several: HashSet<Identity>,
}

impl<'a> Apart<'a> {
    pub(super) fn of(work: impl Iterator<Item = (usize, Job<'a>)>, stores: &Stores) -> Self {
        let mut apart = Self::default();
        let mut seen = HashSet::new();
        for (index, job) in work {
            let (size, identity) = content::weigh(job.path(), stores);
            match identity {
                Some(identity) if !seen.insert(identity) => {
                    apart.several.insert(identity);
                    apart.others.push((size, index, job));
                }
                _ => apart.firsts.push((size, index, job)),
            }
        }
        apart
    }

    /// Where the digests of files are kept that are looked at again.
    pub(super) fn digests(&self) -> Digests {
        Digests {
            several: self.several.clone(),
            known: Mutex::default(),
        }
    }
}

/// Digests of files that several jobs are of.
#[derive(Debug, Default)]
pub(super) struct Digests {
    several: HashSet<Identity>,
    known: Mutex<HashMap<Stamp, Sha256Digest>>,
}

impl Digests {
    /// The digest of an open file, if it was digested as it is now.
    pub(super) fn of(&self, file: &Regular) -> Option<Digested> {
        if !self.are_wanted(file) {
            return None;
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let sha256 = *known.get(file.stamp())?;
        Some(Digested {
            sha256,
            bytes: file.size(),
        })
    }

    /// Keeps the digest of a file that did not change while it was digested.
    ///
    /// That of one that was written to lately is not: the clock that stamps a change is too coarse to
    /// tell one that follows at once.
    pub(super) fn keep(&self, file: &Regular, sha256: Sha256Digest) {
        if self.are_wanted(file) && file.stamp().is_settled(SystemTime::now()) {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(file.stamp().clone(), sha256);
        }
    }

    fn are_wanted(&self, file: &Regular) -> bool {
        file.stamp()
            .identity()
            .is_some_and(|identity| self.several.contains(&identity))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::error::Error;
    use std::fs;
    use std::io::{Seek as _, Write as _};
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use super::*;
    use crate::record::{Record, Sha256};
    use crate::scan::Run;

    type Outcome = Result<(), Box<dyn Error>>;

    /// Two paths of one file that nobody has written to lately.
    fn paths() -> [PathBuf; 2] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        [root.join("Cargo.toml"), root.join("src/../Cargo.toml")]
    }

    fn digest(records: Vec<(usize, Record)>) -> Option<Sha256> {
        match records.into_iter().next()? {
            (_, Record::Fingerprint(file)) => Some(file.sha256),
            _ => None,
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "opens files with flags that Miri does not know")]
    fn a_file_is_digested_under_the_first_of_its_names() -> Outcome {
        let paths = paths();
        let jobs = paths.iter().map(|path| Job::All(path)).enumerate();
        let apart = Apart::of(jobs, &Stores::default());
        let [(_, 0, first)] = *apart.firsts else {
            return Err("not one first".into());
        };
        let [(_, 1, other)] = *apart.others else {
            return Err("not one other".into());
        };
        let run = Run {
            digests: apart.digests(),
            ..Run::new(&[], Path::new("/"), &|| false)
        };
        let true_digest = digest(run.scan(&[(0, first)]));
        assert_eq!(digest(run.scan(&[(1, other)])), true_digest);

        // Were it read again, nobody would believe this.
        let mut known = run.digests.known.lock().map_err(|_| "poisoned")?;
        for digest in known.values_mut() {
            *digest = [7; 32];
        }
        assert_eq!(known.len(), 1);
        drop(known);
        assert_eq!(digest(run.scan(&[(1, other)])), Some(Sha256([7; 32])));
        Ok(())
    }

    #[test]
    #[cfg_attr(miri, ignore = "opens files with flags that Miri does not know")]
    fn pointers_to_one_object_are_names_of_it() -> Outcome {
        let root = std::env::temp_dir().join(format!("lbom-pointers-{}", std::process::id()));
        let oid = "ab".repeat(32);
        let store = root.join(".git/lfs/objects/ab/ab");
        fs::create_dir_all(&store)?;
        fs::write(store.join(&oid), vec![0; 5000])?;
        let text =
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 5000\n");
        let paths = [root.join("a.gguf"), root.join("b.gguf")];
        for path in &paths {
            fs::write(path, &text)?;
        }
        let apart = Apart::of(
            paths.iter().map(|path| Job::All(path)).enumerate(),
            &Stores::default(),
        );
        fs::remove_dir_all(&root)?;

        let weighed = |jobs: &[Weighed<'_>]| -> Vec<(u64, usize)> {
            jobs.iter()
                .map(|(size, index, _)| (*size, *index))
                .collect()
        };
        assert_eq!(weighed(&apart.firsts), [(5000, 0)]);
        assert_eq!(weighed(&apart.others), [(5000, 1)]);
        Ok(())
    }

    #[test]
    #[cfg_attr(miri, ignore = "opens files with flags that Miri does not know")]
    fn a_file_that_changed_is_digested_again() -> Outcome {
        let path = std::env::temp_dir().join(format!("lbom-names-{}", std::process::id()));
        let mut written = fs::File::create(&path)?;
        written.write_all(b"some")?;
        let file = Regular::open(&path)?;
        let jobs = [(0, Job::All(&path)), (1, Job::All(&path))];
        let digests = Apart::of(jobs.into_iter(), &Stores::default()).digests();
        let mut known = digests.known.lock().map_err(|_| "poisoned")?;
        known.insert(file.stamp().clone(), [7; 32]);
        drop(known);
        assert_eq!(digests.of(&file).map(|digested| digested.bytes), Some(4));

        // As long as before, and its modification time put back: the change time tells.
        let modified = written.metadata()?.modified()?;
        std::thread::sleep(Duration::from_millis(20));
        written.rewind()?;
        written.write_all(b"more")?;
        written.set_modified(modified)?;
        let changed = Regular::open(&path)?;
        fs::remove_file(&path)?;
        assert_eq!(digests.of(&changed).map(|digested| digested.bytes), None);
        Ok(())
    }

    #[test]
    #[cfg_attr(miri, ignore = "opens files with flags that Miri does not know")]
    fn a_file_that_was_written_to_lately_may_change_unseen() -> Outcome {
        let [path, _] = paths();
        let file = Regular::open(&path)?;
        let changed = fs::metadata(&path)?;
        let changed = u64::try_from(std::os::unix::fs::MetadataExt::ctime(&changed))?;
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);

        assert!(!file.stamp().is_settled(at(changed)));
        assert!(!file.stamp().is_settled(at(changed + 2)));
        assert!(file.stamp().is_settled(at(changed + 3)));
        // A clock that was set back tells nothing.
        assert!(!file.stamp().is_settled(at(changed - 60)));
        Ok(())
    }
}

//! Which files to look at: by content, whatever their name, in a fixed order.
//!
//! `.git` is skipped, `.gitignore` is not honoured. Links are followed where they stay inside the
//! root or inside a path that was asked for. A file comes up under each of its names, because a
//! policy, a lock and a loader speak of names: `prod/model.gguf` is not excused by what is said of
//! the `blobs/0f3a` that it links to.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;

use crate::content::{self, Content};
use crate::format::{self, lfs_pointer};
use crate::git::Stores;
use crate::opening::{Regular, Unopened, is_link, resolve};
use crate::record::NotExamined;

/// Something that came up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file to scan.
    File {
        /// The path, spelled like the path that was asked for.
        path: PathBuf,
        /// Whether the file itself was asked for.
        is_named: bool,
    },
    /// Something that looks like a model and cannot be looked at.
    NotExamined(NotExamined),
}

/// When a file comes up that is itself among the paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Whatever is in it.
    Always,
    /// Where it would come up in a directory: its content is recognised, or its suffix a model's.
    AsFound,
}

/// Links to directories that one search follows: what a store of a thousand models needs. Links can
/// multiply the names of a tree without end.
const MAX_LINKED_DIRECTORIES: usize = 4096;

/// Further names that files and directories have by such links, from which on no more links are
/// followed, however few names there are without them: sixteen for each of a thousand models.
const MAX_LINKED_NAMES: usize = 16_384;

/// Further names that each file and directory has by such links, on the whole.
const MAX_NAMES_OF_EACH: usize = 16;

/// Finds the model files at and below `paths`; ends early once `cancelled` answers `true`.
///
/// Files come in the order of `paths`, then by name: those among `paths` as `named` says, others where
/// their content is recognised or their suffix is a model's. Links must stay inside `root`.
#[must_use]
pub fn discover(
    paths: &[PathBuf],
    root: &Path,
    named: Named,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Vec<Found> {
    let mut search = Search {
        bounds: bounds(paths, root),
        is_named: named == Named::Always,
        walked: HashSet::new(),
        seen: HashSet::new(),
        ways: Vec::new(),
        own_names: 0,
        linked_names: 0,
        leads: Vec::new(),
        cancelled,
    };
    for (argument, path) in paths.iter().enumerate() {
        search.start(argument, path);
    }
    follow(search.leads, &Stores::default(), cancelled)
}

/// Where links may lead: the root and the paths that were asked for, those apart that are links.
fn bounds(paths: &[PathBuf], root: &Path) -> Vec<PathBuf> {
    let own = paths
        .iter()
        .map(PathBuf::as_path)
        .filter(|path| !is_link(path));
    std::iter::once(root)
        .chain(own)
        .filter_map(|path| fs::canonicalize(path).ok())
        .collect()
}

/// Something that may come up.
struct Lead {
    /// Index of the path that was asked for.
    argument: usize,
    path: PathBuf,
    is_named: bool,
    state: State,
}

enum State {
    /// A file; whether it comes up depends on its content.
    File { resolved: PathBuf },
    /// A file outside the bounds, behind a link.
    Escape { resolved: PathBuf },
    /// Comes up as it is.
    NotExamined(NotExamined),
}

struct Search<'a> {
    bounds: Vec<PathBuf>,
    /// Whether what was asked for comes up for that alone.
    is_named: bool,
    /// Directories that were walked, links resolved, each with the way that led there: on one way
    /// none is walked twice.
    walked: HashSet<(usize, PathBuf)>,
    /// Directories that were walked on any way, links resolved.
    seen: HashSet<PathBuf>,
    /// Directories that links led to, each way from the path that was asked for: on one way none
    /// is followed twice, so no way is a cycle.
    ways: Vec<Vec<PathBuf>>,
    /// Names of files and directories where they were walked first.
    own_names: usize,
    /// Their further names: those in directories that were walked on another way already.
    linked_names: usize,
    leads: Vec<Lead>,
    cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl Search<'_> {
    fn start(&mut self, argument: usize, asked: &Path) {
        let path = spelled(asked);
        let way = self.ways.len();
        self.ways.push(Vec::new());
        let is_named = self.is_named;
        let mut walk = Walk {
            search: self,
            argument,
            directories: Vec::new(),
            links: VecDeque::new(),
        };
        let target = fs::symlink_metadata(asked)
            .map_err(Unopened::from)
            .and_then(|metadata| {
                let is_link = metadata.is_symlink();
                let resolved = if is_link { None } else { Some(resolve(asked)?) };
                Ok((metadata.file_type(), resolved))
            });
        match target {
            Ok((file_type, Some(resolved))) => walk.entry(path, resolved, file_type, is_named, way),
            Ok((_, None)) => walk.link(path, is_named, way),
            Err(error) => {
                let state = State::NotExamined(error.record(&path));
                walk.add(path, true, state);
            }
        }
        walk.run();
    }
}

/// A path without the parts that say nothing.
fn spelled(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| *part != Component::CurDir)
        .collect()
}

/// The walk through one of the paths that were asked for. What is there in its own right comes
/// first, links after it.
struct Walk<'walk, 'a> {
    search: &'walk mut Search<'a>,
    argument: usize,
    /// Directories to list: as spelled, with links resolved, and by which way.
    directories: Vec<(PathBuf, PathBuf, usize)>,
    links: VecDeque<(PathBuf, usize)>,
}

impl Walk<'_, '_> {
    fn run(&mut self) {
        while !(self.search.cancelled)() {
            if let Some((path, resolved, way)) = self.directories.pop() {
                self.list(&path, &resolved, way);
            } else if let Some((path, way)) = self.links.pop_front() {
                self.link(path, false, way);
            } else {
                return;
            }
        }
    }

    fn list(&mut self, path: &Path, resolved: &Path, way: usize) {
        if !self.search.walked.insert((way, resolved.to_owned())) {
            return;
        }
        let shown = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        let unreadable = |error| State::NotExamined(Unopened::from(error).record(shown));
        let entries = match fs::read_dir(resolved) {
            Ok(entries) => entries,
            Err(error) => return self.add(path.to_owned(), false, unreadable(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))) {
                Ok((name, _)) if name == OsStr::new(".git") => {}
                Ok(found) => names.push(found),
                Err(error) => return self.add(path.to_owned(), false, unreadable(error)),
            }
        }
        let is_first = self.search.seen.insert(resolved.to_owned());
        let count = if is_first {
            &mut self.search.own_names
        } else {
            &mut self.search.linked_names
        };
        *count = count.saturating_add(names.len());
        names.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, file_type) in names {
            self.entry(
                path.join(&name),
                resolved.join(&name),
                file_type,
                false,
                way,
            );
        }
    }

    fn entry(
        &mut self,
        path: PathBuf,
        resolved: PathBuf,
        file_type: FileType,
        is_named: bool,
        way: usize,
    ) {
        if file_type.is_symlink() {
            self.links.push_back((path, way));
        } else if file_type.is_dir() {
            if format::has_model_suffix(&path) {
                let record = NotExamined {
                    path: path.clone(),
                    kind: "directory",
                    message:
                        "a directory with a model's suffix; its files are looked at one by one"
                            .to_owned(),
                };
                self.add(path.clone(), is_named, State::NotExamined(record));
            }
            self.directories.push((path, resolved, way));
        } else if file_type.is_file() {
            self.add(path, is_named, State::File { resolved });
        } else if is_named || format::has_model_suffix(&path) {
            let record = Unopened::NotRegular.record(&path);
            self.add(path, is_named, State::NotExamined(record));
        }
    }

    fn link(&mut self, path: PathBuf, is_named: bool, way: usize) {
        let is_model = is_named || format::has_model_suffix(&path);
        let target = resolve(&path).and_then(|resolved| {
            let metadata = fs::symlink_metadata(&resolved)?;
            Ok((resolved, metadata.file_type()))
        });
        let (resolved, file_type) = match target {
            Ok(target) => target,
            Err(error) => {
                if is_model || matches!(error, Unopened::Unreadable(_)) {
                    self.add(
                        path.clone(),
                        is_named,
                        State::NotExamined(error.record(&path)),
                    );
                }
                return;
            }
        };
        if self
            .search
            .bounds
            .iter()
            .any(|bound| resolved.starts_with(bound))
        {
            match self.way_through(&path, &resolved, file_type, way) {
                Ok(Some(way)) => self.entry(path, resolved, file_type, is_named, way),
                Ok(None) => {}
                Err(record) => self.add(path, is_named, State::NotExamined(record)),
            }
        } else if file_type.is_dir() || is_model {
            let state = State::NotExamined(Unopened::Escape.record(&path));
            self.add(path, is_named, state);
        } else if file_type.is_file() {
            self.add(path, is_named, State::Escape { resolved });
        }
    }

    /// The way that goes on through a link; `None` where a directory leads back to where the way
    /// has been, so that everything in it has its names already.
    fn way_through(
        &mut self,
        path: &Path,
        resolved: &Path,
        file_type: FileType,
        way: usize,
    ) -> Result<Option<usize>, NotExamined> {
        if !file_type.is_dir() {
            return Ok(Some(way));
        }
        let been = self.search.ways.get(way).cloned().unwrap_or_default();
        let parent = path.parent().and_then(|parent| resolve(parent).ok());
        let leads_up = parent.is_some_and(|parent| parent.starts_with(resolved));
        if leads_up || been.iter().any(|directory| directory == resolved) {
            return Ok(None);
        }
        let (own, linked) = (self.search.own_names, self.search.linked_names);
        let most = MAX_LINKED_NAMES.max(own.saturating_mul(MAX_NAMES_OF_EACH));
        let limit = if self.search.ways.len() >= MAX_LINKED_DIRECTORIES {
            Some(format!(
                "{MAX_LINKED_DIRECTORIES} links to directories were followed already"
            ))
        } else if linked >= most {
            Some(format!(
                "links to directories led to {linked} further names of {own} files and directories \
                 already, the limit is {most}"
            ))
        } else {
            None
        };
        if let Some(limit) = limit {
            return Err(NotExamined {
                path: path.to_owned(),
                kind: "limit-links",
                message: format!("not followed: {limit}"),
            });
        }
        let next = self.search.ways.len();
        self.search
            .ways
            .push([been, vec![resolved.to_owned()]].concat());
        Ok(Some(next))
    }

    fn add(&mut self, path: PathBuf, is_named: bool, state: State) {
        self.search.leads.push(Lead {
            argument: self.argument,
            path,
            is_named,
            state,
        });
    }
}

/// Looks into the files whose names do not decide, and brings everything into order.
fn follow(
    mut leads: Vec<Lead>,
    stores: &Stores,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Vec<Found> {
    let comes_up: Vec<bool> = leads
        .par_iter_mut()
        .map(|lead| !cancelled() && lead.comes_up(stores, cancelled))
        .collect();
    let mut index_of: HashMap<PathBuf, usize> = HashMap::new();
    let mut kept: Vec<Lead> = Vec::new();
    for (lead, _) in leads
        .into_iter()
        .zip(comes_up)
        .filter(|(_, comes_up)| *comes_up)
    {
        let next = kept.len();
        if let State::File { .. } = &lead.state {
            let name = std::path::absolute(&lead.path).unwrap_or_else(|_| lead.path.clone());
            let first = *index_of.entry(name).or_insert(next);
            if let Some(first) = kept.get_mut(first) {
                first.is_named |= lead.is_named;
                continue;
            }
        }
        kept.push(lead);
    }
    kept.sort_by(|a, b| (a.argument, &a.path).cmp(&(b.argument, &b.path)));
    let mut found: Vec<Found> = kept.into_iter().map(Lead::found).collect();
    found.dedup();
    found
}

impl Lead {
    /// Whether it is for a scan to look at.
    fn comes_up(&mut self, stores: &Stores, cancelled: &(dyn Fn() -> bool + Sync)) -> bool {
        let outcome = match &self.state {
            State::NotExamined(_) => return true,
            State::File { .. } if self.is_named || format::has_model_suffix(&self.path) => {
                return true;
            }
            State::File { resolved } | State::Escape { resolved } => {
                is_recognised(&self.path, resolved, stores, cancelled)
            }
        };
        match (outcome, &self.state) {
            (Ok(true), State::Escape { .. }) => {
                self.state = State::NotExamined(Unopened::Escape.record(&self.path));
                true
            }
            (Ok(is_recognised), _) => is_recognised,
            // Gone since it was listed: it is no part of the tree any more.
            (Err(Unopened::Missing), _) => false,
            (Err(error), _) => {
                self.state = State::NotExamined(error.record(&self.path));
                true
            }
        }
    }

    fn found(self) -> Found {
        match self.state {
            State::File { .. } | State::Escape { .. } => Found::File {
                path: self.path,
                is_named: self.is_named,
            },
            State::NotExamined(record) => Found::NotExamined(record),
        }
    }
}

/// Whether the content is a model's.
///
/// A pointer is one by its name, as long as the object that it leads to is not known for what it
/// names: what is fetched anew is what it names.
fn is_recognised(
    path: &Path,
    resolved: &Path,
    stores: &Stores,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<bool, Unopened> {
    let file = Regular::open_unlinked(resolved)?;
    let start = file.start()?;
    let is_model = format::is_model(&start, &file, path);
    if !lfs_pointer::is_start(&start) {
        return Ok(is_model);
    }
    let content = Content::of(file, resolved, stores);
    if format::is_model(&content.file.start()?, &content.file, path) {
        return Ok(true);
    }
    let is_other = |oid| content::is_other(&content.file, oid, cancelled);
    Ok(is_model && content.oid().is_some_and(is_other))
}

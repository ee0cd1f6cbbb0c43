//! `.lfsconfig`: where git-lfs takes the content behind pointers from, and where it puts it.
//!
//! Source: git-lfs-config(5), "LIST OF OPTIONS" and "LFSCONFIG". git-lfs has git print the file
//! (`git config --includes --list --file`) and reads the lines again, each up to its first `=`, so
//! a line feed or a `=` in a value or in a quoted name makes a setting of its own. So it does here.

use std::error::Error;
use std::fmt;

use super::Source;
use super::git_config::{self, GitConfigProblem};
use crate::anomalies::{Fault, Problem, clip, escape};
use crate::record::{Anomaly, AnomalyRule, Destination, DestinationClass};

/// Bytes of the file. Real ones have some hundred.
const MAX_FILE: usize = 64 * 1024;

/// Where it is and what is read of it.
pub(super) const SOURCE: Source = Source {
    name: ".lfsconfig",
    limit: MAX_FILE,
    read: |bytes| destinations(bytes).map_err(Anomaly::from),
};

/// The destinations in the bytes of the file, each with its setting as source and the offset of
/// that: of class `fetch` where content is taken from, `contact` where it is put.
///
/// All of those that are set, also where a later setting counts and an earlier one does not.
///
/// # Errors
/// What git would not read; that other files are included, whose settings would count as well.
pub fn destinations(bytes: &[u8]) -> Result<Vec<Destination>, Fault<LfsConfigProblem>> {
    let entries =
        git_config::entries(bytes).map_err(|fault| fault.map(LfsConfigProblem::Syntax))?;
    let mut destinations = Vec::new();
    for entry in entries {
        if includes(&entry.name) {
            return Err(Fault::at(
                entry.at,
                LfsConfigProblem::Include(escape(&entry.name)),
            ));
        }
        let Some(value) = &entry.value else { continue };
        let printed = [&entry.name, b"=".as_slice(), value].concat();
        destinations.extend(printed.split(|byte| *byte == b'\n').filter_map(|line| {
            let end = line.iter().position(|byte| *byte == b'=')?;
            let (name, rest) = line.split_at(end);
            let name = name.to_ascii_lowercase();
            let value = rest.get(1..).filter(|value| !value.is_empty())?;
            Some(Destination {
                class: class(&name)?,
                value: url(&escape(value)),
                source: clip(&escape(&name)),
                offset: Some(entry.at),
            })
        }));
    }
    Ok(destinations)
}

/// Whether a setting makes git read another file: git-config(1), "Includes" and "Conditional
/// includes".
fn includes(name: &[u8]) -> bool {
    name == b"include.path" || name.starts_with(b"includeif.") && name.ends_with(b".path")
}

/// What a setting is used for; `None` where nothing is contacted for it.
fn class(name: &[u8]) -> Option<DestinationClass> {
    let last = name.rsplit(|byte| *byte == b'.').next()?;
    let is_remote = name.starts_with(b"remote.");
    match last {
        b"url" if name == b"lfs.url" || is_remote => Some(DestinationClass::Fetch),
        b"pushurl" if name == b"lfs.pushurl" || is_remote => Some(DestinationClass::Contact),
        b"lfsurl" if is_remote => Some(DestinationClass::Fetch),
        b"lfspushurl" if is_remote => Some(DestinationClass::Contact),
        _ => None,
    }
}

/// The URL that a value is: `user@host:path` is short for one of ssh (git-clone(1), "Git URLs").
fn url(value: &str) -> String {
    let is_short = |(host, _): &(&str, &str)| !host.is_empty() && !host.contains('/');
    match value.split_once(':').filter(is_short) {
        Some((host, path)) if !path.starts_with("//") => {
            format!("ssh://{host}/{}", path.trim_start_matches('/'))
        }
        _ => value.to_owned(),
    }
}

/// Something that keeps `.lfsconfig` from being read.
#[derive(Debug)]
#[non_exhaustive]
pub enum LfsConfigProblem {
    /// Not what git reads.
    Syntax(GitConfigProblem),
    /// The name of a setting that makes git read another file.
    Include(String),
}

impl Problem for LfsConfigProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::NotExamined
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Syntax(problem) => problem.kind(),
            Self::Include(_) => "git-config-include",
        }
    }
}

impl fmt::Display for LfsConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(problem) => problem.fmt(f),
            Self::Include(name) => write!(
                f,
                "{} has git-lfs read another file, which is not looked at; write its settings here",
                clip(name)
            ),
        }
    }
}

impl Error for LfsConfigProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Syntax(problem) => Some(problem),
            Self::Include(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<(DestinationClass, String, String, Option<u64>)> {
        destinations(text.as_bytes())
            .into_iter()
            .flatten()
            .map(|each| (each.class, each.source, each.value, each.offset))
            .collect()
    }

    fn values(text: &str) -> Vec<String> {
        named(text)
            .into_iter()
            .map(|(_, _, value, _)| value)
            .collect()
    }

    #[test]
    fn every_setting_that_git_lfs_contacts_is_a_destination() {
        let text = "[lfs]\n\turl = https://a.example/x\n\tpushURL = https://b.example\n\
            [remote \"Origin.2\"]\nlfsurl = https://c.example\nlfspushurl=https://d.example\n";

        let expected = [
            (DestinationClass::Fetch, "lfs.url", "https://a.example/x", 7),
            (
                DestinationClass::Contact,
                "lfs.pushurl",
                "https://b.example",
                34,
            ),
            (
                DestinationClass::Fetch,
                "remote.origin.2.lfsurl",
                "https://c.example",
                82,
            ),
            (
                DestinationClass::Contact,
                "remote.origin.2.lfspushurl",
                "https://d.example",
                109,
            ),
        ];
        let expected: Vec<_> = expected
            .map(|(class, source, value, at)| {
                (class, source.to_owned(), value.to_owned(), Some(at))
            })
            .into();
        assert_eq!(named(text), expected);
    }

    #[test]
    fn settings_that_contact_nobody_are_none() {
        let text = "[lfs]\nfetchexclude = https://a.example\nurl\n[lfs \"https://b.example\"]\n\
            access = basic\n[other]\nurl = https://c.example\n[lfs]\nurl =\n";

        assert_eq!(named(text), []);
    }

    #[test]
    fn a_setting_that_only_git_lfs_sees_counts() {
        assert_eq!(
            values("[lfs]\nfetchexclude = \"x\\nlfs.URL=https://a.example\"\n"),
            ["https://a.example"]
        );
        assert_eq!(
            values("[lfs \"url=https://b.example/\"]\nx = y\n"),
            ["https://b.example/.x=y"]
        );
    }

    #[test]
    fn a_short_remote_is_one_of_ssh() {
        for (value, expected) in [
            ("git@a.example:team/x", "ssh://git@a.example/team/x"),
            ("a.example:/team/x", "ssh://a.example/team/x"),
            ("https://a.example:8443/x", "https://a.example:8443/x"),
            ("../store", "../store"),
            ("/srv/a:b", "/srv/a:b"),
            (":x", ":x"),
        ] {
            assert_eq!(values(&format!("[lfs]\nurl = {value}\n")), [expected]);
        }
    }

    #[test]
    fn what_is_no_text_matches_no_host() {
        let bytes = b"[lfs]\nurl = https://\xff.example\n";

        let value = destinations(bytes)
            .ok()
            .and_then(|mut all| Some(all.pop()?.value));

        assert_eq!(value.as_deref(), Some("https://\\xff.example"));
    }

    #[test]
    fn another_file_is_not_examined() {
        for text in [
            "[include]\npath = x\n",
            "[INCLUDE]\nPath = x\n",
            "[includeIf \"gitdir:/\"]\npath = x\n",
        ] {
            let kind = destinations(text.as_bytes()).map_err(|fault| Anomaly::from(fault).kind);
            assert_eq!(kind, Err("git-config-include"), "{text}");
        }
    }
}

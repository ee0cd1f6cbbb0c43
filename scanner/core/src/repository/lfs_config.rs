//! `.lfsconfig`: where git-lfs takes the content behind pointers from, and where it puts it.
//!
//! Source: git-lfs-config(5), "LIST OF OPTIONS" and "LFSCONFIG"; git-lfs 3.3,
//! `config/git_fetcher.go` and `lfshttp/endpoint.go`. git-lfs has git print the file
//! (`git config --includes --list --file`) and reads the lines again, each up to its first `=`, so
//! a line feed in a value or a `=` in a quoted name makes a setting of its own. So it does here.

use std::error::Error;
use std::fmt;

use super::Source;
use crate::anomalies::{Fault, Problem, clip, escape};
use crate::git::config::{self, GitConfigProblem};
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
    let entries = config::entries(bytes).map_err(|fault| fault.map(LfsConfigProblem::Syntax))?;
    let mut destinations = Vec::new();
    for entry in entries {
        if includes(&entry.name) {
            return Err(Fault::at(
                entry.at,
                LfsConfigProblem::Include(escape(&entry.name)),
            ));
        }
        let mut printed = entry.name;
        if let Some(value) = entry.value {
            printed.push(b'=');
            printed.extend(value);
        }
        let named = printed
            .split(|byte| *byte == b'\n')
            .filter_map(|line| named(line, entry.at));
        destinations.extend(named);
    }
    Ok(destinations)
}

/// Whether a setting makes git read another file: git-config(1), "Includes" and "Conditional
/// includes".
fn includes(name: &[u8]) -> bool {
    name == b"include.path" || name.starts_with(b"includeif.") && name.ends_with(b".path")
}

/// What a line of what git prints names, if it is a setting for which something is contacted.
fn named(line: &[u8], at: u64) -> Option<Destination> {
    let end = line.iter().position(|byte| *byte == b'=')?;
    let (name, value) = line.split_at(end);
    let name = name.to_ascii_lowercase();
    let value = escape(value.get(1..)?);
    let (class, kind) = class(&name)?;
    let value = match kind {
        Kind::Url => url(&value).filter(|_| !is_local(&value))?,
        Kind::Protocol if value.is_empty() || PROTOCOLS.contains(&&*value) => return None,
        Kind::Protocol => value,
    };
    Some(Destination {
        class,
        value,
        source: clip(&escape(&name)),
        offset: Some(at),
    })
}

/// What a setting holds.
enum Kind {
    /// Where to go, or the name of a remote that says so.
    Url,
    /// What is put in front of a URL of git's own protocol, whatever it is.
    Protocol,
}

/// The protocols that there are.
const PROTOCOLS: &[&str] = &["http", "https", "ssh", "git"];

/// What a setting is used for, and what it holds; `None` where nothing is contacted for it.
///
/// Some settings of a remote count only if its name has a dot. They are taken for all.
fn class(name: &[u8]) -> Option<(DestinationClass, Kind)> {
    use DestinationClass::{Contact, Fetch};
    match name {
        b"lfs.gitprotocol" => return Some((Fetch, Kind::Protocol)),
        b"lfs.url" => return Some((Fetch, Kind::Url)),
        b"lfs.pushurl" => return Some((Contact, Kind::Url)),
        _ => {}
    }
    let of_remote = name.strip_prefix(b"remote.")?;
    let class = match of_remote.rsplit(|byte| *byte == b'.').next()? {
        b"lfsdefault" | b"url" | b"lfsurl" => Fetch,
        b"lfspushdefault" | b"pushdefault" | b"pushurl" | b"lfspushurl" => Contact,
        _ => return None,
    };
    Some((class, Kind::Url))
}

/// Whether a value is a path of this machine or the name of a remote, for every system: what starts with
/// two separators is a path of another machine for some.
fn is_local(value: &str) -> bool {
    let path = value.strip_prefix("file://");
    let is_path = path.is_some() || !value.contains(':');
    let path = path.unwrap_or(value);
    is_path
        && !path.contains('\\')
        && !path.starts_with("//")
        && (path.starts_with('/') || path == value)
}

/// The URL that a value is: `user@host:path` is short for one of ssh, and so is
/// `user@host:port:path`. `None` where there is nothing.
fn url(value: &str) -> Option<String> {
    let is_short = |(host, path): &(&str, &str)| {
        !host.is_empty() && !host.contains('/') && !path.starts_with("//")
    };
    let Some((host, path)) = value.split_once(':').filter(is_short) else {
        return (!value.is_empty()).then(|| value.to_owned());
    };
    Some(match path.split_once(':') {
        Some((port, path)) => format!("ssh://{host}:{port}/{}", path.replace(':', "/")),
        None => format!("ssh://{host}/{}", path.trim_start_matches('/')),
    })
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
            access = basic\n[other]\nurl = https://c.example\n[lfs]\nurl =\ngitprotocol = ssh\n\
            [remote]\nlfsdefault = upstream\npushdefault\n";

        assert_eq!(named(text), []);
    }

    #[test]
    fn a_remote_may_be_a_place_itself() {
        let text = "[remote]\nlfsdefault = https://a.example/x\nlfspushdefault=git@b.example:x\n\
            pushDefault = //c.example/x\n";

        let found: Vec<_> = named(text)
            .into_iter()
            .map(|(class, _, value, _)| (class, value))
            .collect();
        let expected = [
            (DestinationClass::Fetch, "https://a.example/x"),
            (DestinationClass::Contact, "ssh://git@b.example/x"),
            (DestinationClass::Contact, "//c.example/x"),
        ];
        assert_eq!(
            found,
            expected.map(|(class, value)| (class, value.to_owned()))
        );
    }

    #[test]
    fn a_protocol_that_is_none_may_lead_anywhere() {
        let text = "[lfs]\ngitprotocol = https://a.example/x?\n";

        assert_eq!(values(text), ["https://a.example/x?"]);
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
        assert_eq!(
            values("[lfs \"url=https://b.example/\"]\nx\n"),
            ["https://b.example/.x"]
        );
    }

    #[test]
    fn a_short_remote_is_one_of_ssh() {
        for (value, expected) in [
            ("git@a.example:team/x", "ssh://git@a.example/team/x"),
            ("a.example:/team/x", "ssh://a.example/team/x"),
            ("a.example:22:team/x", "ssh://a.example:22/team/x"),
            // What is contacted stands behind the user; nothing allows what readers read differently.
            ("a.example:x@b.example:y", "ssh://a.example:x@b.example/y"),
            ("https://a.example:8443/x", "https://a.example:8443/x"),
            (":x", ":x"),
            ("//a.example/x", "//a.example/x"),
            ("\\\\\\\\a.example\\\\x", "\\\\a.example\\x"),
            ("file://a.example/x", "file://a.example/x"),
            ("file:////a.example/x", "file:////a.example/x"),
        ] {
            assert_eq!(values(&format!("[lfs]\nurl = {value}\n")), [expected]);
        }
    }

    #[test]
    fn a_path_of_this_machine_contacts_nobody() {
        for value in ["../store", "store", "/srv/lfs", "file:///srv/lfs"] {
            assert_eq!(named(&format!("[lfs]\nurl = {value}\n")), []);
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

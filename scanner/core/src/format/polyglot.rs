//! Files that are two things at once: a zip at the end of a model, bytes behind the end of what a
//! header describes, HDF5 behind the start of another format, and content that is no model at all.

use std::error::Error;
use std::fmt;
use std::path::Path;

use memchr::memmem;

use super::archives::{Budget, Part, Taking, take_members};
use super::{
    Format, Header, SNIFFED_BYTES, has_model_suffix, hdf5, llamafile, pickle, recognise,
    safetensors,
};
use crate::anomalies::{Anomalies, Fault, Problem};
use crate::archive::Window;
use crate::archive::tar::Tar;
use crate::archive::zip::{END_SEARCH, Zip};
use crate::reader::{Reader, Source};
use crate::record::{Anomaly, AnomalyRule};

/// Formats whose readers account for a zip at the end, or in which one may be a member.
const MAY_END_IN_ZIP: &[&str] = &[llamafile::NAME, "tar"];

/// Content that is no model, by its first bytes.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a macOS program or Java class"),
    (b"\xfe\xed\xfa\xcf", "a macOS program"),
    (b"\0asm", "a WebAssembly program"),
    (b"#!", "a script"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
];

/// The first bytes of an HTML page, in lower case and behind white space.
const HTML: &[&[u8]] = &[b"<!doctype html", b"<html", b"<head", b"<script"];

/// Says what else a file is, beside what its reader read of it.
pub(crate) fn look(
    format: Option<&Format>,
    start: &[u8],
    path: &Path,
    source: &dyn Source,
    header: &mut Header,
) {
    let own = format.map_or("", |format| format.name);
    name_what_follows(own, source, &mut header.facts.anomalies);
    if format.is_none() && has_model_suffix(path) {
        let foreign = foreign(start).map(PolyglotProblem::Foreign);
        let anomaly = foreign.map(|problem| Anomaly::from(Fault::at(0, problem)));
        header.facts.anomalies.extend(anomaly);
    }
    if format.is_some_and(|format| format.name == safetensors::NAME) {
        look_for_pickle(source, header);
    }
    let hidden = format.and_then(|format| hidden_hdf5(format, source));
    let hidden = hidden.map(|at| Anomaly::from(Fault::at(at, PolyglotProblem::Hdf5)));
    header.facts.anomalies.extend(hidden);
    let is_zip = start.starts_with(b"PK");
    if !is_zip && !format.is_some_and(|format| MAY_END_IN_ZIP.contains(&format.name)) {
        look_for_zip(source, header);
    }
}

/// Says of bytes behind the end of a model of a format, or before its start, what they start like.
fn name_what_follows(own: &str, source: &dyn Source, anomalies: &mut [Anomaly]) {
    for anomaly in anomalies {
        let Some(offset) = anomaly.offset else {
            continue;
        };
        // An anomaly of a member has its offset in the file, too.
        if anomaly.rule != AnomalyRule::TrailingData {
            continue;
        }
        let rest = Window::new(source, offset, source.size());
        // What cannot be read now was read before; the digest will tell.
        let start = rest.range(0, SNIFFED_BYTES).unwrap_or_default();
        let padding = start.iter().take_while(|byte| **byte == 0).count();
        let start = start.get(padding..).unwrap_or_default();
        let found = recognise(start, rest.size(), Path::new("")).map(|format| format.name);
        // What stands before a model goes on with the model itself.
        let found = found.filter(|found| offset > 0 || *found != own);
        if let Some(found) = found.or_else(|| foreign(start)) {
            anomaly.message.push_str("; they start like ");
            anomaly.message.push_str(found);
        }
    }
}

/// What content is that is no model.
fn foreign(start: &[u8]) -> Option<&'static str> {
    let by_magic = FOREIGN
        .iter()
        .find(|(magic, _)| start.starts_with(magic))
        .map(|(_, what)| *what);
    by_magic.or_else(|| {
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let head: Vec<u8> = text
            .trim_ascii_start()
            .iter()
            .take(16)
            .map(u8::to_ascii_lowercase)
            .collect();
        HTML.iter()
            .any(|tag| head.starts_with(tag))
            .then_some("an HTML page")
    })
}

/// Looks for a program in the bytes of safetensors: their first byte is the low one of a length, and
/// so may be an opcode of a pickle that passes over the header and goes on in the data.
fn look_for_pickle(source: &dyn Source, header: &mut Header) {
    if let Some(found) = pickle::hidden(source, &mut 0) {
        header.facts.imports.extend(found.facts.imports);
        let fault = Fault::at(0, PolyglotProblem::Pickle);
        header.facts.anomalies.push(fault.into());
    }
}

/// Where HDF5 begins in a file of another format that does not say so. Readers of HDF5 look for it
/// at 512 times each power of two, whatever stands before it.
pub(super) fn hidden_hdf5(format: &Format, source: &dyn Source) -> Option<u64> {
    if format.name == hdf5::NAME {
        return None;
    }
    let at = hdf5::starts(source).next()?;
    let is_told = windows(source).iter().any(|window| {
        let inside = at.checked_sub(window.start());
        inside.is_some_and(|inside| hdf5::is_place(inside, window.size()))
    });
    (!is_told).then_some(at)
}

/// The members of an archive that stand in it as they are, which are looked at one by one.
fn windows(source: &dyn Source) -> Vec<Window<'_>> {
    let reader = Reader::new(source);
    // What is wrong with it is said where it is read.
    if let Ok(tar) = Tar::open(&reader, &mut Anomalies::default()) {
        let members = tar.members().iter();
        return members.filter_map(|member| tar.window(member)).collect();
    }
    let Ok(zip) = Zip::open(&reader, &mut Anomalies::default()) else {
        return Vec::new();
    };
    let members = zip.members().iter();
    members.filter_map(|member| zip.window(member)).collect()
}

/// Looks for a zip that ends where the file does, as readers of zips do whatever stands before it.
fn look_for_zip(source: &dyn Source, header: &mut Header) {
    let base = source.size().saturating_sub(END_SEARCH);
    let tail = Window::new(source, base, END_SEARCH);
    let length = usize::try_from(tail.size()).unwrap_or_default();
    let bytes = tail.range(0, length).unwrap_or_default();
    if memmem::find(&bytes, b"PK\x05\x06").is_none() {
        return;
    }
    let mut anomalies = Anomalies::default();
    let zip = Zip::open_at_end(&Reader::new(source), &mut anomalies);
    let Some(zip) = zip.ok().filter(|zip| !zip.members().is_empty()) else {
        // Four bytes are there by chance now and then, those of a directory as well never are; and some
        // readers of zips put up with more than ours does.
        if memmem::find(&bytes, b"PK\x01\x02").is_some() {
            let problem = Fault::anywhere(PolyglotProblem::BrokenZipAtEnd);
            header.facts.anomalies.push(problem.into());
        }
        return;
    };
    let members = zip.members().len();
    let mut taking = Taking::of(std::mem::take(header));
    let start = zip.start();
    taking
        .anomalies
        .report(|| Fault::at(start, PolyglotProblem::ZipAtEnd(members)));
    let part = Part {
        name: "zip at the end",
        offset: Some(0),
    };
    let mut inside = Taking::default();
    inside.anomalies = anomalies;
    let mut budget = Budget::of_file(source.size());
    take_members(&zip, &mut inside, &mut budget);
    taking.add(part, inside.finish());
    *header = taking.finish();
}

/// What a file is beside a model, or instead of one.
#[derive(Debug)]
pub(super) enum PolyglotProblem {
    /// A zip of so many members ends the file.
    ZipAtEnd(usize),
    /// What ends the file has the marks of a zip, and is none that could be read.
    BrokenZipAtEnd,
    /// The bytes are those of a pickle, too.
    Pickle,
    /// HDF5 begins behind the start.
    Hdf5,
    /// Content that is no model.
    Foreign(&'static str),
}

impl Problem for PolyglotProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::ZipAtEnd(_) | Self::BrokenZipAtEnd | Self::Pickle | Self::Hdf5 => {
                AnomalyRule::ArchiveTrick
            }
            Self::Foreign(_) => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::ZipAtEnd(_) => "zip-at-end",
            Self::BrokenZipAtEnd => "broken-zip-at-end",
            Self::Pickle => "also-pickle",
            Self::Hdf5 => "also-hdf5",
            Self::Foreign(_) => "foreign-content",
        }
    }
}

impl fmt::Display for PolyglotProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZipAtEnd(members) => write!(
                f,
                "a zip of {members} members ends the file; readers of zips read that and not the \
                 model before it"
            ),
            Self::BrokenZipAtEnd => f.write_str(
                "the directory of a zip ends the file and is broken; readers of zips may read it, and \
                 not the model before it",
            ),
            Self::Pickle => f.write_str(
                "the bytes are those of a pickle, too; unpicklers run it and read no tensor",
            ),
            Self::Hdf5 => f.write_str(
                "HDF5 begins here, too; its readers pass over what stands before it and read that",
            ),
            Self::Foreign(what) => write!(f, "the file is named like a model and is {what}"),
        }
    }
}

impl Error for PolyglotProblem {}

//! `PyTorch`: a zip of pickles that describe tensors, and one member for the data of each storage.
//!
//! `torch.save` writes `<name>/data.pkl` and `<name>/data/<key>`; `TorchScript` adds `code/` and
//! `constants.pkl`, `torch.export` its programs. Sources: torch 2.12, `torch/serialization.py`
//! (`_save`, `_load`), `caffe2/serialize/inline_container.cc`, `torch/export/pt2_archive`.

mod exported;
mod legacy;
mod problem;
mod storages;
mod tar;

pub(super) use legacy::LEGACY;
pub use problem::PytorchProblem;
pub(super) use tar::{LEGACY_MEMBERS, LEGACY_TAR};

use std::collections::HashSet;

use super::archives::{Budget, MemberProblem, Part, Taking, take_member};
use super::pickle::{self, Findings, Input, Loader, Tensors};
use super::{Format, Header, signatures};
use crate::anomalies::Fault;
use crate::archive::Window;
use crate::archive::zip::{Member, Opened, Zip};
use crate::reader::Reader;
use crate::record::{Loading, Property};

/// Bytes of a stored pickle that are held against its checksum: the largest pickles of checkpoints
/// take a few megabytes.
const MAX_CHECKED: usize = 64 * 1024 * 1024;

/// Bytes of a member that holds a word: a version, a byte order.
const MAX_WORD: usize = 64;

/// Members with what a program was called with when it was traced or exported.
/// Sources: torch 2.15, `torch/csrc/jit/serialization/export_module.cpp`,
/// `torch/export/pt2_archive/constants.py`; before 2.7, `torch/_export/serde/serialize.py`.
const EXAMPLES: &[&[u8]] = &[
    b"traced_inputs",
    b"data/sample_inputs/",
    b"serialized_example_inputs.",
];

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "pytorch",
    suffixes: &["pt", "pth", "ckpt", "pt2", "ptl", "pkl"],
    recognised_by: "a zip of torch's members, or one with torch's suffix",
    loading: Loading::Program,
    facts: "every import of every pickle; names of TorchScript's files of code; every tensor; storages against their members",
    quantization: "each tensor's type against the file name",
    limits: "those of pickles and of archives; 32 MiB of compressed pickles",
    recognises: signatures::pytorch,
    read: Some(read),
};

/// Reads every pickle, and looks at every other member.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    look(reader, &mut Budget::of_file(reader.size()))
}

/// Reads one within an archive.
pub(super) fn look(reader: &mut Reader<'_>, budget: &mut Budget) -> Header {
    let mut taking = Taking::default();
    match Zip::open(reader, &mut taking.anomalies) {
        Ok(mut zip) => {
            // `torch.serialization.set_crc32_options(False)`; `torch.load` looks at none.
            zip.allow_no_checksums();
            let archive = Archive::of(&zip);
            let version = archive.read(&mut taking, budget);
            let mut header = taking.finish();
            header.version = version;
            archive.describe(&mut header);
            if archive.runs_code() {
                header.facts.loading = Some(Loading::Code);
            }
            header
        }
        Err(fault) => {
            taking.anomalies.report(|| fault);
            // What is no zip to one reader may be a pickle to another (CVE-2025-10155).
            let imports = pickle::imports(reader.source());
            let mut header = taking.finish();
            header.facts.imports = imports;
            header
        }
    }
}

/// An archive and what it is.
struct Archive<'a, 'source> {
    zip: &'a Zip<'source>,
    /// What stands before `data.pkl`: the name of the archive and a slash.
    prefix: Vec<u8>,
    is_script: bool,
    is_exported: bool,
}

impl<'a, 'source> Archive<'a, 'source> {
    fn of(zip: &'a Zip<'source>) -> Self {
        let named = |end: &[u8]| {
            let mut members = zip.members().iter().map(|member| &*member.name);
            members.find_map(|name| {
                let prefix = name.strip_suffix(end)?;
                (prefix.is_empty() || prefix.ends_with(b"/")).then_some(prefix)
            })
        };
        let prefix = named(b"data.pkl")
            .or_else(|| named(b"constants.pkl"))
            .or_else(|| named(b"archive_format"))
            .or_else(|| named(b"version"))
            .unwrap_or_default()
            .to_vec();
        let code = [prefix.as_slice(), b"code/"].concat();
        Self {
            is_script: zip
                .members()
                .iter()
                .any(|member| member.name.starts_with(&code)),
            is_exported: exported::is_exported(zip, &prefix),
            prefix,
            zip,
        }
    }

    /// Whether loading runs what the archive brings along: the functions of `TorchScript`, or
    /// machine code.
    fn runs_code(&self) -> bool {
        self.is_script || exported::has_machine_code(self.zip)
    }

    /// Names the files of code.
    fn describe(&self, header: &mut Header) {
        for member in self.zip.members().iter().filter(|_| self.is_script) {
            let name = member.name.strip_prefix(self.prefix.as_slice());
            if let Some(name) =
                name.filter(|name| name.starts_with(b"code/") && name.ends_with(b".py"))
            {
                header.facts.say_bytes(Property::CodeFile, name);
            }
        }
    }

    fn member(&self, name: &str) -> Option<&'a Member> {
        self.zip
            .find(&[self.prefix.as_slice(), name.as_bytes()].concat())
    }

    /// Reads all members and returns the version.
    fn read(&self, taking: &mut Taking, budget: &mut Budget) -> Option<String> {
        let version = [".data/version", "version", ".format_version"]
            .into_iter()
            .find_map(|name| self.word(name, taking));
        self.check_byte_order(taking);
        let mut reading = Reading::default();
        for member in self.zip.members() {
            if is_pickle(&member.name) {
                self.read_pickle(member, taking, &mut reading, budget);
            }
        }
        if reading.pickles == 0 && !self.is_exported {
            taking
                .anomalies
                .report(|| Fault::anywhere(PytorchProblem::NoPickle));
        }
        for member in self.zip.members().iter().filter(|m| !m.is_directory()) {
            if self.is_storage(member) {
                storages::look_at(self.zip, member, &mut reading, taking, budget);
            } else if !is_pickle(&member.name) && !self.take(member, taking, budget) {
                break;
            }
        }
        if self.is_exported {
            let weights = exported::weights(self.zip, &self.prefix, &mut taking.anomalies);
            taking.add_weights(weights);
        }
        version
    }

    /// Looks at another member; `false` where no more are looked at.
    fn take(&self, member: &Member, taking: &mut Taking, budget: &mut Budget) -> bool {
        if self.is_example(member) {
            taking.without_weights(|taking| take_member(self.zip, member, taking, budget))
        } else {
            take_member(self.zip, member, taking, budget)
        }
    }

    /// Whether a member holds what the program was called with, whose tensors are no weights.
    fn is_example(&self, member: &Member) -> bool {
        let name = member.name.strip_prefix(self.prefix.as_slice());
        name.is_some_and(|name| EXAMPLES.iter().any(|example| name.starts_with(example)))
    }

    /// The text of a small member.
    fn word(&self, name: &str, taking: &mut Taking) -> Option<String> {
        let member = self.member(name)?;
        match self.zip.bytes(member, MAX_WORD, &mut taking.anomalies) {
            Ok(bytes) => Some(String::from_utf8_lossy(bytes.trim_ascii()).into_owned()),
            Err(fault) => {
                taking.anomalies.report(|| fault);
                None
            }
        }
    }

    fn check_byte_order(&self, taking: &mut Taking) {
        let order = self.word("byteorder", taking);
        if let Some(order) = order.filter(|order| order != "little" && order != "big") {
            taking
                .anomalies
                .report(|| Fault::anywhere(PytorchProblem::ByteOrder(order)).within("byteorder"));
        }
    }

    /// Follows a pickle and holds its storages against their members.
    fn read_pickle(
        &self,
        member: &Member,
        taking: &mut Taking,
        reading: &mut Reading,
        budget: &mut Budget,
    ) {
        reading.pickles = reading.pickles.saturating_add(1);
        let name = member.text();
        let window = self.zip.window(member);
        let part = Part {
            name: &name,
            offset: window.as_ref().map(Window::start),
        };
        if window.is_some() && !budget.take_in_place(member.compressed_size) {
            return taking.report(part, MemberProblem::Shared);
        }
        let content = if window.is_some() {
            self.zip
                .member_source(member, MAX_CHECKED, &mut taking.anomalies)
        } else {
            budget
                .unpack(self.zip, member, &mut taking.anomalies)
                .map(Opened::Memory)
        };
        let content = match content {
            Ok(content) => content,
            Err(fault) => return taking.anomalies.report(|| fault),
        };
        let loader = if self.is_script {
            Loader::TorchScript
        } else {
            Loader::Torch
        };
        let mut findings = Findings::after(loader, *budget.opcodes());
        pickle::follow(&mut Input::of(&content, 0, Some(0)), &mut findings);
        *budget.opcodes() = findings.opcodes();
        let directory = storages::directory(&member.name);
        let is_example = self.is_example(member);
        for (key, storage) in findings.tensors.storages() {
            let name = [directory.as_slice(), key.as_bytes()].concat();
            // `torch.jit.save` leaves out the data of what a function was traced with.
            let is_left_out = is_example && self.zip.find(&name).is_some_and(|data| data.size == 0);
            if !is_left_out {
                storages::check(self.zip, &name, key, storage.bytes(), &mut taking.anomalies);
            }
            reading.storages.insert(name);
        }
        if is_example {
            findings.tensors = Tensors::default();
        }
        let mut header = Header::default();
        findings.finish(&mut header);
        taking.add(part, header);
    }

    /// Whether a member holds the data of a storage.
    fn is_storage(&self, member: &Member) -> bool {
        let name = member.name.strip_prefix(self.prefix.as_slice());
        name.is_some_and(|name| {
            let key = [&b"data/"[..], b"constants/", b"tensors/"]
                .iter()
                .find_map(|directory| name.strip_prefix(*directory));
            // Keys are numbers; exported programs keep other things there.
            key.is_some_and(|key| !key.is_empty() && key.iter().all(u8::is_ascii_digit))
        })
    }
}

/// What the pickles of an archive came to.
#[derive(Default)]
struct Reading {
    pickles: usize,
    /// Names of the members that hold the data of storages.
    storages: HashSet<Vec<u8>>,
}

/// Whether a member is a pickle by its name: `data.pkl`, `constants.pkl`, `code/x.py.debug_pkl`.
fn is_pickle(name: &[u8]) -> bool {
    name.ends_with(b".pkl") || name.ends_with(b".debug_pkl")
}

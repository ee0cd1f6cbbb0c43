//! Zip archives: the central directory and every local header, read and held against each other.
//!
//! A zip says everything twice, and its readers disagree about which of the two counts; whatever
//! differs is an anomaly, and reading goes on. By APPNOTE.TXT 6.3.10 and by what `CPython`'s
//! `zipfile` and the `miniz` in `PyTorch` do.

mod content;
mod directory;
mod end;
mod extra;
mod layout;
mod limits;
mod local;
mod problem;

use std::borrow::Cow;
use std::io;

pub use content::{Content, Opened};
pub(crate) use limits::END_SEARCH;
pub use problem::ZipProblem;

use super::{Window, names};
use crate::anomalies::{Anomalies, Fault, escape};
use crate::reader::{ReadProblem, Reader, Source};

type Result<T> = std::result::Result<T, Fault<ZipProblem>>;

/// Compression methods that are read: APPNOTE.TXT 4.4.5.
pub const STORED: u16 = 0;
/// Deflate, RFC 1951.
pub const DEFLATED: u16 = 8;

/// An archive whose members are known.
pub struct Zip<'source> {
    source: &'source dyn Source,
    members: Vec<Member>,
    /// Indices of the members in the order of their names.
    by_name: Vec<usize>,
    start: u64,
    has_checksums: bool,
}

/// A member as the central directory describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name as it stands, `/` between its parts.
    pub name: Vec<u8>,
    /// General purpose flags.
    pub flags: u16,
    /// Compression method: [`STORED`], [`DEFLATED`] or one that is not read.
    pub method: u16,
    /// Checksum of its content, as stated.
    pub crc32: u32,
    /// Bytes that it takes in the archive.
    pub compressed_size: u64,
    /// Bytes of its content, as stated.
    pub size: u64,
    /// Offset of its local header in the file.
    pub header_offset: u64,
    /// Offset of its data in the file; `None` where its local header is not there.
    pub data_offset: Option<u64>,
    /// Whether its data are encrypted, as far as can be told.
    pub is_encrypted: bool,
}

impl Member {
    /// The name as text; what is not UTF-8 stands as `\xNN`.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match std::str::from_utf8(&self.name) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(escape(&self.name)),
        }
    }

    fn fault(&self, problem: ZipProblem) -> Fault<ZipProblem> {
        Fault::at(self.header_offset, problem).within(&self.text())
    }

    /// Whether it is a directory.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.name.ends_with(b"/")
    }
}

/// What may stand before the first member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Anything,
}

impl<'source> Zip<'source> {
    /// Reads the directory and every local header of an archive that is the whole file.
    ///
    /// What is wrong and leaves members to be read goes to `anomalies`; the name of the member is
    /// the place.
    ///
    /// # Errors
    /// A file without an end record, with a directory outside the file, or that cannot be read.
    pub fn open(reader: &Reader<'source>, anomalies: &mut Anomalies) -> Result<Self> {
        Self::read(reader.source(), Before::Nothing, anomalies)
    }

    /// As [`Self::open`], for an archive at the end of something else, such as a program.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_at_end(reader: &Reader<'source>, anomalies: &mut Anomalies) -> Result<Self> {
        Self::read(reader.source(), Before::Anything, anomalies)
    }

    fn read(
        source: &'source dyn Source,
        before: Before,
        anomalies: &mut Anomalies,
    ) -> Result<Self> {
        let file = Window::new(source, 0, source.size());
        let end = end::find(&file, anomalies)?;
        let mut entries = directory::read(&file, &end, anomalies);
        for entry in &mut entries {
            local::compare(&file, entry, anomalies)?;
        }
        let start = layout::check(&file, &end, &entries, before, anomalies)?;
        let members: Vec<Member> = entries.into_iter().map(|entry| entry.member).collect();
        let mut by_name: Vec<usize> = (0..members.len()).collect();
        by_name.sort_by_key(|index| (members.get(*index).map(|member| &*member.name), *index));
        let mut zip = Self {
            source,
            members,
            by_name,
            start,
            has_checksums: true,
        };
        zip.report_doubles(anomalies);
        zip.unmask(anomalies);
        Ok(zip)
    }

    /// Takes checksums for left out where every member states zero, as a writer does that was told
    /// to compute none.
    pub fn allow_no_checksums(&mut self) {
        self.has_checksums = self.members.iter().any(|member| member.crc32 != 0);
    }

    /// The members, in the order of the central directory.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Offset of the first local header: where what may stand before the archive ends.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The member of this name; of several the last, which is the one that most readers take.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<&Member> {
        let name_at = |index: &usize| self.members.get(*index).map(|member| &*member.name);
        let after = self
            .by_name
            .partition_point(|index| name_at(index) <= Some(name));
        let index = self.by_name.get(after.checked_sub(1)?)?;
        self.members
            .get(*index)
            .filter(|member| member.name == name)
    }

    /// The bytes of a stored member where they stand; `None` where they are compressed, encrypted
    /// or not to be found.
    #[must_use]
    pub fn window(&self, member: &Member) -> Option<Window<'source>> {
        let is_plain = member.method == STORED && !member.is_encrypted;
        self.raw(member).filter(|_| is_plain)
    }

    /// The content of a member, first byte to last, without holding more than a few of them.
    ///
    /// # Errors
    /// A member that is encrypted, compressed in another way, or not to be found.
    pub fn stream(&self, member: &Member) -> Result<Content<'source>> {
        let raw = self.raw(member);
        let fault = |problem| member.fault(problem);
        if member.is_encrypted {
            return Err(fault(ZipProblem::Encrypted));
        }
        let raw = raw.ok_or_else(|| fault(ZipProblem::NoLocalHeader))?;
        match member.method {
            STORED | DEFLATED => {
                let mut content = Content::new(raw, member);
                content.has_checksum = self.has_checksums;
                Ok(content)
            }
            method => Err(fault(ZipProblem::Method(method))),
        }
    }

    /// The content of a member, at most `limit` bytes of it.
    ///
    /// A wrong checksum or size, and data that break off, go to `anomalies`; what could be read is
    /// returned.
    ///
    /// # Errors
    /// As [`Self::stream`], and content of more than `limit` bytes.
    pub fn bytes(
        &self,
        member: &Member,
        limit: usize,
        anomalies: &mut Anomalies,
    ) -> Result<Vec<u8>> {
        self.stream(member)?.into_bytes(limit, anomalies)
    }

    /// The content of a member as a source: in place where it is stored, else decompressed into
    /// at most `limit` bytes of memory.
    ///
    /// A stored member of more than `limit` bytes is not held against its checksum.
    ///
    /// # Errors
    /// As [`Self::bytes`].
    pub fn member_source(
        &self,
        member: &Member,
        limit: usize,
        anomalies: &mut Anomalies,
    ) -> Result<Opened<'source>> {
        let Some(window) = self.window(member) else {
            return self.bytes(member, limit, anomalies).map(Opened::Memory);
        };
        if usize::try_from(window.size()).is_ok_and(|size| size <= limit) {
            self.stream(member)?.drain(anomalies)?;
        }
        Ok(Opened::InPlace(window))
    }

    /// The bytes of a member as they stand in the archive.
    fn raw(&self, member: &Member) -> Option<Window<'source>> {
        let start = member.data_offset?;
        Some(Window::new(self.source, start, member.compressed_size))
    }

    /// Names that stand twice, or that come down to one on a file system.
    fn report_doubles(&self, anomalies: &mut Anomalies) {
        let mut report = |member: &Member| {
            anomalies.report(|| member.fault(ZipProblem::DuplicateName));
        };
        let in_order = || {
            self.by_name
                .iter()
                .filter_map(|index| self.members.get(*index))
        };
        for (before, member) in in_order().zip(in_order().skip(1)) {
            if before.name == member.name {
                report(member);
            }
        }
        let mut met = std::collections::HashSet::new();
        for member in &self.members {
            let Some(canonical) = names::canonical(&member.name) else {
                continue;
            };
            if self.find(&canonical).is_some() || !met.insert(canonical) {
                report(member);
            }
        }
    }

    /// Tells members that only say they are encrypted: some readers believe it and give up.
    fn unmask(&mut self, anomalies: &mut Anomalies) {
        let mut left = limits::MAX_UNMASKED;
        let mut unmasked = Vec::new();
        for (index, member) in self.members.iter().enumerate() {
            if !member.is_encrypted {
                continue;
            }
            let problem = if self.is_plain(member, &mut left) {
                unmasked.push(index);
                ZipProblem::NotEncrypted
            } else {
                ZipProblem::Encrypted
            };
            anomalies.report(|| member.fault(problem));
        }
        for index in unmasked {
            if let Some(member) = self.members.get_mut(index) {
                member.is_encrypted = false;
            }
        }
    }

    /// Whether data that are said to be encrypted are plain. Encryption puts 12 bytes or more
    /// before them, and makes noise of deflated ones.
    fn is_plain(&self, member: &Member, left: &mut u64) -> bool {
        match member.method {
            STORED => member.size == member.compressed_size,
            DEFLATED if member.size <= *left => {
                *left = left.saturating_sub(member.size);
                self.raw(member)
                    .is_some_and(|raw| Content::new(raw, member).decodes(member.size))
            }
            _ => false,
        }
    }
}

/// The four bytes at an offset; `None` where the file ends before.
fn signature_at(file: &Window<'_>, offset: u64) -> Result<Option<[u8; 4]>> {
    let bytes = file
        .range(offset, 4)
        .map_err(|error| io_fault(offset, error))?;
    Ok(bytes.first_chunk().copied())
}

fn io_fault(offset: u64, error: io::Error) -> Fault<ZipProblem> {
    Fault::at(offset, ZipProblem::Read(ReadProblem::Io(error)))
}

//! Tar archives: every header from first to last, in place. POSIX.1-2017 `pax`, and GNU tar's own
//! types; nothing is extracted, no link is followed.

mod header;
mod limits;
mod pax;
mod problem;

use std::borrow::Cow;
use std::collections::HashSet;

pub use header::Kind;
pub use problem::TarProblem;

/// Whether these bytes start with the header of a member, as tars of every age have it.
#[must_use]
pub fn is_header(bytes: &[u8]) -> bool {
    Block::of(bytes).is_some_and(|block| block.has_checksum())
}

use self::header::{BLOCK, Block};
use self::pax::{Extended, NameSource};
use super::{Window, names};
use crate::anomalies::{Anomalies, Fault, escape};
use crate::reader::{ReadProblem, Reader, Source, widen};

type Result<T> = std::result::Result<T, Fault<TarProblem>>;

/// An archive whose members are known.
pub struct Tar<'source> {
    source: &'source dyn Source,
    members: Vec<Member>,
}

/// A member as its header describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name as it stands, `/` between its parts.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Bytes of its content.
    pub size: u64,
    /// Offset of its header in the file.
    pub header_offset: u64,
    /// Offset of its content in the file.
    pub data_offset: u64,
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

    fn fault(&self, problem: TarProblem) -> Fault<TarProblem> {
        Fault::at(self.header_offset, problem).within(&self.text())
    }
}

impl<'source> Tar<'source> {
    /// Reads the headers of an archive that is the whole file.
    ///
    /// What is wrong goes to `anomalies`; the members before a header that cannot be read stay.
    ///
    /// # Errors
    /// A file that cannot be read, or whose first header is none.
    pub fn open(reader: &Reader<'source>, anomalies: &mut Anomalies) -> Result<Self> {
        let mut walk = Walk {
            file: Window::new(reader.source(), 0, reader.size()),
            position: 0,
            members: Vec::new(),
            names: HashSet::new(),
            name_bytes: 0,
        };
        if let Err(fault) = walk.run(anomalies) {
            if walk.members.is_empty() {
                return Err(fault);
            }
            anomalies.report(|| fault);
        }
        Ok(Self {
            source: reader.source(),
            members: walk.members,
        })
    }

    /// The members, in the order of the archive.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member of this name; of several the last, which is the one that extracting leaves.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<&Member> {
        self.members.iter().rfind(|member| member.name == name)
    }

    /// The content of a file where it stands; `None` for what is no file, or has holes.
    #[must_use]
    pub fn window(&self, member: &Member) -> Option<Window<'source>> {
        (member.kind == Kind::File)
            .then(|| Window::new(self.source, member.data_offset, member.size))
    }
}

/// A walk from header to header.
struct Walk<'source> {
    file: Window<'source>,
    position: u64,
    members: Vec<Member>,
    /// Names as a file system would take them.
    names: HashSet<Vec<u8>>,
    name_bytes: usize,
}

impl Walk<'_> {
    fn run(&mut self, anomalies: &mut Anomalies) -> Result<()> {
        let mut extended = Extended::default();
        while let Some(block) = self.next_block(anomalies)? {
            let at = self.position;
            let header = block.header(at, anomalies)?;
            self.position = at.saturating_add(BLOCK);
            if let Some(kind) = header.extends {
                let bytes = self.extension(at, header.size, anomalies)?;
                self.skip(header.size, at)?;
                extended.add(kind, &bytes, at, anomalies);
                continue;
            }
            let found = std::mem::take(&mut extended);
            let (name, source) = found.name(&header.name);
            // Those mark directories by their names.
            let is_directory = header.is_oldest && name.ends_with(b"/");
            let member = Member {
                size: found.size(&header, at, anomalies),
                kind: if is_directory {
                    Kind::Directory
                } else {
                    found.kind(header.kind)
                },
                name,
                header_offset: at,
                data_offset: self.position,
            };
            self.judge(&member, &header.link, &found, anomalies);
            if source == NameSource::Needless {
                let plain = escape(&header.name);
                anomalies.report(|| member.fault(TarProblem::NameOverridden(plain)));
            }
            let length = if member.kind.has_content() {
                member.size
            } else {
                0
            };
            let is_within_limits = self.keep(member, anomalies);
            self.skip(length, at)?;
            if !is_within_limits {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The next block; `None` at the end of the archive.
    fn next_block(&mut self, anomalies: &mut Anomalies) -> Result<Option<Block>> {
        let bytes = self.range(self.position, usize::try_from(BLOCK).unwrap_or_default())?;
        let Some(block) = Block::of(&bytes) else {
            // Most readers take the end of the file for the end of the archive.
            let at = self.position;
            anomalies.report(|| Fault::at(at, TarProblem::NoEnd));
            return Ok(None);
        };
        if block.is_zero() {
            self.check_rest(anomalies)?;
            return Ok(None);
        }
        Ok(Some(block))
    }

    /// Behind the first zero block stand zeros only.
    fn check_rest(&mut self, anomalies: &mut Anomalies) -> Result<()> {
        let rest = self.file.size().saturating_sub(self.position);
        let end = self.position.saturating_add(rest.min(limits::MAX_PADDING));
        let mut at = self.position.saturating_add(BLOCK);
        let mut is_zero = rest <= limits::MAX_PADDING;
        while at < end {
            let bytes = self.range(at, limits::PADDING_CHUNK)?;
            if let Some(index) = bytes.iter().position(|byte| *byte != 0) {
                at = at.saturating_add(widen(index));
                is_zero = false;
                break;
            }
            at = at.saturating_add(widen(bytes.len().max(1)));
        }
        if !is_zero {
            let bytes = self.file.size().saturating_sub(at);
            anomalies.report(|| Fault::at(at, TarProblem::DataAfter(bytes)));
        }
        Ok(())
    }

    /// The content of a header that describes the next one.
    fn extension(&mut self, at: u64, size: u64, anomalies: &mut Anomalies) -> Result<Vec<u8>> {
        let length = usize::try_from(size)
            .ok()
            .filter(|length| *length <= limits::MAX_EXTENSION);
        let Some(length) = length else {
            anomalies.report(|| Fault::at(at, limits::extension()));
            return Ok(Vec::new());
        };
        self.range(self.position, length)
    }

    fn skip(&mut self, length: u64, header: u64) -> Result<()> {
        let blocks = length.div_ceil(BLOCK).saturating_mul(BLOCK);
        let data_end = self.position.saturating_add(length);
        if data_end > self.file.size() {
            let missing = data_end.saturating_sub(self.file.size());
            return Err(Fault::at(header, TarProblem::MissingData { missing }));
        }
        self.position = self.position.saturating_add(blocks);
        Ok(())
    }

    fn range(&self, offset: u64, length: usize) -> Result<Vec<u8>> {
        self.file
            .range(offset, length)
            .map_err(|error| Fault::at(offset, TarProblem::Read(ReadProblem::Io(error))))
    }

    fn judge(
        &mut self,
        member: &Member,
        link: &[u8],
        extended: &Extended,
        anomalies: &mut Anomalies,
    ) {
        for problem in names::problems(&member.name, false) {
            anomalies.report(|| member.fault(TarProblem::Name(problem)));
        }
        if let Some(what) = member.kind.special() {
            let target = escape(extended.link.as_deref().unwrap_or(link));
            anomalies.report(|| member.fault(TarProblem::Special { what, target }));
        }
        match member.kind {
            Kind::Directory if member.size > 0 => {
                anomalies.report(|| member.fault(TarProblem::DirectoryWithData(member.size)));
            }
            Kind::Sparse => anomalies.report(|| member.fault(TarProblem::Sparse)),
            Kind::Other(kind) => anomalies.report(|| member.fault(TarProblem::UnknownType(kind))),
            _ => {}
        }
        let canonical = names::canonical(&member.name).unwrap_or_else(|| member.name.clone());
        let canonical = canonical.strip_suffix(b"/").unwrap_or(&canonical).to_vec();
        self.name_bytes = self.name_bytes.saturating_add(canonical.len());
        if member.kind != Kind::Directory && !self.names.insert(canonical) {
            anomalies.report(|| member.fault(TarProblem::DuplicateName));
        }
    }

    /// Keeps a member; `false` where it is the last that is.
    fn keep(&mut self, member: Member, anomalies: &mut Anomalies) -> bool {
        self.members.push(member);
        let is_within =
            self.members.len() < limits::MAX_MEMBERS && self.name_bytes < limits::MAX_NAME_BYTES;
        if !is_within {
            anomalies.report(|| Fault::at(self.position, limits::members()));
        }
        is_within
    }
}

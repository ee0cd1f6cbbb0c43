//! The central directory: one entry for each member. APPNOTE.TXT 4.3.12.

use super::end::End;
use super::extra::Extra;
use super::limits::{
    BOMB_RATIO, BOMB_SIZE, DIRECTORY_ENTRY, MAX_DEFLATE_RATIO, MAX_MEMBERS, MAX_NAME_BYTES,
};
use super::problem::ZipProblem;
use super::{DEFLATED, Member, Result, STORED};
use crate::anomalies::{Anomalies, Fault, escape};
use crate::archive::{Window, names};
use crate::reader::{Reader, widen};

const ENTRY: [u8; 4] = *b"PK\x01\x02";

/// Flags that every reader bears: how hard was compressed (2), that sizes follow the data, that
/// the name is UTF-8.
const BORNE: u16 = 0x0002 | 0x0004 | 0x0008 | 0x0800;
/// The last version of the format that a reader may be told to need: APPNOTE.TXT 4.4.3.2.
const VERSION: u8 = 63;

const ENCRYPTED: u16 = 0x0001;
const UTF8: u16 = 0x0800;

/// A member, and what else is needed to hold it against its local header.
pub(super) struct Entry {
    pub(super) member: Member,
    /// Offset behind its data and data descriptor; that of its header where that is not there.
    pub(super) end: u64,
}

/// Reads the entries; those behind a broken one stay unread.
pub(super) fn read(file: &Window<'_>, end: &End, anomalies: &mut Anomalies) -> Vec<Entry> {
    let directory = Window::new(file, end.directory, end.size);
    let mut reader = Reader::new(&directory);
    let mut entries = Vec::new();
    let mut name_bytes = 0_usize;
    while reader.remaining() > 0 {
        if widen(entries.len()) >= MAX_MEMBERS || name_bytes > MAX_NAME_BYTES {
            anomalies.report(|| Fault::at(end.directory, limit()));
            return entries;
        }
        let offset = end.directory.saturating_add(reader.position());
        match read_entry(&mut reader, offset, end.shift, anomalies) {
            Ok(entry) => {
                name_bytes = name_bytes.saturating_add(entry.member.name.len());
                entries.push(entry);
            }
            Err(fault) => {
                anomalies.report(|| fault);
                return entries;
            }
        }
    }
    let found = widen(entries.len());
    if end.count != found {
        let stated = end.count;
        anomalies.report(|| Fault::at(end.behind, ZipProblem::MemberCount { stated, found }));
    }
    report_bomb(&entries, anomalies);
    entries
}

fn limit() -> ZipProblem {
    ZipProblem::Limit {
        kind: "limit-members",
        of: "members",
        most: MAX_MEMBERS,
    }
}

fn read_entry(
    reader: &mut Reader<'_>,
    offset: u64,
    shift: u64,
    anomalies: &mut Anomalies,
) -> Result<Entry> {
    let wrong = || Fault::at(offset, ZipProblem::EntrySignature);
    if reader.remaining() < DIRECTORY_ENTRY || reader.array()? != ENTRY {
        return Err(wrong());
    }
    let made_by = reader.u16()?;
    // The second byte says for which system; nobody reads it.
    let [needed, _] = reader.array()?;
    let flags = reader.u16()?;
    let method = reader.u16()?;
    reader.u32()?;
    let crc32 = reader.u32()?;
    let compressed_size = reader.u32()?.into();
    let size = reader.u32()?.into();
    let lengths = [reader.u16()?, reader.u16()?, reader.u16()?];
    let disk = reader.u16()?;
    reader.u16()?;
    let attributes = reader.u32()?;
    let header_offset = reader.u32()?.into();
    let total: u64 = lengths.iter().copied().map(u64::from).sum();
    if total > reader.remaining() {
        return Err(wrong());
    }
    let [name, extra, comment] = lengths.map(u64::from);
    let name = reader.bytes(name, usize::MAX)?.unwrap_or_default();
    let extra = reader.bytes(extra, usize::MAX)?.unwrap_or_default();
    reader.skip(comment)?;

    let mut member = Member {
        name,
        flags,
        method,
        crc32,
        compressed_size,
        size,
        header_offset,
        data_offset: None,
        is_encrypted: flags & ENCRYPTED != 0,
    };
    let mut problems: Vec<ZipProblem> = names::problems(&member.name, flags & UTF8 != 0)
        .into_iter()
        .map(ZipProblem::Name)
        .collect();
    problems.extend(read_extra(&mut member, &extra));
    member.header_offset = member.header_offset.saturating_add(shift);
    problems.extend(check(&member, made_by, attributes));
    if needed > VERSION {
        problems.push(ZipProblem::Version(needed));
    }
    if disk != 0 && disk != u16::MAX {
        problems.push(ZipProblem::MultiVolume);
    }
    for problem in problems {
        anomalies.report(|| Fault::at(offset, problem).within(&member.text()));
    }
    Ok(Entry {
        end: member.header_offset,
        member,
    })
}

fn read_extra(member: &mut Member, bytes: &[u8]) -> Vec<ZipProblem> {
    let extra = Extra::read(bytes);
    let mut fields = [member.size, member.compressed_size, member.header_offset];
    let names = [
        "the size",
        "the compressed size",
        "the offset of the local header",
    ];
    let mut problems: Vec<ZipProblem> = extra.replace(&mut fields, names).into_iter().collect();
    [member.size, member.compressed_size, member.header_offset] = fields;
    if extra.is_broken {
        problems.push(ZipProblem::BrokenExtra);
    }
    if let Some((_, name)) = extra.unicode_path.filter(|(_, name)| *name != member.name) {
        problems.push(ZipProblem::OtherName(escape(name)));
    }
    problems
}

/// What the numbers of one entry say against each other.
fn check(member: &Member, made_by: u16, attributes: u32) -> Vec<ZipProblem> {
    let mut problems = Vec::new();
    let (compressed, size) = (member.compressed_size, member.size);
    // Encryption is told on its own: it may be a lie.
    if member.flags & !BORNE & !ENCRYPTED != 0 {
        problems.push(ZipProblem::Flags(member.flags));
    }
    if member.method == STORED && compressed != size && !member.is_encrypted {
        problems.push(ZipProblem::StoredSize { compressed, size });
    }
    let most = compressed.saturating_mul(MAX_DEFLATE_RATIO);
    if member.method == DEFLATED && size > most {
        problems.push(ZipProblem::Bomb { compressed, size });
    }
    if member.is_directory() && size > 0 {
        problems.push(ZipProblem::DirectoryWithData(size));
    }
    problems.extend(special_file(made_by, attributes).map(ZipProblem::SpecialFile));
    problems
}

/// What a member of Unix is, if neither a file nor a directory: the mode of `stat`, in the upper
/// half of the attributes (APPNOTE.TXT 4.4.2.2 and 4.4.15).
fn special_file(made_by: u16, attributes: u32) -> Option<&'static str> {
    const UNIX: [u16; 2] = [3, 19];
    if !UNIX.contains(&(made_by >> 8)) {
        return None;
    }
    match attributes >> 28 {
        0o1 => Some("a FIFO"),
        0o2 | 0o6 => Some("a device"),
        0o12 => Some("a link"),
        0o14 => Some("a socket"),
        _ => None,
    }
}

fn report_bomb(entries: &[Entry], anomalies: &mut Anomalies) {
    let total = |field: fn(&Member) -> u64| {
        entries
            .iter()
            .fold(0_u64, |sum, entry| sum.saturating_add(field(&entry.member)))
    };
    let compressed = total(|member| member.compressed_size);
    let size = total(|member| member.size);
    if size > BOMB_SIZE && size > compressed.saturating_mul(BOMB_RATIO) {
        anomalies.report(|| Fault::anywhere(ZipProblem::Bomb { compressed, size }));
    }
}

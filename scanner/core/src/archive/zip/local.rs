//! Local headers, held against the central directory. APPNOTE.TXT 4.3.7 and 4.3.9.

use super::directory::Entry;
use super::extra::Extra;
use super::limits::LOCAL_HEADER;
use super::problem::ZipProblem;
use super::{Result, io_fault};
use crate::anomalies::{Anomalies, Fault, escape};
use crate::archive::Window;
use crate::reader::{Reader, Source as _, widen};

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// Bytes fetched for a local header: enough for all but the longest names.
const FIRST_READ: usize = 256;

/// Flags that say how hard was compressed; no reader acts on them.
const EFFORT: u16 = 0x0002 | 0x0004;
const SIZES_FOLLOW: u16 = 0x0008;

/// A local header.
struct Local {
    flags: u16,
    method: u16,
    crc32: u32,
    /// Size and compressed size.
    sizes: [u64; 2],
    name: Vec<u8>,
    extra: Vec<u8>,
    end: u64,
}

/// Finds the data of a member and reports where its local header says something else.
pub(super) fn compare(
    file: &Window<'_>,
    entry: &mut Entry,
    anomalies: &mut Anomalies,
) -> Result<()> {
    let offset = entry.member.header_offset;
    let Some(mut local) = Local::read(file, offset)? else {
        let name = entry.member.text();
        anomalies.report(|| Fault::at(offset, ZipProblem::NoLocalHeader).within(&name));
        return Ok(());
    };
    let mut problems = local.replace_sizes();
    problems.extend(local.differences(entry));
    let member = &mut entry.member;
    member.data_offset = Some(local.end);
    let data_end = local.end.saturating_add(member.compressed_size);
    entry.end = data_end;
    // Data beyond the file are beyond the directory, too: the layout tells.
    if data_end <= file.size() && local.flags & SIZES_FOLLOW != 0 {
        match descriptor(file, data_end, entry)? {
            Some(length) => entry.end = data_end.saturating_add(length),
            None => problems.push(ZipProblem::Descriptor),
        }
    }
    for problem in problems {
        anomalies.report(|| Fault::at(offset, problem).within(&entry.member.text()));
    }
    Ok(())
}

impl Local {
    fn read(file: &Window<'_>, offset: u64) -> Result<Option<Self>> {
        let fetch = |length| {
            file.range(offset, length)
                .map_err(|error| io_fault(offset, error))
        };
        let mut bytes = fetch(FIRST_READ)?;
        let Some(length) = length(&bytes) else {
            return Ok(None);
        };
        if length > bytes.len() {
            bytes = fetch(length)?;
        }
        if length > bytes.len() {
            return Ok(None);
        }
        let source = &*bytes;
        let mut reader = Reader::new(&source);
        reader.skip(6)?;
        let flags = reader.u16()?;
        let method = reader.u16()?;
        reader.u32()?;
        let crc32 = reader.u32()?;
        let compressed = reader.u32()?.into();
        let size = reader.u32()?.into();
        let (name, extra) = (reader.u16()?, reader.u16()?);
        Ok(Some(Self {
            flags,
            method,
            crc32,
            sizes: [size, compressed],
            name: reader.bytes(name.into(), usize::MAX)?.unwrap_or_default(),
            extra: reader.bytes(extra.into(), usize::MAX)?.unwrap_or_default(),
            end: offset.saturating_add(widen(length)),
        }))
    }

    fn replace_sizes(&mut self) -> Vec<ZipProblem> {
        let extra = Extra::read(&self.extra);
        let names = ["the size", "the compressed size"];
        let mut problems: Vec<ZipProblem> =
            extra.replace(&mut self.sizes, names).into_iter().collect();
        if extra.is_broken {
            problems.push(ZipProblem::BrokenExtra);
        }
        if let Some((_, name)) = extra.unicode_path.filter(|(_, name)| *name != self.name) {
            problems.push(ZipProblem::OtherName(escape(name)));
        }
        problems
    }

    fn differences(&self, entry: &Entry) -> Vec<ZipProblem> {
        let member = &entry.member;
        let mut problems = Vec::new();
        if self.name != member.name {
            problems.push(ZipProblem::NameDiffers(escape(&self.name)));
        }
        let [size, compressed] = self.sizes;
        // Sizes and checksum may follow the data; then they are zero here, or already right.
        let may_follow = self.flags & SIZES_FOLLOW != 0;
        let rows = [
            (
                "the method",
                "method-differs",
                u64::from(member.method),
                u64::from(self.method),
                false,
            ),
            (
                "the flags",
                "flags-differ",
                u64::from(member.flags & !EFFORT),
                u64::from(self.flags & !EFFORT),
                false,
            ),
            (
                "the checksum",
                "crc-differs",
                u64::from(member.crc32),
                u64::from(self.crc32),
                may_follow,
            ),
            ("the size", "size-differs", member.size, size, may_follow),
            (
                "the compressed size",
                "compressed-size-differs",
                member.compressed_size,
                compressed,
                may_follow,
            ),
        ];
        let differing = rows
            .into_iter()
            .filter(|(.., in_directory, here, may_be_zero)| {
                here != in_directory && !(*may_be_zero && *here == 0)
            });
        problems.extend(differing.map(|(of, kind, directory, local, _)| {
            ZipProblem::FieldDiffers {
                of,
                kind,
                directory,
                local,
            }
        }));
        problems
    }
}

/// Bytes of a local header; `None` where none starts here.
fn length(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(&LOCAL) {
        return None;
    }
    let [a, b, c, d] = *bytes.get(26..)?.first_chunk()?;
    let name = usize::from(u16::from_le_bytes([a, b]));
    let extra = usize::from(u16::from_le_bytes([c, d]));
    let fixed = usize::try_from(LOCAL_HEADER).ok()?;
    fixed.checked_add(name)?.checked_add(extra)
}

/// Length of the data descriptor that repeats the directory's numbers: with a signature or
/// without, with numbers of four bytes or of eight.
///
/// An empty member's may be read in two ways: then the one that another record follows.
fn descriptor(file: &Window<'_>, offset: u64, entry: &Entry) -> Result<Option<u64>> {
    let member = &entry.member;
    let numbers = |width: usize| {
        let mut bytes = member.crc32.to_le_bytes().to_vec();
        for size in [member.compressed_size, member.size] {
            bytes.extend(size.to_le_bytes().iter().take(width));
        }
        bytes
    };
    // The longest is 24 bytes; a signature of a record may follow it.
    let found = file
        .range(offset, 28)
        .map_err(|error| io_fault(offset, error))?;
    let mut fitting = Vec::new();
    for width in [4, 8] {
        let plain = numbers(width);
        let signed = [&DESCRIPTOR[..], &plain].concat();
        for candidate in [signed, plain] {
            if let Some(rest) = found.strip_prefix(&*candidate) {
                fitting.push((widen(candidate.len()), rest.starts_with(b"PK")));
            }
        }
    }
    let followed = fitting.iter().find(|(_, is_followed)| *is_followed);
    Ok(followed.or(fitting.first()).map(|(length, _)| *length))
}

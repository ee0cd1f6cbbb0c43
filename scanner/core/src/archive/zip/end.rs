//! The end record: where the central directory is said to be, and where it can be.
//!
//! APPNOTE.TXT 4.3.14 to 4.3.16. A reader looks for it from the end of the file backward.

use super::limits::{END_RECORD, END_SEARCH};
use super::problem::ZipProblem;
use super::{Result, io_fault, signature_at};
use crate::anomalies::{Anomalies, Fault};
use crate::archive::Window;
use crate::reader::{Reader, Source as _, widen};

const END: [u8; 4] = *b"PK\x05\x06";
const ZIP64_END: [u8; 4] = *b"PK\x06\x06";
const ZIP64_LOCATOR: [u8; 4] = *b"PK\x06\x07";
const ENTRY: [u8; 4] = *b"PK\x01\x02";

/// Bytes of a zip64 end record without its extensible part, and of its locator.
const ZIP64_RECORD: u64 = 56;
const LOCATOR: u64 = 20;

/// Where the central directory is.
pub(super) struct End {
    /// Offset of the directory's first entry in the file.
    pub(super) directory: u64,
    /// Bytes of the directory.
    pub(super) size: u64,
    /// Members as stated.
    pub(super) count: u64,
    /// Bytes that stand before the archive and that its offsets do not count.
    pub(super) shift: u64,
    /// Offset of the first record behind the directory.
    pub(super) records: u64,
    /// Offsets of the signatures of other end records.
    pub(super) others: Vec<u64>,
    /// Offset of the first byte behind the archive.
    pub(super) behind: u64,
}

/// The end record as it stands.
struct Record {
    offset: u64,
    disks: [u16; 2],
    counts: [u64; 2],
    size: u64,
    directory: u64,
    comment: u64,
}

/// Finds the end record and the directory that it points at.
pub(super) fn find(file: &Window<'_>, anomalies: &mut Anomalies) -> Result<End> {
    let searched = file.size().min(END_SEARCH);
    let base = file.size().saturating_sub(searched);
    let tail = file
        .range(base, usize::try_from(searched).unwrap_or(usize::MAX))
        .map_err(|error| io_fault(base, error))?;
    let mut offsets: Vec<u64> = tail
        .windows(END.len())
        .enumerate()
        .filter(|(_, bytes)| *bytes == END)
        .map(|(index, _)| base.saturating_add(widen(index)))
        .filter(|offset| offset.saturating_add(END_RECORD) <= file.size())
        .collect();
    // Some readers take the last signature whatever follows; the last that fits is taken here, and
    // what readers could disagree about is said.
    let mut chosen = None;
    for offset in offsets.iter().rev() {
        let record = Record::read(file, *offset)?;
        if record.fits(file) {
            chosen = Some(record);
            break;
        }
    }
    let record = match (chosen, offsets.last()) {
        (Some(record), _) => record,
        (None, Some(last)) => Record::read(file, *last)?,
        (None, None) => return Err(Fault::at(file.size(), ZipProblem::NoEndRecord)),
    };
    offsets.retain(|offset| *offset != record.offset);
    record.directory(file, offsets, anomalies)
}

impl Record {
    fn read(file: &Window<'_>, offset: u64) -> Result<Self> {
        let mut reader = Reader::new(file);
        reader.skip(offset.saturating_add(4))?;
        Ok(Self {
            offset,
            disks: [reader.u16()?, reader.u16()?],
            counts: [reader.u16()?.into(), reader.u16()?.into()],
            size: reader.u32()?.into(),
            directory: reader.u32()?.into(),
            comment: reader.u16()?.into(),
        })
    }

    fn end(&self) -> u64 {
        self.offset
            .saturating_add(END_RECORD)
            .saturating_add(self.comment)
    }

    /// Whether comment and directory lie where a file has room for them.
    fn fits(&self, file: &Window<'_>) -> bool {
        self.end() <= file.size() && (self.is_zip64() || self.size <= self.offset)
    }

    /// Whether a number is too large for its field, so that a zip64 record holds it.
    fn is_zip64(&self) -> bool {
        self.counts.contains(&0xffff) || self.size == u64::from(u32::MAX) || self.has_far_offset()
    }

    fn has_far_offset(&self) -> bool {
        self.directory == u64::from(u32::MAX)
    }

    fn directory(
        mut self,
        file: &Window<'_>,
        others: Vec<u64>,
        anomalies: &mut Anomalies,
    ) -> Result<End> {
        let records = self.read_zip64(file, anomalies)?;
        let of_volumes = self.disks != [0, 0] && self.disks != [u16::MAX, u16::MAX];
        if of_volumes || self.counts.first() != self.counts.last() {
            anomalies.report(|| Fault::at(self.offset, ZipProblem::MultiVolume));
        }
        let [_, count] = self.counts;
        let (directory, shift) = self.place(file, records, anomalies)?;
        Ok(End {
            directory,
            size: self.size,
            count,
            shift,
            records,
            others,
            behind: self.end(),
        })
    }

    /// Where the directory starts, and how far offsets are from where they lead.
    fn place(
        &self,
        file: &Window<'_>,
        records: u64,
        anomalies: &mut Anomalies,
    ) -> Result<(u64, u64)> {
        let outside = || Fault::at(self.offset, ZipProblem::DirectoryOutsideFile);
        // By its size the directory ends where the records start; by its offset it starts there.
        let by_size = records.checked_sub(self.size).ok_or_else(outside)?;
        let shift = by_size.checked_sub(self.directory).ok_or_else(outside)?;
        if shift == 0 || self.size == 0 {
            return Ok((by_size, shift));
        }
        let is_entry = |offset| signature_at(file, offset).map(|found| found == Some(ENTRY));
        match (is_entry(self.directory)?, is_entry(by_size)?) {
            (true, true) => {
                anomalies.report(|| Fault::at(self.directory, ZipProblem::TwoDirectories));
                Ok((by_size, shift))
            }
            (true, false) => Ok((self.directory, 0)),
            (false, _) => Ok((by_size, shift)),
        }
    }

    /// Takes over what a zip64 record says, and returns where the records behind the directory
    /// start.
    fn read_zip64(&mut self, file: &Window<'_>, anomalies: &mut Anomalies) -> Result<u64> {
        let locator = self.offset.checked_sub(LOCATOR);
        let Some(locator) = locator.filter(|_| self.offset >= LOCATOR) else {
            return Ok(self.offset);
        };
        if signature_at(file, locator)? != Some(ZIP64_LOCATOR) {
            // 65,535 members or 4,294,967,295 bytes fit into their fields, if barely.
            return Ok(self.offset);
        }
        let mut reader = Reader::new(file);
        reader.skip(locator.saturating_add(4))?;
        let disk = reader.u32()?;
        let stated = reader.u64()?;
        let disks = reader.u32()?;
        if disk != 0 || disks > 1 {
            anomalies.report(|| Fault::at(locator, ZipProblem::MultiVolume));
        }
        let Some(offset) = zip64_record(file, stated, locator, anomalies)? else {
            anomalies
                .report(|| Fault::at(locator, ZipProblem::Zip64Missing("the central directory")));
            return Ok(locator);
        };
        self.take_zip64(file, offset, anomalies)?;
        Ok(offset)
    }

    fn take_zip64(
        &mut self,
        file: &Window<'_>,
        offset: u64,
        anomalies: &mut Anomalies,
    ) -> Result<()> {
        let mut reader = Reader::new(file);
        // Signature, size of the record, versions.
        reader.skip(offset.saturating_add(16))?;
        let disks = [reader.u32()?, reader.u32()?];
        if disks != [0, 0] {
            anomalies.report(|| Fault::at(offset, ZipProblem::MultiVolume));
        }
        let [here, all] = &mut self.counts;
        for (field, largest, of) in [
            (here, 0xffff, "the number of members"),
            (all, 0xffff, "the number of members"),
            (&mut self.size, u32::MAX, "the size of the directory"),
            (&mut self.directory, u32::MAX, "the offset of the directory"),
        ] {
            let zip64 = reader.u64()?;
            let plain = *field;
            if plain != u64::from(largest) && plain != zip64 {
                anomalies
                    .report(|| Fault::at(offset, ZipProblem::Zip64Disagrees { of, plain, zip64 }));
            }
            *field = zip64;
        }
        Ok(())
    }
}

/// Where the zip64 end record stands: where its locator says, and right before the locator.
fn zip64_record(
    file: &Window<'_>,
    stated: u64,
    locator: u64,
    anomalies: &mut Anomalies,
) -> Result<Option<u64>> {
    let is_record = |offset: u64| signature_at(file, offset).map(|found| found == Some(ZIP64_END));
    if is_record(stated)? {
        let mut reader = Reader::new(file);
        reader.skip(stated.saturating_add(4))?;
        // The size does not count the signature and itself.
        let end = reader.u64()?.saturating_add(12).saturating_add(stated);
        if end != locator {
            anomalies.report(|| Fault::at(locator, ZipProblem::Zip64Misplaced));
        }
        return Ok(Some(stated));
    }
    let before = locator.saturating_sub(ZIP64_RECORD);
    let found = is_record(before)?.then_some(before);
    if found.is_some() {
        anomalies.report(|| Fault::at(locator, ZipProblem::Zip64Misplaced));
    }
    Ok(found)
}

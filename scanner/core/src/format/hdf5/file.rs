//! The superblock, and numbers of the widths that it lays down.
//!
//! Source: HDF5 File Format Specification 3.0, II.A "Superblock".

use super::{Hdf5Problem, Result};
use crate::anomalies::{Anomalies, Fault};
use crate::format::signatures::Start;
use crate::reader::{Reader, Source, widen};

/// What every file starts with, behind its user block.
pub(super) const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// The first offset behind 0 where the signature may stand; each of the next is twice as far.
const FIRST_USER_BLOCK: u64 = 512;

/// A file whose superblock was read.
pub(super) struct File<'a, 'source> {
    pub(super) reader: &'a mut Reader<'source>,
    /// Version of the superblock.
    pub(super) version: u8,
    /// Where the object header of the root group stands.
    pub(super) root: u64,
    /// What addresses are counted from.
    base: u64,
    offset_width: u8,
    length_width: u8,
}

impl<'a, 'source> File<'a, 'source> {
    /// Reads the superblock, wherever it stands.
    pub(super) fn open(reader: &'a mut Reader<'source>, anomalies: &mut Anomalies) -> Result<Self> {
        let base = find_signature(reader)?;
        if base > 0 {
            anomalies.report(|| Fault::at(0, Hdf5Problem::UserBlock(base)));
        }
        let version = reader.u8()?;
        let mut file = Self {
            reader,
            version,
            root: 0,
            base,
            offset_width: 0,
            length_width: 0,
        };
        let end = match version {
            0 | 1 => file.read_old()?,
            2 | 3 => file.read_new()?,
            found => return Err(file.structure("the superblock", found)),
        };
        let size = file.reader.size();
        if end != size {
            let stated = end;
            anomalies.report(|| Fault::at(base, Hdf5Problem::End { stated, size }));
        }
        Ok(file)
    }

    /// Versions 0 and 1: the root group as an entry of a symbol table.
    fn read_old(&mut self) -> Result<u64> {
        // Versions of the free space, of the root group's entry, reserved, of shared headers.
        self.reader.skip(4)?;
        self.read_widths()?;
        // Reserved, the two sizes of B-tree nodes, flags.
        self.reader.skip(1 + 2 + 2 + 4)?;
        if self.version == 1 {
            self.reader.skip(4)?;
        }
        // The base address; free space.
        self.address()?;
        self.address()?;
        // The end is counted from the file's first byte, as `H5Fsuper.c` does.
        let end = self.heap_offset()?;
        // The driver's block; the name of the root group.
        self.address()?;
        self.address()?;
        self.root = self.known_address("the root group")?;
        Ok(end)
    }

    /// Versions 2 and 3: the root group's object header.
    fn read_new(&mut self) -> Result<u64> {
        self.read_widths()?;
        self.reader.skip(1)?;
        // The base address; the extension.
        self.address()?;
        self.address()?;
        let end = self.heap_offset()?;
        self.root = self.known_address("the root group")?;
        Ok(end)
    }

    fn read_widths(&mut self) -> Result<()> {
        let at = self.reader.position();
        for width in [&mut self.offset_width, &mut self.length_width] {
            *width = self.reader.u8()?;
            if !matches!(*width, 2 | 4 | 8) {
                return Err(Fault::at(at, Hdf5Problem::Width(*width)));
            }
        }
        Ok(())
    }

    /// The next number of so many bytes.
    pub(super) fn number(&mut self, width: u8) -> Result<u64> {
        Ok(match width {
            1 => self.reader.u8()?.into(),
            2 => self.reader.u16()?.into(),
            4 => self.reader.u32()?.into(),
            _ => self.reader.u64()?,
        })
    }

    /// The next length.
    pub(super) fn length(&mut self) -> Result<u64> {
        self.number(self.length_width)
    }

    /// The next address as an offset in the file; `None` where it is undefined.
    pub(super) fn address(&mut self) -> Result<Option<u64>> {
        let address = self.number(self.offset_width)?;
        let is_undefined = match self.offset_width {
            2 => address == u64::from(u16::MAX),
            4 => address == u64::from(u32::MAX),
            _ => address == u64::MAX,
        };
        // Past the end of numbers is past the end of the file: reading there says so.
        Ok((!is_undefined).then(|| self.base.saturating_add(address)))
    }

    /// The next address, which must be defined.
    pub(super) fn known_address(&mut self, of: &'static str) -> Result<u64> {
        let at = self.reader.position();
        self.address()?
            .ok_or_else(|| Fault::at(at, Hdf5Problem::MessageSize(of)))
    }

    /// The next number as wide as an address that counts from elsewhere, such as from a heap.
    pub(super) fn heap_offset(&mut self) -> Result<u64> {
        self.number(self.offset_width)
    }

    /// Moves to a structure and past its signature.
    pub(super) fn enter(&mut self, at: u64, signature: [u8; 4], of: &'static str) -> Result<()> {
        self.reader.seek(at)?;
        let found: [u8; 4] = self.reader.array()?;
        if found == signature {
            return Ok(());
        }
        let [first, ..] = found;
        Err(Fault::at(at, Hdf5Problem::Structure { of, found: first }))
    }

    /// A structure that the format does not have, just read.
    pub(super) fn structure(&self, of: &'static str, found: u8) -> Fault<Hdf5Problem> {
        let at = self.reader.position().saturating_sub(1);
        Fault::at(at, Hdf5Problem::Structure { of, found })
    }
}

/// Where the signature stands; the reader is left behind it.
fn find_signature(reader: &mut Reader<'_>) -> Result<u64> {
    for at in places(reader.size()) {
        reader.seek(at)?;
        if reader.array()? == SIGNATURE {
            return Ok(at);
        }
    }
    Err(Fault::at(0, Hdf5Problem::NoSignature))
}

/// Whether the signature stands behind a user block, however long.
pub(in crate::format) fn goes_on(_: &Start<'_>, source: &dyn Source) -> bool {
    starts(source).next().is_some()
}

/// Where the signature stands, of all places where it may.
pub(in crate::format) fn starts(source: &dyn Source) -> impl Iterator<Item = u64> {
    let mut bytes = [0; SIGNATURE.len()];
    places(source.size()).filter(move |at| {
        source.read_at(*at, &mut bytes).ok() == Some(bytes.len()) && bytes == SIGNATURE
    })
}

/// Whether the signature may stand here in a file of so many bytes.
pub(in crate::format) fn is_place(at: u64, size: u64) -> bool {
    places(size).any(|place| place == at)
}

/// Where the signature may stand: at most some fifty places, as each is twice as far as the last.
fn places(size: u64) -> impl Iterator<Item = u64> {
    let next = |at: &u64| Some(at.saturating_mul(2).max(FIRST_USER_BLOCK));
    let last = size.checked_sub(widen(SIGNATURE.len()));
    std::iter::successors(Some(0), next).take_while(move |at| last.is_some_and(|last| *at <= last))
}

//! Groups: names and the objects that they stand for.
//!
//! Old groups have a B-tree of symbol tables and a heap of names, new ones a message for each link
//! or, where there are many, a fractal heap, which is not read here.
//! Source: HDF5 File Format Specification 3.0, III.A.1, III.B, III.D and IV.A.2.g.

use std::collections::HashSet;

use super::file::File;
use super::object::Message;
use super::{Hdf5Problem, MAX_OBJECTS, Result};
use crate::anomalies::Fault;
use crate::reader::widen;

/// Bytes of a name. Layers of Keras bear the names that people give them.
const MAX_NAME: usize = 4096;

/// Levels of a B-tree: each holds at least twice as many names as the one below.
const MAX_LEVEL: u8 = 64;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The object whose header stands at this offset.
    Object(u64),
    /// A path inside the file.
    Path,
    /// An object of another file, whose name this is.
    External(Vec<u8>),
}

/// A name in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) name: Vec<u8>,
    pub(super) target: Target,
    /// Where it stands.
    pub(super) at: u64,
}

/// The links of a symbol table message.
pub(super) fn old_links(file: &mut File<'_, '_>, message: &Message) -> Result<Vec<Link>> {
    file.reader.seek(message.at)?;
    let tree = file.known_address("a symbol table")?;
    let heap = file.known_address("a symbol table")?;
    let names = heap_data(file, heap)?;
    let mut links = Vec::new();
    let mut walk = Walk {
        names,
        seen: HashSet::new(),
        links: &mut links,
    };
    walk.node(file, tree, MAX_LEVEL)?;
    Ok(links)
}

/// Where the names of a local heap stand.
fn heap_data(file: &mut File<'_, '_>, heap: u64) -> Result<Names> {
    file.enter(heap, *b"HEAP", "a local heap")?;
    // Version and three reserved bytes.
    file.reader.skip(4)?;
    let size = file.length()?;
    // The list of free blocks.
    file.length()?;
    let at = file.known_address("a local heap")?;
    Ok(Names { at, size })
}

/// The names of a group, one behind the other.
#[derive(Clone, Copy)]
struct Names {
    at: u64,
    size: u64,
}

struct Walk<'a> {
    names: Names,
    /// Nodes that were met, so that none is read twice.
    seen: HashSet<u64>,
    links: &'a mut Vec<Link>,
}

impl Walk<'_> {
    /// Reads a node of the B-tree that stands below `above` others at most.
    fn node(&mut self, file: &mut File<'_, '_>, at: u64, above: u8) -> Result<()> {
        self.meet(at)?;
        file.enter(at, *b"TREE", "a B-tree")?;
        match file.reader.u8()? {
            0 => {}
            found => return Err(file.structure("a B-tree of a group", found)),
        }
        let level = file.reader.u8()?;
        if level >= above {
            return Err(file.structure("a level of a B-tree", level));
        }
        let entries = file.reader.u16()?;
        // The siblings.
        file.address()?;
        file.address()?;
        let mut children = Vec::new();
        for _ in 0..entries {
            file.length()?;
            children.push(file.known_address("a child of a B-tree")?);
        }
        for child in children {
            if level > 0 {
                self.node(file, child, level)?;
            } else {
                self.symbols(file, child)?;
            }
        }
        Ok(())
    }

    fn symbols(&mut self, file: &mut File<'_, '_>, at: u64) -> Result<()> {
        self.meet(at)?;
        file.enter(at, *b"SNOD", "a symbol table")?;
        // Version and a reserved byte.
        file.reader.skip(2)?;
        let count = file.reader.u16()?;
        let mut entries = Vec::new();
        for _ in 0..count {
            let entry = file.reader.position();
            let name = file.heap_offset()?;
            let object = file.address()?;
            let cache = file.reader.u32()?;
            file.reader.skip(4 + 16)?;
            entries.push((entry, name, object, cache));
        }
        for (entry, name, object, cache) in entries {
            let target = match (cache, object) {
                // The value of a symbolic link stands in the heap too.
                (2, _) | (_, None) => Target::Path,
                (_, Some(object)) => Target::Object(object),
            };
            let name = self.names.name(file, name)?;
            self.links.push(Link {
                name,
                target,
                at: entry,
            });
        }
        Ok(())
    }

    fn meet(&mut self, at: u64) -> Result<()> {
        let is_too_much = self.links.len() > MAX_OBJECTS || self.seen.len() > MAX_OBJECTS;
        if is_too_much {
            let most = widen(MAX_OBJECTS);
            return Err(Fault::at(at, Hdf5Problem::Limit { of: "links", most }));
        }
        if self.seen.insert(at) {
            return Ok(());
        }
        Err(Fault::at(
            at,
            Hdf5Problem::MessageSize("a B-tree that turns back on itself"),
        ))
    }
}

/// A name of a local heap.
pub(super) fn name_in_heap(file: &mut File<'_, '_>, heap: u64, offset: u64) -> Result<Vec<u8>> {
    heap_data(file, heap)?.name(file, offset)
}

impl Names {
    /// The name at an offset, up to its zero byte.
    fn name(self, file: &mut File<'_, '_>, offset: u64) -> Result<Vec<u8>> {
        let at = self.at.saturating_add(offset);
        let end = self.at.saturating_add(self.size);
        file.reader.seek(at)?;
        let mut name = Vec::new();
        loop {
            if file.reader.position() >= end || name.len() > MAX_NAME {
                return Err(Fault::at(at, Hdf5Problem::MessageSize("a name")));
            }
            match file.reader.u8()? {
                0 => return Ok(name),
                byte => name.push(byte),
            }
        }
    }
}

/// The link in a message.
pub(super) fn new_link(file: &mut File<'_, '_>, message: &Message) -> Result<Link> {
    file.reader.seek(message.at)?;
    match file.reader.u8()? {
        1 => {}
        found => return Err(file.structure("a link", found)),
    }
    let flags = file.reader.u8()?;
    let kind = if flags & 0x08 == 0 {
        0
    } else {
        file.reader.u8()?
    };
    // The order of creation and the encoding of the name, each where a flag says so.
    file.reader.skip(if flags & 0x04 == 0 { 0 } else { 8 })?;
    file.reader.skip(u64::from(flags & 0x10 != 0))?;
    let length = file.number(1 << (flags & 3))?;
    let name = short(file, length, message)?;
    let target = match kind {
        0 => Target::Object(file.known_address("a link")?),
        1 => Target::Path,
        64 => {
            let length = u64::from(file.reader.u16()?);
            let value = short(file, length, message)?;
            // A byte of version and flags, the file, a zero byte, the path in it.
            let file_name = value.get(1..).unwrap_or_default();
            let file_name = file_name.split(|byte| *byte == 0).next();
            Target::External(file_name.unwrap_or_default().to_vec())
        }
        found => return Err(file.structure("a link of its own kind", found)),
    };
    if file.reader.position() > message.end() {
        return Err(Fault::at(message.at, Hdf5Problem::MessageSize("a link")));
    }
    Ok(Link {
        name,
        target,
        at: message.at,
    })
}

/// Bytes inside a message, which has no more than 64 KiB.
fn short(file: &mut File<'_, '_>, length: u64, message: &Message) -> Result<Vec<u8>> {
    let at = file.reader.position();
    let bytes = if at.saturating_add(length) <= message.end() {
        file.reader.bytes(length, usize::from(u16::MAX))?
    } else {
        None
    };
    bytes.ok_or_else(|| Fault::at(at, Hdf5Problem::MessageSize("a link")))
}

/// Whether a link info message leads to links that stand in a fractal heap.
pub(super) fn has_dense_links(file: &mut File<'_, '_>, message: &Message) -> Result<bool> {
    file.reader.seek(message.at)?;
    // The version.
    file.reader.skip(1)?;
    let flags = file.reader.u8()?;
    file.reader.skip(if flags & 1 == 0 { 0 } else { 8 })?;
    Ok(file.address()?.is_some())
}

/// Whether an attribute info message leads to attributes that stand in a fractal heap.
pub(super) fn has_dense_attributes(file: &mut File<'_, '_>, message: &Message) -> Result<bool> {
    file.reader.seek(message.at)?;
    file.reader.skip(1)?;
    let flags = file.reader.u8()?;
    file.reader.skip(if flags & 1 == 0 { 0 } else { 2 })?;
    Ok(file.address()?.is_some())
}

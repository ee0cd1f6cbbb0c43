//! Object headers: the messages that describe a group or a dataset.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A "Data Object Headers".

use super::file::File;
use super::{Hdf5Problem, MAX_MESSAGES, Result};
use crate::anomalies::Fault;

/// Blocks in which one header goes on. A header that grows by one attribute at a time has a few.
const MAX_BLOCKS: usize = 256;

/// Message flag: the message itself stands elsewhere.
const SHARED: u8 = 0b10;

/// Kinds of messages that are read.
pub(super) mod kind {
    pub(crate) const DATASPACE: u16 = 0x01;
    pub(crate) const LINK_INFO: u16 = 0x02;
    pub(crate) const DATATYPE: u16 = 0x03;
    pub(crate) const LINK: u16 = 0x06;
    pub(crate) const EXTERNAL_FILES: u16 = 0x07;
    pub(crate) const LAYOUT: u16 = 0x08;
    pub(crate) const ATTRIBUTE: u16 = 0x0c;
    pub(crate) const CONTINUATION: u16 = 0x10;
    pub(crate) const SYMBOL_TABLE: u16 = 0x11;
    pub(crate) const ATTRIBUTE_INFO: u16 = 0x15;
}

/// A message: what it is and where its body stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) kind: u16,
    pub(super) is_shared: bool,
    /// Offset of its body in the file.
    pub(super) at: u64,
    /// Bytes of its body.
    pub(super) size: u64,
}

impl Message {
    /// Offset behind its body.
    pub(super) fn end(&self) -> u64 {
        self.at.saturating_add(self.size)
    }
}

/// A stretch of the file that holds messages.
struct Block {
    at: u64,
    end: u64,
}

/// How messages of one header are framed.
enum Frame {
    /// Version 1: eight bytes before each, and a count of all.
    Old { left: u16 },
    /// Version 2: four bytes before each, six where the order of creation is kept.
    New { has_order: bool },
}

/// The messages of the object whose header stands at an offset.
pub(super) fn messages(file: &mut File<'_, '_>, at: u64) -> Result<Vec<Message>> {
    file.reader.seek(at)?;
    let (mut frame, first) = match file.reader.u8()? {
        1 => open_old(file)?,
        b'O' => open_new(file, at)?,
        found => return Err(file.structure("an object header", found)),
    };
    let mut messages = Vec::new();
    let mut blocks = vec![first];
    let mut next = 0;
    while let Some(block) = blocks.get(next) {
        let (start, end) = (block.at, block.end);
        let before = messages.len();
        read_block(file, start, end, &mut frame, &mut messages)?;
        for message in messages.get(before..).unwrap_or_default() {
            if message.kind == kind::CONTINUATION {
                blocks.push(continuation(file, message, &frame)?);
            }
        }
        if blocks.len() > MAX_BLOCKS {
            return Err(Fault::at(
                at,
                Hdf5Problem::Limit {
                    of: "blocks of an object header",
                    most: crate::reader::widen(MAX_BLOCKS),
                },
            ));
        }
        next = next.saturating_add(1);
    }
    Ok(messages)
}

fn open_old(file: &mut File<'_, '_>) -> Result<(Frame, Block)> {
    file.reader.skip(1)?;
    let left = file.reader.u16()?;
    // The number of references.
    file.reader.skip(4)?;
    let size = file.reader.u32()?;
    file.reader.skip(4)?;
    let at = file.reader.position();
    Ok((
        Frame::Old { left },
        Block {
            at,
            end: at.saturating_add(size.into()),
        },
    ))
}

fn open_new(file: &mut File<'_, '_>, at: u64) -> Result<(Frame, Block)> {
    file.enter(at, *b"OHDR", "an object header")?;
    match file.reader.u8()? {
        2 => {}
        found => return Err(file.structure("an object header", found)),
    }
    let flags = file.reader.u8()?;
    // Four times, then limits of attributes, each where a flag says so.
    file.reader.skip(if flags & 0x20 == 0 { 0 } else { 16 })?;
    file.reader.skip(if flags & 0x10 == 0 { 0 } else { 4 })?;
    let size = file.number(1 << (flags & 3))?;
    let at = file.reader.position();
    Ok((
        Frame::New {
            has_order: flags & 0x04 != 0,
        },
        Block {
            at,
            end: at.saturating_add(size),
        },
    ))
}

/// Where a header goes on.
fn continuation(file: &mut File<'_, '_>, message: &Message, frame: &Frame) -> Result<Block> {
    file.reader.seek(message.at)?;
    let at = file.known_address("a continuation")?;
    let size = file.length()?;
    let end = at.saturating_add(size);
    match frame {
        Frame::Old { .. } => Ok(Block { at, end }),
        Frame::New { .. } => {
            file.enter(at, *b"OCHK", "a continuation")?;
            Ok(Block {
                at: at.saturating_add(4),
                // The checksum.
                end: end.saturating_sub(4),
            })
        }
    }
}

fn read_block(
    file: &mut File<'_, '_>,
    start: u64,
    end: u64,
    frame: &mut Frame,
    messages: &mut Vec<Message>,
) -> Result<()> {
    file.reader.seek(start)?;
    loop {
        let at = file.reader.position();
        let overhead = match frame {
            Frame::Old { left: 0 } => return Ok(()),
            Frame::Old { .. } => 8,
            Frame::New { has_order: false } => 4,
            Frame::New { has_order: true } => 6,
        };
        // What is too short for a message is a gap.
        if at.saturating_add(overhead) > end {
            return Ok(());
        }
        let message = read_frame(file, frame)?;
        if message.end() > end {
            return Err(Fault::at(at, Hdf5Problem::MessageSize("a message")));
        }
        if messages.len() >= MAX_MESSAGES {
            return Err(Fault::at(
                at,
                Hdf5Problem::Limit {
                    of: "messages of an object",
                    most: crate::reader::widen(MAX_MESSAGES),
                },
            ));
        }
        messages.push(message);
        file.reader.skip(message.size)?;
    }
}

fn read_frame(file: &mut File<'_, '_>, frame: &mut Frame) -> Result<Message> {
    let (kind, size, flags) = match frame {
        Frame::Old { left } => {
            *left = left.saturating_sub(1);
            let kind = file.reader.u16()?;
            let size = file.reader.u16()?;
            let flags = file.reader.u8()?;
            file.reader.skip(3)?;
            (kind, size, flags)
        }
        Frame::New { has_order } => {
            let kind = file.reader.u8()?;
            let size = file.reader.u16()?;
            let flags = file.reader.u8()?;
            file.reader.skip(if *has_order { 2 } else { 0 })?;
            (kind.into(), size, flags)
        }
    };
    Ok(Message {
        kind,
        is_shared: flags & SHARED != 0,
        at: file.reader.position(),
        size: size.into(),
    })
}

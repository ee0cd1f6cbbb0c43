//! Telling a model of `OpenVINO` whose first element stands behind more than a file's first bytes: a
//! long comment, or one that holds what looks like an element.

use crate::format::signatures::Start;
use crate::format::{Beginning, Limited};
use crate::reader::{ReadError, Reader, Source, widen};
use crate::xml::Elements;

/// Bytes of a file that are read to tell it: as many as are read of a document.
const MAX_READ: u64 = 64 * 1024 * 1024;

/// The mark of UTF-8, which may stand before everything.
const MARK: [u8; 3] = *b"\xef\xbb\xbf";

/// The root element, and the one in it that every model has.
const ROOT: &[u8] = b"<net";
const LAYERS: &str = "layers";

/// What stands before the first element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    /// The root element of a model, at an offset.
    Net(u64),
    /// Another element, or no XML.
    Other,
}

/// Whether the first bytes of a file do not show its first element, or show that of a model.
pub(in crate::format) fn may_go_on(start: &Start<'_>) -> bool {
    let head = Beginning {
        bytes: start.bytes,
        size: widen(start.bytes.len()),
    };
    let is_longer = start.size > head.size;
    match first(&mut Reader::new(&head)) {
        Ok(first) => first != First::Other,
        Err(_) => is_longer && !start.bytes.is_empty(),
    }
}

/// Whether such a file goes on as a model. `source` is all of it.
pub(in crate::format) fn goes_on(start: &Start<'_>, source: &dyn Source) -> bool {
    if !may_go_on(start) {
        return false;
    }
    let source = Limited::new(source, MAX_READ);
    let mut reader = Reader::new(&source);
    let Ok(First::Net(at)) = first(&mut reader) else {
        return false;
    };
    reader.seek(at).is_ok() && has_layers(&mut reader)
}

/// Whether an element `net` with a version holds layers; what breaks before is taken for a model's,
/// as readers differ in what breaks them.
fn has_layers(reader: &mut Reader<'_>) -> bool {
    let mut elements = Elements::new(reader);
    match elements.next() {
        Ok(Some(root)) if root.attribute("version").is_some() => {}
        _ => return false,
    }
    loop {
        match elements.next() {
            Ok(Some(element)) if element.name == LAYERS => return true,
            Ok(Some(_)) => {}
            Ok(None) => return false,
            Err(_) => return true,
        }
    }
}

/// The first element of a document, behind declarations, comments and a document type.
fn first(reader: &mut Reader<'_>) -> Result<First, ReadError> {
    if reader.array()? != MARK {
        reader.seek(0)?;
    }
    loop {
        let at = reader.position();
        match reader.u8()? {
            byte if byte.is_ascii_whitespace() => {}
            b'<' => match reader.u8()? {
                b'?' => skip_past(reader, b"?>")?,
                b'!' => skip_declaration(reader)?,
                first => return is_net(reader, first, at),
            },
            _ => return Ok(First::Other),
        }
    }
}

fn is_net(reader: &mut Reader<'_>, first: u8, at: u64) -> Result<First, ReadError> {
    let mut name = vec![b'<', first];
    while name.len() < ROOT.len() {
        name.push(reader.u8()?);
    }
    let is_net = name == ROOT && reader.u8()?.is_ascii_whitespace();
    Ok(if is_net { First::Net(at) } else { First::Other })
}

/// A comment, or a document type with all that stands in it, as pugixml passes over it: `OpenVINO`
/// reads with that.
fn skip_declaration(reader: &mut Reader<'_>) -> Result<(), ReadError> {
    let is_comment = reader.array::<2>()? == *b"--";
    if is_comment {
        return skip_past(reader, b"-->");
    }
    let mut depth = 0_u64;
    loop {
        match reader.u8()? {
            quote @ (b'"' | b'\'') => skip_past(reader, &[quote])?,
            b'<' => match reader.array()? {
                [b'!', b'-'] => skip_past(reader, b"-->")?,
                [b'!', b'['] => skip_past(reader, b"]]>")?,
                [b'!', _] => depth = depth.saturating_add(1),
                [b'?', _] => skip_past(reader, b"?>")?,
                _ => {}
            },
            b'>' => match depth.checked_sub(1) {
                Some(around) => depth = around,
                None => return Ok(()),
            },
            _ => {}
        }
    }
}

fn skip_past(reader: &mut Reader<'_>, end: &[u8]) -> Result<(), ReadError> {
    let mut last = Vec::with_capacity(end.len());
    while last != end {
        if last.len() == end.len() {
            last.remove(0);
        }
        last.push(reader.u8()?);
    }
    Ok(())
}

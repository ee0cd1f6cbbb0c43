//! The tree of groups, and what is kept of it.

use std::collections::HashSet;

use super::attribute::{self, Text};
use super::datatype::{Element, dataspace, datatype};
use super::file::File;
use super::group::{self, Link, Target};
use super::object::{self, Message, kind};
use super::{Hdf5Problem, MAX_ALL_MESSAGES, MAX_DEPTH, MAX_OBJECTS, MAX_PATH_BYTES, Result};
use crate::anomalies::{Anomalies, Fault, clip, escape};
use crate::format::keras;
use crate::quantization::Tensor;
use crate::quantization::dtypes::spoken_dtype;
use crate::reader::{Reader, widen};

/// The group of a whole model in which Keras keeps its weights; versions stand beside them.
const WEIGHTS_GROUP: &str = "model_weights";

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The version of the superblock.
    pub(crate) version: Option<String>,
    /// Texts beside the root group, and beside the one of the weights, by their names.
    pub(crate) texts: Vec<(String, Text)>,
    /// The datasets of numbers, those of an optimizer apart.
    pub(crate) tensors: Vec<Tensor>,
    /// Numbers in them; `None` where the tree could not be read to its end.
    pub(crate) parameters: Option<u64>,
}

impl Contents {
    /// The text of this name beside the root group.
    pub(crate) fn text(&self, name: &str) -> Option<&Text> {
        let mut texts = self.texts.iter();
        texts.find(|(known, _)| known == name).map(|(_, text)| text)
    }
}

/// Walks through a file; what is wrong with it is reported.
pub(crate) fn contents(reader: &mut Reader<'_>, anomalies: &mut Anomalies) -> Contents {
    let mut walk = Walk::default();
    let outcome = walk.file(reader, anomalies);
    let mut contents = walk.contents;
    match outcome {
        Ok(()) => {
            let elements = contents.tensors.iter().map(|tensor| tensor.elements);
            contents.parameters = Some(elements.fold(0, u64::saturating_add));
        }
        Err(fault) => anomalies.report(|| fault),
    }
    keras::name_scaled_integers(&mut contents.tensors);
    contents
}

/// An object that is to be read.
struct Found {
    at: u64,
    path: String,
    depth: usize,
}

#[derive(Default)]
struct Walk {
    contents: Contents,
    seen: HashSet<u64>,
    waiting: Vec<Found>,
    path_bytes: usize,
    messages: usize,
}

impl Walk {
    fn file(&mut self, reader: &mut Reader<'_>, anomalies: &mut Anomalies) -> Result<()> {
        let mut file = File::open(reader, anomalies).map_err(|fault| fault.within("superblock"))?;
        self.contents.version = Some(file.version.to_string());
        self.waiting.push(Found {
            at: file.root,
            path: String::new(),
            depth: 0,
        });
        while let Some(found) = self.waiting.pop() {
            if self.seen.insert(found.at) {
                self.object(&mut file, &found, anomalies).map_err(|fault| {
                    fault.within(if found.depth == 0 { "/" } else { &found.path })
                })?;
            }
        }
        // The tree was walked last name first.
        self.contents.tensors.reverse();
        Ok(())
    }

    fn object(
        &mut self,
        file: &mut File<'_, '_>,
        found: &Found,
        anomalies: &mut Anomalies,
    ) -> Result<()> {
        let messages = object::messages(file, found.at)?;
        self.messages = self.messages.saturating_add(messages.len());
        if self.messages > MAX_ALL_MESSAGES || self.seen.len() > MAX_OBJECTS {
            return Err(limit(found.at, "objects and messages", MAX_OBJECTS));
        }
        for message in &messages {
            if let Err(fault) = self.message(file, found, message, anomalies) {
                anomalies.report(|| fault.within(&found.path));
            }
        }
        if let Err(fault) = self.dataset(file, found, &messages) {
            anomalies.report(|| fault.within(&found.path));
        }
        Ok(())
    }

    fn message(
        &mut self,
        file: &mut File<'_, '_>,
        found: &Found,
        message: &Message,
        anomalies: &mut Anomalies,
    ) -> Result<()> {
        let unread = |of| Err(Fault::at(message.at, Hdf5Problem::Unread(of)));
        match message.kind {
            kind::SYMBOL_TABLE => {
                for link in group::old_links(file, message)? {
                    self.follow(found, link, anomalies)?;
                }
            }
            kind::LINK => {
                let link = group::new_link(file, message)?;
                self.follow(found, link, anomalies)?;
            }
            kind::LINK_INFO if group::has_dense_links(file, message)? => {
                return unread("links in a fractal heap");
            }
            kind::ATTRIBUTE_INFO if group::has_dense_attributes(file, message)? => {
                return unread("attributes in a fractal heap");
            }
            kind::ATTRIBUTE if message.is_shared => return unread("shared attributes"),
            kind::ATTRIBUTE => self.attribute(file, found, message)?,
            kind::EXTERNAL_FILES => return Err(external_file(file, message)?),
            _ => {}
        }
        Ok(())
    }

    /// Keeps the texts beside the root group and the one of a model's weights.
    fn attribute(
        &mut self,
        file: &mut File<'_, '_>,
        found: &Found,
        message: &Message,
    ) -> Result<()> {
        if found.depth > 0 && found.path != WEIGHTS_GROUP {
            return Ok(());
        }
        let attribute = attribute::read(file, message)?;
        if let Some(text) = attribute.text {
            let name = escape(&attribute.name);
            let key = if found.depth == 0 {
                name
            } else {
                format!("{}: {name}", found.path)
            };
            self.path_bytes = self.path_bytes.saturating_add(text.bytes.len());
            if self.path_bytes > MAX_PATH_BYTES.saturating_mul(2) {
                return Err(limit(message.at, "bytes of texts", MAX_PATH_BYTES));
            }
            self.contents.texts.push((key, text));
        }
        Ok(())
    }

    fn follow(&mut self, found: &Found, link: Link, anomalies: &mut Anomalies) -> Result<()> {
        let name = escape(&link.name);
        if keras::leads_elsewhere(&name) {
            anomalies.report(|| {
                Fault::at(link.at, Hdf5Problem::PathLikeName)
                    .within(&name)
                    .within(&found.path)
            });
        }
        let at = match link.target {
            Target::Object(at) => at,
            Target::Path => return Ok(()),
            Target::External(file) => {
                let file = clip(&escape(&file));
                let fault = Fault::at(link.at, Hdf5Problem::ExternalLink(file)).within(&name);
                return Err(fault);
            }
        };
        let path = if found.depth == 0 {
            name
        } else {
            format!("{}/{name}", found.path)
        };
        self.path_bytes = self.path_bytes.saturating_add(path.len());
        let depth = found.depth.saturating_add(1);
        if depth > MAX_DEPTH {
            return Err(limit(link.at, "groups inside groups", MAX_DEPTH));
        }
        if self.path_bytes > MAX_PATH_BYTES || self.waiting.len() > MAX_OBJECTS {
            return Err(limit(link.at, "links", MAX_OBJECTS));
        }
        self.waiting.push(Found { at, path, depth });
        Ok(())
    }

    /// Keeps the object if it is a dataset of numbers.
    fn dataset(
        &mut self,
        file: &mut File<'_, '_>,
        found: &Found,
        messages: &[Message],
    ) -> Result<()> {
        let of = |wanted| messages.iter().find(|message| message.kind == wanted);
        let (Some(kind), Some(space), Some(layout)) =
            (of(kind::DATATYPE), of(kind::DATASPACE), of(kind::LAYOUT))
        else {
            return Ok(());
        };
        if kind.is_shared || space.is_shared {
            let problem = Hdf5Problem::Unread("types that datasets share");
            return Err(Fault::at(kind.at, problem));
        }
        file.reader.seek(kind.at)?;
        let datatype = datatype(file)?;
        file.reader.seek(space.at)?;
        let shape = dataspace(file)?;
        let overflow = || Fault::at(space.at, Hdf5Problem::SizeOverflow);
        let elements = shape.iter().try_fold(1_u64, |product, length| {
            product.checked_mul(*length).ok_or_else(overflow)
        })?;
        let bytes = elements.checked_mul(datatype.size).ok_or_else(overflow)?;
        check_layout(file, layout, bytes)?;
        let type_name = match datatype.element {
            Element::Number(name) => name,
            Element::Text | Element::TextInHeap => return Ok(()),
            Element::Other => stated_type(file, messages, datatype.size)?
                .ok_or_else(|| Fault::at(kind.at, Hdf5Problem::Unread("numbers of this type")))?,
        };
        if !keras::is_of_optimizer(&found.path) {
            self.contents.tensors.push(Tensor {
                name: found.path.as_str().into(),
                type_name,
                row: shape.last().copied().unwrap_or(1),
                dimensions: u8::try_from(shape.len()).unwrap_or(u8::MAX),
                elements,
                bytes,
            });
        }
        Ok(())
    }
}

/// The type that Keras states in an attribute, where HDF5 has no such numbers.
fn stated_type(
    file: &mut File<'_, '_>,
    messages: &[Message],
    size: u64,
) -> Result<Option<&'static str>> {
    let attributes = messages
        .iter()
        .filter(|message| message.kind == kind::ATTRIBUTE && !message.is_shared);
    for message in attributes {
        let attribute = attribute::read(file, message)?;
        let text = attribute.text.filter(|_| attribute.name == b"dtype");
        let stated = text.and_then(|text| spoken_dtype(&String::from_utf8_lossy(&text.bytes)));
        if let Some(dtype) = stated
            && size.checked_mul(8) == Some(dtype.bits)
        {
            return Ok(Some(dtype.name));
        }
    }
    Ok(None)
}

/// Holds the storage of a dataset against its shape and the file.
fn check_layout(file: &mut File<'_, '_>, message: &Message, bytes: u64) -> Result<()> {
    const CONTIGUOUS: u8 = 1;
    const VIRTUAL: u8 = 3;
    file.reader.seek(message.at)?;
    let version = file.reader.u8()?;
    let class = match version {
        1 | 2 => {
            // The rank comes first, reserved bytes follow.
            file.reader.skip(1)?;
            let class = file.reader.u8()?;
            file.reader.skip(5)?;
            class
        }
        3..=5 => file.reader.u8()?,
        found => return Err(file.structure("a layout", found)),
    };
    if class == VIRTUAL {
        let problem = Hdf5Problem::ExternalStorage("a virtual dataset".to_owned());
        return Err(Fault::at(message.at, problem));
    }
    if class != CONTIGUOUS {
        return Ok(());
    }
    // Space that was never written to has no address.
    let Some(start) = file.address()? else {
        return Ok(());
    };
    let size = file.reader.size();
    let end = start.saturating_add(bytes);
    if end > size {
        let problem = Hdf5Problem::MissingData { end, size };
        return Err(Fault::at(message.at, problem));
    }
    if version >= 3 {
        let found = file.length()?;
        if found != bytes {
            let expected = bytes;
            let problem = Hdf5Problem::Size { found, expected };
            return Err(Fault::at(message.at, problem));
        }
    }
    Ok(())
}

/// The first file of a list of external ones, as the problem that it is.
fn external_file(file: &mut File<'_, '_>, message: &Message) -> Result<Fault<Hdf5Problem>> {
    file.reader.seek(message.at)?;
    // Version, reserved bytes, the slots that there are.
    file.reader.skip(1 + 3 + 2)?;
    let used = file.reader.u16()?;
    let heap = file.known_address("a list of external files")?;
    let offset = if used == 0 { 0 } else { file.length()? };
    let name = group::name_in_heap(file, heap, offset)?;
    let problem = Hdf5Problem::ExternalStorage(clip(&escape(&name)));
    Ok(Fault::at(message.at, problem))
}

fn limit(at: u64, of: &'static str, most: usize) -> Fault<Hdf5Problem> {
    Fault::at(
        at,
        Hdf5Problem::Limit {
            of,
            most: widen(most),
        },
    )
}

//! Telling a graph of TensorFlow that a file's first bytes do not show: behind fields that the format
//! does not have, which protobuf passes over, behind a long name, behind nodes that tell nothing.

use super::start::{ATTRIBUTES, NodeKind, is_any_message, is_word};
use super::{GRAPH, META_GRAPH, SAVED_MODEL, operators};
use crate::format::signatures::Start;
use crate::format::{Format, Limited};
use crate::protobuf::{Field, Message, Span, Value, Wire, WireError};
use crate::reader::{Reader, Source};

/// Bytes of a file that are read to tell it: what is skipped by its length is not.
const MAX_READ: u64 = 64 * 1024 * 1024;

/// Fields that are walked: nodes of the largest graphs, with their attributes, take some millions.
const MAX_FIELDS: u64 = 1 << 22;

/// Bytes of an operator's name or an attribute's. Those of TensorFlow have some forty.
const MAX_NAME: usize = 1024;

/// Nodes from which a message that breaks, or goes on for too long, is a graph.
const MANY: u64 = 1024;

/// Whether the first bytes of a file are those of any message.
pub(in crate::format) fn may_go_on(start: &Start<'_>) -> bool {
    is_any_message(start.bytes)
}

/// Whether a file starts with a group, whose end nothing tells.
fn starts_with_group(start: &Start<'_>) -> bool {
    start.bytes.first().is_some_and(|tag| tag & 7 == 3)
}

/// What such a file is, if it goes on as a graph. `source` is all of it.
pub(in crate::format) fn goes_on(
    start: &Start<'_>,
    source: &dyn Source,
) -> Option<&'static Format> {
    if !may_go_on(start) && !starts_with_group(start) {
        return None;
    }
    for (depth, format) in [(2, &SAVED_MODEL), (1, &META_GRAPH)] {
        if holds_graph(source, depth) == Holds::Node {
            return Some(format);
        }
    }
    // What nobody can tell is read as what it may be.
    (holds_graph(source, 0) != Holds::None).then_some(&GRAPH)
}

/// What a file holds as far as it is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// No graph.
    None,
    /// A node that nothing else has, or many that may be.
    Node,
    /// More than is searched, and nothing that a graph does not have.
    More,
}

/// What a graph so many messages deep holds, if it is one.
fn holds_graph(source: &dyn Source, depth: u8) -> Holds {
    let source = Limited::new(source, MAX_READ);
    let mut reader = Reader::new(&source);
    let mut wire = Wire::past_groups(&mut reader);
    let file = wire.file();
    let mut search = Search {
        wire: &mut wire,
        left: MAX_FIELDS,
        nodes: 0,
        has_doubts: false,
    };
    match search.graph(file, depth) {
        Ok(true) => Holds::Node,
        Err(End::Cut | End::Limit) if search.nodes >= MANY => Holds::Node,
        Err(End::Limit) if !search.has_doubts => Holds::More,
        _ => Holds::None,
    }
}

/// A search for a node that only TensorFlow writes.
struct Search<'walk, 'a, 'source> {
    wire: &'walk mut Wire<'a, 'source>,
    left: u64,
    nodes: u64,
    /// Whether something was met that a graph seldom has.
    has_doubts: bool,
}

/// The end of a search that found nothing so far.
enum End {
    /// Something that a graph does not have.
    NoGraph,
    /// The message breaks, or more is read than a file is told by.
    Cut,
    /// More fields than are searched.
    Limit,
}

impl From<WireError> for End {
    fn from(_: WireError) -> Self {
        Self::Cut
    }
}

impl Search<'_, '_, '_> {
    fn next(&mut self, message: &mut Message) -> Result<Option<Field>, End> {
        self.left = self.left.checked_sub(1).ok_or(End::Limit)?;
        Ok(self.wire.next(message)?)
    }

    /// A `GraphDef`, or so deep in field 2 of others.
    fn graph(&mut self, mut message: Message, depth: u8) -> Result<bool, End> {
        while let Some(field) = self.next(&mut message)? {
            let Value::Bytes(span) = field.value else {
                continue;
            };
            let is_found = match (depth.checked_sub(1), field.number) {
                (Some(depth), 2) => self.graph(span.message()?, depth)?,
                (None, 1) => match self.node(span)? {
                    NodeKind::None => return Err(End::NoGraph),
                    kind => kind == NodeKind::Known,
                },
                (None, 2) => self.library(span)?,
                _ => false,
            };
            if is_found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A `FunctionDefLibrary`: nodes in field 3 of functions. One that is none breaks no more than a
    /// function that nothing calls.
    fn library(&mut self, span: Span) -> Result<bool, End> {
        let mut library = span.message()?;
        while let Some(field) = self.next(&mut library)? {
            let (1, Value::Bytes(span)) = (field.number, field.value) else {
                continue;
            };
            let mut function = span.message()?;
            while let Some(field) = self.next(&mut function)? {
                if let (3, Value::Bytes(span)) = (field.number, field.value)
                    && self.node(span)? == NodeKind::Known
                {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// What a `NodeDef` is; of several names of its operator the last counts.
    fn node(&mut self, span: Span) -> Result<NodeKind, End> {
        let mut op = Some(Vec::new());
        let mut has_attribute = false;
        let mut message = span.message()?;
        while let Some(field) = self.next(&mut message)? {
            match (field.number, field.value) {
                (2, Value::Bytes(span)) => op = self.name(span)?,
                (5, Value::Bytes(span)) => has_attribute |= self.has_key(span)?,
                _ => {}
            }
        }
        let op = op.unwrap_or_default();
        if op.is_empty() {
            self.has_doubts = true;
            return Ok(NodeKind::Possible);
        }
        if !is_word(&op) {
            self.has_doubts = true;
            return Ok(NodeKind::None);
        }
        self.nodes = self.nodes.saturating_add(1);
        let is_known = has_attribute || std::str::from_utf8(&op).is_ok_and(operators::is_known);
        Ok(if is_known {
            NodeKind::Known
        } else {
            NodeKind::Possible
        })
    }

    /// Whether an entry of the map of attributes has a key that most operators have.
    fn has_key(&mut self, span: Span) -> Result<bool, End> {
        let mut entry = span.message()?;
        let mut is_known = false;
        while let Some(field) = self.next(&mut entry)? {
            if let (1, Value::Bytes(span)) = (field.number, field.value) {
                let key = self.name(span)?;
                is_known |= key.is_some_and(|key| ATTRIBUTES.contains(&key.as_slice()));
            }
        }
        Ok(is_known)
    }

    /// A name; `None` where it is longer than any that tells something.
    fn name(&mut self, span: Span) -> Result<Option<Vec<u8>>, End> {
        Ok(self.wire.bytes(span, MAX_NAME)?)
    }
}

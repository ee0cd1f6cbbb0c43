//! XML as far as models need it: elements and their attributes, read byte by byte.
//!
//! There is no document type and there are no entities but the five that every document has, so
//! that nothing grows and nothing is fetched. Text between elements is passed over.
//! Source: Extensible Markup Language 1.0, sections 2.2 to 3.1 and 4.6.

use std::error::Error;
use std::fmt;

use crate::anomalies::{Fault, Problem};
use crate::reader::{ReadProblem, Reader, widen};
use crate::record::AnomalyRule;

/// Bytes of one tag. The longest in real models hold lists of some hundred numbers.
const MAX_TAG: usize = 64 * 1024;

/// Elements inside elements. Bodies of loops nest six deep each.
const MAX_DEPTH: usize = 128;

/// Bytes of a document. Models of some billion weights have some ten megabytes.
const MAX_DOCUMENT: u64 = 64 * 1024 * 1024;

type Result<T> = std::result::Result<T, Fault<XmlProblem>>;

/// The start of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// Offset of its tag in the file.
    pub(crate) at: u64,
}

impl Element {
    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A walk through a document.
pub(crate) struct Elements<'a, 'source> {
    reader: &'a mut Reader<'source>,
    /// Names of the elements that are open, outermost first.
    open: Vec<String>,
    /// Whether the last element has no content, so that it is open no more.
    is_closed: bool,
    has_root: bool,
}

impl<'a, 'source> Elements<'a, 'source> {
    /// A walk that starts where the reader stands.
    pub(crate) fn new(reader: &'a mut Reader<'source>) -> Self {
        Self {
            reader,
            open: Vec::new(),
            is_closed: false,
            has_root: false,
        }
    }

    /// Names of the elements around the last one and its own, outermost first.
    pub(crate) fn path(&self) -> &[String] {
        &self.open
    }

    /// The start of the next element; `None` at the end of the document.
    pub(crate) fn next(&mut self) -> Result<Option<Element>> {
        if self.is_closed {
            self.open.pop();
            self.is_closed = false;
        }
        loop {
            if self.reader.position() > MAX_DOCUMENT {
                return Err(self.fault(XmlProblem::Limit("bytes", MAX_DOCUMENT)));
            }
            if self.reader.remaining() == 0 {
                return self.end();
            }
            let byte = self.reader.u8()?;
            if byte != b'<' {
                let may_stand = !self.open.is_empty() || is_space(byte) || self.is_mark(byte);
                if !may_stand {
                    return Err(self.fault(XmlProblem::Syntax("text outside of the root")));
                }
                continue;
            }
            match self.reader.u8()? {
                b'?' => self.skip_past(b"?>")?,
                b'!' => self.declaration()?,
                b'/' => self.close()?,
                first => return self.open(first).map(Some),
            }
        }
    }

    /// Whether a byte, just read, is one of the mark of UTF-8, which may stand before everything.
    fn is_mark(&self, byte: u8) -> bool {
        let place = self.reader.position().checked_sub(1);
        let place = place.and_then(|place| usize::try_from(place).ok());
        place.is_some_and(|place| b"\xef\xbb\xbf".get(place) == Some(&byte))
    }

    fn end(&self) -> Result<Option<Element>> {
        if self.open.is_empty() && self.has_root {
            return Ok(None);
        }
        let problem = ReadProblem::End {
            wanted: 1,
            available: 0,
        };
        Err(self.fault(XmlProblem::Read(problem)))
    }

    /// A comment or a section of plain text; document types are refused.
    fn declaration(&mut self) -> Result<()> {
        let [first, second]: [u8; 2] = self.reader.array()?;
        match (first, second) {
            (b'-', b'-') => self.skip_past(b"-->"),
            (b'[', b'C') if !self.open.is_empty() => self.skip_past(b"]]>"),
            _ => Err(self.fault(XmlProblem::DocumentType)),
        }
    }

    fn close(&mut self) -> Result<()> {
        let mut name = self.tag()?;
        name.truncate(name.trim_ascii_end().len());
        let open = self.open.pop();
        if open.is_some_and(|open| open.as_bytes() == name) {
            return Ok(());
        }
        Err(self.fault(XmlProblem::Syntax("the end of an element that is not open")))
    }

    fn open(&mut self, first: u8) -> Result<Element> {
        let at = self.reader.position().saturating_sub(2);
        if self.open.is_empty() && self.has_root {
            return Err(Fault::at(at, XmlProblem::Syntax("a second root")));
        }
        if self.open.len() >= MAX_DEPTH {
            let limit = XmlProblem::Limit("elements inside elements", widen(MAX_DEPTH));
            return Err(Fault::at(at, limit));
        }
        let mut tag = vec![first];
        if first != b'>' {
            tag.extend(self.tag()?);
        }
        self.is_closed = tag.last() == Some(&b'/');
        if self.is_closed {
            tag.pop();
        }
        let tag = std::str::from_utf8(&tag).map_err(|_| Fault::at(at, XmlProblem::NotUtf8))?;
        let end = tag.find(|c: char| c.is_ascii_whitespace());
        let (name, rest) = tag.split_at(end.unwrap_or(tag.len()));
        if !is_name(name) {
            return Err(Fault::at(
                at,
                XmlProblem::Syntax("an element without a name"),
            ));
        }
        let attributes = attributes(rest).map_err(|problem| Fault::at(at, problem))?;
        self.has_root = true;
        self.open.push(name.to_owned());
        Ok(Element {
            name: name.to_owned(),
            attributes,
            at,
        })
    }

    /// The bytes up to the end of a tag, which quotes may hold too.
    fn tag(&mut self) -> Result<Vec<u8>> {
        let mut tag = Vec::new();
        let mut quote = None;
        loop {
            let byte = self.reader.u8()?;
            match (quote, byte) {
                (None, b'>') => return Ok(tag),
                (_, b'<') => {
                    return Err(self.fault(XmlProblem::Syntax("a tag inside a tag")));
                }
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), _) if open == byte => quote = None,
                _ => {}
            }
            if tag.len() >= MAX_TAG {
                return Err(self.fault(XmlProblem::Limit("bytes of a tag", widen(MAX_TAG))));
            }
            tag.push(byte);
        }
    }

    fn skip_past(&mut self, end: &[u8]) -> Result<()> {
        let mut last = Vec::with_capacity(end.len());
        while last != end {
            if last.len() == end.len() {
                last.remove(0);
            }
            last.push(self.reader.u8()?);
        }
        Ok(())
    }

    fn fault(&self, problem: XmlProblem) -> Fault<XmlProblem> {
        Fault::at(self.reader.position(), problem)
    }
}

/// The attributes in what follows an element's name.
fn attributes(mut rest: &str) -> std::result::Result<Vec<(String, String)>, XmlProblem> {
    const BROKEN: XmlProblem = XmlProblem::Syntax("an attribute without a quoted value");
    let mut attributes: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return Ok(attributes);
        }
        let (name, after) = rest.split_once('=').ok_or(BROKEN)?;
        let name = name.trim_ascii_end();
        let after = after.trim_ascii_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let quote = quote.ok_or(BROKEN)?;
        let (value, next) = after
            .get(1..)
            .and_then(|after| after.split_once(quote))
            .ok_or(BROKEN)?;
        if !is_name(name) {
            return Err(BROKEN);
        }
        if attributes.iter().any(|(known, _)| known == name) {
            return Err(XmlProblem::Syntax("an attribute that stands twice"));
        }
        attributes.push((name.to_owned(), resolve(value)?));
        rest = next;
    }
}

/// A value with its references to characters resolved.
fn resolve(value: &str) -> std::result::Result<String, XmlProblem> {
    let mut parts = value.split('&');
    let mut resolved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (reference, rest) = part.split_once(';').ok_or(XmlProblem::Entity)?;
        let character = match reference {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => numbered(reference),
        };
        resolved.push(character.ok_or(XmlProblem::Entity)?);
        resolved.push_str(rest);
    }
    Ok(resolved)
}

fn numbered(reference: &str) -> Option<char> {
    let number = reference.strip_prefix('#')?;
    let code = match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?)
}

fn is_name(name: &str) -> bool {
    let is_first = |c: char| c.is_alphabetic() || c == '_' || c == ':';
    let mut characters = name.chars();
    characters.next().is_some_and(is_first)
        && characters.all(|c| is_first(c) || c.is_numeric() || c == '-' || c == '.')
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}

/// Something wrong with XML.
#[derive(Debug)]
#[non_exhaustive]
pub enum XmlProblem {
    /// Bytes could not be read.
    Read(ReadProblem),
    /// A document type, which may define entities and fetch them.
    DocumentType,
    /// A reference to an entity of its own.
    Entity,
    /// A tag that is not UTF-8.
    NotUtf8,
    /// What the grammar does not have.
    Syntax(&'static str),
    /// A limit of this reader.
    Limit(&'static str, u64),
}

impl From<ReadProblem> for XmlProblem {
    fn from(problem: ReadProblem) -> Self {
        Self::Read(problem)
    }
}

impl Problem for XmlProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Read(problem) => problem.rule(),
            Self::Limit(..) => AnomalyRule::NotExamined,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Read(problem) => problem.kind(),
            Self::DocumentType => "document-type",
            Self::Entity => "entity",
            Self::NotUtf8 => "not-utf8",
            Self::Syntax(_) => "broken-xml",
            Self::Limit(..) => "limit-xml",
        }
    }
}

impl fmt::Display for XmlProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(problem) => problem.fmt(f),
            Self::DocumentType => f.write_str(
                "a document type, by which readers grow entities or fetch files; none is allowed",
            ),
            Self::Entity => f.write_str("a reference to an entity that XML itself does not have"),
            Self::NotUtf8 => f.write_str("a tag is not UTF-8"),
            Self::Syntax(of) => write!(f, "{of} is not well-formed XML"),
            Self::Limit(of, most) => {
                write!(f, "more {of} than are examined; the limit is {most}")
            }
        }
    }
}

impl Error for XmlProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(problem) => problem.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and attributes of all elements, or what kind of problem there is.
    fn elements(text: &[u8]) -> std::result::Result<Vec<String>, &'static str> {
        let mut reader = Reader::new(&text);
        let mut elements = Elements::new(&mut reader);
        let mut found = Vec::new();
        loop {
            match elements.next() {
                Ok(None) => return Ok(found),
                Ok(Some(element)) => {
                    let values = element.attributes.iter().map(|(n, v)| format!(" {n}={v}"));
                    let path = elements.path().join("/");
                    found.push(format!("{path}{}", values.collect::<String>()));
                }
                Err(fault) => return Err(crate::record::Anomaly::from(fault).kind),
            }
        }
    }

    #[test]
    fn elements_are_met_with_their_attributes() {
        let text = b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- a > b --><net a=\"1\" b='>'>
            <x/>text<y c = \"&lt;&amp;&#65;&#x42;&quot;\"><![CDATA[<z>]]></y ></net>\n";

        let found = elements(text);

        assert_eq!(
            found.as_deref(),
            Ok(["net a=1 b=>", "net/x", "net/y c=<&AB\""]
                .map(str::to_owned)
                .as_slice())
        );
    }

    #[test]
    fn what_is_not_xml_has_its_name() {
        for (text, kind) in [
            ("<!DOCTYPE net><net/>", "document-type"),
            ("<!ENTITY x \"y\"><net/>", "document-type"),
            ("<net><!DOCTYPE x></net>", "document-type"),
            ("<net a=\"&x;\"/>", "entity"),
            ("<net a=\"&\"/>", "entity"),
            ("<net a=\"&#xffffffff;\"/>", "entity"),
            ("<net><a></net>", "broken-xml"),
            ("<net></net><net/>", "broken-xml"),
            ("</net>", "broken-xml"),
            ("<net a=1/>", "broken-xml"),
            ("<net a=\"1\" a=\"2\"/>", "broken-xml"),
            ("<net <a>", "broken-xml"),
            ("< net/>", "broken-xml"),
            ("<>", "broken-xml"),
            ("net", "broken-xml"),
            ("", "unexpected-end"),
            ("<net>", "unexpected-end"),
            ("<net", "unexpected-end"),
            ("<net a=\"", "unexpected-end"),
            ("<!--", "unexpected-end"),
        ] {
            assert_eq!(elements(text.as_bytes()), Err(kind), "{text}");
        }
        assert_eq!(elements(b"<net a=\"\xff\"/>"), Err("not-utf8"));
    }

    #[test]
    fn depth_and_length_have_limits() {
        let deep = "<a>".repeat(129);
        let long = format!("<a b=\"{}\"/>", "c".repeat(65536));

        assert_eq!(elements(deep.as_bytes()), Err("limit-xml"));
        assert_eq!(elements(long.as_bytes()), Err("limit-xml"));
    }
}

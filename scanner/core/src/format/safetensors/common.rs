//! A header in the form in which the reference writer writes it, read without a general parser.
//!
//! `{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}`, spaces
//! behind it: no other white space, the fields in this order, no escapes. Nearly every header is so.
//! What is not, or has anything wrong with it, is for the general parser, from its start: so there is
//! one place that knows what is wrong.

use std::collections::HashSet;

use super::collector::Collector;
use super::description::{Description, Shape};
use super::parse::{METADATA, Root};
use super::place::Place;
use crate::anomalies::Anomalies;
use crate::quantization::dtypes::dtype;

/// Reads a header; `None` where it is not of this form, or something is wrong with it.
pub(super) fn read(bytes: &[u8], place: Place<'_>) -> Option<Collector> {
    let mut collector = Collector::new();
    let mut anomalies = Anomalies::default();
    let root = Root {
        collector: &mut collector,
        anomalies: &mut anomalies,
        place,
    };
    header(&mut Text(str::from_utf8(bytes).ok()?), root)?;
    anomalies.is_empty().then_some(collector)
}

fn header(text: &mut Text<'_>, mut root: Root<'_>) -> Option<()> {
    text.skip("{\"")?;
    loop {
        let name = text.quoted()?;
        let offset = root.place.of(name);
        text.skip(":{\"")?;
        if name == METADATA {
            root.begin_metadata(offset);
            metadata(text, &mut root)?;
        } else {
            root.begin_tensor::<serde_json::Error>(name, offset).ok()?;
            let description = description(text)?;
            root.add(name, offset, &description);
        }
        if text.skip(",\"").is_none() {
            break;
        }
    }
    text.skip("}")?;
    text.0.bytes().all(|byte| byte == b' ').then_some(())
}

fn metadata(text: &mut Text<'_>, root: &mut Root<'_>) -> Option<()> {
    let mut seen = HashSet::new();
    loop {
        let key = text.quoted()?;
        let key = (key.into(), root.place.of(key));
        text.skip(":\"")?;
        let value = text.quoted()?;
        root.pair::<serde_json::Error>(&mut seen, key, value).ok()?;
        if text.skip(",\"").is_none() {
            return text.skip("}");
        }
    }
}

fn description(text: &mut Text<'_>) -> Option<Description> {
    text.skip("dtype\":\"")?;
    let dtype = dtype(text.quoted()?)?;
    text.skip(",\"shape\":[")?;
    let mut shape = Shape::default();
    if text.skip("]").is_none() {
        loop {
            shape.add(text.number()?);
            if text.skip(",").is_none() {
                text.skip("]")?;
                break;
            }
        }
    }
    text.skip(",\"data_offsets\":[")?;
    let begin = text.number()?;
    text.skip(",")?;
    let end = text.number()?;
    text.skip("]}")?;
    Some(Description {
        dtype: Some(dtype),
        shape: Some(shape),
        data_offsets: Some((begin, end)),
    })
}

/// What is left to read.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// Passes over this text; `None` where another one stands.
    #[inline]
    fn skip(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// The rest of a string behind its first quotation mark, which stands for itself.
    #[inline]
    fn quoted(&mut self) -> Option<&'a str> {
        let (quoted, rest) = self.0.split_once('"')?;
        self.0 = rest;
        // Without an early end, several bytes are looked at in one step.
        let stands_for_itself = |byte| byte >= b' ' && byte != b'\\';
        let all = |all, byte| all & stands_for_itself(byte);
        quoted.bytes().fold(true, all).then_some(quoted)
    }

    /// A whole number as JSON has them: no zero in front of it.
    #[inline]
    fn number(&mut self) -> Option<u64> {
        let is_digit = |byte: &u8| byte.is_ascii_digit();
        let length = self.0.bytes().take_while(is_digit).count();
        let (digits, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        if length > 1 && digits.starts_with('0') {
            return None;
        }
        digits.parse().ok()
    }
}

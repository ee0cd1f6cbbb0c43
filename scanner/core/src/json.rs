//! JSON as it stands: no tree is built, and a key that stands twice is seen twice.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A scalar where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar<'a> {
    /// A string.
    Text(&'a str),
    /// A whole number that is not negative.
    Unsigned(u64),
    /// Any other number.
    Number(f64),
    /// `true` or `false`.
    Truth(bool),
    /// `null`.
    Null,
}

/// What a walk through a document meets, with the keys that lead there, outermost first; an item
/// of an array has its index as key.
pub(crate) trait Events {
    /// A scalar.
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>);

    /// A key that stands in its object a second time.
    fn duplicate(&mut self, path: &[String]);

    /// An object, before what is in it; one that is empty is met here only.
    fn object(&mut self, path: &[String]) {
        let _ = path;
    }
}

/// Keys of one object: a description of every tensor of the largest models has 50,000. They are kept
/// to find the one that stands twice.
const MAX_KEYS: usize = 262_144;

/// Walks through a document.
///
/// # Errors
/// What is not JSON; nesting deeper than `serde_json` follows (128); more keys in one object than are
/// kept.
pub(crate) fn walk(bytes: &[u8], events: &mut impl Events) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let mut path = Vec::new();
    Node {
        path: &mut path,
        events,
    }
    .deserialize(&mut deserializer)?;
    deserializer.end()
}

/// What `serde_json` says of documents that other readers, such as Python's, read on: it has no names
/// for its faults.
const READ_BY_OTHERS: [&str; 5] = [
    "recursion limit exceeded",
    "unexpected end of hex escape",
    "lone leading surrogate in hex escape",
    "number out of range",
    "invalid unicode code point",
];

/// Whether a walk ended where other readers go on, at a limit or at a text or number that they take:
/// what comes after is hidden from nobody but us.
pub(crate) fn is_cut(error: &serde_json::Error) -> bool {
    let message = error.to_string();
    error.is_data()
        || READ_BY_OTHERS
            .iter()
            .any(|fault| message.starts_with(fault))
}

struct Node<'a, E> {
    path: &'a mut Vec<String>,
    events: &'a mut E,
}

impl<E: Events> Node<'_, E> {
    fn scalar(self, scalar: Scalar<'_>) {
        self.events.scalar(self.path, scalar);
    }
}

impl<'de, E: Events> DeserializeSeed<'de> for Node<'_, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, E: Events> Visitor<'de> for Node<'_, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<Error>(self, truth: bool) -> Result<(), Error> {
        self.scalar(Scalar::Truth(truth));
        Ok(())
    }

    fn visit_u64<Error>(self, number: u64) -> Result<(), Error> {
        self.scalar(Scalar::Unsigned(number));
        Ok(())
    }

    fn visit_i64<Error>(self, number: i64) -> Result<(), Error> {
        // serde_json hands over what is not negative as unsigned; the size of others tells nothing.
        self.scalar(Scalar::Number(if number < 0 { -1.0 } else { 0.0 }));
        Ok(())
    }

    fn visit_f64<Error>(self, number: f64) -> Result<(), Error> {
        self.scalar(Scalar::Number(number));
        Ok(())
    }

    fn visit_str<Error>(self, text: &str) -> Result<(), Error> {
        self.scalar(Scalar::Text(text));
        Ok(())
    }

    fn visit_unit<Error>(self) -> Result<(), Error> {
        self.scalar(Scalar::Null);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { path, events } = self;
        let mut index = 0_u64;
        loop {
            path.push(index.to_string());
            let item = items.next_element_seed(Node { path, events })?;
            path.pop();
            if item.is_none() {
                return Ok(());
            }
            index = index.saturating_add(1);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Self { path, events } = self;
        events.object(path);
        let mut seen = HashSet::new();
        while let Some(key) = fields.next_key_seed(Text)? {
            path.push(key.clone().into_owned());
            if seen.len() >= MAX_KEYS {
                let problem = format_args!("more than {MAX_KEYS} keys in one object");
                return Err(serde::de::Error::custom(problem));
            }
            if !seen.insert(key) {
                events.duplicate(path);
            }
            fields.next_value_seed(Node { path, events })?;
            path.pop();
        }
        Ok(())
    }
}

/// Any value, looked at only as far as it is JSON. Unlike serde's `IgnoredAny` it keeps the limit
/// on nesting, and its strings are held to be UTF-8.
pub(crate) struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Ignored {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<Error>(self, _: bool) -> Result<Self, Error> {
        Ok(self)
    }

    fn visit_u64<Error>(self, _: u64) -> Result<Self, Error> {
        Ok(self)
    }

    fn visit_i64<Error>(self, _: i64) -> Result<Self, Error> {
        Ok(self)
    }

    fn visit_f64<Error>(self, _: f64) -> Result<Self, Error> {
        Ok(self)
    }

    fn visit_str<Error>(self, _: &str) -> Result<Self, Error> {
        Ok(self)
    }

    fn visit_unit<Error>(self) -> Result<Self, Error> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self, A::Error> {
        while fields.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

/// A string, borrowed from the document where no escape had to be resolved.
pub(crate) struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl Events for Nothing {
        fn scalar(&mut self, _: &[String], _: Scalar<'_>) {}
        fn duplicate(&mut self, _: &[String]) {}
    }

    fn cut(json: &[u8]) -> Option<bool> {
        walk(json, &mut Nothing).err().map(|error| is_cut(&error))
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn what_other_readers_read_on_is_told_from_what_none_reads() {
        let deep = format!("{}{}", "[".repeat(130), "]".repeat(130));
        let keys: Vec<String> = (0..=MAX_KEYS).map(|key| format!(r#""{key}":0"#)).collect();
        let many = format!("{{{}}}", keys.join(","));
        for json in [
            deep.as_bytes(),
            many.as_bytes(),
            br#"["\ud800"]"#,
            br#"["\ud800\n"]"#,
            br#"["\ud800\ud800"]"#,
            br#"["\udc00"]"#,
            b"[1e999]",
            b"[\"\xff\"]",
        ] {
            assert_eq!(cut(json), Some(true), "{}", json.escape_ascii());
        }
        for json in [
            "",
            "[",
            "{\"a",
            "[1,]",
            "{a: 1}",
            "[1] 2",
            "// no\n[]",
            "[01]",
            "[1.]",
            "[\"\\x\"]",
            "[\"\\u12\"]",
            "[\"\n\"]",
            "{\"a\" 1}",
            "[1 2]",
            "{\"a\": 1 2}",
            "nul",
        ] {
            assert_eq!(cut(json.as_bytes()), Some(false), "{json}");
        }
        assert_eq!(cut(b"[]"), None);
    }
}

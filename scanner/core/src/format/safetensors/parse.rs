//! The header's JSON, as it stands: every key is seen, also the second of two that are equal.
//!
//! Names are compared after their escapes are resolved, as a reader that keeps a map would.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, Visitor};

use super::SafetensorsProblem as Problem;
use super::collector::{Collector, MAX_NAME_BYTES};
use super::description::{Description, Fields};
use super::place::Place;
use crate::anomalies::{Anomalies, Fault, clip, deceptive_character};
use crate::json::Text;
use crate::reader::widen;

/// Tensors. The largest models have some 100,000 over all their files.
const MAX_TENSORS: usize = 262_144;

/// Keys of `__metadata__`. Trainers write some hundreds.
const MAX_METADATA_KEYS: usize = 16_384;

/// Bytes of a text that becomes a fact, such as a licence.
const MAX_FACT: usize = 4096;

/// The one member of the header that is no tensor.
pub(super) const METADATA: &str = "__metadata__";

/// The header as a whole: an object of tensors and `__metadata__`.
pub(super) struct Root<'a> {
    pub(super) collector: &'a mut Collector,
    pub(super) anomalies: &'a mut Anomalies,
    pub(super) place: Place<'a>,
}

impl Root<'_> {
    fn report(&mut self, name: &str, offset: Option<u64>, problem: Problem) {
        self.anomalies
            .report(|| Fault::new(offset, problem).within(name).within("header"));
    }

    fn check_name(&mut self, name: &str, offset: Option<u64>) {
        if name.is_empty() {
            self.report(name, offset, Problem::EmptyName);
        }
        if let Some(character) = deceptive_character(name) {
            self.report(name, offset, Problem::DeceptiveCharacter(character));
        }
    }

    /// Takes in that there is a `__metadata__`.
    pub(super) fn begin_metadata(&mut self, offset: Option<u64>) {
        if self.collector.has_metadata {
            self.report(METADATA, offset, Problem::DuplicateKey);
        }
        self.collector.has_metadata = true;
    }

    /// Takes in a pair of `__metadata__`, the key with its place; `seen` are the keys before it.
    pub(super) fn pair<'de, E: serde::de::Error>(
        &mut self,
        seen: &mut HashSet<Cow<'de, str>>,
        (key, offset): (Cow<'de, str>, Option<u64>),
        value: &str,
    ) -> Result<(), E> {
        let name = format!("{METADATA}.{}", clip(&key));
        self.check_name(&key, offset);
        self.spend(&key)?;
        let value_offset = self.place.of(value);
        if key == "license" {
            self.license(value, value_offset);
        }
        self.collector.claims.add(&key, value);
        self.collector.describe(&key, value);
        self.collector
            .destinations
            .scan(&name, value.as_bytes(), value_offset, self.anomalies);
        if seen.len() >= MAX_METADATA_KEYS {
            return Err(self.stop("limit-keys", "keys of __metadata__", MAX_METADATA_KEYS));
        }
        if !seen.insert(key) {
            self.report(&name, offset, Problem::DuplicateKey);
        }
        Ok(())
    }

    /// Takes in a tensor's name, in front of its description.
    pub(super) fn begin_tensor<E: serde::de::Error>(
        &mut self,
        name: &str,
        offset: Option<u64>,
    ) -> Result<(), E> {
        self.check_name(name, offset);
        self.spend(name)?;
        if self.collector.extents.len() >= MAX_TENSORS {
            return Err(self.stop("limit-tensors", "tensors", MAX_TENSORS));
        }
        Ok(())
    }

    /// Takes in a tensor.
    pub(super) fn add(&mut self, name: &str, offset: Option<u64>, description: &Description) {
        let anomalies = &mut *self.anomalies;
        let mut report = |problem| {
            anomalies.report(|| Fault::new(offset, problem).within(name).within("header"));
        };
        self.collector.add(name, offset, description, &mut report);
    }

    fn tensor<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        name: &str,
        offset: Option<u64>,
    ) -> Result<(), A::Error> {
        self.begin_tensor(name, offset)?;
        let anomalies = &mut *self.anomalies;
        let mut report = |problem| {
            anomalies.report(|| Fault::new(offset, problem).within(name).within("header"));
        };
        let description = map.next_value_seed(Fields {
            report: &mut report,
        })?;
        self.add(name, offset, &description);
        Ok(())
    }

    /// Counts a name that is kept.
    fn spend<E: serde::de::Error>(&mut self, name: &str) -> Result<(), E> {
        if self.collector.spend(name) {
            return Ok(());
        }
        Err(self.stop("limit-name-bytes", "bytes of names", MAX_NAME_BYTES))
    }

    /// Ends the parsing at a limit.
    fn stop<E: serde::de::Error>(
        &mut self,
        kind: &'static str,
        of: &'static str,
        most: usize,
    ) -> E {
        self.collector.stop(kind, of, most);
        E::custom(kind)
    }

    fn license(&mut self, license: &str, offset: Option<u64>) {
        if license.len() <= MAX_FACT {
            self.collector.license = Some(license.to_owned());
        } else {
            let most = widen(MAX_FACT);
            let problem = Problem::Limit {
                kind: "limit-value",
                of: "bytes of a value",
                most,
            };
            self.report("__metadata__.license", offset, problem);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key_seed(Text)? {
            let offset = self.place.of(&name);
            if name == METADATA {
                self.begin_metadata(offset);
                map.next_value_seed(Metadata(&mut self))?;
            } else {
                self.tensor(&mut map, &name, offset)?;
            }
        }
        Ok(())
    }
}

/// `__metadata__`: an object of texts.
struct Metadata<'root, 'a>(&'root mut Root<'a>);

impl<'de> DeserializeSeed<'de> for Metadata<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Metadata<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    /// The reference reader takes null for an empty object.
    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.0.report(METADATA, None, Problem::NullMetadata);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let root = self.0;
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key_seed(Text)? {
            let offset = root.place.of(&key);
            let value = map.next_value_seed(Text)?;
            root.pair(&mut seen, (key, offset), &value)?;
        }
        Ok(())
    }
}

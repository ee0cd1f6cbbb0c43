//! The header's JSON, as it stands: every key is seen, also the second of two that are equal.
//!
//! Names are compared after their escapes are resolved, as a reader that keeps a map would.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::SafetensorsProblem as Problem;
use super::layout::Extent;
use crate::anomalies::{Anomalies, Fault, clip, deceptive_character};
use crate::destinations::Destinations;
use crate::json::Ignored;
use crate::quantization::Tensor;
use crate::quantization::dtypes::dtype;
use crate::reader::widen;
use crate::record::Facts;

/// Tensors. The largest models have some 100,000 over all their files.
const MAX_TENSORS: usize = 262_144;

/// Bytes of all tensor names: 64 for each of the most.
const MAX_NAME_BYTES: usize = 16 * 1024 * 1024;

/// Keys of `__metadata__`. Trainers write some hundreds.
const MAX_METADATA_KEYS: usize = 16_384;

/// Bytes of a text that becomes a fact, such as a licence.
const MAX_FACT: usize = 4096;

const METADATA: &str = "__metadata__";

/// What the header said.
#[derive(Debug, Default)]
pub(super) struct Collector {
    /// The tensors whose type is known.
    pub(super) tensors: Vec<Tensor>,
    /// Where every tensor's data lie.
    pub(super) extents: Vec<Extent>,
    elements: Option<u64>,
    name_bytes: usize,
    license: Option<String>,
    destinations: Destinations,
    has_metadata: bool,
    stop: Option<Fault<Problem>>,
}

impl Collector {
    /// Elements of all tensors; `None` if the number does not fit.
    pub(super) fn parameters(&self) -> Option<u64> {
        if self.extents.is_empty() {
            Some(0)
        } else {
            self.elements
        }
    }

    /// Why the parser ended: a limit of ours, else what it says itself.
    pub(super) fn fault(&mut self, error: serde_json::Error, offset: u64) -> Fault<Problem> {
        self.stop
            .take()
            .unwrap_or_else(|| Fault::at(offset, Problem::Json(error)))
    }

    /// A problem of one tensor.
    pub(super) fn fault_of(&self, extent: &Extent, problem: Problem) -> Fault<Problem> {
        let fault = fault(extent.described_at, problem);
        match self.tensors.get(extent.tensor) {
            Some(tensor) => fault.within(&tensor.name).within("header"),
            None => fault.within("header"),
        }
    }

    /// Reports every tensor that stands twice. Names are compared after the fact: sorting them
    /// costs less than a set of them.
    pub(super) fn report_duplicates(&self, anomalies: &mut Anomalies) {
        let mut by_name: Vec<_> = self
            .extents
            .iter()
            .filter_map(|extent| Some((&self.tensors.get(extent.tensor)?.name, extent)))
            .collect();
        by_name.sort_unstable_by_key(|(name, extent)| (*name, extent.described_at));
        for ((before, _), (name, extent)) in by_name.iter().zip(by_name.iter().skip(1)) {
            if before == name {
                anomalies.report(self.fault_of(extent, Problem::DuplicateTensor));
            }
        }
    }

    /// Writes what `__metadata__` told into the facts.
    pub(super) fn finish(self, facts: &mut Facts) {
        facts.license_source = self.license.as_ref().map(|_| format!("{METADATA}.license"));
        facts.license = self.license;
        facts.destinations = self.destinations.into_vec();
    }

    /// Takes in a tensor whose description is complete.
    fn add(
        &mut self,
        name: &str,
        described_at: Option<u64>,
        description: &Description,
        report: &mut impl FnMut(Problem),
    ) {
        let Some((begin, end)) = description.data_offsets else {
            return;
        };
        let Some(shape) = &description.shape else {
            return;
        };
        if end < begin {
            report(Problem::Offsets { begin, end });
        }
        if shape.elements.is_none() {
            report(Problem::SizeOverflow);
        }
        self.elements = match (self.extents.is_empty(), shape.elements) {
            (true, elements) => elements,
            (false, elements) => self
                .elements
                .zip(elements)
                .and_then(|(a, b)| a.checked_add(b)),
        };
        self.extents.push(Extent {
            begin,
            end,
            described_at,
            tensor: if description.dtype.is_some() {
                self.tensors.len()
            } else {
                usize::MAX
            },
        });
        let Some(dtype) = description.dtype else {
            return;
        };
        let bits = shape
            .elements
            .and_then(|elements| elements.checked_mul(dtype.bits));
        if shape.elements.is_some() && bits.is_none() {
            report(Problem::SizeOverflow);
        }
        let found = end.saturating_sub(begin);
        if let Some(bits) = bits {
            let expected = bits.div_ceil(8);
            if bits.checked_rem(8) != Some(0) {
                report(Problem::PartialByte { bits });
            } else if expected != found {
                report(Problem::Size { found, expected });
            }
        }
        self.tensors.push(Tensor {
            name: name.into(),
            type_name: dtype.name,
            row: shape.row,
            dimensions: shape.dimensions,
            elements: shape.elements.unwrap_or(0),
            bytes: found,
        });
    }
}

/// Where the parser is in the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// In a header held in memory.
    Slice {
        /// Address of its first byte.
        address: usize,
        /// Number of its bytes.
        length: usize,
        /// Offset of its first byte in the file.
        start: u64,
    },
    /// In a header read byte by byte.
    Stream {
        /// Offset behind the last byte read.
        position: &'a Cell<u64>,
    },
}

impl Place<'_> {
    /// Offset in the file of a text that was just parsed; `None` where escapes had to be resolved.
    fn of(&self, text: &str) -> Option<u64> {
        match self {
            Self::Slice {
                address,
                length,
                start,
            } => {
                let before = text.as_ptr().addr().checked_sub(*address)?;
                (before < *length).then(|| start.saturating_add(widen(before)))
            }
            // The closing quote has been read.
            Self::Stream { position } => position
                .get()
                .checked_sub(widen(text.len()))?
                .checked_sub(1),
        }
    }
}

fn fault(offset: Option<u64>, problem: Problem) -> Fault<Problem> {
    match offset {
        Some(offset) => Fault::at(offset, problem),
        None => Fault::anywhere(problem),
    }
}

/// The header as a whole: an object of tensors and `__metadata__`.
pub(super) struct Root<'a> {
    pub(super) collector: &'a mut Collector,
    pub(super) anomalies: &'a mut Anomalies,
    pub(super) place: Place<'a>,
}

impl Root<'_> {
    fn report(&mut self, name: &str, offset: Option<u64>, problem: Problem) {
        self.anomalies
            .report(fault(offset, problem).within(name).within("header"));
    }

    fn check_name(&mut self, name: &str, offset: Option<u64>) {
        if name.is_empty() {
            self.report(name, offset, Problem::EmptyName);
        }
        if let Some(character) = deceptive_character(name) {
            self.report(name, offset, Problem::DeceptiveCharacter(character));
        }
    }

    fn metadata<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        offset: Option<u64>,
    ) -> Result<(), A::Error> {
        if self.collector.has_metadata {
            self.report(METADATA, offset, Problem::DuplicateKey);
        }
        self.collector.has_metadata = true;
        map.next_value_seed(Metadata(self))
    }

    fn tensor<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        name: &str,
        offset: Option<u64>,
    ) -> Result<(), A::Error> {
        self.check_name(name, offset);
        self.collector.name_bytes = self.collector.name_bytes.saturating_add(name.len());
        if self.collector.extents.len() >= MAX_TENSORS {
            return Err(self.stop("limit-tensors", "tensors", MAX_TENSORS));
        }
        if self.collector.name_bytes > MAX_NAME_BYTES {
            return Err(self.stop("limit-name-bytes", "bytes of tensor names", MAX_NAME_BYTES));
        }
        let anomalies = &mut *self.anomalies;
        let mut report = |problem| {
            anomalies.report(fault(offset, problem).within(name).within("header"));
        };
        let description = map.next_value_seed(Fields {
            report: &mut report,
        })?;
        self.collector.add(name, offset, &description, &mut report);
        Ok(())
    }

    /// Ends the parsing at a limit.
    fn stop<E: serde::de::Error>(
        &mut self,
        kind: &'static str,
        of: &'static str,
        most: usize,
    ) -> E {
        let most = widen(most);
        self.collector.stop = Some(Fault::anywhere(Problem::Limit { kind, of, most }));
        E::custom(kind)
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
                self.metadata(&mut map, offset)?;
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
            let name = format!("{METADATA}.{}", clip(&key));
            let offset = root.place.of(&key);
            root.check_name(&key, offset);
            let value = map.next_value_seed(Text)?;
            let value_offset = root.place.of(&value);
            if key == "license" {
                root.license(&value, value_offset);
            }
            root.collector
                .destinations
                .scan(&name, value.as_bytes(), value_offset, root.anomalies);
            if seen.len() >= MAX_METADATA_KEYS {
                return Err(root.stop("limit-keys", "keys of __metadata__", MAX_METADATA_KEYS));
            }
            if !seen.insert(key) {
                root.report(&name, offset, Problem::DuplicateKey);
            }
        }
        Ok(())
    }
}

impl Root<'_> {
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

/// What the description of one tensor came to.
#[derive(Debug, Default)]
struct Description {
    dtype: Option<&'static crate::quantization::dtypes::Dtype>,
    shape: Option<Shape>,
    data_offsets: Option<(u64, u64)>,
}

/// The description of one tensor.
struct Fields<'a, R> {
    report: &'a mut R,
}

impl<'de, R: FnMut(Problem)> DeserializeSeed<'de> for Fields<'_, R> {
    type Value = Description;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Description, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: FnMut(Problem)> Visitor<'de> for Fields<'_, R> {
    type Value = Description;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tensor's dtype, shape and data_offsets")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Description, A::Error> {
        let mut description = Description::default();
        let mut seen = Seen::default();
        while let Some(field) = map.next_key_seed(Text)? {
            let is_again = match field.as_ref() {
                "dtype" => {
                    let text = map.next_value_seed(Text)?;
                    description.dtype = dtype(&text);
                    if description.dtype.is_none() {
                        (self.report)(Problem::Dtype(clip(&text)));
                    }
                    std::mem::replace(&mut seen.dtype, true)
                }
                "shape" => description
                    .shape
                    .replace(map.next_value_seed(Dimensions)?)
                    .is_some(),
                "data_offsets" => description
                    .data_offsets
                    .replace(map.next_value()?)
                    .is_some(),
                _ => {
                    map.next_value::<Ignored>()?;
                    (self.report)(Problem::UnknownField);
                    false
                }
            };
            if is_again {
                (self.report)(Problem::DuplicateField);
            }
        }
        let missing = [
            (!seen.dtype, "dtype"),
            (description.shape.is_none(), "shape"),
            (description.data_offsets.is_none(), "data_offsets"),
        ];
        for (_, field) in missing.into_iter().filter(|(is_missing, _)| *is_missing) {
            (self.report)(Problem::MissingField(field));
        }
        Ok(description)
    }
}

#[derive(Default)]
struct Seen {
    dtype: bool,
}

/// A shape, in the order of the file: the last dimension varies fastest.
#[derive(Debug)]
struct Shape {
    row: u64,
    dimensions: u8,
    /// `None` if the product does not fit.
    elements: Option<u64>,
}

struct Dimensions;

impl<'de> DeserializeSeed<'de> for Dimensions {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Dimensions {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of dimensions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut lengths: A) -> Result<Shape, A::Error> {
        let mut shape = Shape {
            row: 1,
            dimensions: 0,
            elements: Some(1),
        };
        while let Some(length) = lengths.next_element::<u64>()? {
            shape.row = length;
            shape.dimensions = shape.dimensions.saturating_add(1);
            shape.elements = shape
                .elements
                .and_then(|elements| elements.checked_mul(length));
        }
        Ok(shape)
    }
}

/// A string, borrowed from the header where no escape had to be resolved.
struct Text;

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

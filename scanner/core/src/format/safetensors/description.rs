//! The description of one tensor: an object of `dtype`, `shape` and `data_offsets`.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::SafetensorsProblem as Problem;
use crate::anomalies::clip;
use crate::json::{Ignored, Text};
use crate::quantization::dtypes::{Dtype, dtype};

/// What the description of one tensor came to.
#[derive(Debug, Default)]
pub(super) struct Description {
    /// The type of its elements, if it is one that we know.
    pub(super) dtype: Option<&'static Dtype>,
    /// Its shape.
    pub(super) shape: Option<Shape>,
    /// Where its data begin and end, from the start of the data.
    pub(super) data_offsets: Option<(u64, u64)>,
}

/// The description of one tensor, as it is parsed.
pub(super) struct Fields<'a, R> {
    /// Takes in what is wrong.
    pub(super) report: &'a mut R,
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
        let mut has_dtype = false;
        while let Some(field) = map.next_key_seed(Text)? {
            let is_again = match field.as_ref() {
                "dtype" => {
                    let text = map.next_value_seed(Text)?;
                    description.dtype = dtype(&text);
                    if description.dtype.is_none() {
                        (self.report)(Problem::Dtype(clip(&text)));
                    }
                    std::mem::replace(&mut has_dtype, true)
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
            (!has_dtype, "dtype"),
            (description.shape.is_none(), "shape"),
            (description.data_offsets.is_none(), "data_offsets"),
        ];
        for (_, field) in missing.into_iter().filter(|(is_missing, _)| *is_missing) {
            (self.report)(Problem::MissingField(field));
        }
        Ok(description)
    }
}

/// A shape, in the order of the file: the last dimension varies fastest.
#[derive(Debug)]
pub(super) struct Shape {
    /// Length of the last dimension; 1 for a scalar.
    pub(super) row: u64,
    /// Number of dimensions.
    pub(super) dimensions: u8,
    /// The product of the dimensions; `None` if it does not fit.
    pub(super) elements: Option<u64>,
}

impl Default for Shape {
    /// That of a scalar.
    fn default() -> Self {
        Self {
            row: 1,
            dimensions: 0,
            elements: Some(1),
        }
    }
}

impl Shape {
    /// Adds a last dimension.
    pub(super) fn add(&mut self, length: u64) {
        self.row = length;
        self.dimensions = self.dimensions.saturating_add(1);
        self.elements = self
            .elements
            .and_then(|elements| elements.checked_mul(length));
    }
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
        let mut shape = Shape::default();
        while let Some(length) = lengths.next_element::<u64>()? {
            shape.add(length);
        }
        Ok(shape)
    }
}

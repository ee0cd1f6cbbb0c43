//! How a file describes itself: texts, inputs and outputs, and the operators of its graph, within
//! limits.
//!
//! All of it is told to people and judged by no rule. What is over a limit is therefore left out
//! and counted, not reported as something that was not examined.

use std::collections::BTreeMap;

use crate::anomalies::escape;
use crate::record::{Facts, Port, Property};

/// Characters of one value: some lines of a terminal, and every summary that real files have.
const MAX_VALUE: usize = 512;

/// Characters of a name: fused operators of `TFLite` name all their parts, in some hundred.
const MAX_NAME: usize = 1024;

/// Values of one property. Real files have a handful; vocabularies kept in metadata have thousands.
const MAX_VALUES: usize = 64;

/// Inputs, and outputs, of all signatures together. Models that keep a state outside, such as
/// decoders with their caches, have some two hundred.
const MAX_PORTS: usize = 256;

/// Dimensions of an input or output that are spelled; no runtime takes more than 16.
const MAX_DIMENSIONS: usize = 16;

/// Distinct operators. All that a runtime defines are a few hundred.
const MAX_OPERATORS: usize = 1024;

/// What stands for a dimension that is not known.
pub(crate) const UNKNOWN_DIMENSION: &str = "?";

impl Facts {
    /// Takes in what the file says of itself; nothing where the text is empty or known already.
    pub(crate) fn say(&mut self, property: Property, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let text = cut(text, MAX_VALUE);
        let (start, end) = self.said(property);
        let said = self.properties.get(start..end).unwrap_or_default();
        if said.iter().any(|(_, known)| *known == text) {
            return;
        }
        if said.len() >= MAX_VALUES {
            return self.leave_out(property.word());
        }
        self.properties.insert(end, (property, text));
    }

    /// Takes in a text that may be no UTF-8.
    pub(crate) fn say_bytes(&mut self, property: Property, text: &[u8]) {
        self.say(property, &escape(text.get(..MAX_BYTES).unwrap_or(text)));
    }

    /// Takes in a key and its value.
    pub(crate) fn say_metadata(&mut self, key: &str, value: &[u8]) {
        let value = escape(value.get(..MAX_BYTES).unwrap_or(value));
        let key = cut(key, MAX_NAME);
        self.say(Property::Metadata, &format!("{key}={}", value.trim()));
    }

    /// Takes in a name and a version that belong together.
    pub(crate) fn say_version(&mut self, property: Property, name: &str, version: &str) {
        self.say(property, &format!("{} {}", name.trim(), version.trim()));
    }

    /// Takes in what the graph takes; `false` where there is no room for more.
    pub(crate) fn add_input(&mut self, port: Port) -> bool {
        let has_room = self.inputs.len() < MAX_PORTS;
        if has_room {
            self.inputs.push(bounded(port));
        } else {
            self.leave_out("input");
        }
        has_room
    }

    /// Takes in what the graph gives, likewise.
    pub(crate) fn add_output(&mut self, port: Port) -> bool {
        let has_room = self.outputs.len() < MAX_PORTS;
        if has_room {
            self.outputs.push(bounded(port));
        } else {
            self.leave_out("output");
        }
        has_room
    }

    /// Takes in what another file, or a member, says of the same model; of what this one has
    /// several of, its own come first.
    pub(crate) fn take_description(&mut self, other: &mut Facts) {
        for (property, text) in std::mem::take(&mut other.properties) {
            self.say(property, &text);
        }
        if self.inputs.is_empty() && self.outputs.is_empty() {
            self.inputs = std::mem::take(&mut other.inputs);
            self.outputs = std::mem::take(&mut other.outputs);
        }
        let mut operators = Operators::default();
        for (operator, nodes) in self.operators.drain(..).chain(other.operators.drain(..)) {
            operators.add(&operator, nodes);
        }
        operators.finish(self);
    }

    /// Where the values of a property stand.
    fn said(&self, property: Property) -> (usize, usize) {
        let start = self
            .properties
            .partition_point(|(name, _)| *name < property);
        let end = self
            .properties
            .partition_point(|(name, _)| *name <= property);
        (start, end)
    }

    /// Counts something that is not listed.
    fn leave_out(&mut self, of: &str) {
        self.leave_out_many(of, 1);
    }

    fn leave_out_many(&mut self, of: &str, more: u64) {
        let (start, _) = self.said(Property::LeftOut);
        let mut left_out = self.properties.iter_mut().skip(start);
        let known = left_out.find_map(|(_, text)| {
            let (count, what) = text.split_once(' ')?;
            (what == of)
                .then(|| count.parse().ok())?
                .map(|count: u64| (count, text))
        });
        match known {
            Some((count, text)) => *text = format!("{} {of}", count.saturating_add(more)),
            None => self
                .properties
                .push((Property::LeftOut, format!("{more} {of}"))),
        }
    }
}

/// Bytes of a value that are looked at: four for each character.
const MAX_BYTES: usize = 4 * MAX_VALUE;

/// The operators of a graph, counted.
#[derive(Debug, Default)]
pub(crate) struct Operators {
    counted: BTreeMap<String, u64>,
    left_out: u64,
}

impl Operators {
    /// Counts nodes that use an operator.
    pub(crate) fn add(&mut self, operator: &str, nodes: u64) {
        if let Some(count) = self.counted.get_mut(operator) {
            *count = count.saturating_add(nodes);
        } else if self.counted.len() < MAX_OPERATORS {
            self.counted.insert(cut(operator, MAX_NAME), nodes);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// Writes them into the facts, sorted.
    pub(crate) fn finish(self, facts: &mut Facts) {
        facts.operators = self.counted.into_iter().collect();
        if self.left_out > 0 {
            facts.leave_out_many("operator", self.left_out);
        }
    }
}

/// An input or output whose texts have bounds.
fn bounded(port: Port) -> Port {
    Port {
        name: cut(&port.name, MAX_NAME),
        signature: port.signature.map(|name| cut(&name, MAX_NAME)),
        element_type: port.element_type.map(|name| cut(&name, MAX_NAME)),
        shape: port.shape.map(|shape| {
            let dimensions = shape.iter().take(MAX_DIMENSIONS);
            dimensions.map(|length| cut(length, MAX_NAME)).collect()
        }),
    }
}

/// The start of a text, with `...` in place of what is left out.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A dimension as text; what is negative is not known.
pub(crate) fn dimension(length: i64) -> String {
    if length < 0 {
        UNKNOWN_DIMENSION.to_owned()
    } else {
        length.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(facts: &Facts) -> Vec<(&'static str, &str)> {
        let pairs = facts.properties.iter();
        pairs
            .map(|(name, text)| (name.word(), text.as_str()))
            .collect()
    }

    #[test]
    fn what_a_file_says_stands_in_the_order_of_the_vocabulary() {
        let mut facts = Facts::default();

        facts.say(Property::Opset, "ai.onnx 17");
        facts.say(Property::Name, " a name ");
        facts.say(Property::Opset, "ai.onnx.ml 3");
        facts.say(Property::Opset, "ai.onnx 17");
        facts.say(Property::Description, "  ");

        assert_eq!(
            said(&facts),
            [
                ("name", "a name"),
                ("opset", "ai.onnx 17"),
                ("opset", "ai.onnx.ml 3")
            ]
        );
    }

    #[test]
    fn what_is_over_a_limit_is_left_out_and_counted() {
        let mut facts = Facts::default();

        for number in 0..70 {
            facts.say_metadata(&format!("key{number}"), b"value");
        }
        for _ in 0..258 {
            facts.add_input(Port::default());
        }

        assert_eq!(facts.properties.len(), 66);
        assert_eq!(said(&facts).first(), Some(&("metadata", "key0=value")));
        assert_eq!(
            said(&facts).get(64..),
            Some(&[("left-out", "6 metadata"), ("left-out", "2 input")][..])
        );
        assert_eq!(facts.inputs.len(), 256);
    }

    #[test]
    fn values_are_cut_between_characters() {
        let mut facts = Facts::default();

        facts.say_bytes(Property::Author, "é".repeat(600).as_bytes());
        facts.say_metadata("bytes", b"\xff");

        assert_eq!(
            said(&facts),
            [
                ("author", format!("{}...", "é".repeat(512)).as_str()),
                ("metadata", "bytes=\\xff")
            ]
        );
    }

    #[test]
    fn operators_are_counted_up_to_a_limit() {
        let mut facts = Facts::default();
        let mut operators = Operators::default();

        for number in 0..1030 {
            operators.add(&format!("{number:04}"), 1);
        }
        operators.add("0001", 2);
        operators.finish(&mut facts);

        assert_eq!(facts.operators.len(), 1024);
        assert_eq!(facts.operators.get(1), Some(&("0001".to_owned(), 3)));
        assert_eq!(said(&facts), [("left-out", "6 operator")]);
    }

    #[test]
    fn names_of_properties_are_those_that_are_serialized() -> Result<(), serde_json::Error> {
        for property in [Property::QuantizedBy, Property::CodeFile, Property::LeftOut] {
            let word = format!("\"{}\"", property.word());

            assert_eq!(serde_json::to_string(&property)?, word);
        }
        Ok(())
    }
}

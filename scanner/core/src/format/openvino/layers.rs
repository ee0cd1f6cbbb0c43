//! Layers and constants, and what the model says of how it was made.

use std::collections::{BTreeSet, HashSet};

use super::element_types::{ElementType, element_type};
use super::{OpenvinoProblem, Result};
use crate::anomalies::{Anomalies, Fault, clip};
use crate::description::{Operators, UNKNOWN_DIMENSION};
use crate::destinations::Destinations;
use crate::format::{Header, Twin};
use crate::quantization::{Bits, Claimed, MethodClaim, Scheme, Tensor};
use crate::record::{Facts, Port, Property};
use crate::xml::Element;

/// Constants. The largest models have some ten thousand.
const MAX_TENSORS: usize = 262_144;

/// The layers that are inputs and outputs of the model.
const PARAMETER: &str = "Parameter";
const RESULT: &str = "Result";

/// Bytes of all names of constants that are kept: 64 for each of the most.
const MAX_NAME_BYTES: usize = 16 * 1024 * 1024;

/// The suffix of the file that holds the weights.
const WEIGHTS: &str = "bin";

/// Types of matrices that the compression of weights makes.
const COMPRESSED: &[&str] = &[
    "int8", "uint8", "int4", "uint4", "uint2", "uint1", "nf4", "mxfp4", "fp8",
];

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// Whether the document was read to its end.
    pub(super) is_whole: bool,
    /// The layer that the walk is in.
    layer: Layer,
    tensors: Vec<Tensor>,
    counted: HashSet<(u64, &'static str)>,
    name_bytes: usize,
    operators: Operators,
    /// What the model says of itself.
    facts: Facts,
    destinations: Destinations,
    mode: Option<String>,
    weights: Option<Twin>,
}

#[derive(Debug, Default)]
struct Layer {
    name: String,
    kind: String,
}

impl Model {
    /// Takes in what the root element says.
    pub(super) fn name(&mut self, root: &Element) {
        self.facts
            .say(Property::Name, root.attribute("name").unwrap_or_default());
    }

    /// Takes in the element that a path leads to.
    pub(super) fn add(&mut self, path: &[String], element: &Element, anomalies: &mut Anomalies) {
        let outer = path
            .split_last()
            .map(|(_, outer)| outer)
            .unwrap_or_default();
        match (outer, element.name.as_str()) {
            ([.., parent], "layer") if parent == "layers" => self.layer(element),
            ([.., parent], "data") if parent == "layer" && self.layer.kind == "Const" => {
                if let Err(fault) = self.constant(element) {
                    let name = self.layer.name.clone();
                    anomalies.report(|| fault.within(&name));
                }
            }
            ([.., layers, parent], "data")
                if layers == "layers" && parent == "layer" && self.layer.kind == PARAMETER =>
            {
                self.parameter(element);
            }
            ([_, second, ..], _) if second == "rt_info" => self.note(path, element, anomalies),
            _ => {}
        }
    }

    /// Writes everything into the header.
    pub(super) fn finish(mut self, header: &mut Header) {
        let matrices: BTreeSet<&str> = self
            .tensors
            .iter()
            .map(|tensor| tensor.type_name)
            .filter(|name| COMPRESSED.contains(name))
            .collect();
        for label in &matrices {
            header.claims.push(Claimed::Graph {
                label,
                source: "element_type of Const".to_owned(),
            });
        }
        // What part of the weights is compressed is up to whoever compresses them; that none is
        // would contradict.
        let bits = self.mode.as_deref().and_then(bits);
        if let (true, Some(bits)) = (matrices.is_empty() && !self.tensors.is_empty(), bits) {
            header.claims.push(Claimed::Method(Box::new(MethodClaim {
                method: "nncf".to_owned(),
                scheme: Scheme {
                    bits: Bits::whole(bits),
                    ..Scheme::default()
                },
                source: "rt_info: nncf.weight_compression.mode".to_owned(),
                ..MethodClaim::default()
            })));
        }
        if self.is_whole {
            let elements = self.tensors.iter().map(|tensor| tensor.elements);
            header.facts.parameters = Some(elements.fold(0, u64::saturating_add));
        }
        header.facts.take_description(&mut self.facts);
        self.operators.finish(&mut header.facts);
        header.facts.destinations = self.destinations.into_vec();
        header.twin = self.weights;
        header.tensors = self.tensors;
    }

    fn layer(&mut self, element: &Element) {
        let attribute = |name| clip(element.attribute(name).unwrap_or_default());
        self.layer = Layer {
            name: attribute("name"),
            kind: attribute("type"),
        };
        let set = attribute("version");
        let is_ours = set.starts_with("opset") || set.ends_with("opset");
        let operator = if is_ours {
            self.layer.kind.clone()
        } else {
            format!("{set}:{}", self.layer.kind)
        };
        self.operators.add(&operator, 1);
        // Its type stands at the port that is read.
        if self.layer.kind == RESULT {
            self.facts.add_output(Port {
                name: self.layer.name.clone(),
                ..Port::default()
            });
        }
    }

    /// Takes in an input of the model.
    fn parameter(&mut self, element: &Element) {
        let spelled = element.attribute("element_type").unwrap_or_default();
        let name = element_type(spelled).map_or(spelled, |kind| kind.name);
        let shape = element.attribute("shape").map(|shape| {
            let lengths = shape.split(',').map(str::trim);
            let lengths = lengths.filter(|length| !length.is_empty());
            lengths
                .map(|length| {
                    if length == "-1" {
                        UNKNOWN_DIMENSION
                    } else {
                        length
                    }
                    .to_owned()
                })
                .collect()
        });
        self.facts.add_input(Port {
            name: self.layer.name.clone(),
            signature: None,
            element_type: Some(name.to_owned()).filter(|name| !name.is_empty()),
            shape,
        });
    }

    /// Keeps a constant, and how far the file of weights must reach for it.
    fn constant(&mut self, element: &Element) -> Result<()> {
        let fault = |problem| Fault::at(element.at, problem);
        let number = |name| {
            let value = element.attribute(name).and_then(|value| value.parse().ok());
            value.ok_or_else(|| fault(OpenvinoProblem::Attribute(name)))
        };
        let spelled = element.attribute("element_type").unwrap_or_default();
        let kind = element_type(spelled)
            .ok_or_else(|| fault(OpenvinoProblem::ElementType(spelled.to_owned())))?;
        let (offset, size): (u64, u64) = (number("offset")?, number("size")?);
        let end = offset.checked_add(size);
        let end = end.ok_or_else(|| fault(OpenvinoProblem::SizeOverflow))?;
        let shape = shape(element.attribute("shape").unwrap_or_default())
            .ok_or_else(|| fault(OpenvinoProblem::Attribute("shape")))?;
        let elements = shape
            .iter()
            .try_fold(1_u64, |product, length| product.checked_mul(*length));
        let elements = elements.ok_or_else(|| fault(OpenvinoProblem::SizeOverflow))?;
        check_size(kind, elements, size).map_err(fault)?;
        let weights = self.weights.get_or_insert(Twin {
            suffix: WEIGHTS,
            end,
            offset: element.at,
        });
        weights.end = weights.end.max(end);
        let is_matrix = shape.len() > 1;
        let type_name = if is_matrix { kind.matrix } else { kind.name };
        // Layers may share their weights.
        if size == 0 || !self.counted.insert((offset, type_name)) {
            return Ok(());
        }
        self.name_bytes = self.name_bytes.saturating_add(self.layer.name.len());
        if self.tensors.len() >= MAX_TENSORS || self.name_bytes > MAX_NAME_BYTES {
            return Err(limit(element, "constants", MAX_TENSORS));
        }
        self.tensors.push(Tensor {
            name: self.layer.name.as_str().into(),
            type_name,
            row: shape.last().copied().unwrap_or(1),
            dimensions: u8::try_from(shape.len()).unwrap_or(u8::MAX),
            elements,
            bytes: size,
        });
        Ok(())
    }

    /// Takes in what the model says of how it was made.
    fn note(&mut self, path: &[String], element: &Element, anomalies: &mut Anomalies) {
        let inner: Vec<&str> = path.iter().skip(2).map(String::as_str).collect();
        let key = format!("rt_info: {}", inner.join("."));
        for (_, value) in &element.attributes {
            self.destinations
                .scan(&key, value.as_bytes(), None, anomalies);
        }
        if let Some(value) = element.attribute("value") {
            match inner.as_slice() {
                ["Runtime_version"] => {
                    self.facts
                        .say_version(Property::Producer, "openvino", value);
                }
                ["conversion_parameters" | "framework", .., "framework"] | ["framework"] => {
                    self.facts.say(Property::Framework, value);
                }
                _ => self.facts.say_metadata(&inner.join("."), value.as_bytes()),
            }
        }
        if inner == ["nncf", "weight_compression", "mode"] {
            self.mode = element.attribute("value").map(clip);
        }
    }
}

/// The bits of a mode of compression, such as `int8_asym`.
fn bits(mode: &str) -> Option<u64> {
    let digits = mode.strip_prefix("int")?;
    let end = digits.find(|c: char| !c.is_ascii_digit());
    digits.get(..end.unwrap_or(digits.len()))?.parse().ok()
}

/// The lengths in `8, 8`; none in an empty text.
fn shape(text: &str) -> Option<Vec<u64>> {
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    text.split(',')
        .map(|part| part.trim().parse().ok())
        .collect()
}

fn check_size(
    kind: ElementType,
    elements: u64,
    found: u64,
) -> std::result::Result<(), OpenvinoProblem> {
    if kind.bits == 0 {
        return Ok(());
    }
    let bits = elements.checked_mul(kind.bits);
    let expected = bits.ok_or(OpenvinoProblem::SizeOverflow)?.div_ceil(8);
    if found == expected {
        return Ok(());
    }
    Err(OpenvinoProblem::Size { found, expected })
}

fn limit(element: &Element, of: &'static str, most: usize) -> Fault<OpenvinoProblem> {
    Fault::at(element.at, OpenvinoProblem::Limit { of, most })
}

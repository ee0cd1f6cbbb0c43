//! What the header says, as it is gathered.

use std::hash::{DefaultHasher, Hasher as _};

use super::SafetensorsProblem as Problem;
use super::claims::Claims;
use super::description::{Description, Shape};
use super::layout::Extent;
use super::parse::METADATA;
use crate::anomalies::{Anomalies, Fault};
use crate::destinations::Destinations;
use crate::quantization::Tensor;
use crate::quantization::dtypes::Dtype;
use crate::reader::widen;
use crate::record::{Facts, Property};

/// Bytes of all tensor names and keys of `__metadata__`: 64 for each of the most tensors.
pub(super) const MAX_NAME_BYTES: usize = 16 * 1024 * 1024;

/// Keys that say the same of every model: <https://github.com/Stability-AI/ModelSpec>.
const MODEL_SPEC: [(&str, Property); 4] = [
    ("modelspec.title", Property::Name),
    ("modelspec.description", Property::Description),
    ("modelspec.author", Property::Author),
    ("modelspec.tags", Property::Tag),
];

/// What the header said.
#[derive(Debug)]
pub(super) struct Collector {
    /// The tensors whose type is known.
    pub(super) tensors: Vec<Tensor>,
    /// Where every tensor's data lie.
    pub(super) extents: Vec<Extent>,
    /// Elements of all tensors; `None` if the number does not fit.
    pub(super) parameters: Option<u64>,
    /// The licence that `__metadata__` states.
    pub(super) license: Option<String>,
    /// URLs in `__metadata__`.
    pub(super) destinations: Destinations,
    /// What `__metadata__` says about quantization.
    pub(super) claims: Claims,
    /// What `__metadata__` says of the model.
    pub(super) facts: Facts,
    /// Whether there was a `__metadata__`.
    pub(super) has_metadata: bool,
    name_bytes: usize,
    stop: Option<Fault<Problem>>,
}

impl Collector {
    /// A header that said nothing yet.
    pub(super) fn new() -> Self {
        Self {
            tensors: Vec::new(),
            extents: Vec::new(),
            parameters: Some(0),
            license: None,
            destinations: Destinations::default(),
            claims: Claims::default(),
            facts: Facts::default(),
            has_metadata: false,
            name_bytes: 0,
            stop: None,
        }
    }

    /// Counts a name that is kept, and says whether there is room for it.
    pub(super) fn spend(&mut self, name: &str) -> bool {
        self.name_bytes = self.name_bytes.saturating_add(name.len());
        self.name_bytes <= MAX_NAME_BYTES
    }

    /// Ends the parsing at a limit.
    pub(super) fn stop(&mut self, kind: &'static str, of: &'static str, most: usize) {
        let most = widen(most);
        self.stop = Some(Fault::anywhere(Problem::Limit { kind, of, most }));
    }

    /// Why the parser ended: a limit of ours, else what it says itself.
    pub(super) fn fault(&mut self, error: serde_json::Error, offset: u64) -> Fault<Problem> {
        self.stop
            .take()
            .unwrap_or_else(|| Fault::at(offset, Problem::Json(error)))
    }

    /// A problem of one tensor.
    pub(super) fn fault_of(&self, extent: &Extent, problem: Problem) -> Fault<Problem> {
        let fault = Fault::new(extent.described_at, problem);
        match self.tensors.get(extent.tensor) {
            Some(tensor) => fault.within(&tensor.name).within("header"),
            None => fault.within("header"),
        }
    }

    /// Reports every tensor that stands twice. Names are compared after the fact, by their hashes
    /// first: sorting numbers costs less than a set of names.
    pub(super) fn report_duplicates(&self, anomalies: &mut Anomalies) {
        let mut hashes: Vec<u64> = self.tensors.iter().map(hash).collect();
        hashes.sort_unstable();
        if hashes.is_sorted_by(|before, hash| before < hash) {
            return;
        }
        let mut by_name: Vec<_> = self
            .extents
            .iter()
            .filter_map(|extent| Some((&self.tensors.get(extent.tensor)?.name, extent)))
            .collect();
        by_name.sort_unstable_by_key(|(name, extent)| (*name, extent.described_at));
        for ((before, _), (name, extent)) in by_name.iter().zip(by_name.iter().skip(1)) {
            if before == name {
                anomalies.report(|| self.fault_of(extent, Problem::DuplicateTensor));
            }
        }
    }

    /// Writes what `__metadata__` told into the facts.
    pub(super) fn finish(mut self, facts: &mut Facts) {
        facts.take_description(&mut self.facts);
        facts.license_source = self.license.as_ref().map(|_| format!("{METADATA}.license"));
        facts.license = self.license;
        facts.destinations = self.destinations.into_vec();
    }

    /// Takes in a pair of `__metadata__` as what the model says of itself. What torchao says of
    /// each tensor is an object of its own, and told as a claim.
    pub(super) fn describe(&mut self, key: &str, value: &str) {
        match key {
            "format" => self.facts.say(Property::Framework, value),
            "license" | "tensor_names" => {}
            _ if value.starts_with('{') => {}
            _ => {
                let known = MODEL_SPEC.iter().find(|(known, _)| *known == key);
                match known {
                    Some((_, property)) => self.facts.say(*property, value),
                    None => self.facts.say_metadata(key, value.as_bytes()),
                }
            }
        }
    }

    /// Takes in a tensor, if its description is complete.
    pub(super) fn add(
        &mut self,
        name: &str,
        described_at: Option<u64>,
        description: &Description,
        report: &mut impl FnMut(Problem),
    ) {
        let (Some(shape), Some((begin, end))) = (&description.shape, description.data_offsets)
        else {
            return;
        };
        if end < begin {
            report(Problem::Offsets { begin, end });
        }
        if shape.elements.is_none() {
            report(Problem::SizeOverflow);
        }
        self.parameters = self
            .parameters
            .zip(shape.elements)
            .and_then(|(sum, more)| sum.checked_add(more));
        let mut extent = Extent {
            begin,
            end,
            described_at,
            tensor: usize::MAX,
        };
        if let Some(dtype) = description.dtype {
            extent.tensor = self.tensors.len();
            let bytes = end.saturating_sub(begin);
            if let Some(problem) = size_problem(shape, dtype, bytes) {
                report(problem);
            }
            self.tensors.push(Tensor {
                name: name.into(),
                type_name: dtype.name,
                row: shape.row,
                dimensions: shape.dimensions,
                elements: shape.elements.unwrap_or(0),
                bytes,
            });
        }
        self.extents.push(extent);
    }
}

/// A number that two tensors have in common if they have their names in common. That others may
/// have it in common too, by chance or on purpose, costs a comparison of the names.
fn hash(tensor: &Tensor) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(tensor.name.as_bytes());
    hasher.finish()
}

/// What is wrong with the number of bytes that a tensor takes.
fn size_problem(shape: &Shape, dtype: &Dtype, found: u64) -> Option<Problem> {
    let elements = shape.elements?;
    let Some(bits) = elements.checked_mul(dtype.bits) else {
        return Some(Problem::SizeOverflow);
    };
    match (bits.checked_div(8), bits.checked_rem(8)) {
        (Some(expected), Some(0)) => {
            (expected != found).then_some(Problem::Size { found, expected })
        }
        _ => Some(Problem::PartialByte { bits }),
    }
}

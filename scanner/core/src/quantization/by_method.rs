//! How the tensors of a Hugging Face model compare with the method that is claimed.

use std::collections::BTreeMap;

use super::Tensor;
use super::label::Label;
use super::methods::Resolved;
use super::model::{Model, float};
use super::packing::Held;
use super::verdict::Judgement;
use super::weights;
use crate::record::QuantizationVerdict;

/// How far the bits of all layers together may be from those claimed. Programs aim at them and hit
/// them nearly; half a bit is the step between the sizes that people publish.
const NEAR: f64 = 0.5;

/// What one quantizable tensor is in the light of a claim.
enum Found {
    /// Weights as the method stores them.
    Claimed(Held),
    /// Weights as another method stores them, or of other bits, or that nobody touched.
    Other,
    /// Weights that nobody touched, as is claimed of them or as methods do with all their like.
    LeftAlone,
    /// It may be anything.
    Unknown,
}

/// Weights by what a claim makes of them.
#[derive(Debug, Default)]
struct Shares {
    claimed: f64,
    other: f64,
    left_alone: f64,
    unknown: f64,
    /// Bits of the claimed ones, where their number is known.
    bits: f64,
    /// Number of those.
    counted: f64,
}

/// The experts of a mixture that a claim does not hold.
#[derive(Debug, Default)]
struct Experts {
    weights: f64,
    types: BTreeMap<&'static str, u64>,
    are_claimed: bool,
}

/// Holds a method against the tensors.
///
/// It must hold half of the weights at least. Weights that it is said to leave alone do not count
/// against it, but if they are more than it holds they must be told. Weights that may be anything
/// leave the question open as far as they decide it.
pub(super) fn judge(method: &Resolved<'_>, model: &Model<'_>) -> Judgement {
    let mut body = Shares::default();
    let mut ends = Shares::default();
    let mut unexplained = BTreeMap::new();
    let mut left_alone = BTreeMap::new();
    let mut experts = Experts::default();
    for tensor in &model.quantizable {
        let found = find(method, tensor, model);
        if experts.take(&found, tensor) {
            continue;
        }
        match found {
            Found::Other if weights::is_float(tensor) => {}
            Found::Other | Found::Unknown => {
                *unexplained.entry(tensor.type_name).or_insert(0) += 1;
            }
            Found::LeftAlone if !model.is_end(tensor) => {
                *left_alone.entry(tensor.type_name).or_insert(0) += 1;
            }
            _ => {}
        }
        let part = if model.is_end(tensor) {
            &mut ends
        } else {
            &mut body
        };
        part.add(&found, tensor, model);
    }
    experts.join(&mut body, &mut left_alone);
    let part = if body.decides() { body } else { ends };
    if part.claimed > 0.0 && part.left_alone > part.claimed {
        unexplained.append(&mut left_alone);
    }
    let verdict = match part.verdict(method) {
        QuantizationVerdict::Consistent if !unexplained.is_empty() => QuantizationVerdict::Mixed,
        verdict => verdict,
    };
    Judgement {
        verdict,
        unexplained,
    }
}

/// Whether a tensor holds weights as the method stores them, of the bits that are claimed.
pub(super) fn is_held(method: &Resolved<'_>, tensor: &Tensor, model: &Model<'_>) -> bool {
    matches!(find(method, tensor, model), Found::Claimed(_))
}

/// The label of the one layout that all quantized weights have; `None` where they have several,
/// where they lie in a way that tells no method, or where most weights are not quantized.
pub(super) fn recognised(model: &Model<'_>) -> Option<String> {
    if !model.may_have_layouts() {
        return None;
    }
    let mut labels: Vec<String> = Vec::new();
    let (mut quantized, mut plain) = (0.0, 0.0);
    for tensor in model
        .quantizable
        .iter()
        .filter(|tensor| !model.is_end(tensor))
    {
        let layout = model.layout(tensor);
        match layout {
            None if weights::is_float(tensor) => plain += float(tensor.elements),
            None => return None,
            Some((layout, held)) => {
                quantized += float(held.weights.unwrap_or(tensor.elements));
                let label = spell(layout.label?, held);
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
        }
    }
    labels
        .pop()
        .filter(|_| labels.is_empty() && quantized >= plain)
}

fn spell(label: Label, held: Held) -> String {
    label.spell(held.bits.and_then(super::Bits::whole), None)
}

fn find(method: &Resolved<'_>, tensor: &Tensor, model: &Model<'_>) -> Found {
    let scheme = model.scheme(method.claim, tensor);
    let claimed = scheme.bits.filter(|_| !method.is_average);
    let claimed = claimed.and_then(super::Bits::as_whole);
    let mut is_of_other_bits = false;
    let mut untold = None;
    for layout in method.layouts {
        match model.held(layout, tensor, scheme) {
            Some(held) if claimed.is_none() || held.bits == claimed => return Found::Claimed(held),
            Some(held) if held.bits.is_none() => untold = untold.or(Some(held)),
            Some(_) => is_of_other_bits = true,
            None => {}
        }
    }
    // Shapes that tell the bits count more than those that leave them open.
    if let Some(held) = untold.filter(|_| !is_of_other_bits) {
        return Found::Claimed(held);
    }
    let is_elsewhere = || !method.layouts.is_empty() && model.layout(tensor).is_some();
    if weights::is_float(tensor) {
        if model.is_end(tensor) || model.leaves_alone(tensor) {
            Found::LeftAlone
        } else {
            Found::Other
        }
    } else if is_of_other_bits || is_elsewhere() {
        Found::Other
    } else {
        Found::Unknown
    }
}

impl Experts {
    /// Takes in a tensor of experts that nobody touched, and says whether it is one.
    fn take(&mut self, found: &Found, tensor: &Tensor) -> bool {
        if !weights::is_expert(&tensor.name) {
            return false;
        }
        self.are_claimed |= matches!(found, Found::Claimed(_));
        let is_untouched = matches!(found, Found::Other) && weights::is_float(tensor);
        if is_untouched {
            self.weights += float(tensor.elements);
            *self.types.entry(tensor.type_name).or_insert(0) += 1;
        }
        is_untouched
    }

    /// Adds them to the others. Experts are one parameter of their layer in `transformers` 5, and
    /// what replaces linear layers does not see it: where a method holds other layers and no expert,
    /// it left all of them alone.
    fn join(self, body: &mut Shares, left_alone: &mut BTreeMap<&'static str, u64>) {
        if self.are_claimed || body.claimed == 0.0 {
            body.other += self.weights;
            return;
        }
        body.left_alone += self.weights;
        for (name, tensors) in self.types {
            *left_alone.entry(name).or_insert(0) += tensors;
        }
    }
}

impl Shares {
    fn add(&mut self, found: &Found, tensor: &Tensor, model: &Model<'_>) {
        match found {
            Found::Claimed(held) => {
                // Packed weights must not look small beside plain ones: where their number is not
                // told, they are as many as fit at four bits.
                let fitting = float(tensor.bytes) * 2.0;
                self.claimed += held.weights.map_or(fitting, float);
                if let Some(weights) = held.weights {
                    self.counted += float(weights);
                    self.bits += float(tensor.bytes) * 8.0;
                }
            }
            Found::Other => {
                self.other += float(model.weights(tensor).unwrap_or(tensor.elements));
            }
            Found::LeftAlone => self.left_alone += float(tensor.elements),
            // As many as could be.
            Found::Unknown => self.unknown += float(tensor.bytes) * 8.0,
        }
    }

    /// Whether anything here could tell.
    fn decides(&self) -> bool {
        self.claimed + self.other + self.unknown > 0.0
    }

    fn verdict(&self, method: &Resolved<'_>) -> QuantizationVerdict {
        let is_open = if method.layouts.is_empty() {
            self.unknown > 0.0
        } else {
            self.unknown > 0.0 && self.claimed + self.unknown >= self.other
        };
        if !self.decides() {
            QuantizationVerdict::NoEvidence
        } else if self.claimed > 0.0 && self.claimed >= self.other + self.unknown {
            if self.is_near(method) {
                QuantizationVerdict::Consistent
            } else {
                QuantizationVerdict::Contradicted
            }
        } else if is_open {
            QuantizationVerdict::NoEvidence
        } else {
            QuantizationVerdict::Contradicted
        }
    }

    /// Whether all layers together have the bits that are claimed of them.
    fn is_near(&self, method: &Resolved<'_>) -> bool {
        let claimed = method.claim.scheme.bits.filter(|_| method.is_average);
        let is_near = |bits: super::Bits| (self.bits / self.counted - bits.as_f64()).abs() <= NEAR;
        self.counted == 0.0 || claimed.is_none_or(is_near)
    }
}

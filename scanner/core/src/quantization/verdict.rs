//! How the evidence of the tensors compares with one claim.

use super::llama_ftype::{FileType, legal_fallbacks};
use super::methods::Resolved;
use super::model::{Model, sum};
use super::roles::{self, Role};
use super::weights;
use super::{Tensor, ggml};
use crate::record::QuantizationVerdict;

/// What a claim means, once its words are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A recipe of llama.cpp's quantizer.
    Recipe(&'static FileType),
    /// One type for every matrix.
    Plain(&'static str),
    /// A method of Hugging Face models.
    Method(Resolved),
    /// One type for every matrix that a method leaves alone.
    Rest(&'static str, Resolved),
    /// Nothing we know, so nothing explains a tensor.
    Unknown,
}

/// What one quantizable tensor is in the light of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Explanation {
    /// It has the type that the claim is named for, or what stands for it in rows of its length.
    Claimed,
    /// The recipe gives tensors of its role this type.
    Addition,
    /// The claim is about other tensors; those it leaves in the type they came in.
    LeftAlone,
    /// The claim does not explain it.
    Unexplained,
}

/// The verdict on a claim.
///
/// Honest recipes such as `IQ3_XS`, or `Q3_K_L` of a model with fused attention, give most weights
/// a type they are not named for. So what counts against a claim is what it does not explain: each
/// addition is legal for one role only, and the claimed type must hold something. Tensors left
/// alone explain nothing, though: beside those a claim must hold half of the body itself.
pub(crate) fn verdict(meaning: &Meaning, model: &Model<'_>) -> QuantizationVerdict {
    let subjects = subjects(meaning, model);
    if subjects.is_empty() {
        return QuantizationVerdict::NoEvidence;
    }
    let mut body: Vec<_> = subjects
        .iter()
        .copied()
        .filter(|tensor| !model.is_end(tensor))
        .collect();
    if body.is_empty() {
        body.clone_from(&subjects);
    }
    let holds = |kinds: &[Explanation]| {
        let held = body
            .iter()
            .filter(|tensor| kinds.contains(&explain(meaning, tensor, model)));
        sum(held.map(|tensor| weight(meaning, tensor, model)))
    };
    let claimed = holds(&[Explanation::Claimed]);
    let explained = claimed + holds(&[Explanation::Addition]);
    let holds_most =
        claimed > 0.0 && explained >= holds(&[Explanation::LeftAlone, Explanation::Unexplained]);
    let is_unexplained =
        |tensor: &&Tensor| explain(meaning, tensor, model) == Explanation::Unexplained;
    match (holds_most, subjects.iter().any(is_unexplained)) {
        (true, false) => QuantizationVerdict::Consistent,
        (true, true) => QuantizationVerdict::Mixed,
        (false, _) => QuantizationVerdict::Contradicted,
    }
}

/// What a quantizable tensor is in the light of a claim.
pub(crate) fn explain(meaning: &Meaning, tensor: &Tensor, model: &Model<'_>) -> Explanation {
    match meaning {
        Meaning::Recipe(recipe) => explain_by_recipe(recipe, tensor, model),
        Meaning::Plain(wanted) if tensor.type_name == *wanted => Explanation::Claimed,
        Meaning::Rest(_, method) if is_held(method, tensor, model) => Explanation::LeftAlone,
        Meaning::Rest(wanted, _) if tensor.type_name == *wanted => Explanation::Claimed,
        Meaning::Method(method) if is_held(method, tensor, model) => Explanation::Claimed,
        Meaning::Method(_) if weights::is_float(tensor) => Explanation::LeftAlone,
        Meaning::Plain(_) | Meaning::Rest(..) | Meaning::Method(_) | Meaning::Unknown => {
            Explanation::Unexplained
        }
    }
}

fn explain_by_recipe(recipe: &FileType, tensor: &Tensor, model: &Model<'_>) -> Explanation {
    let found = tensor.type_name;
    let stands_for =
        |wanted: &str| found == wanted || legal_fallbacks(wanted, tensor.row).contains(&found);
    if stands_for(recipe.default) {
        return Explanation::Claimed;
    }
    let role = roles::role(&tensor.name);
    let is_output = role == Role::Output || (role == Role::TokenEmbedding && !model.has_output);
    let for_output = if is_output { recipe.output } else { &[] };
    let for_role = recipe
        .additions
        .iter()
        .filter(|(of, _)| *of == role)
        .flat_map(|(_, s)| *s);
    let for_experts = if model.has_experts {
        beside_experts(recipe, role)
    } else {
        &[]
    };
    let is_stack = tensor.dimensions > 2 && roles::is_expert(&tensor.name);
    let beside = recipe.beside_experts.filter(|_| !is_stack);
    let mut added = for_output
        .iter()
        .chain(for_role)
        .chain(for_experts)
        .copied()
        .chain(beside);
    if added.any(stands_for) {
        Explanation::Addition
    } else if recipe.keeps_source && weights::is_float(tensor) {
        Explanation::LeftAlone
    } else {
        Explanation::Unexplained
    }
}

/// What every recipe of blocks gives to the small attention matrices of a mixture of eight experts.
fn beside_experts(recipe: &FileType, role: Role) -> &'static [&'static str] {
    match role {
        _ if !ggml::named(recipe.default).is_some_and(ggml::TensorType::is_quantized) => &[],
        Role::AttentionV | Role::AttentionK => &["Q8_0"],
        Role::AttentionOutput => &["Q5_K"],
        _ => &[],
    }
}

/// The quantizable tensors that a claim is about.
fn subjects<'a>(meaning: &Meaning, model: &Model<'a>) -> Vec<&'a Tensor> {
    let is_subject = |tensor: &&Tensor| match meaning {
        Meaning::Rest(_, method) => !is_held(method, tensor, model),
        _ => true,
    };
    model
        .quantizable
        .iter()
        .copied()
        .filter(is_subject)
        .collect()
}

/// Whether a tensor holds weights as the method stores them, of the bits it states.
fn is_held(method: &Resolved, tensor: &Tensor, model: &Model<'_>) -> bool {
    method.markers.iter().any(|marker| {
        let held = model.names().held(marker, tensor);
        match (held.and_then(|held| held.weights), method.bits) {
            (Some(weights), Some(bits)) if marker.packing.tells_bits() => {
                weights.checked_mul(bits) == tensor.bytes.checked_mul(8)
            }
            _ => held.is_some(),
        }
    })
}

/// How many weights a tensor holds: for a method, as many as fit its bits where the header does
/// not tell, so that packed weights do not look small beside plain ones.
fn weight(meaning: &Meaning, tensor: &Tensor, model: &Model<'_>) -> u64 {
    let Meaning::Method(method) = meaning else {
        return tensor.elements;
    };
    model
        .names()
        .weights(tensor)
        .or_else(|| tensor.bytes.checked_mul(8)?.checked_div(method.bits?))
        .unwrap_or(tensor.elements)
}

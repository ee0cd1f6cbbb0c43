//! How the evidence of the tensors compares with one claim.

use std::collections::BTreeMap;

use super::dtypes::dtype;
use super::llama_ftype::{FileType, legal_fallbacks};
use super::methods::Resolved;
use super::model::{Model, float};
use super::roles::{self, Role};
use super::weights;
use super::{Tensor, by_method, ggml};
use crate::record::QuantizationVerdict;

/// What a claim means, once its words are known.
#[derive(Debug, Clone)]
pub(crate) enum Meaning<'a> {
    /// A recipe of llama.cpp's quantizer.
    Recipe(&'static FileType),
    /// One type for every matrix.
    Plain(&'static str),
    /// One type for the weights of every layer of two dimensions: converters from before GGUF leave
    /// convolutions and embeddings of positions as they are.
    Matrices(&'static str),
    /// A method of Hugging Face models.
    Method(Resolved<'a>),
    /// One type for every matrix that a method leaves alone.
    Rest(&'static str, Resolved<'a>),
    /// One type that operators of a graph read as quantized weights.
    Graph(&'static str),
    /// Nothing we know, so nothing explains a tensor.
    Unknown,
}

/// What one quantizable tensor is in the light of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Explanation {
    /// It has the type that the claim is named for, or what stands for it in rows of its length.
    Claimed,
    /// The recipe gives tensors of its role this type.
    Addition,
    /// The claim leaves such tensors in the type they came in.
    LeftAlone,
    /// The claim does not explain it.
    Unexplained,
    /// The claim is about other tensors.
    Elsewhere,
}

/// What holding a claim against the tensors came to.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// The verdict on the claim.
    pub(crate) verdict: QuantizationVerdict,
    /// Numbers of tensors that the claim does not explain, by type.
    pub(crate) unexplained: BTreeMap<&'static str, u64>,
}

/// Weights by what a claim makes of them.
#[derive(Debug, Default)]
struct Shares {
    claimed: f64,
    added: f64,
    other: f64,
}

/// Holds a claim against the tensors.
///
/// Honest recipes such as `IQ3_XS`, or `Q3_K_L` of a model with fused attention, give most weights
/// a type they are not named for. So what counts against a claim is what it does not explain: each
/// addition is legal for one role only, and the claimed type must hold something. Tensors left
/// alone explain nothing: they count against a claim like those it cannot explain, so that it must
/// hold half of the weights itself.
///
/// Embeddings and output decide nothing where there are other matrices: a wide vocabulary may make
/// them the largest, and recipes treat them apart.
pub(crate) fn judge(meaning: &Meaning<'_>, model: &Model<'_>) -> Judgement {
    match meaning {
        Meaning::Method(method) => by_method::judge(method, model),
        // What is beside weights that we cannot read may be their scales.
        Meaning::Rest(_, method)
            if by_method::judge(method, model).verdict == QuantizationVerdict::NoEvidence =>
        {
            Judgement {
                verdict: QuantizationVerdict::NoEvidence,
                unexplained: BTreeMap::new(),
            }
        }
        meaning => judge_types(meaning, model),
    }
}

fn judge_types(meaning: &Meaning<'_>, model: &Model<'_>) -> Judgement {
    let is_rest = matches!(meaning, Meaning::Rest(..));
    let mut body = None;
    let mut ends = None;
    let mut unexplained = BTreeMap::new();
    for tensor in &model.quantizable {
        let explanation = explain(meaning, tensor, model);
        if explanation == Explanation::Elsewhere {
            continue;
        }
        if explanation == Explanation::Unexplained {
            *unexplained.entry(tensor.type_name).or_insert(0) += 1;
        }
        // What a method leaves alone is little more than the ends.
        let is_end = model.is_end(tensor) && !is_rest;
        let part = if is_end { &mut ends } else { &mut body };
        let shares = part.get_or_insert_with(Shares::default);
        shares.add(explanation, float(tensor.elements));
    }
    let verdict = match (body.or(ends), unexplained.is_empty()) {
        (None, _) => QuantizationVerdict::NoEvidence,
        (Some(shares), true) if shares.are_mostly_explained() => QuantizationVerdict::Consistent,
        (Some(shares), false) if shares.are_mostly_explained() => QuantizationVerdict::Mixed,
        // A method that computes in a wider type may store so what it leaves alone.
        (Some(shares), _) if shares.added > 0.0 && shares.added >= shares.other && is_rest => {
            QuantizationVerdict::Mixed
        }
        (Some(_), _) => QuantizationVerdict::Contradicted,
    };
    Judgement {
        verdict,
        unexplained,
    }
}

impl Shares {
    fn add(&mut self, explanation: Explanation, weights: f64) {
        let share = match explanation {
            Explanation::Claimed => &mut self.claimed,
            Explanation::Addition => &mut self.added,
            _ => &mut self.other,
        };
        *share += weights;
    }

    fn are_mostly_explained(&self) -> bool {
        self.claimed > 0.0 && self.claimed + self.added >= self.other
    }
}

fn explain(meaning: &Meaning<'_>, tensor: &Tensor, model: &Model<'_>) -> Explanation {
    match meaning {
        Meaning::Recipe(recipe) => explain_by_recipe(recipe, tensor, model),
        Meaning::Rest(_, method)
            if !weights::is_float(tensor) || by_method::is_held(method, tensor, model) =>
        {
            Explanation::Elsewhere
        }
        Meaning::Plain(wanted)
        | Meaning::Matrices(wanted)
        | Meaning::Rest(wanted, _)
        | Meaning::Graph(wanted)
            if tensor.type_name == *wanted && !model.is_packed_float(tensor) =>
        {
            Explanation::Claimed
        }
        // Programs compute in the wider type what narrow ones would spoil.
        Meaning::Rest(wanted, _) if is_wider(tensor, wanted) => Explanation::Addition,
        Meaning::Matrices(_) if is_left_by_converters(tensor) => Explanation::Elsewhere,
        Meaning::Graph(_) if weights::is_float(tensor) => Explanation::LeftAlone,
        Meaning::Plain(_)
        | Meaning::Matrices(_)
        | Meaning::Rest(..)
        | Meaning::Method(_)
        | Meaning::Graph(_)
        | Meaning::Unknown => Explanation::Unexplained,
    }
}

/// Whether a tensor's elements are floats of more bits than those of a type.
fn is_wider(tensor: &Tensor, wanted: &str) -> bool {
    let bits = |name: &str| dtype(name).map(|dtype| dtype.bits);
    weights::is_float(tensor) && bits(tensor.type_name) > bits(wanted)
}

fn is_left_by_converters(tensor: &Tensor) -> bool {
    let is_layer = tensor.dimensions == 2 && tensor.name.ends_with("weight");
    !is_layer && weights::is_float(tensor)
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

//! What the tensors show, and how it compares with what is claimed.
//!
//! A claim is words in a header, a configuration or a file's name. [`assess`] turns each into what
//! it means (a recipe of llama.cpp, a method of Hugging Face models, one plain type), asks of every
//! tensor that a quantizer may quantize whether that meaning explains it, and says what came of it.

pub mod dtypes;
pub mod ggml;
pub mod ggml_ftype;
pub mod llama_ftype;

mod by_method;
mod claim;
mod file_name;
mod label;
mod layers;
mod layouts;
mod methods;
mod model;
mod names;
mod packing;
mod parts;
mod roles;
mod verdict;
mod weights;

use std::collections::BTreeMap;

pub use claim::{Bits, Claimed, MethodClaim, Scheme};
pub use file_name::claim_in_file_name;
pub use layers::Layers;
pub use names::method_in_name;

use crate::record::{Claim, Quantization, QuantizationVerdict, TensorTypeEvidence};
use dtypes::spoken_dtype;
use methods::Resolved;
use model::Model;
use verdict::{Judgement, Meaning, judge};

/// One tensor as the header describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Its name.
    pub name: Box<str>,
    /// The type as the field spells it: `Q4_K`, `F16`, `F8_E4M3`.
    pub type_name: &'static str,
    /// Length of a row: the fastest-varying dimension; 1 for a scalar.
    pub row: u64,
    /// Number of dimensions.
    pub dimensions: u8,
    /// Stored elements: the product of the dimensions.
    pub elements: u64,
    /// Bytes it takes in the file, padding apart.
    pub bytes: u64,
}

/// A claim, and what it means.
#[derive(Debug)]
struct Read<'a> {
    value: String,
    source: String,
    meaning: Meaning<'a>,
}

/// Compares claims with the evidence of the tensors.
#[must_use]
pub fn assess(tensors: &[Tensor], claims: &[Claimed]) -> Quantization {
    let model = Model::of(tensors, claims);
    let mut judged: Vec<(Read<'_>, Judgement)> = Vec::new();
    for read in read(claims) {
        let judgement = judge(&read.meaning, &model);
        if is_claim(&read, &judgement, &judged) {
            judged.push((read, judgement));
        }
    }
    let (read, judged): (Vec<Read<'_>>, Vec<Judgement>) = judged.into_iter().unzip();
    let claims: Vec<Claim> = read
        .iter()
        .zip(&judged)
        .map(|(claim, judged)| Claim {
            value: value(claim, judged, &read),
            source: claim.source.clone(),
            verdict: judged.verdict,
        })
        .collect();
    let of_method = read
        .iter()
        .position(|read| matches!(read.meaning, Meaning::Method(_)));
    let primary = judged.get(of_method.unwrap_or(0));
    let tensor_types = tensor_types(&model, primary);
    // A type claimed for what a method leaves alone does not name the model.
    let named = read.iter().zip(&claims).find(|(read, claim)| {
        claim.verdict == QuantizationVerdict::Consistent
            && !matches!(read.meaning, Meaning::Rest(..))
    });
    Quantization {
        label: named
            .map(|(_, claim)| claim.value.clone())
            .or_else(|| by_method::recognised(&model))
            .or_else(|| dominant(&tensor_types)),
        verdict: claims
            .iter()
            .map(|claim| claim.verdict)
            .max()
            .unwrap_or_default(),
        claims,
        tensor_types,
        bits_per_weight: model.bits_per_weight(),
    }
}

/// Whether something is claimed of the whole. Operators speak of the tensors that they read: they
/// name the model where those hold most of its weights, and one type alone can.
fn is_claim(read: &Read<'_>, judgement: &Judgement, before: &[(Read<'_>, Judgement)]) -> bool {
    let is_graph = |read: &Read<'_>| matches!(read.meaning, Meaning::Graph(_));
    let names_the_model = matches!(
        judgement.verdict,
        QuantizationVerdict::Consistent | QuantizationVerdict::Mixed
    );
    !is_graph(read) || names_the_model && !before.iter().any(|(before, _)| is_graph(before))
}

fn read(claims: &[Claimed]) -> Vec<Read<'_>> {
    let method = claims.iter().find_map(|claim| match claim {
        Claimed::Method(claim) => Some(methods::resolve(claim)),
        _ => None,
    });
    claims
        .iter()
        .filter_map(|claim| read_claim(claim, method.as_ref()))
        .collect()
}

/// What a claim means; `None` where it says that it says nothing.
fn read_claim<'a>(claim: &'a Claimed, method: Option<&Resolved<'a>>) -> Option<Read<'a>> {
    let (value, source, meaning) = match claim {
        Claimed::FileType(value) => {
            let (value, meaning) = read_file_type(*value);
            (value, "general.file_type".to_owned(), meaning)
        }
        Claimed::LegacyFileType(value) => {
            let (value, meaning) = read_legacy_file_type(*value);
            (value, "ftype".to_owned(), meaning)
        }
        Claimed::Name { label, source } => {
            let (value, meaning) = read_label(label);
            (value, (*source).to_owned(), meaning)
        }
        // The type is chosen when the model is loaded.
        Claimed::Dtype(name) if name == "auto" => return None,
        Claimed::Dtype(name) => {
            let (value, meaning) = read_dtype(name, method);
            (value, "config.json: dtype".to_owned(), meaning)
        }
        Claimed::Method(claim) => {
            let resolved = methods::resolve(claim);
            (
                resolved.label.clone(),
                claim.source.clone(),
                Meaning::Method(resolved),
            )
        }
        Claimed::Graph { label, source } => {
            ((*label).to_owned(), source.clone(), Meaning::Graph(label))
        }
    };
    Some(Read {
        value,
        source,
        meaning,
    })
}

/// How a claim is called: as another one calls it that says the same more exactly, as `GPTQ` in a
/// name beside a configuration of 4 bits.
fn value(claim: &Read<'_>, judged: &Judgement, all: &[Read<'_>]) -> String {
    let exacter = all
        .iter()
        .find_map(|other| match (&claim.meaning, &other.meaning) {
            (Meaning::Method(said), Meaning::Method(told)) if said.is_told_by(told) => {
                Some(other.value.clone())
            }
            _ => None,
        });
    exacter
        .filter(|_| judged.verdict != QuantizationVerdict::Contradicted)
        .unwrap_or_else(|| claim.value.clone())
}

fn read_file_type<'a>(value: u32) -> (String, Meaning<'a>) {
    let removed = llama_ftype::REMOVED_FILE_TYPES
        .iter()
        .find(|(removed, _)| *removed == value);
    match (llama_ftype::file_type(value), removed) {
        (Some(recipe), _) => (recipe.name.to_owned(), Meaning::Recipe(recipe)),
        (None, Some((_, name))) => ((*name).to_owned(), Meaning::Unknown),
        (None, None) => (format!("general.file_type {value}"), Meaning::Unknown),
    }
}

/// What a GGML file says of itself: a whole thousand is the version of the block layouts.
fn read_legacy_file_type<'a>(value: u32) -> (String, Meaning<'a>) {
    let file_type = value.checked_rem(1000).unwrap_or(value);
    match ggml_ftype::tensor_type(file_type) {
        Some(found) => (found.name.to_owned(), Meaning::Matrices(found.name)),
        None => (format!("ftype {value}"), Meaning::Unknown),
    }
}

fn read_label<'a>(label: &str) -> (String, Meaning<'a>) {
    match llama_ftype::named(label) {
        Some(recipe) => (recipe.name.to_owned(), Meaning::Recipe(recipe)),
        None => (label.to_owned(), Meaning::Unknown),
    }
}

fn read_dtype<'a>(name: &str, method: Option<&Resolved<'a>>) -> (String, Meaning<'a>) {
    match (spoken_dtype(name), method) {
        (Some(dtype), Some(method)) => (
            dtype.name.to_owned(),
            Meaning::Rest(dtype.name, method.clone()),
        ),
        (Some(dtype), None) => (dtype.name.to_owned(), Meaning::Plain(dtype.name)),
        (None, _) => (name.to_owned(), Meaning::Unknown),
    }
}

/// One row for each tensor type, sorted by name; `primary` says what is unexplained.
fn tensor_types(model: &Model<'_>, primary: Option<&Judgement>) -> Vec<TensorTypeEvidence> {
    let mut rows: BTreeMap<&str, TensorTypeEvidence> = BTreeMap::new();
    for tensor in model.tensors {
        let row = rows
            .entry(tensor.type_name)
            .or_insert_with(|| TensorTypeEvidence {
                name: tensor.type_name.to_owned(),
                tensors: 0,
                parameters: 0,
                bytes: 0,
                quantizable_parameters: 0,
                unexplained_tensors: 0,
                embedding_parameters: 0,
                example: tensor.name.to_string(),
            });
        row.tensors += 1;
        row.parameters = row.parameters.saturating_add(tensor.elements);
        row.bytes = row.bytes.saturating_add(tensor.bytes);
    }
    let mut largest: BTreeMap<&str, &Tensor> = BTreeMap::new();
    for tensor in &model.quantizable {
        let known = largest.entry(tensor.type_name).or_insert(tensor);
        if tensor.elements > known.elements {
            *known = tensor;
        }
        if let Some(row) = rows.get_mut(tensor.type_name) {
            row.quantizable_parameters = row.quantizable_parameters.saturating_add(tensor.elements);
            if model.is_end(tensor) {
                row.embedding_parameters = row.embedding_parameters.saturating_add(tensor.elements);
            }
        }
    }
    for (name, row) in &mut rows {
        let unexplained = primary.and_then(|judged| judged.unexplained.get(name));
        row.unexplained_tensors = unexplained.copied().unwrap_or(0);
        if let Some(tensor) = largest.get(name) {
            row.example = tensor.name.to_string();
        }
    }
    rows.into_values().collect()
}

/// The type that holds the most quantizable parameters; of equals the first by name.
fn dominant(tensor_types: &[TensorTypeEvidence]) -> Option<String> {
    let holding = tensor_types
        .iter()
        .filter(|row| row.quantizable_parameters > 0)
        .rev();
    holding
        .max_by_key(|row| row.quantizable_parameters)
        .map(|row| row.name.clone())
}

#[cfg(test)]
mod tests;

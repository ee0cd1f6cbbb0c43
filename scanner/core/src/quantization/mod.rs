//! What the tensors show, and how it compares with what is claimed.
//!
//! A claim is words in a header, a configuration or a file's name. [`assess`] turns each into what
//! it means (a recipe of llama.cpp, a method of Hugging Face models, one plain type), asks of every
//! tensor that a quantizer may quantize whether that meaning explains it, and says what came of it.

pub mod dtypes;
pub mod ggml;
pub mod ggml_ftype;
pub mod llama_ftype;

mod claim;
mod file_name;
mod layers;
mod methods;
mod model;
mod packing;
mod roles;
mod verdict;
mod weights;

use std::collections::BTreeMap;

pub use claim::{Bits, Claimed, MethodClaim, Scheme};
pub use file_name::claim_in_file_name;
pub use layers::Layers;

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
struct Read {
    value: String,
    source: String,
    meaning: Meaning,
}

/// Compares claims with the evidence of the tensors.
#[must_use]
pub fn assess(tensors: &[Tensor], claims: &[Claimed]) -> Quantization {
    let model = Model::of(tensors, claims);
    let mut judged: Vec<(Read, Judgement)> = Vec::new();
    for read in read(claims, &model) {
        let judgement = judge(&read.meaning, &model);
        if is_claim(&read, &judgement, &judged) {
            judged.push((read, judgement));
        }
    }
    let (read, judged): (Vec<Read>, Vec<Judgement>) = judged.into_iter().unzip();
    let claims: Vec<Claim> = read
        .iter()
        .zip(&judged)
        .map(|(read, judged)| Claim {
            value: read.value.clone(),
            source: read.source.clone(),
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
            .map(|(read, _)| read.value.clone())
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
fn is_claim(read: &Read, judgement: &Judgement, before: &[(Read, Judgement)]) -> bool {
    let is_graph = |read: &Read| matches!(read.meaning, Meaning::Graph(_));
    let names_the_model = matches!(
        judgement.verdict,
        QuantizationVerdict::Consistent | QuantizationVerdict::Mixed
    );
    !is_graph(read) || names_the_model && !before.iter().any(|(before, _)| is_graph(before))
}

fn read(claims: &[Claimed], model: &Model<'_>) -> Vec<Read> {
    let method = claims.iter().find_map(|claim| match claim {
        Claimed::Method(claim) => methods::resolve(claim),
        _ => None,
    });
    claims
        .iter()
        .filter_map(|claim| read_claim(claim, model, method.as_ref()))
        .collect()
}

/// What a claim means; `None` where it says that it says nothing.
fn read_claim(claim: &Claimed, model: &Model<'_>, method: Option<&Resolved>) -> Option<Read> {
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
            let (value, meaning) = read_label(label, model);
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
            let value = resolved
                .as_ref()
                .map_or(&claim.method, |resolved| &resolved.label)
                .clone();
            let meaning = resolved.map_or(Meaning::Unknown, Meaning::Method);
            (value, claim.source.clone(), meaning)
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

fn read_file_type(value: u32) -> (String, Meaning) {
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
fn read_legacy_file_type(value: u32) -> (String, Meaning) {
    let file_type = value.checked_rem(1000).unwrap_or(value);
    match ggml_ftype::tensor_type(file_type) {
        Some(found) => (found.name.to_owned(), Meaning::Matrices(found.name)),
        None => (format!("ftype {value}"), Meaning::Unknown),
    }
}

/// What a label in a file's name means: outside of GGUF, the 4-bit floats are methods.
fn read_label(label: &str, model: &Model<'_>) -> (String, Meaning) {
    let Some(recipe) = llama_ftype::named(label) else {
        return (label.to_owned(), Meaning::Unknown);
    };
    let method = match recipe.name {
        _ if model.is_llama_cpp => None,
        "MXFP4_MOE" => methods::named("mxfp4"),
        "NVFP4" => methods::named("nvfp4"),
        _ => None,
    };
    match method {
        Some(method) => (method.label.clone(), Meaning::Method(method)),
        None => (recipe.name.to_owned(), Meaning::Recipe(recipe)),
    }
}

fn read_dtype(name: &str, method: Option<&Resolved>) -> (String, Meaning) {
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

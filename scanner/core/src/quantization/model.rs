//! The tensors of one model as evidence: which of them could tell how it is quantized.

use super::roles;
use super::weights::{self, Names};
use super::{Claimed, Tensor, ggml};

/// The tensors that claims are held against.
#[derive(Debug)]
pub(crate) struct Model<'a> {
    /// Every tensor.
    pub(crate) tensors: &'a [Tensor],
    /// The tensors that a quantizer may quantize.
    pub(crate) quantizable: Vec<&'a Tensor>,
    /// Whether tensors are named as llama.cpp names them.
    pub(crate) is_llama_cpp: bool,
    /// Whether it has an output matrix of its own; else the token embeddings stand in for it.
    pub(crate) has_output: bool,
    /// Whether it is a mixture of experts.
    pub(crate) has_experts: bool,
    names: Names<'a>,
}

impl<'a> Model<'a> {
    /// The evidence that tensors give. Claims only help to tell whose names these are.
    pub(crate) fn of(tensors: &'a [Tensor], claims: &[Claimed]) -> Self {
        let is_llama_cpp = claims
            .iter()
            .any(|claim| matches!(claim, Claimed::FileType(_)))
            || tensors.iter().any(is_named_by_llama_cpp);
        let names = Names::of(if is_llama_cpp { &[] } else { tensors });
        let is_quantizable = |tensor: &&Tensor| {
            if is_llama_cpp {
                roles::is_quantizable(tensor)
            } else {
                names.is_quantizable(tensor)
            }
        };
        Self {
            tensors,
            quantizable: tensors.iter().filter(is_quantizable).collect(),
            is_llama_cpp,
            has_output: tensors.iter().any(|tensor| &*tensor.name == roles::OUTPUT),
            has_experts: tensors.iter().any(|tensor| roles::is_expert(&tensor.name)),
            names,
        }
    }

    /// How tensors of Hugging Face models belong to each other.
    pub(crate) fn names(&self) -> &Names<'a> {
        &self.names
    }

    /// `8 * bytes / weights` over all tensors; `None` where there are no weights, or where
    /// integers are packed in a way that the header does not tell.
    pub(crate) fn bits_per_weight(&self) -> Option<f64> {
        let is_packed = !self.is_llama_cpp
            && self
                .quantizable
                .iter()
                .any(|tensor| weights::is_integer(tensor));
        let parameters = if is_packed {
            let counted = self
                .tensors
                .iter()
                .filter(|tensor| !self.names.is_auxiliary(tensor));
            let counts: Option<Vec<u64>> = counted.map(|tensor| self.weights(tensor)).collect();
            sum(counts?.into_iter())
        } else {
            sum(self.tensors.iter().map(|tensor| tensor.elements))
        };
        let bytes = sum(self.tensors.iter().map(|tensor| tensor.bytes));
        (parameters > 0.0).then(|| 8.0 * bytes / parameters)
    }

    fn weights(&self, tensor: &Tensor) -> Option<u64> {
        if self.names.is_quantizable(tensor) {
            self.names.weights(tensor)
        } else {
            Some(tensor.elements)
        }
    }

    /// Whether a tensor is an embedding or an output matrix.
    pub(crate) fn is_end(&self, tensor: &Tensor) -> bool {
        if self.is_llama_cpp {
            roles::is_end(&tensor.name)
        } else {
            weights::is_end(&tensor.name)
        }
    }
}

/// Whether a tensor is one of a file that llama.cpp reads. Only GGUF has block types; where all
/// types are plain, as in a later part of a split file, the names must tell.
fn is_named_by_llama_cpp(tensor: &Tensor) -> bool {
    // Not "output.weight", which other models have too.
    const WHOLE_NAMES: &[&str] = &["token_embd.weight", "output_norm.weight"];
    let name = &*tensor.name;
    ggml::named(tensor.type_name).is_some_and(ggml::TensorType::is_quantized)
        || WHOLE_NAMES.contains(&name)
        || name.split('.').rev().skip(1).any(|part| part == "blk")
}

fn sum(numbers: impl Iterator<Item = u64>) -> f64 {
    numbers.map(float).sum()
}

/// The number as a float: exact below 2^53, near enough for a ratio beyond.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a ratio of sizes needs no more than a float holds"
)]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}

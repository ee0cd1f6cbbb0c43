//! The tensors of one model as evidence: which of them could tell how it is quantized.

use std::collections::BTreeSet;

use super::claim::{Claimed, MethodClaim, Scheme};
use super::layouts::Layout;
use super::packing::Held;
use super::roles;
use super::weights::{self, Names};
use super::{Tensor, ggml};

/// Elements of matrices whose names say that no quantizer touches them, up to which the names are
/// believed even where these are most of a model: small models have large tables of positions.
const MAX_NAMED: u64 = 1 << 24;

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
    /// What configurations say of a method. Few state everything: what one of them says of single
    /// layers or of groups holds for all.
    methods: Vec<&'a MethodClaim>,
}

impl<'a> Model<'a> {
    /// The evidence that tensors give. Claims only help to tell whose names these are, and how to
    /// read shapes.
    pub(crate) fn of(tensors: &'a [Tensor], claims: &'a [Claimed]) -> Self {
        let types = type_names(tensors);
        let is_llama_cpp = claims
            .iter()
            .any(|claim| matches!(claim, Claimed::FileType(_)))
            || types.iter().any(|name| is_block_type(name))
            || tensors.iter().any(is_named_by_llama_cpp);
        let names = Names::of(if is_llama_cpp { &[] } else { tensors }, &types);
        let is_quantizable = |tensor: &&Tensor| {
            if is_llama_cpp {
                roles::is_quantizable(tensor)
            } else {
                names.is_quantizable(tensor)
            }
        };
        let methods = claims.iter().filter_map(|claim| match claim {
            Claimed::Method(claim) => Some(&**claim),
            _ => None,
        });
        let mut quantizable: Vec<&Tensor> = tensors.iter().filter(is_quantizable).collect();
        if is_llama_cpp && !claims.is_empty() && are_most(tensors, &quantizable) {
            // Names alone would have a claim held against next to nothing.
            quantizable = tensors
                .iter()
                .filter(|tensor| roles::is_matrix(tensor))
                .collect();
        }
        Self {
            tensors,
            quantizable,
            is_llama_cpp,
            has_output: tensors.iter().any(|tensor| &*tensor.name == roles::OUTPUT),
            has_experts: tensors.iter().any(|tensor| roles::is_expert(&tensor.name)),
            names,
            methods: methods.collect(),
        }
    }

    /// What is claimed of the layer that a tensor belongs to.
    pub(crate) fn scheme(&self, claim: &MethodClaim, tensor: &Tensor) -> Scheme {
        let of_layer = |claim: &MethodClaim| claim.others.of(&tensor.name).copied();
        let own = of_layer(claim)
            .or_else(|| self.methods.iter().find_map(|claim| of_layer(claim)))
            .unwrap_or_default();
        Scheme {
            bits: own.bits.or(claim.scheme.bits),
            group_size: own.group_size.or_else(|| self.group_size()),
        }
    }

    /// Whether a tensor is claimed not to be quantized.
    pub(crate) fn leaves_alone(&self, tensor: &Tensor) -> bool {
        let mut claims = self.methods.iter();
        claims.any(|claim| claim.left_alone.of(&tensor.name).is_some())
    }

    /// What a tensor holds if it lies so.
    pub(crate) fn held(&self, layout: &Layout, tensor: &Tensor, scheme: Scheme) -> Option<Held> {
        self.names.held(layout, tensor, scheme.group_size)
    }

    /// Whether any tensor may lie as a method has it; certainly none does if not.
    pub(crate) fn may_have_layouts(&self) -> bool {
        self.names.may_have_layouts()
    }

    /// The layout of a tensor, if it has one that we know, and what it holds then.
    pub(crate) fn layout(&self, tensor: &Tensor) -> Option<(&'static Layout, Held)> {
        // A size of groups that is claimed may be that of another method.
        self.names
            .layout(tensor, self.group_size_of(tensor))
            .or_else(|| self.names.layout(tensor, None))
    }

    /// Whether elements of a float type hold weights that are something else.
    pub(crate) fn is_packed_float(&self, tensor: &Tensor) -> bool {
        self.names.is_packed_float(tensor)
    }

    /// Weights that a tensor holds; `None` where the header does not tell.
    pub(crate) fn weights(&self, tensor: &Tensor) -> Option<u64> {
        self.names.weights(tensor, self.group_size_of(tensor))
    }

    /// `8 * bytes / weights` over all tensors; `None` where there are no weights, or where
    /// they are packed in a way that the header does not tell.
    pub(crate) fn bits_per_weight(&self) -> Option<f64> {
        let is_quantized = !self.is_llama_cpp
            && self
                .quantizable
                .iter()
                .any(|tensor| !weights::is_float(tensor) || self.layout(tensor).is_some());
        let parameters = if is_quantized {
            let counted = self
                .tensors
                .iter()
                .filter(|tensor| !self.names.is_auxiliary(tensor));
            let counts: Option<Vec<u64>> = counted.map(|tensor| self.counted(tensor)).collect();
            sum(counts?.into_iter())
        } else {
            sum(self.tensors.iter().map(|tensor| tensor.elements))
        };
        let bytes = sum(self.tensors.iter().map(|tensor| tensor.bytes));
        (parameters > 0.0).then(|| 8.0 * bytes / parameters)
    }

    /// Whether a tensor is an embedding or an output matrix.
    pub(crate) fn is_end(&self, tensor: &Tensor) -> bool {
        if self.is_llama_cpp {
            roles::is_end(&tensor.name)
        } else {
            weights::is_end(&tensor.name)
        }
    }

    fn counted(&self, tensor: &Tensor) -> Option<u64> {
        if self.names.is_quantizable(tensor) {
            self.weights(tensor)
        } else {
            Some(tensor.elements)
        }
    }

    fn group_size(&self) -> Option<u64> {
        self.methods
            .iter()
            .find_map(|claim| claim.scheme.group_size)
    }

    fn group_size_of(&self, tensor: &Tensor) -> Option<u64> {
        let first = self.methods.first()?;
        self.scheme(first, tensor).group_size
    }
}

/// Whether most of what matrices hold is in those that are not quantizable.
fn are_most(tensors: &[Tensor], quantizable: &[&Tensor]) -> bool {
    let elements = |sum: u64, tensor: &Tensor| sum.saturating_add(tensor.elements);
    let matrices = tensors.iter().filter(|tensor| roles::is_matrix(tensor));
    let all = matrices.fold(0, elements);
    let known = quantizable.iter().copied().fold(0, elements);
    let others = all.saturating_sub(known);
    others > MAX_NAMED && others > known
}

/// The types that tensors have.
fn type_names(tensors: &[Tensor]) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    let mut last = "";
    for tensor in tensors {
        // Most tensors are of the type of the one before.
        if tensor.type_name != last {
            last = tensor.type_name;
            names.insert(last);
        }
    }
    names
}

/// Whether a type is one of blocks: only files that llama.cpp reads have these.
fn is_block_type(name: &str) -> bool {
    ggml::named(name).is_some_and(ggml::TensorType::is_quantized)
}

/// Whether a tensor is named as llama.cpp names them: where all types are plain, as in a later part
/// of a split file, the names must tell.
fn is_named_by_llama_cpp(tensor: &Tensor) -> bool {
    // Not "output.weight", which other models have too.
    const WHOLE_NAMES: &[&str] = &["token_embd.weight", "output_norm.weight"];
    let name = &*tensor.name;
    WHOLE_NAMES.contains(&name) || name.starts_with("blk.") || name.contains(".blk.")
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

//! Claims against lists of tensors as real programs write them.

mod graphs;
mod hugging_face;
mod libraries;
mod llama_cpp;
mod properties;

use super::{Claimed, Tensor, assess};
use crate::record::QuantizationVerdict;

/// The verdict on a single claim.
fn verdict(tensors: &[Tensor], claim: Claimed) -> QuantizationVerdict {
    assess(tensors, &[claim]).verdict
}

/// Numbers of unexplained tensors by type, where there are any.
fn unexplained(tensors: &[Tensor], claim: Claimed) -> Vec<(String, u64)> {
    let rows = assess(tensors, &[claim]).tensor_types.into_iter();
    rows.filter(|row| row.unexplained_tensors > 0)
        .map(|row| (row.name, row.unexplained_tensors))
        .collect()
}

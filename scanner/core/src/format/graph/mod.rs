//! What formats that keep a graph in protobuf share: names and texts within budgets, tensors, and
//! files that hold data of the model.

mod findings;
mod limits;
pub(super) mod location;
mod problem;

pub(super) use findings::Findings;
pub(super) use limits::{MAX_DIMENSIONS, MAX_NAME, MAX_TENSORS};
pub(super) use location::check as check_location;
pub(super) use problem::GraphProblem;

use crate::anomalies::Fault;

pub(super) type Result<T> = std::result::Result<T, Fault<GraphProblem>>;

/// The product of dimensions, each of them and all together in the signed numbers that these
/// formats count with.
pub(super) fn elements(dims: &[u64]) -> std::result::Result<u64, GraphProblem> {
    let mut elements = 1_u64;
    for length in dims {
        if !is_signed(*length) {
            return Err(GraphProblem::NegativeDimension(length.cast_signed()));
        }
        elements = elements
            .checked_mul(*length)
            .filter(|product| is_signed(*product))
            .ok_or(GraphProblem::SizeOverflow)?;
    }
    Ok(elements)
}

/// Whether a number fits in 63 bits.
pub(super) fn is_signed(number: u64) -> bool {
    i64::try_from(number).is_ok()
}

/// Bytes that elements of so many bits take; `None` if the number does not fit in 63 bits.
pub(super) fn bytes_of(elements: u64, bits: u64) -> Option<u64> {
    let bytes = elements.checked_mul(bits)?.div_ceil(8);
    is_signed(bytes).then_some(bytes)
}

/// Weights of so many bits that bytes hold.
pub(super) fn weights_in(bytes: u64, bits: u64) -> u64 {
    bytes
        .saturating_mul(8)
        .checked_div(bits)
        .unwrap_or_default()
}

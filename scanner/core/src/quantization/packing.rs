//! How many weights a tensor of packed integers holds, as its shape and its company tell.

use super::Tensor;

/// How a method packs weights into stored elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// One weight in each element.
    Whole,
    /// Two weights in each element.
    Halves,
    /// Four weights in each element.
    Quarters,
    /// GPTQ: inputs are packed along the columns; `.g_idx` has one element for each input.
    GroupIndex,
    /// AWQ: outputs are packed along the rows; `.scales` has one column for each output.
    ScaleColumns,
    /// EXL3: tiles of 16 by 16 weights, each a row of 16 elements per bit.
    Trellis,
    /// The header does not tell.
    Unknown,
}

impl Packing {
    /// Weights that `tensor` holds, given the tensor that a marker wants beside it.
    pub(crate) fn weights(self, tensor: &Tensor, beside: Option<&Tensor>) -> Option<u64> {
        match self {
            Self::Whole => Some(tensor.elements),
            Self::Halves => tensor.elements.checked_mul(2),
            Self::Quarters => tensor.elements.checked_mul(4),
            Self::GroupIndex => beside?.elements.checked_mul(tensor.row),
            Self::ScaleColumns => tensor
                .elements
                .checked_div(tensor.row)?
                .checked_mul(beside?.row),
            Self::Trellis => tensor
                .elements
                .checked_div(tensor.row)?
                .checked_mul(16 * 16),
            Self::Unknown => None,
        }
    }

    /// Whether the shapes tell the bits of a weight exactly.
    pub(crate) fn tells_bits(self) -> bool {
        matches!(self, Self::GroupIndex | Self::ScaleColumns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(row: u64, elements: u64) -> Tensor {
        Tensor {
            name: "t".into(),
            type_name: "I32",
            row,
            dimensions: 2,
            elements,
            bytes: elements.saturating_mul(4),
        }
    }

    #[test]
    fn gptq_packs_inputs_that_the_group_index_counts() {
        let qweight = tensor(128, 32 * 128);
        let g_idx = tensor(256, 256);

        assert_eq!(
            Packing::GroupIndex.weights(&qweight, Some(&g_idx)),
            Some(256 * 128)
        );
        assert_eq!(Packing::GroupIndex.weights(&qweight, None), None);
    }

    #[test]
    fn awq_packs_outputs_that_the_scales_count() {
        let qweight = tensor(16, 256 * 16);
        let scales = tensor(128, 2 * 128);

        assert_eq!(
            Packing::ScaleColumns.weights(&qweight, Some(&scales)),
            Some(256 * 128)
        );
    }

    #[test]
    fn exl3_packs_tiles_of_256_weights() {
        assert_eq!(
            Packing::Trellis.weights(&tensor(64, 16 * 8 * 64), None),
            Some(256 * 128)
        );
    }

    #[test]
    fn shapes_that_cannot_be_are_unknown_not_a_panic() {
        assert_eq!(Packing::Halves.weights(&tensor(1, u64::MAX), None), None);
        assert_eq!(Packing::Trellis.weights(&tensor(0, 0), None), None);
        assert_eq!(
            Packing::ScaleColumns.weights(&tensor(0, 1), Some(&tensor(0, 0))),
            None
        );
    }
}

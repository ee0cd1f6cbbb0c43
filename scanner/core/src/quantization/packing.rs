//! How many weights a tensor of packed integers holds, as its shape and its company tell.

use super::Tensor;

/// Most bits of a weight that was packed.
const MOST_BITS: u64 = 8;

/// How a method packs weights into stored elements.
///
/// "Company" is the first tensor that a layout wants beside the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// One weight in each element, whatever its bits.
    Whole,
    /// One weight in each element; so many of them share an element of the company's row.
    WholeInGroups(u64),
    /// One weight in each element; the company has as many rows.
    WholeRows,
    /// Two weights in each byte.
    Halves,
    /// Four weights in each byte.
    Quarters,
    /// GPTQ: inputs are packed along the columns; the company has an element for each input.
    Inputs,
    /// GPTQ without an order of inputs: the company has zero points of outputs, packed as inputs are.
    ZeroPoints,
    /// AWQ: outputs are packed along the rows; the company has a column for each output.
    Outputs,
    /// Inputs are packed along the rows; the company has a column for each group of them.
    RowGroups,
    /// The same, and nothing else shows it but the rows of the company, which are as many.
    EqualRows,
    /// HQQ: the company has an element for each group.
    Groups,
    /// EXL2: inputs of mixed width are packed along the columns; the company has an element for each
    /// input.
    MixedInputs,
    /// HIGGS and quanto: rows are packed along the columns; the company has a row for each.
    OutputRows,
    /// Marlin: tiles of 16 inputs; the company has a column for each output.
    Tiles,
    /// EXL3: tiles of 16 by 16 weights, each a row of 16 elements per bit.
    Trellis,
    /// The header does not tell.
    Unknown,
}

/// What a tensor of quantized weights holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    /// Number of weights; `None` where the header does not tell.
    pub(crate) weights: Option<u64>,
    /// Whole bits of each; `None` where the header does not tell, or where they prove nothing.
    pub(crate) bits: Option<u64>,
}

impl Packing {
    /// What `tensor` holds, given its company and how many weights share a scale; `None` where
    /// these shapes cannot be.
    pub(crate) fn held(
        self,
        tensor: &Tensor,
        company: Option<&Tensor>,
        group_size: Option<u64>,
    ) -> Option<Held> {
        let rows = |of: &Tensor| of.elements.checked_div(of.row);
        let weights = match self {
            Self::Whole => return Some(Held::whole(tensor)),
            Self::WholeInGroups(size) => {
                let is_so = company?.row == tensor.row.div_ceil(size);
                return is_so.then(|| Held::whole(tensor));
            }
            Self::WholeRows => {
                let is_so = rows(company?)? == rows(tensor)?;
                return is_so.then(|| Held::whole(tensor));
            }
            Self::Halves => tensor.bytes.checked_mul(2)?,
            Self::Quarters => tensor.bytes.checked_mul(4)?,
            Self::Inputs | Self::MixedInputs => company?.elements.checked_mul(tensor.row)?,
            Self::ZeroPoints => {
                let bits = company?.row.checked_mul(32)?.checked_div(tensor.row)?;
                tensor.bytes.checked_mul(8)?.checked_div(bits)?
            }
            Self::Outputs => rows(tensor)?.checked_mul(company?.row)?,
            Self::RowGroups | Self::EqualRows => {
                let company = company?;
                if self == Self::EqualRows && rows(company)? != rows(tensor)? {
                    return None;
                }
                // A scale for a whole row tells nothing of its length.
                match group_size.filter(|_| company.row > 1) {
                    Some(size) => rows(tensor)?.checked_mul(company.row)?.checked_mul(size)?,
                    None => return Some(Held::UNTOLD),
                }
            }
            Self::Groups => match group_size {
                Some(size) => company?.elements.checked_mul(size)?,
                None => return Some(Held::UNTOLD),
            },
            Self::OutputRows => rows(company?)?.checked_mul(tensor.row)?,
            Self::Tiles => rows(tensor)?.checked_mul(16)?.checked_mul(company?.row)?,
            Self::Trellis => rows(tensor)?.checked_mul(16 * 16)?,
            Self::Unknown => return Some(Held::UNTOLD),
        };
        let bits = tensor.bytes.checked_mul(8)?.checked_div(weights)?;
        (1..=MOST_BITS).contains(&bits).then_some(Held {
            weights: Some(weights),
            bits: Some(bits),
        })
    }
}

impl Held {
    const UNTOLD: Self = Self {
        weights: None,
        bits: None,
    };

    /// One weight in each element. A narrower integer may be stored so too; a float is as wide as
    /// its type.
    fn whole(tensor: &Tensor) -> Self {
        let is_float = tensor.type_name.starts_with('F');
        let width = || tensor.bytes.checked_mul(8)?.checked_div(tensor.elements);
        Self {
            weights: Some(tensor.elements),
            bits: is_float.then(width).flatten(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(shape: [u64; 2]) -> Tensor {
        let [rows, row] = shape;
        Tensor {
            name: "t".into(),
            type_name: "I32",
            row,
            dimensions: 2,
            elements: rows.saturating_mul(row),
            bytes: rows.saturating_mul(row).saturating_mul(4),
        }
    }

    /// Weights and bits.
    fn held(packing: Packing, shape: [u64; 2], company: [u64; 2]) -> Option<(u64, u64)> {
        let held = packing.held(&tensor(shape), Some(&tensor(company)), Some(64))?;
        held.weights.zip(held.bits)
    }

    #[test]
    fn every_formula_gives_a_matrix_of_512_inputs_and_1024_outputs() {
        const WEIGHTS: u64 = 512 * 1024;
        for (packing, shape, company, bits) in [
            (Packing::Inputs, [64, 1024], [1, 512], 4),
            (Packing::Inputs, [48, 1024], [1, 512], 3),
            (Packing::ZeroPoints, [64, 1024], [4, 128], 4),
            (Packing::Outputs, [512, 128], [4, 1024], 4),
            (Packing::RowGroups, [1024, 96], [1024, 8], 6),
            (Packing::EqualRows, [1024, 64], [1024, 8], 4),
            (Packing::Groups, [512, 128], [8192, 1], 4),
            (Packing::MixedInputs, [80, 1024], [1, 512], 5),
            (Packing::Tiles, [32, 2048], [4, 1024], 4),
        ] {
            assert_eq!(
                held(packing, shape, company),
                Some((WEIGHTS, bits)),
                "{packing:?}"
            );
        }
        let trellis = Tensor {
            bytes: 32 * 64 * 64 * 2,
            ..tensor([32 * 64, 64])
        };
        let held = Packing::Trellis.held(&trellis, None, None);
        assert_eq!(
            held.and_then(|held| held.weights.zip(held.bits)),
            Some((WEIGHTS, 4))
        );
    }

    #[test]
    fn a_scale_for_each_row_tells_nothing_of_its_length() {
        let channel =
            Packing::RowGroups.held(&tensor([1024, 64]), Some(&tensor([1024, 1])), Some(64));

        assert_eq!(channel, Some(Held::UNTOLD));
    }

    #[test]
    fn shapes_that_cannot_be_are_none_and_not_a_panic() {
        assert_eq!(held(Packing::Outputs, [512, 128], [4, 128]), None);
        assert_eq!(held(Packing::ZeroPoints, [64, 1024], [4, 1024]), None);
        assert_eq!(held(Packing::Trellis, [0, 0], [0, 0]), None);
        assert_eq!(held(Packing::Outputs, [1, 0], [0, 0]), None);
        assert_eq!(held(Packing::Halves, [u64::MAX, 2], [1, 1]), None);
        assert_eq!(Packing::Inputs.held(&tensor([1, 1]), None, None), None);
    }
}

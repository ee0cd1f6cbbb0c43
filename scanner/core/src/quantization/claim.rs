//! What files say about quantization, as they say it.

use std::fmt;

use super::layers::Layers;

/// A claim as it stands in a file, before the evidence is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// `general.file_type` of a GGUF: a `llama_ftype`.
    FileType(u32),
    /// `ftype` of a GGML file: a `ggml_ftype`.
    LegacyFileType(u32),
    /// A quantization label in a name: that of the file, or of a directory above it.
    Name {
        /// The label, in the vocabulary of [`super::claim_in_file_name`].
        label: String,
        /// Which name: `file name`, `directory name`.
        source: &'static str,
    },
    /// `dtype` or `torch_dtype` of a `config.json`.
    Dtype(String),
    /// A quantization method that a configuration names.
    Method(Box<MethodClaim>),
    /// Operators of a graph that read tensors of one type as quantized weights.
    Graph {
        /// The type of those tensors.
        label: &'static str,
        /// Which operators: `graph: DequantizeLinear`.
        source: String,
    },
}

/// A quantization method as one place describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MethodClaim {
    /// `quant_method` as written.
    pub method: String,
    /// What tells variants of one method apart, where stated (`nf4`, `int8`, `pack-quantized`).
    pub variant: Option<String>,
    /// How most layers are quantized.
    pub scheme: Scheme,
    /// Layers that are quantized otherwise.
    pub others: Layers<Scheme>,
    /// Layers that are not quantized.
    pub left_alone: Layers<()>,
    /// Where it stands: `config.json: quantization_config`.
    pub source: String,
}

/// The numbers that packed weights are read with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scheme {
    /// Bits of a weight, where stated.
    pub bits: Option<Bits>,
    /// Weights that share a scale, where stated.
    pub group_size: Option<u64>,
}

/// Bits of a weight, to the hundredth: layers of different width come to a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bits(u32);

impl Bits {
    /// So many whole bits; `None` beyond any weight's.
    #[must_use]
    pub fn whole(bits: u64) -> Option<Self> {
        let bits = u32::try_from(bits)
            .ok()
            .filter(|bits| *bits <= Self::MOST)?;
        bits.checked_mul(100).map(Self)
    }

    /// The nearest hundredth; `None` for what no weight has.
    #[must_use]
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked before"
    )]
    pub fn nearest(bits: f64) -> Option<Self> {
        let is_possible = bits > 0.0 && bits <= f64::from(Self::MOST);
        is_possible.then(|| Self((bits * 100.0).round() as u32))
    }

    /// The number as a float.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// The number, where it is whole.
    #[must_use]
    pub fn as_whole(self) -> Option<u64> {
        let is_whole = self.0.checked_rem(100) == Some(0);
        is_whole.then(|| self.0.checked_div(100).map(u64::from))?
    }

    /// Bits of the widest number that anything stores.
    const MOST: u32 = 64;
}

impl fmt::Display for Bits {
    /// As people write it: `4`, `4.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_written_as_people_do() {
        let written = |bits: Option<Bits>| bits.map(|bits| bits.to_string());

        assert_eq!(written(Bits::whole(4)).as_deref(), Some("4"));
        assert_eq!(written(Bits::nearest(4.25)).as_deref(), Some("4.25"));
        assert_eq!(written(Bits::nearest(4.0)).as_deref(), Some("4"));
        assert_eq!(written(Bits::nearest(2.333_333)).as_deref(), Some("2.33"));
    }

    #[test]
    fn bits_that_no_weight_has_are_none() {
        assert_eq!(Bits::whole(65), None);
        assert_eq!(Bits::whole(u64::MAX), None);
        for bits in [0.0, -4.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(Bits::nearest(bits), None, "{bits}");
        }
    }
}

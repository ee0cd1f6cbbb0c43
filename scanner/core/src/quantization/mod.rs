//! What the tensors show, and how it compares with what is claimed.

use crate::record::Quantization;

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

/// A claim as it stands in a file, before the evidence is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// `general.file_type` of a GGUF: a `llama_ftype`.
    FileType(u32),
    /// A quantization label in a file's name.
    FileName(String),
    /// `dtype` or `torch_dtype` of a `config.json`.
    Dtype(String),
    /// A `quantization_config` (or its kin) of a `config.json`.
    Method {
        /// `quant_method` as written.
        method: String,
        /// Bits of a weight, where stated.
        bits: Option<u64>,
        /// What tells variants of one method apart, where stated (`nf4`, `int8`, `pack-quantized`).
        variant: Option<String>,
        /// Where it stands: `config.json: quantization_config`.
        source: String,
    },
}

/// Compares claims with the evidence of the tensors.
#[must_use]
pub fn assess(_tensors: &[Tensor], _claims: &[Claimed]) -> Quantization {
    Quantization::default()
}

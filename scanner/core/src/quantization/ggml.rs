//! Tensor types of GGUF files.
//!
//! A new type is one line in [`TENSOR_TYPES`]; a test compares the table with the `gguf` package.
//! Source: llama.cpp `ggml.h` (`enum ggml_type`) with `ggml_blck_size` and `ggml_type_size` as
//! compiled from `ggml.c`, at the version that `llama_cpp_python` 0.3.36 carries.

/// How a tensor of one type is stored: blocks of `block` elements in `block_bytes` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TensorType {
    /// Number of the type in a tensor's description.
    pub id: u32,
    /// The type as the field spells it.
    pub name: &'static str,
    /// Elements of a block; a row is a whole number of blocks.
    pub block: u64,
    /// Bytes of a block.
    pub block_bytes: u64,
}

/// What the number of a tensor type stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GgmlType {
    /// A type in use.
    Known(&'static TensorType),
    /// A type of the past, by name: no reader knows its layout any more.
    Removed(&'static str),
    /// No type that we know; its size must not be guessed.
    Unknown,
}

/// Every type in use, sorted by its number.
pub const TENSOR_TYPES: &[TensorType] = &[
    stored(0, "F32", 1, 4),
    stored(1, "F16", 1, 2),
    stored(2, "Q4_0", 32, 18),
    stored(3, "Q4_1", 32, 20),
    stored(6, "Q5_0", 32, 22),
    stored(7, "Q5_1", 32, 24),
    stored(8, "Q8_0", 32, 34),
    stored(9, "Q8_1", 32, 36),
    stored(10, "Q2_K", 256, 84),
    stored(11, "Q3_K", 256, 110),
    stored(12, "Q4_K", 256, 144),
    stored(13, "Q5_K", 256, 176),
    stored(14, "Q6_K", 256, 210),
    stored(15, "Q8_K", 256, 292),
    stored(16, "IQ2_XXS", 256, 66),
    stored(17, "IQ2_XS", 256, 74),
    stored(18, "IQ3_XXS", 256, 98),
    stored(19, "IQ1_S", 256, 50),
    stored(20, "IQ4_NL", 32, 18),
    stored(21, "IQ3_S", 256, 110),
    stored(22, "IQ2_S", 256, 82),
    stored(23, "IQ4_XS", 256, 136),
    stored(24, "I8", 1, 1),
    stored(25, "I16", 1, 2),
    stored(26, "I32", 1, 4),
    stored(27, "I64", 1, 8),
    stored(28, "F64", 1, 8),
    stored(29, "IQ1_M", 256, 56),
    stored(30, "BF16", 1, 2),
    stored(34, "TQ1_0", 256, 54),
    stored(35, "TQ2_0", 256, 66),
    stored(39, "MXFP4", 32, 17),
    stored(40, "NVFP4", 64, 36),
    stored(41, "Q1_0", 128, 18),
    stored(42, "Q2_0", 64, 18),
];

/// Every type that once was, sorted by its number.
pub const REMOVED_TENSOR_TYPES: &[(u32, &str)] = &[
    (4, "Q4_2"),
    (5, "Q4_3"),
    (31, "Q4_0_4_4"),
    (32, "Q4_0_4_8"),
    (33, "Q4_0_8_8"),
    (36, "IQ4_NL_4_4"),
    (37, "IQ4_NL_4_8"),
    (38, "IQ4_NL_8_8"),
];

/// The type that a number in a tensor's description stands for.
#[must_use]
pub fn ggml_type(id: u32) -> GgmlType {
    if let Some(known) = TENSOR_TYPES.iter().find(|known| known.id == id) {
        return GgmlType::Known(known);
    }
    REMOVED_TENSOR_TYPES
        .iter()
        .find(|(removed, _)| *removed == id)
        .map_or(GgmlType::Unknown, |(_, name)| GgmlType::Removed(name))
}

/// The type of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static TensorType> {
    TENSOR_TYPES.iter().find(|known| known.name == name)
}

impl TensorType {
    /// Whether the type packs several weights into a block, as no plain number type does.
    #[must_use]
    pub fn is_quantized(&self) -> bool {
        self.block > 1
    }
}

const fn stored(id: u32, name: &'static str, block: u64, block_bytes: u64) -> TensorType {
    TensorType {
        id,
        name,
        block,
        block_bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_use_names_its_type_and_block() {
        const Q4_K: TensorType = TensorType {
            id: 12,
            name: "Q4_K",
            block: 256,
            block_bytes: 144,
        };

        assert_eq!(ggml_type(12), GgmlType::Known(&Q4_K));
    }

    #[test]
    fn a_removed_number_keeps_its_name() {
        assert_eq!(ggml_type(4), GgmlType::Removed("Q4_2"));
        assert_eq!(ggml_type(38), GgmlType::Removed("IQ4_NL_8_8"));
    }

    #[test]
    fn a_number_beyond_the_table_is_unknown() {
        assert_eq!(ggml_type(43), GgmlType::Unknown);
        assert_eq!(ggml_type(u32::MAX), GgmlType::Unknown);
    }

    #[test]
    fn every_number_below_the_first_unknown_one_is_either_in_use_or_removed() {
        assert_eq!(TENSOR_TYPES.len(), 35);
        assert_eq!(REMOVED_TENSOR_TYPES.len(), 8);
        assert!((0..43).all(|id| ggml_type(id) != GgmlType::Unknown));
    }
}

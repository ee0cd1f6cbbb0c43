//! File types of GGML files, from before GGUF.
//!
//! These are not those of `general.file_type`: 15 is `Q4_K_M` there and `IQ2_XXS` here.
//! Source: llama.cpp `ggml.h` (`enum ggml_ftype`), at the version that `llama_cpp_python` 0.3.36
//! carries.

use super::ggml;

/// File types in use, and the tensor type that each gives to matrices.
pub const FILE_TYPES: &[(u32, &str)] = &[
    (0, "F32"),
    (1, "F16"),
    (2, "Q4_0"),
    (3, "Q4_1"),
    (7, "Q8_0"),
    (8, "Q5_0"),
    (9, "Q5_1"),
    (10, "Q2_K"),
    (11, "Q3_K"),
    (12, "Q4_K"),
    (13, "Q5_K"),
    (14, "Q6_K"),
    (15, "IQ2_XXS"),
    (16, "IQ2_XS"),
    (17, "IQ3_XXS"),
    (18, "IQ1_S"),
    (19, "IQ4_NL"),
    (20, "IQ3_S"),
    (21, "IQ2_S"),
    (22, "IQ4_XS"),
    (23, "IQ1_M"),
    (24, "BF16"),
    (25, "MXFP4"),
    (26, "NVFP4"),
    (27, "Q1_0"),
    (28, "Q2_0"),
];

/// The tensor type that a file type is named for; `None` where we know none.
#[must_use]
pub fn tensor_type(file_type: u32) -> Option<&'static ggml::TensorType> {
    let (_, name) = FILE_TYPES.iter().find(|(value, _)| *value == file_type)?;
    ggml::named(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_type_is_named_for_a_tensor_type() {
        for (value, name) in FILE_TYPES {
            assert_eq!(tensor_type(*value).map(|found| found.name), Some(*name));
        }
        assert_eq!(tensor_type(4), None);
        assert_eq!(tensor_type(29), None);
    }
}

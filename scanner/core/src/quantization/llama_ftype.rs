//! Recipes of llama.cpp's quantizer: what `general.file_type` of a GGUF may say, and which tensor
//! types each of them explains.
//!
//! A new recipe is one entry of [`FILE_TYPES`]; a test compares names and numbers with the `gguf`
//! package. Source: llama.cpp `include/llama.h` (`enum llama_ftype`) and `src/llama-quant.cpp`
//! (`llama_ftype_get_default_type`, `llama_tensor_get_type_impl`, `tensor_type_fallback`), at the
//! version that `llama_cpp_python` 0.3.36 carries, plus what older and converting programs write
//! where a comment says so.

use super::ggml;
use super::roles::Role;

/// One recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileType {
    /// The value of `general.file_type`.
    pub value: u32,
    /// The recipe as the field spells it, without `MOSTLY_`.
    pub name: &'static str,
    /// The tensor type it is named for.
    pub default: &'static str,
    /// Types of `output.weight`, and of token embeddings that stand in for it.
    pub(crate) output: &'static [&'static str],
    /// Types it may give to tensors of a role instead of the default.
    pub(crate) additions: &'static [Addition],
    /// The type of every matrix that is no stack of experts, where the recipe is for those only.
    pub(crate) beside_experts: Option<&'static str>,
    /// Whether a converter writes it around weights that are quantized already, and leaves the
    /// rest in the type it came in.
    pub(crate) keeps_source: bool,
}

/// Types that tensors of a role may have besides the default.
pub(crate) type Addition = (Role, &'static [&'static str]);

/// `Q8_0` stands in for a K type where rows are no multiple of its block, and in Falcon.
const HIGH: &[&str] = &["Q6_K", "Q8_0"];
const MIDDLE: &[&str] = &["Q5_K", "Q8_0"];
const DEFAULT_ONLY: &[&str] = &[];

/// Models of 70 billion parameters share attention values between eight heads, and get `Q5_K` for
/// `Q3_K` and `Q4_K` there.
const VALUES_OF_70B: &[Addition] = &[(Role::AttentionV, &["Q5_K"])];

const VALUES_Q4: Addition = (Role::AttentionV, &["Q4_K", "Q5_K"]);

/// What the recipes below 2.5 bits have in common. Keys in `Q4_K` and outputs in `Q5_K` are for
/// mixtures of eight experts.
const BELOW_IQ2_S: &[Addition] = &[
    (Role::TokenEmbedding, &["Q2_K"]),
    (Role::AttentionV, &["Q2_K", "Q4_K"]),
    (Role::AttentionK, &["Q4_K"]),
    (Role::AttentionOutput, &["Q5_K"]),
    (Role::FfnDown, &["Q2_K"]),
];
const IQ1: &[Addition] = &[
    (Role::TokenEmbedding, &["Q2_K"]),
    (Role::AttentionV, &["Q2_K", "Q4_K"]),
    (Role::AttentionK, &["Q4_K"]),
    (Role::AttentionOutput, &["IQ2_XXS", "Q5_K"]),
    (Role::FfnDown, &["Q2_K"]),
];
const IQ2_S_AND_M: &[Addition] = &[
    (Role::TokenEmbedding, &["IQ3_S"]),
    (Role::AttentionV, &["IQ3_S", "Q4_K"]),
    (Role::AttentionK, &["Q4_K"]),
    (Role::AttentionOutput, &["IQ3_S", "Q5_K"]),
    (Role::FfnDown, &["IQ3_S"]),
];
const IQ4: &[Addition] = &[(Role::AttentionV, &["Q5_K"]), (Role::FfnDown, &["Q5_K"])];
const TERNARY: &[Addition] = &[
    // convert_hf_to_gguf.py leaves embeddings and output in F16.
    (Role::TokenEmbedding, &["Q4_K", "F16"]),
    (Role::Output, &["F16"]),
];

/// Every recipe in use, sorted by its value.
pub const FILE_TYPES: &[FileType] = &[
    recipe(0, "F32", "F32", DEFAULT_ONLY, &[]),
    recipe(1, "F16", "F16", DEFAULT_ONLY, &[]),
    // Q4_1 and Q5_1 go to the first layers where an importance matrix is used.
    recipe(2, "Q4_0", "Q4_0", HIGH, &[(Role::FfnDown, &["Q4_1"])]),
    recipe(3, "Q4_1", "Q4_1", HIGH, &[]),
    recipe(7, "Q8_0", "Q8_0", DEFAULT_ONLY, &[]),
    recipe(8, "Q5_0", "Q5_0", HIGH, &[(Role::FfnDown, &["Q5_1"])]),
    recipe(9, "Q5_1", "Q5_1", HIGH, &[]),
    recipe(
        10,
        "Q2_K",
        "Q2_K",
        HIGH,
        &[
            (Role::AttentionV, &["Q3_K", "Q4_K", "Q5_K"]),
            (Role::AttentionOutput, &["Q3_K"]),
            (Role::FfnDown, &["Q3_K"]),
        ],
    ),
    recipe(11, "Q3_K_S", "Q3_K", HIGH, VALUES_OF_70B),
    recipe(
        12,
        "Q3_K_M",
        "Q3_K",
        HIGH,
        &[
            VALUES_Q4,
            (Role::AttentionOutput, &["Q4_K"]),
            (Role::FfnDown, &["Q4_K", "Q5_K"]),
        ],
    ),
    recipe(
        13,
        "Q3_K_L",
        "Q3_K",
        HIGH,
        &[
            VALUES_Q4,
            // Q4_K in Falcon.
            (Role::AttentionOutput, &["Q4_K", "Q5_K"]),
            (Role::FfnDown, &["Q4_K", "Q5_K"]),
        ],
    ),
    recipe(14, "Q4_K_S", "Q4_K", HIGH, IQ4),
    recipe(
        15,
        "Q4_K_M",
        "Q4_K",
        HIGH,
        // Q5_K in fused values of older versions, and in Falcon.
        &[
            (Role::AttentionV, &["Q5_K", "Q6_K"]),
            (Role::FfnDown, &["Q5_K", "Q6_K"]),
        ],
    ),
    recipe(16, "Q5_K_S", "Q5_K", HIGH, &[]),
    recipe(
        17,
        "Q5_K_M",
        "Q5_K",
        HIGH,
        &[(Role::AttentionV, &["Q6_K"]), (Role::FfnDown, &["Q6_K"])],
    ),
    recipe(18, "Q6_K", "Q6_K", HIGH, &[]),
    recipe(19, "IQ2_XXS", "IQ2_XXS", MIDDLE, BELOW_IQ2_S),
    recipe(20, "IQ2_XS", "IQ2_XS", MIDDLE, BELOW_IQ2_S),
    recipe(
        21,
        "Q2_K_S",
        "Q2_K",
        HIGH,
        &[VALUES_Q4, (Role::FfnDown, &["Q4_K"])],
    ),
    recipe(
        22,
        "IQ3_XS",
        "IQ3_S",
        HIGH,
        &[
            VALUES_Q4,
            (Role::AttentionK, &["IQ3_XXS"]),
            (Role::AttentionQ, &["IQ3_XXS"]),
            (Role::FfnGate, &["IQ3_XXS"]),
            (Role::FfnUp, &["IQ3_XXS"]),
        ],
    ),
    recipe(
        23,
        "IQ3_XXS",
        "IQ3_XXS",
        MIDDLE,
        &[
            (Role::TokenEmbedding, &["IQ3_S"]),
            (Role::AttentionV, &["IQ3_S", "Q4_K", "Q5_K"]),
            (Role::AttentionK, &["IQ2_S"]),
            (Role::AttentionQ, &["IQ2_S"]),
            (Role::AttentionOutput, &["IQ3_S"]),
            (Role::FfnDown, &["Q3_K", "Q4_K"]),
        ],
    ),
    recipe(24, "IQ1_S", "IQ1_S", MIDDLE, IQ1),
    recipe(25, "IQ4_NL", "IQ4_NL", HIGH, IQ4),
    recipe(26, "IQ3_S", "IQ3_S", HIGH, &[VALUES_Q4]),
    recipe(
        27,
        "IQ3_M",
        "IQ3_S",
        HIGH,
        &[
            VALUES_Q4,
            (Role::AttentionOutput, &["Q4_K"]),
            (Role::FfnDown, &["Q4_K"]),
        ],
    ),
    // The two defaults are one step below the names; llama.cpp means it.
    recipe(28, "IQ2_S", "IQ2_XS", MIDDLE, IQ2_S_AND_M),
    recipe(29, "IQ2_M", "IQ2_S", MIDDLE, IQ2_S_AND_M),
    recipe(30, "IQ4_XS", "IQ4_XS", HIGH, IQ4),
    recipe(31, "IQ1_M", "IQ1_M", MIDDLE, IQ1),
    recipe(32, "BF16", "BF16", DEFAULT_ONLY, &[]),
    recipe(36, "TQ1_0", "TQ1_0", HIGH, TERNARY),
    recipe(37, "TQ2_0", "TQ2_0", HIGH, TERNARY),
    FileType {
        beside_experts: Some("Q8_0"),
        ..converted(38, "MXFP4_MOE", "MXFP4", &["Q8_0"])
    },
    converted(39, "NVFP4", "NVFP4", DEFAULT_ONLY),
    recipe(40, "Q1_0", "Q1_0", HIGH, &[]),
    recipe(
        41,
        "Q2_0",
        "Q2_0",
        HIGH,
        &[(Role::TokenEmbedding, &["Q4_K"])],
    ),
];

/// Recipes that no program writes any more.
pub const REMOVED_FILE_TYPES: &[(u32, &str)] = &[
    (4, "Q4_1_SOME_F16"),
    (5, "Q4_2"),
    (6, "Q4_3"),
    (33, "Q4_0_4_4"),
    (34, "Q4_0_4_8"),
    (35, "Q4_0_8_8"),
];

/// Older versions gave `Q2_K` and `Q3_K` rows of `IQ4_NL` instead of `Q4_0`.
const FALLBACKS: &[(&str, &[&str])] = &[
    ("IQ1_S", &["IQ4_NL"]),
    ("IQ1_M", &["IQ4_NL"]),
    ("IQ2_XXS", &["IQ4_NL"]),
    ("IQ2_XS", &["IQ4_NL"]),
    ("IQ2_S", &["IQ4_NL"]),
    ("IQ3_XXS", &["IQ4_NL"]),
    ("IQ3_S", &["IQ4_NL"]),
    ("IQ4_XS", &["IQ4_NL"]),
    ("Q2_0", &["Q4_0"]),
    ("Q2_K", &["Q4_0", "IQ4_NL"]),
    ("Q3_K", &["Q4_0", "IQ4_NL"]),
    ("TQ1_0", &["Q4_0"]),
    ("TQ2_0", &["Q4_0"]),
    ("Q4_K", &["Q5_0"]),
    ("Q5_K", &["Q5_1"]),
    ("Q6_K", &["Q8_0"]),
];

/// Elements of a block of every type that is fallen back to.
const FALLBACK_BLOCK: u64 = 32;

/// The recipe that a value of `general.file_type` stands for.
#[must_use]
pub fn file_type(value: u32) -> Option<&'static FileType> {
    FILE_TYPES.iter().find(|known| known.value == value)
}

/// The recipe of this name, in any letter case.
#[must_use]
pub fn named(name: &str) -> Option<&'static FileType> {
    FILE_TYPES
        .iter()
        .find(|known| known.name.eq_ignore_ascii_case(name))
}

/// The types that may stand for `wanted` in rows of `row` elements; none where it fits them.
#[must_use]
pub fn legal_fallbacks(wanted: &str, row: u64) -> &'static [&'static str] {
    let fits = ggml::named(wanted).is_none_or(|known| row.is_multiple_of(known.block));
    if fits {
        return &[];
    }
    if !row.is_multiple_of(FALLBACK_BLOCK) {
        return &["F16"];
    }
    FALLBACKS
        .iter()
        .find(|(name, _)| *name == wanted)
        .map_or(&[], |(_, fallbacks)| fallbacks)
}

const fn recipe(
    value: u32,
    name: &'static str,
    default: &'static str,
    output: &'static [&'static str],
    additions: &'static [Addition],
) -> FileType {
    FileType {
        value,
        name,
        default,
        output,
        additions,
        beside_experts: None,
        keeps_source: false,
    }
}

const fn converted(
    value: u32,
    name: &'static str,
    default: &'static str,
    output: &'static [&'static str],
) -> FileType {
    FileType {
        keeps_source: true,
        ..recipe(value, name, default, output, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_recipes_not_of_tensor_types() {
        let named = |value| file_type(value).map(|known| (known.name, known.default));

        assert_eq!(named(15), Some(("Q4_K_M", "Q4_K")));
        assert_eq!(named(0), Some(("F32", "F32")));
        assert_eq!(named(28), Some(("IQ2_S", "IQ2_XS")));
        assert_eq!(named(29), Some(("IQ2_M", "IQ2_S")));
        assert_eq!(named(33), None);
        assert_eq!(named(42), None);
        assert_eq!(named(1024), None);
    }

    #[test]
    fn every_number_below_the_first_unknown_one_is_either_in_use_or_removed() {
        assert_eq!(FILE_TYPES.len(), 36);
        assert_eq!(REMOVED_FILE_TYPES.len(), 6);
        assert!((0..42).all(|value| {
            file_type(value).is_some() != REMOVED_FILE_TYPES.iter().any(|(old, _)| *old == value)
        }));
    }

    #[test]
    fn every_type_that_a_recipe_names_exists() {
        let is_known = |name: &&str| ggml::named(name).is_some();
        for recipe in FILE_TYPES {
            assert!(is_known(&recipe.default), "{}", recipe.name);
            assert!(recipe.output.iter().all(is_known), "{}", recipe.name);
            assert!(
                recipe
                    .additions
                    .iter()
                    .flat_map(|(_, types)| *types)
                    .all(is_known),
                "{}",
                recipe.name
            );
        }
        for (wanted, fallbacks) in FALLBACKS {
            assert!(
                is_known(wanted) && fallbacks.iter().all(is_known),
                "{wanted}"
            );
        }
    }

    #[test]
    fn a_row_that_fits_has_no_fallback() {
        assert!(legal_fallbacks("Q4_K", 512).is_empty());
        assert!(legal_fallbacks("F16", 7).is_empty());
    }

    #[test]
    fn a_row_of_whole_small_blocks_falls_back_to_the_types_of_the_table() {
        assert_eq!(legal_fallbacks("Q4_K", 384), &["Q5_0"]);
        assert_eq!(legal_fallbacks("Q3_K", 896), &["Q4_0", "IQ4_NL"]);
        assert_eq!(legal_fallbacks("IQ4_XS", 384), &["IQ4_NL"]);
        assert_eq!(legal_fallbacks("Q2_0", 96), &["Q4_0"]);
    }

    #[test]
    fn a_row_that_no_block_divides_falls_back_to_f16() {
        assert_eq!(legal_fallbacks("Q4_K", 100), &["F16"]);
        assert_eq!(legal_fallbacks("Q8_0", 33), &["F16"]);
    }

    #[test]
    fn a_type_without_a_fallback_has_none() {
        assert!(legal_fallbacks("NVFP4", 96).is_empty());
        assert!(legal_fallbacks("Q1_0", 96).is_empty());
    }
}

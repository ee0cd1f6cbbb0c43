//! How quantized weights lie in safetensors files: by the end of a tensor's name, its type and its
//! company.
//!
//! A new layout is one constant and its line in [`LAYOUTS`]; its scales and zero points are lines of
//! `AUXILIARY` in `weights.rs`. Sources, by layout: `gptqmodel` 7.7.0 (`nn_modules/qlinear`),
//! `autoawq` 0.2.7 (`modules/linear`), `bitsandbytes` 0.50.2 (`functional.py`, `nn/modules.py`),
//! `compressed-tensors` (`compressors/`), `nvidia-modelopt` 0.47.0 (`quant_utils.py`), `transformers`
//! 5.23.0 (`integrations/`), `hqq` 0.2.8 (`quantize.py`), `optimum-quanto` 0.2.7 (`tensor/weights`),
//! `torchao` 0.18.0 (`prototype/safetensors`), `aqlm` 1.1.7, `mlx` (`quantized.py`), `exllamav2`
//! (`compile.py`), `exllamav3` (`conversion/quant_config.py`).

use super::label::Label;
use super::packing::Packing;

/// A tensor that holds quantized weights.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// What a model stored so is called where nobody says; `None` where many methods store so.
    pub(crate) label: Option<Label>,
    /// The end of its name; empty: any.
    pub(crate) suffix: &'static str,
    /// The types it may have.
    pub(crate) dtypes: Types,
    /// Tensors that must be there too.
    pub(crate) beside: &'static [Company],
    /// How many weights a stored element holds.
    pub(crate) packing: Packing,
}

/// A tensor beside the weights.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Company {
    /// The end, in place of the weights' suffix, of its name.
    pub(crate) suffix: &'static str,
    /// The types it may have; empty: any.
    pub(crate) dtypes: Types,
    /// Whether it has one element only, or more than one; `None`: either.
    pub(crate) is_single: Option<bool>,
}

/// Names of element types.
pub(crate) type Types = &'static [&'static str];

const FP8: Types = &["F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ"];
/// Exponents, as the scales of microscaling formats are.
const EXPONENTS: Types = &["U8", "F8_E8M0"];
const FLOATS: Types = &["F16", "BF16", "F32"];
/// bitsandbytes may store packed weights as elements of another type.
const STORAGE: Types = &["U8", "F16", "BF16", "F32"];

pub(crate) static NF4: Layout = layout(
    Some(Label::Word("bnb-nf4")),
    (".weight", STORAGE),
    &[company(".weight.quant_state.bitsandbytes__nf4", &[])],
    Packing::Halves,
);
pub(crate) static FP4: Layout = layout(
    Some(Label::Word("bnb-fp4")),
    (".weight", STORAGE),
    &[company(".weight.quant_state.bitsandbytes__fp4", &[])],
    Packing::Halves,
);
/// gptqmodel writes the type into a tensor, and another mark before the names.
pub(crate) static PACKED_BNB: Layout = layout(
    Some(Label::Word("bnb")),
    (".weight", &["U8"]),
    &[
        company(".weight_absmax", &[]),
        company(".weight_quant_map", &[]),
        company(".weight_quant_state", &[]),
    ],
    Packing::Halves,
);
/// Blocks of llama.cpp in rows of bytes, as gptqmodel writes them: the type is not written.
pub(crate) static GGUF_ROWS: Layout = layout(
    Some(Label::Word("gguf")),
    (".qweight", &["U8"]),
    &[],
    Packing::Unknown,
);
pub(crate) static LLM_INT8: Layout = layout(
    Some(Label::Word("bnb-int8")),
    (".weight", &["I8"]),
    &[company(".SCB", &[])],
    Packing::Whole,
);
pub(crate) static GPTQ: Layout = layout(
    Some(Label::Bits("gptq")),
    (".qweight", &["I32"]),
    &[company(".g_idx", &[]), company(".scales", &[])],
    Packing::Inputs,
);
/// `desc_act` is off, and the order of inputs was not written.
pub(crate) static GPTQ_UNORDERED: Layout = layout(
    Some(Label::Bits("gptq")),
    (".qweight", &["I32"]),
    &[company(".qzeros", &["I32"]), company(".scales", &[])],
    Packing::ZeroPoints,
);
pub(crate) static MARLIN: Layout = layout(
    Some(Label::Bits("gptq")),
    (".B", &["I32"]),
    &[company(".s", &[])],
    Packing::Tiles,
);
pub(crate) static QQQ: Layout = layout(
    Some(Label::Bits("qqq")),
    (".B", &["I32"]),
    &[company(".s_channel", &[])],
    Packing::Tiles,
);
pub(crate) static AWQ: Layout = layout(
    Some(Label::Bits("awq")),
    (".qweight", &["I32"]),
    &[company(".scales", &[])],
    Packing::Outputs,
);
/// AWQ of inputs that are rotated before.
pub(crate) static PAROQUANT: Layout = layout(
    Some(Label::Bits("paroquant")),
    (".qweight", &["I32"]),
    &[
        company(".scales", &[]),
        company(".theta", &[]),
        company(".pairs", &[]),
    ],
    Packing::Outputs,
);
pub(crate) static AWQ_GEMV: Layout = layout(
    Some(Label::Bits("awq")),
    (".qweight", &["I32"]),
    &[company(".scales", &[]), company(".qzeros", &["I32"])],
    Packing::EqualRows,
);
pub(crate) static AWQ_GEMV_FAST: Layout = layout(
    Some(Label::Bits("awq")),
    (".qweight", &["I16"]),
    &[company(".scales", &[]), company(".qzeros", &[])],
    Packing::Unknown,
);
pub(crate) static PACKED_INT: Layout = layout(
    Some(Label::Int),
    (".weight_packed", &["I32"]),
    &[company(".weight_scale", &[]), company(".weight_shape", &[])],
    Packing::RowGroups,
);
pub(crate) static MARLIN_24: Layout = layout(
    Some(Label::Int),
    (".weight_packed", &["I32"]),
    &[company(".scale_packed", &[]), company(".meta", &[])],
    Packing::Unknown,
);
pub(crate) static SCALED_INT8: Layout = layout(
    Some(Label::Word("int8")),
    (".weight", &["I8"]),
    &[company(".weight_scale", &[])],
    Packing::Whole,
);
pub(crate) static SCALED_FP8: Layout = layout(
    Some(Label::Word("fp8")),
    (".weight", FP8),
    &[company(".weight_scale", &[])],
    Packing::Whole,
);
pub(crate) static BLOCK_FP8: Layout = layout(
    Some(Label::Word("fp8")),
    (".weight", FP8),
    &[company(".weight_scale_inv", &[])],
    Packing::Whole,
);
/// Experts that are stacked in one tensor bear no `.weight`, so the type alone must do.
pub(crate) static PLAIN_FP8: Layout = layout(None, ("", FP8), &[], Packing::Whole);
pub(crate) static PLAIN_FP4: Layout = layout(None, ("", &["F4"]), &[], Packing::Whole);
pub(crate) static MXFP8: Layout = layout(
    Some(Label::Word("mxfp8")),
    (".weight", FP8),
    &[company(".weight_scale", EXPONENTS)],
    Packing::WholeInGroups(32),
);
pub(crate) static MXFP8_INVERSE: Layout = layout(
    Some(Label::Word("mxfp8")),
    (".weight", FP8),
    &[company(".weight_scale_inv", EXPONENTS)],
    Packing::WholeInGroups(32),
);
pub(crate) static PACKED_NVFP4: Layout = layout(
    Some(Label::Word("nvfp4")),
    (".weight_packed", &["U8"]),
    &[
        company(".weight_scale", FP8),
        company(".weight_global_scale", &[]),
    ],
    Packing::Halves,
);
pub(crate) static NVFP4: Layout = layout(
    Some(Label::Word("nvfp4")),
    (".weight", &["U8"]),
    &[
        company(".weight_scale", FP8),
        company(".weight_scale_2", &[]),
    ],
    Packing::Halves,
);
pub(crate) static PACKED_MXFP4: Layout = layout(
    Some(Label::Word("mxfp4")),
    (".weight_packed", &["U8"]),
    &[company(".weight_scale", EXPONENTS)],
    Packing::Halves,
);
pub(crate) static MXFP4: Layout = layout(
    Some(Label::Word("mxfp4")),
    (".weight", &["U8"]),
    &[company(".weight_scale", EXPONENTS)],
    Packing::Halves,
);
pub(crate) static MXFP4_BLOCKS: Layout = layout(
    Some(Label::Word("mxfp4")),
    ("_blocks", &["U8"]),
    &[company("_scales", EXPONENTS)],
    Packing::Halves,
);
/// The AWQ of modelopt.
pub(crate) static SCALED_INT4: Layout = layout(
    Some(Label::Word("int4")),
    (".weight", &["U8"]),
    &[Company {
        is_single: Some(false),
        ..company(".weight_scale", FLOATS)
    }],
    Packing::Halves,
);
/// Two bits of gemma, which look like four of half as many rows.
pub(crate) static SCALED_INT2: Layout = layout(
    Some(Label::Word("int2")),
    (".weight", &["U8"]),
    &[Company {
        is_single: Some(false),
        ..company(".weight_scale", FLOATS)
    }],
    Packing::Quarters,
);
/// Embeddings of gemma: four bits in each of two halves, or two in each of four quarters.
pub(crate) static GEMMA_EMBEDDING: Layout = layout(
    Some(Label::Word("gemma")),
    (".embedding_quantized", &["U8", "I8"]),
    &[company(".embedding_scale", FLOATS)],
    Packing::Unknown,
);
pub(crate) static BITNET: Layout = layout(
    Some(Label::Word("bitnet")),
    (".weight", &["U8"]),
    &[Company {
        is_single: Some(true),
        ..company(".weight_scale", FLOATS)
    }],
    Packing::Quarters,
);
pub(crate) static QUARK_INT4: Layout = layout(
    Some(Label::Word("quark-int4")),
    (".weight", &["I32"]),
    &[company(".weight_scale", &[])],
    Packing::Halves,
);
/// One unsigned number for each weight, which only the zero points beside it tell from two.
pub(crate) static QUARK_UINT8: Layout = layout(
    Some(Label::Word("quark-int8")),
    (".weight", &["U8"]),
    &[
        company(".weight_scale", FLOATS),
        company(".weight_zero_point", &["U8"]),
    ],
    Packing::Whole,
);
pub(crate) static HQQ: Layout = layout(
    Some(Label::Bits("hqq")),
    (".W_q", &["U8", "I32"]),
    &[company(".scale", &[]), company(".zero", &[])],
    Packing::Groups,
);
pub(crate) static QUANTO_INT8: Layout = layout(
    Some(Label::Word("quanto-int8")),
    (".weight._data", &["I8"]),
    &[company(".weight._scale", &[])],
    Packing::Whole,
);
pub(crate) static QUANTO_FLOAT8: Layout = layout(
    Some(Label::Word("quanto-float8")),
    (".weight._data", FP8),
    &[company(".weight._scale", &[])],
    Packing::Whole,
);
/// Two or four bits: rows are packed into each other, and a tensor lies in a tensor.
pub(crate) static QUANTO_PACKED: Layout = layout(
    Some(Label::Word("quanto")),
    (".weight._data._data", &["U8"]),
    &[
        company(".weight._scale", &[]),
        company(".weight._shift", &[]),
    ],
    Packing::OutputRows,
);
pub(crate) static TORCHAO_FLOAT8: Layout = layout(
    Some(Label::Word("torchao-float8")),
    ("_qdata", FP8),
    &[company("_scale", &[])],
    Packing::Whole,
);
/// As many scales as rows: nothing is packed, though the integers may be narrower than their type.
pub(crate) static TORCHAO_INT8: Layout = layout(
    Some(Label::Word("torchao")),
    ("_qdata", &["I8"]),
    &[company("_scale", &[])],
    Packing::WholeRows,
);
/// Four bits may be stored as whole elements or as packed ones.
pub(crate) static TORCHAO_INT: Layout = layout(
    Some(Label::Word("torchao")),
    ("_qdata", &["I8", "U8", "I32"]),
    &[company("_scale", &[])],
    Packing::Unknown,
);
pub(crate) static EETQ: Layout = layout(
    Some(Label::Word("eetq-int8")),
    (".weight", &["I8"]),
    &[company(".weight_scales", &[])],
    Packing::Whole,
);
pub(crate) static AQLM: Layout = layout(
    Some(Label::Word("aqlm")),
    (".codes", &["I8", "I16"]),
    &[company(".codebooks", &[]), company(".scales", &[])],
    Packing::Unknown,
);
pub(crate) static VPTQ: Layout = layout(
    Some(Label::Word("vptq")),
    (".indices", &["I16", "U16", "I32"]),
    &[company(".centroids.weight", &[])],
    Packing::Unknown,
);
pub(crate) static SPQR: Layout = layout(
    Some(Label::Word("spqr")),
    (".dense_weights", &["I64", "I32"]),
    &[company(".row_offsets", &[])],
    Packing::Unknown,
);
pub(crate) static HIGGS: Layout = layout(
    Some(Label::Bits("higgs")),
    (".weight", &["I16"]),
    &[company(".scales", &[]), company(".tables", &[])],
    Packing::OutputRows,
);
pub(crate) static FP_QUANT: Layout = layout(
    Some(Label::Word("fp_quant")),
    (".qweight", &["U8"]),
    &[company(".scales", &[])],
    Packing::Halves,
);
pub(crate) static METAL: Layout = layout(
    Some(Label::Bits("metal")),
    (".weight", &["U32"]),
    &[company(".scales", &[]), company(".qbiases", &[])],
    Packing::RowGroups,
);
pub(crate) static MLX: Layout = layout(
    Some(Label::Bits("mlx")),
    (".weight", &["U32"]),
    &[company(".scales", FLOATS), company(".biases", &[])],
    Packing::RowGroups,
);
/// The scales of floats need no biases.
pub(crate) static MLX_FLOAT: Layout = layout(
    Some(Label::Word("mlx")),
    (".weight", &["U32"]),
    &[company(".scales", EXPONENTS)],
    Packing::RowGroups,
);
pub(crate) static EXL2: Layout = layout(
    Some(Label::Word("exl2")),
    (".q_weight", &["I32"]),
    &[company(".q_invperm", &[]), company(".q_scale", &[])],
    Packing::MixedInputs,
);
/// The inverse order is not written by older versions.
pub(crate) static EXL2_OLD: Layout = layout(
    Some(Label::Word("exl2")),
    (".q_weight", &["I32"]),
    &[company(".q_perm", &[]), company(".q_scale", &[])],
    Packing::MixedInputs,
);
pub(crate) static EXL3: Layout = layout(
    Some(Label::Word("exl3")),
    (".trellis", &["I16"]),
    &[company(".suh", &[])],
    Packing::Trellis,
);
pub(crate) static EXL3_OLD: Layout = layout(
    Some(Label::Word("exl3")),
    (".trellis", &["I16"]),
    &[company(".su", &[])],
    Packing::Trellis,
);

/// Variables of Keras have numbers for names; their reader knows them by the scales beside them.
pub(crate) static KERAS_INT8: Layout = layout(None, ("", &["int8"]), &[], Packing::Whole);
pub(crate) static KERAS_INT4: Layout = layout(None, ("", &["int8"]), &[], Packing::Halves);
pub(crate) static KERAS_PACKED: Layout = layout(None, ("", &["uint8"]), &[], Packing::Unknown);
/// A mode of compression whose model has no constants of integers.
pub(crate) static NNCF: Layout = layout(None, ("", &["int8", "uint8"]), &[], Packing::Whole);

/// Every layout we know; of several that a tensor may have, the first names it.
pub(crate) static LAYOUTS: &[&Layout] = &[
    &NF4,
    &FP4,
    &PACKED_BNB,
    &LLM_INT8,
    &GPTQ,
    &PAROQUANT,
    &AWQ,
    &GPTQ_UNORDERED,
    &AWQ_GEMV,
    &AWQ_GEMV_FAST,
    &MARLIN,
    &QQQ,
    &PACKED_INT,
    &MARLIN_24,
    &PACKED_NVFP4,
    &PACKED_MXFP4,
    &NVFP4,
    &MXFP4,
    &QUARK_UINT8,
    &BITNET,
    &SCALED_INT4,
    &SCALED_INT2,
    &GEMMA_EMBEDDING,
    &MXFP4_BLOCKS,
    &MXFP8,
    &MXFP8_INVERSE,
    &SCALED_FP8,
    &BLOCK_FP8,
    &PLAIN_FP8,
    &PLAIN_FP4,
    &SCALED_INT8,
    &EETQ,
    &QUARK_INT4,
    &HQQ,
    &QUANTO_INT8,
    &QUANTO_FLOAT8,
    &QUANTO_PACKED,
    &TORCHAO_FLOAT8,
    &TORCHAO_INT8,
    &TORCHAO_INT,
    &AQLM,
    &VPTQ,
    &SPQR,
    &HIGGS,
    &FP_QUANT,
    &GGUF_ROWS,
    &METAL,
    &MLX,
    &MLX_FLOAT,
    &EXL2,
    &EXL2_OLD,
    &EXL3,
    &EXL3_OLD,
    &KERAS_INT8,
    &KERAS_INT4,
    &KERAS_PACKED,
    &NNCF,
];

const fn layout(
    label: Option<Label>,
    (suffix, dtypes): (&'static str, Types),
    beside: &'static [Company],
    packing: Packing,
) -> Layout {
    Layout {
        label,
        suffix,
        dtypes,
        beside,
        packing,
    }
}

const fn company(suffix: &'static str, dtypes: Types) -> Company {
    Company {
        suffix,
        dtypes,
        is_single: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantization::dtypes::dtype;

    #[test]
    fn every_layout_names_types_of_safetensors_or_of_keras() {
        for layout in LAYOUTS {
            let beside = layout.beside.iter().flat_map(|company| company.dtypes);
            let mut types = layout.dtypes.iter().chain(beside);
            let is_known = |name: &str| dtype(name).is_some() || ["int8", "uint8"].contains(&name);

            assert!(types.all(|name| is_known(name)), "{layout:?}");
            assert!(!layout.dtypes.is_empty(), "{layout:?}");
        }
    }
}

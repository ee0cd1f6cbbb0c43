//! Quantization methods of Hugging Face models: what `quantization_config` may say, and which
//! tensors in safetensors files bear it out.
//!
//! A new method is one entry of [`METHODS`], and its scales and zero points a line of
//! `AUXILIARY` in `weights.rs`. Sources, by method: `transformers` 5.23.0
//! (`utils/quantization_config.py`, `integrations/`), `gptqmodel` 7.7.0, `autoawq` 0.2.7,
//! `bitsandbytes` 0.50.2, `compressed-tensors` (`compressors/`), `nvidia-modelopt` 0.47.0
//! (`quant_utils.py`), `hqq` 0.2.8, `optimum-quanto` 0.2.7, `torchao` 0.18.0, `aqlm` 1.1.7,
//! `auto-round` 0.16.1, `mlx` (`quantized.py`), `keras` 3.15.1 (`dtype_policies/`), `exllamav2` and `exllamav3` (`conversion/`).

use super::packing::Packing;
use super::{Bits, MethodClaim};

/// One way a method stores its weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Method {
    /// `quant_method` in a configuration.
    pub(crate) name: &'static str,
    /// What tells variants of the method apart; empty: the rest of them.
    pub(crate) variant: &'static str,
    /// How its label is made.
    pub(crate) label: Label,
    /// The tensors that hold its weights, any of them.
    pub(crate) markers: &'static [Marker],
}

/// How the label of a method is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// This word, whatever the bits.
    Word(&'static str),
    /// This word and the bits: `gptq-4bit`.
    Bits(&'static str),
    /// `int` and the bits: `int4`.
    Int,
    /// This word and bits that may be a fraction: `exl3-4.0bpw`.
    BitsPerWeight(&'static str),
    /// This word and the variant: `torchao-float8`.
    Variant(&'static str),
}

/// A tensor that holds quantized weights: by the end of its name, its type and its company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marker {
    /// The end of its name; empty: any.
    pub(crate) suffix: &'static str,
    /// The types it may have.
    pub(crate) dtypes: &'static [&'static str],
    /// The end, in place of `suffix`, of the name of a tensor that must exist too; empty: none.
    pub(crate) beside: &'static str,
    /// How many weights a stored element holds.
    pub(crate) packing: Packing,
}

/// A method as one configuration means it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// The label, in the gate's vocabulary.
    pub(crate) label: String,
    /// The tensors that bear it out.
    pub(crate) markers: &'static [Marker],
    /// The bits it states.
    pub(crate) bits: Option<u64>,
}

const FP8: &[&str] = &["F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ"];

const GPTQ: Marker = marker(".qweight", &["I32"], ".g_idx", Packing::GroupIndex);
const AWQ: Marker = marker(".qweight", &["I32"], ".scales", Packing::ScaleColumns);
const AWQ_GEMV: Marker = marker(".qweight", &["I32"], ".scales", Packing::Unknown);
const NF4: Marker = marker(
    ".weight",
    &["U8"],
    ".weight.quant_state.bitsandbytes__nf4",
    Packing::Halves,
);
const FP4: Marker = marker(
    ".weight",
    &["U8"],
    ".weight.quant_state.bitsandbytes__fp4",
    Packing::Halves,
);
const LLM_INT8: Marker = marker(".weight", &["I8"], ".SCB", Packing::Whole);
const PACKED_INT: Marker = marker(
    ".weight_packed",
    &["I32"],
    ".weight_shape",
    Packing::Unknown,
);
const SCALED_INT8: Marker = marker(".weight", &["I8"], ".weight_scale", Packing::Whole);
/// Experts that are stacked in one tensor bear no `.weight`, so the type alone must do.
const FLOAT8: Marker = marker("", FP8, "", Packing::Whole);
const FLOAT4: Marker = marker("", &["F4"], "", Packing::Whole);
const PACKED_NVFP4: Marker = marker(
    ".weight_packed",
    &["U8"],
    ".weight_global_scale",
    Packing::Halves,
);
const MODELOPT_NVFP4: Marker = marker(".weight", &["U8"], ".weight_scale_2", Packing::Halves);
const PACKED_MXFP4: Marker = marker(".weight_packed", &["U8"], ".weight_scale", Packing::Halves);
const MXFP4_BLOCKS: Marker = marker("_blocks", &["U8"], "_scales", Packing::Halves);
const MXFP8: Marker = marker(".weight", FP8, ".weight_scale", Packing::Whole);
const HQQ: Marker = marker(".W_q", &["U8", "I32"], ".scale", Packing::Unknown);
const QUANTO: Marker = marker(
    ".weight._data",
    &["I8", "U8", "F8_E4M3", "F8_E5M2"],
    ".weight._scale",
    Packing::Unknown,
);
const TORCHAO: Marker = marker(
    "_qdata",
    &["I8", "U8", "F8_E4M3", "F8_E5M2"],
    "_scale",
    Packing::Unknown,
);
const MLX: Marker = marker(".weight", &["U32"], ".scales", Packing::Unknown);
/// Variables of Keras have numbers for names; their reader knows them by the scales beside them.
const KERAS_INT8: Marker = marker("", &["int8"], "", Packing::Whole);
const KERAS_INT4: Marker = marker("", &["int8"], "", Packing::Halves);
const KERAS_PACKED: Marker = marker("", &["uint8"], "", Packing::Unknown);
/// A mode of compression whose model has no constants of integers.
const NNCF: Marker = marker("", &["int8", "uint8"], "", Packing::Whole);
const TRELLIS: Marker = marker(".trellis", &["I16"], ".suh", Packing::Trellis);
const OLD_TRELLIS: Marker = marker(".trellis", &["I16"], ".su", Packing::Trellis);

/// Every method we know, in every way it stores weights.
pub(crate) const METHODS: &[Method] = &[
    method("gptq", "", Label::Bits("gptq"), &[GPTQ]),
    method("awq", "gemv", Label::Bits("awq"), &[AWQ_GEMV]),
    method("awq", "gemv_fast", Label::Bits("awq"), &[AWQ_GEMV]),
    method("awq", "", Label::Bits("awq"), &[AWQ]),
    method("bitsandbytes", "nf4", Label::Word("bnb-nf4"), &[NF4]),
    method("bitsandbytes", "fp4", Label::Word("bnb-fp4"), &[FP4]),
    method("bitsandbytes", "int8", Label::Word("bnb-int8"), &[LLM_INT8]),
    method("bitsandbytes", "8", Label::Word("bnb-int8"), &[LLM_INT8]),
    method(
        "bitsandbytes",
        "",
        Label::Bits("bnb"),
        &[NF4, FP4, LLM_INT8],
    ),
    method(
        "compressed-tensors",
        "pack-quantized",
        Label::Int,
        &[PACKED_INT],
    ),
    method("compressed-tensors", "marlin-24", Label::Int, &[PACKED_INT]),
    method(
        "compressed-tensors",
        "int-quantized",
        Label::Int,
        &[SCALED_INT8],
    ),
    method(
        "compressed-tensors",
        "float-quantized",
        Label::Word("fp8"),
        &[FLOAT8],
    ),
    method(
        "compressed-tensors",
        "nvfp4-pack-quantized",
        Label::Word("nvfp4"),
        &[PACKED_NVFP4],
    ),
    method(
        "compressed-tensors",
        "mxfp4-pack-quantized",
        Label::Word("mxfp4"),
        &[PACKED_MXFP4],
    ),
    method(
        "compressed-tensors",
        "mxfp8-quantized",
        Label::Word("mxfp8"),
        &[MXFP8],
    ),
    method(
        "compressed-tensors",
        "",
        Label::Bits("compressed-tensors"),
        &[PACKED_INT, SCALED_INT8, FLOAT8, PACKED_NVFP4, PACKED_MXFP4],
    ),
    method("fp8", "", Label::Word("fp8"), &[FLOAT8]),
    method("fbgemm_fp8", "", Label::Word("fp8"), &[FLOAT8]),
    method("mxfp8", "", Label::Word("mxfp8"), &[FLOAT8]),
    method(
        "mxfp4",
        "",
        Label::Word("mxfp4"),
        &[MXFP4_BLOCKS, PACKED_MXFP4, FLOAT4],
    ),
    method(
        "nvfp4",
        "",
        Label::Word("nvfp4"),
        &[MODELOPT_NVFP4, PACKED_NVFP4, FLOAT4],
    ),
    method("modelopt", "fp8", Label::Word("fp8"), &[FLOAT8]),
    method(
        "modelopt",
        "fp8_per_channel_per_token",
        Label::Word("fp8"),
        &[FLOAT8],
    ),
    method("modelopt", "nvfp4", Label::Word("nvfp4"), &[MODELOPT_NVFP4]),
    method(
        "modelopt",
        "nvfp4_awq",
        Label::Word("nvfp4"),
        &[MODELOPT_NVFP4],
    ),
    method(
        "modelopt",
        "nvfp4_svd",
        Label::Word("nvfp4"),
        &[MODELOPT_NVFP4],
    ),
    method(
        "modelopt",
        "w4a16_nvfp4",
        Label::Word("nvfp4"),
        &[MODELOPT_NVFP4],
    ),
    method("modelopt", "mxfp8", Label::Word("mxfp8"), &[MXFP8]),
    method("modelopt", "w8a16", Label::Word("int8"), &[SCALED_INT8]),
    method(
        "modelopt",
        "w8a8_sq_per_channel",
        Label::Word("int8"),
        &[SCALED_INT8],
    ),
    method(
        "modelopt",
        "mixed_precision",
        Label::Word("modelopt-mixed"),
        &[FLOAT8, MODELOPT_NVFP4],
    ),
    method("hqq", "", Label::Bits("hqq"), &[HQQ]),
    method("quanto", "", Label::Variant("quanto"), &[QUANTO]),
    method("torchao", "", Label::Variant("torchao"), &[TORCHAO]),
    method(
        "eetq",
        "",
        Label::Word("eetq-int8"),
        &[marker(".weight", &["I8"], ".weight_scales", Packing::Whole)],
    ),
    method(
        "aqlm",
        "",
        Label::Bits("aqlm"),
        &[marker(
            ".codes",
            &["I8", "I16"],
            ".codebooks",
            Packing::Unknown,
        )],
    ),
    method(
        "vptq",
        "",
        Label::Bits("vptq"),
        &[marker(
            ".indices",
            &["I16", "U16", "I32"],
            ".centroids.weight",
            Packing::Unknown,
        )],
    ),
    method(
        "spqr",
        "",
        Label::Bits("spqr"),
        &[marker(
            ".dense_weights",
            &["I64", "I32"],
            ".row_offsets",
            Packing::Unknown,
        )],
    ),
    method(
        "higgs",
        "",
        Label::Bits("higgs"),
        &[marker(".weight", &["I16"], ".tables", Packing::Unknown)],
    ),
    method(
        "bitnet",
        "",
        Label::Word("bitnet"),
        &[marker(
            ".weight",
            &["U8"],
            ".weight_scale",
            Packing::Quarters,
        )],
    ),
    method(
        "fp_quant",
        "",
        Label::Variant("fp_quant"),
        &[marker(".qweight", &["U8"], ".scales", Packing::Halves)],
    ),
    method(
        "auto-round",
        "auto_round:auto_awq",
        Label::Bits("auto-round"),
        &[AWQ],
    ),
    method(
        "auto-round",
        "auto_round:llm_compressor",
        Label::Bits("auto-round"),
        &[PACKED_INT],
    ),
    method("auto-round", "", Label::Bits("auto-round"), &[GPTQ]),
    method(
        "metal",
        "",
        Label::Bits("metal"),
        &[marker(".weight", &["U32"], ".qbiases", Packing::Unknown)],
    ),
    method("mlx", "mxfp4", Label::Word("mlx-mxfp4"), &[MLX]),
    method("mlx", "nvfp4", Label::Word("mlx-nvfp4"), &[MLX]),
    method("mlx", "mxfp8", Label::Word("mlx-mxfp8"), &[MLX]),
    method("mlx", "", Label::Bits("mlx"), &[MLX]),
    method("keras", "int8", Label::Word("int8"), &[KERAS_INT8]),
    method("keras", "int4", Label::Word("int4"), &[KERAS_INT4]),
    method("keras", "gptq", Label::Bits("gptq"), &[KERAS_PACKED]),
    method("nncf", "", Label::Int, &[NNCF]),
    method("keras", "awq", Label::Bits("awq"), &[KERAS_PACKED]),
    method(
        "exl2",
        "",
        Label::BitsPerWeight("exl2"),
        &[marker(".q_weight", &["I32"], ".q_scale", Packing::Unknown)],
    ),
    method(
        "exl3",
        "",
        Label::BitsPerWeight("exl3"),
        &[TRELLIS, OLD_TRELLIS],
    ),
];

/// What a configuration means; `None` where we do not know the method.
pub(crate) fn resolve(claim: &MethodClaim) -> Option<Resolved> {
    let of = |wanted: &str| {
        METHODS.iter().find(|method| {
            method.name.eq_ignore_ascii_case(&claim.method)
                && method.variant.eq_ignore_ascii_case(wanted)
        })
    };
    let bits = claim.scheme.bits;
    let by_bits = || bits.and_then(|bits| of(&bits.to_string()));
    let variant = claim.variant.as_deref();
    let method = variant.and_then(of).or_else(by_bits).or_else(|| of(""))?;
    Some(Resolved {
        label: label(method.label, bits, variant),
        markers: method.markers,
        bits: bits.and_then(Bits::as_whole),
    })
}

/// What a method means of which only the name is known.
pub(crate) fn named(name: &str) -> Option<Resolved> {
    resolve(&MethodClaim {
        method: name.to_owned(),
        ..MethodClaim::default()
    })
}

fn label(label: Label, bits: Option<Bits>, variant: Option<&str>) -> String {
    let with_bits = |word: &str| bits.map_or(word.to_owned(), |bits| format!("{word}-{bits}bit"));
    match label {
        Label::Word(word) => word.to_owned(),
        Label::Bits(word) => with_bits(word),
        Label::Int => bits.map_or("int".to_owned(), |bits| format!("int{bits}")),
        Label::BitsPerWeight(word) => bits.map_or(word.to_owned(), |bits| {
            let point = if bits.as_whole().is_some() { ".0" } else { "" };
            format!("{word}-{bits}{point}bpw")
        }),
        Label::Variant(word) => match variant {
            Some(variant) => format!("{word}-{}", variant.to_ascii_lowercase()),
            None => with_bits(word),
        },
    }
}

const fn method(
    name: &'static str,
    variant: &'static str,
    label: Label,
    markers: &'static [Marker],
) -> Method {
    Method {
        name,
        variant,
        label,
        markers,
    }
}

const fn marker(
    suffix: &'static str,
    dtypes: &'static [&'static str],
    beside: &'static str,
    packing: Packing,
) -> Marker {
    Marker {
        suffix,
        dtypes,
        beside,
        packing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantization::{Scheme, dtypes};

    fn label_of(name: &str, bits: &str, variant: &str) -> Option<String> {
        let claim = MethodClaim {
            method: name.to_owned(),
            variant: Some(variant.to_owned()).filter(|variant| !variant.is_empty()),
            scheme: Scheme {
                bits: bits.parse().ok().and_then(Bits::nearest),
                group_size: None,
            },
            ..MethodClaim::default()
        };
        resolve(&claim).map(|resolved| resolved.label)
    }

    #[test]
    fn labels_name_the_method_and_what_tells_its_variants_apart() {
        for (name, bits, variant, label) in [
            ("gptq", "4", "", "gptq-4bit"),
            ("GPTQ", "8", "gptq_v2", "gptq-8bit"),
            ("awq", "4", "gemm", "awq-4bit"),
            ("bitsandbytes", "4", "nf4", "bnb-nf4"),
            ("bitsandbytes", "4", "fp4", "bnb-fp4"),
            ("bitsandbytes", "8", "", "bnb-int8"),
            ("bitsandbytes", "", "int8", "bnb-int8"),
            ("compressed-tensors", "4", "pack-quantized", "int4"),
            ("compressed-tensors", "8", "int-quantized", "int8"),
            ("compressed-tensors", "8", "float-quantized", "fp8"),
            ("compressed-tensors", "", "", "compressed-tensors"),
            ("fp8", "", "", "fp8"),
            ("fbgemm_fp8", "", "", "fp8"),
            ("mxfp4", "", "", "mxfp4"),
            ("modelopt", "", "NVFP4", "nvfp4"),
            ("quanto", "", "int8", "quanto-int8"),
            ("mlx", "4", "", "mlx-4bit"),
            ("mlx", "4", "affine", "mlx-4bit"),
            ("mlx", "4", "mxfp4", "mlx-mxfp4"),
            ("exl3", "4", "", "exl3-4.0bpw"),
            ("exl2", "4.65", "", "exl2-4.65bpw"),
            ("hqq", "4", "", "hqq-4bit"),
        ] {
            assert_eq!(
                label_of(name, bits, variant).as_deref(),
                Some(label),
                "{name}"
            );
        }
    }

    #[test]
    fn a_method_we_do_not_know_is_not_resolved() {
        assert_eq!(label_of("paroquant", "4", ""), None);
        assert_eq!(named(""), None);
    }

    #[test]
    fn every_marker_names_types_of_safetensors_or_of_keras() {
        let markers = || METHODS.iter().flat_map(|method| method.markers);

        assert!(
            markers()
                .flat_map(|marker| marker.dtypes)
                .all(|name| dtypes::dtype(name).is_some() || ["int8", "uint8"].contains(name))
        );
        assert!(markers().all(|marker| !marker.dtypes.is_empty()));
    }
}

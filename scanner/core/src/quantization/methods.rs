//! Quantization methods of Hugging Face models: what `quantization_config` may say, and which
//! layouts of tensors bear it out.
//!
//! A new method is a line of [`METHODS`]. The names are those of `transformers` 5.23.0
//! (`utils/quantization_config.py`, `QuantizationMethod`) and of the libraries that write their own;
//! variants come from `gptqmodel` 7.7.0 (`FORMAT`), `autoawq` 0.2.7 (`WQLinear`), `compressed-tensors`
//! (`config/base.py`, `CompressionFormat`), `nvidia-modelopt` 0.47.0 (`QUANTIZATION_*`), `auto-round`
//! 0.16.1 (`formats/`), `mlx` (`quantized.py`, modes) and `keras` 3.15.1 (`dtype_policies/`).

use super::claim::{Bits, MethodClaim};
use super::label::{self, Label};
use super::layouts::{self as l, Layout};
use super::packing::Packing;

/// One way a method stores its weights.
#[derive(Debug)]
pub(crate) struct Method {
    /// `quant_method` in a configuration.
    pub(crate) name: &'static str,
    /// What tells variants of the method apart; empty: the rest of them.
    pub(crate) variant: &'static str,
    /// How its label is made.
    pub(crate) label: Label,
    /// How its weights may lie; none where we do not know.
    pub(crate) layouts: Layouts,
}

/// Some of the layouts.
pub(crate) type Layouts = &'static [&'static Layout];

/// A method as one claim means it.
#[derive(Debug, Clone)]
pub(crate) struct Resolved<'a> {
    /// The label, in the gate's vocabulary.
    pub(crate) label: String,
    /// The layouts that bear it out; none where we do not know any.
    pub(crate) layouts: Layouts,
    /// Whether the bits are those of all layers together.
    pub(crate) is_average: bool,
    /// What is claimed.
    pub(crate) claim: &'a MethodClaim,
}

impl Resolved<'_> {
    /// Whether another claim may mean the same and says more exactly what.
    pub(crate) fn is_told_by(&self, other: &Self) -> bool {
        let bits = self.claim.scheme.bits;
        let is_among = |layout: &&Layout| self.layouts.iter().any(|own| own == layout);
        let is_exacter = bits.is_none() && other.claim.scheme.bits.is_some()
            || other.layouts.len() < self.layouts.len();
        is_exacter
            && !other.layouts.is_empty()
            && other.layouts.iter().all(is_among)
            && (bits.is_none() || bits == other.bits())
    }

    /// The bits that are claimed, or that all its layouts have.
    fn bits(&self) -> Option<Bits> {
        let of_layout = |layout: &&Layout| match layout.packing {
            Packing::Halves => Bits::whole(4),
            Packing::Whole | Packing::WholeInGroups(_) => Bits::whole(8),
            _ => None,
        };
        let first = self.layouts.first().and_then(of_layout);
        let is_one = self.layouts.iter().all(|layout| of_layout(layout) == first);
        self.claim.scheme.bits.or(first.filter(|_| is_one))
    }
}

const GPTQ: Layouts = &[&l::GPTQ, &l::GPTQ_UNORDERED];
const BNB_INT8: Layouts = &[&l::LLM_INT8];
const CT_INT: Layouts = &[&l::PACKED_INT];
const FP8: Layouts = &[&l::SCALED_FP8, &l::BLOCK_FP8, &l::PLAIN_FP8];
const NVFP4: Layouts = &[&l::NVFP4, &l::PACKED_NVFP4, &l::PLAIN_FP4];
const MXFP4: Layouts = &[&l::MXFP4_BLOCKS, &l::PACKED_MXFP4, &l::MXFP4, &l::PLAIN_FP4];
const MXFP8: Layouts = &[&l::MXFP8, &l::MXFP8_INVERSE];
const INT8: Layouts = &[&l::SCALED_INT8];
const INT4: Layouts = &[&l::SCALED_INT4];
const TORCHAO_INT: Layouts = &[&l::TORCHAO_INT8, &l::TORCHAO_INT];
const TORCHAO: Layouts = &[&l::TORCHAO_INT8, &l::TORCHAO_INT, &l::TORCHAO_FLOAT8];
const BNB: Layouts = &[&l::NF4, &l::FP4, &l::PACKED_BNB, &l::LLM_INT8];
/// The variant of a method that a name tells of. Names are short: `AWQ` is what found the weights,
/// and other libraries store them too.
pub(crate) const IN_NAME: &str = "in a name";

/// Layouts that we do not know.
const UNKNOWN: Layouts = &[];

/// Every method we know, in every way it stores weights.
pub(crate) static METHODS: &[Method] = &[
    // `gptq_v2` counts zero points otherwise and stores them alike.
    method("gptq", "", Label::Bits("gptq"), GPTQ),
    method("gptq", "marlin", Label::Bits("gptq"), &[&l::MARLIN]),
    method("gptq", "bitblas", Label::Bits("gptq"), UNKNOWN),
    method("marlin", "", Label::Bits("gptq"), &[&l::MARLIN]),
    method("qqq", "", Label::Bits("qqq"), &[&l::QQQ]),
    method("awq", "", Label::Bits("awq"), &[&l::AWQ]),
    method("awq", "gemv", Label::Bits("awq"), &[&l::AWQ_GEMV]),
    method("awq", "gemv_fast", Label::Bits("awq"), &[&l::AWQ_GEMV_FAST]),
    method("awq", "llm-awq", Label::Bits("awq"), &[&l::AWQ_GEMV_FAST]),
    method("awq", "marlin", Label::Bits("awq"), &[&l::AWQ, &l::MARLIN]),
    method("bitsandbytes", "", Label::Bits("bnb"), BNB),
    method(
        "bitsandbytes",
        "nf4",
        Label::Word("bnb-nf4"),
        &[&l::NF4, &l::PACKED_BNB],
    ),
    method(
        "bitsandbytes",
        "fp4",
        Label::Word("bnb-fp4"),
        &[&l::FP4, &l::PACKED_BNB],
    ),
    method("bitsandbytes", "int8", Label::Word("bnb-int8"), BNB_INT8),
    method("bitsandbytes", "8", Label::Word("bnb-int8"), BNB_INT8),
    method(
        CT,
        "",
        Label::Bits("compressed-tensors"),
        &[
            &l::PACKED_INT,
            &l::MARLIN_24,
            &l::SCALED_INT8,
            &l::SCALED_FP8,
            &l::PLAIN_FP8,
            &l::PACKED_NVFP4,
            &l::PACKED_MXFP4,
            &l::MXFP8,
        ],
    ),
    method(CT, "pack-quantized", Label::Int, CT_INT),
    method(CT, "marlin-24", Label::Int, &[&l::MARLIN_24]),
    method(CT, "int-quantized", Label::Int, INT8),
    method(CT, "float-quantized", Label::Word("fp8"), FP8),
    method(
        CT,
        "naive-quantized",
        Label::Int,
        &[&l::SCALED_INT8, &l::SCALED_FP8],
    ),
    method(
        CT,
        "nvfp4-pack-quantized",
        Label::Word("nvfp4"),
        &[&l::PACKED_NVFP4],
    ),
    method(
        CT,
        "mxfp4-pack-quantized",
        Label::Word("mxfp4"),
        &[&l::PACKED_MXFP4],
    ),
    method(CT, "mxfp8-quantized", Label::Word("mxfp8"), &[&l::MXFP8]),
    // Sparse weights lie in a vector with a mask, of any type.
    method(
        CT,
        "sparse-24-bitmask",
        Label::Bits("compressed-tensors"),
        UNKNOWN,
    ),
    method(
        CT,
        "sparse-bitmask",
        Label::Bits("compressed-tensors"),
        UNKNOWN,
    ),
    method("fp8", "", Label::Word("fp8"), FP8),
    method(
        "fbgemm_fp8",
        "",
        Label::Word("fp8"),
        &[&l::SCALED_FP8, &l::PLAIN_FP8],
    ),
    method("mxfp8", "", Label::Word("mxfp8"), MXFP8),
    method("mxfp4", "", Label::Word("mxfp4"), MXFP4),
    method("nvfp4", "", Label::Word("nvfp4"), NVFP4),
    method(
        MO,
        "",
        Label::Word("modelopt"),
        &[
            &l::SCALED_FP8,
            &l::PLAIN_FP8,
            &l::NVFP4,
            &l::MXFP4,
            &l::MXFP8,
            &l::SCALED_INT4,
            &l::SCALED_INT8,
        ],
    ),
    method(MO, "fp8", Label::Word("fp8"), FP8),
    method(MO, "fp8_per_channel_per_token", Label::Word("fp8"), FP8),
    method(MO, "fp8_pb_wo", Label::Word("fp8"), FP8),
    method(MO, "w4a16_awq", Label::Word("int4"), INT4),
    method(MO, "w4a8_awq", Label::Word("int4"), INT4),
    method(MO, "w8a16", Label::Word("int8"), INT8),
    method(MO, "w8a8_sq_per_channel", Label::Word("int8"), INT8),
    method(MO, "nvfp4", Label::Word("nvfp4"), &[&l::NVFP4]),
    method(MO, "nvfp4_awq", Label::Word("nvfp4"), &[&l::NVFP4]),
    method(MO, "nvfp4_svd", Label::Word("nvfp4"), &[&l::NVFP4]),
    method(MO, "w4a16_nvfp4", Label::Word("nvfp4"), &[&l::NVFP4]),
    method(MO, "w4a8_nvfp4_fp8", Label::Word("nvfp4"), &[&l::NVFP4]),
    method(MO, "w4a8_mxfp4_fp8", Label::Word("mxfp4"), &[&l::MXFP4]),
    method(MO, "mxfp8", Label::Word("mxfp8"), &[&l::MXFP8]),
    method(
        MO,
        "mixed_precision",
        Label::Word("modelopt-mixed"),
        &[
            &l::SCALED_FP8,
            &l::PLAIN_FP8,
            &l::NVFP4,
            &l::MXFP4,
            &l::MXFP8,
            &l::SCALED_INT4,
            &l::SCALED_INT8,
        ],
    ),
    method(
        "quark",
        "",
        Label::Variant("quark"),
        &[
            &l::QUARK_INT4,
            &l::SCALED_INT8,
            &l::QUARK_UINT8,
            &l::SCALED_FP8,
            &l::MXFP4,
        ],
    ),
    method(
        "quark",
        "int4",
        Label::Word("quark-int4"),
        &[&l::QUARK_INT4],
    ),
    method(
        "quark",
        "uint4",
        Label::Word("quark-int4"),
        &[&l::QUARK_INT4],
    ),
    method("quark", "int8", Label::Word("quark-int8"), INT8),
    method(
        "quark",
        "uint8",
        Label::Word("quark-int8"),
        &[&l::SCALED_INT8, &l::QUARK_UINT8, &l::MXFP4],
    ),
    method(
        "quark",
        "fp8_e4m3",
        Label::Word("quark-fp8"),
        &[&l::SCALED_FP8],
    ),
    method("quark", "fp4", Label::Word("quark-mxfp4"), &[&l::MXFP4]),
    method("quark", "mx", Label::Word("quark-mxfp4"), &[&l::MXFP4]),
    method("hqq", "", Label::Bits("hqq"), &[&l::HQQ]),
    method(
        "quanto",
        "",
        Label::Variant("quanto"),
        &[&l::QUANTO_INT8, &l::QUANTO_FLOAT8, &l::QUANTO_PACKED],
    ),
    method(
        "quanto",
        "int8",
        Label::Word("quanto-int8"),
        &[&l::QUANTO_INT8],
    ),
    method(
        "quanto",
        "float8",
        Label::Word("quanto-float8"),
        &[&l::QUANTO_FLOAT8],
    ),
    method(
        "quanto",
        "int4",
        Label::Word("quanto-int4"),
        &[&l::QUANTO_PACKED],
    ),
    method(
        "quanto",
        "int2",
        Label::Word("quanto-int2"),
        &[&l::QUANTO_PACKED],
    ),
    method("torchao", "", Label::Class("torchao"), TORCHAO),
    method(
        "torchao",
        "float8",
        Label::Class("torchao"),
        &[&l::TORCHAO_FLOAT8],
    ),
    method("torchao", "int4", Label::Class("torchao"), TORCHAO_INT),
    method("torchao", "int8", Label::Class("torchao"), TORCHAO_INT),
    method("eetq", "", Label::Word("eetq-int8"), &[&l::EETQ]),
    method("aqlm", "", Label::Bits("aqlm"), &[&l::AQLM]),
    method("vptq", "", Label::Bits("vptq"), &[&l::VPTQ]),
    method("spqr", "", Label::Bits("spqr"), &[&l::SPQR]),
    method("higgs", "", Label::Bits("higgs"), &[&l::HIGGS]),
    method("bitnet", "", Label::Word("bitnet"), &[&l::BITNET]),
    method("fp_quant", "", Label::Variant("fp_quant"), &[&l::FP_QUANT]),
    method("auto-round", "", Label::Bits("auto-round"), GPTQ),
    method(
        "auto-round",
        "auto_round:auto_awq",
        Label::Bits("auto-round"),
        &[&l::AWQ],
    ),
    method(
        "auto-round",
        "auto_round:llm_compressor",
        Label::Bits("auto-round"),
        &[
            &l::PACKED_INT,
            &l::SCALED_INT8,
            &l::SCALED_FP8,
            &l::PACKED_NVFP4,
            &l::PACKED_MXFP4,
        ],
    ),
    method("auto-round", "auto_round:fp8", Label::Word("fp8"), FP8),
    method("metal", "", Label::Bits("metal"), &[&l::METAL]),
    method(
        "gemma",
        "",
        Label::Bits("gemma"),
        &[
            &l::SCALED_INT8,
            &l::SCALED_INT4,
            &l::SCALED_INT2,
            &l::GEMMA_EMBEDDING,
        ],
    ),
    method("gguf", "", Label::Bits("gguf"), &[&l::GGUF_ROWS]),
    method("paroquant", "", Label::Bits("paroquant"), &[&l::PAROQUANT]),
    // Rare, and nobody has described how their tensors lie.
    method("sinq", "", Label::Bits("sinq"), UNKNOWN),
    method("fouroversix", "", Label::Word("fouroversix"), UNKNOWN),
    method("bitblas", "", Label::Bits("bitblas"), UNKNOWN),
    method("mlx", "", Label::Bits("mlx"), &[&l::MLX]),
    method("mlx", "mxfp4", Label::Word("mlx-mxfp4"), &[&l::MLX_FLOAT]),
    method("mlx", "nvfp4", Label::Word("mlx-nvfp4"), &[&l::MLX_FLOAT]),
    method("mlx", "mxfp8", Label::Word("mlx-mxfp8"), &[&l::MLX_FLOAT]),
    method(
        "gptq",
        IN_NAME,
        Label::Bits("gptq"),
        &[
            &l::GPTQ,
            &l::GPTQ_UNORDERED,
            &l::MARLIN,
            &l::PACKED_INT,
            &l::MARLIN_24,
        ],
    ),
    method(
        "awq",
        IN_NAME,
        Label::Bits("awq"),
        &[
            &l::AWQ,
            &l::AWQ_GEMV,
            &l::AWQ_GEMV_FAST,
            &l::MARLIN,
            &l::PACKED_INT,
            &l::SCALED_INT4,
            &l::GPTQ,
            &l::GPTQ_UNORDERED,
        ],
    ),
    method("bnb", IN_NAME, Label::Bits("bnb"), BNB),
    method(
        "nf4",
        IN_NAME,
        Label::Word("bnb-nf4"),
        &[&l::NF4, &l::PACKED_BNB],
    ),
    method(
        "fp8",
        IN_NAME,
        Label::Word("fp8"),
        &[
            &l::SCALED_FP8,
            &l::BLOCK_FP8,
            &l::PLAIN_FP8,
            &l::MXFP8,
            &l::MXFP8_INVERSE,
            &l::TORCHAO_FLOAT8,
            &l::QUANTO_FLOAT8,
        ],
    ),
    method(
        "mxfp8",
        IN_NAME,
        Label::Word("mxfp8"),
        &[&l::MXFP8, &l::MXFP8_INVERSE, &l::MLX_FLOAT],
    ),
    method(
        "mxfp4",
        IN_NAME,
        Label::Word("mxfp4"),
        &[
            &l::MXFP4_BLOCKS,
            &l::PACKED_MXFP4,
            &l::MXFP4,
            &l::PLAIN_FP4,
            &l::FP_QUANT,
            &l::MLX_FLOAT,
        ],
    ),
    method(
        "nvfp4",
        IN_NAME,
        Label::Word("nvfp4"),
        &[
            &l::NVFP4,
            &l::PACKED_NVFP4,
            &l::PLAIN_FP4,
            &l::FP_QUANT,
            &l::MLX_FLOAT,
        ],
    ),
    method(
        "int8",
        IN_NAME,
        Label::Word("int8"),
        &[
            &l::LLM_INT8,
            &l::SCALED_INT8,
            &l::EETQ,
            &l::QUANTO_INT8,
            &l::TORCHAO_INT8,
            &l::TORCHAO_INT,
            &l::GPTQ,
            &l::GPTQ_UNORDERED,
            &l::PACKED_INT,
            &l::HQQ,
        ],
    ),
    method(
        "int4",
        IN_NAME,
        Label::Word("int4"),
        &[
            &l::PACKED_INT,
            &l::MARLIN_24,
            &l::SCALED_INT4,
            &l::SCALED_INT8,
            &l::QUARK_INT4,
            &l::GPTQ,
            &l::GPTQ_UNORDERED,
            &l::MARLIN,
            &l::AWQ,
            &l::AWQ_GEMV,
            &l::AWQ_GEMV_FAST,
            &l::HQQ,
            &l::QUANTO_PACKED,
            &l::TORCHAO_INT8,
            &l::TORCHAO_INT,
        ],
    ),
    method("keras", "int8", Label::Word("int8"), &[&l::KERAS_INT8]),
    method("keras", "int4", Label::Word("int4"), &[&l::KERAS_INT4]),
    method("keras", "gptq", Label::Bits("gptq"), &[&l::KERAS_PACKED]),
    method("keras", "awq", Label::Bits("awq"), &[&l::KERAS_PACKED]),
    method("nncf", "", Label::Int, &[&l::NNCF]),
    method(
        "exl2",
        "",
        Label::BitsPerWeight("exl2"),
        &[&l::EXL2, &l::EXL2_OLD],
    ),
    method(
        "exl3",
        "",
        Label::BitsPerWeight("exl3"),
        &[&l::EXL3, &l::EXL3_OLD],
    ),
];

/// `quant_method` of compressed-tensors and of modelopt, which have many variants.
const CT: &str = "compressed-tensors";
const MO: &str = "modelopt";

/// What a claim means. A method that we do not know is called as it is written, and no layout of it
/// is known.
pub(crate) fn resolve(claim: &MethodClaim) -> Resolved<'_> {
    let of = |wanted: &str| {
        METHODS.iter().find(|method| {
            method.name.eq_ignore_ascii_case(&claim.method)
                && method.variant.eq_ignore_ascii_case(wanted)
        })
    };
    let bits = claim.scheme.bits;
    let by_bits = || bits.and_then(|bits| of(&bits.to_string()));
    let variant = claim.variant.as_deref();
    let by_class = || of(&label::weight_type(variant?));
    let method = variant
        .and_then(of)
        .or_else(by_class)
        .or_else(by_bits)
        .or_else(|| of(""));
    Resolved {
        label: method.map_or_else(
            || claim.method.clone(),
            |method| method.label.spell(bits, variant),
        ),
        layouts: method.map_or(UNKNOWN, |method| method.layouts),
        is_average: method.is_some_and(|method| method.label.is_average()),
        claim,
    }
}

const fn method(
    name: &'static str,
    variant: &'static str,
    label: Label,
    layouts: Layouts,
) -> Method {
    Method {
        name,
        variant,
        label,
        layouts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantization::Scheme;

    fn resolved(name: &str, bits: &str, variant: &str) -> (String, bool) {
        let claim = MethodClaim {
            method: name.to_owned(),
            variant: Some(variant.to_owned()).filter(|variant| !variant.is_empty()),
            scheme: Scheme {
                bits: bits.parse().ok().and_then(Bits::nearest),
                group_size: None,
            },
            ..MethodClaim::default()
        };
        let resolved = resolve(&claim);
        (
            resolved.label,
            METHODS
                .iter()
                .any(|method| method.name.eq_ignore_ascii_case(name)),
        )
    }

    #[test]
    fn every_layout_of_a_method_is_one_that_is_looked_for() {
        for method in METHODS {
            let mut layouts = method.layouts.iter();

            assert!(
                layouts.all(|layout| l::LAYOUTS.contains(layout)),
                "{}",
                method.name
            );
        }
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
                resolved(name, bits, variant),
                (label.to_owned(), true),
                "{name}"
            );
        }
    }

    #[test]
    fn a_method_we_do_not_know_is_called_as_it_is_written() {
        assert_eq!(resolved("Other", "4", ""), ("Other".to_owned(), false));
    }

    #[test]
    fn every_method_of_transformers_is_known() {
        for name in [
            "bitsandbytes",
            "gptq",
            "awq",
            "aqlm",
            "vptq",
            "quanto",
            "eetq",
            "higgs",
            "hqq",
            "compressed-tensors",
            "fbgemm_fp8",
            "torchao",
            "bitnet",
            "spqr",
            "fp8",
            "quark",
            "fp_quant",
            "auto-round",
            "mxfp4",
            "nvfp4",
            "mxfp8",
            "metal",
            "fouroversix",
            "sinq",
            "gemma",
        ] {
            assert!(resolved(name, "", "").1, "{name}");
        }
    }
}

//! Headers exactly as the libraries of quantization methods wrote them, and the verdicts on them.
//!
//! Each was written by the named version from a random model of two layers; one layer of it stands
//! here. Where the library only runs on a GPU, the module that its loader fills was saved.

use crate::companion::claims_in_text;
use crate::quantization::{Claimed, Tensor, assess};
use crate::record::Quantization;
use crate::record::QuantizationVerdict::{self, Consistent, Contradicted, Mixed};

use super::hugging_face::tensor;

/// What one library wrote.
struct Written {
    /// The library, its version, and where it says so.
    by: &'static str,
    /// `quantization_config` of its `config.json`, without keys that say nothing of weights.
    config: &'static str,
    /// `dtype` of its `config.json`.
    dtype: &'static str,
    /// Names after `model.layers.0.`, types and shapes of the tensors of a layer.
    layer: &'static str,
    /// The label, and the verdict on all claims.
    expected: (&'static str, QuantizationVerdict),
}

/// The experts of Mixtral as `transformers` 5.23.0 writes them: one parameter of their layer, which
/// no program that replaces linear layers sees.
const EXPERTS: &str = "block_sparse_moe.experts.0.w1.weight BF16 512x256
    block_sparse_moe.experts.0.w2.weight BF16 256x512
    block_sparse_moe.experts.0.w3.weight BF16 512x256
    block_sparse_moe.gate.weight BF16 4x256";

const NF4: &str = "self_attn.q_proj.weight U8 32768x1
    self_attn.q_proj.weight.absmax U8 1024
    self_attn.q_proj.weight.nested_absmax F32 4
    self_attn.q_proj.weight.nested_quant_map F32 256
    self_attn.q_proj.weight.quant_map F32 16
    self_attn.q_proj.weight.quant_state.bitsandbytes__nf4 U8 170";

const NF4_CONFIG: &str = r#"{"quant_method": "bitsandbytes", "load_in_4bit": true,
    "bnb_4bit_quant_type": "nf4", "bnb_4bit_quant_storage": "uint8", "llm_int8_skip_modules": null}"#;

const WRITTEN: &[Written] = &[
    Written {
        by: "bitsandbytes 0.50.2 with transformers 5.23.0, bnb_4bit_quant_storage=bfloat16",
        config: NF4_CONFIG,
        dtype: "bfloat16",
        layer: "mlp.up_proj.weight BF16 32768x1
            mlp.up_proj.weight.absmax F32 2048
            mlp.up_proj.weight.quant_map F32 16
            mlp.up_proj.weight.quant_state.bitsandbytes__nf4 U8 80",
        expected: ("bnb-nf4", Consistent),
    },
    Written {
        by: "gptqmodel 7.7.0, BitsAndBytesConfig (nn_modules/qlinear/bitsandbytes.py)",
        config: r#"{"quant_method": "bitsandbytes", "bits": 4, "format": "fp4",
            "checkpoint_format": "fp4", "group_size": -1, "block_size": 64}"#,
        dtype: "bfloat16",
        layer: "mlp.up_proj.weight U8 65536x1
            mlp.up_proj.weight_absmax U8 2048
            mlp.up_proj.weight_nested_absmax F32 8
            mlp.up_proj.weight_nested_quant_map F32 256
            mlp.up_proj.weight_quant_map F32 16
            mlp.up_proj.weight_quant_state U8 170",
        expected: ("bnb-fp4", Consistent),
    },
    Written {
        by: "gptqmodel 7.7.0, GGUFConfig (nn_modules/qlinear/gguf.py)",
        config: r#"{"quant_method": "gguf", "bits": 4, "format": "q_k_m",
            "checkpoint_format": "q_k_m"}"#,
        dtype: "bfloat16",
        layer: "mlp.up_proj.qweight U8 512x144",
        expected: ("gguf-4bit", Consistent),
    },
    Written {
        by: "transformers 5.23.0 (integrations/gemma_quant.py)",
        config: r#"{"quant_method": "gemma", "num_bits": 4, "quantize_embeddings": false,
            "module_quant_configs": null, "modules_to_not_convert": null}"#,
        dtype: "bfloat16",
        layer: "mlp.up_proj.weight U8 512x128
            mlp.up_proj.weight_scale F32 512x1
            mlp.up_proj.input_activation_scale F32 1
            mlp.up_proj.output_activation_scale F32 1",
        expected: ("gemma-4bit", Consistent),
    },
    Written {
        by: "transformers 5.23.0 with aqlm 1.1.7 (integrations/aqlm.py)",
        config: r#"{"quant_method": "aqlm", "in_group_size": 8, "out_group_size": 1,
            "num_codebooks": 1, "nbits_per_codebook": 16}"#,
        dtype: "bfloat16",
        layer: "mlp.up_proj.codes I16 512x32x1
            mlp.up_proj.codebooks F32 1x65536x1x8
            mlp.up_proj.scales F32 512x1x1x1",
        expected: ("aqlm-2bit", Consistent),
    },
    Written {
        by: "hqq 0.2.8 with transformers 4.57.6, which leaves the head in F32",
        config: r#"{"quant_method": "hqq", "skip_modules": ["lm_head"], "quant_config":
            {"weight_quant_params": {"nbits": 4, "group_size": 64, "axis": 1}}}"#,
        dtype: "float16",
        layer: "mlp.up_proj.W_q U8 1024x64
            mlp.up_proj.scale F32 2048x1
            mlp.up_proj.zero F32 2048x1
            mlp.up_proj.shape I64 2
            mlp.gate_proj.weight F16 64x256
            mlp.down_proj.weight F32 32x256",
        expected: ("hqq-4bit", Consistent),
    },
    Written {
        by: "auto-round 0.16.1 on a CPU, which stores in F32 what it leaves alone",
        config: r#"{"quant_method": "auto-round", "bits": 3, "group_size": 128, "sym": true,
            "packing_format": "auto_round:auto_gptq"}"#,
        dtype: "bfloat16",
        layer: "mlp.up_proj.qweight I32 24x512
            mlp.up_proj.qzeros I32 2x48
            mlp.up_proj.scales F16 2x512
            mlp.gate.weight F32 4x256",
        expected: ("auto-round-3bit", Mixed),
    },
    Written {
        by: "gptqmodel 7.7.0, ParoConfig (nn_modules/qlinear/paroquant.py), which needs a GPU",
        config: r#"{"quant_method": "paroquant", "bits": 4, "group_size": 128, "krot": 8,
            "format": "paroquant"}"#,
        dtype: "float16",
        layer: "mlp.up_proj.qweight I32 256x64
            mlp.up_proj.qzeros I32 2x64
            mlp.up_proj.scales F16 2x512
            mlp.up_proj.theta F16 8x128
            mlp.up_proj.pairs I16 8x256
            mlp.up_proj.channel_scales F16 1x256",
        expected: ("paroquant-4bit", Consistent),
    },
    Written {
        by: "optimum-quanto 0.2.7, qint4 (tensor/weights/qbits.py, quantization_map.json)",
        config: r#"{"quant_method": "quanto", "weights": "int4"}"#,
        dtype: "bfloat16",
        layer: "mlp.up_proj.weight._data._data U8 512x128
            mlp.up_proj.weight._scale BF16 1024x1
            mlp.up_proj.weight._shift BF16 1024x1
            mlp.up_proj.input_scale BF16 1
            mlp.up_proj.output_scale BF16 1",
        expected: ("quanto-int4", Consistent),
    },
    Written {
        by: "torchao 0.18.0 with transformers 5.23.0, Int8WeightOnlyConfig",
        config: r#"{"quant_method": "torchao", "quant_type": {"default":
            {"_type": "Int8WeightOnlyConfig", "_data": {"group_size": null}, "_version": 2}}}"#,
        dtype: "bfloat16",
        layer: "mlp.up_proj._weight_qdata I8 512x256
            mlp.up_proj._weight_scale F32 512x1
            mlp.up_proj._weight_zero_point I8 512x1",
        expected: ("torchao-int8", Consistent),
    },
    Written {
        by: "amd-quark 0.13, Uint8PerChannelSpec",
        config: r#"{"quant_method": "quark", "exclude": ["lm_head"], "export":
            {"pack_method": "reorder"}, "global_quant_config": {"weight":
            {"dtype": "uint8", "qscheme": "per_channel", "group_size": null}}}"#,
        dtype: "bfloat16",
        layer: "mlp.up_proj.weight U8 512x256
            mlp.up_proj.weight_scale BF16 512
            mlp.up_proj.weight_zero_point U8 512",
        expected: ("quark-int8", Consistent),
    },
    Written {
        by: "amd-quark 0.13, Int4PerChannelSpec",
        config: r#"{"quant_method": "quark", "exclude": ["lm_head"], "global_quant_config":
            {"weight": {"dtype": "int4", "qscheme": "per_channel", "group_size": null}}}"#,
        dtype: "bfloat16",
        layer: "mlp.up_proj.weight I32 512x32
            mlp.up_proj.weight_scale BF16 512
            mlp.up_proj.weight_zero_point I32 64",
        expected: ("quark-int4", Consistent),
    },
];

fn layer(text: &str) -> Vec<Tensor> {
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let word = |index: usize| words.get(index).copied().unwrap_or_default();
        let shape: Vec<u64> = word(2).split('x').flat_map(str::parse).collect();
        tensor(&format!("model.layers.0.{}", word(0)), word(1), &shape)
    });
    lines.collect()
}

fn assessed(tensors: &[Tensor], config: Option<&str>, dtype: &str) -> Quantization {
    let claimed = config.and_then(|config| claims_in_text("config.json", config));
    let dtype = Claimed::Dtype(dtype.to_owned());
    let claims: Vec<Claimed> = claimed.into_iter().chain([dtype]).collect();
    assess(tensors, &claims)
}

#[test]
fn what_a_library_wrote_is_as_it_claims() {
    for written in WRITTEN {
        let found = assessed(&layer(written.layer), Some(written.config), written.dtype);

        let (label, verdict) = written.expected;
        assert_eq!(found.verdict, verdict, "{}", written.by);
        assert_eq!(found.label.as_deref(), Some(label), "{}", written.by);
    }
}

#[test]
fn what_a_library_wrote_is_no_other_method() {
    let other = r#"{"quant_method": "fp8", "weight_block_size": [128, 128]}"#;
    for written in WRITTEN {
        let found = assessed(&layer(written.layer), Some(other), written.dtype);

        assert_eq!(found.verdict, Contradicted, "{}", written.by);
    }
}

#[test]
fn floats_that_hold_packed_weights_are_not_what_a_dtype_claims() {
    let Some(storage) = WRITTEN.first() else {
        return;
    };
    let found = assessed(&layer(storage.layer), None, "bfloat16");

    assert_eq!(found.verdict, Contradicted);
    assert_eq!(found.label.as_deref(), Some("bnb-nf4"));
}

#[test]
fn experts_that_a_method_does_not_see_are_told_and_contradict_nothing() {
    let text = format!("{NF4}\n{EXPERTS}");
    let found = assessed(&layer(&text), Some(NF4_CONFIG), "bfloat16");

    assert_eq!(found.verdict, Mixed);
    assert_eq!(found.label.as_deref(), Some("BF16"));
    let unexplained: Vec<_> = found
        .tensor_types
        .iter()
        .filter(|row| row.unexplained_tensors > 0)
        .map(|row| (row.name.as_str(), row.unexplained_tensors))
        .collect();
    assert_eq!(unexplained, [("BF16", 3)]);
}

#[test]
fn experts_count_against_a_method_that_holds_some_of_them_or_nothing() {
    let some = format!(
        "{}\n{EXPERTS}",
        NF4.replace("self_attn.q_proj", "mlp.experts.1.w1")
    );
    let found = assessed(&layer(&some), Some(NF4_CONFIG), "bfloat16");
    assert_eq!(found.verdict, Contradicted);

    let found = assessed(&layer(EXPERTS), Some(NF4_CONFIG), "bfloat16");
    assert_eq!(found.verdict, Contradicted);
}

#[test]
fn floats_of_eight_bits_have_eight_bits() {
    let config = |bits: u8| {
        format!(
            r#"{{"quant_method": "compressed-tensors", "format": "float-quantized",
                "config_groups": {{"group_0": {{"targets": ["Linear"],
                "weights": {{"num_bits": {bits}, "type": "float"}}}}}}}}"#
        )
    };
    let tensors = layer("mlp.up_proj.weight F8_E4M3 512x256\nmlp.up_proj.weight_scale BF16 512x1");

    let found = assessed(&tensors, Some(&config(8)), "bfloat16");
    assert_eq!(found.verdict, Consistent);
    let found = assessed(&tensors, Some(&config(4)), "bfloat16");
    assert_eq!(found.verdict, Contradicted);
}

#[test]
fn two_bits_of_quanto_are_not_four() {
    let tensors = layer(
        "mlp.up_proj.weight._data._data U8 256x128
        mlp.up_proj.weight._scale BF16 1024x1
        mlp.up_proj.weight._shift BF16 1024x1",
    );
    let config = |bits: u8| format!(r#"{{"quant_method": "quanto", "weights": "int{bits}"}}"#);

    let found = assessed(&tensors, Some(&config(2)), "bfloat16");
    assert_eq!(found.verdict, Consistent);
    let found = assessed(&tensors, Some(&config(4)), "bfloat16");
    assert_eq!(found.verdict, Contradicted);
}

#[test]
fn bits_per_weight_are_told_of_what_is_not_packed() {
    for (by, bits) in [
        ("torchao", 8.156_25),
        ("amd-quark 0.13, Uint8", 8.0937),
        ("amd-quark 0.13, Int4", 4.0781),
    ] {
        let written = WRITTEN.iter().find(|written| written.by.starts_with(by));
        let tensors = written
            .map(|written| layer(written.layer))
            .unwrap_or_default();
        let found = assessed(&tensors, None, "bfloat16").bits_per_weight;

        assert!(
            found.is_some_and(|found| (found - bits).abs() < 0.001),
            "{by}: {found:?}"
        );
    }
}

/// microsoft/bitnet-b1.58-2B-4T-bf16 says so; `BitNetQuantConfig` of `transformers` 5.23.0 tells
/// what it means.
#[test]
fn weights_that_are_quantized_when_they_are_used_are_claimed_to_be_plain() {
    let tensors = layer("mlp.up_proj.weight BF16 512x256");
    let config = |mode: &str| {
        format!(
            r#"{{"quant_method": "bitnet", "linear_class": "autobitlinear",
                "quantization_mode": "{mode}"}}"#
        )
    };

    let found = assessed(&tensors, Some(&config("online")), "bfloat16");
    assert_eq!(found.verdict, Consistent);
    let found = assessed(&tensors, Some(&config("offline")), "bfloat16");
    assert_eq!(found.verdict, Contradicted);
}

//! Safetensors files as the libraries of quantization methods write them.

use crate::companion::claims_in_text;
use crate::quantization::{
    Bits, Claimed, MethodClaim, Scheme, Tensor, assess, dtypes, method_in_name,
};
use crate::record::QuantizationVerdict::{Consistent, Contradicted, Mixed, NoEvidence, Unclaimed};

use super::{unexplained, verdict};

/// A tensor of a type that exists; the shape has the row last.
pub(super) fn tensor(name: &str, type_name: &str, shape: &[u64]) -> Tensor {
    let dtype = dtypes::dtype(type_name);
    assert!(dtype.is_some(), "{type_name} is no type of safetensors");
    let elements: u64 = shape.iter().product();
    Tensor {
        name: name.into(),
        type_name: dtype.map_or("", |dtype| dtype.name),
        row: shape.last().copied().unwrap_or(1),
        dimensions: u8::try_from(shape.len()).unwrap_or(u8::MAX),
        elements,
        bytes: elements * dtype.map_or(0, |dtype| dtype.bits) / 8,
    }
}

/// What every model has around its layers.
fn model(layer: Vec<Tensor>) -> Vec<Tensor> {
    let mut tensors = vec![
        tensor("model.embed_tokens.weight", "BF16", &[32000, 512]),
        tensor("model.norm.weight", "BF16", &[512]),
        tensor("lm_head.weight", "BF16", &[32000, 512]),
    ];
    tensors.extend(layer);
    tensors
}

fn plain(type_name: &str) -> Vec<Tensor> {
    vec![tensor("l.weight", type_name, &[1024, 512])]
}

/// The tensors of a layer of 512 inputs and 1024 outputs, as a line of [`WRITTEN`] lists them.
fn layer(text: &str) -> Vec<Tensor> {
    let tensors = text.split(',').map(|each| {
        let words: Vec<&str> = each.split_whitespace().collect();
        let shape: Vec<u64> = words
            .get(2)
            .map(|shape| {
                shape
                    .split('x')
                    .filter_map(|size| size.parse().ok())
                    .collect()
            })
            .unwrap_or_default();
        let name = words.first().unwrap_or(&"");
        let separator = if name.starts_with('_') { "" } else { "." };
        tensor(
            &format!("model.layers.0.mlp.up{separator}{name}"),
            words.get(1).unwrap_or(&""),
            &shape,
        )
    });
    tensors.collect()
}

/// What each method writes of a layer of 512 inputs and 1024 outputs: its label, its configuration,
/// its tensors, and how many bits each weight of the layer takes, where the header tells.
const WRITTEN: &[(&str, &str, &str, Option<f64>)] = &[
    (
        "gptq-4bit",
        r#"{"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": true}"#,
        "qweight I32 64x1024, qzeros I32 4x128, scales F16 4x1024, g_idx I32 512",
        Some(4.1875),
    ),
    (
        "gptq-3bit",
        r#"{"quant_method": "gptq", "bits": 3, "checkpoint_format": "gptq_v2"}"#,
        "qweight I32 48x1024, qzeros I32 4x96, scales F16 4x1024, g_idx I32 512",
        Some(3.179_687_5),
    ),
    (
        "gptq-8bit",
        r#"{"quant_method": "gptq", "bits": 8, "group_size": 128}"#,
        "qweight I32 128x1024, qzeros I32 4x256, scales F16 4x1024",
        Some(8.1875),
    ),
    (
        "gptq-4bit",
        r#"{"quant_method": "gptq", "bits": 4, "is_marlin_format": true}"#,
        "B I32 32x2048, s F16 4x1024",
        Some(4.125),
    ),
    (
        "auto-round-4bit",
        r#"{"quant_method": "auto-round", "bits": 4, "packing_format": "auto_round:auto_gptq"}"#,
        "qweight I32 64x1024, qzeros I32 4x128, scales F16 4x1024, g_idx I32 512",
        Some(4.1875),
    ),
    (
        "auto-round-4bit",
        r#"{"quant_method": "auto-round", "bits": 4, "packing_format": "auto_round:auto_awq"}"#,
        "qweight I32 512x128, qzeros I32 4x128, scales F16 4x1024",
        Some(4.156_25),
    ),
    (
        "awq-4bit",
        r#"{"quant_method": "awq", "bits": 4, "version": "gemm", "zero_point": true}"#,
        "qweight I32 512x128, qzeros I32 4x128, scales F16 4x1024",
        Some(4.156_25),
    ),
    (
        "awq-4bit",
        r#"{"quant_method": "awq", "bits": 4, "group_size": 128, "version": "gemv"}"#,
        "qweight I32 1024x64, qzeros I32 1024x1, scales F16 1024x4",
        Some(4.1875),
    ),
    (
        "bnb-nf4",
        r#"{"quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_quant_type": "nf4"}"#,
        "weight U8 262144x1, weight.absmax U8 8192, weight.quant_map F32 16,
         weight.nested_absmax F32 32, weight.nested_quant_map F32 256,
         weight.quant_state.bitsandbytes__nf4 U8 85",
        Some(4.144_5),
    ),
    (
        "bnb-nf4",
        r#"{"load_in_4bit": true, "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_quant_storage": "bfloat16"}"#,
        "weight BF16 131072x1, weight.absmax F32 8192, weight.quant_map F32 16,
         weight.quant_state.bitsandbytes__nf4 U8 85",
        None,
    ),
    (
        "bnb-fp4",
        r#"{"quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_quant_type": "fp4"}"#,
        "weight U8 262144x1, weight.absmax F32 8192, weight.quant_map F32 16,
         weight.quant_state.bitsandbytes__fp4 U8 85",
        Some(4.502_273_559_570_312),
    ),
    (
        "bnb-int8",
        r#"{"quant_method": "bitsandbytes", "load_in_8bit": true}"#,
        "weight I8 1024x512, SCB F32 1024, weight_format U8 1",
        Some(8.062_515_258_789_062),
    ),
    (
        "int4",
        r#"{"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups":
            {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "group_size": 128}}}}"#,
        "weight_packed I32 1024x64, weight_scale BF16 1024x4, weight_shape I64 2",
        Some(4.125_244_140_625),
    ),
    (
        "int4",
        r#"{"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups":
            {"group_0": {"weights": {"num_bits": 4, "strategy": "channel"}}}}"#,
        "weight_packed I32 1024x64, weight_scale BF16 1024x1, weight_shape I64 2",
        None,
    ),
    (
        "int4",
        r#"{"quant_method": "compressed-tensors", "format": "marlin-24", "config_groups":
            {"group_0": {"weights": {"num_bits": 4, "group_size": 128}}}}"#,
        "weight_packed I32 16x2048, scale_packed F16 4x1024, meta I16 32x1024",
        None,
    ),
    (
        "int8",
        r#"{"quant_method": "compressed-tensors", "format": "int-quantized", "config_groups":
            {"group_0": {"weights": {"num_bits": 8, "type": "int"}}}}"#,
        "weight I8 1024x512, weight_scale BF16 1024x1",
        Some(8.031_25),
    ),
    (
        "fp8",
        r#"{"quant_method": "compressed-tensors", "config_groups": {"group_0": {"targets":
            ["Linear"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel"}}}}"#,
        "weight F8_E4M3 1024x512, weight_scale BF16 1024x1",
        None,
    ),
    (
        "nvfp4",
        r#"{"quant_method": "compressed-tensors", "format": "nvfp4-pack-quantized"}"#,
        "weight_packed U8 1024x256, weight_scale F8_E4M3 1024x32, weight_global_scale F32 1,
         input_global_scale F32 1",
        Some(4.500_122_070_312_5),
    ),
    (
        "mxfp4",
        r#"{"quant_method": "compressed-tensors", "format": "mxfp4-pack-quantized"}"#,
        "weight_packed U8 1024x256, weight_scale U8 1024x16",
        Some(4.25),
    ),
    (
        "mxfp8",
        r#"{"quant_method": "compressed-tensors", "format": "mxfp8-quantized"}"#,
        "weight F8_E4M3 1024x512, weight_scale U8 1024x16",
        Some(8.25),
    ),
    (
        "fp8",
        r#"{"quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic"}"#,
        "weight F8_E4M3 1024x512, weight_scale_inv F32 8x4",
        None,
    ),
    (
        "fp8",
        r#"{"quant_method": "fbgemm_fp8", "activation_scale_ub": 1200}"#,
        "weight F8_E4M3 1024x512, weight_scale F32 1024x1, input_scale_ub F32 1",
        None,
    ),
    (
        "mxfp8",
        r#"{"quant_method": "mxfp8"}"#,
        "weight F8_E4M3 1024x512, weight_scale_inv U8 1024x16",
        Some(8.25),
    ),
    (
        "mxfp4",
        r#"{"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn"]}"#,
        "experts.gate_up_proj_blocks U8 4x1024x16x16, experts.gate_up_proj_scales U8 4x1024x16,
         experts.gate_up_proj_bias BF16 4x1024",
        None,
    ),
    (
        "fp8",
        r#"{"quant_method": "modelopt", "quant_algo": "FP8"}"#,
        "weight F8_E4M3 1024x512, weight_scale F32 1, input_scale F32 1",
        None,
    ),
    (
        "nvfp4",
        r#"{"quant_method": "modelopt", "quant_algo": "NVFP4", "group_size": 16}"#,
        "weight U8 1024x256, weight_scale F8_E4M3 1024x32, weight_scale_2 F32 1, input_scale F32 1",
        Some(4.500_122_070_312_5),
    ),
    (
        "int4",
        r#"{"quant_method": "modelopt", "quant_algo": "W4A16_AWQ"}"#,
        "weight U8 512x512, weight_scale F16 1024x4, pre_quant_scale F16 512",
        Some(4.140_625),
    ),
    (
        "int8",
        r#"{"quant_method": "modelopt", "quant_algo": "W8A8_SQ_PER_CHANNEL"}"#,
        "weight I8 1024x512, weight_scale F32 1024, pre_quant_scale F16 512, input_scale F32 1",
        Some(8.078_186_035_156_25),
    ),
    (
        "mxfp4",
        r#"{"quant_method": "modelopt", "quant_algo": "W4A8_MXFP4_FP8"}"#,
        "weight U8 1024x256, weight_scale U8 1024x16, input_scale F32 1",
        Some(4.250_061_035_156_25),
    ),
    (
        "quark-int4",
        r#"{"quant_method": "quark", "global_quant_config": {"weight": {"dtype": "int4"}}}"#,
        "weight I32 512x128, weight_scale BF16 4x1024, weight_zero_point I32 4x128",
        Some(4.156_25),
    ),
    (
        "quark-fp8",
        r#"{"quant_method": "quark", "global_quant_config": {"weight": {"dtype": "fp8_e4m3"}}}"#,
        "weight F8_E4M3 1024x512, weight_scale F32 1, input_scale F32 1",
        None,
    ),
    (
        "hqq-4bit",
        r#"{"quant_method": "hqq", "quant_config":
            {"weight_quant_params": {"nbits": 4, "group_size": 64, "axis": 1}}}"#,
        "W_q U8 4096x64, scale F16 8192x1, zero F16 8192x1, nbits I32 1, shape I32 2",
        Some(4.500_122_070_312_5),
    ),
    (
        "quanto-int8",
        r#"{"quant_method": "quanto", "weights": "int8", "activations": null}"#,
        "weight._data I8 1024x512, weight._scale BF16 1024x1, input_scale BF16 1",
        None,
    ),
    (
        "quanto-int4",
        r#"{"quant_method": "quanto", "weights": "int4"}"#,
        "weight._data._data U8 2048x128, weight._scale BF16 4096x1, weight._shift BF16 4096x1",
        Some(4.25),
    ),
    (
        "quanto-float8",
        r#"{"quant_method": "quanto", "weights": "float8"}"#,
        "weight._data F8_E4M3 1024x512, weight._scale BF16 1024x1",
        None,
    ),
    (
        "torchao-float8",
        r#"{"quant_method": "torchao", "quant_type": {"default":
            {"_type": "Float8DynamicActivationFloat8WeightConfig", "_data": {}}}}"#,
        "weight_qdata F8_E4M3 1024x512, weight_scale F32 1024x1",
        None,
    ),
    (
        "torchao-int4",
        r#"{"quant_method": "torchao", "quant_type": "int4_weight_only"}"#,
        "weight_qdata U8 1024x256, weight_scale BF16 4x1024, weight_zero_point BF16 4x1024",
        None,
    ),
    (
        "eetq-int8",
        r#"{"quant_method": "eetq", "weights": "int8"}"#,
        "weight I8 512x1024, weight_scales F16 1024",
        Some(8.031_25),
    ),
    (
        "aqlm-2bit",
        r#"{"quant_method": "aqlm", "num_codebooks": 1, "nbits_per_codebook": 16,
            "in_group_size": 8, "out_group_size": 1}"#,
        "codes I16 1024x64x1, codebooks F16 1x16x1x8, scales F16 1024x1x1x1",
        None,
    ),
    (
        "vptq-2bit",
        r#"{"quant_method": "vptq", "config_for_layers": {"model.layers.0.mlp.up":
            {"vector_lens": [-1, 8], "num_centroids": [-1, 65536]}}}"#,
        "indices I16 1x1x65536, centroids.weight F16 1x8192, perm I16 512",
        None,
    ),
    (
        "spqr-3bit",
        r#"{"quant_method": "spqr", "bits": 3, "beta1": 16, "beta2": 16}"#,
        "dense_weights I64 131072, row_offsets I32 1025, col_vals I32 900, in_perm I16 512",
        None,
    ),
    (
        "higgs-4bit",
        r#"{"quant_method": "higgs", "bits": 4, "p": 2, "group_size": 256}"#,
        "weight I16 256x512, scales F16 1024x2, tables F16 256x2, tables2 F16 256x2x2",
        None,
    ),
    (
        "bitnet",
        r#"{"quant_method": "bitnet", "linear_class": "bitlinear"}"#,
        "weight U8 256x512, weight_scale BF16 1",
        Some(2.000_030_517_578_125),
    ),
    (
        "fp_quant-mxfp4",
        r#"{"quant_method": "fp_quant", "forward_dtype": "mxfp4"}"#,
        "qweight U8 1024x256, scales U8 1024x16",
        Some(4.25),
    ),
    (
        "metal-4bit",
        r#"{"quant_method": "metal", "bits": 4, "group_size": 64}"#,
        "weight U32 1024x64, scales BF16 1024x8, qbiases BF16 1024x8",
        Some(4.5),
    ),
    (
        "mlx-4bit",
        r#"{"bits": 4, "group_size": 64, "mode": "affine"}"#,
        "weight U32 1024x64, scales BF16 1024x8, biases BF16 1024x8",
        Some(4.5),
    ),
    (
        "mlx-6bit",
        r#"{"bits": 6, "group_size": 32}"#,
        "weight U32 1024x96, scales BF16 1024x16, biases BF16 1024x16",
        Some(7.0),
    ),
    (
        "mlx-mxfp4",
        r#"{"bits": 4, "group_size": 32, "mode": "mxfp4"}"#,
        "weight U32 1024x64, scales U8 1024x16",
        Some(4.25),
    ),
    (
        "exl2-5.0bpw",
        r#"{"quant_method": "exl2", "bits": 5.0, "head_bits": 6}"#,
        "q_weight I32 80x1024, q_scale I32 4x128, q_scale_max F16 4, q_groups I16 8,
         q_invperm I32 512",
        Some(5.062_866_210_937_5),
    ),
    (
        "exl3-4.0bpw",
        r#"{"quant_method": "exl3", "bits": 4.0, "head_bits": 6, "codebook": "mcg"}"#,
        "trellis I16 32x64x64, suh F16 512, svh F16 1024",
        Some(4.046_875),
    ),
];

/// What a configuration claims.
fn claim(json: &str) -> Claimed {
    let claimed = claims_in_text("config.json: quantization_config", json);
    assert!(claimed.is_some(), "{json}");
    claimed.unwrap_or_else(|| dtype("auto"))
}

/// The tensors of the first line of [`WRITTEN`] of this label.
fn written(label: &str) -> Vec<Tensor> {
    let line = WRITTEN.iter().find(|(written, ..)| *written == label);
    assert!(line.is_some(), "{label}");
    line.map(|(_, _, tensors, _)| layer(tensors))
        .unwrap_or_default()
}

fn gptq() -> Vec<Tensor> {
    written("gptq-4bit")
}

fn awq() -> Vec<Tensor> {
    written("awq-4bit")
}

fn nf4() -> Vec<Tensor> {
    written("bnb-nf4")
}

fn method(method: &str, bits: Option<u64>, variant: Option<&str>) -> Claimed {
    Claimed::Method(Box::new(MethodClaim {
        method: method.to_owned(),
        variant: variant.map(str::to_owned),
        scheme: Scheme {
            bits: bits.and_then(Bits::whole),
            group_size: None,
        },
        source: "config.json: quantization_config".to_owned(),
        ..MethodClaim::default()
    }))
}

fn dtype(name: &str) -> Claimed {
    Claimed::Dtype(name.to_owned())
}

#[test]
#[cfg_attr(miri, ignore = "takes minutes")]
fn what_a_method_writes_is_consistent_with_its_claim() {
    for (label, config, tensors, bits) in WRITTEN {
        let assessed = assess(&model(layer(tensors)), &[claim(config)]);

        assert_eq!(assessed.verdict, Consistent, "{config}");
        assert_eq!(assessed.label.as_deref(), Some(*label), "{config}");
        if let Some(bits) = bits {
            let found = assess(&layer(tensors), &[claim(config)]).bits_per_weight;
            let is_so = found.is_some_and(|found| (found - bits).abs() < 0.001);
            assert!(is_so, "{config}: {found:?}");
        }
    }
    assert!(WRITTEN.len() >= 45);
}

/// Labels of what is stored alike, whichever is claimed of the other.
const ALIKE: &[(&str, &str)] = &[
    ("auto-round-4bit", "awq-4bit"),
    ("auto-round-4bit", "gptq-4bit"),
    ("awq-4bit", "auto-round-4bit"),
    ("fp8", "quark-fp8"),
    ("gptq-4bit", "auto-round-4bit"),
    ("mxfp8", "fp8"),
    ("mxfp8", "quark-fp8"),
    ("quanto-float8", "fp8"),
    ("quark-fp8", "fp8"),
    ("torchao-float8", "fp8"),
];

#[test]
#[cfg_attr(miri, ignore = "takes minutes")]
fn another_label_for_what_a_method_wrote_is_contradicted() {
    let mut contradicted = 0;
    for (label, config, tensors, _) in WRITTEN {
        for (other, claimed, ..) in WRITTEN.iter().filter(|(other, ..)| other != label) {
            if !ALIKE.contains(&(*label, *other)) {
                let found = verdict(&model(layer(tensors)), claim(claimed));

                assert_eq!(found, Contradicted, "{config} as {claimed}");
                contradicted += 1;
            }
        }
    }
    assert!(contradicted > 2000, "{contradicted}");
}

#[test]
fn a_model_that_nobody_quantized_contradicts_every_method() {
    for (_, config, ..) in WRITTEN {
        let assessed = assess(&model(plain("BF16")), &[claim(config)]);

        assert_eq!(assessed.verdict, Contradicted, "{config}");
        assert_eq!(assessed.label.as_deref(), Some("BF16"), "{config}");
    }
}

#[test]
fn the_shapes_must_agree_with_the_bits() {
    assert_eq!(
        verdict(&model(gptq()), method("gptq", Some(8), None)),
        Contradicted
    );
    assert_eq!(
        verdict(&model(awq()), method("awq", Some(3), None)),
        Contradicted
    );
    assert_eq!(
        verdict(&model(gptq()), method("gptq", None, None)),
        Consistent
    );
}

#[test]
fn one_method_is_no_evidence_of_another() {
    assert_eq!(
        verdict(&model(awq()), method("gptq", Some(4), None)),
        Contradicted
    );
    assert_eq!(
        verdict(&model(gptq()), method("awq", Some(4), None)),
        Contradicted
    );
    assert_eq!(
        verdict(&model(nf4()), method("bitsandbytes", Some(4), Some("fp4"))),
        Contradicted
    );
}

#[test]
fn layers_of_another_quantized_type_are_mixed() {
    let mut tensors = model(gptq());
    tensors.push(tensor("m.weight", "F8_E4M3", &[64, 512]));
    let claim = method("gptq", Some(4), None);

    assert_eq!(verdict(&tensors, claim.clone()), Mixed);
    assert_eq!(unexplained(&tensors, claim), [("F8_E4M3".to_owned(), 1)]);
}

#[test]
fn a_few_layers_left_alone_are_part_of_a_method() {
    let mut tensors = model(gptq());
    tensors.push(tensor("mlp.gate.weight", "BF16", &[64, 512]));

    assert_eq!(verdict(&tensors, method("gptq", Some(4), None)), Consistent);
}

#[test]
fn a_method_must_hold_most_of_the_layers() {
    let mut tensors = model(gptq());
    tensors.push(tensor("m.weight", "BF16", &[2048, 512]));

    assert_eq!(
        verdict(&tensors, method("gptq", Some(4), None)),
        Contradicted
    );
}

#[test]
fn a_dtype_beside_a_method_is_about_what_the_method_leaves_alone() {
    let claims = [dtype("bfloat16"), method("gptq", Some(4), None)];
    let assessed = assess(&model(gptq()), &claims);

    assert_eq!(assessed.verdict, Consistent);
    assert_eq!(assessed.label.as_deref(), Some("gptq-4bit"));

    let wrong = assess(
        &model(gptq()),
        &[dtype("float32"), method("gptq", Some(4), None)],
    );

    assert_eq!(wrong.verdict, Contradicted);
    assert_eq!(wrong.label.as_deref(), Some("gptq-4bit"));
}

#[test]
fn a_dtype_beside_a_method_that_takes_everything_has_no_evidence() {
    let claims = [dtype("bfloat16"), method("gptq", Some(4), None)];
    let assessed = assess(&gptq(), &claims);

    assert_eq!(
        assessed
            .claims
            .iter()
            .map(|claim| claim.verdict)
            .collect::<Vec<_>>(),
        [NoEvidence, Consistent]
    );
    assert_eq!(assessed.verdict, Consistent);
}

#[test]
fn a_dtype_alone_must_explain_every_matrix() {
    assert_eq!(
        verdict(&model(plain("BF16")), dtype("bfloat16")),
        Consistent
    );
    assert_eq!(
        verdict(&model(plain("F32")), dtype("bfloat16")),
        Contradicted
    );
    assert_eq!(verdict(&model(gptq()), dtype("bfloat16")), Contradicted);

    let mut tensors = model(plain("BF16"));
    tensors.push(tensor("mlp.gate.weight", "F32", &[64, 512]));

    assert_eq!(verdict(&tensors, dtype("bfloat16")), Mixed);
}

#[test]
fn a_dtype_left_to_the_loader_claims_nothing() {
    let assessed = assess(&model(plain("BF16")), &[dtype("auto")]);

    assert_eq!(assessed.verdict, Unclaimed);
    assert_eq!(assessed.label.as_deref(), Some("BF16"));
}

#[test]
fn what_lies_in_ways_we_do_not_know_contradicts_nothing() {
    let unknown = || layer("weight I32 64x1024, odd_scale F16 4x1024");
    for (config, tensors) in [
        (
            r#"{"quant_method": "sinq", "nbits": 4}"#,
            layer("W_q U8 512x512, scales F16 8x1024"),
        ),
        (r#"{"quant_method": "of tomorrow", "bits": 4}"#, unknown()),
        (r#"{"quant_method": "gptq", "bits": 4}"#, unknown()),
        (r#"{"quant_method": "fp8"}"#, unknown()),
        (r#"{"quant_method": "of tomorrow"}"#, plain("F8_E4M3")),
    ] {
        let claims = [dtype("bfloat16"), claim(config)];
        let assessed = assess(&model(tensors), &claims);

        assert_eq!(assessed.verdict, NoEvidence, "{config}");
    }
}

#[test]
fn what_nobody_quantized_contradicts_a_method_we_do_not_know() {
    assert_eq!(
        verdict(
            &model(plain("BF16")),
            claim(r#"{"quant_method": "of tomorrow"}"#)
        ),
        Contradicted
    );
}

#[test]
fn a_method_is_recognised_where_nobody_claims_it() {
    for (label, tensors) in [
        ("gptq-4bit", gptq()),
        ("awq-4bit", awq()),
        ("bnb-nf4", nf4()),
        ("nvfp4", written("nvfp4")),
        ("exl3", written("exl3-4.0bpw")),
        ("fp8", written("fp8")),
        ("hqq", written("hqq-4bit")),
    ] {
        let assessed = assess(&model(tensors), &[]);

        assert_eq!(assessed.verdict, Unclaimed);
        assert_eq!(assessed.label.as_deref(), Some(label));
    }
    let mut mixed = gptq();
    mixed.push(tensor("m.weight", "F8_E4M3", &[64, 512]));
    assert_eq!(assess(&mixed, &[]).label.as_deref(), Some("I32"));
}

#[test]
fn layers_that_are_said_to_be_left_alone_do_not_count_against_a_method() {
    let mut tensors = model(gptq());
    tensors.push(tensor("visual.blocks.0.weight", "BF16", &[1000, 512]));
    tensors.push(tensor("model.layers.0.mlp.gate.weight", "BF16", &[64, 512]));
    let said = r#"{"quant_method": "gptq", "bits": 4, "modules_to_not_convert": ["visual"]}"#;

    assert_eq!(verdict(&tensors, claim(said)), Consistent);

    // More than half of the weights would be another model's, however it is said.
    tensors.push(tensor("visual.blocks.1.weight", "BF16", &[1000, 512]));

    assert_eq!(verdict(&tensors, claim(said)), Mixed);
    assert_eq!(unexplained(&tensors, claim(said)), [("BF16".to_owned(), 2)]);
    let unsaid = r#"{"quant_method": "gptq", "bits": 4}"#;
    assert_eq!(verdict(&tensors, claim(unsaid)), Contradicted);
}

#[test]
fn a_method_that_leaves_everything_alone_has_no_evidence() {
    let said = r#"{"quant_method": "gptq", "bits": 4, "modules_to_not_convert": ["*"]}"#;
    let assessed = assess(&model(plain("BF16")), &[claim(said)]);

    assert_eq!(assessed.verdict, NoEvidence);
    assert_eq!(assessed.label.as_deref(), Some("BF16"));
}

#[test]
fn single_layers_may_have_other_bits_where_that_is_said() {
    let mut tensors = layer("weight U32 1024x64, scales BF16 1024x8, biases BF16 1024x8");
    for (name, type_name, shape) in [
        ("model.layers.1.mlp.down.weight", "U32", [1024, 96]),
        ("model.layers.1.mlp.down.scales", "BF16", [1024, 8]),
        ("model.layers.1.mlp.down.biases", "BF16", [1024, 8]),
    ] {
        tensors.push(tensor(name, type_name, &shape));
    }
    let said = r#"{"bits": 4, "group_size": 64, "model.layers.1.mlp.down": {"bits": 6}}"#;

    assert_eq!(verdict(&tensors, claim(said)), Consistent);
    let unsaid = r#"{"bits": 4, "group_size": 64}"#;
    assert_eq!(verdict(&tensors, claim(unsaid)), Mixed);
    assert_eq!(
        unexplained(&tensors, claim(unsaid)),
        [("U32".to_owned(), 1)]
    );
}

#[test]
fn bits_of_all_layers_together_must_be_near_those_claimed() {
    let exl3 = |bits: &str| claim(&format!(r#"{{"quant_method": "exl3", "bits": {bits}}}"#));
    let tensors = model(written("exl3-4.0bpw"));

    for near in ["3.5", "4", "4.25"] {
        assert_eq!(verdict(&tensors, exl3(near)), Consistent, "{near}");
    }
    for far in ["2.0", "3.25", "6"] {
        assert_eq!(verdict(&tensors, exl3(far)), Contradicted, "{far}");
    }
}

#[test]
fn a_short_claim_is_called_like_the_exact_one_that_it_agrees_with() {
    let named = |name: &str| {
        let claim = method_in_name(name, "directory name");
        Claimed::Method(Box::new(claim.unwrap_or_default()))
    };
    let exact = claim(r#"{"quant_method": "gptq", "bits": 4}"#);
    for (name, called) in [
        ("llama-GPTQ", "gptq-4bit"),
        ("llama-GPTQ-Int4", "gptq-4bit"),
        ("llama-int4", "gptq-4bit"),
        ("llama-GPTQ-Int8", "gptq-8bit"),
    ] {
        let assessed = assess(&model(gptq()), &[exact.clone(), named(name)]);

        let values: Vec<_> = assessed
            .claims
            .iter()
            .map(|claim| claim.value.as_str())
            .collect();
        assert_eq!(values, ["gptq-4bit", called]);
        let verdict = if name.ends_with("Int8") {
            Contradicted
        } else {
            Consistent
        };
        assert_eq!(assessed.verdict, verdict, "{name}");
    }
}

#[test]
fn a_name_is_read_in_the_words_of_its_format() {
    let name = |label: &str| Claimed::Name {
        label: label.to_owned(),
        source: "file name",
    };

    assert_eq!(verdict(&model(plain("BF16")), name("BF16")), Consistent);
    assert_eq!(verdict(&model(plain("BF16")), name("Q4_K_M")), Contradicted);
}

#[test]
fn bits_per_weight_are_told_where_the_packing_is() {
    let bits = |tensors: &[Tensor]| assess(tensors, &[]).bits_per_weight;
    // 64 * 1024 * 4 + 4 * 128 * 4 + 4 * 1024 * 2 + 512 * 4 bytes hold 512 * 1024 weights.
    assert_eq!(bits(&gptq()), Some(8.0 * 274_432.0 / 524_288.0));
    assert_eq!(bits(&plain("BF16")), Some(16.0));
    assert_eq!(bits(&plain("F4")), Some(4.0));

    let packed = [
        tensor("l.weight_packed", "I32", &[1024, 64]),
        tensor("l.weight_shape", "I64", &[2]),
    ];

    assert_eq!(bits(&packed), None);
}

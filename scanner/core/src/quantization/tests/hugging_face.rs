//! Safetensors files as the libraries of quantization methods write them.

use crate::quantization::{Bits, Claimed, MethodClaim, Scheme, Tensor, assess, dtypes};
use crate::record::QuantizationVerdict::{Consistent, Contradicted, Mixed, NoEvidence, Unclaimed};

use super::{unexplained, verdict};

/// A tensor of a type that exists; the shape has the row last.
fn tensor(name: &str, type_name: &str, shape: &[u64]) -> Tensor {
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

/// 4-bit weights: 512 inputs, 1024 outputs, groups of 128.
fn gptq() -> Vec<Tensor> {
    vec![
        tensor("l.qweight", "I32", &[64, 1024]),
        tensor("l.qzeros", "I32", &[4, 128]),
        tensor("l.scales", "F16", &[4, 1024]),
        tensor("l.g_idx", "I32", &[512]),
    ]
}

fn awq() -> Vec<Tensor> {
    vec![
        tensor("l.qweight", "I32", &[512, 128]),
        tensor("l.qzeros", "I32", &[4, 128]),
        tensor("l.scales", "F16", &[4, 1024]),
    ]
}

fn nf4() -> Vec<Tensor> {
    vec![
        tensor("l.weight", "U8", &[262_144, 1]),
        tensor("l.weight.absmax", "U8", &[8192]),
        tensor("l.weight.quant_map", "F32", &[16]),
        tensor("l.weight.quant_state.bitsandbytes__nf4", "U8", &[85]),
    ]
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
fn what_a_method_writes_is_consistent_with_its_claim() {
    let eight_bit_floats = vec![
        tensor("l.weight", "F8_E4M3", &[1024, 512]),
        tensor("l.weight_scale_inv", "F32", &[8, 4]),
    ];
    let nvfp4 = vec![
        tensor("l.weight", "U8", &[1024, 256]),
        tensor("l.weight_scale", "F8_E4M3", &[1024, 32]),
        tensor("l.weight_scale_2", "F32", &[1]),
    ];
    let mxfp4 = vec![
        tensor("mlp.experts.gate_up_proj_blocks", "U8", &[4, 1024, 16, 16]),
        tensor("mlp.experts.gate_up_proj_scales", "U8", &[4, 1024, 16]),
        tensor("mlp.experts.gate_up_proj_bias", "BF16", &[4, 1024]),
    ];
    let packed = vec![
        tensor("l.weight_packed", "I32", &[1024, 64]),
        tensor("l.weight_scale", "BF16", &[1024, 4]),
        tensor("l.weight_shape", "I64", &[2]),
    ];
    let int8 = vec![
        tensor("l.weight", "I8", &[1024, 512]),
        tensor("l.SCB", "F32", &[1024]),
    ];
    let mlx = vec![
        tensor("l.weight", "U32", &[1024, 64]),
        tensor("l.scales", "BF16", &[1024, 8]),
        tensor("l.biases", "BF16", &[1024, 8]),
    ];
    let exl3 = vec![
        tensor("l.trellis", "I16", &[32, 64, 64]),
        tensor("l.suh", "F16", &[512]),
        tensor("l.svh", "F16", &[1024]),
    ];
    let hqq = vec![
        tensor("l.W_q", "U8", &[512, 512]),
        tensor("l.scale", "F16", &[64, 1]),
        tensor("l.zero", "F16", &[64, 1]),
    ];
    for (label, layer, claim) in [
        ("gptq-4bit", gptq(), method("gptq", Some(4), None)),
        (
            "auto-round-4bit",
            gptq(),
            method("auto-round", Some(4), Some("auto_round:auto_gptq")),
        ),
        ("awq-4bit", awq(), method("awq", Some(4), Some("gemm"))),
        (
            "bnb-nf4",
            nf4(),
            method("bitsandbytes", Some(4), Some("nf4")),
        ),
        ("bnb-int8", int8, method("bitsandbytes", Some(8), None)),
        ("fp8", eight_bit_floats, method("fp8", None, None)),
        ("nvfp4", nvfp4, method("modelopt", None, Some("NVFP4"))),
        ("mxfp4", mxfp4, method("mxfp4", None, None)),
        (
            "int4",
            packed,
            method("compressed-tensors", Some(4), Some("pack-quantized")),
        ),
        ("mlx-4bit", mlx, method("mlx", Some(4), None)),
        ("exl3-4.0bpw", exl3, method("exl3", Some(4), None)),
        ("hqq-4bit", hqq, method("hqq", Some(4), None)),
    ] {
        let tensors = model(layer);
        let assessed = assess(&tensors, std::slice::from_ref(&claim));

        assert_eq!(assessed.verdict, Consistent, "{label}");
        assert_eq!(assessed.label.as_deref(), Some(label));
        assert_eq!(
            verdict(&model(plain("BF16")), claim),
            Contradicted,
            "{label}"
        );
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
fn a_method_we_do_not_know_is_judged_by_its_evidence() {
    let assessed = assess(&model(plain("F8_E4M3")), &[method("sinq", Some(4), None)]);

    assert_eq!(assessed.verdict, Contradicted);
    assert_eq!(
        assessed.claims.first().map(|claim| claim.value.as_str()),
        Some("sinq")
    );
}

#[test]
fn a_file_name_is_read_in_the_words_of_its_format() {
    let nvfp4 = vec![
        tensor("l.weight", "U8", &[1024, 256]),
        tensor("l.weight_scale_2", "F32", &[1]),
    ];
    let name = |label: &str| Claimed::Name {
        label: label.to_owned(),
        source: "file name",
    };

    assert_eq!(verdict(&model(nvfp4), name("NVFP4")), Consistent);
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

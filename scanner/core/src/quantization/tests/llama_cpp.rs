//! GGUF files as llama.cpp's quantizer and converter write them.

use crate::quantization::llama_ftype::{FILE_TYPES, named};
use crate::quantization::{Claimed, Tensor, assess, ggml};
use crate::record::QuantizationVerdict::{Consistent, Contradicted, Mixed, NoEvidence, Unclaimed};

use super::{unexplained, verdict};

/// What the quantizer gives a llama of 4 layers with 4 queries a key: embeddings, output, then a
/// layer's queries, keys, values, attention output, gate, up and down. `A/B`: A in the first layer.
const STOCK: &str = "
    F32     F32     F32     F32     F32     F32       F32     F32           F32           F32
    F16     F16     F16     F16     F16     F16       F16     F16           F16           F16
    BF16    BF16    BF16    BF16    BF16    BF16      BF16    BF16          BF16          BF16
    Q8_0    Q8_0    Q8_0    Q8_0    Q8_0    Q8_0      Q8_0    Q8_0          Q8_0          Q8_0
    Q4_0    Q4_0    Q6_K    Q4_0    Q4_0    Q4_0      Q4_0    Q4_0          Q4_0          Q4_1/Q4_0
    Q4_1    Q4_1    Q6_K    Q4_1    Q4_1    Q4_1      Q4_1    Q4_1          Q4_1          Q4_1
    Q5_0    Q5_0    Q6_K    Q5_0    Q5_0    Q5_0      Q5_0    Q5_0          Q5_0          Q5_1/Q5_0
    Q5_1    Q5_1    Q6_K    Q5_1    Q5_1    Q5_1      Q5_1    Q5_1          Q5_1          Q5_1
    Q2_K    Q2_K    Q6_K    Q2_K    Q2_K    Q4_K      Q3_K    Q2_K          Q2_K          Q3_K
    Q2_K_S  Q2_K    Q6_K    Q2_K    Q2_K    Q4_K      Q2_K    Q2_K          Q2_K          Q4_K/Q2_K
    Q3_K_S  Q3_K    Q6_K    Q3_K    Q3_K    Q3_K      Q3_K    Q3_K          Q3_K          Q3_K
    Q3_K_M  Q3_K    Q6_K    Q3_K    Q3_K    Q5_K/Q4_K Q4_K    Q3_K          Q3_K          Q5_K/Q4_K
    Q3_K_L  Q3_K    Q6_K    Q3_K    Q3_K    Q5_K      Q5_K    Q3_K          Q3_K          Q5_K
    Q4_K_S  Q4_K    Q6_K    Q4_K    Q4_K    Q5_K/Q4_K Q4_K    Q4_K          Q4_K          Q5_K/Q4_K
    Q4_K_M  Q4_K    Q6_K    Q4_K    Q4_K    Q6_K/Q4_K Q4_K    Q4_K          Q4_K          Q6_K/Q4_K
    Q5_K_S  Q5_K    Q6_K    Q5_K    Q5_K    Q5_K      Q5_K    Q5_K          Q5_K          Q5_K
    Q5_K_M  Q5_K    Q6_K    Q5_K    Q5_K    Q6_K/Q5_K Q5_K    Q5_K          Q5_K          Q6_K/Q5_K
    Q6_K    Q6_K    Q6_K    Q6_K    Q6_K    Q6_K      Q6_K    Q6_K          Q6_K          Q6_K
    IQ1_S   Q2_K    Q5_K    IQ1_S   IQ1_S   Q4_K      IQ2_XXS IQ1_S         IQ1_S         Q2_K/IQ1_S
    IQ1_M   Q2_K    Q5_K    IQ1_M   IQ1_M   Q4_K      IQ2_XXS IQ1_M         IQ1_M         Q2_K/IQ1_M
    IQ2_XXS Q2_K    Q5_K    IQ2_XXS IQ2_XXS Q4_K      IQ2_XXS IQ2_XXS       IQ2_XXS       Q2_K/IQ2_XXS
    IQ2_XS  Q2_K    Q5_K    IQ2_XS  IQ2_XS  Q4_K      IQ2_XS  IQ2_XS        IQ2_XS        Q2_K/IQ2_XS
    IQ2_S   IQ3_S   Q5_K    IQ2_XS  IQ2_XS  Q4_K      IQ3_S   IQ2_XS        IQ2_XS        IQ3_S/IQ2_XS
    IQ2_M   IQ3_S   Q5_K    IQ2_S   IQ2_S   Q4_K      IQ3_S   IQ2_S         IQ2_S         IQ3_S/IQ2_S
    IQ3_XXS IQ3_S   Q5_K    IQ2_S   IQ2_S   Q4_K      IQ3_S   IQ3_XXS       IQ3_XXS       Q4_K/Q3_K
    IQ3_XS  IQ3_S   Q6_K    IQ3_XXS IQ3_XXS Q4_K      IQ3_S   IQ3_S/IQ3_XXS IQ3_S/IQ3_XXS IQ3_S
    IQ3_S   IQ3_S   Q6_K    IQ3_S   IQ3_S   Q4_K      IQ3_S   IQ3_S         IQ3_S         IQ3_S
    IQ3_M   IQ3_S   Q6_K    IQ3_S   IQ3_S   Q4_K      Q4_K    IQ3_S         IQ3_S         Q4_K/IQ3_S
    IQ4_NL  IQ4_NL  Q6_K    IQ4_NL  IQ4_NL  Q5_K      IQ4_NL  IQ4_NL        IQ4_NL        Q5_K/IQ4_NL
    IQ4_XS  IQ4_XS  Q6_K    IQ4_XS  IQ4_XS  Q5_K      IQ4_XS  IQ4_XS        IQ4_XS        Q5_K/IQ4_XS
    TQ1_0   Q4_K    Q6_K    TQ1_0   TQ1_0   TQ1_0     TQ1_0   TQ1_0         TQ1_0         TQ1_0
    TQ2_0   F16     F16     TQ2_0   TQ2_0   TQ2_0     TQ2_0   TQ2_0         TQ2_0         TQ2_0
    Q1_0    Q1_0    Q6_K    Q1_0    Q1_0    Q1_0      Q1_0    Q1_0          Q1_0          Q1_0
    Q2_0    Q4_K    Q6_K    Q2_0    Q2_0    Q2_0      Q2_0    Q2_0          Q2_0          Q2_0
    NVFP4   BF16    BF16    NVFP4   NVFP4   NVFP4     BF16    NVFP4         NVFP4         NVFP4
";

/// The rows of [`STOCK`]: recipe and types.
fn stock_rows() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let rows = STOCK.lines().map(str::split_whitespace);
    rows.filter_map(|mut words| Some((words.next()?, words.collect())))
}

/// A stack of matrices of `row` columns, of a type that exists.
fn tensor(name: &str, type_name: &str, shape: &[u64]) -> Tensor {
    let known = ggml::named(type_name);
    assert!(known.is_some(), "{type_name} is no tensor type");
    let (type_name, block, block_bytes) = known.map_or(("", 1, 1), |known| {
        (known.name, known.block, known.block_bytes)
    });
    let elements: u64 = shape.iter().product();
    Tensor {
        name: name.into(),
        type_name,
        row: shape.first().copied().unwrap_or(1),
        dimensions: u8::try_from(shape.len()).unwrap_or(u8::MAX),
        elements,
        bytes: elements / block * block_bytes,
    }
}

/// A llama of 4 layers, 512 wide, of the types that a row of [`STOCK`] gives.
fn llama(types: &[&str]) -> Vec<Tensor> {
    const LAYER: [(&str, [u64; 2]); 7] = [
        ("attn_q", [512, 512]),
        ("attn_k", [512, 128]),
        ("attn_v", [512, 128]),
        ("attn_output", [512, 512]),
        ("ffn_gate", [512, 1024]),
        ("ffn_up", [512, 1024]),
        ("ffn_down", [1024, 512]),
    ];
    let [embeddings, output, matrices @ ..] = types else {
        return Vec::new();
    };
    let mut tensors = vec![
        tensor("token_embd.weight", embeddings, &[512, 2048]),
        tensor("output.weight", output, &[512, 2048]),
        tensor("output_norm.weight", "F32", &[512]),
    ];
    for block in 0..4 {
        tensors.push(tensor(
            &format!("blk.{block}.attn_norm.weight"),
            "F32",
            &[512],
        ));
        for ((role, shape), chosen) in LAYER.iter().zip(matrices) {
            let (first, later) = chosen.split_once('/').unwrap_or((chosen, chosen));
            let type_name = if block == 0 { first } else { later };
            tensors.push(tensor(
                &format!("blk.{block}.{role}.weight"),
                type_name,
                shape,
            ));
        }
    }
    tensors
}

fn stock(recipe: &str) -> Vec<Tensor> {
    let row = stock_rows().find(|(name, _)| *name == recipe);
    assert!(row.is_some(), "{recipe} is not in the table");
    row.map(|(_, types)| llama(&types)).unwrap_or_default()
}

fn mixture() -> Vec<Tensor> {
    vec![
        tensor("token_embd.weight", "Q8_0", &[256, 512]),
        tensor("output.weight", "Q8_0", &[256, 512]),
        tensor("blk.0.attn_q.weight", "Q8_0", &[256, 256]),
        tensor("blk.0.attn_v.weight", "Q8_0", &[256, 64]),
        tensor("blk.0.ffn_gate_inp.weight", "F32", &[256, 4]),
        tensor("blk.0.ffn_gate_exps.weight", "MXFP4", &[256, 512, 4]),
        tensor("blk.0.ffn_up_exps.weight", "MXFP4", &[256, 512, 4]),
        tensor("blk.0.ffn_down_exps.weight", "MXFP4", &[512, 256, 4]),
    ]
}

/// The claim of a recipe by its number, as in a header.
fn claim(recipe: &str) -> Claimed {
    let known = named(recipe);
    assert!(known.is_some(), "{recipe} is no recipe");
    Claimed::FileType(known.map_or(u32::MAX, |known| known.value))
}

#[test]
fn most_of_a_model_cannot_hide_behind_names() {
    let named = |name: &str| tensor(name, "F32", &[4096, 4096]);
    let hidden = |name: &str| [stock("Q4_K_M"), vec![named(name); 2]].concat();

    for name in ["blk.0.altup.weight", "blk.0.attn_q.bias", "blk.0.table"] {
        assert_eq!(
            verdict(&hidden(name), claim("Q4_K_M")),
            Contradicted,
            "{name}"
        );
    }
    // A table of positions may be larger than all else of a small model.
    let small = [
        stock("Q4_K_M"),
        vec![tensor("position_embd.weight", "F32", &[512, 16384])],
    ];
    assert_eq!(verdict(&small.concat(), claim("Q4_K_M")), Consistent);
}

#[test]
fn what_the_stock_quantizer_writes_is_consistent_with_its_recipe() {
    for (recipe, types) in stock_rows() {
        let assessed = assess(&llama(&types), &[claim(recipe)]);

        assert_eq!(assessed.verdict, Consistent, "{recipe}");
        assert_eq!(assessed.label.as_deref(), Some(recipe));
    }
}

#[test]
fn every_recipe_but_the_one_for_experts_has_a_row_in_the_table() {
    let rowless = FILE_TYPES
        .iter()
        .filter(|of| stock_rows().all(|(name, _)| name != of.name));

    assert_eq!(rowless.map(|of| of.name).collect::<Vec<_>>(), ["MXFP4_MOE"]);
}

#[test]
fn a_recipe_of_another_family_is_contradicted() {
    for (written, claimed) in [
        ("Q2_K", "Q4_K_M"),
        ("Q2_K", "Q3_K_M"),
        ("Q4_0", "Q4_K_M"),
        ("Q4_K_S", "Q4_0"),
        ("Q4_K_S", "Q2_K"),
        ("Q6_K", "Q4_K_M"),
        ("Q6_K", "Q2_K"),
        ("Q3_K_L", "Q5_K_M"),
        ("Q5_K_S", "Q4_K_M"),
        ("Q8_0", "Q6_K"),
        ("Q8_0", "MXFP4_MOE"),
        ("F16", "Q4_K_M"),
        ("F32", "F16"),
        ("BF16", "F16"),
        ("F16", "NVFP4"),
        ("Q4_K_M", "F16"),
        ("IQ3_S", "IQ4_XS"),
        ("IQ2_XXS", "IQ1_S"),
        ("Q2_0", "TQ2_0"),
        ("NVFP4", "MXFP4_MOE"),
    ] {
        assert_eq!(
            verdict(&stock(written), claim(claimed)),
            Contradicted,
            "{written} as {claimed}"
        );
    }
}

#[test]
fn a_contradicted_claim_gives_way_to_the_type_that_holds_the_most() {
    let assessed = assess(&stock("Q4_0"), &[claim("Q4_K_M")]);

    assert_eq!(assessed.label.as_deref(), Some("Q4_0"));
    assert_eq!(
        assessed.claims.first().map(|claim| claim.value.as_str()),
        Some("Q4_K_M")
    );
}

#[test]
fn a_pure_quantization_is_consistent_with_its_recipe() {
    assert_eq!(verdict(&llama(&["Q4_K"; 9]), claim("Q4_K_M")), Consistent);
}

#[test]
fn a_type_that_the_recipe_gives_to_another_role_is_mixed() {
    let mut types = ["Q4_K"; 9];
    types[5] = "Q6_K";

    assert_eq!(verdict(&llama(&types), claim("Q4_K_M")), Mixed);
    assert_eq!(
        unexplained(&llama(&types), claim("Q4_K_M")),
        [("Q6_K".to_owned(), 4)]
    );
}

#[test]
fn a_matrix_left_unquantized_is_mixed() {
    let mut types = ["Q4_K"; 9];
    types[1] = "F16";

    assert_eq!(verdict(&llama(&types), claim("Q4_K_M")), Mixed);
}

#[test]
fn a_wide_vocabulary_does_not_outvote_the_layers() {
    let mut tensors = llama(&[
        "Q8_0", "Q8_0", "Q4_K", "Q4_K", "Q4_K", "Q4_K", "Q4_K", "Q4_K", "Q4_K",
    ]);
    for tensor in tensors
        .iter_mut()
        .filter(|tensor| tensor.elements == 512 * 2048)
    {
        tensor.elements = 512 * 262_144;
    }

    assert_eq!(verdict(&tensors, claim("Q4_K_M")), Mixed);
    assert_eq!(
        unexplained(&tensors, claim("Q4_K_M")),
        [("Q8_0".to_owned(), 1)]
    );
}

#[test]
fn embeddings_and_the_output_matrix_are_counted_apart() {
    let tensors = [
        tensor("token_embd.weight", "Q6_K", &[512, 2048]),
        tensor("output.weight", "Q6_K", &[512, 2048]),
        tensor("blk.0.attn_v.weight", "Q6_K", &[512, 512]),
        tensor("blk.0.attn_q.weight", "Q4_K", &[512, 512]),
    ];
    let rows = super::assess(&tensors, &[claim("Q4_K_M")]).tensor_types;
    let embeddings: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                &*row.name,
                row.quantizable_parameters,
                row.embedding_parameters,
            )
        })
        .collect();

    assert_eq!(
        embeddings,
        [("Q4_K", 262_144, 0), ("Q6_K", 2_359_296, 2_097_152)]
    );
}

#[test]
fn embeddings_that_stand_in_for_the_output_have_its_type() {
    let mut tensors = stock("Q4_K_M");
    tensors.retain(|tensor| &*tensor.name != "output.weight");
    for tensor in tensors
        .iter_mut()
        .filter(|tensor| &*tensor.name == "token_embd.weight")
    {
        tensor.type_name = "Q6_K";
    }

    assert_eq!(verdict(&tensors, claim("Q4_K_M")), Consistent);
}

#[test]
fn fused_attention_leaves_few_weights_in_the_default_type() {
    let layer = [
        tensor("blk.0.attn_qkv.weight", "Q5_K", &[768, 2304]),
        tensor("blk.0.attn_output.weight", "Q5_K", &[768, 768]),
        tensor("blk.0.ffn_up.weight", "Q3_K", &[768, 3072]),
        tensor("blk.0.ffn_down.weight", "Q5_K", &[3072, 768]),
    ];

    assert_eq!(verdict(&layer, claim("Q3_K_L")), Consistent);
    assert_eq!(verdict(&layer, claim("Q5_K_M")), Mixed);
}

#[test]
fn narrow_rows_fall_back_as_the_quantizer_lets_them() {
    // The real MiniLM as IQ4_XS: 384 is no multiple of 256.
    let tensors = [
        tensor("position_embd.weight", "F32", &[384, 512]),
        tensor("token_types.weight", "F32", &[384, 2]),
        tensor("token_embd.weight", "Q8_0", &[384, 30522]),
        tensor("blk.0.attn_q.weight", "IQ4_NL", &[384, 384]),
        tensor("blk.0.ffn_up.weight", "IQ4_NL", &[384, 1536]),
        tensor("blk.0.ffn_down.weight", "IQ4_XS", &[1536, 384]),
    ];

    assert_eq!(verdict(&tensors, claim("IQ4_XS")), Consistent);
    assert_eq!(verdict(&tensors, claim("Q4_K_M")), Contradicted);
    assert_eq!(verdict(&tensors, claim("Q8_0")), Contradicted);
}

#[test]
fn a_fallback_in_rows_that_fit_is_no_fallback() {
    let mut types = ["Q4_K"; 9];
    types[2] = "Q5_0";

    assert_eq!(verdict(&llama(&types), claim("Q4_K_M")), Mixed);
}

#[test]
fn rows_that_no_block_divides_stay_f16() {
    let tensors = [
        tensor("blk.0.attn_q.weight", "Q4_K", &[512, 512]),
        tensor("blk.0.ffn_down.weight", "F16", &[100, 512]),
    ];

    assert_eq!(verdict(&tensors, claim("Q4_K_S")), Consistent);
}

#[test]
fn a_mixture_of_experts_in_four_bit_floats_keeps_the_rest_in_eight() {
    assert_eq!(verdict(&mixture(), claim("MXFP4_MOE")), Consistent);
}

#[test]
fn experts_in_eight_bits_are_not_explained_by_the_rest() {
    let mut tensors = mixture();
    if let Some(last) = tensors.last_mut() {
        last.type_name = "Q8_0";
    }

    assert_eq!(verdict(&tensors, claim("MXFP4_MOE")), Mixed);
}

#[test]
fn a_converted_mixture_may_keep_the_rest_in_the_type_it_came_in() {
    let mut tensors = mixture();
    for tensor in tensors
        .iter_mut()
        .filter(|tensor| tensor.type_name == "Q8_0")
    {
        tensor.type_name = "BF16";
    }

    assert_eq!(verdict(&tensors, claim("MXFP4_MOE")), Consistent);
}

#[test]
fn weights_left_alone_do_not_make_a_claim_true() {
    let mut tensors = mixture();
    for tensor in tensors
        .iter_mut()
        .filter(|tensor| !tensor.name.contains("down_exps"))
    {
        tensor.type_name = "F16";
    }

    assert_eq!(verdict(&tensors, claim("MXFP4_MOE")), Contradicted);
    assert_eq!(verdict(&tensors, claim("NVFP4")), Contradicted);
}

#[test]
fn a_mixture_of_eight_experts_has_keys_and_values_in_eight_bits() {
    let mut tensors = vec![
        tensor("blk.0.attn_q.weight", "Q4_K", &[512, 512]),
        tensor("blk.0.attn_k.weight", "Q8_0", &[512, 128]),
        tensor("blk.0.attn_v.weight", "Q8_0", &[512, 128]),
        tensor("blk.0.attn_output.weight", "Q5_K", &[512, 512]),
        tensor("blk.0.ffn_up_exps.weight", "Q4_K", &[512, 1024, 8]),
    ];

    assert_eq!(verdict(&tensors, claim("Q4_K_M")), Consistent);

    tensors.pop();
    tensors.push(tensor("blk.0.ffn_up.weight", "Q4_K", &[512, 8192]));

    assert_eq!(verdict(&tensors, claim("Q4_K_M")), Mixed);
}

#[test]
fn no_tensors_are_no_evidence() {
    let assessed = assess(&[], &[Claimed::FileType(1)]);

    assert_eq!(assessed.verdict, NoEvidence);
    assert_eq!(assessed.label, None);
    assert_eq!(assessed.bits_per_weight, None);
}

#[test]
fn vectors_alone_are_no_evidence() {
    let tensors = [tensor("output_norm.weight", "F32", &[512])];

    assert_eq!(verdict(&tensors, claim("Q4_K_M")), NoEvidence);
}

#[test]
fn an_adapter_is_judged_by_its_own_matrices() {
    let tensors = [
        tensor("blk.0.attn_q.weight.lora_a", "F16", &[512, 64]),
        tensor("blk.0.attn_q.weight.lora_b", "F16", &[64, 512]),
    ];

    assert_eq!(verdict(&tensors, claim("F16")), Consistent);
    assert_eq!(verdict(&tensors, claim("Q8_0")), Contradicted);
}

#[test]
fn a_number_that_names_no_recipe_is_contradicted_by_any_matrix() {
    let assessed = assess(&stock("Q4_0"), &[Claimed::FileType(99)]);

    assert_eq!(assessed.verdict, Contradicted);
    assert_eq!(
        assessed.claims.first().map(|claim| claim.value.as_str()),
        Some("general.file_type 99")
    );
    assert_eq!(verdict(&[], Claimed::FileType(99)), NoEvidence);
}

#[test]
fn a_removed_recipe_is_named_and_contradicted() {
    let assessed = assess(&stock("Q4_0"), &[Claimed::FileType(33)]);

    assert_eq!(
        assessed.claims.first().map(|claim| claim.value.as_str()),
        Some("Q4_0_4_4")
    );
    assert_eq!(assessed.verdict, Contradicted);
}

#[test]
fn the_worst_claim_decides_and_the_first_true_one_names() {
    let claims = [
        Claimed::Name {
            label: "Q8_0".to_owned(),
            source: "file name",
        },
        claim("Q4_K_M"),
    ];
    let assessed = assess(&stock("Q4_K_M"), &claims);

    assert_eq!(
        assessed
            .claims
            .iter()
            .map(|claim| claim.verdict)
            .collect::<Vec<_>>(),
        [Contradicted, Consistent]
    );
    assert_eq!(assessed.verdict, Contradicted);
    assert_eq!(assessed.label.as_deref(), Some("Q4_K_M"));
}

#[test]
fn without_a_claim_the_tensors_name_the_model() {
    let assessed = assess(&stock("Q4_0"), &[]);

    assert_eq!(assessed.verdict, Unclaimed);
    assert_eq!(assessed.label.as_deref(), Some("Q4_0"));
    assert!(
        assessed
            .tensor_types
            .iter()
            .all(|row| row.unexplained_tensors == 0)
    );
}

#[test]
fn evidence_is_counted_by_type() {
    let tensors = [
        tensor("token_embd.weight", "Q4_0", &[64, 32]),
        tensor("blk.0.attn_q.weight", "Q4_0", &[64, 64]),
        tensor("output_norm.weight", "F32", &[64]),
    ];
    let assessed = assess(&tensors, &[claim("Q4_0")]);
    let counted: Vec<_> = assessed
        .tensor_types
        .iter()
        .map(|row| {
            let name = row.name.as_str();
            let example = row.example.as_str();
            (
                name,
                row.tensors,
                row.parameters,
                row.bytes,
                row.quantizable_parameters,
                example,
            )
        })
        .collect();

    assert_eq!(
        counted,
        [
            ("F32", 1, 64, 256, 0, "output_norm.weight"),
            ("Q4_0", 2, 6144, 3456, 6144, "blk.0.attn_q.weight"),
        ]
    );
    assert_eq!(assessed.bits_per_weight, Some(8.0 * 3712.0 / 6208.0));
}

//! What holds for any tensors and any claims.

use proptest::prelude::*;

use crate::quantization::{
    Bits, Claimed, MethodClaim, Scheme, Tensor, assess, dtypes, ggml, methods,
};
use crate::record::QuantizationVerdict::{NoEvidence, Unclaimed};

fn tensors() -> impl Strategy<Value = Vec<Tensor>> {
    let types: Vec<&'static str> = ggml::TENSOR_TYPES
        .iter()
        .map(|known| known.name)
        .chain(dtypes::DTYPES.iter().map(|known| known.name))
        .collect();
    let name = "(blk\\.[0-9]\\.|l\\.|)(attn_v|ffn_up_exps|token_embd|output|x)\
                \\.(weight|qweight|g_idx|scales|weight_scale|trellis|bias)";
    let number = prop_oneof![0u64..5000, any::<u64>()];
    let tensor = (
        name,
        prop::sample::select(types),
        number.clone(),
        0u8..5,
        number.clone(),
        number,
    )
        .prop_map(
            |(name, type_name, row, dimensions, elements, bytes)| Tensor {
                name: name.into(),
                type_name,
                row,
                dimensions,
                elements,
                bytes,
            },
        );
    prop::collection::vec(tensor, 0..12)
}

fn claims() -> impl Strategy<Value = Vec<Claimed>> {
    let words: Vec<&'static str> = methods::METHODS
        .iter()
        .flat_map(|method| [method.name, method.variant])
        .chain(["bfloat16", "auto", "Q4_K_M", "F16", "no word of ours"])
        .collect();
    let word = prop::sample::select(words).prop_map(str::to_owned);
    let claim = prop_oneof![
        (0u32..50).prop_map(Claimed::FileType),
        word.clone().prop_map(|label| Claimed::Name {
            label,
            source: "file name",
        }),
        word.clone().prop_map(Claimed::Dtype),
        (word.clone(), any::<Option<u64>>(), prop::option::of(word)).prop_map(
            |(method, bits, variant)| Claimed::Method(Box::new(MethodClaim {
                method,
                variant,
                scheme: Scheme {
                    bits: bits.and_then(Bits::whole),
                    group_size: bits,
                },
                source: "config.json".to_owned(),
                ..MethodClaim::default()
            }))
        ),
    ];
    prop::collection::vec(claim, 0..4)
}

proptest! {
    #[test]
    fn the_verdict_is_the_worst_of_the_claims(tensors in tensors(), claims in claims()) {
        let assessed = assess(&tensors, &claims);
        let worst = assessed.claims.iter().map(|claim| claim.verdict).max();

        prop_assert_eq!(assessed.verdict, worst.unwrap_or(Unclaimed));
    }

    #[test]
    fn every_tensor_is_counted_once(tensors in tensors(), claims in claims()) {
        let rows = assess(&tensors, &claims).tensor_types;
        let counted: u64 = rows.iter().map(|row| row.tensors).sum();

        prop_assert_eq!(usize::try_from(counted), Ok(tensors.len()));
        prop_assert!(rows.iter().all(|row| row.quantizable_parameters <= row.parameters));
        prop_assert!(rows.iter().all(|row| row.unexplained_tensors <= row.tensors));
        prop_assert!(rows.iter().all(|row| row.embedding_parameters <= row.quantizable_parameters));
        prop_assert!(rows.is_sorted_by(|one, other| one.name < other.name));
    }

    #[test]
    fn without_quantizable_weights_no_claim_is_judged(claims in claims()) {
        let assessed = assess(&[], &claims);

        prop_assert_eq!(assessed.label, None);
        prop_assert!(assessed.claims.iter().all(|claim| claim.verdict == NoEvidence));
    }
}

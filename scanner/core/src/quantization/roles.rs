//! What a tensor is for in llama.cpp's eyes, read from its name.
//!
//! Source: llama.cpp `src/llama-quant.cpp`, `tensor_get_category` and `tensor_allows_quantization`.

use super::Tensor;
use super::parts::Parts;

/// The categories that the stock quantizer chooses types by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    TokenEmbedding,
    Output,
    /// Values, also fused with queries and keys.
    AttentionV,
    AttentionK,
    AttentionQ,
    AttentionOutput,
    FfnUp,
    FfnGate,
    FfnDown,
    Other,
}

/// The name of the output matrix.
pub(crate) const OUTPUT: &str = "output.weight";

/// Ends of the names of matrices of weights: a model's own, and those that an adapter adds.
const WEIGHTS: &[&str] = &["weight", ".lora_a", ".lora_b"];

/// Parts of the names of matrices that stay as they are: norms, routers, tables, and matrices too
/// small to gain from it.
const LEFT_ALONE: &[&str] = &[
    "_norm.weight",
    "ffn_gate_inp.weight",
    "ffn_gate_tid2eid.weight",
    "altup",
    "laurel",
    "per_layer_model_proj",
    "ssm_conv1d",
    "shortconv.conv.weight",
    "indexer.k_proj.weight",
    "indexer.q_proj.weight",
    "time_mix_first.weight",
    "time_mix_w0.weight",
    "time_mix_w1.weight",
    "time_mix_w2.weight",
    "time_mix_v0.weight",
    "time_mix_v1.weight",
    "time_mix_v2.weight",
    "time_mix_a0.weight",
    "time_mix_a1.weight",
    "time_mix_a2.weight",
    "time_mix_g1.weight",
    "time_mix_g2.weight",
    "time_mix_decay_w1.weight",
    "time_mix_decay_w2.weight",
    "time_mix_lerp_fused.weight",
    "attn_rel_b.weight",
    ".position_embd",
    "sam.pos_embd",
    "sam.neck.",
    "sam.net_",
    ".rel_pos",
    ".patch_embd",
    ".patch_merger",
    "a.conv",
    ".conv_dw",
    ".conv_pw",
    "a.rvq.codebook",
    "mm.a.code_embd",
];

const PARTS_LEFT_ALONE: Parts<{ LEFT_ALONE.len() }> = Parts::of(LEFT_ALONE);

/// The end of the names of norms, which are vectors, or a vector for each head or group.
const NORM: &str = "_norm.weight";

/// Weights of a norm: one for each number that goes into it, ten times as many as the widest has.
const MAX_NORM: u64 = 1 << 18;

/// Whole names of matrices that stay as they are: positions and token types of BERT.
const LEFT_ALONE_BY_NAME: &[&str] = &["position_embd.weight", "token_types.weight"];

/// What a tensor is for.
pub(crate) fn role(name: &str) -> Role {
    // The order is the quantizer's: the first part that the name holds decides.
    const PARTS: &[(&str, Role)] = &[
        ("attn_qkv.weight", Role::AttentionV),
        ("attn_kv_b.weight", Role::AttentionV),
        ("attn_v.weight", Role::AttentionV),
        ("attn_k.weight", Role::AttentionK),
        ("attn_q.weight", Role::AttentionQ),
        ("attn_output.weight", Role::AttentionOutput),
        ("ffn_up", Role::FfnUp),
        ("ffn_gate", Role::FfnGate),
        ("ffn_down", Role::FfnDown),
    ];
    match name {
        OUTPUT => Role::Output,
        _ if is_end(name) => Role::TokenEmbedding,
        _ => PARTS
            .iter()
            .find(|(part, _)| name.contains(part))
            .map_or(Role::Other, |(_, role)| *role),
    }
}

/// Whether a tensor holds token embeddings or the output matrix.
pub(crate) fn is_end(name: &str) -> bool {
    matches!(
        name,
        OUTPUT | "token_embd.weight" | "per_layer_token_embd.weight"
    )
}

/// Whether the stock quantizer may quantize a tensor.
pub(crate) fn is_quantizable(tensor: &Tensor) -> bool {
    let name = &*tensor.name;
    // A second dimension of 1 counts as none: the quantizer drops it before it asks.
    is_matrix(tensor)
        && WEIGHTS.iter().any(|end| name.ends_with(end))
        && !LEFT_ALONE_BY_NAME.contains(&name)
        && (!PARTS_LEFT_ALONE.are_in(name) || name.ends_with(NORM) && tensor.elements > MAX_NORM)
}

/// Whether a tensor has more than one row.
pub(crate) fn is_matrix(tensor: &Tensor) -> bool {
    tensor.dimensions >= 2 && tensor.elements > tensor.row
}

/// Whether a tensor holds experts: `blk.0.ffn_up_exps.weight`, and `blk.0.ffn_up.3.weight` as the
/// first mixtures of experts were written.
pub(crate) fn is_expert(name: &str) -> bool {
    // Nearly every name has no such part, and is told so by one search.
    name.contains("ffn_") && has_part_of_expert(name)
}

fn has_part_of_expert(name: &str) -> bool {
    let mut parts = name.split('.').peekable();
    while let Some(part) = parts.next() {
        let is_numbered = |next: &&str| next.bytes().all(|byte| byte.is_ascii_digit());
        if part.starts_with("ffn_")
            && (part.ends_with("_exps") || parts.peek().is_some_and(is_numbered))
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, dimensions: u8, elements: u64) -> Tensor {
        Tensor {
            name: name.into(),
            type_name: "F32",
            row: 256,
            dimensions,
            elements,
            bytes: elements * 4,
        }
    }

    #[test]
    fn the_name_tells_the_role() {
        assert_eq!(role("output.weight"), Role::Output);
        assert_eq!(role("per_layer_token_embd.weight"), Role::TokenEmbedding);
        assert_eq!(role("blk.0.attn_qkv.weight"), Role::AttentionV);
        assert_eq!(role("blk.0.attn_output.weight"), Role::AttentionOutput);
        assert_eq!(role("blk.0.ffn_down_exps.weight"), Role::FfnDown);
        assert_eq!(role("blk.0.ssm_in.weight"), Role::Other);
    }

    #[test]
    fn matrices_named_weight_are_quantizable() {
        assert!(is_quantizable(&tensor("blk.0.attn_q.weight", 2, 65536)));
        assert!(is_quantizable(&tensor(
            "blk.0.ffn_up_exps.weight",
            3,
            65536
        )));
    }

    #[test]
    fn vectors_biases_norms_routers_and_positions_are_not_quantizable() {
        assert!(!is_quantizable(&tensor("blk.0.attn_q.weight", 1, 256)));
        assert!(!is_quantizable(&tensor("blk.0.attn_q.weight", 2, 256)));
        assert!(!is_quantizable(&tensor("blk.0.ffn_up_exps.bias", 2, 65536)));
        assert!(!is_quantizable(&tensor(
            "blk.0.attn_q_norm.weight",
            2,
            65536
        )));
        assert!(!is_quantizable(&tensor(
            "blk.0.ffn_gate_inp.weight",
            2,
            65536
        )));
        assert!(!is_quantizable(&tensor("position_embd.weight", 2, 65536)));
        assert!(!is_quantizable(&tensor("token_types.weight", 2, 65536)));
        assert!(!is_quantizable(&tensor(
            "blk.0.ssm_conv1d.weight",
            2,
            65536
        )));
        assert!(!is_quantizable(&tensor(
            "enc.blk.0.attn_rel_b.weight",
            2,
            65536
        )));
    }

    #[test]
    fn a_matrix_larger_than_any_norm_is_none_by_its_name() {
        let name = "blk.0.attn_norm.weight";
        assert!(!is_quantizable(&tensor(name, 2, 1 << 18)));
        assert!(is_quantizable(&tensor(name, 2, (1 << 18) + 256)));
    }

    #[test]
    fn experts_are_known_by_both_their_spellings() {
        assert!(is_expert("blk.0.ffn_up_exps.weight"));
        assert!(is_expert("blk.0.ffn_gate.7.weight"));
        assert!(!is_expert("blk.0.ffn_gate.weight"));
        assert!(!is_expert("blk.0.attn_k.weight"));
    }
}

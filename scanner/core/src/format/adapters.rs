//! Files that hold no whole model: told by the names of their tensors.
//!
//! Sources: `peft` 0.18 (`tuners/*/model.py`, `utils/save_and_load.py`), `diffusers`
//! (`loaders/lora_conversion_utils.py`), `LLaVA` (`train.py`, `mm_projector.bin`).

use crate::quantization::Tensor;
use crate::record::Kind;

/// Tensors that are looked at: what an adapter adds is all that is in it, but for a few modules
/// that were trained whole.
const LOOKED_AT: usize = 64;

/// What the names of tensors hold that an adapter adds.
const ADAPTERS: &[&str] = &[
    ".lora_A.",
    ".lora_B.",
    ".lora_embedding_A",
    ".lora_embedding_B",
    ".lora_magnitude_vector",
    ".lora_down.",
    ".lora_up.",
    ".lora_a.",
    ".lora_b.",
    ".lora.down.",
    ".lora.up.",
    ".hada_w1_",
    ".hada_w2_",
    ".lokr_w1",
    ".lokr_w2",
    ".ia3_l",
    ".vera_lambda_",
    ".oft_r.",
    ".boft_R.",
    "prompt_encoder.",
    "prompt_embeddings",
];

/// What the names of tensors hold that carry images into a language model.
const PROJECTORS: &[&str] = &["mm_projector.", "multi_modal_projector."];

/// A weight that something is added to, beside it: the file holds the model itself too.
const WHOLE: &str = ".base_layer.";

/// What a file with these tensors is, where it is no whole model.
pub(crate) fn kind(tensors: &[Tensor]) -> Option<Kind> {
    let looked_at = tensors.get(..LOOKED_AT).unwrap_or(tensors);
    let with = |marks: &[&str]| {
        let names = looked_at.iter().map(|tensor| &*tensor.name);
        names
            .filter(|name| marks.iter().any(|mark| name.contains(mark)))
            .count()
    };
    if looked_at.is_empty() || with(&[WHOLE]) > 0 {
        None
    } else if with(ADAPTERS).saturating_mul(2) > looked_at.len() {
        Some(Kind::Adapter)
    } else if with(PROJECTORS) == tensors.len() {
        Some(Kind::Projector)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(names: &[&str]) -> Option<Kind> {
        let tensors: Vec<Tensor> = names
            .iter()
            .map(|name| Tensor {
                name: (*name).into(),
                type_name: "F32",
                row: 1,
                dimensions: 2,
                elements: 1,
                bytes: 4,
            })
            .collect();
        kind(&tensors)
    }

    #[test]
    fn an_adapter_is_told_by_what_it_adds() {
        let peft = [
            "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
            "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight",
            "base_model.model.score.weight",
        ];
        let kohya = ["lora_unet_a.lora_down.weight", "lora_unet_a.lora_up.weight"];

        assert_eq!(kind_of(&peft), Some(Kind::Adapter));
        assert_eq!(kind_of(&kohya), Some(Kind::Adapter));
        assert_eq!(kind_of(&["prompt_embeddings"]), Some(Kind::Adapter));
    }

    #[test]
    fn a_model_with_adapters_in_it_is_a_model() {
        let unmerged = [
            "model.layers.0.q_proj.base_layer.weight",
            "model.layers.0.q_proj.lora_A.default.weight",
            "model.layers.0.q_proj.lora_B.default.weight",
        ];
        let mostly_whole = ["a.weight", "b.weight", "c.lora_A.weight"];

        assert_eq!(kind_of(&unmerged), None);
        assert_eq!(kind_of(&mostly_whole), None);
        assert_eq!(kind_of(&[]), None);
    }

    #[test]
    fn a_projector_is_told_by_all_of_its_tensors() {
        assert_eq!(
            kind_of(&["model.mm_projector.0.weight", "model.mm_projector.2.weight"]),
            Some(Kind::Projector)
        );
        assert_eq!(
            kind_of(&[
                "multi_modal_projector.linear_1.weight",
                "language_model.lm_head.weight"
            ]),
            None
        );
    }
}

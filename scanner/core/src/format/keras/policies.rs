//! Policies of types: how the configuration says that layers are quantized.
//!
//! Source: `keras` 3.15.1, `dtype_policies/dtype_policy.py`: `int8_from_float32`,
//! `int4/128_from_bfloat16`, `gptq/4/128_from_float32`, `awq/4/128_from_float32`.

use std::collections::BTreeSet;

use super::objects::Object;
use crate::quantization::{Bits, Claimed, MethodClaim, Scheme, Tensor};

/// Policies of one model. A model has one for each way in which it is quantized.
const MAX_POLICIES: usize = 64;

/// The modes in which layers are quantized.
#[derive(Debug, Default)]
pub(super) struct Policies(BTreeSet<String>);

impl Policies {
    /// Takes in an object, if it is a policy that quantizes.
    pub(super) fn add_object(&mut self, object: &Object) {
        let is_policy = object
            .class
            .as_deref()
            .is_some_and(|class| class.ends_with("DTypePolicy"));
        if let (true, Some(mode)) = (is_policy, &object.mode) {
            self.add_mode(mode);
        }
    }

    /// Takes in the name of a policy.
    pub(super) fn add_name(&mut self, name: &str) {
        if let Some((mode, _)) = name.split_once("_from_") {
            self.add_mode(mode);
        }
    }

    fn add_mode(&mut self, mode: &str) {
        if self.0.len() < MAX_POLICIES {
            self.0.insert(mode.to_owned());
        }
    }

    /// One claim for each mode.
    ///
    /// Float8 leaves the weights as they are: it is applied when the model runs. A policy that
    /// most weights are not under claims nothing of the whole, unless no weights are.
    pub(super) fn claims(&self, tensors: &[Tensor], source: &str) -> Vec<Claimed> {
        let mut modes = self.0.iter().filter(|mode| *mode != "float8");
        let matrices = || tensors.iter().filter(|tensor| tensor.dimensions >= 2);
        let is_scaled = |tensor: &&Tensor| matches!(tensor.type_name, "int8" | "uint8");
        let bytes = |held: bool| {
            matrices()
                .filter(|tensor| is_scaled(tensor) == held)
                .fold(0_u64, |sum, tensor| sum.saturating_add(tensor.elements))
        };
        let (held, left) = (bytes(true), bytes(false));
        if held > 0 && held < left {
            return Vec::new();
        }
        modes.by_ref().map(|mode| claim(mode, source)).collect()
    }
}

fn claim(mode: &str, source: &str) -> Claimed {
    let mut parts = mode.split('/');
    let name = parts.next().unwrap_or_default().to_owned();
    let bits = match name.as_str() {
        "int8" => Some(8),
        "int4" => Some(4),
        _ => parts.next().and_then(|bits| bits.parse().ok()),
    };
    Claimed::Method(Box::new(MethodClaim {
        method: "keras".to_owned(),
        variant: Some(name),
        scheme: Scheme {
            bits: bits.and_then(Bits::whole),
            ..Scheme::default()
        },
        source: format!("{source}: dtype policy"),
        ..MethodClaim::default()
    }))
}

//! What `__metadata__` says about quantization.
//!
//! `nvidia-modelopt` writes its configuration there as JSON (`unified_export_hf.py`), `torchao` an
//! object for each tensor with the name of its class (`prototype/safetensors`).

use std::collections::BTreeSet;

use super::parse::METADATA;
use crate::anomalies::clip;
use crate::companion::claims_in_text;
use crate::json::{self, Events, Scalar};
use crate::quantization::{Claimed, MethodClaim};

/// The key of a configuration.
const CONFIGURATION: &str = "quantization_config";

/// The key, within a value, of the class of a tensor.
const CLASS: &str = "_type";

/// Bytes of a value that is read. Descriptions of a tensor take some hundreds.
const MAX_VALUE: usize = 1024 * 1024;

/// Classes kept; a model has one or two.
const MAX_CLASSES: usize = 8;

/// Classes of tensors that torchao did not quantize.
const PLAIN: &str = "Tensor";

/// What was said so far.
#[derive(Debug, Default)]
pub(super) struct Claims {
    configuration: Option<Claimed>,
    classes: BTreeSet<String>,
}

impl Claims {
    /// Takes in a pair of `__metadata__`.
    pub(super) fn add(&mut self, key: &str, value: &str) {
        let is_object = value.starts_with('{') && value.len() <= MAX_VALUE;
        if is_object && key == CONFIGURATION {
            self.configuration = claims_in_text(&format!("{METADATA}.{CONFIGURATION}"), value);
        } else if is_object && value.contains(CLASS) && self.classes.len() < MAX_CLASSES {
            let mut class = Class(None);
            let is_read = json::walk(value.as_bytes(), &mut class).is_ok();
            self.classes
                .extend(class.0.filter(|name| is_read && name != PLAIN));
        }
    }

    /// All claims.
    pub(super) fn take(&mut self) -> Vec<Claimed> {
        let classes = std::mem::take(&mut self.classes).into_iter().map(|class| {
            Claimed::Method(Box::new(MethodClaim {
                method: "torchao".to_owned(),
                variant: Some(class),
                source: METADATA.to_owned(),
                ..MethodClaim::default()
            }))
        });
        self.configuration
            .take()
            .into_iter()
            .chain(classes)
            .collect()
    }
}

/// The class that an object names.
struct Class(Option<String>);

impl Events for Class {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        if let ([key], Scalar::Text(class)) = (path, scalar)
            && key == CLASS
        {
            self.0 = Some(clip(class));
        }
    }

    fn duplicate(&mut self, _: &[String]) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(pairs: &[(&str, &str)]) -> Vec<(String, Option<String>, String)> {
        let mut claims = Claims::default();
        for (key, value) in pairs {
            claims.add(key, value);
        }
        let methods = claims.take().into_iter().filter_map(|claim| match claim {
            Claimed::Method(claim) => Some((claim.method, claim.variant, claim.source)),
            _ => None,
        });
        methods.collect()
    }

    #[test]
    fn a_configuration_is_a_claim() {
        let value = r#"{"quant_method": "modelopt", "quant_algo": "FP8", "ignore": ["proj_out"]}"#;
        let expected = (
            "modelopt".to_owned(),
            Some("FP8".to_owned()),
            "__metadata__.quantization_config".to_owned(),
        );

        assert_eq!(
            claims(&[("format", "pt"), ("quantization_config", value)]),
            [expected]
        );
    }

    #[test]
    fn classes_of_tensors_are_claims() {
        let found = claims(&[
            ("tensor_names", r#"["a.weight", "b.weight", "c"]"#),
            (
                "a.weight",
                r#"{"_type": "Float8Tensor", "_data": {"_type": "x"}}"#,
            ),
            ("b.weight", r#"{"_type": "Float8Tensor", "_data": {}}"#),
            ("c", r#"{"_type": "Tensor"}"#),
        ]);
        let expected = (
            "torchao".to_owned(),
            Some("Float8Tensor".to_owned()),
            "__metadata__".to_owned(),
        );

        assert_eq!(found, [expected]);
    }

    #[test]
    fn other_texts_claim_nothing() {
        assert_eq!(
            claims(&[("quantization_config", "none"), ("note", "{_type")]),
            []
        );
    }
}

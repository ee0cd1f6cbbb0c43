//! `config.json` beside a safetensors file: what it claims about the model.
//!
//! Written by transformers and everything that follows it. Facts of a text model inside a larger
//! one stand under `text_config`; the outer ones win.

use super::Told;
use crate::anomalies::clip;
use crate::json::Scalar;
use crate::quantization::Claimed;
use crate::record::{Facts, Property};

/// Keys of sizes, and what `CycloneDX` calls them.
const SIZES: [&str; 6] = [
    "hidden_size",
    "num_hidden_layers",
    "intermediate_size",
    "num_attention_heads",
    "num_key_value_heads",
    "vocab_size",
];

/// Keys that only the `config.json` of a model has.
const IS_OF_A_MODEL: [&str; 5] = [
    "architectures",
    "model_type",
    "torch_dtype",
    "transformers_version",
    "_class_name",
];

/// What a `config.json` says.
#[derive(Debug, Clone, Default)]
pub(super) struct Config {
    outer: Level,
    text: Level,
}

/// The facts of one level of the file.
#[derive(Debug, Clone, Default)]
struct Level {
    architecture: Option<String>,
    model_type: Option<String>,
    context_length: Option<u64>,
    dtype: Option<String>,
    sizes: [Option<u64>; SIZES.len()],
}

/// Takes in a scalar of a `config.json`.
pub(super) fn add(told: &mut Told, path: &[&str], scalar: Scalar<'_>) {
    let is_known = match path {
        ["text_config", rest @ ..] => told.config.text.add(rest, scalar),
        path => told.config.outer.add(path, scalar),
    };
    describe(told, path, scalar);
    told.is_about_a_model |= is_known || IS_OF_A_MODEL.iter().any(|key| path.first() == Some(key));
}

/// What a `config.json` says for people to read: which library wrote it, and in which type the
/// model computes.
fn describe(told: &mut Told, path: &[&str], scalar: Scalar<'_>) {
    let facts = &mut told.description;
    match (path, scalar) {
        (["transformers_version"], Scalar::Text(version)) => {
            facts.say_version(Property::Producer, "transformers", version);
        }
        (["_diffusers_version"], Scalar::Text(version)) => {
            facts.say_version(Property::Producer, "diffusers", version);
        }
        (["dtype" | "torch_dtype"], Scalar::Text(name)) => {
            facts.say(Property::ComputeType, name);
        }
        _ => {}
    }
}

impl Config {
    /// Fills in facts that the model file itself does not state.
    pub(super) fn complete(&self, facts: &mut Facts) {
        let architecture = self
            .outer
            .architecture
            .as_ref()
            .or(self.outer.model_type.as_ref())
            .or(self.text.architecture.as_ref())
            .or(self.text.model_type.as_ref());
        facts.architecture = facts.architecture.take().or_else(|| architecture.cloned());
        facts.context_length = facts
            .context_length
            .or(self.outer.context_length)
            .or(self.text.context_length);
        let sizes = self.outer.sizes.iter().zip(&self.text.sizes);
        for (name, (outer, text)) in SIZES.iter().zip(sizes) {
            let is_known = facts.hyperparameters.iter().any(|(known, _)| known == name);
            if let Some(size) = outer.or(*text).filter(|_| !is_known) {
                facts.hyperparameters.push(((*name).to_owned(), size));
            }
        }
    }

    /// The type of the weights that no method quantized, as claimed.
    pub(super) fn dtype(&self) -> Option<Claimed> {
        let dtype = self.outer.dtype.as_ref().or(self.text.dtype.as_ref());
        dtype.map(|dtype| Claimed::Dtype(dtype.clone()))
    }
}

impl Level {
    /// Takes in a scalar, and says whether it is one of these facts.
    fn add(&mut self, path: &[&str], scalar: Scalar<'_>) -> bool {
        match (path, scalar) {
            (["architectures", "0"], Scalar::Text(text)) => self.architecture = Some(clip(text)),
            (["model_type"], Scalar::Text(text)) => self.model_type = Some(clip(text)),
            (["dtype" | "torch_dtype"], Scalar::Text(text)) => self.dtype = Some(clip(text)),
            (["max_position_embeddings"], Scalar::Unsigned(size)) => {
                self.context_length = Some(size);
            }
            ([key], Scalar::Unsigned(size)) => {
                let index = SIZES.iter().position(|name| name == key);
                let slot = index.and_then(|index| self.sizes.get_mut(index));
                return slot.map(|slot| *slot = Some(size)).is_some();
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::companion::{COMPANIONS, Scope};
    use crate::format::Header;
    use crate::record::{Anomaly, AnomalyRule};

    fn header_of(json: &str) -> Header {
        let mut header = Header::default();
        let scope = Scope {
            has_claims: true,
            is_certain: true,
        };
        for kind in COMPANIONS.iter().filter(|kind| kind.name == "config.json") {
            Told::read(kind, kind.name, json.as_bytes()).complete(&mut header, scope);
        }
        header
    }

    fn facts_of(json: &str) -> Facts {
        let facts = header_of(json).facts;
        assert_eq!(facts.anomalies, []);
        facts
    }

    fn anomalies(json: &str) -> Vec<Anomaly> {
        header_of(json).facts.anomalies
    }

    #[test]
    fn sizes_and_architecture_become_facts() {
        let facts = facts_of(
            r#"{"architectures": ["LlamaForCausalLM", "Other"], "model_type": "llama",
                "max_position_embeddings": 2048, "hidden_size": 64, "num_hidden_layers": 2,
                "intermediate_size": 128, "num_attention_heads": 8, "num_key_value_heads": 2,
                "vocab_size": 100, "nested": {"hidden_size": 7}, "torch_dtype": "bfloat16"}"#,
        );

        assert_eq!(facts.architecture.as_deref(), Some("LlamaForCausalLM"));
        assert_eq!(facts.context_length, Some(2048));
        let sizes: Vec<_> = facts
            .hyperparameters
            .iter()
            .map(|(k, v)| (k.as_str(), *v))
            .collect();
        assert_eq!(
            sizes,
            [
                ("hidden_size", 64),
                ("num_hidden_layers", 2),
                ("intermediate_size", 128),
                ("num_attention_heads", 8),
                ("num_key_value_heads", 2),
                ("vocab_size", 100),
            ]
        );
    }

    #[test]
    fn the_outer_level_wins_over_the_text_model() {
        let facts = facts_of(
            r#"{"text_config": {"model_type": "inner", "hidden_size": 1, "vocab_size": 2,
                                "max_position_embeddings": 3},
                "model_type": "outer", "hidden_size": 4}"#,
        );

        assert_eq!(facts.architecture.as_deref(), Some("outer"));
        assert_eq!(facts.context_length, Some(3));
        assert_eq!(
            facts.hyperparameters,
            [("hidden_size".to_owned(), 4), ("vocab_size".to_owned(), 2)]
        );
    }

    #[test]
    fn the_type_of_the_weights_is_a_claim() {
        for (json, claimed) in [
            (r#"{"torch_dtype": "bfloat16"}"#, "bfloat16"),
            (r#"{"dtype": "float16"}"#, "float16"),
            (r#"{"text_config": {"dtype": "float32"}}"#, "float32"),
        ] {
            assert_eq!(header_of(json).claims, [Claimed::Dtype(claimed.to_owned())]);
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_malformed() {
        let anomalies = anomalies(r#"{"a": {"b": [{"c": 1, "\u0063": 2}]}, "a": 3}"#);

        let found: Vec<_> = anomalies
            .iter()
            .map(|a| (a.kind, a.within.join(" > ")))
            .collect();
        assert_eq!(
            found,
            [
                ("duplicate-key", "config.json > a.b.0.c".to_owned()),
                ("duplicate-key", "config.json > a".to_owned()),
            ]
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn what_is_not_json_is_malformed_and_what_came_before_counts() {
        for json in [r#"{"model_type": "llama""#, r#"{"model_type": "llama"} x"#] {
            let facts = header_of(json).facts;

            let found: Vec<_> = facts.anomalies.iter().map(|a| (a.rule, a.kind)).collect();
            assert_eq!(found, [(AnomalyRule::MalformedHeader, "broken-json")]);
            assert_eq!(facts.architecture.as_deref(), Some("llama"));
        }
        let deep = "[".repeat(100_000);
        assert_eq!(anomalies(&deep).len(), 1);
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn an_object_of_more_keys_than_are_kept_is_not_read_on() {
        let keys: Vec<String> = (0..=262_144).map(|key| format!(r#""{key}":0"#)).collect();
        let found = anomalies(&format!("{{{}}}", keys.join(",")));

        let messages: Vec<_> = found.iter().map(|a| a.message.as_str()).collect();
        assert_eq!(
            messages,
            ["more than 262144 keys in one object at line 1 column 2772483"]
        );
    }

    #[test]
    fn numbers_that_only_python_writes_are_read() {
        let facts = facts_of(
            r#"{"time_step_limit": [0.0, Infinity, -Infinity, NaN], "name": "NaN \" Infinity",
                "vocab_size": 7}"#,
        );

        assert_eq!(facts.hyperparameters, [("vocab_size".to_owned(), 7)]);
    }
}

//! `config.json` beside a safetensors file: what it claims about the model.
//!
//! Written by transformers and everything that follows it. Facts of a text model inside a larger
//! one stand under `text_config`; the outer ones win.

mod quantization_config;

use std::error::Error;
use std::fmt;

use crate::anomalies::{Anomalies, Fault, Problem, clip};
use crate::json::{self, Events, Scalar};
use crate::quantization::Claimed;
use crate::record::{AnomalyRule, Facts};
use quantization_config::Blocks;

/// The companion's name.
pub const CONFIG: &str = "config.json";

/// Bytes of a `config.json`. Real ones take some kilobytes, one megabyte where they name a thousand
/// labels; what is kept of a longer one to find duplicate keys would not fit the memory we allow.
pub const MAX_CONFIG: usize = 4 * 1024 * 1024;

/// Keys of sizes, and what `CycloneDX` calls them.
const SIZES: [&str; 6] = [
    "hidden_size",
    "num_hidden_layers",
    "intermediate_size",
    "num_attention_heads",
    "num_key_value_heads",
    "vocab_size",
];

/// What a `config.json` says.
#[derive(Debug, Default)]
pub struct Config {
    outer: Level,
    text: Level,
    blocks: Blocks,
}

/// The facts of one level of the file.
#[derive(Debug, Default)]
struct Level {
    architecture: Option<String>,
    model_type: Option<String>,
    context_length: Option<u64>,
    dtype: Option<String>,
    sizes: [Option<u64>; SIZES.len()],
}

impl Config {
    /// Reads the bytes of a `config.json`; what is wrong with them is reported.
    #[must_use]
    pub fn read(bytes: &[u8], anomalies: &mut Anomalies) -> Self {
        let mut reading = Reading {
            config: Self::default(),
            anomalies,
        };
        let outcome = json::walk(bytes, &mut reading);
        let config = reading.config;
        if let Err(error) = outcome {
            anomalies.report(|| Fault::anywhere(ConfigProblem::Json(error)).within(CONFIG));
        }
        config
    }

    /// Fills in facts that the model file itself does not state.
    pub fn complete(&self, facts: &mut Facts) {
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
        for (name, (outer, text)) in SIZES
            .iter()
            .zip(self.outer.sizes.iter().zip(&self.text.sizes))
        {
            if let Some(size) = outer.or(*text) {
                facts.hyperparameters.push(((*name).to_owned(), size));
            }
        }
    }

    /// What it claims about quantization.
    #[must_use]
    pub fn claims(&self) -> Vec<Claimed> {
        let dtype = self.outer.dtype.as_ref().or(self.text.dtype.as_ref());
        let dtype = dtype.map(|dtype| Claimed::Dtype(dtype.clone()));
        self.blocks.claims().into_iter().chain(dtype).collect()
    }
}

impl Level {
    fn add(&mut self, path: &[&str], scalar: Scalar<'_>) {
        match (path, scalar) {
            (["architectures", "0"], Scalar::Text(text)) => self.architecture = Some(clip(text)),
            (["model_type"], Scalar::Text(text)) => self.model_type = Some(clip(text)),
            (["dtype" | "torch_dtype"], Scalar::Text(text)) => self.dtype = Some(clip(text)),
            (["max_position_embeddings"], Scalar::Unsigned(size)) => {
                self.context_length = Some(size);
            }
            ([key], Scalar::Unsigned(size)) => {
                let index = SIZES.iter().position(|name| name == key);
                if let Some(slot) = index.and_then(|index| self.sizes.get_mut(index)) {
                    *slot = Some(size);
                }
            }
            _ => {}
        }
    }
}

struct Reading<'a> {
    config: Config,
    anomalies: &'a mut Anomalies,
}

impl Events for Reading<'_> {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let config = &mut self.config;
        if config.blocks.add(&path, scalar) {
            return;
        }
        match path.as_slice() {
            ["text_config", rest @ ..] => config.text.add(rest, scalar),
            path => config.outer.add(path, scalar),
        }
    }

    fn duplicate(&mut self, path: &[String]) {
        let fault = Fault::anywhere(ConfigProblem::DuplicateKey).within(&path.join("."));
        self.anomalies.report(|| fault.within(CONFIG));
    }
}

/// Something wrong with a companion.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigProblem {
    /// Not JSON.
    Json(serde_json::Error),
    /// A key that stands twice.
    DuplicateKey,
    /// More bytes than are read.
    TooLong(u64),
    /// It could not be opened.
    Unopened {
        /// Stable name of the reason.
        kind: &'static str,
        /// The reason in words.
        message: String,
    },
    /// It was written to while it was read.
    Changed,
}

impl Problem for ConfigProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Json(_) | Self::DuplicateKey => AnomalyRule::MalformedHeader,
            Self::TooLong(_) | Self::Unopened { .. } | Self::Changed => AnomalyRule::NotExamined,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Json(_) => "broken-json",
            Self::DuplicateKey => "duplicate-key",
            Self::TooLong(_) => "limit-companion",
            Self::Unopened { kind, .. } => kind,
            Self::Changed => "changed-while-read",
        }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => f.write_str(&clip(&error.to_string())),
            Self::DuplicateKey => {
                f.write_str("the key stands twice; readers differ in which counts")
            }
            Self::TooLong(size) => {
                write!(f, "a companion of {size} bytes; {MAX_CONFIG} are examined")
            }
            Self::Unopened { message, .. } => f.write_str(message),
            Self::Changed => f.write_str("the file changed while it was read"),
        }
    }
}

impl Error for ConfigProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Anomaly;

    fn read(json: &str) -> (Config, Vec<Anomaly>) {
        let mut anomalies = Anomalies::default();
        let config = Config::read(json.as_bytes(), &mut anomalies);
        (config, anomalies.into_vec())
    }

    fn facts_of(json: &str) -> Facts {
        let mut facts = Facts::default();
        let (config, anomalies) = read(json);
        assert_eq!(anomalies, []);
        config.complete(&mut facts);
        facts
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
            assert_eq!(read(json).0.claims(), [Claimed::Dtype(claimed.to_owned())]);
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_malformed() {
        let (_, anomalies) = read(r#"{"a": {"b": [{"c": 1, "\u0063": 2}]}, "a": 3}"#);

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
    fn what_is_not_json_is_malformed_and_what_came_before_counts() {
        for json in [r#"{"model_type": "llama""#, r#"{"model_type": "llama"} x"#] {
            let (config, anomalies) = read(json);

            let found: Vec<_> = anomalies.iter().map(|a| (a.rule, a.kind)).collect();
            assert_eq!(found, [(AnomalyRule::MalformedHeader, "broken-json")]);
            assert_eq!(config.outer.model_type.as_deref(), Some("llama"));
        }
        let deep = "[".repeat(100_000);
        assert_eq!(read(&deep).1.len(), 1);
    }
}

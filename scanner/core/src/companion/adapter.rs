//! `adapter_config.json`: an adapter, and the model it is for.
//!
//! Source: `peft` 0.18 (`config.py`, `tuners/lora/config.py`).

use super::Told;
use super::code::CodeProblem;
use super::told::fact;
use crate::json::Scalar;
use crate::record::Facts;

/// Packages whose classes an adapter may name: loading it imports the one it names.
const KNOWN_PACKAGES: [&str; 3] = ["transformers", "diffusers", "sentence_transformers"];

/// What an `adapter_config.json` says.
#[derive(Debug, Clone, Default)]
pub(super) struct Adapter {
    /// `LORA`, `IA3`, ...
    pub(super) method: Option<String>,
    pub(super) rank: Option<u64>,
    pub(super) alpha: Option<u64>,
}

impl Adapter {
    /// Fills in facts that the weights themselves do not state.
    pub(super) fn complete(self, facts: &mut Facts) {
        facts.architecture = facts.architecture.take().or(self.method);
        let sizes = [("lora_rank", self.rank), ("lora_alpha", self.alpha)];
        let stated = sizes
            .into_iter()
            .filter_map(|(name, size)| Some((name.to_owned(), size?)));
        facts.hyperparameters.extend(stated);
    }
}

/// Takes in a scalar of an `adapter_config.json`.
pub(super) fn add(told: &mut Told, path: &[&str], scalar: Scalar<'_>) {
    match (path, scalar) {
        (["base_model_name_or_path"], Scalar::Text(text)) => told.add_base_model(text),
        (["peft_type"], Scalar::Text(text)) => told.adapter.method = fact(text),
        (["r"], Scalar::Unsigned(rank)) => told.adapter.rank = Some(rank),
        (["lora_alpha"], Scalar::Unsigned(alpha)) => told.adapter.alpha = Some(alpha),
        (["auto_mapping", "parent_library"], Scalar::Text(module)) => {
            let package = module.split('.').next().unwrap_or_default();
            if !KNOWN_PACKAGES.contains(&package) {
                told.report_code(path, CodeProblem::Mapped(module.to_owned()));
            }
        }
        _ => {}
    }
}

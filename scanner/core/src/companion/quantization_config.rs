//! The objects of a `config.json` that say how the weights were quantized.
//!
//! To read another: add its key to [`KEYS`]; for another detail, a row to [`VARIANTS`].

use std::collections::BTreeSet;

use crate::anomalies::clip;
use crate::json::Scalar;
use crate::quantization::Claimed;

/// Keys of such objects, at the top or under `text_config`: that of transformers, that of
/// compressed-tensors before it, and that of MLX.
const KEYS: [&str; 3] = ["quantization_config", "compression_config", "quantization"];

/// Where a method keeps what tells its variants apart, in the order in which they are asked.
const VARIANTS: [&str; 10] = [
    "bnb_4bit_quant_type",
    "format",
    "checkpoint_format",
    "quant_algo",
    "fmt",
    "weights",
    "quant_type",
    "mode",
    "packing_format",
    "forward_dtype",
];

/// The objects met so far.
#[derive(Debug, Default)]
pub(super) struct Blocks(Vec<Block>);

#[derive(Debug, Default)]
struct Block {
    /// Where it stands: `text_config.quantization_config`.
    key: String,
    method: Option<String>,
    bits: Option<u64>,
    /// Bits that are no whole number, as methods of mixed width state them.
    fractional_bits: Option<f64>,
    /// The different bits that groups of layers state.
    group_bits: BTreeSet<u64>,
    loads_in_4_bits: bool,
    loads_in_8_bits: bool,
    variants: [Option<String>; VARIANTS.len()],
    /// The kernel that AWQ's layout is for; with other methods, the version of a program.
    version: Option<String>,
}

impl Blocks {
    /// Takes in a scalar if it stands in such an object, and says whether it does.
    pub(super) fn add(&mut self, path: &[&str], scalar: Scalar<'_>) -> bool {
        let (key, rest) = match path {
            ["text_config", key, rest @ ..] if KEYS.contains(key) => {
                (format!("text_config.{key}"), rest)
            }
            [key, rest @ ..] if KEYS.contains(key) => ((*key).to_owned(), rest),
            _ => return false,
        };
        // A null or a word in place of the object claims nothing that could be compared.
        if rest.is_empty() {
            return true;
        }
        let index = self
            .0
            .iter()
            .position(|block| block.key == key)
            .unwrap_or(self.0.len());
        if index == self.0.len() {
            self.0.push(Block {
                key,
                ..Block::default()
            });
        }
        if let Some(block) = self.0.get_mut(index) {
            block.add(rest, scalar);
        }
        true
    }

    /// One claim for each object.
    pub(super) fn claims(&self) -> Vec<Claimed> {
        self.0.iter().map(Block::claim).collect()
    }
}

impl Block {
    fn add(&mut self, path: &[&str], scalar: Scalar<'_>) {
        match (path, scalar) {
            (["quant_method"], Scalar::Text(text)) => self.method = Some(clip(text)),
            (
                ["bits" | "w_bit" | "nbits" | "num_bits"]
                | ["quant_config", "weight_quant_params", "nbits"],
                Scalar::Unsigned(bits),
            ) => self.bits = Some(bits),
            (["version"], Scalar::Text(text)) => self.version = Some(clip(text)),
            (["quant_type", "default", "_type"], Scalar::Text(text)) => {
                self.add_variant("quant_type", text);
            }
            (["bits"], Scalar::Number(bits)) => self.fractional_bits = Some(bits),
            (["config_groups", _, "weights", "num_bits"], Scalar::Unsigned(bits)) => {
                self.group_bits.insert(bits);
            }
            (["load_in_4bit" | "_load_in_4bit"], Scalar::Truth(true)) => {
                self.loads_in_4_bits = true;
            }
            (["load_in_8bit" | "_load_in_8bit"], Scalar::Truth(true)) => {
                self.loads_in_8_bits = true;
            }
            ([key], Scalar::Text(text)) => self.add_variant(key, text),
            _ => {}
        }
    }

    fn add_variant(&mut self, key: &str, text: &str) {
        let index = VARIANTS.iter().position(|name| *name == key);
        if let Some(slot) = index.and_then(|index| self.variants.get_mut(index)) {
            *slot = Some(clip(text));
        }
    }

    fn claim(&self) -> Claimed {
        Claimed::Method {
            method: self.method(),
            bits: self.bits(),
            variant: self.variant(),
            source: format!("{}: {}", super::CONFIG, self.key),
        }
    }

    fn method(&self) -> String {
        let unstated = if self.loads_in_4_bits || self.loads_in_8_bits {
            "bitsandbytes"
        } else if self.key.ends_with("compression_config") {
            "compressed-tensors"
        } else if self.bits.is_some() {
            // MLX writes bits and group size under both keys, and no method.
            "mlx"
        } else {
            "unknown"
        };
        self.method.clone().unwrap_or_else(|| unstated.to_owned())
    }

    fn bits(&self) -> Option<u64> {
        let loaded = match (self.loads_in_4_bits, self.loads_in_8_bits) {
            (true, _) => Some(4),
            (_, true) => Some(8),
            _ => None,
        };
        let in_groups = self
            .group_bits
            .first()
            .filter(|_| self.group_bits.len() == 1)
            .copied();
        self.bits.or(loaded).or(in_groups)
    }

    fn variant(&self) -> Option<String> {
        if self.loads_in_8_bits && !self.loads_in_4_bits {
            return Some("int8".to_owned());
        }
        let kernel = self.version.as_ref().filter(|_| self.method() == "awq");
        let stated = self.variants.iter().flatten().next().or(kernel).cloned();
        stated.or_else(|| self.fractional_bits.map(|bits| format!("{bits:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomalies::Anomalies;
    use crate::companion::Config;

    /// Source, method, bits and variant of every method that is claimed.
    fn claims(json: &str) -> Vec<(String, String, Option<u64>, Option<String>)> {
        let mut anomalies = Anomalies::default();
        let config = Config::read(json.as_bytes(), &mut anomalies);
        assert_eq!(anomalies.into_vec(), []);
        config
            .claims()
            .into_iter()
            .filter_map(|claim| match claim {
                Claimed::Method {
                    method,
                    bits,
                    variant,
                    source,
                } => Some((source, method, bits, variant)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn every_method_says_its_bits_and_variant() {
        for (block, method, bits, variant) in [
            (
                r#"{"quant_method": "gptq", "bits": 4}"#,
                "gptq",
                Some(4),
                None,
            ),
            (
                r#"{"quant_method": "awq", "bits": 4, "version": "gemv"}"#,
                "awq",
                Some(4),
                Some("gemv"),
            ),
            (
                r#"{"quant_method": "bitsandbytes", "load_in_4bit": true,
                    "bnb_4bit_quant_type": "nf4", "load_in_8bit": false}"#,
                "bitsandbytes",
                Some(4),
                Some("nf4"),
            ),
            (
                r#"{"load_in_8bit": true}"#,
                "bitsandbytes",
                Some(8),
                Some("int8"),
            ),
            (
                r#"{"quant_method": "compressed-tensors", "format": "pack-quantized",
                    "version": "0.9", "config_groups": {"group_0": {"weights": {"num_bits": 4}}}}"#,
                "compressed-tensors",
                Some(4),
                Some("pack-quantized"),
            ),
            (
                r#"{"quant_method": "compressed-tensors", "config_groups": {
                    "group_0": {"weights": {"num_bits": 4}},
                    "group_1": {"weights": {"num_bits": 8}}}}"#,
                "compressed-tensors",
                None,
                None,
            ),
            (
                r#"{"quant_method": "exl3", "bits": 4.25}"#,
                "exl3",
                None,
                Some("4.25"),
            ),
            (
                r#"{"quant_method": "modelopt", "quant_algo": "NVFP4"}"#,
                "modelopt",
                None,
                Some("NVFP4"),
            ),
            (
                r#"{"quant_method": "torchao",
                    "quant_type": {"default": {"_type": "Int4WeightOnlyConfig", "_data": {}}}}"#,
                "torchao",
                None,
                Some("Int4WeightOnlyConfig"),
            ),
            (
                r#"{"quant_method": "hqq", "quant_config": {"weight_quant_params": {"nbits": 3}}}"#,
                "hqq",
                Some(3),
                None,
            ),
            (
                r#"{"group_size": 64, "bits": 4, "mode": "affine"}"#,
                "mlx",
                Some(4),
                Some("affine"),
            ),
            (r#"{"something": 1}"#, "unknown", None, None),
        ] {
            let claimed = claims(&format!(r#"{{"quantization_config": {block}}}"#));

            let source = "config.json: quantization_config".to_owned();
            let expected = (source, method.to_owned(), bits, variant.map(str::to_owned));
            assert_eq!(claimed, [expected], "{block}");
        }
    }

    #[test]
    fn every_place_is_a_claim_of_its_own() {
        let claimed = claims(
            r#"{"quantization": {"bits": 4}, "compression_config": {"format": "dense"},
                "text_config": {"quantization_config": {"quant_method": "fp8"}},
                "quantization_config": null}"#,
        );

        let places: Vec<_> = claimed
            .iter()
            .map(|(source, method, ..)| (source.as_str(), method.as_str()))
            .collect();
        assert_eq!(
            places,
            [
                ("config.json: quantization", "mlx"),
                ("config.json: compression_config", "compressed-tensors"),
                ("config.json: text_config.quantization_config", "fp8"),
            ]
        );
    }
}

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

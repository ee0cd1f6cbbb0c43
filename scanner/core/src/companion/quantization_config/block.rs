//! One object that says how the weights were quantized.
//!
//! To read another detail of a method: a row in [`VARIANTS`], or an arm in [`Block::add`].
//! Sources, by method: see `methods.rs` of the quantization room.

use std::collections::{BTreeMap, BTreeSet};

use crate::anomalies::clip;
use crate::json::Scalar;
use crate::quantization::{Bits, Claimed, Layers, MethodClaim, Scheme};

/// Where a method keeps what tells its variants apart, in the order in which they are asked.
const VARIANTS: [&str; 11] = [
    "bnb_4bit_quant_type",
    // auto-round, which also says which float eight bits are.
    "packing_format",
    "format",
    "checkpoint_format",
    "quant_algo",
    "fmt",
    "weights",
    "quant_type",
    "mode",
    "forward_dtype",
    "weight_dtype",
];

/// Keys of lists of layers that are not quantized.
const LEFT_ALONE: [&str; 8] = [
    // quark.
    "exclude",
    // modelopt, in a file of its own.
    "exclude_modules",
    // compressed-tensors; modelopt in config.json.
    "ignore",
    "ignored_layers",
    // aqlm.
    "linear_weights_not_to_quantize",
    "llm_int8_skip_modules",
    // Most of transformers.
    "modules_to_not_convert",
    // hqq.
    "skip_modules",
];

/// Keys of objects that say of single layers how they are quantized: modelopt, auto-round, quark,
/// gptqmodel, vptq.
const BY_LAYER: [&str; 5] = [
    "quantized_layers",
    "extra_config",
    "layer_quant_config",
    "dynamic",
    "config_for_layers",
];

/// Bits from which a layer is not quantized: auto-round writes 16 for those it leaves alone.
const NOT_QUANTIZED: f64 = 16.0;

/// What one object says.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// The method, where the object names none.
    unstated: Option<&'static str>,
    method: Option<String>,
    scheme: Scheme,
    others: Layers<Scheme>,
    left_alone: Layers<()>,
    groups: BTreeMap<String, Group>,
    /// The different variants that single layers state.
    layer_variants: BTreeSet<String>,
    variants: [Option<String>; VARIANTS.len()],
    /// The kernel that AWQ's layout is for; with other methods, the version of a program.
    version: Option<String>,
    /// Bits that bitsandbytes is told to load weights in.
    loaded: Option<u64>,
    has_tensor_storage: bool,
    /// Weights are quantized each time they are used, and stored as they were.
    is_online: bool,
    codes: Codes,
    is_empty: bool,
}

/// Layers that compressed-tensors and modelopt quantize alike.
#[derive(Debug, Clone, Default)]
struct Group {
    scheme: Scheme,
    is_float: bool,
    format: Option<String>,
    /// The layers, where they are named; those of a class are all others.
    layers: Vec<String>,
}

/// How vectors of weights become codes, with `aqlm` and `vptq`.
#[derive(Debug, Clone, Default)]
struct Codes {
    codebooks: Option<u64>,
    bits_per_codebook: Option<u64>,
    inputs: Option<u64>,
    outputs: Option<u64>,
}

impl Block {
    /// An object that said nothing yet.
    pub(super) fn new(unstated: Option<&'static str>) -> Self {
        Self {
            unstated,
            is_empty: true,
            ..Self::default()
        }
    }

    /// Takes in a scalar.
    pub(super) fn add(&mut self, path: &[&str], scalar: Scalar<'_>) {
        self.is_empty = false;
        match (path, scalar) {
            (["quant_method"], Scalar::Text(text)) => self.method = Some(clip(text)),
            ([key, _], Scalar::Text(layer)) if LEFT_ALONE.contains(key) => {
                self.left_alone.entry(layer);
            }
            (["config_groups", group, rest @ ..], scalar) => {
                self.groups
                    .entry((*group).to_owned())
                    .or_default()
                    .add(rest, scalar);
            }
            ([key, layer, rest @ ..], scalar) if BY_LAYER.contains(key) => {
                self.add_layer(layer, rest, scalar);
            }
            (["quant_config", "weight_quant_params", key] | [key], scalar)
                if self.scheme.add(key, scalar) => {}
            (["quant_config", layer, "weight_quant_params", key], scalar) => {
                self.add_layer(layer, &[key], scalar);
            }
            (["load_in_4bit" | "_load_in_4bit"], Scalar::Truth(true)) => {
                self.loaded = Some(4);
            }
            (["load_in_8bit" | "_load_in_8bit"], Scalar::Truth(true)) => {
                self.loaded = self.loaded.or(Some(8));
            }
            // bitnet.
            (["quantization_mode"], Scalar::Text("online")) => self.is_online = true,
            // gemma: an expression that is searched for anywhere in a name.
            (["module_quant_configs", layer, rest @ ..], scalar) => {
                let anywhere = layer
                    .strip_prefix('^')
                    .map_or_else(|| format!("re:.*{layer}"), |start| format!("re:{start}"));
                self.add_layer(&anywhere, rest, scalar);
            }
            (["is_marlin_format"], Scalar::Truth(true)) => self.add_variant("format", "marlin"),
            (
                ["global_quant_config", "weight", "dtype"] | ["quant_type", "default", "_type"],
                Scalar::Text(text),
            ) => self.add_variant("quant_type", text),
            (["version"], Scalar::Text(text)) => self.version = Some(clip(text)),
            ([key], Scalar::Unsigned(number)) => self.codes.add(key, number),
            ([key], Scalar::Text(text)) => self.add_variant(key, text),
            // MLX writes its exceptions among its own keys; quanto writes nothing else.
            ([layer], Scalar::Truth(false)) if is_layer(layer) => {
                self.left_alone.entry(layer);
            }
            ([layer, key], scalar) if self.unstated == Some("quanto") || is_layer(layer) => {
                self.add_layer(layer, &[key], scalar);
            }
            _ => {}
        }
    }

    /// Takes in an object, which may be empty.
    pub(super) fn add_object(&mut self, path: &[&str]) {
        match path {
            // gptqmodel: what is left alone has a name that begins so, and nothing more.
            ["dynamic", layer] if layer.starts_with("-:") => {
                self.left_alone.entry(layer);
            }
            ["tensor_storage"] => self.has_tensor_storage = true,
            _ => {}
        }
    }

    /// What it claims; `None` where it says nothing, or that nothing is quantized.
    pub(super) fn claim(&self, source: &str) -> Option<Claimed> {
        let is_of_weights =
            self.method() != "modelopt" || !self.groups.is_empty() || self.variant().is_some();
        if self.is_empty || self.is_online || !is_of_weights {
            return None;
        }
        let mut others = self.others.clone();
        for group in self.groups.values() {
            for layer in &group.layers {
                *others.entry(layer) = group.scheme;
            }
        }
        Some(Claimed::Method(Box::new(MethodClaim {
            method: self.method(),
            variant: self.variant(),
            scheme: self.scheme(),
            others,
            left_alone: self.left_alone.clone(),
            source: source.to_owned(),
        })))
    }

    /// What is said of one layer.
    fn add_layer(&mut self, layer: &str, path: &[&str], scalar: Scalar<'_>) {
        match (path, scalar) {
            (["quant_algo" | "weights"], Scalar::Text(text)) => {
                self.layer_variants.insert(clip(text));
            }
            // vptq says what its vectors come to for each layer; it is the same for most.
            (["num_centroids", "1"], Scalar::Unsigned(centroids)) => {
                self.codes.bits_per_codebook = centroids.checked_ilog2().map(u64::from);
            }
            (["vector_lens", "1"], Scalar::Unsigned(length)) => self.codes.inputs = Some(length),
            ([key], scalar) => {
                let mut scheme = Scheme::default();
                if !scheme.add(key, scalar) {
                    return;
                }
                if scheme
                    .bits
                    .is_some_and(|bits| bits.as_f64() >= NOT_QUANTIZED)
                {
                    self.left_alone.entry(layer);
                    return;
                }
                let known = self.others.entry(layer);
                known.bits = scheme.bits.or(known.bits);
                known.group_size = scheme.group_size.or(known.group_size);
            }
            _ => {}
        }
    }

    fn add_variant(&mut self, key: &str, text: &str) {
        let index = VARIANTS.iter().position(|name| *name == key);
        if let Some(slot) = index.and_then(|index| self.variants.get_mut(index)) {
            *slot = Some(clip(text));
        }
    }

    fn method(&self) -> String {
        let unstated = if self.loaded.is_some() {
            "bitsandbytes"
        } else if self.has_tensor_storage {
            "exl3"
        } else if let Some(unstated) = self.unstated {
            unstated
        } else if self.scheme.bits.is_some() {
            // MLX writes bits and group size under both keys, and no method.
            "mlx"
        } else {
            "unknown"
        };
        self.method.clone().unwrap_or_else(|| unstated.to_owned())
    }

    fn scheme(&self) -> Scheme {
        let loaded = self.loaded.and_then(Bits::whole);
        let of_class = || self.groups.values().filter(|group| group.layers.is_empty());
        let alike = |of: fn(&Scheme) -> Option<u64>| {
            let mut different: Vec<_> = of_class().filter_map(|group| of(&group.scheme)).collect();
            different.sort_unstable();
            different.dedup();
            different.first().copied().filter(|_| different.len() == 1)
        };
        let in_groups = alike(|scheme| scheme.bits?.as_whole()).and_then(Bits::whole);
        let group_size = alike(|scheme| scheme.group_size);
        Scheme {
            bits: self
                .scheme
                .bits
                .or(loaded)
                .or(in_groups)
                .or_else(|| self.codes.bits())
                .or_else(|| self.bits_in_variant()),
            group_size: self.scheme.group_size.or(group_size),
        }
    }

    fn variant(&self) -> Option<String> {
        if self.loaded == Some(8) {
            return Some("int8".to_owned());
        }
        let kernel = self.version.clone().filter(|_| self.method() == "awq");
        let stated = self.variants.iter().flatten().next().cloned();
        stated
            .or(kernel)
            .or_else(|| self.variant_of_layers())
            .or_else(|| self.variant_of_groups())
    }

    /// The bits that quanto spells in its types: `int4`.
    fn bits_in_variant(&self) -> Option<Bits> {
        let variant = self.variant().filter(|_| self.method() == "quanto")?;
        let bits = variant.strip_prefix("int")?.parse().ok()?;
        Bits::whole(bits)
    }

    /// What all layers state, where they agree.
    fn variant_of_layers(&self) -> Option<String> {
        let first = self
            .layer_variants
            .first()
            .filter(|_| self.layer_variants.len() == 1)?;
        // quanto writes `qint8` of a layer and `int8` of a model.
        let name = first
            .strip_prefix('q')
            .filter(|_| self.unstated == Some("quanto"));
        Some(name.unwrap_or(first).to_owned())
    }

    /// The format that compressed-tensors means by its groups, where it does not say.
    fn variant_of_groups(&self) -> Option<String> {
        let mut formats = BTreeSet::new();
        for group in self.groups.values() {
            let bits = group.scheme.bits.and_then(Bits::as_whole);
            let meant = match (group.is_float, bits) {
                (true, Some(8)) => Some("float-quantized"),
                _ => None,
            };
            formats.insert(group.format.as_deref().or(meant)?);
        }
        let first = formats.first().filter(|_| formats.len() == 1)?;
        Some((*first).to_owned())
    }
}

impl Group {
    fn add(&mut self, path: &[&str], scalar: Scalar<'_>) {
        match (path, scalar) {
            (["weights", "type"], Scalar::Text(text)) => self.is_float = text == "float",
            (["weights", key], scalar) => {
                self.scheme.add(key, scalar);
            }
            (["format"], Scalar::Text(text)) => self.format = Some(clip(text)),
            // Classes of layers have no dots in their names, expressions a prefix.
            (["targets", _], Scalar::Text(text)) if text.contains(['.', ':']) => {
                self.layers.push(text.to_owned());
            }
            _ => {}
        }
    }
}

impl Scheme {
    /// Takes in a number if it is one of these, and says whether it is.
    fn add(&mut self, key: &str, scalar: Scalar<'_>) -> bool {
        match (key, scalar) {
            ("bits" | "w_bit" | "nbits" | "num_bits", Scalar::Unsigned(bits)) => {
                self.bits = Bits::whole(bits);
            }
            ("bits", Scalar::Number(bits)) => self.bits = Bits::nearest(bits),
            ("group_size" | "q_group_size", Scalar::Unsigned(size)) => {
                self.group_size = Some(size).filter(|size| *size > 0);
            }
            _ => return false,
        }
        true
    }
}

impl Codes {
    fn add(&mut self, key: &str, number: u64) {
        let slot = match key {
            "num_codebooks" => &mut self.codebooks,
            "nbits_per_codebook" => &mut self.bits_per_codebook,
            "in_group_size" => &mut self.inputs,
            "out_group_size" => &mut self.outputs,
            _ => return,
        };
        *slot = Some(number);
    }

    /// Bits of all codes of a vector over the weights in it.
    fn bits(&self) -> Option<Bits> {
        let bits = self
            .bits_per_codebook?
            .checked_mul(self.codebooks.unwrap_or(1))?;
        let weights = self.inputs?.checked_mul(self.outputs.unwrap_or(1))?;
        let bits = f64::from(u32::try_from(bits).ok()?);
        Bits::nearest(bits / f64::from(u32::try_from(weights).ok()?))
    }
}

/// Whether a key names a layer rather than a setting.
fn is_layer(key: &str) -> bool {
    key.contains('.') || matches!(key, "lm_head" | "embed_tokens")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::companion::quantization_config::claims_in_text;

    fn claim(json: &str) -> MethodClaim {
        match claims_in_text("x", json) {
            Some(Claimed::Method(claim)) => *claim,
            _ => MethodClaim::default(),
        }
    }

    #[test]
    fn every_method_says_its_bits_and_variant() {
        for (block, method, bits, variant) in [
            (r#"{"quant_method": "gptq", "bits": 4}"#, "gptq", "4", ""),
            (
                r#"{"quant_method": "awq", "bits": 4, "version": "gemv"}"#,
                "awq",
                "4",
                "gemv",
            ),
            (
                r#"{"quant_method": "bitsandbytes", "load_in_4bit": true,
                    "bnb_4bit_quant_type": "nf4", "load_in_8bit": false}"#,
                "bitsandbytes",
                "4",
                "nf4",
            ),
            (r#"{"load_in_8bit": true}"#, "bitsandbytes", "8", "int8"),
            (
                r#"{"quant_method": "compressed-tensors", "format": "pack-quantized",
                    "version": "0.9", "config_groups": {"group_0": {"weights": {"num_bits": 4}}}}"#,
                "compressed-tensors",
                "4",
                "pack-quantized",
            ),
            (
                r#"{"quant_method": "compressed-tensors", "config_groups": {
                    "group_0": {"weights": {"num_bits": 4}},
                    "group_1": {"weights": {"num_bits": 8}}}}"#,
                "compressed-tensors",
                "",
                "",
            ),
            (
                r#"{"quant_method": "compressed-tensors", "config_groups": {
                    "group_0": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "float"}}}}"#,
                "compressed-tensors",
                "8",
                "float-quantized",
            ),
            (
                r#"{"quant_method": "exl3", "bits": 4.25}"#,
                "exl3",
                "4.25",
                "",
            ),
            (r#"{"quant_method": "exl2", "bits": 4.0}"#, "exl2", "4", ""),
            (
                r#"{"quant_method": "modelopt", "quant_algo": "NVFP4"}"#,
                "modelopt",
                "",
                "NVFP4",
            ),
            (
                r#"{"quant_method": "torchao",
                    "quant_type": {"default": {"_type": "Int4WeightOnlyConfig", "_data": {}}}}"#,
                "torchao",
                "",
                "Int4WeightOnlyConfig",
            ),
            (
                r#"{"quant_method": "hqq", "quant_config": {"weight_quant_params": {"nbits": 3}}}"#,
                "hqq",
                "3",
                "",
            ),
            (
                r#"{"quant_method": "aqlm", "num_codebooks": 1, "nbits_per_codebook": 16,
                    "in_group_size": 8, "out_group_size": 1}"#,
                "aqlm",
                "2",
                "",
            ),
            (
                r#"{"quant_method": "vptq", "config_for_layers": {"a.b": {
                    "vector_lens": [-1, 8], "num_centroids": [-1, 65536]}}}"#,
                "vptq",
                "2",
                "",
            ),
            (
                r#"{"quant_method": "quark", "global_quant_config": {"weight": {"dtype": "int4"}}}"#,
                "quark",
                "",
                "int4",
            ),
            (
                r#"{"group_size": 64, "bits": 4, "mode": "affine"}"#,
                "mlx",
                "4",
                "affine",
            ),
            (r#"{"tensor_storage": {}, "bits": 3}"#, "exl3", "3", ""),
            (r#"{"something": 1}"#, "unknown", "", ""),
        ] {
            let claim = claim(block);

            assert_eq!(claim.method, method, "{block}");
            let stated = claim.scheme.bits.map(|bits| bits.to_string());
            assert_eq!(stated.unwrap_or_default(), bits, "{block}");
            assert_eq!(claim.variant.unwrap_or_default(), variant, "{block}");
        }
    }

    #[test]
    fn every_list_of_layers_left_alone_is_read() {
        for key in LEFT_ALONE {
            let claim = claim(&format!(
                r#"{{"quant_method": "x", "{key}": ["lm_head", "a.b"]}}"#
            ));

            assert!(claim.left_alone.of("lm_head.weight").is_some(), "{key}");
            assert!(claim.left_alone.of("model.a.b.weight").is_some(), "{key}");
            assert!(claim.left_alone.of("model.a.c.weight").is_none(), "{key}");
        }
    }

    #[test]
    fn exceptions_of_single_layers_are_read() {
        for block in [
            r#"{"bits": 4, "a.b": {"bits": 6, "group_size": 32}, "a.c": false}"#,
            r#"{"bits": 4, "dynamic": {"+:.*a\\.b": {"bits": 6, "group_size": 32}, "-:.*a\\.c": {}}}"#,
            r#"{"bits": 4, "extra_config": {"a.b": {"bits": 6, "group_size": 32},
                "a.c": {"bits": 16}}}"#,
        ] {
            let claim = claim(block);
            let expected = Scheme {
                bits: Bits::whole(6),
                group_size: Some(32),
            };

            assert_eq!(claim.others.of("a.b.weight"), Some(&expected), "{block}");
            assert!(claim.left_alone.of("a.c.weight").is_some(), "{block}");
            assert!(claim.left_alone.of("a.b.weight").is_none(), "{block}");
        }
    }

    #[test]
    fn groups_that_name_their_layers_are_exceptions() {
        let claim = claim(
            r#"{"quant_method": "compressed-tensors", "config_groups": {
                "group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "group_size": 128}},
                "group_1": {"targets": ["re:.*down_proj"], "weights": {"num_bits": 8}}}}"#,
        );

        assert_eq!(claim.scheme.bits, Bits::whole(4));
        assert_eq!(claim.scheme.group_size, Some(128));
        let other = claim
            .others
            .of("model.layers.0.mlp.down_proj.weight_packed");
        assert_eq!(other.and_then(|scheme| scheme.bits), Bits::whole(8));
    }

    #[test]
    fn what_quantizes_no_weights_claims_nothing() {
        let block =
            r#"{"quant_method": "modelopt", "quant_algo": null, "kv_cache_quant_algo": "FP8"}"#;

        assert_eq!(claims_in_text("x", block), None);
        assert_eq!(claims_in_text("x", "{}"), None);
        assert_eq!(claims_in_text("x", "no JSON"), None);
    }
}

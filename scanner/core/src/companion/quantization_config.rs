//! The objects that say how the weights were quantized, and where they stand.
//!
//! To read another place: add a row to [`PLACES`]. What stands in one is read in `block.rs`.

mod block;

use std::collections::BTreeMap;

use crate::json::{self, Events, Scalar};
use crate::quantization::Claimed;
use block::Block;

/// A place where such an object stands.
#[derive(Debug)]
struct Place {
    /// The file.
    file: &'static str,
    /// The key that holds it; empty: the file is the object.
    key: &'static str,
    /// The method, where the object names none.
    method: Option<&'static str>,
}

/// Every place that is known. The keys may stand under `text_config` too.
const PLACES: &[Place] = &[
    // transformers, and everything that follows it.
    place(super::CONFIG, "quantization_config", None),
    // compressed-tensors, before it followed.
    place(
        super::CONFIG,
        "compression_config",
        Some("compressed-tensors"),
    ),
    // MLX.
    place(super::CONFIG, "quantization", None),
    // AutoGPTQ and gptqmodel.
    place("quantize_config.json", "", Some("gptq")),
    // AutoAWQ and llm-awq.
    place("quant_config.json", "", Some("awq")),
    // nvidia-modelopt.
    place("hf_quant_config.json", "quantization", Some("modelopt")),
    // exllamav3 and auto-round.
    place("quantization_config.json", "", None),
    // optimum-quanto: layers, and what they are quantized to.
    place("quantization_map.json", "", Some("quanto")),
];

const fn place(file: &'static str, key: &'static str, method: Option<&'static str>) -> Place {
    Place { file, key, method }
}

/// The objects met so far, by where they stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks(BTreeMap<String, Block>);

impl Blocks {
    /// Takes in a scalar of a file if it stands in such an object, and says whether it does.
    pub(super) fn add(&mut self, file: &str, path: &[&str], scalar: Scalar<'_>) -> bool {
        let Some((block, rest)) = self.block(file, path) else {
            return is_place(file, path);
        };
        block.add(rest, scalar);
        true
    }

    /// Takes in an object, which may be empty.
    pub(super) fn add_object(&mut self, file: &str, path: &[&str]) {
        if let Some((block, rest)) = self.block(file, path) {
            block.add_object(rest);
        }
    }

    /// One claim for each object.
    pub(super) fn claims(&self) -> impl Iterator<Item = Claimed> {
        self.0
            .iter()
            .filter_map(|(source, block)| block.claim(source))
    }

    /// The object that a path leads into, and the rest of the path; `None` where it leads into
    /// none. A null or a word in place of the object claims nothing that could be compared.
    fn block<'a>(
        &mut self,
        file: &str,
        path: &'a [&'a str],
    ) -> Option<(&mut Block, &'a [&'a str])> {
        let (place, is_inner) = find(file, path)?;
        let depth = usize::from(is_inner).saturating_add(usize::from(!place.key.is_empty()));
        let rest = path.get(depth..).filter(|rest| !rest.is_empty())?;
        let source = match (place.key, is_inner) {
            ("", _) => file.to_owned(),
            (key, false) => format!("{file}: {key}"),
            (key, true) => format!("{file}: text_config.{key}"),
        };
        let block = self
            .0
            .entry(source)
            .or_insert_with(|| Block::new(place.method));
        Some((block, rest))
    }
}

/// The place that a path leads into, and whether it is that of the inner text model.
fn find(file: &str, path: &[&str]) -> Option<(&'static Place, bool)> {
    let of_file = || PLACES.iter().filter(move |place| place.file == file);
    let (is_inner, key) = match path {
        ["text_config", key, ..] => (true, Some(key)),
        [key, ..] => (false, Some(key)),
        [] => (false, None),
    };
    of_file()
        .find(|place| Some(&place.key) == key)
        .map(|place| (place, is_inner))
        .or_else(|| Some((of_file().find(|place| place.key.is_empty())?, false)))
}

fn is_place(file: &str, path: &[&str]) -> bool {
    find(file, path).is_some()
}

/// The claims of a text that is such an object: libraries write them into the metadata of
/// safetensors files too. A text that is something else claims nothing.
#[must_use]
pub fn claims_in_text(source: &str, text: &str) -> Option<Claimed> {
    let mut object = Object(Block::new(None));
    let is_read = json::walk(text.as_bytes(), &mut object).is_ok();
    object.0.claim(source).filter(|_| is_read)
}

struct Object(Block);

impl Events for Object {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        self.0.add(&path, scalar);
    }

    fn duplicate(&mut self, _: &[String]) {}

    fn object(&mut self, path: &[String]) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        self.0.add_object(&path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::companion::{COMPANIONS, Scope, Told};
    use crate::format::Header;

    /// Where each claim of a file stands, and the method and variant claimed.
    fn claims(file: &str, json: &str) -> Vec<(String, String, Option<String>)> {
        let scope = Scope {
            has_claims: true,
            is_certain: false,
        };
        let mut header = Header::default();
        for kind in COMPANIONS.iter().filter(|kind| kind.name == file) {
            Told::read(kind, kind.name, json.as_bytes()).complete(&mut header, scope);
        }
        assert_eq!(header.facts.anomalies, []);
        let methods = header.claims.into_iter().filter_map(|claim| match claim {
            Claimed::Method(claim) => Some((claim.source, claim.method, claim.variant)),
            _ => None,
        });
        methods.collect()
    }

    #[test]
    fn every_key_of_a_config_is_a_claim_of_its_own() {
        let claimed = claims(
            "config.json",
            r#"{"quantization": {"bits": 4}, "compression_config": {"format": "dense"},
                "text_config": {"quantization_config": {"quant_method": "fp8"}},
                "quantization_config": null}"#,
        );

        let places: Vec<_> = claimed
            .iter()
            .map(|(source, method, _)| (source.as_str(), method.as_str()))
            .collect();
        assert_eq!(
            places,
            [
                ("config.json: compression_config", "compressed-tensors"),
                ("config.json: quantization", "mlx"),
                ("config.json: text_config.quantization_config", "fp8"),
            ]
        );
    }

    #[test]
    fn every_file_of_its_own_is_a_claim() {
        for (file, json, source, method, variant) in [
            (
                "quantize_config.json",
                r#"{"bits": 4}"#,
                "quantize_config.json",
                "gptq",
                None,
            ),
            (
                "quant_config.json",
                r#"{"w_bit": 4, "q_group_size": 128, "version": "GEMM"}"#,
                "quant_config.json",
                "awq",
                Some("GEMM"),
            ),
            (
                "hf_quant_config.json",
                r#"{"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "FP8"}}"#,
                "hf_quant_config.json: quantization",
                "modelopt",
                Some("FP8"),
            ),
            (
                "quantization_config.json",
                r#"{"bits": 4.0, "tensor_storage": {"a": {}}}"#,
                "quantization_config.json",
                "exl3",
                None,
            ),
            (
                "quantization_config.json",
                r#"{"quant_method": "auto-round", "packing_format": "auto_round:auto_gptq"}"#,
                "quantization_config.json",
                "auto-round",
                Some("auto_round:auto_gptq"),
            ),
            (
                "quantization_map.json",
                r#"{"a": {"weights": "qint8", "activations": "none"}, "b": {"weights": "qint8"}}"#,
                "quantization_map.json",
                "quanto",
                Some("int8"),
            ),
        ] {
            let expected = (
                source.to_owned(),
                method.to_owned(),
                variant.map(str::to_owned),
            );

            assert_eq!(claims(file, json), [expected], "{file}");
        }
    }
}

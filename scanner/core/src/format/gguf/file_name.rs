//! What a file's name says it is, by the naming convention of the GGUF specification:
//! `[mmproj-]<base>-<size>-<fine-tune>-<version>-<encoding>-<type>-<shard>.gguf`.
//!
//! The encoding is a claim of quantization like any other (`quantization::claim_in_file_name`), the
//! shard a numbering (`sharding`). What is left that content decides is whether it is a model.
//! Source: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>, "GGUF Naming Convention".

use std::error::Error;
use std::fmt;

use crate::anomalies::{Fault, Problem};
use crate::format::Header;
use crate::record::{Anomaly, AnomalyRule, Kind};
use crate::sharding::names::Numbered;

/// What is wrong with the name of a file of this header, read to its end.
pub(crate) fn misleading_name(name: &str, header: &Header) -> Option<Anomaly> {
    header.facts.parameters?;
    let named = kind_in(name).filter(|named| Some(*named) != header.facts.kind)?;
    let found = header.facts.kind;
    Some(Fault::anywhere(NamedOtherwise { named, found }).into())
}

/// The kind that a name states; letter case counts, as it does in the convention.
fn kind_in(name: &str) -> Option<Kind> {
    let stem = match Numbered::read(name) {
        Some(numbered) => numbered.prefix,
        None => name.strip_suffix(".gguf")?,
    };
    let (rest, last) = stem.rsplit_once('-')?;
    match last {
        _ if rest.starts_with("mmproj-") || rest == "mmproj" => Some(Kind::Projector),
        "LoRA" => Some(Kind::Adapter),
        "vocab" => Some(Kind::Vocabulary),
        _ => None,
    }
}

/// A name that says something else than the content is.
#[derive(Debug)]
struct NamedOtherwise {
    named: Kind,
    found: Option<Kind>,
}

impl Problem for NamedOtherwise {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::DeceptiveName
    }

    fn kind(&self) -> &'static str {
        "name-kind"
    }
}

impl fmt::Display for NamedOtherwise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.found.map_or("model", Kind::word);
        let named = self.named.word();
        write!(f, "the name says {named}, the content says {found}")
    }
}

impl Error for NamedOtherwise {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_states_a_kind_where_the_convention_has_a_place_for_it() {
        let cases = [
            ("mmproj-Qwen2-VL-7B-v1.0-F16.gguf", Some(Kind::Projector)),
            ("mmproj-F16.gguf", Some(Kind::Projector)),
            ("Grok-100B-v1.0-Q4_0-LoRA.gguf", Some(Kind::Adapter)),
            (
                "Hermes-8B-v1.0-F16-LoRA-00001-of-00002.gguf",
                Some(Kind::Adapter),
            ),
            ("Hermes-8B-v1.0-vocab.gguf", Some(Kind::Vocabulary)),
            ("Mixtral-8x7B-v0.1-KQ2.gguf", None),
            ("ggml-vocab-bert-bge.gguf", None),
            ("my-lora.gguf", None),
            ("LoRA.gguf", None),
            ("mmproj.gguf", None),
            ("mmproj-F16", None),
            ("", None),
        ];
        for (name, kind) in cases {
            assert_eq!(kind_in(name), kind, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_answered(name in "\\PC{0,40}") {
            let _ = kind_in(&name);
        }
    }
}

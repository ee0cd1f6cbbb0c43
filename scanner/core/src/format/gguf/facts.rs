//! Which keys tell something, and what.
//!
//! To read another key, add it to [`Collector::add`] or, if it is a size of the model, to [`SIZES`].

use std::collections::BTreeMap;

use super::metadata::{Value, ValueType, report};
use super::names::Name;
use super::vocabulary::Vocabulary;
use super::{GgufProblem, limits};
use crate::anomalies::{Anomalies, Fault, escape};
use crate::destinations::Destinations;
use crate::digest::sha256;
use crate::format::Header;
use crate::quantization::Claimed;
use crate::reader::widen;
use crate::record::{Facts, Kind, Property, Sha256};
use crate::sharding::Split;
use crate::template;

/// Sizes that stand under the architecture's name, and what `CycloneDX` calls them.
const SIZES: [(&str, &str); 6] = [
    (".embedding_length", "hidden_size"),
    (".block_count", "num_hidden_layers"),
    (".feed_forward_length", "intermediate_size"),
    (".attention.head_count", "num_attention_heads"),
    (".attention.head_count_kv", "num_key_value_heads"),
    (".vocab_size", "vocab_size"),
];

/// What the keys of what is true of every model begin with.
pub(super) const GENERAL: &str = "general.";

/// Keys that have a word in the vocabulary.
const PROPERTIES: [(&str, Property); 8] = [
    ("general.name", Property::Name),
    ("general.version", Property::Version),
    ("general.description", Property::Description),
    ("general.author", Property::Author),
    ("general.organization", Property::Organization),
    ("general.quantized_by", Property::QuantizedBy),
    ("general.languages", Property::Language),
    ("general.tags", Property::Tag),
];

/// Keys that are told as they stand.
const DESCRIBED: [&str; 5] = [
    "general.basename",
    "general.finetune",
    "general.size_label",
    "general.doi",
    "general.uuid",
];

const CONTEXT_LENGTH: &str = ".context_length";

/// What the keys of further chat templates begin with.
const NAMED_TEMPLATE: &str = "tokenizer.chat_template.";

const EXPERT_COUNT: &str = ".expert_count";

/// Sizes that llama.cpp has room for: the end of the key, the name of what is wrong, what is
/// counted, and how many.
const ROOMS: [(&str, &str, &str, u64); 2] = [
    (
        ".block_count",
        "too-many-blocks",
        "blocks",
        limits::LLAMA_MAX_LAYERS,
    ),
    (
        EXPERT_COUNT,
        "too-many-experts",
        "experts",
        limits::LLAMA_MAX_EXPERTS,
    ),
];

/// Sizes that may differ from layer to layer and are then an array.
const MAY_BE_ARRAY: [&str; 3] = [
    ".feed_forward_length",
    ".attention.head_count",
    ".attention.head_count_kv",
];

/// What the pairs said so far.
#[derive(Debug, Default)]
pub(super) struct Collector {
    architecture: Option<String>,
    license: Option<String>,
    file_type: Option<u32>,
    alignment: Option<u32>,
    chat_template: Option<Sha256>,
    base_models: BTreeMap<u32, BaseModel>,
    /// Keys that end like one of the sizes: the architecture may stand after them.
    sizes: BTreeMap<String, u64>,
    destinations: Destinations,
    split: Split,
    general_type: Option<String>,
    pub(super) vocabulary: Vocabulary,
    may_lack_architecture: bool,
    /// What the file says of itself.
    facts: Facts,
}

/// What reading on needs to know.
#[derive(Debug)]
pub(super) struct Summary {
    /// Alignment of tensor data; never zero.
    pub(super) alignment: u32,
    /// Whether this is a file that states no architecture: a later part of a split model, or an
    /// importance matrix.
    pub(super) may_lack_architecture: bool,
}

#[derive(Debug, Default)]
struct BaseModel {
    url: Option<String>,
    name: Option<String>,
}

impl Collector {
    /// Takes in one pair. `offset` is that of the value's type.
    pub(super) fn add(
        &mut self,
        key: &Name,
        value_type: ValueType,
        value: &Value,
        offset: u64,
        anomalies: &mut Anomalies,
    ) {
        if let Value::Text(text, start) = value {
            if std::str::from_utf8(text).is_err() {
                report(anomalies, key, *start, GgufProblem::ValueNotUtf8);
            }
            self.search(key, text, *start, anomalies);
        }
        let mut pair = Pair {
            key,
            value_type,
            value,
            offset,
            anomalies,
        };
        match key.text.as_str() {
            "general.architecture" => pair.text(&mut self.architecture),
            "general.license" => pair.text(&mut self.license),
            "general.file_type" => pair.u32(&mut self.file_type),
            "general.alignment" => self.add_alignment(&mut pair),
            "general.type" => {
                pair.text(&mut self.general_type);
                self.may_lack_architecture |= self.general_type.as_deref() == Some("imatrix");
            }
            "split.no" => {
                self.may_lack_architecture |= matches!(value, Value::Unsigned(1..));
                pair.u16(&mut self.split.number);
            }
            "split.count" => pair.u16(&mut self.split.count),
            "split.tensors.count" => pair.i32(&mut self.split.tensors),
            "tokenizer.chat_template" => match value {
                Value::Text(text, _) => {
                    self.chat_template = sha256(text);
                    pair.examine_template();
                }
                _ => pair.wrong_type("string"),
            },
            name if name.starts_with(NAMED_TEMPLATE) => pair.examine_template(),
            name if name.starts_with(GENERAL) => {
                if let Value::Text(text, _) = value {
                    self.say(name, text);
                }
                self.add_base_model(&mut pair);
            }
            _ => {
                self.add_base_model(&mut pair);
                self.add_size(&mut pair);
            }
        }
    }

    /// Searches a text for URLs. `offset` is that of its first byte.
    pub(super) fn search(
        &mut self,
        key: &Name,
        text: &[u8],
        offset: u64,
        anomalies: &mut Anomalies,
    ) {
        self.destinations
            .scan(&key.text, text, Some(offset), anomalies);
    }

    /// Takes in what the file says of itself under a key that begins with `general.`.
    pub(super) fn say(&mut self, key: &str, text: &[u8]) {
        let known = PROPERTIES.iter().find(|(known, _)| *known == key);
        match known {
            Some((_, property)) => self.facts.say_bytes(*property, text),
            None if DESCRIBED.contains(&key) => self.facts.say_metadata(key, text),
            None => {}
        }
    }

    /// Writes everything that was told into the header.
    pub(super) fn finish(mut self, header: &mut Header) -> Summary {
        let facts = &mut header.facts;
        facts.take_description(&mut self.facts);
        facts.kind = self.kind();
        if let Some(architecture) = &self.architecture {
            // A projector states the sizes of what it has an eye or an ear of.
            let size = |suffix: &str| {
                ["", ".vision", ".audio"].iter().find_map(|of| {
                    let key = format!("{architecture}{of}{suffix}");
                    self.sizes.get(&key).copied()
                })
            };
            facts.context_length = size(CONTEXT_LENGTH);
            facts.hyperparameters = SIZES
                .iter()
                .filter_map(|(suffix, name)| Some(((*name).to_owned(), size(suffix)?)))
                .collect();
        }
        facts.architecture = self.architecture;
        facts.license_source = self.license.as_ref().map(|_| "general.license".to_owned());
        facts.license = self.license;
        facts.base_models = self
            .base_models
            .into_values()
            .filter_map(|model| model.url.or(model.name))
            .collect();
        facts.chat_template = self.chat_template;
        facts.destinations = self.destinations.into_vec();
        header.split = (self.split != Split::default()).then_some(self.split);
        header.claims.extend(self.file_type.map(Claimed::FileType));
        Summary {
            alignment: self.alignment.unwrap_or(limits::SPEC_ALIGNMENT),
            may_lack_architecture: self.may_lack_architecture,
        }
    }

    /// What the file says it is: `GGUFType` in gguf-py's constants.py, and the architecture that
    /// projectors had before there was that key. Whether there are only tokens, the tensors tell.
    fn kind(&self) -> Option<Kind> {
        match (self.general_type.as_deref(), self.architecture.as_deref()) {
            (Some("adapter"), _) => Some(Kind::Adapter),
            (Some("imatrix"), _) => Some(Kind::ImportanceMatrix),
            (Some("mmproj"), _) | (None, Some("clip")) => Some(Kind::Projector),
            _ => None,
        }
    }

    /// The specification asks for a multiple of 8, llama.cpp for a power of two.
    fn add_alignment(&mut self, pair: &mut Pair<'_>) {
        let mut alignment = None;
        pair.u32(&mut alignment);
        let Some(alignment) = alignment else { return };
        if !alignment.is_power_of_two() || alignment < 8 {
            pair.report(GgufProblem::Alignment(alignment));
        }
        if alignment > 0 {
            self.alignment = Some(alignment);
        }
    }

    fn add_base_model(&mut self, pair: &mut Pair<'_>) {
        let Some((index, field)) = pair
            .key
            .text
            .strip_prefix("general.base_model.")
            .and_then(|rest| rest.split_once('.'))
        else {
            return;
        };
        let Ok(index) = index.parse() else { return };
        if field != "repo_url" && field != "name" {
            return;
        }
        if self.base_models.len() >= limits::MAX_BASE_MODELS
            && !self.base_models.contains_key(&index)
        {
            pair.report(GgufProblem::Limit {
                kind: "limit-base-models",
                of: "base models",
                most: widen(limits::MAX_BASE_MODELS),
            });
            return;
        }
        let model = self.base_models.entry(index).or_default();
        pair.text(if field == "name" {
            &mut model.name
        } else {
            &mut model.url
        });
    }

    fn add_size(&mut self, pair: &mut Pair<'_>) {
        let key = &pair.key.text;
        let is_size = key.ends_with(CONTEXT_LENGTH)
            || key.ends_with(EXPERT_COUNT)
            || SIZES.iter().any(|(suffix, _)| key.ends_with(suffix));
        if !is_size {
            return;
        }
        let size = match *pair.value {
            Value::Unsigned(size) => size,
            Value::Signed(size) if size >= 0 => size.unsigned_abs(),
            _ => {
                let may_be_array = MAY_BE_ARRAY.iter().any(|suffix| key.ends_with(suffix));
                if !(may_be_array && pair.value_type == ValueType::Array) {
                    pair.wrong_type("unsigned number");
                }
                return;
            }
        };
        self.sizes.insert(key.clone(), size);
        for (suffix, kind, of, most) in ROOMS {
            if pair.key.text.ends_with(suffix) && size > most {
                let found = size;
                pair.report(GgufProblem::TooMany {
                    kind,
                    of,
                    found,
                    most,
                });
            }
        }
    }
}

/// One pair on its way into the facts.
struct Pair<'a> {
    key: &'a Name,
    value_type: ValueType,
    value: &'a Value,
    offset: u64,
    anomalies: &'a mut Anomalies,
}

impl Pair<'_> {
    fn text(&mut self, fact: &mut Option<String>) {
        match self.value {
            Value::Text(text, _) if text.len() <= limits::MAX_FACT => *fact = Some(escape(text)),
            Value::Text(..) => self.report(GgufProblem::Limit {
                kind: "limit-value",
                of: "bytes of a value",
                most: widen(limits::MAX_FACT),
            }),
            _ => self.wrong_type("string"),
        }
    }

    fn u32(&mut self, fact: &mut Option<u32>) {
        match self.value {
            Value::Unsigned(number) if self.value_type == ValueType::U32 => {
                *fact = u32::try_from(*number).ok();
            }
            _ => self.wrong_type("u32"),
        }
    }

    fn u16(&mut self, fact: &mut Option<u16>) {
        match self.value {
            Value::Unsigned(number) if self.value_type == ValueType::U16 => {
                *fact = u16::try_from(*number).ok();
            }
            _ => self.wrong_type("u16"),
        }
    }

    /// A count that is written as a signed number.
    fn i32(&mut self, fact: &mut Option<i64>) {
        match self.value {
            Value::Signed(number) if self.value_type == ValueType::I32 => *fact = Some(*number),
            _ => self.wrong_type("i32"),
        }
    }

    fn examine_template(&mut self) {
        let Value::Text(text, start) = self.value else {
            return;
        };
        for (at, sign) in template::signs(&String::from_utf8_lossy(text)) {
            let offset = start.checked_add(widen(at));
            let key = &self.key.text;
            self.anomalies
                .report(|| Fault::new(offset, sign).within(key).within("metadata"));
        }
    }

    fn wrong_type(&mut self, expected: &'static str) {
        self.report(GgufProblem::WrongType {
            found: self.value_type.name(),
            expected,
        });
    }

    fn report(&mut self, problem: GgufProblem) {
        report(self.anomalies, self.key, self.offset, problem);
    }
}

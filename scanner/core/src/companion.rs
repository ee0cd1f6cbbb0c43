//! The files beside the weights that say what they are, how they are quantized and what runs when
//! they are loaded.
//!
//! To read another: add a row to [`COMPANIONS`], with a function that takes in what stands in it.
//! What all of them may hold (code to run, URLs, quantization) is taken in by [`Told`].

mod adapter;
mod code;
mod config;
mod model_card;
mod pipeline;
mod problem;
mod quantization_config;
mod templates;
mod told;

pub use problem::CompanionProblem;
pub use quantization_config::claims_in_text;
pub use told::{Scope, Told};

use crate::json::Scalar;

/// The companion that says the most.
const CONFIG: &str = "config.json";

/// The directory of further chat templates, one in each file.
pub const TEMPLATES: &str = "additional_chat_templates";

/// Bytes of a companion. Real ones take some kilobytes, one megabyte where they name a thousand
/// labels or tokens; what is kept of a longer one to find duplicate keys would not fit the memory
/// we allow.
pub const MAX_COMPANION: usize = 4 * 1024 * 1024;

/// Bytes of a companion that describes every tensor: 250 for each of the 50,000 of the largest
/// mixtures of experts.
pub const MAX_DESCRIPTION: usize = 16 * 1024 * 1024;

/// A kind of companion.
#[derive(Debug)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// Whether files that have nothing to do with models bear this name too.
    pub is_common: bool,
    /// Bytes of it that are examined.
    pub limit: usize,
    /// How many directories below its own the weights may lie whose loading it has run code.
    pub reach: usize,
    content: Content,
}

#[derive(Debug, Clone, Copy)]
enum Content {
    /// JSON, and what takes in a scalar of it.
    Json(fn(&mut Told, &[&str], Scalar<'_>)),
    /// A chat template, and nothing else.
    Template,
    /// Markdown behind YAML.
    ModelCard,
    /// Code that loading runs because it is there.
    Code,
}

/// How many directories lie between weights and what has loading run code at most: the modules of a
/// router that is a module of `sentence-transformers`.
pub const MAX_REACH: usize = 2;

/// Bytes of a companion that reaches further than its own directory. Real ones take a few kilobytes;
/// a directory may have any number of others below it.
const MAX_FAR_COMPANION: usize = 256 * 1024;

/// Every kind, in the order in which they are believed: of two that say the same, the first counts.
/// For chat templates that is the order in which transformers looks for them.
pub const COMPANIONS: &[Kind] = &[
    common(CONFIG, Content::Json(config::add)),
    kind("quantize_config.json", Content::Json(nothing_more)),
    common("quant_config.json", Content::Json(nothing_more)),
    kind("hf_quant_config.json", Content::Json(nothing_more)),
    Kind {
        limit: MAX_DESCRIPTION,
        ..common("quantization_config.json", Content::Json(nothing_more))
    },
    Kind {
        limit: MAX_DESCRIPTION,
        ..kind("quantization_map.json", Content::Json(nothing_more))
    },
    kind("adapter_config.json", Content::Json(adapter::add)),
    kind("generation_config.json", Content::Json(nothing_more)),
    kind("chat_template.jinja", Content::Template),
    kind("chat_template.json", Content::Json(templates::add)),
    kind("processor_config.json", Content::Json(templates::add)),
    kind("tokenizer_config.json", Content::Json(templates::add)),
    kind("special_tokens_map.json", Content::Json(templates::add)),
    kind(
        "video_preprocessor_config.json",
        Content::Json(nothing_more),
    ),
    kind("sentence_bert_config.json", Content::Json(nothing_more)),
    kind("preprocessor_config.json", Content::Json(nothing_more)),
    far("modules.json", Content::Json(code::add_module)),
    far("router_config.json", Content::Json(code::add_route)),
    far("model_index.json", Content::Json(pipeline::add)),
    far("modular_model_index.json", Content::Json(pipeline::add)),
    far("genai_config.json", Content::Json(code::add_operators)),
    kind("custom_generate/generate.py", Content::Code),
    kind(
        "config_sentence_transformers.json",
        Content::Json(nothing_more),
    ),
    common("README.md", Content::ModelCard),
];

/// A chat template in [`TEMPLATES`].
pub const TEMPLATE: &Kind = &kind("*.jinja", Content::Template);

const fn kind(name: &'static str, content: Content) -> Kind {
    Kind {
        name,
        is_common: false,
        limit: MAX_COMPANION,
        reach: 0,
        content,
    }
}

const fn common(name: &'static str, content: Content) -> Kind {
    Kind {
        is_common: true,
        ..kind(name, content)
    }
}

/// A file above the weights, in the directory that is loaded.
const fn far(name: &'static str, content: Content) -> Kind {
    Kind {
        limit: MAX_FAR_COMPANION,
        reach: MAX_REACH,
        ..common(name, content)
    }
}

/// For files of which only what any of them may hold is taken in.
fn nothing_more(_: &mut Told, _: &[&str], _: Scalar<'_>) {}

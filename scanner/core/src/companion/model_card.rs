//! The front matter of a `README.md`: what a model card says to programs.
//!
//! Of YAML only what model cards are made of is read: texts, and lists of texts, under keys of the
//! outermost level. Anything else is left out. Source:
//! <https://github.com/huggingface/hub-docs/blob/main/modelcard.md>.

use super::Told;
use super::told::fact;
use crate::record::{Facts, Property};

/// Bytes of front matter; the longest, with a thousand evaluation results, take about this.
const MAX_FRONT_MATTER: usize = 256 * 1024;

/// The line before and after it.
const FENCE: &str = "---";

/// What a model card says.
#[derive(Debug, Clone, Default)]
pub(super) struct ModelCard {
    license: Option<String>,
    license_name: Option<String>,
}

impl ModelCard {
    /// Adds the licence to facts that have none.
    pub(super) fn complete(self, file: &str, facts: &mut Facts) {
        // `other` says that the name is elsewhere.
        let named = self.license_name.map(|name| (name, "license_name"));
        let stated = self.license.map(|name| (name, "license"));
        let license = match stated {
            Some((license, _)) if license == "other" && named.is_some() => named,
            Some(stated) => Some(stated),
            None => named,
        };
        if let (None, Some((name, key))) = (&facts.license, license) {
            facts.license = Some(name);
            facts.license_source = Some(format!("{file}: {key}"));
        }
    }
}

/// Reads the front matter of a Markdown file; there may be none.
pub(super) fn read(told: &mut Told, bytes: &[u8]) {
    let start = bytes.get(..MAX_FRONT_MATTER).unwrap_or(bytes);
    let text = String::from_utf8_lossy(start);
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    if lines.next().map(str::trim_end) != Some(FENCE) {
        return;
    }
    let mut key = String::new();
    for line in lines.take_while(|line| line.trim_end() != FENCE) {
        let item = line.trim_start().strip_prefix("- ");
        match (item, line.split_once(':')) {
            (Some(item), _) => add(told, &key, item),
            (None, Some((name, value))) if !name.starts_with([' ', '\t', '#']) => {
                name.trim().clone_into(&mut key);
                add_value(told, &key, value);
            }
            _ => {}
        }
    }
}

/// Takes in what stands behind a key: a text, a list in brackets, or nothing, when items follow.
fn add_value(told: &mut Told, key: &str, value: &str) {
    let value = value.trim();
    match value
        .strip_prefix('[')
        .and_then(|list| list.strip_suffix(']'))
    {
        Some(list) => list.split(',').for_each(|item| add(told, key, item)),
        None => add(told, key, value),
    }
}

fn add(told: &mut Told, key: &str, value: &str) {
    let value = scalar(value);
    if value.is_empty() {
        return;
    }
    told.find_destinations(&[key], value);
    match key {
        // Several are told as they stand: which of them counts, nobody says.
        "license" => {
            let before = told.card.license.take();
            let both = before.map(|before| format!("{before}, {value}"));
            told.card.license = fact(both.as_deref().unwrap_or(value));
        }
        "license_name" => told.card.license_name = fact(value),
        "base_model" => told.add_base_model(value),
        // What else a card of a model has; that of a library has none of these.
        "library_name" => told.description.say(Property::Framework, value),
        "pipeline_tag" => told.description.say(Property::Task, value),
        "quantized_by" => told.description.say(Property::QuantizedBy, value),
        "base_model_relation" => {}
        // Cards of other things have these too.
        "language" => return told.description.say(Property::Language, value),
        "tags" => return told.description.say(Property::Tag, value),
        _ => return,
    }
    told.is_about_a_model = true;
}

/// A plain or quoted text, without the comment behind it.
fn scalar(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some((text, _)) = value
            .strip_prefix(quote)
            .and_then(|rest| rest.split_once(quote))
        {
            return text;
        }
    }
    value
        .split_once(" #")
        .map_or(value, |(text, _)| text.trim_end())
}

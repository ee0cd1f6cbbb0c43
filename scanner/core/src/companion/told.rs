//! What one companion says, and how it completes the facts of a model.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::adapter::Adapter;
use super::code::{self, CodeProblem};
use super::config::Config;
use super::model_card::{self, ModelCard};
use super::pipeline::{self, Pipeline};
use super::quantization_config::Blocks;
use super::templates::Templates;
use super::{CompanionProblem, Content, Kind};
use crate::anomalies::{Anomalies, Fault, Problem, clip};
use crate::destinations::Destinations;
use crate::format::Header;
use crate::json::{self, Events, Scalar};
use crate::record::Facts;
use crate::template;

/// Bytes of a text that becomes a fact, such as a licence.
const MAX_FACT: usize = 4096;

/// Base models kept of one companion; a merge names a dozen.
const MAX_BASE_MODELS: usize = 64;

/// Files of code kept of one companion; a model of many modalities names a dozen.
const MAX_CODE_FILES: usize = 64;

/// What of a companion is about a model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Whether it says how this file is quantized: not of a GGUF, which says so itself.
    pub has_claims: bool,
    /// Whether `config.json` is about nothing else, whatever stands in it.
    pub is_certain: bool,
}

impl Scope {
    /// Whether a companion is about this model whatever stands in it: its name is used for nothing
    /// else, or nothing else stands there.
    #[must_use]
    pub fn must_concern(self, kind: &Kind) -> bool {
        !kind.is_common || self.is_certain && kind.name == super::CONFIG
    }

    /// Whether it must be said that a companion could not be read. What is too long, behind a
    /// pointer or outside of the root is hidden from nobody but us; only a model card has nothing to hide.
    #[must_use]
    pub fn must_say(self, kind: &Kind, is_hidden: bool) -> bool {
        self.must_concern(kind) || is_hidden && !matches!(kind.content, Content::ModelCard)
    }
}

/// What one companion says.
#[derive(Debug, Clone, Default)]
pub struct Told {
    name: String,
    pub(super) is_about_a_model: bool,
    pub(super) config: Config,
    pub(super) adapter: Adapter,
    pub(super) card: ModelCard,
    pub(super) templates: Templates,
    pub(super) pipeline: Pipeline,
    names_code: bool,
    is_cut: bool,
    blocks: Blocks,
    base_models: Vec<String>,
    code_files: BTreeSet<String>,
    destinations: Destinations,
    anomalies: Anomalies,
    /// What it says of the model for people to read.
    pub(super) description: Facts,
}

impl Told {
    /// Reads a companion; what is wrong with it is among what it tells. `name` is what messages
    /// call it.
    #[must_use]
    pub fn read(kind: &Kind, name: &str, bytes: &[u8]) -> Self {
        let mut told = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        match kind.content {
            Content::Json(add) => told.read_json(add, bytes),
            Content::Template => {
                let text = String::from_utf8_lossy(bytes);
                told.templates.add(&text);
                told.examine_template(&[], &text);
                told.find_destinations(&[], &text);
            }
            Content::ModelCard => model_card::read(&mut told, bytes),
            Content::Code => told.report_code(&[], CodeProblem::Generate),
        }
        pipeline::judge(&mut told);
        told
    }

    /// Whether it is about a model at all, as files of common names need not be.
    #[must_use]
    pub fn is_about_a_model(&self) -> bool {
        self.is_about_a_model
    }

    /// Whether it has loading run code.
    #[must_use]
    pub fn names_code(&self) -> bool {
        self.names_code
    }

    /// Whether others read on where we ended, so that anything may stand in the rest.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Names of files of code beside it that it tells to run.
    pub fn code_files(&self) -> impl Iterator<Item = &str> {
        self.code_files.iter().map(String::as_str)
    }

    /// Adds to a header what it does not say itself.
    pub fn complete(mut self, header: &mut Header, scope: Scope) {
        if scope.has_claims {
            header.claims.extend(self.blocks.claims());
            header.claims.extend(self.config.dtype());
        }
        let facts = &mut header.facts;
        self.config.complete(facts);
        self.adapter.complete(facts);
        self.card.complete(&self.name, facts);
        facts.take_description(&mut self.description);
        facts.chat_template = facts.chat_template.or(self.templates.default());
        for model in self.base_models {
            if !facts.base_models.contains(&model) {
                facts.base_models.push(model);
            }
        }
        facts.destinations.extend(self.destinations.into_vec());
        facts.anomalies.extend(self.anomalies.into_vec());
    }

    /// Adds to a header what is wrong with it, where it is of a model that others are parts of.
    pub fn warn(self, header: &mut Header) {
        header.facts.anomalies.extend(self.anomalies.into_vec());
    }

    /// Reports what is wrong at a place.
    pub(super) fn report<P: Problem>(&mut self, path: &[&str], problem: P) {
        let name = &self.name;
        self.anomalies.report(|| {
            let fault = Fault::anywhere(problem);
            match path {
                [] => fault.within(name),
                path => fault.within(&path.join(".")).within(name),
            }
        });
    }

    /// Reports code that loading is told to run.
    pub(super) fn report_code(&mut self, path: &[&str], problem: CodeProblem) {
        self.is_about_a_model = true;
        self.names_code = true;
        if self.code_files.len() < MAX_CODE_FILES {
            self.code_files.extend(problem.file());
        }
        self.report(path, problem);
    }

    /// Examines a chat template.
    pub(super) fn examine_template(&mut self, path: &[&str], text: &str) {
        for (_, sign) in template::signs(text) {
            self.report(path, sign);
        }
    }

    /// Keeps a model that this one was made from.
    pub(super) fn add_base_model(&mut self, name: &str) {
        if self.base_models.len() < MAX_BASE_MODELS {
            self.base_models.extend(fact(name));
        }
    }

    /// Keeps the URLs of a text.
    pub(super) fn find_destinations(&mut self, path: &[&str], text: &str) {
        // Nearly no text holds one, and the place of each would have to be spelled.
        if text.contains("://") {
            let place = match path {
                [] => self.name.clone(),
                path => format!("{}: {}", self.name, path.join(".")),
            };
            self.destinations
                .scan(&place, text.as_bytes(), None, &mut self.anomalies);
        }
    }

    fn read_json(&mut self, add: fn(&mut Self, &[&str], Scalar<'_>), bytes: &[u8]) {
        let outcome = json::walk(&numbers(bytes), &mut Reading { told: self, add });
        if let Err(error) = outcome {
            self.is_cut = json::is_cut(&error);
            self.report(&[], CompanionProblem::Json(error));
        }
    }
}

/// A text as a fact; `None` for one that is empty, clipped where it is longer than any is.
pub(super) fn fact(text: &str) -> Option<String> {
    match text.len() {
        0 => None,
        1..=MAX_FACT => Some(text.to_owned()),
        _ => Some(clip(text)),
    }
}

struct Reading<'a> {
    told: &'a mut Told,
    add: fn(&mut Told, &[&str], Scalar<'_>),
}

impl Events for Reading<'_> {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let told = &mut *self.told;
        if let Scalar::Text(text) = scalar {
            told.find_destinations(&path, text);
        }
        code::add(told, &path, scalar);
        if told.blocks.add(&told.name, &path, scalar) {
            told.is_about_a_model = true;
        }
        (self.add)(told, &path, scalar);
    }

    fn duplicate(&mut self, path: &[String]) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        self.told.report(&path, CompanionProblem::DuplicateKey);
    }

    fn object(&mut self, path: &[String]) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let told = &mut *self.told;
        told.blocks.add_object(&told.name, &path);
    }
}

/// JSON with the numbers that Python writes and JSON has not (`NaN`, `Infinity`) made zero: honest
/// files hold them, such as the `time_step_limit` of Mamba 2.
fn numbers(bytes: &[u8]) -> Cow<'_, [u8]> {
    const NOT_JSON: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    let holds = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    if !NOT_JSON.iter().any(|word| holds(word)) {
        return Cow::Borrowed(bytes);
    }
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut is_text = false;
    while let Some((first, after)) = rest.split_first() {
        let word = NOT_JSON
            .iter()
            .find(|word| !is_text && rest.starts_with(word));
        let taken = match (word, first, after.first()) {
            (Some(word), ..) => {
                replaced.push(b'0');
                replaced.resize(
                    replaced.len().saturating_add(word.len()).saturating_sub(1),
                    b' ',
                );
                rest = rest.get(word.len()..).unwrap_or_default();
                continue;
            }
            (None, b'\\', Some(_)) if is_text => 2,
            (None, b'"', _) => {
                is_text = !is_text;
                1
            }
            _ => 1,
        };
        let (copied, after) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
        replaced.extend_from_slice(copied);
        rest = after;
    }
    Cow::Owned(replaced)
}

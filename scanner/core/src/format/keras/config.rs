//! The configuration of a model: a tree of objects, each with its class and module.
//!
//! Loading imports what the tree names and calls it with what the tree holds, so that every object
//! is held against the modules and functions that a model needs.
//! Source: `keras` 3.15.1, `saving/serialization_lib.py`; older files leave out the modules.

use std::collections::BTreeMap;

use super::objects::{self, Object};
use super::policies::Policies;
use super::{KerasProblem, leads_elsewhere};
use crate::anomalies::{Anomalies, Fault, clip};
use crate::description::Operators;
use crate::destinations::Destinations;
use crate::format::Header;
use crate::json::{self, Events, Scalar};
use crate::quantization::Tensor;
use crate::record::Loading;

/// Keys whose text names something inside the model.
const NAMES: &[&str] = &["name", "class_name", "module", "registered_name", "package"];

/// Keys of layers that look words up, whose text is a file.
const VOCABULARIES: &[&str] = &["vocabulary", "vocabulary_file"];

/// Distinct classes of layers: more than are told of.
const MAX_CLASSES: usize = 4096;

/// What a configuration says.
#[derive(Debug, Default)]
pub(crate) struct Config {
    source: String,
    architecture: Option<String>,
    policies: Policies,
    is_executable: bool,
    /// Classes of the model's layers, counted.
    layers: BTreeMap<String, u64>,
}

impl Config {
    /// Reads the bytes of a configuration; what is wrong with them is reported under `source`.
    pub(crate) fn read(
        bytes: &[u8],
        source: &str,
        destinations: &mut Destinations,
        anomalies: &mut Anomalies,
    ) -> Self {
        let mut reading = Reading {
            config: Self {
                source: source.to_owned(),
                ..Self::default()
            },
            source,
            open: vec![(String::new(), Object::default())],
            destinations,
            anomalies,
        };
        let outcome = json::walk(bytes, &mut reading);
        reading.close_to(0);
        let config = reading.config;
        if let Err(error) = outcome {
            anomalies.report(|| Fault::anywhere(KerasProblem::Json(error)).within(source));
        }
        config
    }

    /// Whether loading runs code that the file carries or names.
    pub(crate) fn is_executable(&self) -> bool {
        self.is_executable
    }

    /// Puts into the header what the configuration says of the whole model.
    pub(crate) fn describe(&self, header: &mut Header, tensors: &[Tensor]) {
        header.facts.architecture.clone_from(&self.architecture);
        let mut layers = Operators::default();
        for (class, count) in &self.layers {
            layers.add(class, *count);
        }
        layers.finish(&mut header.facts);
        header
            .claims
            .extend(self.policies.claims(tensors, &self.source));
        if self.is_executable {
            header.facts.loading = Some(Loading::Code);
        }
    }
}

struct Reading<'a> {
    config: Config,
    source: &'a str,
    /// The objects that the walk is in, outermost first: the key of each and what it says. The first is
    /// the whole configuration, which has none.
    open: Vec<(String, Object)>,
    destinations: &'a mut Destinations,
    anomalies: &'a mut Anomalies,
}

impl Events for Reading<'_> {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        let Some((key, parents)) = path.split_last() else {
            return;
        };
        self.enter(parents);
        if let (Scalar::Null, "module", Some((_, object))) =
            (scalar, key.as_str(), self.open.last_mut())
        {
            object.has_no_module = true;
        }
        let Scalar::Text(text) = scalar else { return };
        self.take(parents, key, text);
        self.examine(path, key, text);
    }

    fn duplicate(&mut self, path: &[String]) {
        self.report(path, KerasProblem::DuplicateKey);
    }
}

impl Reading<'_> {
    /// Closes the objects that the walk has left and opens those that it has entered.
    fn enter(&mut self, parents: &[String]) {
        let inner = self.open.iter().skip(1);
        let shared = inner
            .zip(parents)
            .take_while(|((open, _), key)| open == *key)
            .count();
        self.close_to(shared.saturating_add(1));
        for key in parents.iter().skip(shared) {
            self.open.push((key.clone(), Object::default()));
        }
    }

    /// Judges and forgets the objects below a depth.
    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some((key, object)) = self.open.pop() else {
                return;
            };
            self.config.policies.add_object(&object);
            self.count(&object);
            let is_root = self.open.is_empty();
            for problem in objects::problems(&object) {
                // A model that is of someone's own class as a whole holds layers that are not.
                if is_root && matches!(problem, KerasProblem::Custom(_)) {
                    continue;
                }
                self.config.is_executable |= !matches!(problem, KerasProblem::UnreadNode);
                let inner = self.open.iter().skip(1).map(|(key, _)| key);
                let own = (!is_root).then_some(&key);
                let path: Vec<String> = inner.chain(own).cloned().collect();
                self.report(&path, problem);
            }
        }
    }

    /// Counts an object that is a layer: it is one of a list of layers.
    fn count(&mut self, object: &Object) {
        let around = self.open.iter().rev().map(|(key, _)| key.as_str());
        let is_layer = around.into_iter().next() == Some("layers");
        let Some(class) = object.class.as_ref().filter(|_| is_layer) else {
            return;
        };
        if self.config.layers.len() < MAX_CLASSES || self.config.layers.contains_key(class) {
            let count = self.config.layers.entry(class.clone()).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Keeps a text that says what an object is.
    fn take(&mut self, parents: &[String], key: &str, text: &str) {
        if parents.is_empty() && key == "class_name" {
            self.config.architecture = Some(clip(text));
        }
        if key == "dtype" {
            self.config.policies.add_name(text);
        }
        self.take_attribute(parents, key, text);
        let mut inner = self.open.iter_mut().rev().map(|(_, object)| object);
        match key {
            "class_name" | "module" | "registered_name" | "config" => {
                if let Some(object) = inner.next() {
                    object.take(key, text);
                }
            }
            // What the configuration of a policy or a layer holds belongs to it.
            "mode" | "function" if parents.last().is_some_and(|parent| parent == "config") => {
                if let Some(object) = inner.nth(1) {
                    object.take(key, text);
                }
            }
            "node_def" if parents.last().is_some_and(|parent| parent == "config") => {
                if let Some(object) = inner.nth(1) {
                    object.take_node(text);
                }
            }
            "op" if parents.ends_with(&["config".to_owned(), "node_def".to_owned()]) => {
                if let Some(object) = inner.nth(2) {
                    object.take(key, text);
                }
            }
            _ => {}
        }
    }

    /// Keeps a text in an attribute of a node: the layer's `config.node_def.attr.<key>.s`, or in a
    /// list of such texts.
    fn take_attribute(&mut self, parents: &[String], key: &str, text: &str) {
        let found = parents.iter().position(|parent| parent == "node_def");
        let Some((at, rest)) = found.and_then(|at| Some((at, parents.get(at..)?))) else {
            return;
        };
        let mut names: Vec<&str> = rest.iter().map(String::as_str).collect();
        names.push(key);
        let (["node_def", "attr", name, "s"] | ["node_def", "attr", name, "list", "s", _]) =
            names.as_slice()
        else {
            return;
        };
        // The first of those that are open is the whole configuration, the next its first key's.
        let layer = at.checked_sub(1).and_then(|layer| self.open.get_mut(layer));
        if let Some((_, object)) = layer {
            object.take_attribute(name, text);
        }
    }

    /// Looks at a text as what loading may take it for: a path, an address, a file of words.
    fn examine(&mut self, path: &[String], key: &str, text: &str) {
        let place = format!("{}: {}", self.source, path.join("."));
        let (destinations, anomalies) = (&mut *self.destinations, &mut *self.anomalies);
        destinations.scan(&place, text.as_bytes(), None, anomalies);
        if VOCABULARIES.contains(&key) {
            self.report(path, KerasProblem::Vocabulary(clip(text)));
        } else if key == "name" && leads_elsewhere(text) {
            self.report(path, KerasProblem::PathLikeName(clip(text)));
        } else if is_item(key) || NAMES.contains(&key) {
            // Words of a vocabulary may be anything.
        } else if leads_out(text) {
            self.report(path, KerasProblem::PathInConfig(clip(text)));
        }
    }

    fn report(&mut self, path: &[String], problem: KerasProblem) {
        let source = self.source;
        self.anomalies.report(|| {
            let fault = Fault::anywhere(problem);
            let place = path.join(".");
            if place.is_empty() {
                fault
            } else {
                fault.within(&place)
            }
            .within(source)
        });
    }
}

/// Whether a key is the number of an item in a list.
fn is_item(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a value is a path that leads out of the model's directory, or an address.
fn leads_out(text: &str) -> bool {
    const SCHEMES: &[&str] = &[
        "http:", "https:", "ftp:", "file:", "gs:", "s3:", "hf:", "kaggle:",
    ];
    let has_scheme = SCHEMES.iter().any(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let is_text = text.contains(char::is_whitespace);
    has_scheme && text.contains("//") || text.len() > 1 && !is_text && leads_elsewhere(text)
}

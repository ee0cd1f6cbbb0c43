//! What an object of a configuration stands for, and whether loading it runs more than Keras.
//!
//! Sources: `keras` 3.15.1, `saving/serialization_lib.py` (`NON_MODELING_APIS`,
//! `_retrieve_class_or_fn`); CVE-2024-3660, CVE-2025-1550, CVE-2025-8747, CVE-2025-9905,
//! CVE-2025-9906, CVE-2025-49655, CVE-2026-1462.

use super::KerasProblem;
use crate::anomalies::clip;

/// An object as far as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Object {
    /// Its class, or `function`.
    pub(super) class: Option<String>,
    /// The module that loading imports.
    pub(super) module: Option<String>,
    /// The name under which someone registered it.
    pub(super) registered: Option<String>,
    /// The name of a function.
    pub(super) function: Option<String>,
    /// Whether it says that its class is in no module of Keras.
    pub(super) has_no_module: bool,
    /// How a policy quantizes.
    pub(super) mode: Option<String>,
}

impl Object {
    /// Keeps the text of a key.
    pub(super) fn take(&mut self, key: &str, text: &str) {
        let slot = match key {
            "class_name" => &mut self.class,
            "module" => &mut self.module,
            "registered_name" => &mut self.registered,
            "config" => &mut self.function,
            _ => &mut self.mode,
        };
        *slot = Some(clip(text));
    }
}

/// Layers and values that bring code along, or another program.
const EXECUTABLE: &[(&str, &str)] = &[
    ("Lambda", "lambda-layer"),
    ("__lambda__", "marshalled-lambda"),
    ("TFSMLayer", "tfsm-layer"),
    ("TorchModuleWrapper", "torch-module-wrapper"),
    ("JaxLayer", "jax-layer"),
    ("FlaxLayer", "flax-layer"),
];

/// Packages of Keras: the module itself or one inside it. Loading imports nothing else since 3.9.
const PACKAGES: &[&str] = &[
    "keras",
    "keras_core",
    "keras_cv",
    "keras_hub",
    "keras_nlp",
    "tf_keras",
    "tensorflow.keras",
    "tensorflow.python.keras",
];

/// Functions of Keras that read and write files, load models or switch off what keeps loading
/// safe.
const GADGETS: &[&str] = &[
    "audio_dataset_from_directory",
    "clear_session",
    "deserialize_keras_object",
    "enable_unsafe_deserialization",
    "func_load",
    "get_file",
    "image_dataset_from_directory",
    "load_img",
    "load_model",
    "load_weights",
    "model_from_json",
    "register_keras_serializable",
    "save_img",
    "save_model",
    "save_weights",
    "serialize_keras_object",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
];

/// Functions of Python that run text, import modules or touch files.
const PYTHON: &[&str] = &[
    "__import__",
    "breakpoint",
    "compile",
    "delattr",
    "eval",
    "exec",
    "execfile",
    "getattr",
    "globals",
    "help",
    "input",
    "locals",
    "open",
    "setattr",
    "type",
    "vars",
];

/// What loading the object would run.
pub(super) fn problems(object: &Object) -> Vec<KerasProblem> {
    let mut problems = Vec::new();
    let Some(class) = object.class.as_deref() else {
        return problems;
    };
    let bare = class.rsplit('>').next().unwrap_or(class);
    if let Some((_, kind)) = EXECUTABLE.iter().find(|(name, _)| *name == bare) {
        problems.push(KerasProblem::Layer(kind, class.to_owned()));
    }
    let name = match (class, &object.function) {
        ("function", Some(function)) => function.as_str(),
        _ => class,
    };
    let module = object.module.as_deref();
    match module {
        Some("builtins") if PYTHON.contains(&name) => {
            problems.push(KerasProblem::Gadget(format!("builtins.{name}")));
        }
        Some("builtins") | None => {}
        Some(module) if !is_of_keras(module) => {
            problems.push(KerasProblem::Foreign(format!("{module}.{name}")));
        }
        Some(module) if GADGETS.contains(&name) => {
            problems.push(KerasProblem::Gadget(format!("{module}.{name}")));
        }
        Some(_) => {}
    }
    let registered = object.registered.as_deref().unwrap_or(class);
    let package = registered.split_once('>').map(|(package, _)| package);
    let is_registered = package.is_some_and(|package| !is_of_keras(&package.to_ascii_lowercase()));
    if is_registered || object.has_no_module && module.is_none() {
        problems.push(KerasProblem::Custom(registered.to_owned()));
    }
    problems
}

/// Whether a module is one of Keras.
fn is_of_keras(module: &str) -> bool {
    PACKAGES.iter().any(|package| {
        module
            .strip_prefix(package)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

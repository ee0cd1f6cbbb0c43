//! What an object of a configuration stands for, and whether loading it runs more than Keras.
//!
//! Sources: `keras` 3.15.1, `saving/serialization_lib.py` (`NON_MODELING_APIS`,
//! `_retrieve_class_or_fn`); CVE-2024-3660, CVE-2025-1550, CVE-2025-8747, CVE-2025-9905,
//! CVE-2025-9906, CVE-2025-49655, CVE-2026-1462.

use super::KerasProblem;
use crate::anomalies::{Anomalies, clip};
use crate::format::{pickle, tensorflow};
use crate::reader::Reader;

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
    /// The function of TensorFlow that a layer calls.
    pub(super) symbol: Option<String>,
    /// The operator of TensorFlow that a layer runs.
    pub(super) operator: Option<String>,
    /// Whether that does more than compute with its attributes.
    runs_more: bool,
    /// Whether the node with that operator stands in a text that is none.
    has_unread_node: bool,
    /// Operators that do more than compute with an attribute of the node.
    by_attribute: Vec<&'static str>,
}

impl Object {
    /// Keeps the text of a key.
    pub(super) fn take(&mut self, key: &str, text: &str) {
        let slot = match key {
            "class_name" => &mut self.class,
            "module" => &mut self.module,
            "registered_name" => &mut self.registered,
            "config" => &mut self.function,
            "function" => &mut self.symbol,
            "op" => &mut self.operator,
            _ => &mut self.mode,
        };
        *slot = Some(clip(text));
    }

    /// Keeps the operator of a `NodeDef` that stands in a text.
    pub(super) fn take_node(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut reader = Reader::new(&bytes);
        match tensorflow::read_node(&mut reader, &mut Anomalies::default()) {
            Some(node) => {
                self.runs_more |= node.is_more_than_computing;
                self.operator = Some(clip(&node.name));
            }
            None => self.has_unread_node = true,
        }
    }

    /// Keeps an attribute of a `NodeDef` that stands as an object, its bytes in base64.
    pub(super) fn take_attribute(&mut self, key: &str, text: &str) {
        let bytes = pickle::base64(text.as_bytes());
        for operator in tensorflow::operators_by(key, &bytes) {
            if !self.by_attribute.contains(&operator) {
                self.by_attribute.push(operator);
            }
        }
    }

    /// The operator of a layer that does more than compute.
    fn deed(&self) -> Option<&str> {
        let operator = self.operator.as_deref()?;
        let is_more = self.runs_more
            || tensorflow::is_more_than_computing(operator)
            || self.by_attribute.contains(&operator);
        is_more.then_some(operator)
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

/// Packages of Keras: the module itself or one inside it, and whether it is Keras itself, whose
/// names are known. Loading imports nothing else since 3.9.
const PACKAGES: &[(&str, bool)] = &[
    ("keras", true),
    ("keras_core", true),
    ("keras_cv", false),
    ("keras_hub", false),
    ("keras_nlp", false),
    ("tf_keras", true),
    ("tensorflow.keras", true),
    ("tensorflow.python.keras", true),
];

/// Parts of a module's name that only say where it stands.
const PLACES: &[&str] = &[
    "_legacy",
    "_tf_keras",
    "_v1",
    "_v2",
    "api",
    "keras",
    "legacy",
    "src",
];

/// Packages of Keras whose functions a model is made of. Any other may hold classes that it needs,
/// and functions that it does not: loaders, downloads, files.
const MODELLING: &[&str] = &[
    "activations",
    "backend",
    "constraints",
    "dtype_policies",
    "engine",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "optimizers",
    "quantizers",
    "random",
    "regularizers",
];

/// Packages of Keras that no layer comes from: they download, or write files.
const OTHER_PACKAGES: &[&str] = &["applications", "callbacks", "datasets"];

/// Layers of `tf.keras` that call a function of TensorFlow by its name: `tf_op_layer.py`.
const CALLING: &[&str] = &["ClassMethod", "SlicingOpLambda", "TFOpLambda"];

/// Modules of TensorFlow whose functions such a layer has no use for.
const TENSORFLOW_MODULES: &[&str] = &[
    "autograph",
    "config",
    "data",
    "distribute",
    "feature_column",
    "gfile",
    "lite",
    "profiler",
    "saved_model",
    "summary",
    "train",
];

/// Functions of TensorFlow that call Python, load libraries or touch files.
const TENSORFLOW_FUNCTIONS: &[&str] = &[
    "TFRecordDataset",
    "TFRecordWriter",
    "TextFileIdTableInitializer",
    "TextFileInitializer",
    "TextFileStringTableInitializer",
    "categorical_column_with_vocabulary_file",
    "create_file_writer",
    "enable_dump_debug_info",
    "load_file_system_library",
    "load_library",
    "load_op_library",
    "match_filenames_once",
    "matching_files",
    "numpy_function",
    "print",
    "py_func",
    "py_function",
    "read_file",
    "write_file",
    "write_graph",
];

/// Functions of Keras that read and write files, load models or switch off what keeps loading
/// safe.
const GADGETS: &[&str] = &[
    "audio_dataset_from_directory",
    "clear_session",
    "deserialize",
    "deserialize_keras_object",
    "enable_unsafe_deserialization",
    "func_load",
    "get_file",
    "image_dataset_from_directory",
    "load_img",
    "load_model",
    "load_weights",
    "model_from_config",
    "model_from_json",
    "model_from_yaml",
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
        Some(module) if GADGETS.contains(&name) || is_no_part(module, name) => {
            problems.push(KerasProblem::Gadget(format!("{module}.{name}")));
        }
        Some(_) => {}
    }
    let called = object.symbol.as_deref().filter(|_| CALLING.contains(&bare));
    if let Some(symbol) = called.filter(|symbol| touches_files(symbol)) {
        problems.push(KerasProblem::Gadget(format!("tf.{symbol}")));
    }
    if let Some(op) = object.deed() {
        problems.push(KerasProblem::Gadget(format!("the operator {op}")));
    }
    if object.has_unread_node {
        problems.push(KerasProblem::UnreadNode);
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
    PACKAGES
        .iter()
        .any(|(package, _)| inside(module, package).is_some())
}

/// What follows the name of a package in a module's; `None` where the module is of another.
fn inside<'a>(module: &'a str, package: &str) -> Option<&'a str> {
    let rest = module.strip_prefix(package)?;
    (rest.is_empty() || rest.starts_with('.')).then_some(rest)
}

/// Whether something of Keras itself is no part of a model: by its package, or a function of one that
/// models are not made of. Names of classes, and of nothing else, begin with a capital letter there.
fn is_no_part(module: &str, name: &str) -> bool {
    let mut own = PACKAGES.iter().filter(|(_, is_own)| *is_own);
    let Some(rest) = own.find_map(|(package, _)| inside(module, package)) else {
        return false;
    };
    let mut parts = rest.split('.').filter(|part| !part.is_empty());
    let package = parts.find(|part| !PLACES.contains(part));
    let is_function = !name.starts_with(|first: char| first.is_ascii_uppercase());
    package.is_some_and(|package| {
        OTHER_PACKAGES.contains(&package) || is_function && !MODELLING.contains(&package)
    })
}

/// Whether a function of TensorFlow does more than compute.
fn touches_files(symbol: &str) -> bool {
    let mut parts = symbol.rsplit('.');
    let function = parts.next().unwrap_or_default();
    let mut modules = parts.clone();
    TENSORFLOW_FUNCTIONS.contains(&function)
        || GADGETS.contains(&function)
        || modules.any(|module| TENSORFLOW_MODULES.contains(&module))
        || parts.next() == Some("raw_ops") && tensorflow::is_more_than_computing(function)
}

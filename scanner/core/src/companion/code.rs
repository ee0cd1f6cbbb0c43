//! Code that loading is told to run: classes that companions name.
//!
//! Sources: `transformers` 5.23.0 (`dynamic_module_utils.py`, `pipelines/__init__.py`),
//! `sentence-transformers` 5 (`SentenceTransformer.py`, `modules.json`, `models/Router.py`), `peft` 0.18
//! (`config.py`), `mlx-lm` 0.31 (`utils.py`), `onnxruntime-genai` 0.11 (`src/config.cpp`).

use std::error::Error;
use std::fmt;

use super::Told;
use crate::anomalies::{Problem, clip};
use crate::json::Scalar;
use crate::record::AnomalyRule;

/// The key of classes that take the place of the library's, in any companion.
const AUTO_MAP: &str = "auto_map";

/// The key of pipelines with code of their own.
const CUSTOM_PIPELINES: &str = "custom_pipelines";

/// The keys of the code that computes attention: a name, or a repository whose kernel is fetched.
const ATTENTION: [&str; 2] = ["attn_implementation", "_attn_implementation"];

/// The package whose classes a layer's `activation_function` may name.
const ACTIVATIONS: &str = "torch.nn.";

/// Separates a repository from what it holds: `org/name--modeling.Model`.
const OF_REPOSITORY: &str = "--";

/// The package whose classes a `modules.json` may name.
const SENTENCE_TRANSFORMERS: &str = "sentence_transformers.";

/// Code that loading is told to run.
#[derive(Debug)]
pub(super) enum CodeProblem {
    /// A class under `auto_map`.
    AutoMap(String),
    /// The class of a pipeline.
    CustomPipeline(String),
    /// A file that holds the model's code.
    File(String),
    /// The function behind a layer, which is none of torch.
    Activation(String),
    /// The repository of a kernel.
    Kernel(String),
    /// A module that is not of sentence-transformers.
    ForeignModule(String),
    /// The package of the class that an adapter is for.
    Mapped(String),
    /// The file that holds the class of a pipeline.
    PipelineFile(String),
    /// A component of a pipeline that is of no known library.
    Component {
        /// Its name, which is that of its directory.
        component: String,
        /// The module of its class.
        library: String,
    },
    /// A library of operators.
    Operators(String),
    /// A file that takes the place of how a model generates.
    Generate,
    /// An order to trust code.
    Trusted,
}

/// Takes in a scalar of any companion.
pub(super) fn add(told: &mut Told, path: &[&str], scalar: Scalar<'_>) {
    let Some((last, before)) = path.split_last() else {
        return;
    };
    match scalar {
        Scalar::Text(class) if path.contains(&AUTO_MAP) => {
            told.report_code(path, CodeProblem::AutoMap(class.to_owned()));
        }
        Scalar::Text(class) if *last == "impl" && before.contains(&CUSTOM_PIPELINES) => {
            told.report_code(path, CodeProblem::CustomPipeline(class.to_owned()));
        }
        Scalar::Text(file) if path == ["model_file"] => {
            told.report_code(path, CodeProblem::File(file.to_owned()));
        }
        // Configurations of models have names without a dot under the same key.
        Scalar::Text(name)
            if *last == "activation_function"
                && name.contains('.')
                && !name.starts_with(ACTIVATIONS) =>
        {
            told.report_code(path, CodeProblem::Activation(name.to_owned()));
        }
        Scalar::Text(name) if ATTENTION.contains(last) && name.contains('/') => {
            told.report_code(path, CodeProblem::Kernel(name.to_owned()));
        }
        _ if *last == "trust_remote_code" && is_true(scalar) => {
            told.report_code(path, CodeProblem::Trusted);
        }
        _ => {}
    }
}

/// Whether a scalar is what Python takes for true, or spells it.
fn is_true(scalar: Scalar<'_>) -> bool {
    match scalar {
        Scalar::Truth(is_true) => is_true,
        Scalar::Unsigned(number) => number > 0,
        Scalar::Number(_) => true,
        Scalar::Text(text) => !text.is_empty() && !text.eq_ignore_ascii_case("false"),
        Scalar::Null => false,
    }
}

/// Takes in a scalar of a `modules.json`: a list of modules, each with the class that it is of.
pub(super) fn add_module(told: &mut Told, path: &[&str], scalar: Scalar<'_>) {
    let ([_, "type"], Scalar::Text(class)) = (path, scalar) else {
        return;
    };
    told.is_about_a_model = true;
    if !class.starts_with(SENTENCE_TRANSFORMERS) {
        told.report_code(path, CodeProblem::ForeignModule(class.to_owned()));
    }
}

/// Takes in a scalar of a `router_config.json`: under `types` the class of each module.
pub(super) fn add_route(told: &mut Told, path: &[&str], scalar: Scalar<'_>) {
    let (["types", _], Scalar::Text(class)) = (path, scalar) else {
        return;
    };
    if class.starts_with(SENTENCE_TRANSFORMERS) {
        told.is_about_a_model = true;
    } else if class.contains('.') {
        // Other programs route between things that are no classes.
        told.report_code(path, CodeProblem::ForeignModule(class.to_owned()));
    }
}

/// Takes in a scalar of a `genai_config.json`.
pub(super) fn add_operators(told: &mut Told, path: &[&str], scalar: Scalar<'_>) {
    match (path, scalar) {
        ([.., "custom_ops_library"], Scalar::Text(library)) if !library.is_empty() => {
            told.report_code(path, CodeProblem::Operators(library.to_owned()));
        }
        (["model", ..], _) => told.is_about_a_model = true,
        _ => {}
    }
}

impl CodeProblem {
    /// The file beside the weights that holds the code, if that is where it is.
    pub(super) fn file(&self) -> Option<String> {
        let module = match self {
            Self::AutoMap(class) | Self::CustomPipeline(class) | Self::ForeignModule(class) => {
                class.split_once('.')?.0
            }
            Self::File(name) => return Some(name.clone()).filter(|name| is_file(name)),
            Self::PipelineFile(module) => {
                return stays(module).then(|| format!("{module}.py"));
            }
            Self::Component { component, library } => {
                let is_plain = stays(component) && stays(library);
                return is_plain.then(|| format!("{component}/{library}.py"));
            }
            Self::Mapped(_)
            | Self::Trusted
            | Self::Activation(_)
            | Self::Kernel(_)
            | Self::Operators(_)
            | Self::Generate => return None,
        };
        is_word(module).then(|| format!("{module}.py"))
    }
}

/// Whether this is the name of a file of code in the same directory.
fn is_file(name: &str) -> bool {
    name.strip_suffix(".py").is_some_and(is_word)
}

/// Whether a name leads nowhere as a file's, though it need be none of Python's.
fn stays(name: &str) -> bool {
    let is_part = |character: char| is_of_word(character) || matches!(character, '-' | '.');
    !name.is_empty() && !name.starts_with('.') && name.chars().all(is_part)
}

/// Whether a name is one of Python's, and leads nowhere as a file's.
pub(super) fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_of_word)
}

fn is_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

impl Problem for CodeProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::RemoteCode
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::AutoMap(_) => "auto-map",
            Self::CustomPipeline(_) => "custom-pipeline",
            Self::File(_) => "model-file",
            Self::Activation(_) => "foreign-activation",
            Self::Kernel(_) => "attention-kernel",
            Self::ForeignModule(_) => "foreign-module",
            Self::Mapped(_) => "auto-mapping",
            Self::PipelineFile(_) => "pipeline-file",
            Self::Component { .. } => "foreign-component",
            Self::Operators(_) => "custom-operators",
            Self::Generate => "custom-generate",
            Self::Trusted => "trust-remote-code",
        }
    }
}

impl fmt::Display for CodeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AutoMap(class) | Self::CustomPipeline(class) => {
                match class.split_once(OF_REPOSITORY) {
                    Some((repository, class)) => write!(
                        f,
                        "the class `{}` is code of the repository `{}`; only classes of the library \
                         itself load without running code that is fetched",
                        clip(class),
                        clip(repository)
                    ),
                    None => write!(
                        f,
                        "the class `{}` is code beside the weights; only classes of the library \
                         itself load without running it",
                        clip(class)
                    ),
                }
            }
            Self::ForeignModule(class) => write!(
                f,
                "the class `{}` is not of sentence_transformers; loading imports it",
                clip(class)
            ),
            Self::File(name) => write!(
                f,
                "the file `{}` is code beside the weights; mlx-lm runs it to load them",
                clip(name)
            ),
            Self::Activation(name) => write!(
                f,
                "the function `{}` is none of torch.nn; sentence-transformers imports and calls it",
                clip(name)
            ),
            Self::Kernel(name) => write!(
                f,
                "the attention `{}` is a kernel of a repository; loading fetches it and runs it",
                clip(name)
            ),
            Self::Mapped(module) => write!(
                f,
                "the module `{}` is of none of the libraries that adapters are for; loading \
                 imports it",
                clip(module)
            ),
            Self::PipelineFile(module) => write!(
                f,
                "the class of the pipeline is in `{}.py`, code beside the weights; only pipelines of \
                 diffusers itself load without running it",
                clip(module)
            ),
            Self::Component { component, library } => write!(
                f,
                "the class of the component `{}` is of `{}`, which is none of the libraries of \
                 pipelines; loading imports it",
                clip(component),
                clip(library)
            ),
            Self::Operators(library) => write!(
                f,
                "the library `{}` holds operators; onnxruntime-genai loads it and runs what is in it",
                clip(library)
            ),
            Self::Generate => f.write_str(
                "code beside the weights takes the place of how the model generates; transformers \
                 runs it where code is trusted",
            ),
            Self::Trusted => {
                f.write_str("code beside the weights is trusted; nothing but the user should do so")
            }
        }
    }
}

impl Error for CodeProblem {}

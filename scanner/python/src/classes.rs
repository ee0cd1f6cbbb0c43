//! The record of one file as frozen Python classes, field by field.

use std::ffi::OsString;
use std::path::PathBuf;

use lbom_scanner::{discovery, format, record, repository};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use crate::tuple::Tuple;
use crate::words::{Class, Kind, Loading, Property, Rule, Verdict};

/// What looking for files came to at one path.
#[derive(IntoPyObject)]
pub(crate) enum Candidate {
    Found(Found),
    NotExamined(NotExamined),
}

impl From<discovery::Found> for Candidate {
    fn from(found: discovery::Found) -> Self {
        match found {
            discovery::Found::File { path, is_named } => Self::Found((path, is_named).into()),
            discovery::Found::NotExamined(problem) => Self::NotExamined(problem.into()),
        }
    }
}

/// What scanning one path came to.
#[derive(IntoPyObject)]
#[expect(
    clippy::large_enum_variant,
    reason = "on its way to Python, and nearly all are the large"
)]
pub(crate) enum Record {
    Fingerprint(Fingerprint),
    NotExamined(NotExamined),
}

impl From<record::Record> for Record {
    fn from(record: record::Record) -> Self {
        match record {
            record::Record::Fingerprint(file) => Self::Fingerprint((*file).into()),
            record::Record::NotExamined(problem) => Self::NotExamined(problem.into()),
        }
    }
}

/// What a file of a repository came to.
#[derive(IntoPyObject)]
pub(crate) enum Told {
    Origins(Origins),
    NotExamined(NotExamined),
}

impl From<repository::Told> for Told {
    fn from(told: repository::Told) -> Self {
        match told {
            repository::Told::Destinations { path, destinations } => {
                Self::Origins((path, destinations).into())
            }
            repository::Told::NotExamined(problem) => Self::NotExamined(problem.into()),
        }
    }
}

/// A frozen class for each type of the core: its fields with their Python types, how each is made
/// of the core's value, equality by value, and a `repr` that shows every field.
macro_rules! classes {
    ($(
        $(#[$doc:meta])*
        $name:ident of $source:ty as $value:ident {
            $($(#[$field_doc:meta])* $field:ident: $type:ty = $made:expr,)*
        }
    )*) => {$(
        $(#[$doc])*
        #[pyclass(frozen, get_all, eq, module = "lbom_gate._scanner")]
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $name {
            $($(#[$field_doc])* $field: $type,)*
        }

        #[pymethods]
        impl $name {
            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let mut fields = Vec::new();
                $(
                    let value = self.$field.clone().into_bound_py_any(py)?;
                    fields.push(format!("{}={}", stringify!($field), value.repr()?));
                )*
                Ok(format!("{}({})", stringify!($name), fields.join(", ")))
            }
        }

        impl From<$source> for $name {
            fn from($value: $source) -> Self {
                Self { $($field: $made,)* }
            }
        }
    )*};
}

/// The names of what a file says of itself as words.
fn properties(said: Vec<(record::Property, String)>) -> Tuple<(Property, String)> {
    let said = said.into_iter().map(|(name, value)| (name.into(), value));
    said.collect::<Vec<(Property, String)>>().into()
}

classes! {
    /// A file that may be a model.
    Found of (PathBuf, bool) as found {
        /// The path, spelled like the path that was asked for.
        path: OsString = found.0.into_os_string(),
        /// Whether the file itself was asked for, rather than a directory above it.
        is_named: bool = found.1,
    }

    /// Where a file of a repository says that its models come from or go to.
    Origins of (PathBuf, Vec<record::Destination>) as origins {
        /// The path, that of the repository in front.
        path: OsString = origins.0.into_os_string(),
        /// What it names, in its order.
        destinations: Tuple<Destination> = origins.1.into(),
    }

    /// A path that could not be looked at, and why.
    NotExamined of record::NotExamined as problem {
        /// The path as it was given or found.
        path: OsString = problem.path.into_os_string(),
        /// Stable name of the reason, such as `unreadable`, `dangling-link`, `symlink-escape`.
        kind: &'static str = problem.kind,
        /// The reason in words.
        message: String = problem.message,
    }

    /// Everything measured of one file.
    Fingerprint of record::Fingerprint as file {
        /// The path as it was given or found.
        path: OsString = file.path.into_os_string(),
        /// Size in bytes.
        size: u64 = file.size,
        /// SHA-256 over every byte, in lower-case hexadecimal digits.
        sha256: String = file.sha256.hex(),
        /// Format by content; None where the content is no format we know.
        format: Option<&'static str> = file.format,
        /// Version the format states, in the format's own spelling.
        format_version: Option<String> = file.format_version,
        /// Whether the suffix is one that this format uses; None where the suffix is no model's or
        /// the content is unknown.
        name_agrees: Option<bool> = file.name_agrees,
        /// What the file is a pointer to, where it is one.
        pointer: Option<Pointer> = file.pointer.map(Pointer::from),
        /// Files beside this one that were read to understand it.
        companions: Tuple<Companion> = file.companions.into(),
        /// The path of the first file of the model in several files that this one is a part of.
        part_of: Option<OsString> = file.part_of.map(PathBuf::into_os_string),
        /// That model, on the first record of a run that is one of its parts.
        model: Option<ShardedModel> = file.model.map(|model| ShardedModel::from(*model)),
        /// What the content says and shows; of a part, what that part alone does.
        facts: Facts = file.facts.into(),
    }

    /// A model in several files: the parts that there are, and what all of them come to.
    ShardedModel of record::ShardedModel as model {
        /// Its parts in their order.
        shards: Tuple<Shard> = model.shards.into(),
        /// Files beside the parts that were read to understand them, an index among them.
        companions: Tuple<Companion> = model.companions.into(),
        /// Format of the parts by content; None where that is none we know, or not here.
        format: Option<&'static str> = model.format,
        /// Version that the first part states.
        format_version: Option<String> = model.format_version,
        /// Whether every part's suffix is one that its format uses.
        name_agrees: Option<bool> = model.name_agrees,
        /// What the parts together say and show, and what is wrong with them or between them.
        facts: Facts = model.facts.into(),
    }

    /// One part of a model in several files.
    Shard of record::Shard as shard {
        /// The path, spelled like the path that was asked for.
        path: OsString = shard.path.into_os_string(),
        /// Size in bytes.
        size: u64 = shard.size,
        /// SHA-256 over every byte, in lower-case hexadecimal digits; None where the part could
        /// not be examined.
        sha256: Option<String> = shard.sha256.map(|digest| digest.hex()),
        /// What the part is a pointer to, where it is one.
        pointer: Option<Pointer> = shard.pointer.map(Pointer::from),
        /// Why the part could not be examined.
        not_examined: Option<NotExamined> = shard.not_examined.map(NotExamined::from),
    }

    /// A git-LFS pointer: the content's digest and size in place of the content.
    Pointer of record::Pointer as pointer {
        /// SHA-256 of the content, in lower-case hexadecimal digits.
        oid: String = pointer.oid.hex(),
        /// Size of the content in bytes.
        size: u64 = pointer.size,
        /// Whether the content was in the store of the repository: all else that is said of the
        /// file is then said of it.
        is_followed: bool = pointer.is_followed,
    }

    /// A file that belongs to a model without holding its weights, such as `config.json`.
    Companion of record::Companion as companion {
        /// The path, spelled like the model's.
        path: OsString = companion.path.into_os_string(),
        /// Size in bytes.
        size: u64 = companion.size,
        /// SHA-256 over every byte, in lower-case hexadecimal digits.
        sha256: String = companion.sha256.hex(),
    }

    /// What a model file's content says and shows.
    Facts of record::Facts as facts {
        /// What it is, where it says that it is no model that runs by itself.
        kind: Option<Kind> = facts.kind.map(Kind::from),
        /// Architecture as stated.
        architecture: Option<String> = facts.architecture,
        /// Number of parameters; None where the tensors could not be read, 0 where there are none.
        parameters: Option<u64> = facts.parameters,
        /// Context length in tokens, as stated.
        context_length: Option<u64> = facts.context_length,
        /// Licence as stated.
        license: Option<String> = facts.license,
        /// Where the licence is stated, such as `general.license`.
        license_source: Option<String> = facts.license_source,
        /// Models this one was made from, as stated: name or URL.
        base_models: Tuple<String> = facts.base_models.into(),
        /// SHA-256 of the chat template's UTF-8 bytes, in lower-case hexadecimal digits.
        chat_template: Option<String> = facts.chat_template.map(|digest| digest.hex()),
        /// Other sizes as stated, by their names in the `CycloneDX` taxonomy.
        hyperparameters: Tuple<(String, u64)> = facts.hyperparameters.into(),
        /// What is claimed and what is shown about quantization.
        quantization: Quantization = facts.quantization.into(),
        /// What loading the file does; None where nobody read it.
        loading: Option<Loading> = facts.loading.map(Loading::from),
        /// What a program in the file imports, each name once.
        imports: Tuple<Import> = facts.imports.into(),
        /// Operators that the graph uses, or classes of layers, each once, sorted, and how many
        /// nodes use each.
        operators: Tuple<(String, u64)> = facts.operators.into(),
        /// What the graph takes, in its order.
        inputs: Tuple<Port> = facts.inputs.into(),
        /// What the graph gives, in its order.
        outputs: Tuple<Port> = facts.outputs.into(),
        /// What the file says of itself; nobody has checked it.
        properties: Tuple<(Property, String)> = properties(facts.properties),
        /// Network destinations found in metadata.
        destinations: Tuple<Destination> = facts.destinations.into(),
        /// What is wrong with the file's structure, in the order it was met.
        anomalies: Tuple<Anomaly> = facts.anomalies.into(),
    }

    /// An input or an output of a graph.
    Port of record::Port as port {
        /// Its name; empty where it has none.
        name: String = port.name,
        /// The signature, function or plan that it belongs to, where the model has several.
        signature: Option<String> = port.signature,
        /// The type of its elements; None where it is not said.
        element_type: Option<String> = port.element_type,
        /// Its dimensions, outermost first: a number, a symbol's name, or `?`; None where nothing
        /// is said of them.
        shape: Option<Tuple<String>> = port.shape.map(Tuple::from),
    }

    /// Claims about quantization, the evidence of the tensors, and how the two compare.
    Quantization of record::Quantization as quantization {
        /// The claim where the evidence supports it, else the tensor type that holds the most
        /// quantizable parameters; None where no tensor is quantizable.
        label: Option<String> = quantization.label,
        /// Every place that claims, each with its own verdict.
        claims: Tuple<Claim> = quantization.claims.into(),
        /// The worst of the claims' verdicts.
        verdict: Verdict = quantization.verdict.into(),
        /// One row for each tensor type, sorted by name.
        tensor_types: Tuple<TensorTypeEvidence> = quantization.tensor_types.into(),
        /// Bits of storage a weight; None where there are no weights or the packing hides them.
        bits_per_weight: Option<f64> = quantization.bits_per_weight,
    }

    /// A place that says how the model is quantized.
    Claim of record::Claim as claim {
        /// The label claimed, in the gate's vocabulary, or the value as it stands.
        value: String = claim.value,
        /// Where it is claimed: `general.file_type`, `file name`, `config.json: dtype`.
        source: String = claim.source,
        /// How the evidence compares with this claim.
        verdict: Verdict = claim.verdict.into(),
    }

    /// What the tensors of one type come to.
    TensorTypeEvidence of record::TensorTypeEvidence as row {
        /// The type as the field spells it: `Q4_K`, `F16`, `F8_E4M3`.
        name: String = row.name,
        /// Number of tensors.
        tensors: u64 = row.tensors,
        /// Number of stored elements in them.
        parameters: u64 = row.parameters,
        /// Bytes they take in the file.
        bytes: u64 = row.bytes,
        /// Stored elements in those of them that a quantizer may quantize.
        quantizable_parameters: u64 = row.quantizable_parameters,
        /// Quantizable tensors of this type that no claim explains.
        unexplained_tensors: u64 = row.unexplained_tensors,
        /// Of the quantizable elements, those in token embeddings and the output matrix.
        embedding_parameters: u64 = row.embedding_parameters,
        /// Name of the largest quantizable tensor of this type, else of the first tensor.
        example: String = row.example,
    }

    /// A name that a program in a file imports.
    Import of record::Import as import {
        /// Module and name, a dot between.
        name: String = import.name,
        /// Whether weights need it and it can do nothing else.
        is_known: bool = import.is_known,
        /// Byte offset of the first import of it in the file, where there is one.
        offset: Option<u64> = import.offset,
    }

    /// A network destination named in a model file's metadata, or in a file of the repository.
    Destination of record::Destination as destination {
        /// How it came into the file.
        cls: Class = destination.class.into(),
        /// The URL as written.
        value: String = destination.value,
        /// The metadata key or the setting that holds it.
        source: String = destination.source,
        /// Byte offset of the URL in the file, where there is one.
        offset: Option<u64> = destination.offset,
    }

    /// Something wrong with a file's structure.
    Anomaly of record::Anomaly as anomaly {
        /// The rule that reports it.
        rule: Rule = anomaly.rule.into(),
        /// Stable kebab-case name of what is wrong, such as `duplicate-key`.
        kind: &'static str = anomaly.kind,
        /// What was found and what was allowed.
        message: String = anomaly.message,
        /// Byte offset in the file, where there is one.
        offset: Option<u64> = anomaly.offset,
        /// What was being read, outermost first.
        within: Tuple<String> = anomaly.within.into(),
    }

    /// A format of model files.
    Format of &format::Format as format {
        /// Its name, in the policy's vocabulary.
        name: &'static str = format.name,
        /// Suffixes that its files use, lower case, without the dot.
        suffixes: Tuple<&'static str> = format.suffixes.to_vec().into(),
        /// How its content is recognised, in words.
        recognised_by: &'static str = format.recognised_by,
        /// Whether its content is read, not merely recognised.
        is_read: bool = format.is_read(),
        /// Whether its files are archives or compressed ones, which hold others.
        holds_others: bool = format.holds_others(),
        /// What loading a file of it does, where no content decides otherwise.
        loading: Loading = format.loading.into(),
        /// Facts that are read of it, in words.
        facts: &'static str = format.facts,
        /// What shows its quantization, in words.
        quantization: &'static str = format.quantization,
        /// Where reading ends, in words.
        limits: &'static str = format.limits,
    }
}

//! The record of one file: the message between the scanner and everything that judges.
//!
//! Everything here is plain data, measured from bytes. Text that comes out of a file (names, keys,
//! values) is kept as it was read; whoever prints it escapes it for where it goes.

use std::path::PathBuf;

use serde::Serialize;

/// A SHA-256 digest of every byte of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256(pub [u8; 32]);

/// What one look at one path came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Record {
    /// The file was read; what could not be made sense of is among its anomalies.
    Fingerprint(Box<Fingerprint>),
    /// The file could not be read at all.
    NotExamined(NotExamined),
}

/// A path that could not be looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotExamined {
    /// The path as it was given or found.
    #[serde(serialize_with = "crate::record::path_text")]
    pub path: PathBuf,
    /// Stable name of the reason, such as `unreadable`, `not-a-regular-file`, `dangling-link`,
    /// `link-loop`, `symlink-escape`, `changed-while-read`, `vanished`.
    pub kind: &'static str,
    /// The reason in words.
    pub message: String,
}

/// Everything measured of one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fingerprint {
    /// The path as it was given or found.
    #[serde(serialize_with = "crate::record::path_text")]
    pub path: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 over every byte.
    pub sha256: Sha256,
    /// Format by content; `None` where the content is no format we know.
    pub format: Option<&'static str>,
    /// Version the format states, in the format's own spelling.
    pub format_version: Option<String>,
    /// Whether the file's suffix is one that this format uses; `None` where the suffix is no model's
    /// or the content is unknown.
    pub name_agrees: Option<bool>,
    /// What the file is a pointer to, where it is one.
    pub pointer: Option<Pointer>,
    /// Files beside this one that were read to understand it.
    pub companions: Vec<Companion>,
    /// The path of the first file of the model in several files that this one is a part of. What
    /// `facts` says is then of this part alone.
    #[serde(serialize_with = "crate::record::optional_path_text")]
    pub part_of: Option<PathBuf>,
    /// That model, on the first record of a run that is one of its parts.
    pub model: Option<Box<ShardedModel>>,
    /// What the content says and shows.
    pub facts: Facts,
}

/// A model in several files: the parts that there are, whether or not they were asked for, and what
/// all of them come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShardedModel {
    /// Its parts in their order.
    pub shards: Vec<Shard>,
    /// Files beside the parts that were read to understand them, an index among them.
    pub companions: Vec<Companion>,
    /// Format of the parts by content; `None` where that is no format we know, or not here.
    pub format: Option<&'static str>,
    /// Version that the first part states.
    pub format_version: Option<String>,
    /// Whether every part's suffix is one that its format uses, as for a single file.
    pub name_agrees: Option<bool>,
    /// What the parts together say and show, and what is wrong with them or between them. What an
    /// anomaly of one part was found in starts with the part's name.
    pub facts: Facts,
}

/// One part of a model in several files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shard {
    /// The path, spelled like the path that was asked for.
    #[serde(serialize_with = "crate::record::path_text")]
    pub path: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 over every byte; `None` where the part could not be examined.
    pub sha256: Option<Sha256>,
    /// What the part is a pointer to, where it is one.
    pub pointer: Option<Pointer>,
    /// Why the part could not be examined.
    pub not_examined: Option<NotExamined>,
}

/// A git-LFS pointer: the content's digest and size in place of the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pointer {
    /// SHA-256 of the content that the pointer stands for.
    pub oid: Sha256,
    /// Size of that content in bytes.
    pub size: u64,
    /// Whether the content was in the store of the repository: all else that is said of the file is
    /// then said of it.
    pub is_followed: bool,
}

/// A file that belongs to a model without holding its weights, such as `config.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Companion {
    /// The path, spelled like the model's.
    #[serde(serialize_with = "crate::record::path_text")]
    pub path: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 over every byte.
    pub sha256: Sha256,
}

/// What a file of weights is, where it is no model that runs by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Changes to the weights of another model, such as `LoRA`.
    Adapter,
    /// What makes tokens of images or sounds for another model (`mmproj`).
    Projector,
    /// How much each weight of another model matters, measured for its quantization.
    ImportanceMatrix,
    /// A vocabulary without weights.
    Vocabulary,
}

impl Kind {
    /// Its name, as it is serialized.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Adapter => "adapter",
            Self::Projector => "projector",
            Self::ImportanceMatrix => "importance-matrix",
            Self::Vocabulary => "vocabulary",
        }
    }
}

impl Property {
    /// Its name, as it is serialized.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Version => "version",
            Self::Description => "description",
            Self::Author => "author",
            Self::Organization => "organization",
            Self::QuantizedBy => "quantized-by",
            Self::Task => "task",
            Self::Language => "language",
            Self::Tag => "tag",
            Self::Producer => "producer",
            Self::Framework => "framework",
            Self::MinimumRuntime => "minimum-runtime",
            Self::ComputeType => "compute-type",
            Self::Domain => "domain",
            Self::Opset => "opset",
            Self::Signature => "signature",
            Self::Function => "function",
            Self::Delegate => "delegate",
            Self::CodeFile => "code-file",
            Self::Metadata => "metadata",
            Self::LeftOut => "left-out",
        }
    }
}

/// What a model file's content says and shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Facts {
    /// What it is, where it says that it is no model that runs by itself.
    pub kind: Option<Kind>,
    /// Architecture as stated (`general.architecture`, `architectures[0]`, `model_type`).
    pub architecture: Option<String>,
    /// Number of parameters: the sum of the products of the tensors' dimensions. `None` where the
    /// tensors could not be read, zero where there are none.
    pub parameters: Option<u64>,
    /// Context length in tokens, as stated.
    pub context_length: Option<u64>,
    /// Licence as stated.
    pub license: Option<String>,
    /// Where the licence is stated, such as `general.license`.
    pub license_source: Option<String>,
    /// Models this one was made from, as stated: name or URL.
    pub base_models: Vec<String>,
    /// SHA-256 of the chat template's UTF-8 bytes.
    pub chat_template: Option<Sha256>,
    /// Other sizes as stated, by the name the `CycloneDX` taxonomy gives them
    /// (`cdx:ai-ml:model:hyperparameter:<name>`), such as `hidden_size`.
    pub hyperparameters: Vec<(String, u64)>,
    /// What is claimed and what is shown about quantization.
    pub quantization: Quantization,
    /// What loading the file does; `None` where nobody read it.
    pub loading: Option<Loading>,
    /// What a program in the file imports, each name once, in the order they were met.
    pub imports: Vec<Import>,
    /// Operators that the graph uses, or classes of layers, each once, sorted, and how many nodes use
    /// each; one that the format does not define has `custom:` or its domain before it.
    pub operators: Vec<(String, u64)>,
    /// What the graph takes, in its order.
    pub inputs: Vec<Port>,
    /// What the graph gives, in its order.
    pub outputs: Vec<Port>,
    /// What the file says of itself, in the order of [`Property`].
    pub properties: Vec<(Property, String)>,
    /// Network destinations found in metadata.
    pub destinations: Vec<Destination>,
    /// What is wrong with the file's structure, in the order it was met.
    pub anomalies: Vec<Anomaly>,
}

/// An input or an output of a graph.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Its name; empty where it has none.
    pub name: String,
    /// The signature, function or plan that it belongs to, where the model has several.
    pub signature: Option<String>,
    /// The type of its elements, as those of tensors are spelled; `None` where it is not said.
    pub element_type: Option<String>,
    /// Its dimensions, outermost first: a number, a symbol's name, or `?`; `None` where nothing is
    /// said of them.
    pub shape: Option<Vec<String>>,
}

/// What a file may say of itself, beyond what has a place of its own among the facts. Nobody has
/// checked it, and no rule asks for it.
///
/// In the order in which people read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Property {
    /// The name that the model, or its graph, gives itself.
    Name,
    /// The model's own version.
    Version,
    /// What it is for, in words.
    Description,
    /// Who made it.
    Author,
    /// The organization that published it.
    Organization,
    /// Who quantized it.
    QuantizedBy,
    /// What it does, such as `text-generation`.
    Task,
    /// A language that it speaks.
    Language,
    /// A tag, as those of a `SavedModel`'s graphs.
    Tag,
    /// The program that wrote the file, and its version: `pytorch 2.1.0`.
    Producer,
    /// The framework that the weights come from or are for.
    Framework,
    /// The oldest runtime that can run it.
    MinimumRuntime,
    /// The type that the weights were trained or are computed in, as stated.
    ComputeType,
    /// The namespace of the model.
    Domain,
    /// A set of operators and its version: `ai.onnx 17`.
    Opset,
    /// A signature and the method it is for.
    Signature,
    /// A function that the model defines.
    Function,
    /// A backend that parts of the model are handed to.
    Delegate,
    /// A file of code in the archive.
    CodeFile,
    /// A key of free metadata and its value: `key=value`.
    Metadata,
    /// How many there were of something that is not listed in full: `3 metadata`.
    LeftOut,
}

/// Claims about quantization, the evidence of the tensors, and how the two compare.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Quantization {
    /// The claim where the evidence supports it, else the tensor type that holds the most
    /// quantizable parameters, else (no quantizable tensor) `None`.
    pub label: Option<String>,
    /// Every place that claims, each with its own verdict.
    pub claims: Vec<Claim>,
    /// The worst of the claims' verdicts.
    pub verdict: QuantizationVerdict,
    /// One row for each tensor type, sorted by name.
    pub tensor_types: Vec<TensorTypeEvidence>,
    /// `8 * bytes / parameters` over all tensors; `None` where there are no parameters or where
    /// stored elements are not parameters (packed integers of a quantization method).
    pub bits_per_weight: Option<f64>,
}

/// A place that says how the model is quantized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The label claimed, in the gate's vocabulary (`Q4_K_M`, `BF16`, `gptq-4bit`), or the value
    /// as it stands (`general.file_type 99`) where the vocabulary has no word for it.
    pub value: String,
    /// Where it is claimed: `general.file_type`, `file name`, `config.json: dtype`, ...
    pub source: String,
    /// How the evidence compares with this claim.
    pub verdict: QuantizationVerdict,
}

/// How the evidence of the tensors compares with a claim.
///
/// Ordered from best to worst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuantizationVerdict {
    /// Nobody claims anything.
    #[default]
    Unclaimed,
    /// There are no tensors that could tell.
    NoEvidence,
    /// The claim explains every quantizable tensor.
    Consistent,
    /// Some quantizable tensors are not explained; the claimed type still holds most of the
    /// quantizable parameters.
    Mixed,
    /// The claimed type does not hold most of the quantizable parameters.
    Contradicted,
}

/// What the tensors of one type come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TensorTypeEvidence {
    /// The type as the field spells it: `Q4_K`, `F16`, `BF16`, `F8_E4M3`.
    pub name: String,
    /// Number of tensors.
    pub tensors: u64,
    /// Number of stored elements in them.
    pub parameters: u64,
    /// Bytes they take in the file.
    pub bytes: u64,
    /// Stored elements in those of them that a quantizer may quantize.
    pub quantizable_parameters: u64,
    /// Quantizable tensors of this type that no claim explains.
    pub unexplained_tensors: u64,
    /// Of the quantizable elements, those in token embeddings and the output matrix.
    pub embedding_parameters: u64,
    /// Name of the largest quantizable tensor of this type, else of the first tensor.
    pub example: String,
}

/// What loading a file does.
///
/// Ordered from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loading {
    /// It reads data.
    Data,
    /// It interprets a restricted program, such as a pickle, that was examined.
    Program,
    /// It runs, by design, code that the file carries or names.
    Code,
}

/// A name that a program in a file imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// Module and name, a dot between: `torch._utils._rebuild_tensor_v2`.
    pub name: String,
    /// Whether weights need it and it can do nothing else.
    pub is_known: bool,
    /// Byte offset of the first import of it in the file, where there is one.
    pub offset: Option<u64>,
}

/// How a destination came into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationClass {
    /// Something connects there.
    Contact,
    /// A model is downloaded from there.
    Fetch,
    /// The whole value of a metadata key is a URL.
    Metadata,
    /// A URL stands somewhere inside a text.
    Literal,
}

/// A network destination named in a model file's metadata, or in a file of the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Destination {
    /// How it came into the file.
    pub class: DestinationClass,
    /// The URL as written.
    pub value: String,
    /// The metadata key or the setting that holds it.
    pub source: String,
    /// Byte offset of the URL in the file, where there is one.
    pub offset: Option<u64>,
}

/// Something wrong with a file's structure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Anomaly {
    /// The rule that reports it.
    pub rule: AnomalyRule,
    /// Stable kebab-case name of what is wrong, such as `duplicate-key`.
    pub kind: &'static str,
    /// What was found and what was allowed, in words and numbers.
    pub message: String,
    /// Byte offset in the file, where there is one.
    pub offset: Option<u64>,
    /// What was being read, outermost first: `["metadata", "general.architecture"]`.
    pub within: Vec<String>,
}

/// The rule that reports an anomaly; the names are those of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnomalyRule {
    /// The header breaks the format's rules.
    MalformedHeader,
    /// The file ends before what its header promises.
    TruncatedFile,
    /// Bytes follow the end of what the header describes.
    TrailingData,
    /// Something could not be examined: a limit, a type or a format we do not know.
    NotExamined,
    /// An archive whose readers would disagree about what it holds, or that leaves its directory.
    ArchiveTrick,
    /// A template that writes something else where a message holds certain words.
    ContentGatedTemplate,
    /// A name that does not look like what it is.
    DeceptiveName,
    /// Bytes that are not those that a store names them by.
    DigestMismatch,
    /// A layer or an operator that runs code when it is loaded.
    ExecutableLayer,
    /// Data outside of the model's directory.
    ExternalDataEscape,
    /// Parts of a model that are missing, double or foreign.
    IncompleteShards,
    /// Code beside the weights, which loading them is told to run.
    RemoteCode,
    /// An index whose sums are not those of the parts it describes.
    StaleIndex,
    /// A template that reaches for more than messages.
    TemplateCode,
    /// An import whose name cannot be told, or a program that cannot be read to its end.
    UnsafeImport,
}

impl Sha256 {
    /// The digest of 64 lower-case hexadecimal digits; nothing else is one.
    #[must_use]
    pub fn of_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)?.checked_mul(16)?.checked_add(digit(*low)?)?;
        }
        Some(Self(bytes))
    }

    /// The digest in lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        use std::fmt::Write as _;
        self.0
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => character.checked_sub(b'0'),
        b'a'..=b'f' => character.checked_sub(b'a')?.checked_add(10),
        _ => None,
    }
}

impl Serialize for Sha256 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.hex())
    }
}

/// Writes a path, where there is one, as [`path_text`] does.
#[expect(clippy::ref_option, reason = "serde hands the field over as it is")]
fn optional_path_text<S: serde::Serializer>(
    path: &Option<PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => path_text(path, serializer),
        None => serializer.serialize_none(),
    }
}

/// Writes a path as text: bytes that are not UTF-8 become `\xNN`, a backslash is doubled.
fn path_text<S: serde::Serializer>(
    path: &std::path::Path,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    use std::fmt::Write as _;
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    serializer.serialize_str(&text)
}

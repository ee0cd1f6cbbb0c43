//! skops: a zip of a tree of objects, and of the arrays they hold.
//!
//! `schema.json` names the module and class of every object, which loading imports and makes; it
//! asks the user about every one that it does not trust. What is known here is what skops trusts
//! without asking, as far as names tell. Source: skops 0.16, `io/_persist.py`, `io/_audit.py`,
//! `io/_trusted_types.py`; CVE-2025-54412, CVE-2025-54413, CVE-2025-54886.

use super::archives::{Budget, Part, Taking, take_member};
use super::{Format, Header, signatures};
use crate::anomalies::{Anomalies, Fault, Problem, clip};
use crate::archive::zip::Zip;
use crate::destinations::Destinations;
use crate::json::{self, Events, Scalar};
use crate::reader::Reader;
use crate::record::{AnomalyRule, Import, Loading, Property};

/// The member that holds the tree.
pub(super) const SCHEMA: &str = "schema.json";

/// Bytes of a tree. Forests of a thousand trees take some megabytes.
const MAX_SCHEMA: u64 = 16 * 1024 * 1024;

/// Imports that are kept: as many as of a pickle.
const MAX_IMPORTS: usize = 1000;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "skops",
    suffixes: &["skops"],
    recognised_by: "a zip with the suffix skops, or one whose first member is schema.json",
    loading: Loading::Program,
    facts: "every class and function that loading imports, version of skops; those of its arrays",
    quantization: "that of its arrays",
    limits: "a tree of 16 MiB; those of archives",
    recognises: signatures::skops,
    read: Some(read),
};

/// Reads the tree, and looks at every other member.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    look(reader, &mut Budget::of_file(reader.size()))
}

/// Reads one within an archive.
pub(super) fn look(reader: &mut Reader<'_>, budget: &mut Budget) -> Header {
    let mut taking = Taking::default();
    match Zip::open(reader, &mut taking.anomalies) {
        Ok(zip) => {
            let (header, class) = schema(&zip, budget, &mut taking.anomalies);
            let part = Part {
                name: SCHEMA,
                offset: None,
            };
            taking.add(part, header);
            let others = zip.members().iter().filter(|member| !member.is_directory());
            for member in others {
                let is_schema = member.name == SCHEMA.as_bytes();
                if !is_schema && !take_member(&zip, member, &mut taking, budget) {
                    break;
                }
            }
            let mut header = taking.finish();
            header.facts.architecture = class;
            header
        }
        Err(fault) => {
            taking.anomalies.report(|| fault);
            taking.finish()
        }
    }
}

/// What the tree says, and the class of its root.
fn schema(
    zip: &Zip<'_>,
    budget: &mut Budget,
    anomalies: &mut Anomalies,
) -> (Header, Option<String>) {
    let mut header = Header::default();
    let Some(member) = zip.find(SCHEMA.as_bytes()) else {
        anomalies.report(|| Fault::anywhere(SkopsProblem::Missing));
        return (header, None);
    };
    if member.size > MAX_SCHEMA {
        anomalies.report(|| Fault::anywhere(SkopsProblem::TooLong(member.size)));
        return (header, None);
    }
    let bytes = match budget.unpack(zip, member, anomalies) {
        Ok(bytes) => bytes,
        Err(fault) => {
            anomalies.report(|| fault.within(SCHEMA));
            return (header, None);
        }
    };
    let mut found = Anomalies::default();
    let mut reading = Reading {
        open: vec![(String::new(), Object::default())],
        header: &mut header,
        destinations: Destinations::default(),
        anomalies: &mut found,
        root: None,
    };
    let outcome = json::walk(&bytes, &mut reading);
    reading.close_to(0);
    let (root, destinations) = (reading.root, reading.destinations);
    if let Err(error) = outcome {
        found.report(|| Fault::anywhere(SkopsProblem::Json(error)));
    }
    header.facts.loading = Some(Loading::Program);
    header.facts.destinations = destinations.into_vec();
    header.facts.anomalies = found.into_vec();
    (header, root)
}

/// An object as far as it was read.
#[derive(Debug, Default)]
struct Object {
    module: Option<String>,
    class: Option<String>,
    loader: Option<String>,
}

struct Reading<'a> {
    /// The objects that the walk is in, outermost first: the key of each and what it says.
    open: Vec<(String, Object)>,
    header: &'a mut Header,
    destinations: Destinations,
    anomalies: &'a mut Anomalies,
    root: Option<String>,
}

impl Events for Reading<'_> {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        let Some((key, parents)) = path.split_last() else {
            return;
        };
        self.enter(parents);
        let Scalar::Text(text) = scalar else { return };
        if text.contains("://") {
            let place = format!("{SCHEMA}: {}", path.join("."));
            self.destinations
                .scan(&place, text.as_bytes(), None, self.anomalies);
        }
        if parents.is_empty() && key == "_skops_version" {
            let facts = &mut self.header.facts;
            facts.say_version(Property::Producer, "skops", text);
        }
        let Some((_, object)) = self.open.last_mut() else {
            return;
        };
        match key.as_str() {
            "__module__" => object.module = Some(clip(text)),
            // The first protocol says of a function where it is in the content of its node.
            "__class__" | "function" => object.class = Some(clip(text)),
            "__loader__" => object.loader = Some(clip(text)),
            "module_path" => {
                object.module = Some(clip(text));
                object.loader = Some("FunctionNode".to_owned());
            }
            _ => {}
        }
    }

    fn duplicate(&mut self, path: &[String]) {
        let place = path.join(".");
        self.anomalies
            .report(|| Fault::anywhere(SkopsProblem::DuplicateKey).within(&place));
    }
}

impl Reading<'_> {
    /// Closes the objects that the walk has left and opens those that it has entered. The first is
    /// the root, which has no key.
    fn enter(&mut self, parents: &[String]) {
        let open = self.open.iter().skip(1);
        let shared = open
            .zip(parents)
            .take_while(|((open, _), key)| open == *key)
            .count();
        self.close_to(shared.saturating_add(1));
        for key in parents.iter().skip(shared) {
            self.open.push((key.clone(), Object::default()));
        }
    }

    /// Takes in and forgets the objects below a depth.
    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some((_, object)) = self.open.pop() else {
                return;
            };
            if self.open.is_empty() {
                self.root.clone_from(&object.class);
            }
            self.import(&object);
        }
    }

    fn import(&mut self, object: &Object) {
        let (Some(module), Some(class)) = (&object.module, &object.class) else {
            return;
        };
        let name = format!("{module}.{class}");
        let imports = &mut self.header.facts.imports;
        let is_known = is_known(module, class, object.loader.as_deref().unwrap_or_default());
        if let Some(known) = imports.iter_mut().find(|import| import.name == name) {
            known.is_known &= is_known;
        } else if imports.len() < MAX_IMPORTS {
            imports.push(Import {
                name,
                is_known,
                offset: None,
            });
        } else {
            self.anomalies
                .report(|| Fault::anywhere(SkopsProblem::Imports));
        }
    }
}

/// Whether skops makes such an object without asking: plain values, arrays and their types, and
/// what is a class of scikit-learn.
fn is_known(module: &str, class: &str, loader: &str) -> bool {
    let first = class.trim_start_matches('_').chars().next();
    match (module, loader) {
        ("builtins", _) => BUILTINS.contains(&class),
        ("collections", _) => ["OrderedDict", "defaultdict"].contains(&class),
        (
            module,
            "ObjectNode"
            | "TreeNode"
            | "SGDNode"
            | "TypeNode"
            | "LossNode"
            | "_DictWithDeprecatedKeysNode",
        ) => {
            module.starts_with("sklearn.") && first.is_some_and(char::is_uppercase)
                || module == "numpy" && loader == "TypeNode"
        }
        ("numpy", "NdArrayNode") => class == "ndarray" || NUMBERS.contains(&class),
        ("numpy.ma" | "numpy.ma.core", "MaskedArrayNode") => class == "MaskedArray",
        ("numpy" | "numpy.dtypes", "DTypeNode") => true,
        ("numpy.random.mtrand", "RandomStateNode") => class == "RandomState",
        ("numpy.random._generator", "RandomGeneratorNode") => class == "Generator",
        // It reads a sparse matrix, whatever the class.
        (module, "SparseMatrixNode") => module.starts_with("scipy.sparse."),
        // Functions and methods are asked about, whoever's they are; of the rest any name would be
        // called.
        _ => false,
    }
}

/// Types of plain values: `PRIMITIVES_TYPES`, `CONTAINER_TYPES`, and what nodes of their own make.
const BUILTINS: &[&str] = &[
    "NoneType",
    "bool",
    "bytearray",
    "bytes",
    "dict",
    "float",
    "int",
    "list",
    "map",
    "set",
    "slice",
    "str",
    "tuple",
    "type",
];

/// Types of numbers in numpy.
const NUMBERS: &[&str] = &[
    "bool",
    "bool_",
    "complex128",
    "complex64",
    "float16",
    "float32",
    "float64",
    "int16",
    "int32",
    "int64",
    "int8",
    "str_",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
];

/// Something wrong with the tree.
#[derive(Debug)]
enum SkopsProblem {
    /// There is none.
    Missing,
    /// It is longer than is read.
    TooLong(u64),
    /// It is no JSON.
    Json(serde_json::Error),
    /// A key that stands twice.
    DuplicateKey,
    /// More imports than are kept.
    Imports,
}

impl Problem for SkopsProblem {
    fn rule(&self) -> AnomalyRule {
        match self {
            Self::Imports | Self::TooLong(_) => AnomalyRule::NotExamined,
            _ => AnomalyRule::MalformedHeader,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing-schema",
            Self::TooLong(_) => "limit-schema",
            Self::Json(_) => "invalid-json",
            Self::DuplicateKey => "duplicate-key",
            Self::Imports => "limit-imports",
        }
    }
}

impl std::fmt::Display for SkopsProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => write!(f, "there is no {SCHEMA}, which says what the objects are"),
            Self::TooLong(size) => {
                write!(f, "{SCHEMA} has {size} bytes; up to {MAX_SCHEMA} are read")
            }
            Self::Json(error) => write!(f, "not JSON: {error}"),
            Self::DuplicateKey => f.write_str("the key stands twice; once is allowed"),
            Self::Imports => write!(f, "imports are listed up to {MAX_IMPORTS}"),
        }
    }
}

impl std::error::Error for SkopsProblem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

//! skops: a zip of arrays, and a schema that says which types are made of them.
//!
//! Loading imports what the schema names and, where the caller trusts it or skops does by itself,
//! builds it. Names are therefore held against the same list as those of pickles.
//! Source: skops 0.16, `skops/io/_audit.py`, `_general.py`, `_numpy.py`, `old/_general_v0.py`.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use super::archives::{Budget, Part, Taking};
use super::numpy::look_into_zip;
use super::pickle::is_known;
use super::{Format, Header, signatures};
use crate::anomalies::{Fault, Problem, clip};
use crate::archive::zip::Zip;
use crate::json::{self, Events, Scalar};
use crate::reader::Reader;
use crate::record::{AnomalyRule, Import, Loading};

/// The member that names the types.
const SCHEMA: &str = "schema.json";

/// Bytes of a schema: 300 for each value, and forests of a thousand trees have some 50,000.
const MAX_SCHEMA: usize = 16 * 1024 * 1024;

/// Types of numbers in numpy, which pickles have no need to name.
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

/// Keys under which a module and a name in it stand.
const PAIRS: &[(&str, &str)] = &[("__module__", "__class__"), ("module_path", "function")];

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "skops",
    suffixes: &["skops"],
    recognised_by: "a zip with the suffix skops, or whose first member is schema.json",
    loading: Loading::Program,
    facts: "every type and function that the schema names; type and shape of every array",
    quantization: "the types of the elements against the file name",
    limits: "those of archives; a schema of 16 MiB",
    recognises: signatures::skops,
    read: Some(read),
};

/// Reads every array and the schema.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    look_into_zip(reader, &mut Budget::of_file())
}

/// Reads the schema of an archive, if it has one: whatever its name, skops loads it.
pub(super) fn take_schema(zip: &Zip<'_>, taking: &mut Taking) {
    let Some(member) = zip.find(SCHEMA.as_bytes()) else {
        return;
    };
    let bytes = match zip.bytes(member, MAX_SCHEMA, &mut taking.anomalies) {
        Ok(bytes) => bytes,
        Err(fault) => return taking.anomalies.report(|| fault),
    };
    let mut names = Names::default();
    if let Err(error) = json::walk(&bytes, &mut names) {
        let fault = Fault::anywhere(SkopsProblem(error)).within(SCHEMA);
        taking.anomalies.report(|| fault);
    }
    if names.found.is_empty() {
        return;
    }
    let mut header = Header::default();
    header.facts.loading = Some(Loading::Program);
    header.facts.imports = names.imports();
    let part = Part {
        name: SCHEMA,
        offset: None,
    };
    taking.add(part, header);
}

/// What a schema names: pairs of a module and a name.
#[derive(Default)]
struct Names {
    found: BTreeSet<(String, String)>,
    /// The objects that the walk is in, and what each said so far under the two keys of a pair.
    open: Vec<(Vec<String>, [Option<String>; 2])>,
}

impl Names {
    fn imports(self) -> Vec<Import> {
        let names = self.found.into_iter();
        names
            .map(|(module, name)| Import {
                is_known: is_known(&module, &name)
                    || module == "numpy" && NUMBERS.contains(&&*name),
                name: format!("{module}.{name}"),
                offset: None,
            })
            .collect()
    }

    /// What the object at `path` said so far.
    fn said(&mut self, path: &[String]) -> Option<&mut [Option<String>; 2]> {
        while self
            .open
            .pop_if(|(open, _)| !path.starts_with(open))
            .is_some()
        {}
        if self.open.last().is_none_or(|(open, _)| open != path) {
            self.open.push((path.to_vec(), [None, None]));
        }
        self.open.last_mut().map(|(_, said)| said)
    }
}

impl Events for Names {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        let (Some((key, parent)), Scalar::Text(text)) = (path.split_last(), scalar) else {
            return;
        };
        let place = PAIRS.iter().find_map(|(module, name)| {
            let keys = [module, name];
            keys.iter().position(|known| key == **known)
        });
        let Some(place) = place else { return };
        let Some(said) = self.said(parent) else {
            return;
        };
        if let Some(said) = said.get_mut(place) {
            *said = Some(text.to_owned());
        }
        if let [Some(module), Some(name)] = said {
            let pair = (module.clone(), name.clone());
            self.found.insert(pair);
        }
    }

    /// Each value of a key that stands twice is met, and each pair it makes is taken.
    fn duplicate(&mut self, _path: &[String]) {}
}

/// A schema that is no JSON: what loading it imports cannot be told.
#[derive(Debug)]
struct SkopsProblem(serde_json::Error);

impl Problem for SkopsProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::UnsafeImport
    }

    fn kind(&self) -> &'static str {
        "broken-json"
    }
}

impl fmt::Display for SkopsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clip(&self.0.to_string()))
    }
}

impl Error for SkopsProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

//! skops: arrays in a zip, and a schema of what is made of them.

use std::path::Path;

use lbom_scanner::format::{Header, recognise};
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, Loading};

use crate::numpy::{header as array_header, npy};
use crate::pickle::{imports, unknown};
use crate::zip_writer::{Archive, Entry};
use crate::{kinds, rules};

/// A file of an array and this schema, under a name.
fn read(name: &str, schema: &str) -> (Option<&'static str>, Header) {
    let array = npy(1, &array_header("'<f8'", "(2,)"), &[0; 16]);
    let bytes = Archive::of(&[
        Entry::stored("1.npy", &array),
        Entry::stored("schema.json", schema.as_bytes()),
    ])
    .bytes();
    let size = u64::try_from(bytes.len()).unwrap_or(0);
    let format = recognise(&bytes, size, Path::new(name));
    let header = format
        .and_then(|format| format.read(&mut Reader::new(&bytes.as_slice())))
        .unwrap_or_default();
    (format.map(|format| format.name), header)
}

/// An object of the schema.
fn object(module: &str, class: &str, content: &str) -> String {
    format!(
        r#"{{"__class__": "{class}", "__module__": "{module}", "__loader__": "ObjectNode", "content": {content}}}"#
    )
}

#[test]
fn every_type_that_the_schema_names_is_an_import() {
    let inner = object("numpy", "ndarray", r#""1.npy""#);
    let number = object("numpy", "float64", "1");
    let state = format!(
        r#"{{"coef_": {inner}, "loss": {number}, "list": [{}]}}"#,
        object("builtins", "list", "[]")
    );
    let (format, header) = read(
        "m.skops",
        &object("sklearn.linear_model._base", "LinearRegression", &state),
    );

    assert_eq!(format, Some("skops"));
    assert_eq!(
        imports(&header),
        [
            "builtins.list",
            "numpy.float64",
            "numpy.ndarray",
            "sklearn.linear_model._base.LinearRegression",
        ]
    );
    assert_eq!(
        unknown(&header),
        ["sklearn.linear_model._base.LinearRegression"]
    );
    assert_eq!(header.facts.loading, Some(Loading::Program));
    assert_eq!(header.facts.parameters, Some(2));
    assert_eq!(kinds(&header), [""; 0]);
}

#[test]
fn functions_of_the_first_protocol_are_imports_too() {
    let function = r#"{"__class__": "ufunc", "__module__": "numpy", "__loader__": "FunctionNode",
        "content": {"module_path": "os", "function": "system"}}"#;

    let (_, header) = read("m.skops", function);

    assert_eq!(unknown(&header), ["numpy.ufunc", "os.system"]);
}

#[test]
fn a_class_that_is_told_twice_is_two_imports() {
    let twice = r#"{"__class__": "list", "__module__": "builtins", "__class__": "eval"}"#;

    let (_, header) = read("m.skops", twice);

    assert_eq!(imports(&header), ["builtins.eval", "builtins.list"]);
}

#[test]
fn a_schema_counts_whatever_the_file_is_called() {
    let (format, header) = read("m.npz", &object("os", "system", "[]"));

    assert_eq!(format, Some("numpy-zip"));
    assert_eq!(unknown(&header), ["os.system"]);
    assert_eq!(header.facts.loading, Some(Loading::Program));
}

#[test]
fn a_schema_that_nobody_can_read_is_no_safe_one() {
    let (_, header) = read("m.skops", r#"{"__class__": "#);

    assert_eq!(kinds(&header), ["broken-json"]);
    assert_eq!(rules(&header), [AnomalyRule::UnsafeImport]);
}

#[test]
fn a_schema_of_something_else_is_none() {
    let (_, header) = read("m.npz", r#"{"type": "object"}"#);

    assert_eq!(header.facts.loading, Some(Loading::Data));
    assert_eq!(kinds(&header), [""; 0]);
}

//! Archives of skops and `TorchServe`, and the configurations of `NeMo`.

use std::path::Path;

use lbom_scanner::format::{Header, recognise, skops, torchserve};
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{Loading, Property};

use crate::kinds;
use crate::numpy::{header as array_header, npy};
use crate::zip_writer::{Archive, Entry};

fn read(schema: &str) -> Header {
    let bytes = Archive::of(&[Entry::stored("schema.json", schema.as_bytes())]).bytes();
    skops::read(&mut Reader::new(&bytes.as_slice()))
}

fn imports(header: &Header) -> Vec<(&str, bool)> {
    let imports = header.facts.imports.iter();
    imports
        .map(|import| (import.name.as_str(), import.is_known))
        .collect()
}

#[test]
fn classes_of_a_tree_are_imports() {
    let header = read(
        r#"{"__class__":"Pipeline","__module__":"sklearn.pipeline","__loader__":"ObjectNode",
            "content":{"content":{"steps":{"content":[
                {"__loader__":"ObjectNode","__module__":"__main__","__class__":"Mine"},
                {"__class__":"log1p","__module__":"numpy","__loader__":"FunctionNode"},
                {"__class__":"ndarray","__module__":"numpy","__loader__":"NdArrayNode"},
                {"__class__":"system","__module__":"posix","__loader__":"OperatorFuncNode"}]}}},
            "protocol":3,"_skops_version":"0.16.0"}"#,
    );

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.facts.architecture.as_deref(), Some("Pipeline"));
    assert_eq!(header.facts.loading, Some(Loading::Program));
    assert_eq!(
        imports(&header),
        [
            ("__main__.Mine", false),
            ("numpy.log1p", false),
            ("numpy.ndarray", true),
            ("posix.system", false),
            ("sklearn.pipeline.Pipeline", true),
        ]
    );
    assert_eq!(
        header.facts.properties,
        [(Property::Producer, "skops 0.16.0".to_owned())]
    );
}

#[test]
fn a_class_that_is_once_made_by_a_function_is_not_known() {
    let header = read(
        r#"{"a":{"__class__":"Kind","__module__":"sklearn.x","__loader__":"ObjectNode"},
            "b":{"__class__":"Kind","__module__":"sklearn.x","__loader__":"MethodNode"}}"#,
    );

    assert_eq!(imports(&header), [("sklearn.x.Kind", false)]);
}

#[test]
fn what_a_loader_would_call_is_known_by_its_own_names_only() {
    let header = read(
        r#"[{"__class__":"load","__module__":"numpy","__loader__":"ConstructorFromReduceNode"},
            {"__class__":"fromfile","__module__":"numpy","__loader__":"NdArrayNode"},
            {"__class__":"float64","__module__":"numpy","__loader__":"NdArrayNode"},
            {"__class__":"run","__module__":"numpy.random.mtrand","__loader__":"RandomStateNode"},
            {"__class__":"csr_matrix","__module__":"scipy.sparse._csr","__loader__":"SparseMatrixNode"},
            {"__class__":"check_call","__module__":"sklearn.utils","__loader__":"ListNode"}]"#,
    );

    let known: Vec<_> = header
        .facts
        .imports
        .iter()
        .filter(|import| import.is_known)
        .map(|import| import.name.as_str())
        .collect();
    assert_eq!(known, ["numpy.float64", "scipy.sparse._csr.csr_matrix"]);
}

#[test]
fn functions_of_the_first_protocol_are_imports_too() {
    let header = read(
        r#"{"__class__":"ufunc","__module__":"numpy","__loader__":"FunctionNode",
            "content":{"module_path":"os","function":"system"}}"#,
    );

    assert_eq!(
        imports(&header),
        [("os.system", false), ("numpy.ufunc", false)]
    );
}

#[test]
fn a_tree_counts_whatever_the_archive_is_called() {
    let array = npy(1, &array_header("'<f8'", "(2,)"), &[0; 16]);
    let schema = br#"{"__class__":"system","__module__":"os","__loader__":"FunctionNode"}"#;
    let bytes = Archive::of(&[
        Entry::stored("1.npy", &array),
        Entry::stored("schema.json", schema),
    ])
    .bytes();

    let format = recognise(&bytes, 1000, Path::new("m.npz"));
    let header = format
        .and_then(|format| format.read(&mut Reader::new(&bytes.as_slice())))
        .unwrap_or_default();

    assert_eq!(format.map(|format| format.name), Some("numpy-zip"));
    assert_eq!(imports(&header), [("os.system", false)]);
    assert_eq!(header.facts.parameters, Some(2));
    assert_eq!(header.facts.loading, Some(Loading::Program));
}

#[test]
fn a_tree_that_is_none_is_said() {
    let empty = Archive::of(&[Entry::stored("a.npy", b"")]).bytes();

    assert_eq!(kinds(&read("{")), ["invalid-json"]);
    assert_eq!(kinds(&read(r#"{"a":1,"a":2}"#)), ["duplicate-key"]);
    let missing = skops::read(&mut Reader::new(&empty.as_slice()));
    assert!(kinds(&missing).contains(&"missing-schema"));
}

#[test]
fn a_handler_of_torchserve_is_code() {
    let manifest = br#"{"createdOn":"x","runtime":"python","model":{"modelName":"m",
        "handler":"handler.py","modelVersion":"1.0"},"archiverVersion":"0.12.0"}"#;
    let bytes = Archive::of(&[
        Entry::stored("MAR-INF/MANIFEST.json", manifest),
        Entry::stored("handler.py", b"import os"),
    ])
    .bytes();

    let header = torchserve::read(&mut Reader::new(&bytes.as_slice()));

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.facts.loading, Some(Loading::Code));
    assert_eq!(
        header.facts.properties,
        [
            (Property::Name, "m".to_owned()),
            (Property::Version, "1.0".to_owned()),
            (Property::Producer, "torch-model-archiver 0.12.0".to_owned()),
            (Property::CodeFile, "handler.py".to_owned()),
            (Property::Metadata, "handler=handler.py".to_owned()),
        ]
    );
}

#[test]
fn an_archive_of_torchserve_without_a_manifest_is_said() {
    let bytes = Archive::of(&[Entry::stored("handler.py", b"import os")]).bytes();

    let header = torchserve::read(&mut Reader::new(&bytes.as_slice()));

    assert_eq!(kinds(&header), ["missing-manifest"]);
}

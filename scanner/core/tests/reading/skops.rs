//! Archives of skops and `TorchServe`, and the configurations of `NeMo`.

use lbom_scanner::format::{FORMATS, Header, skops, torchserve};
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{Loading, Property};

use crate::kinds;
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
fn what_an_unknown_loader_makes_is_not_known() {
    let header = read(r#"{"__class__":"ndarray","__module__":"numpy","__loader__":"Mine"}"#);

    assert_eq!(imports(&header), [("numpy.ndarray", false)]);
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
    let system = r#"{"__class__":"system","__module__":"os","__loader__":"FunctionNode"}"#;
    let other = r#"{"type":"object"}"#;
    let [system, other] = [system, other].map(|schema| {
        let members = [Entry::stored("schema.json", schema.as_bytes())];
        let bytes = Archive::of(&members).bytes();
        let format = FORMATS.iter().find(|format| format.name == "numpy-zip");
        format
            .and_then(|format| format.read(&mut Reader::new(&bytes.as_slice())))
            .unwrap_or_default()
    });

    assert_eq!(imports(&system), [("os.system", false)]);
    assert_eq!(system.facts.loading, Some(Loading::Program));
    assert_eq!(imports(&other), []);
    assert_eq!(other.facts.loading, Some(Loading::Data));
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

//! Keras models: what their configuration gives away.

use lbom_scanner::format::Header;
use lbom_scanner::format::keras::read;
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, Loading};

use crate::hdf5_writer::Hdf5;
use crate::kinds;
use crate::zip_writer::{Archive, Entry};

const METADATA: &[u8] = br#"{"keras_version":"3.15.1","date_saved":"2026-11-01@10:00:00"}"#;

/// The members of a model with this configuration.
fn members(config: &str) -> Vec<Entry> {
    vec![
        Entry::stored("metadata.json", METADATA),
        Entry::stored("config.json", config.as_bytes()),
        Entry::stored("model.weights.h5", &Hdf5::valid().bytes()),
    ]
}

/// A model of one layer.
pub(crate) fn valid() -> Vec<u8> {
    Archive::of(&members(&model(DENSE))).bytes()
}

const DENSE: &str = r#"{"module":"keras.layers","class_name":"Dense",
    "config":{"name":"dense","units":4},"registered_name":null}"#;

fn model(layer: &str) -> String {
    format!(
        r#"{{"module":"keras","class_name":"Sequential","config":{{"name":"m","layers":[{layer}]}},
            "registered_name":null}}"#
    )
}

fn header(bytes: &[u8]) -> Header {
    read(&mut Reader::new(&bytes))
}

/// What a model of this layer is found out for.
fn of_layer(layer: &str) -> Header {
    header(&Archive::of(&members(&model(layer))).bytes())
}

#[test]
fn class_version_and_weights_are_read() {
    let header = header(&valid());

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.version.as_deref(), Some("3.15.1"));
    assert_eq!(header.facts.architecture.as_deref(), Some("Sequential"));
    assert_eq!(header.facts.parameters, Some(12));
    assert_eq!(header.facts.loading, None);
    let label = assess(&header.tensors, &header.claims).label;
    assert_eq!(label.as_deref(), Some("F32"));
}

#[test]
fn compressed_weights_are_read_too() {
    let mut members = members(&model(DENSE));
    members.truncate(2);
    members.push(Entry::deflated("model.weights.h5", &Hdf5::valid().bytes()));

    let header = header(&Archive::of(&members).bytes());

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.facts.parameters, Some(12));
}

#[test]
fn layers_that_run_code_are_found() {
    for (layer, kind) in [
        (r#"{"class_name":"Lambda","config":{}}"#, "lambda-layer"),
        (
            r#"{"class_name":"Custom>Lambda","config":{}}"#,
            "lambda-layer",
        ),
        (
            r#"{"class_name":"__lambda__","config":{"value":"4wEA"}}"#,
            "marshalled-lambda",
        ),
        (
            r#"{"module":"keras.layers","class_name":"TFSMLayer","config":{}}"#,
            "tfsm-layer",
        ),
        (
            r#"{"module":"keras.layers","class_name":"TorchModuleWrapper","config":{}}"#,
            "torch-module-wrapper",
        ),
        (
            r#"{"module":"os","class_name":"function","config":"system","registered_name":"x"}"#,
            "foreign-module",
        ),
        (
            r#"{"module":"kerasx.layers","class_name":"Dense","config":{}}"#,
            "foreign-module",
        ),
        (
            r#"{"config":{"fn":{"config":"eval","class_name":"function","module":"builtins"}}}"#,
            "executable-function",
        ),
        (
            r#"{"module":"keras.utils","class_name":"get_file","config":{"fname":"x"}}"#,
            "executable-function",
        ),
        (
            r#"{"module":"keras.config","class_name":"function",
                "config":"enable_unsafe_deserialization","registered_name":"function"}"#,
            "executable-function",
        ),
        (
            r#"{"module":"keras.src.legacy.saving.legacy_h5_format","class_name":"function",
                "config":"load_model_from_hdf5","registered_name":"function"}"#,
            "executable-function",
        ),
        (
            r#"{"module":"keras.datasets.mnist","class_name":"function","config":"load_data"}"#,
            "executable-function",
        ),
        (
            r#"{"module":"keras.applications","class_name":"VGG16","config":{}}"#,
            "executable-function",
        ),
        (
            r#"{"class_name":"TFOpLambda","config":{"name":"a","function":"io.write_file"}}"#,
            "executable-function",
        ),
        (
            r#"{"class_name":"TFOpLambda","config":{"function":"io.gfile.remove"}}"#,
            "executable-function",
        ),
        (
            r#"{"class_name":"TFOpLambda","config":{"function":"raw_ops.SaveV2"}}"#,
            "executable-function",
        ),
        (
            r#"{"class_name":"TensorFlowOpLayer","config":{"node_def":{"op":"WriteFile"}}}"#,
            "executable-function",
        ),
        (
            r#"{"class_name":"TensorFlowOpLayer","config":{"node_def":"\n\u0001n\u0012\u0008ReadFile"}}"#,
            "executable-function",
        ),
        (
            r#"{"module":"keras.layers","class_name":"A","config":{},"registered_name":"acme>A"}"#,
            "custom-object",
        ),
        (
            r#"{"module":null,"class_name":"A","config":{},"registered_name":"A"}"#,
            "custom-object",
        ),
    ] {
        let header = of_layer(layer);

        assert_eq!(kinds(&header).first(), Some(&kind), "{layer}");
        assert_eq!(header.facts.loading, Some(Loading::Code), "{layer}");
        let rules: Vec<_> = header.facts.anomalies.iter().map(|a| a.rule).collect();
        assert_eq!(rules.first(), Some(&AnomalyRule::ExecutableLayer));
    }
}

#[test]
fn what_keras_itself_writes_is_clean() {
    for layer in [
        r#"{"module":"builtins","class_name":"function","config":"relu","registered_name":"function"}"#,
        r#"{"module":"keras.src.models.functional","class_name":"Functional",
            "config":{"name":"conv1/relu"},"registered_name":"Functional"}"#,
        r#"{"module":"keras.utils","class_name":"FeatureSpace","config":{}}"#,
        r#"{"module":"keras.src.legacy.backend","class_name":"function","config":"sigmoid"}"#,
        r#"{"module":"keras_hub.src.utils.keras_utils","class_name":"function",
            "config":"gelu_approximate"}"#,
        r#"{"module":"keras.src.ops.numpy","class_name":"Add","config":{}}"#,
        r#"{"class_name":"TFOpLambda","config":{"name":"a","function":"math.multiply"}}"#,
        r#"{"class_name":"TFOpLambda","config":{"name":"a","function":"__operators__.add"}}"#,
        r#"{"class_name":"TFOpLambda","config":{"name":"a","function":"raw_ops.AddV2"}}"#,
        r#"{"class_name":"SlicingOpLambda","config":{"function":"__operators__.getitem"}}"#,
        r#"{"class_name":"TensorFlowOpLayer","config":{"node_def":{"op":"Mul"}}}"#,
        r#"{"class_name":"__keras_tensor__","config":{"shape":[null,4],"dtype":"float32"}}"#,
        r#"{"module":"keras_hub.layers","class_name":"A","config":{},"registered_name":"keras_hub>A"}"#,
        r#"{"module":"keras.layers","class_name":"StringLookup",
            "config":{"vocabulary":["a","/","../","https"],"mask_token":"/"}}"#,
    ] {
        assert_eq!(of_layer(layer).facts.anomalies, [], "{layer}");
    }
}

#[test]
fn paths_and_addresses_in_the_configuration_are_escapes() {
    for (layer, kind) in [
        (
            r#"{"config":{"vocabulary":"/etc/passwd"}}"#,
            "vocabulary-file",
        ),
        (
            r#"{"config":{"vocabulary":"words.txt"}}"#,
            "vocabulary-file",
        ),
        (r#"{"config":{"name":"../../x"}}"#, "path-like-name"),
        (r#"{"config":{"name":"/x"}}"#, "path-like-name"),
        (r#"{"config":{"name":"a\\..\\x"}}"#, "path-like-name"),
        (r#"{"config":{"filepath":"/etc/passwd"}}"#, "path-in-config"),
        (r#"{"config":{"filepath":"a/../../x"}}"#, "path-in-config"),
        (
            r#"{"config":{"origin":"https://example.org/x"}}"#,
            "path-in-config",
        ),
        (r#"{"config":{"origin":"gs://bucket/x"}}"#, "path-in-config"),
    ] {
        let header = of_layer(layer);

        assert_eq!(kinds(&header), [kind], "{layer}");
        let rules: Vec<_> = header.facts.anomalies.iter().map(|a| a.rule).collect();
        assert_eq!(rules, [AnomalyRule::ExternalDataEscape]);
    }
    let header = of_layer(r#"{"config":{"origin":"https://example.org/x"}}"#);
    let urls: Vec<_> = header
        .facts
        .destinations
        .iter()
        .map(|d| &*d.value)
        .collect();
    assert_eq!(urls, ["https://example.org/x"]);
}

#[test]
fn a_policy_is_a_claim_that_the_weights_must_bear_out() {
    for (policy, label) in [
        (
            r#"{"class_name":"QuantizedDTypePolicy","config":{"mode":"int8"}}"#,
            "int8",
        ),
        (
            r#"{"class_name":"Int4DTypePolicy","config":{"mode":"int4/128"}}"#,
            "int4",
        ),
        (
            r#"{"class_name":"GPTQDTypePolicy","config":{"mode":"gptq/4/128"}}"#,
            "gptq-4bit",
        ),
        (
            r#"{"class_name":"AWQDTypePolicy","config":{"mode":"awq/4/128"}}"#,
            "awq-4bit",
        ),
        (r#""int8_from_bfloat16""#, "int8"),
    ] {
        let header = of_layer(&format!(
            r#"{{"class_name":"Dense","config":{{"dtype":{policy}}}}}"#
        ));

        let quantization = assess(&header.tensors, &header.claims);
        let claims: Vec<_> = quantization
            .claims
            .iter()
            .map(|claim| (&*claim.value, &*claim.source, claim.verdict))
            .collect();
        let contradicted = lbom_scanner::record::QuantizationVerdict::Contradicted;
        assert_eq!(claims, [(label, "config.json: dtype policy", contradicted)]);
    }
    let float8 = r#"{"class_name":"QuantizedFloat8DTypePolicy","config":{"mode":"float8"}}"#;
    let header = of_layer(&format!(r#"{{"config":{{"dtype":{float8}}}}}"#));
    assert_eq!(header.claims, []);
}

#[test]
fn members_that_do_not_belong_are_said() {
    for (name, content, kinds_found) in [
        ("assets/words.txt", b"a\nb".as_slice(), vec![]),
        ("assets/words.pkl", b"a\nb", vec!["unread-member"]),
        ("assets/words.txt", b"\x80\x04K\x01.", vec!["unread-member"]),
        ("setup.py", b"import os", vec!["unread-member"]),
        ("model.weights.npz", b"PK", vec!["unread-member"]),
    ] {
        let mut members = members(&model(DENSE));
        members.push(Entry::stored(name, content));

        let header = header(&Archive::of(&members).bytes());

        assert_eq!(kinds(&header), kinds_found, "{name}");
    }
}

#[test]
fn what_is_missing_double_or_broken_is_said() {
    let weights = Entry::stored("model.weights.h5", &Hdf5::valid().bytes());
    let metadata = Entry::stored("metadata.json", METADATA);
    let config = |text: &str| Entry::stored("config.json", text.as_bytes());
    let twice = r#"{"class_name":"Model","class_name":"Lambda"}"#;
    for (members, expected) in [
        (vec![metadata.clone(), weights.clone()], "missing-member"),
        (vec![config("{}"), weights.clone()], "missing-member"),
        (
            vec![metadata.clone(), config("{"), weights.clone()],
            "broken-json",
        ),
        (
            vec![metadata.clone(), config(twice), weights],
            "duplicate-key",
        ),
        (
            vec![
                metadata,
                config("{}"),
                Entry::stored("model.weights.h5", b"no"),
            ],
            "wrong-magic",
        ),
    ] {
        let header = header(&Archive::of(&members).bytes());

        assert_eq!(kinds(&header).first(), Some(&expected));
    }
}

//! Core ML models: weights of networks and programs are counted, code of the application is named.

use lbom_scanner::format::Header;
use lbom_scanner::format::coreml::read;
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, Loading};

use crate::coreml_writer::{
    FLOAT16, NETWORK, PROGRAM, UINT8, blob, entry, floats, layer, model, network, operation,
    packed, program, rich_network, rich_program, value,
};
use crate::protobuf_writer::Message;
use crate::{kinds, rules};

fn header(message: Message) -> Header {
    read(&mut Reader::new(&message.finish().as_slice()))
}

fn tensors(header: &Header) -> Vec<(&str, &'static str, u64, u64)> {
    header
        .tensors
        .iter()
        .map(|t| (&*t.name, t.type_name, t.elements, t.bytes))
        .collect()
}

#[test]
fn a_program_names_its_weights_and_their_file() {
    let header = header(rich_program());

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.version.as_deref(), Some("7"));
    assert_eq!(
        tensors(&header),
        [
            ("w", "F16", 128, 256),
            ("b", "F32", 8, 32),
            ("q.quantized_data", "uint8", 512, 512),
        ]
    );
    let files: Vec<_> = header
        .external
        .iter()
        .map(|file| (file.location.as_str(), file.end))
        .collect();
    assert_eq!(files, [("weights/weight.bin", 1088)]);
    let label = assess(&header.tensors, &header.claims).label;
    assert_eq!(label.as_deref(), Some("uint8"));
}

#[test]
fn a_network_carries_its_weights() {
    let header = header(rich_network());

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(
        tensors(&header),
        [
            ("conv.weights", "int4", 128, 64),
            ("conv.bias", "F32", 4, 16),
            ("fc.weights", "F16", 32, 64),
        ]
    );
    let found = assess(&header.tensors, &header.claims);
    assert_eq!(found.label.as_deref(), Some("int4"));
    assert_eq!(header.facts.parameters, Some(164));
}

#[test]
fn the_metadata_says_licence_and_addresses() {
    let header = header(rich_network());

    assert_eq!(header.facts.license.as_deref(), Some("mit"));
    let found: Vec<_> = header
        .facts
        .destinations
        .iter()
        .map(|d| (d.value.as_str(), d.source.as_str()))
        .collect();
    assert_eq!(
        found,
        [("https://example.org/", "metadata.userDefined.home")]
    );
}

#[test]
fn weights_with_a_table_are_named_by_the_bits_of_an_index() {
    let parameters = Message::new().message(20, packed(6, 48, true));
    let in_network = header(model(NETWORK, network(vec![layer("fc", 140, parameters)])));
    let attributes = vec![
        ("indices", value(UINT8, &[32])),
        ("lut", value(FLOAT16, &[16])),
    ];
    let in_program = header(model(
        PROGRAM,
        program(vec![operation("constexpr_lut_to_dense", "w", attributes)]),
    ));

    assert_eq!(tensors(&in_network), [("fc.weights", "lut6", 64, 48)]);
    assert_eq!(
        tensors(&in_program),
        [("w.indices", "lut4", 64, 32), ("w.lut", "F16", 16, 32)]
    );
}

#[test]
fn indices_that_an_operation_reads_by_name_are_named_too() {
    let binding = Message::new().message(1, Message::new().bytes(1, "i"));
    let reads =
        operation("constexpr_lut_to_dense", "w", Vec::new()).message(2, entry("indices", binding));
    let indices = operation("const", "i", vec![("val", value(35, &[8, 8]))]);
    let header = header(model(PROGRAM, program(vec![indices, reads])));

    assert_eq!(tensors(&header), [("i", "lut4", 64, 32)]);
}

#[test]
fn code_of_the_application_is_named() {
    let custom = Message::new().bytes(10, "MyLayer");
    let as_layer = header(model(NETWORK, network(vec![layer("c", 500, custom)])));
    let as_model = header(model(555, Message::new().bytes(10, "MyModel")));
    let branch = Message::new().message(
        1,
        network(vec![layer("c", 500, Message::new().bytes(10, "X"))]),
    );
    let in_branch = header(model(NETWORK, network(vec![layer("b", 605, branch)])));
    let pipeline = Message::new().message(1, model(555, Message::new().bytes(10, "X")));
    let in_pipeline = header(model(202, pipeline));

    for (header, kind) in [
        (as_layer, "custom-layer"),
        (as_model, "custom-model"),
        (in_branch, "custom-layer"),
        (in_pipeline, "custom-model"),
    ] {
        assert_eq!(kinds(&header), [kind]);
        assert_eq!(rules(&header), [AnomalyRule::ExecutableLayer]);
        assert_eq!(header.facts.loading, Some(Loading::Code));
    }
}

#[test]
fn what_is_not_read_of_a_model_is_said() {
    let linked = Message::new().message(
        1,
        Message::new().message(1, Message::new().bytes(1, "other.mlmodelc")),
    );
    for (header, kinds_expected) in [
        (header(model(556, linked)), vec!["linked-model"]),
        (
            header(model(3000, Message::new())),
            vec!["serialized-model"],
        ),
        (
            header(model(2999, Message::new())),
            vec!["unknown-model-type"],
        ),
        (header(model(302, Message::new())), vec![]),
    ] {
        assert_eq!(kinds(&header), kinds_expected);
        assert_eq!(header.facts.parameters, None);
    }
}

#[test]
fn a_file_of_weights_outside_of_the_package_is_an_escape() {
    for (file, kind) in [
        ("@model_path/../../secret", "parent-in-location"),
        ("/etc/passwd", "absolute-location"),
    ] {
        let constant = operation("const", "w", vec![("val", blob(FLOAT16, &[1], file, 64))]);
        let header = header(model(PROGRAM, program(vec![constant])));

        assert_eq!(kinds(&header), [kind]);
        assert_eq!(rules(&header), [AnomalyRule::ExternalDataEscape]);
    }
}

#[test]
fn values_that_do_not_fit_their_shape_are_malformed() {
    for (value, kind) in [
        (floats(&[8], 7), "wrong-data-length"),
        (value(99, &[8]), "unknown-tensor-type"),
        (value(11, &[1 << 62, 4]), "size-overflow"),
    ] {
        let constant = operation("const", "w", vec![("val", value)]);
        let header = header(model(PROGRAM, program(vec![constant])));

        assert_eq!(kinds(&header), [kind]);
    }
    let weights = Message::new().message(20, packed(9, 9, false));
    let header = header(model(NETWORK, network(vec![layer("fc", 140, weights)])));
    assert_eq!(kinds(&header), ["unknown-tensor-type"]);
}

#[test]
fn a_model_states_its_version_and_its_type() {
    assert_eq!(
        kinds(&header(Message::new().message(900, Message::new()))),
        ["missing-specification-version"]
    );
    assert_eq!(
        kinds(&header(
            Message::new().number(1, 99).message(900, Message::new())
        )),
        ["unknown-specification-version"]
    );
    assert_eq!(
        kinds(&header(Message::new().number(1, 7))),
        ["missing-model-type"]
    );
    assert_eq!(
        kinds(&header(rich_network().bytes(150, "payload"))),
        ["unknown-field"]
    );
}

//! ONNX models: every tensor is found, every malformation is named.

use lbom_scanner::format::Header;
use lbom_scanner::format::onnx::read;
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, DestinationClass};

use crate::onnx_writer::{
    FLOAT, INT8, UINT8, attribute, described, external, graph, model, node, property, rich, tensor,
};
use crate::protobuf_writer::Message;
use crate::{kinds, rules};

fn header(message: Message) -> Header {
    read(&mut Reader::new(&message.finish().as_slice()))
}

/// The kinds of anomalies of a model with this initializer.
fn kinds_with(initializer: Message) -> Vec<&'static str> {
    kinds(&header(model(graph(vec![initializer]))))
}

fn tensors(header: &Header) -> Vec<(&str, &'static str, u64, u64)> {
    let mut tensors: Vec<_> = header
        .tensors
        .iter()
        .map(|t| (&*t.name, t.type_name, t.elements, t.bytes))
        .collect();
    tensors.sort_unstable();
    tensors
}

#[test]
fn tensors_are_found_wherever_they_stand() {
    let header = header(rich());

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(
        tensors(&header),
        [
            ("c", "F32", 2, 8),
            ("deep", "I64", 1, 8),
            ("e", "F32", 4, 16),
            ("k", "F32", 1, 4),
            ("p", "int4", 128, 64),
            ("s", "F32", 1, 4),
            ("sparse", "F32", 3, 12),
            ("sparse (indices)", "I64", 3, 24),
            ("w", "int8", 32, 32),
            ("z", "int8", 1, 1),
        ]
    );
    assert_eq!(header.facts.parameters, Some(176));
}

#[test]
fn a_model_says_its_version_licence_and_addresses() {
    let header = header(rich());

    assert_eq!(header.version.as_deref(), Some("8"));
    assert_eq!(header.facts.license.as_deref(), Some("mit"));
    let found: Vec<_> = header
        .facts
        .destinations
        .iter()
        .map(|d| (d.class, d.value.as_str(), d.source.as_str()))
        .collect();
    assert_eq!(
        found,
        [(
            DestinationClass::Metadata,
            "https://example.org/",
            "metadata_props.home"
        )]
    );
}

#[test]
fn operators_that_read_most_weights_name_the_model() {
    let header = header(rich());
    let found = assess(&header.tensors, &header.claims);

    let claims: Vec<_> = found
        .claims
        .iter()
        .map(|claim| (claim.value.as_str(), claim.source.as_str()))
        .collect();
    assert_eq!(claims, [("int4", "graph: MatMulNBits")]);
    assert_eq!(found.label.as_deref(), Some("int4"));
}

#[test]
fn weights_that_a_graph_casts_by_hand_are_quantized_all_the_same() {
    let cast =
        graph(vec![tensor("w", INT8, &[4, 8], 32)]).message(1, node("", "Cast", &["w"], &["f"]));
    let header = header(model(cast));
    let found = assess(&header.tensors, &header.claims);

    assert_eq!(found.label.as_deref(), Some("int8"));
    assert!(found.claims.is_empty());
}

#[test]
fn a_message_in_parts_is_merged_as_protobuf_says() {
    let first = Message::new().number(1, 2).number(2, INT8);
    let second = Message::new()
        .number(1, 3)
        .number(2, FLOAT)
        .bytes(9, [0; 24]);
    let value = Message::new()
        .bytes(1, "value")
        .message(5, first)
        .message(5, second);
    let constant = node("", "Constant", &[], &["c"]).message(5, value);
    let parts = model(graph(Vec::new())).message(7, Message::new().message(1, constant));
    let header = header(parts);

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(tensors(&header), [("c", "F32", 6, 24)]);
}

#[test]
fn lengths_may_be_packed_and_values_may_not() {
    let packed = Message::new()
        .bytes(1, [2, 3])
        .number(2, 6)
        .bytes(8, "p")
        .bytes(5, [1, 2, 3, 4, 5, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    let unpacked = (0..3).fold(described("u", 7, &[3]), |tensor, value| {
        tensor.number(7, value)
    });
    let header = header(model(graph(vec![packed, unpacked])));

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(tensors(&header), [("p", "I32", 6, 24), ("u", "I64", 3, 24)]);
}

#[test]
fn what_the_reference_checker_refuses_of_a_tensor_is_malformed() {
    for (tensor, expected) in [
        (tensor("", FLOAT, &[1], 4), "empty-name"),
        (described("t", FLOAT, &[2]), "missing-tensor-data"),
        (tensor("t", FLOAT, &[2], 7), "wrong-data-length"),
        (tensor("t", FLOAT, &[2], 12), "wrong-data-length"),
        (tensor("t", FLOAT, &[0], 4), "wrong-data-length"),
        (tensor("t", 0, &[1], 4), "missing-data-type"),
        (tensor("t", 29, &[1], 4), "unknown-tensor-type"),
        (tensor("t", FLOAT, &[u64::MAX], 4), "negative-dimension"),
        (tensor("t", FLOAT, &[1 << 40, 1 << 40], 4), "size-overflow"),
        (tensor("t", 11, &[1 << 62], 4), "size-overflow"),
        (tensor("t", 8, &[1], 4), "misplaced-values"),
        (
            tensor("t", FLOAT, &[1], 4).bytes(4, [0; 4]),
            "misplaced-values",
        ),
        (
            described("t", FLOAT, &[1]).bytes(10, [0; 8]),
            "misplaced-values",
        ),
        (
            described("t", 7, &[3]).bytes(7, [1, 2]),
            "wrong-data-length",
        ),
        (tensor("a\0b", FLOAT, &[1], 4), "deceptive-character"),
        (tensor("t", FLOAT, &[1], 4).number(8, 1), "wrong-wire-type"),
    ] {
        assert_eq!(kinds_with(tensor), [expected]);
    }
}

#[test]
fn external_data_must_say_where_they_are() {
    let located = |location: &str| external("t", 4, &[("location", location)]);
    for (tensor, expected) in [
        (external("t", 4, &[]), "missing-location"),
        (located("../x"), "parent-in-location"),
        (located("/etc/passwd"), "absolute-location"),
        (located("a\\b"), "backslash-in-location"),
        (
            external("t", 4, &[("location", "x"), ("location", "y")]),
            "duplicate-key",
        ),
        (
            external("t", 4, &[("location", "x"), ("length", "15")]),
            "wrong-data-length",
        ),
        (
            external("t", 4, &[("location", "x"), ("offset", "-1")]),
            "not-a-number",
        ),
        (
            external(
                "t",
                4,
                &[("location", "x"), ("offset", "9223372036854775807")],
            ),
            "size-overflow",
        ),
        (
            external("t", 4, &[("location", "x"), ("__class__", "y")]),
            "unknown-external-key",
        ),
        (
            external("t", 4, &[("location", "x")]).bytes(9, [0; 16]),
            "misplaced-values",
        ),
    ] {
        assert_eq!(kinds_with(tensor), [expected]);
    }
}

#[test]
fn files_of_external_data_are_named_once_with_the_bytes_they_need() {
    let part = |offset| {
        let entries = [("location", "data.bin"), ("offset", offset)];
        external("t", 4, &entries)
    };
    let body = Message::new().message(5, part("4096"));
    let nested = node("", "Loop", &[], &[]).message(5, attribute("body", 6, body));
    let header = header(model(graph(vec![part("0")]).message(1, nested)));

    assert_eq!(kinds(&header), Vec::<&str>::new());
    let files: Vec<_> = header
        .external
        .iter()
        .map(|file| (file.location.as_str(), file.end))
        .collect();
    assert_eq!(files, [("data.bin", 4112)]);
}

#[test]
fn names_are_unique_in_their_graph_only() {
    let twice = || tensor("t", FLOAT, &[1], 4);
    let body = Message::new().message(5, twice());
    let nested = node("", "If", &[], &[]).message(5, attribute("then_branch", 6, body));

    assert_eq!(
        kinds(&header(model(graph(vec![twice(), twice()])))),
        ["duplicate-tensor"]
    );
    assert_eq!(
        kinds(&header(model(graph(vec![twice()]).message(1, nested)))),
        Vec::<&str>::new()
    );
}

#[test]
fn operators_of_a_foreign_domain_are_not_examined_unless_the_file_defines_them() {
    let foreign = || model(graph(Vec::new()).message(1, node("org.example", "Op", &[], &[])));
    let defined = foreign().message(25, Message::new().bytes(1, "Op").bytes(10, "org.example"));

    assert_eq!(kinds(&header(foreign())), ["custom-operators"]);
    assert_eq!(rules(&header(foreign())), [AnomalyRule::NotExamined]);
    assert_eq!(kinds(&header(defined)), Vec::<&str>::new());
}

#[test]
fn operators_that_run_code_are_named() {
    let with = |domain, op| {
        header(model(
            graph(Vec::new()).message(1, node(domain, op, &[], &[])),
        ))
    };

    let python = with("com.microsoft", "PythonOp");
    assert_eq!(kinds(&python), ["python-operator"]);
    assert_eq!(rules(&python), [AnomalyRule::ExecutableLayer]);
    assert_eq!(
        kinds(&with("com.microsoft", "EPContext")),
        ["compiled-operator"]
    );
}

#[test]
fn a_model_states_its_version_its_operators_and_its_graph() {
    let graph = || graph(Vec::new());
    let opset = || Message::new().number(2, 17);
    for (message, expected) in [
        (
            Message::new().message(7, graph()).message(8, opset()),
            vec!["missing-ir-version"],
        ),
        (
            Message::new()
                .number(1, 99)
                .message(7, graph())
                .message(8, opset()),
            vec!["unknown-ir-version"],
        ),
        (
            Message::new().number(1, 8).message(7, graph()),
            vec!["missing-opset"],
        ),
        (Message::new().number(1, 1).message(7, graph()), vec![]),
        (
            Message::new().number(1, 8),
            vec!["missing-graph", "missing-opset"],
        ),
        (model(graph()).bytes(99, "a payload"), vec!["unknown-field"]),
        (model(graph()).number(7, 1), vec!["wrong-wire-type"]),
    ] {
        assert_eq!(kinds(&header(message)), expected);
    }
}

#[test]
fn broken_encodings_end_the_reading() {
    let valid = || model(graph(Vec::new()));
    for (message, expected) in [
        (valid().raw(&[0x5b]), "group"),
        (valid().raw(&[0x5c]), "group"),
        (valid().raw(&[0x5e]), "unknown-wire-type"),
        (valid().raw(&[0]), "impossible-tag"),
        (
            valid().raw(&[0x80, 0x80, 0x80, 0x80, 0x10]),
            "impossible-tag",
        ),
        (valid().raw(&[0x28]).raw(&[0xff; 10]), "overlong-number"),
        (valid().promise(6, 1), "unexpected-end"),
        (
            Message::new()
                .number(1, 8)
                .message(7, Message::new().promise(1, 9))
                .bytes(2, "abcdefgh"),
            "length-beyond-message",
        ),
        (
            Message::new()
                .number(1, 8)
                .message(7, Message::new().raw(&[0x8a]))
                .bytes(2, "a"),
            "number-across-end",
        ),
    ] {
        let header = header(message);

        assert_eq!(kinds(&header).first(), Some(&expected));
        assert_eq!(header.facts.parameters, None);
    }
}

#[test]
fn a_number_that_is_longer_than_it_must_be_is_said_and_read() {
    let header = header(model(graph(Vec::new())).raw(&[0x28, 0x81, 0x00]));

    assert_eq!(kinds(&header), ["padded-number"]);
    assert_eq!(header.facts.parameters, Some(0));
}

#[test]
fn graphs_nested_deeper_than_loaders_follow_are_not_examined() {
    let mut body = graph(Vec::new());
    for _ in 0..40 {
        let nested = node("", "If", &[], &[]).message(5, attribute("then_branch", 6, body));
        body = Message::new().message(1, nested);
    }
    let header = header(model(body));

    assert_eq!(kinds(&header), ["limit-nesting"]);
    assert_eq!(rules(&header), [AnomalyRule::NotExamined]);
}

#[test]
fn more_texts_than_are_read_are_said() {
    let long = model(graph(Vec::new())).message(14, property("k", &"x".repeat((1 << 20) + 1)));

    assert_eq!(kinds(&header(long)), ["limit-text"]);
}

#[test]
fn a_list_of_tensors_beyond_the_limit_is_said_once() {
    let tensors = (0..1100).fold(Message::new().bytes(1, "values"), |list, _| {
        list.message(10, tensor("", UINT8, &[1], 1))
    });
    let node = node("", "Constant", &[], &["c"]).message(5, tensors);
    let header = header(model(graph(Vec::new()).message(1, node)));

    assert_eq!(kinds(&header), ["limit-attributes"]);
    assert_eq!(header.tensors.len(), 1024);
}

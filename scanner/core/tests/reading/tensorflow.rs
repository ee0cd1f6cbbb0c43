//! Graphs of TensorFlow: operators that do more than compute are named, weights are counted.

use lbom_scanner::format::Header;
use lbom_scanner::format::tensorflow::{
    read_graph, read_keras_metadata, read_meta_graph, read_saved_model,
};
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, Loading};

use crate::protobuf_writer::Message;
use crate::tensorflow_writer::{
    constant, graph, meta_graph, node, rich, saved_model, shape, tensor, variable, with,
    with_function,
};
use crate::{kinds, rules};

fn saved(message: Message) -> Header {
    read_saved_model(&mut Reader::new(&message.finish().as_slice()))
}

fn frozen(nodes: Vec<Message>) -> Header {
    read_graph(&mut Reader::new(&graph(nodes).finish().as_slice()))
}

fn tensors(header: &Header) -> Vec<(&str, &'static str, u64, u64)> {
    header
        .tensors
        .iter()
        .map(|t| (&*t.name, t.type_name, t.elements, t.bytes))
        .collect()
}

#[test]
fn constants_and_variables_are_found_in_graphs_and_functions() {
    let header = saved(rich());

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.version.as_deref(), Some("1"));
    assert_eq!(
        tensors(&header),
        [
            ("c", "F32", 32, 128),
            ("v", "F16", 6, 12),
            ("f/k", "int8", 256, 256),
        ]
    );
    assert_eq!(header.facts.parameters, Some(294));
    let files: Vec<&str> = header
        .external
        .iter()
        .map(|file| file.location.as_str())
        .collect();
    assert_eq!(files, ["assets/words.txt", "variables/variables.index"]);
}

#[test]
fn operators_that_read_quantized_numbers_name_the_model() {
    let header = saved(rich());
    let found = assess(&header.tensors, &header.claims);

    let claims: Vec<_> = found
        .claims
        .iter()
        .map(|claim| (claim.value.as_str(), claim.source.as_str()))
        .collect();
    assert_eq!(claims, [("int8", "graph: QuantizedMatMul")]);
    assert_eq!(found.label.as_deref(), Some("int8"));
}

#[test]
fn operators_that_do_more_than_compute_are_named() {
    for (op, kind) in [
        ("PyFunc", "python-operator"),
        ("EagerPyFunc", "python-operator"),
        ("PyFuncStateless", "python-operator"),
        ("ReadFile", "file-reading-operator"),
        ("MatchingFiles", "file-reading-operator"),
        ("WriteFile", "file-writing-operator"),
        ("DataServiceDatasetV2", "connecting-operator"),
        ("DatasetFromGraph", "nested-graph-operator"),
    ] {
        let in_graph = frozen(vec![node("n", op), node("m", op)]);
        let in_function = saved(saved_model(meta_graph(with_function(
            graph(vec![node("n", "NoOp")]),
            "f",
            vec![node("n", op)],
        ))));

        for header in [in_graph, in_function] {
            assert_eq!(kinds(&header), [kind], "{op}");
            assert_eq!(rules(&header), [AnomalyRule::ExecutableLayer]);
        }
    }
}

#[test]
fn a_graph_that_calls_python_runs_code() {
    let runs = |op| frozen(vec![node("n", op)]).facts.loading;

    assert_eq!(runs("PyFunc"), Some(Loading::Code));
    assert_eq!(runs("DatasetFromGraph"), Some(Loading::Code));
    assert_eq!(runs("ReadFile"), None);
    assert_eq!(runs("MatMul"), None);
}

#[test]
fn every_saved_model_saves_and_restores() {
    let nodes = [
        "SaveV2",
        "RestoreV2",
        "MergeV2Checkpoints",
        "ShardedFilename",
    ];
    let header = frozen(nodes.iter().map(|op| node("n", op)).collect());

    assert_eq!(kinds(&header), Vec::<&str>::new());
}

#[test]
fn printing_to_a_file_writes_a_file() {
    let print = |stream: &str| {
        let value = Message::new().bytes(2, stream);
        kinds(&frozen(vec![with(
            node("p", "PrintV2"),
            "output_stream",
            value,
        )]))
    };

    assert_eq!(print("stderr"), Vec::<&str>::new());
    assert_eq!(print("file:///etc/cron.d/x"), ["file-writing-operator"]);
}

#[test]
fn programs_compiled_elsewhere_are_not_examined() {
    let header = frozen(vec![node("n", "TRTEngineOp")]);

    assert_eq!(kinds(&header), ["compiled-operator"]);
    assert_eq!(rules(&header), [AnomalyRule::NotExamined]);
}

#[test]
fn constants_hide_in_lists_and_in_calls() {
    let list = Message::new().message(8, tensor(3, &[2], 8));
    let in_list = with(node("a", "Op"), "values", Message::new().message(1, list));
    let value = Message::new().message(8, tensor(3, &[3], 12));
    let entry = Message::new().bytes(1, "k").message(2, value);
    let call = Message::new().bytes(1, "f").message(2, entry);
    let in_call = with(node("b", "Op"), "f", Message::new().message(10, call));
    let header = frozen(vec![in_list, in_call]);

    assert_eq!(tensors(&header), [("a", "I32", 2, 8), ("b", "I32", 3, 12)]);
}

#[test]
fn a_constant_that_repeats_one_value_counts_as_one() {
    let one = Message::new()
        .number(1, 1)
        .message(2, shape(&[1 << 20, 1 << 20]))
        .bytes(5, [0; 4]);
    let header = frozen(vec![constant("c", one)]);

    assert_eq!(kinds(&header), Vec::<&str>::new());
    assert_eq!(tensors(&header), [("c", "F32", 1, 4)]);
}

#[test]
fn values_that_do_not_fit_their_shape_are_malformed() {
    let values = Message::new()
        .number(1, 9)
        .message(2, shape(&[1]))
        .bytes(10, [1, 2]);
    for (tensor, expected) in [
        (tensor(1, &[2], 7), "wrong-data-length"),
        (values, "wrong-data-length"),
        (tensor(99, &[2], 8), "unknown-tensor-type"),
        (tensor(1, &[u64::MAX], 8), "negative-dimension"),
        (tensor(1, &[1 << 40, 1 << 40], 8), "size-overflow"),
    ] {
        assert_eq!(kinds(&frozen(vec![constant("c", tensor)])), [expected]);
    }
}

#[test]
fn a_variable_without_a_shape_leaves_the_parameters_open() {
    let unknown = Message::new().number(3, 1);
    let open = u64::MAX;
    for variable in [
        variable("v", 1, unknown),
        variable("v", 1, shape(&[open, 2])),
    ] {
        let header = frozen(vec![variable, constant("c", tensor(1, &[2], 8))]);

        assert_eq!(kinds(&header), Vec::<&str>::new());
        assert_eq!(header.facts.parameters, None);
    }
}

#[test]
fn a_variable_that_two_graphs_declare_counts_once() {
    let twice = || graph(vec![variable("v", 1, shape(&[4]))]);
    let model = saved_model(meta_graph(twice())).message(2, meta_graph(twice()));

    assert_eq!(saved(model).facts.parameters, Some(4));
}

#[test]
fn an_asset_outside_of_its_directory_is_an_escape() {
    let asset = Message::new().bytes(2, "../../../etc/passwd");
    let header = saved(saved_model(
        meta_graph(graph(vec![node("n", "NoOp")])).message(6, asset),
    ));

    assert_eq!(kinds(&header), ["parent-in-location"]);
    assert_eq!(rules(&header), [AnomalyRule::ExternalDataEscape]);
}

#[test]
fn a_lambda_layer_of_keras_runs_code() {
    let lambda = r#"{"config": {"layers": [{"class_name": "Lambda", "config": {}}]}}"#;
    let object = Message::new().message(4, Message::new().bytes(3, lambda));
    let beside = Message::new().message(1, Message::new().number(2, 1).bytes(5, lambda));
    let inside = saved(saved_model(
        meta_graph(graph(vec![node("n", "NoOp")])).message(7, Message::new().message(1, object)),
    ));
    let beside = read_keras_metadata(&mut Reader::new(&beside.finish().as_slice()));

    for header in [inside, beside] {
        assert_eq!(kinds(&header), ["lambda-layer"]);
        assert_eq!(header.facts.loading, Some(Loading::Code));
    }
}

#[test]
fn configurations_of_keras_are_judged_from_their_root() {
    let object = |text: &str| {
        let message = Message::new().message(1, Message::new().bytes(5, text));
        kinds(&read_keras_metadata(&mut Reader::new(
            &message.finish().as_slice(),
        )))
    };

    assert_eq!(object("{"), ["broken-json"]);
    assert_eq!(object(r#"{"class_name": "Lambda"}"#), ["lambda-layer"]);
    assert_eq!(object(r#"{"class_name": "acme>Model"}"#), [""; 0]);
    assert_eq!(object(""), Vec::<&str>::new());
    assert_eq!(
        object(r#"{"class_name": "LambdaCallback"}"#),
        Vec::<&str>::new()
    );
}

#[test]
fn what_holds_no_graph_is_malformed() {
    assert_eq!(
        kinds(&saved(Message::new().number(1, 1))),
        ["missing-graph"]
    );
    assert_eq!(
        kinds(&saved(
            saved_model(meta_graph(graph(Vec::new()))).number(1, 7)
        )),
        ["unknown-schema-version"]
    );
    let meta = meta_graph(graph(Vec::new())).bytes(77, "payload").finish();
    let header = read_meta_graph(&mut Reader::new(&meta.as_slice()));
    assert_eq!(kinds(&header), ["unknown-field"]);
}

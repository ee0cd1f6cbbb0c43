//! Writes small ONNX models, as onnx.proto lays them down.

use crate::protobuf_writer::Message;

pub(crate) const FLOAT: u64 = 1;
pub(crate) const UINT8: u64 = 2;
pub(crate) const INT8: u64 = 3;

/// A `TensorProto` with its values in `raw_data`.
pub(crate) fn tensor(name: &str, data_type: u64, dims: &[u64], bytes: usize) -> Message {
    described(name, data_type, dims).bytes(9, vec![0; bytes])
}

/// A `TensorProto` without values.
pub(crate) fn described(name: &str, data_type: u64, dims: &[u64]) -> Message {
    dims.iter()
        .fold(Message::new(), |tensor, length| tensor.number(1, *length))
        .number(2, data_type)
        .bytes(8, name)
}

/// A `TensorProto` whose values stand in another file.
pub(crate) fn external(name: &str, length: u64, entries: &[(&str, &str)]) -> Message {
    let tensor = described(name, FLOAT, &[length]).number(14, 1);
    entries.iter().fold(tensor, |tensor, (key, value)| {
        tensor.message(13, property(key, value))
    })
}

/// A `StringStringEntryProto`.
pub(crate) fn property(key: &str, value: &str) -> Message {
    Message::new().bytes(1, key).bytes(2, value)
}

/// A `NodeProto`.
pub(crate) fn node(domain: &str, op: &str, inputs: &[&str], outputs: &[&str]) -> Message {
    let node = inputs
        .iter()
        .fold(Message::new(), |node, name| node.bytes(1, name));
    outputs
        .iter()
        .fold(node, |node, name| node.bytes(2, name))
        .bytes(4, op)
        .bytes(7, domain)
}

/// An `AttributeProto` that holds a message in a field.
pub(crate) fn attribute(name: &str, field: u64, message: Message) -> Message {
    Message::new().bytes(1, name).message(field, message)
}

/// A `GraphProto` of one node and these initializers.
pub(crate) fn graph(initializers: Vec<Message>) -> Message {
    let graph = Message::new()
        .message(1, node("", "Relu", &["x"], &["y"]))
        .bytes(2, "g");
    initializers
        .into_iter()
        .fold(graph, |graph, tensor| graph.message(5, tensor))
}

/// A `ModelProto` of this graph.
pub(crate) fn model(graph: Message) -> Message {
    Message::new()
        .number(1, 8)
        .bytes(2, "test")
        .message(7, graph)
        .message(8, Message::new().bytes(1, "").number(2, 17))
}

/// A model with a bit of everything.
pub(crate) fn rich() -> Message {
    let quantized = node("", "DequantizeLinear", &["w", "s", "z"], &["d"]);
    let packed = node("com.microsoft", "MatMulNBits", &["x", "p"], &["m"])
        .message(5, Message::new().bytes(1, "bits").number(3, 4));
    let constant = node("", "Constant", &[], &["c"])
        .message(5, attribute("value", 5, tensor("", FLOAT, &[2], 8)));
    let body = Message::new().message(
        1,
        node("", "Constant", &[], &["deep"])
            .message(5, attribute("value", 5, tensor("", 7, &[1], 8))),
    );
    let branch = node("", "If", &["x"], &["i"]).message(5, attribute("then_branch", 6, body));
    let sparse = Message::new()
        .message(1, tensor("sparse", FLOAT, &[3], 12))
        .message(2, tensor("", 7, &[3], 24))
        .number(3, 10)
        .number(3, 10);
    let graph = graph(vec![
        tensor("w", INT8, &[4, 8], 32),
        tensor("s", FLOAT, &[], 4),
        tensor("z", INT8, &[], 1),
        tensor("p", UINT8, &[4, 2, 8], 64),
        external("e", 4, &[("location", "data.bin"), ("length", "16")]),
    ])
    .message(1, quantized)
    .message(1, packed)
    .message(1, constant)
    .message(1, branch)
    .message(15, sparse);
    let function = Message::new().bytes(1, "f").bytes(10, "local").message(
        7,
        node("", "Constant", &[], &["k"])
            .message(5, attribute("value", 5, tensor("", FLOAT, &[1], 4))),
    );
    model(graph)
        .message(14, property("license", "mit"))
        .message(14, property("home", "https://example.org/"))
        .message(25, function)
}

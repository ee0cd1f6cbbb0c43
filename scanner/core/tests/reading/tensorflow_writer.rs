//! Writes small graphs of TensorFlow, as its `graph.proto` and `saved_model.proto` lay them down.

use crate::protobuf_writer::Message;

/// A `NodeDef`.
pub(crate) fn node(name: &str, op: &str) -> Message {
    Message::new().bytes(1, name).bytes(2, op)
}

/// A node with an attribute more.
pub(crate) fn with(node: Message, key: &str, value: Message) -> Message {
    node.message(5, Message::new().bytes(1, key).message(2, value))
}

/// A `TensorShapeProto`.
pub(crate) fn shape(lengths: &[u64]) -> Message {
    lengths.iter().fold(Message::new(), |shape, length| {
        shape.message(2, Message::new().number(1, *length))
    })
}

/// A `TensorProto` with its values in `tensor_content`.
pub(crate) fn tensor(data_type: u64, lengths: &[u64], bytes: usize) -> Message {
    Message::new()
        .number(1, data_type)
        .message(2, shape(lengths))
        .bytes(4, vec![0; bytes])
}

pub(crate) fn constant(name: &str, tensor: Message) -> Message {
    with(
        node(name, "Const"),
        "value",
        Message::new().message(8, tensor),
    )
}

pub(crate) fn variable(name: &str, data_type: u64, shape: Message) -> Message {
    let node = with(
        node(name, "VarHandleOp"),
        "dtype",
        Message::new().number(6, data_type),
    );
    with(node, "shape", Message::new().message(7, shape))
}

/// A `GraphDef`.
pub(crate) fn graph(nodes: Vec<Message>) -> Message {
    nodes
        .into_iter()
        .fold(Message::new(), |graph, node| graph.message(1, node))
}

/// A `GraphDef` with a function of these nodes.
pub(crate) fn with_function(graph: Message, name: &str, nodes: Vec<Message>) -> Message {
    let function = Message::new().message(1, Message::new().bytes(1, name));
    let function = nodes
        .into_iter()
        .fold(function, |function, node| function.message(3, node));
    graph.message(2, Message::new().message(1, function))
}

/// A `MetaGraphDef`.
pub(crate) fn meta_graph(graph: Message) -> Message {
    let operator = Message::new().bytes(1, "Const");
    let info = Message::new()
        .message(2, Message::new().message(1, operator))
        .bytes(4, "serve")
        .bytes(5, "2.21.0");
    Message::new().message(1, info).message(2, graph)
}

/// A `SavedModel`.
pub(crate) fn saved_model(meta_graph: Message) -> Message {
    Message::new().number(1, 1).message(2, meta_graph)
}

/// A saved model with a bit of everything.
pub(crate) fn rich() -> Message {
    let graph = graph(vec![
        constant("c", tensor(1, &[4, 8], 128)),
        variable("v", 19, shape(&[2, 3])),
        node("q", "QuantizedMatMul"),
    ]);
    let graph = with_function(graph, "f", vec![constant("k", tensor(11, &[16, 16], 256))]);
    let object = Message::new().message(4, Message::new().bytes(3, r#"{"class_name": "Dense"}"#));
    let asset = Message::new().bytes(2, "words.txt");
    saved_model(
        meta_graph(graph)
            .message(6, asset)
            .message(7, Message::new().message(1, object)),
    )
}

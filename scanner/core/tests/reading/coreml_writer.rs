//! Writes small Core ML models, as Model.proto, NeuralNetwork.proto and MIL.proto lay them down.

use crate::protobuf_writer::Message;

pub(crate) const NETWORK: u64 = 500;
pub(crate) const PROGRAM: u64 = 502;

pub(crate) const FLOAT16: u64 = 10;
pub(crate) const UINT8: u64 = 31;

/// A `Model` of this type.
pub(crate) fn model(number: u64, of_type: Message) -> Message {
    let feature = Message::new().bytes(1, "x").message(3, Message::new());
    let metadata = Message::new().bytes(3, "nobody").bytes(4, "mit").message(
        100,
        entry("home", Message::new().raw(b"https://example.org/")),
    );
    let description = Message::new().message(1, feature).message(100, metadata);
    Message::new()
        .number(1, 7)
        .message(2, description)
        .message(number, of_type)
}

/// An entry of a map.
pub(crate) fn entry(key: &str, value: Message) -> Message {
    Message::new().bytes(1, key).message(2, value)
}

/// A `NeuralNetworkLayer` of this type.
pub(crate) fn layer(name: &str, number: u64, parameters: Message) -> Message {
    Message::new()
        .bytes(1, name)
        .bytes(2, "x")
        .bytes(3, "y")
        .message(number, parameters)
}

/// A `NeuralNetwork`.
pub(crate) fn network(layers: Vec<Message>) -> Message {
    layers
        .into_iter()
        .fold(Message::new(), |network, layer| network.message(1, layer))
}

/// A `WeightParams` of packed integers: linear, or with a table.
pub(crate) fn packed(bits: u64, bytes: usize, is_lookup: bool) -> Message {
    let quantization = Message::new()
        .number(1, bits)
        .message(if is_lookup { 102 } else { 101 }, Message::new());
    Message::new()
        .bytes(30, vec![0; bytes])
        .message(40, quantization)
}

/// A `Program` of one function with these operations.
pub(crate) fn program(operations: Vec<Message>) -> Message {
    let block = operations
        .into_iter()
        .fold(Message::new(), |block, operation| {
            block.message(3, operation)
        });
    let function = Message::new()
        .bytes(2, "CoreML7")
        .message(3, entry("CoreML7", block));
    Message::new()
        .number(1, 1)
        .message(2, entry("main", function))
}

/// An `Operation` with these attributes.
pub(crate) fn operation(kind: &str, output: &str, attributes: Vec<(&str, Message)>) -> Message {
    let operation = Message::new()
        .bytes(1, kind)
        .message(3, Message::new().bytes(1, output));
    attributes
        .into_iter()
        .fold(operation, |operation, (key, value)| {
            operation.message(5, entry(key, value))
        })
}

/// The type of a `Value`.
pub(crate) fn value(data_type: u64, lengths: &[u64]) -> Message {
    let tensor = lengths.iter().fold(
        Message::new()
            .number(1, data_type)
            .number(2, u64::try_from(lengths.len()).unwrap_or(0)),
        |tensor, length| {
            let constant = Message::new().message(1, Message::new().number(1, *length));
            tensor.message(3, constant)
        },
    );
    Message::new().message(2, Message::new().message(1, tensor))
}

/// A `Value` in a file of weights.
pub(crate) fn blob(data_type: u64, lengths: &[u64], file: &str, offset: u64) -> Message {
    let place = Message::new().bytes(1, file).number(2, offset);
    value(data_type, lengths).message(5, place)
}

/// A `Value` of floats in place.
pub(crate) fn floats(lengths: &[u64], values: usize) -> Message {
    let tensor = Message::new().message(1, Message::new().bytes(1, vec![0; values * 4]));
    value(11, lengths).message(3, Message::new().message(1, tensor))
}

/// A program with a bit of everything.
pub(crate) fn rich_program() -> Message {
    let weights = "@model_path/weights/weight.bin";
    model(
        PROGRAM,
        program(vec![
            operation(
                "const",
                "w",
                vec![("val", blob(FLOAT16, &[8, 16], weights, 64))],
            ),
            operation("const", "b", vec![("val", floats(&[8], 8))]),
            operation(
                "constexpr_affine_dequantize",
                "q",
                vec![("quantized_data", blob(UINT8, &[32, 16], weights, 1024))],
            ),
        ]),
    )
}

/// A network with a bit of everything.
pub(crate) fn rich_network() -> Message {
    let convolution = Message::new()
        .message(90, packed(4, 64, false))
        .message(91, Message::new().bytes(1, [0; 16]));
    let inner = Message::new().message(20, Message::new().bytes(2, [0; 64]));
    model(
        NETWORK,
        network(vec![
            layer("conv", 100, convolution),
            layer("fc", 140, inner),
        ]),
    )
}

//! Writes trees of arrays in `MessagePack`, and trees that lie.

/// A value of a tree.
#[derive(Clone)]
pub(crate) enum Value {
    Number(u8),
    Text(&'static str),
    Map(Vec<(&'static str, Value)>),
    List(Vec<Value>),
    /// Name of the type, shape, bytes of data.
    Array(&'static str, Vec<u8>, usize),
    /// An extension of a type.
    Extension(u8, Vec<u8>),
    /// Bytes as they stand.
    Raw(Vec<u8>),
}

/// The bytes of a value.
pub(crate) fn pack(value: &Value) -> Vec<u8> {
    match value {
        Value::Number(number) => vec![*number],
        Value::Text(text) => packed_text(text),
        Value::List(items) => {
            let head = [&[0xdc][..], &length16(items.len())].concat();
            items
                .iter()
                .fold(head, |bytes, item| [bytes, pack(item)].concat())
        }
        Value::Map(pairs) => {
            let head = vec![0x80 | u8::try_from(pairs.len()).unwrap_or(15)];
            pairs.iter().fold(head, |bytes, (key, value)| {
                [bytes, packed_text(key), pack(value)].concat()
            })
        }
        Value::Array(dtype, shape, bytes) => extension(1, &array(dtype, shape, *bytes)),
        Value::Extension(kind, content) => extension(*kind, content),
        Value::Raw(bytes) => bytes.clone(),
    }
}

/// A list of shape, type and data.
pub(crate) fn array(dtype: &'static str, shape: &[u8], bytes: usize) -> Vec<u8> {
    let head = vec![0x93, 0x90 | u8::try_from(shape.len()).unwrap_or(15)];
    let data = [&[0xc5][..], &length16(bytes), &vec![0; bytes]].concat();
    [head, shape.to_vec(), packed_text(dtype), data].concat()
}

fn extension(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[0xc8][..], &length16(content.len()), &[kind], content].concat()
}

fn packed_text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
    [&[0xd9, length][..], text.as_bytes()].concat()
}

fn length16(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

/// A model of three layers, one of them in chunks.
pub(crate) fn rich() -> Value {
    let dense = Value::Map(vec![
        ("kernel", Value::Array("float32", vec![4, 8], 128)),
        ("bias", Value::Array("bfloat16", vec![8], 16)),
    ]);
    let chunks = Value::Map(vec![
        ("0", Value::Array("float16", vec![64], 128)),
        ("1", Value::Array("float16", vec![36], 72)),
    ]);
    let shape = Value::Map(vec![("0", Value::Number(10)), ("1", Value::Number(10))]);
    let chunked = Value::Map(vec![
        ("__msgpack_chunked_array__", Value::Raw(vec![0xc3])),
        ("shape", shape),
        ("chunks", chunks),
    ]);
    let complex = [&[0x92, 0xcb][..], &[0; 8], &[0xcb], &[0; 8]].concat();
    Value::Map(vec![
        (
            "params",
            Value::Map(vec![("dense", dense), ("big", chunked)]),
        ),
        ("step", Value::Extension(3, array("int32", &[], 4))),
        ("c", Value::Extension(2, complex)),
        (
            "list",
            Value::List(vec![Value::Number(1), Value::Text("x")]),
        ),
    ])
}

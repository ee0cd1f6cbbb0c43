//! Writes the files that fuzzing starts from into `corpus/<target>/`.
//!
//! Run in this directory: `cargo run --example seeds`.

use std::path::Path;
use std::{fs, io};

#[path = "../core/tests/reading/coreml_writer.rs"]
mod coreml_writer;
#[path = "../core/tests/reading/gguf_writer.rs"]
#[expect(dead_code, reason = "the tests write more than the seeds")]
mod gguf_writer;
#[path = "../core/tests/reading/onnx_writer.rs"]
mod onnx_writer;
#[path = "../core/tests/reading/protobuf_writer.rs"]
mod protobuf_writer;
#[path = "../core/tests/reading/safetensors_writer.rs"]
mod safetensors_writer;
#[path = "../core/tests/reading/tensorflow_writer.rs"]
mod tensorflow_writer;

use coreml_writer::{layer, model, network};
use gguf_writer::{ARRAY, BOOL, F32, Gguf, Q4_0, TEXT, U8, Value};
use protobuf_writer::Message;
use safetensors_writer::{file, object, valid};
use tensorflow_writer::{constant, graph, meta_graph, node, tensor};

fn main() -> io::Result<()> {
    write("gguf", &ggufs())?;
    write("safetensors", &safetensors())?;
    write("lfs_pointer", &[pointer()])?;
    write("onnx", &[onnx_writer::rich().finish()])?;
    write("tensorflow", &graphs())?;
    write("coreml", &core_ml())?;
    write("config_json", &configs())
}

fn write(target: &str, seeds: &[Vec<u8>]) -> io::Result<()> {
    let directory = Path::new("corpus").join(target);
    fs::create_dir_all(&directory)?;
    for (index, seed) in seeds.iter().enumerate() {
        fs::write(directory.join(format!("seed-{index}")), seed)?;
    }
    Ok(())
}

fn ggufs() -> Vec<Vec<u8>> {
    let texts = vec![Value::from("a"), Value::from("https://example.org/")];
    let rich = Gguf::llama()
        .pair("general.license", "mit")
        .pair("general.file_type", 15)
        .pair("general.base_model.0.name", "base")
        .pair("llama.block_count", 2)
        .pair(
            "llama.attention.head_count_kv",
            Value::Array(4, vec![1.into(), 2.into()]),
        )
        .pair("tokenizer.chat_template", "{{ x }} https://example.org/")
        .pair("general.tags", Value::Array(TEXT, texts.clone()))
        .pair("tokenizer.ggml.tokens", Value::Array(TEXT, texts))
        .pair("x.flag", Value::Number(BOOL, 1))
        .tensor("a.weight", &[64, 3], Q4_0, 108)
        .tensor("b.bias", &[7], F32, 28);
    let nested = Value::Array(ARRAY, vec![Value::Array(U8, vec![Value::Number(U8, 1)])]);
    vec![
        rich.bytes(),
        Gguf {
            version: 1,
            ..rich.clone()
        }
        .bytes(),
        Gguf {
            is_big_endian: true,
            ..rich
        }
        .bytes(),
        Gguf::valid().pair("x.nested", nested).bytes(),
        Gguf::valid().pair("general.alignment", 64).bytes(),
        Gguf::empty().bytes(),
    ]
}

fn safetensors() -> Vec<Vec<u8>> {
    let rich = object(&[
        r#""__metadata__":{"format":"pt","license":"mit","home":"https://example.org/"}"#
            .to_owned(),
        safetensors_writer::tensor("a.weight", "F16", "[4,8]", [0, 64]),
        safetensors_writer::tensor("b\\u0061", "F4", "[4]", [64, 66]),
        safetensors_writer::tensor("c", "I64", "[]", [66, 74]),
    ]);
    vec![
        valid(),
        file(rich, 74),
        file("{}  ", 0),
        file(r#"{"a":{"x":[{"y":null}]}}"#, 0),
    ]
}

fn graphs() -> Vec<Vec<u8>> {
    let configuration = Message::new().bytes(5, r#"{"class_name": "Lambda"}"#);
    let nodes = || vec![node("n", "PyFunc"), constant("c", tensor(1, &[2], 8))];
    [
        tensorflow_writer::rich(),
        meta_graph(graph(nodes())),
        graph(nodes()),
        Message::new().message(1, configuration),
    ]
    .map(Message::finish)
    .to_vec()
}

fn core_ml() -> Vec<Vec<u8>> {
    let custom = Message::new().bytes(10, "Class");
    [
        coreml_writer::rich_network(),
        coreml_writer::rich_program(),
        model(555, custom.clone()),
        model(
            202,
            Message::new().message(1, model(500, network(vec![layer("l", 500, custom)]))),
        ),
    ]
    .map(Message::finish)
    .to_vec()
}

fn pointer() -> Vec<u8> {
    let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n").into()
}

fn configs() -> Vec<Vec<u8>> {
    [
        r#"{"architectures":["A"],"hidden_size":1,"quantization_config":{"quant_method":"gptq","bits":4}}"#,
        r#"{"text_config":{"dtype":"bfloat16","vocab_size":2},"quantization":{"bits":4,"mode":"affine"}}"#,
    ]
    .map(Into::into)
    .to_vec()
}

//! Writes the files that fuzzing starts from into `corpus/<target>/`.
//!
//! Run in this directory: `cargo run --example seeds`.

use std::path::Path;
use std::{fs, io};

#[path = "../core/tests/reading/flatbuffer_writer.rs"]
#[expect(dead_code, reason = "the tests write more than the seeds")]
mod flatbuffer_writer;
#[path = "../core/tests/reading/gguf_writer.rs"]
#[expect(dead_code, reason = "the tests write more than the seeds")]
mod gguf_writer;
#[path = "../core/tests/reading/safetensors_writer.rs"]
mod safetensors_writer;

use flatbuffer_writer::Field::{Bytes, Numbers, Table, Tables, U8, U32, U64};
use flatbuffer_writer::file as flatbuffer;
use gguf_writer::{ARRAY, BOOL, F32, Gguf, Q4_0, TEXT, U8, Value};
use safetensors_writer::{file, object, tensor, valid};

fn main() -> io::Result<()> {
    write("gguf", &ggufs())?;
    write("safetensors", &safetensors())?;
    write("lfs_pointer", &[pointer()])?;
    write("config_json", &configs())?;
    write("tflite", &tflites())
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
        tensor("a.weight", "F16", "[4,8]", [0, 64]),
        tensor("b\\u0061", "F4", "[4]", [64, 66]),
        tensor("c", "I64", "[]", [66, 74]),
    ]);
    vec![
        valid(),
        file(rich, 74),
        file("{}  ", 0),
        file(r#"{"a":{"x":[{"y":null}]}}"#, 0),
    ]
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

fn tflites() -> Vec<Vec<u8>> {
    let card = flatbuffer(*b"M001", &[], &vec![(0, "card".into()), (5, "mit".into())]);
    let scales = Table(vec![(2, Numbers(vec![1, 2, 3]))]);
    let shape = || (0, Numbers(vec![3, 4]));
    let subgraph = vec![
        (
            0,
            Tables(vec![
                vec![shape(), (1, U8(0)), (3, "x".into())],
                vec![
                    shape(),
                    (1, U8(9)),
                    (2, U32(1)),
                    (3, "w".into()),
                    (4, scales),
                ],
            ]),
        ),
        (1, Numbers(vec![0])),
        (2, Numbers(vec![0])),
        (3, Tables(vec![vec![(1, Numbers(vec![0, 1, -1]))]])),
    ];
    let model = vec![
        (0, U32(3)),
        (1, Tables(vec![vec![(1, "MyOp".into()), (3, U32(32))]])),
        (2, Tables(vec![subgraph])),
        (3, "https://example.org/".into()),
        (
            4,
            Tables(vec![
                vec![],
                vec![(0, Bytes(vec![0; 12]))],
                vec![(0, Bytes(card))],
                vec![(1, U64(8))],
            ]),
        ),
        (
            6,
            Tables(vec![vec![(0, "TFLITE_METADATA".into()), (1, U32(2))]]),
        ),
        (7, Tables(vec![vec![(4, U32(0))]])),
        (8, Tables(vec![vec![(0, "weights".into())]])),
    ];
    vec![flatbuffer(*b"TFL3", &[], &model)]
}

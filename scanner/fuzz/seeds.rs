//! Writes the files that fuzzing starts from into `corpus/<target>/`.
//!
//! Run in this directory: `cargo run --example seeds`.

use std::path::Path;
use std::{fs, io};

#[path = "../core/tests/reading/checkpoint_writer.rs"]
mod checkpoint_writer;
#[path = "../core/tests/reading/compressed_files.rs"]
mod compressed_files;
#[path = "../core/tests/reading/coreml_writer.rs"]
mod coreml_writer;
#[path = "../core/tests/reading/flatbuffer_writer.rs"]
mod flatbuffer_writer;
#[path = "../core/tests/reading/flax_writer.rs"]
mod flax_writer;
#[path = "../core/tests/reading/ggml_writer.rs"]
mod ggml_writer;
#[path = "../core/tests/reading/gguf_writer.rs"]
#[expect(dead_code, reason = "the tests write more than the seeds")]
mod gguf_writer;
#[path = "../core/tests/reading/hdf5_writer.rs"]
mod hdf5_writer;
#[path = "../core/tests/reading/onnx_writer.rs"]
mod onnx_writer;
#[path = "../core/tests/reading/pickle_writer.rs"]
#[expect(dead_code, reason = "the tests write more than the seeds")]
mod pickle_writer;
#[path = "../core/tests/reading/protobuf_writer.rs"]
mod protobuf_writer;
#[path = "../core/tests/reading/safetensors_writer.rs"]
mod safetensors_writer;
#[path = "../core/tests/reading/tar_writer.rs"]
#[expect(dead_code, reason = "the tests write more than the seeds")]
mod tar_writer;
#[path = "../core/tests/reading/tensorflow_writer.rs"]
mod tensorflow_writer;
#[path = "../core/tests/reading/zip_writer.rs"]
#[expect(dead_code, reason = "the tests write more than the seeds")]
mod zip_writer;

use checkpoint_writer::{dict, first_torch, legacy, storages, tensor as stacked};
use coreml_writer::{layer, model, network};
use flatbuffer_writer::Field::{Bytes, Longs, Numbers, Table, Tables, U8, U32, U64};
use flatbuffer_writer::file as flatbuffer;
use ggml_writer::Ggml;
use gguf_writer::{ARRAY, BOOL, F32, Gguf, Q4_0, TEXT, U8 as BYTE, Value};
use hdf5_writer::{Hdf5, attribute, external_link};
use pickle_writer::{RICH, assemble};
use protobuf_writer::Message;
use safetensors_writer::{file, object, tensor, valid};
use tar_writer::{Item, tar};
use tensorflow_writer::{constant, graph, meta_graph, node};
use zip_writer::{Archive, Entry, deflate};

fn main() -> io::Result<()> {
    write("gguf", &ggufs())?;
    write("safetensors", &safetensors())?;
    write("lfs_pointer", &[pointer()])?;
    write("lfs_config", &lfs_configs())?;
    write("git_index", &git_indexes())?;
    write("onnx", &[onnx_writer::rich().finish()])?;
    write("tensorflow", &graphs())?;
    write("coreml", &core_ml())?;
    write("config_json", &configs())?;
    write("chat_template", &templates())?;
    write("model_card", &cards())?;
    write("executorch", &[executorch()])?;
    write("flax", &[flax_writer::pack(&flax_writer::rich())])?;
    write("hdf5", &hdf5s())?;
    write("keras", &[keras()])?;
    write("openvino", &[openvino()])?;
    write("tflite", &tflites())?;
    write("numpy", &arrays())?;
    write("numpy_zip", &[zip_of_arrays()])?;
    write("pickle", &pickles())?;
    write("pytorch", &[checkpoint()])?;
    write("pytorch_legacy", &checkpoints_before_zips())?;
    write("skops", &skops())?;
    write("index_json", &indexes())?;
    write("zip", &zips())?;
    write("tar", &tars())?;
    write("compressed", &compressed())?;
    write("files", &files())?;
    write("ggml", &ggmls())?;
    write("ollama", &[manifest()])?;
    write("split_set", &[split()])
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
    let nested = Value::Array(
        ARRAY,
        vec![Value::Array(BYTE, vec![Value::Number(BYTE, 1)])],
    );
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

fn graphs() -> Vec<Vec<u8>> {
    let configuration = Message::new().bytes(5, r#"{"class_name": "Lambda"}"#);
    let nodes = || {
        vec![
            node("n", "PyFunc"),
            constant("c", tensorflow_writer::tensor(1, &[2], 8)),
        ]
    };
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

fn lfs_configs() -> Vec<Vec<u8>> {
    [
        "[lfs]\n\turl = https://lfs.example/x # why\n[remote \"origin\"]\r\n\tlfsurl = \"git@a.example:x\"\n",
        "\u{feff}; x\n[lfs \"https://a.example\"]\naccess = basic\nlocksverify\n[includeIf \"gitdir:/\"]path=\\\n x\\n\n",
    ]
    .map(Into::into)
    .to_vec()
}

fn git_indexes() -> Vec<Vec<u8>> {
    let entry = |name: &[u8], padding: usize| [&[0; 62], name, &vec![0; padding]].concat();
    let index = |version: u8, entries: &[Vec<u8>]| {
        let count = u8::try_from(entries.len()).unwrap_or(u8::MAX);
        let head = [b"DIRC\0\0\0", &[version, 0, 0, 0, count][..]].concat();
        [head, entries.concat()].concat()
    };
    vec![
        index(2, &[entry(b".a", 8), entry(b".lfsconfig", 8)]),
        index(4, &[entry(b"\0.a", 1), entry(b"\x01lfsconfig", 1)]),
    ]
}

fn configs() -> Vec<Vec<u8>> {
    [
        r#"{"architectures":["A"],"hidden_size":1,"quantization_config":{"quant_method":"gptq","bits":4}}"#,
        r#"{"text_config":{"dtype":"bfloat16","vocab_size":2},"quantization":{"bits":4,"mode":"affine"}}"#,
        r#"{"quantization_config":{"quant_method":"compressed-tensors","ignore":["re:.*gate$"],"config_groups":{"g":{"targets":["re:.*up"],"weights":{"num_bits":8,"type":"float"}}}},"x":[0.0,Infinity]}"#,
        r#"{"bits":4,"group_size":64,"a.b":{"bits":6},"dynamic":{"-:.*down.*":{}},"tensor_storage":{}}"#,
        r#"{"auto_map":{"AutoModel":"m.M","AutoTokenizer":["o/n--t.T",null]},"chat_template":[{"name":"default","template":"{{ x.__class__ }}"}],"r":8,"base_model_name_or_path":"a/b"}"#,
        r#"[{"type":"sentence_transformers.models.Pooling"},{"type":"mine.Module"}]"#,
    ]
    .map(Into::into)
    .to_vec()
}

fn templates() -> Vec<Vec<u8>> {
    [
        "{%- for m in messages -%}{{ m['role'] ~ ': ' + m.content|trim }}{% endfor %}{# x #}",
        r"{% raw %}{{ x }}{% endraw %}{{ ''['\x5f\x5fclass' ~ '__'] }}{% include 'a' %}{{ x|attr('b') }}",
        "{% set u = '_' %}{{ x[u * 2 ~ 'XaX'|replace('X', '_')] }}{{ ['a', 'b']|join('__') }}{{ lipsum() }}",
    ]
    .map(Into::into)
    .to_vec()
}

fn cards() -> Vec<Vec<u8>> {
    [
        "---\nlicense: other # x\nlicense_name: \"llama3\"\nbase_model:\n- a/b\n- 'c/d'\n---\n# Title\n",
        "---\nbase_model: [a/b, c/d]\nlicense_link: https://example.org/\n---",
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

fn indexes() -> Vec<Vec<u8>> {
    [
        r#"{"metadata":{"total_size":24},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}"#,
        r#"{"weight_map":{"a":"../model.safetensors","a":"C:x"}}"#,
    ]
    .map(Into::into)
    .to_vec()
}

/// Two parts of a split and an index, as the target takes them apart.
fn split() -> Vec<u8> {
    const U16: u32 = 2;
    const I32: u32 = 5;
    let part = |file: Gguf, number: u64, name: &str| {
        let file = file
            .pair("split.no", Value::Number(U16, number))
            .pair("split.count", Value::Number(U16, 2))
            .pair("split.tensors.count", Value::Number(I32, 2))
            .tensor(name, &[64, 3], Q4_0, 108);
        let name = format!("m-{:05}-of-00002.gguf\n", number + 1).into_bytes();
        [name, file.bytes(), b"\n-- part --\n".to_vec()].concat()
    };
    let tokens = vec![Value::from("<0x0A>"), Value::from("a")];
    let types = vec![Value::Number(I32, 6), Value::Number(I32, 1)];
    let first = Gguf::llama()
        .pair("general.type", "model")
        .pair("llama.expert_count", 8)
        .pair("tokenizer.ggml.tokens", Value::Array(TEXT, tokens))
        .pair("tokenizer.ggml.token_type", Value::Array(I32, types));
    let index = br#"{"weight_map":{"a.weight":"m-00001-of-00002.gguf"}}"#;
    [
        part(first, 0, "a.weight"),
        part(Gguf::empty(), 1, "b.weight"),
        index.to_vec(),
    ]
    .concat()
}

fn executorch() -> Vec<u8> {
    let tensor = |kind, data| {
        let fields = vec![
            (0, U8(kind)),
            (2, Numbers(vec![3, 4])),
            (5, U32(data)),
            (9, Table(vec![(1, "w".into())])),
        ];
        vec![(0, U8(5)), (1, Table(fields))]
    };
    let call = Table(vec![(0, U32(0)), (1, Numbers(vec![0, 1]))]);
    let operator = vec![
        (0, "quantized_decomposed::dequantize_per_tensor".into()),
        (1, "out".into()),
    ];
    let delegate = vec![
        (0, "Backend".into()),
        (1, Table(vec![(0, U8(1)), (1, U32(0))])),
    ];
    let plan = vec![
        (2, Tables(vec![tensor(1, 1), tensor(6, 0)])),
        (
            5,
            Tables(vec![vec![(2, Tables(vec![vec![(0, U8(1)), (1, call)]]))]]),
        ),
        (6, Tables(vec![operator])),
        (7, Tables(vec![delegate])),
    ];
    let root = vec![
        (1, Tables(vec![plan])),
        (3, Tables(vec![vec![(0, Bytes(vec![0; 4]))]])),
        (4, Tables(vec![vec![(1, U64(16))]])),
        (5, Table(vec![(0, U32(0)), (1, Longs(vec![0, 0]))])),
        (7, Tables(vec![vec![(0, "k".into()), (1, U32(0))]])),
    ];
    let header = |program: u64| {
        let mut header = b"eh00\x18\0\0\0".to_vec();
        header.extend(program.to_le_bytes());
        header.extend(program.to_le_bytes());
        header
    };
    let length = flatbuffer(*b"ET12", &header(0), &root).len();
    let length_in_file = u64::try_from(length).unwrap_or(0);
    let mut bytes = flatbuffer(*b"ET12", &header(length_in_file), &root);
    bytes.resize(length + 16, 0);
    bytes
}

const KERAS_CONFIG: &str = r#"{"module":"keras","class_name":"Sequential","config":{"name":"m","layers":[
    {"module":"keras.layers","class_name":"Dense","config":{"dtype":{"class_name":"Int4DTypePolicy",
    "config":{"mode":"int4/128"}}},"registered_name":null},{"class_name":"__lambda__","config":{}}]}}"#;

fn hdf5s() -> Vec<Vec<u8>> {
    let root = vec![
        attribute("model_config", KERAS_CONFIG),
        external_link("x", "/y"),
    ];
    let model = Hdf5 {
        root,
        ..Hdf5::valid()
    };
    vec![Hdf5::valid().bytes(), model.bytes()]
}

fn skops() -> [Vec<u8>; 2] {
    let schema =
        br#"{"__class__":"Pipeline","__module__":"sklearn.pipeline","__loader__":"ObjectNode",
        "content":{"a":{"__class__":"f","__module__":"m","__loader__":"FunctionNode"}},
        "_skops_version":"0.16.0"}"#;
    let manifest = br#"{"model":{"modelName":"m","handler":"h.py"},"archiverVersion":"0.12.0"}"#;
    [
        Archive::of(&[Entry::deflated("schema.json", schema)]).bytes(),
        Archive::of(&[
            Entry::stored("MAR-INF/MANIFEST.json", manifest),
            Entry::stored("h.py", b"import os"),
        ])
        .bytes(),
    ]
}

fn keras() -> Vec<u8> {
    Archive::of(&[
        Entry::stored("metadata.json", br#"{"keras_version":"3.15.1"}"#),
        Entry::stored("config.json", KERAS_CONFIG.as_bytes()),
        Entry::stored("model.weights.h5", &Hdf5::valid().bytes()),
        Entry::deflated("assets/words.txt", b"a\nb\n"),
    ])
    .bytes()
}

fn openvino() -> Vec<u8> {
    br#"<?xml version="1.0"?><net name="a" version="11"><layers>
<layer id="0" name="w" type="Const" version="opset1"><data element_type="u4" shape="8, 8" offset="0"
size="32"/></layer><!-- --></layers><rt_info><nncf><weight_compression><mode value="int4_asym"/>
</weight_compression></nncf><a value="https://example.org/&amp;"/></rt_info></net>"#
        .to_vec()
}

/// Programs of each protocol, each way to import, an array between opcodes.
fn pickles() -> Vec<Vec<u8>> {
    [
        RICH,
        "GLOBAL a B\nMARK\nSTRING 'x'\nTUPLE\nREDUCE\nPUT 0\nSTOP",
        "MARK\nUNICODE x\nINST a B\nSTOP",
        "GLOBAL a B\nEMPTY_TUPLE\nEMPTY_DICT\nNEWOBJ_EX\nSTOP\nNONE\nSTOP",
        "GLOBAL joblib.numpy_pickle NumpyArrayWrapper\nEMPTY_TUPLE\nNEWOBJ\nEMPTY_DICT\nMARK\n\
         UNICODE shape\nINT 2\nTUPLE1\nUNICODE dtype\nGLOBAL numpy dtype\nUNICODE f4\nTUPLE1\n\
         REDUCE\nUNICODE numpy_array_alignment_bytes\nINT 16\nSETITEMS\nBUILD\n\
         RAW 02ffff0000803f0000803f\nSTOP",
    ]
    .map(assemble)
    .to_vec()
}

fn arrays() -> Vec<Vec<u8>> {
    let array = |descr: &str, data: &[u8]| {
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (2,), }}\n");
        let length = u16::try_from(header.len()).unwrap_or(0).to_le_bytes();
        [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), data].concat()
    };
    vec![
        array("'<f4'", &[0; 8]),
        array("'|O'", &assemble(RICH)),
        array("[('a', '<i4'), ('b', [('c', '|S3')], (2,))]", &[0; 20]),
    ]
}

fn zip_of_arrays() -> Vec<u8> {
    let members = ["a.npy", "b.npy"].into_iter().zip(arrays());
    let members: Vec<_> = members
        .map(|(name, array)| Entry::stored(name, &array))
        .collect();
    Archive::of(&members).bytes()
}

fn checkpoints_before_zips() -> Vec<Vec<u8>> {
    let program = dict(&[("w", stacked("FloatStorage", "7", 2, &[2]))]);
    let data = [2_u64.to_le_bytes().to_vec(), vec![0; 8]].concat();
    vec![
        legacy(&program, &["7"], &data),
        first_torch("UNICODE 9\nBINPERSID", &storages()),
    ]
}

fn checkpoint() -> Vec<u8> {
    Archive::of(&[
        Entry::stored("a/data.pkl", &assemble(RICH)),
        Entry::stored("a/byteorder", b"little"),
        Entry::stored("a/data/0", &[0; 24]),
        Entry::deflated("a/constants.pkl", &assemble(RICH)),
        Entry::stored("a/version", b"3"),
    ])
    .bytes()
}

fn zips() -> Vec<Vec<u8>> {
    let streamed = Entry {
        behind: [b"PK\x07\x08".as_slice(), &[0; 12]].concat(),
        ..Entry::stored("empty", b"")
    };
    let plain = Archive::of(&[
        Entry::stored("model/data.pkl", b"\x80\x02N."),
        Entry::deflated("model/version", b"3\n3\n3\n3\n"),
    ]);
    vec![
        plain.bytes(),
        Archive::of(&[streamed.both(|head| head.flags = 8)]).bytes(),
        Archive {
            before: b"MZ".to_vec(),
            comment: b"comment".to_vec(),
            ..plain
        }
        .bytes(),
    ]
}

fn tars() -> Vec<Vec<u8>> {
    vec![
        tar(&[
            Item::of(b'5', "model/", b""),
            Item::file("model/data.pkl", b"\x80\x02N."),
        ]),
        tar(&[
            Item::extended(b'x', &[("path", "größe"), ("size", "1")]),
            Item::file("gr??e", b"x"),
        ]),
    ]
}

fn compressed() -> Vec<Vec<u8>> {
    compressed_files::FILES
        .iter()
        .filter_map(|(_, hex)| compressed_files::bytes(hex).ok())
        .collect()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    bytes.extend(deflate(content));
    bytes.extend(crc.sum().to_le_bytes());
    bytes.extend(crc.amount().to_le_bytes());
    bytes
}

/// Files of several formats: one within another, behind another, or at once.
fn files() -> Vec<Vec<u8>> {
    let model = Gguf::valid().bytes();
    let members = Archive::of(&[
        Entry::stored("a.gguf", &model),
        Entry::deflated("b", &valid()),
    ]);
    let behind = |start: &[u8]| Archive {
        before: start.to_vec(),
        ..members.clone()
    };
    let zip = members.bytes();
    let tar = tar(&[Item::file("a.zip", &zip)]);
    let mut padded = model.clone();
    padded.resize(512, 0);
    vec![
        gzip(&tar),
        tar,
        gzip(&model),
        behind(b"MZqFpD='\n").bytes(),
        behind(&model).bytes(),
        [model.as_slice(), b"\x80\x02N."].concat(),
        [padded.as_slice(), &Hdf5::valid().bytes()].concat(),
        [valid().as_slice(), b"#!/bin/sh"].concat(),
        b"%PDF-1.7".to_vec(),
        zip,
    ]
}

fn ggmls() -> Vec<Vec<u8>> {
    vec![
        Ggml::whisper(2008).tensor("a.weight", &[32], 6, 22).bytes(),
        Ggml::parakeet(1).tensor("a.weight", &[4], 1, 8).bytes(),
        b"tjgg\x03\0\0\0".to_vec(),
    ]
}

fn manifest() -> Vec<u8> {
    let layer = |role: &str| {
        let digest = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        format!(
            r#"{{"mediaType":"application/vnd.ollama.image.{role}","digest":"sha256:{digest}","size":1}}"#
        )
    };
    format!(
        r#"{{"schemaVersion":2,"config":{},"layers":[{}]}}"#,
        layer("config"),
        layer("model")
    )
    .into()
}

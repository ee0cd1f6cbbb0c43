//! How files are recognised, and whether their names agree.

use std::path::Path;

use lbom_scanner::format::{
    FORMATS, SNIFFED_BYTES, has_model_suffix, name_agrees, recognise, recognise_file,
};

use crate::flax_writer::{self, pack};
use crate::gguf_writer::Gguf;
use crate::protobuf_writer::Message;
use crate::safetensors_writer;
use crate::tensorflow_writer::{
    constant, graph, meta_graph, node, saved_model, tensor, with_function,
};

fn format_of(name: &str, bytes: &[u8]) -> Option<&'static str> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    recognise(bytes, size, Path::new(name)).map(|format| format.name)
}

/// A zip whose first member has this name.
fn zip(member: &str) -> Vec<u8> {
    let length = u16::try_from(member.len()).unwrap_or(0).to_le_bytes();
    [
        b"PK\x03\x04".as_slice(),
        &[0; 22],
        &length,
        &[0; 2],
        member.as_bytes(),
    ]
    .concat()
}

#[test]
fn content_decides_and_not_the_name() {
    assert_eq!(
        format_of("readme.txt", &Gguf::valid().bytes()),
        Some("gguf")
    );
    assert_eq!(
        format_of("x.gguf", &safetensors_writer::valid()),
        Some("safetensors")
    );
    assert_eq!(
        format_of("x.gguf", b"\x80\x04\x95\x0a\0\0\0\0\0\0\0"),
        Some("pickle")
    );
    assert_eq!(
        format_of("x", b"version https://git-lfs.github.com/spec/v1\n"),
        Some("git-lfs-pointer")
    );
    assert_eq!(format_of("x", b"MZqFpD='\n"), Some("llamafile"));
    assert_eq!(format_of("x", b"lmgg\0\0"), Some("ggml"));
    assert_eq!(format_of("x", b"tjgg\0\0"), Some("ggml"));
    assert_eq!(format_of("x", b"GGML\0\0"), None);
    assert_eq!(format_of("x", b"\x93NUMPY\x01\0"), Some("numpy"));
    assert_eq!(format_of("x", b"\x1c\0\0\0TFL3"), Some("tflite"));
    assert_eq!(format_of("x", b"\x89HDF\r\n\x1a\n"), Some("hdf5"));
    assert_eq!(
        format_of("x", &[vec![0; 512], b"\x89HDF\r\n\x1a\n".to_vec()].concat()),
        Some("hdf5")
    );
    assert_eq!(format_of("x", b"LITERTLM\x01"), Some("litert-lm"));
    assert_eq!(
        format_of("x", b"\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1"),
        Some("torch7")
    );
    assert_eq!(
        format_of("x", b"\x20\0\0\0FT01FH01"),
        Some("executorch-data")
    );
    assert_eq!(
        format_of("x", b"<?xml version='1.0'?><PMML version='4.4'>"),
        Some("pmml")
    );
    assert_eq!(
        format_of("x.json", br#"{"learner":{"attributes":{}}}"#),
        Some("xgboost")
    );
    assert_eq!(
        format_of("x.json", br#"{"base_code":{"magic":"pir","version":1}}"#),
        Some("paddle")
    );
    assert_eq!(format_of("x.pdmodel", b"\x0a\x80\x01"), Some("paddle"));
    assert_eq!(format_of("x.pdiparams", &[0; 16]), Some("paddle-weights"));
    assert_eq!(format_of("x.zip", &zip("schema.json")), Some("skops"));
    assert_eq!(
        format_of("x", &zip("MAR-INF/MANIFEST.json")),
        Some("torchserve")
    );
    assert_eq!(format_of("x", &pack(&flax_writer::rich())), Some("flax"));
    assert_eq!(
        format_of("flax_model.msgpack", b"\x81\xa6params\xc0"),
        Some("flax")
    );
    assert_eq!(format_of("x.msgpack", b"\x81\xa6params\xc0"), None);
    assert_eq!(format_of("x.json", br#"{"learner": 1}"#), None);
    assert_eq!(format_of("x.bin", b"\x0a\x80\x01"), None);
    assert_eq!(format_of("x.py", b"import os\n"), None);
    assert_eq!(format_of("x", b""), None);
}

#[test]
fn a_header_length_that_starts_like_a_pickle_is_safetensors() {
    let mut header = safetensors_writer::object(&[]);
    header.push_str(&" ".repeat(0x280 - 2));

    assert_eq!(
        format_of("x", &safetensors_writer::file(header, 0)),
        Some("safetensors")
    );
}

#[test]
fn a_pickle_is_known_by_its_first_opcode() {
    assert_eq!(format_of("x", b"\x80\x02}q\0."), Some("pickle"));
    assert_eq!(format_of("x", b"\x80\x04K\x01."), Some("pickle"));
    assert_eq!(format_of("x", b"\x80\x02\0\0\0"), None);
    assert_eq!(format_of("x", b"\x80\x07}q\0."), None);
    assert_eq!(
        format_of(
            "x",
            b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"
        ),
        Some("pytorch-legacy")
    );
}

#[test]
fn a_zip_is_a_model_by_its_members_or_its_suffix() {
    assert_eq!(format_of("x", &zip("archive/data.pkl")), Some("pytorch"));
    assert_eq!(
        format_of("x", &zip("archive/.format_version")),
        Some("pytorch")
    );
    assert_eq!(format_of("x.pt", &zip("anything")), Some("pytorch"));
    assert_eq!(format_of("x.keras", &zip("metadata.json")), Some("keras"));
    assert_eq!(format_of("x.npz", &zip("a.npy")), Some("numpy-zip"));
    assert_eq!(format_of("x.bin", &zip("anything")), Some("zip"));
    assert_eq!(format_of("x.docx", &zip("word/document.xml")), Some("zip"));
}

#[test]
fn an_archive_is_known_by_its_content() {
    for name in ["x.pkl", "x.7z", "x"] {
        for (start, format) in [
            (&b"7z\xbc\xaf\x27\x1c"[..], "7z"),
            (b"Rar!\x1a\x07", "rar"),
            (b"PK\x05\x06", "zip"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"x\x9c\xcb\xcd\x4f\x49\xcd\x51\xc8\x1d\x25", "zlib"),
            (b"ZF0x78 ", "zlib"),
            (b"BZh91AY&SY", "bzip2"),
            (b"\xfd7zXZ\0", "xz"),
            (b"\x28\xb5\x2f\xfd", "zstd"),
            (b"\x04\x22\x4d\x18", "lz4"),
        ] {
            assert_eq!(format_of(name, start), Some(format), "{name}");
        }
    }
    assert_eq!(
        format_of("x.tar", &[vec![0; 257], b"ustar".to_vec()].concat()),
        Some("tar")
    );
}

#[test]
fn onnx_is_known_by_its_fields_in_any_order() {
    let fields = b"\x08\x08\x12\x07pytorch\x1a\x03\x32\x2e\x30\x3a\xff\x01";
    assert_eq!(format_of("x.onnx", fields), Some("onnx"));
    assert_eq!(format_of("x.pb", fields), None);
    assert_eq!(format_of("x.onnx", b"\x3a\xff\x01\x0a\x04"), Some("onnx"));
    assert_eq!(format_of("x.onnx", b"\x08\x0f\x12\x01a"), Some("onnx"));
    assert_eq!(format_of("x.onnx", b"\x08\x08\x4a\x01a"), None);
    assert_eq!(format_of("x.onnx", b"just a text"), None);
    assert_eq!(format_of("x.onnx", b""), None);
}

#[test]
fn onnx_under_another_name_is_known_by_a_node_in_its_graph() {
    let graph = b"\x3a\x0b\x0a\x09\x0a\x01x\x22\x04Relu";
    let opset = b"\x42\x02\x10\x0d";
    for model in [
        [b"\x08\x08".as_slice(), graph, opset].concat(),
        [graph.as_slice(), opset, b"\x08\x08"].concat(),
    ] {
        for name in ["x.bin", "x.pb", "x", "x.txt"] {
            assert_eq!(format_of(name, &model), Some("onnx"), "{name}");
        }
    }
    // A tensor, as the test data of ONNX has it under the same suffix.
    let tensor = b"\x08\x01\x08\x03\x10\x01\x42\x01x\x4a\x0c\0\0\x80\x3f\0\0\x80\x3f\0\0\x80\x3f";
    assert_eq!(format_of("x.pb", tensor), None);
    assert_eq!(
        format_of("saved_model.pb", b"\x08\x01\x12\x02\x12\0"),
        Some("tf-saved-model")
    );
}

#[test]
fn graphs_of_tensorflow_are_known_by_a_node() {
    use crate::tensorflow_writer::{constant, graph, meta_graph, node, rich, saved_model, tensor};

    let frozen = graph(vec![constant("c", tensor(1, &[2], 8))]).finish();
    let meta = meta_graph(graph(vec![node("n", "PyFunc")])).finish();
    let saved = saved_model(meta_graph(graph(vec![node("n", "NoOp")]))).finish();

    assert_eq!(format_of("x.pb", &frozen), Some("tf-graph"));
    assert_eq!(format_of("x", &frozen), Some("tf-graph"));
    assert_eq!(format_of("x.meta", &meta), Some("tf-meta-graph"));
    assert_eq!(format_of("x.pb", &saved), Some("tf-saved-model"));
    assert_eq!(
        format_of("saved_model.pb", &rich().finish()),
        Some("tf-saved-model")
    );
    assert_eq!(
        format_of("saved_model.pb", b"\x12\x04\x12\x02\x0a\x00"),
        Some("tf-saved-model")
    );
    assert_eq!(
        format_of("keras_metadata.pb", b"\x0a\x02\x10\x01"),
        Some("keras-metadata")
    );
    assert_eq!(format_of("x.pb", b"\x0a\x06\x0a\x01n\x12\x01m"), None);
}

#[test]
fn core_ml_is_known_by_its_description_and_its_type() {
    let model = crate::coreml_writer::rich_network().finish();

    assert_eq!(format_of("x.mlmodel", &model), Some("coreml"));
    assert_eq!(format_of("x.bin", &model), Some("coreml"));
    assert_eq!(format_of("x.mlmodel", b"\x08\x07"), Some("coreml"));
    assert_eq!(format_of("x.bin", b"\x08\x07"), None);
    assert_eq!(
        format_of("coremldata.bin", b"anything"),
        Some("coreml-compiled")
    );
}

#[test]
fn what_is_cut_within_its_magic_is_what_its_name_says() {
    assert_eq!(format_of("x.gguf", b"GG"), Some("gguf"));
    assert_eq!(format_of("x.safetensors", b"\x40\0\0"), Some("safetensors"));
    assert_eq!(
        format_of("x.safetensors", b"\x02\0\0\0\0\0\0\0[]"),
        Some("safetensors")
    );
    assert_eq!(format_of("x.safetensors", b"just a text"), None);
    assert_eq!(format_of("x.gguf", b"gguf"), None);
}

#[test]
fn a_name_agrees_or_not_or_says_nothing() {
    let agrees = |name: &str, format| name_agrees(Path::new(name), format);

    assert_eq!(agrees("m.gguf", "gguf"), Some(true));
    assert_eq!(agrees("m.GGUF", "gguf"), Some(true));
    assert_eq!(agrees("m.safetensors", "gguf"), Some(false));
    assert_eq!(agrees("m.txt", "gguf"), Some(false));
    assert_eq!(agrees("m.bin", "gguf"), None);
    assert_eq!(agrees("sha256-0123", "gguf"), None);
    assert_eq!(agrees("m.pt", "pickle"), Some(true));
    assert_eq!(agrees("m.gguf", "pickle"), Some(false));
    assert_eq!(agrees("m.gguf", "git-lfs-pointer"), None);
    assert_eq!(agrees("m.gguf", "no-such-format"), None);
}

#[test]
fn every_format_has_a_name_of_its_own() {
    let mut names: Vec<_> = FORMATS.iter().map(|format| format.name).collect();
    names.sort_unstable();
    names.dedup();

    assert_eq!(names.len(), FORMATS.len());
    for format in FORMATS {
        assert_eq!(
            format.is_read(),
            !format.facts.is_empty(),
            "{}",
            format.name
        );
    }
}

#[test]
fn a_suffix_that_others_share_makes_no_model() {
    let says_model = |name: &str| has_model_suffix(Path::new(name));

    assert!(says_model("x.onnx"));
    assert!(says_model("m/saved_model.pb"));
    assert!(!says_model("x.pb"));
    assert!(!says_model("x.bin"));
}

/// The format of a file as its first bytes show it.
fn format_at_start(name: &str, bytes: &[u8]) -> Option<&'static str> {
    let start = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes);
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    recognise(start, size, Path::new(name)).map(|format| format.name)
}

/// The format of all of a file.
fn format_further(name: &str, bytes: &[u8]) -> Option<&'static str> {
    let start = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes);
    recognise_file(start, &bytes, Path::new(name)).map(|format| format.name)
}

/// A field that no format has, of so many bytes.
fn unknown(bytes: usize) -> Message {
    Message::new().bytes(999, vec![b'x'; bytes])
}

#[test]
fn a_graph_behind_the_first_bytes_is_known() {
    let write = || node("n", "WriteFile");
    let value = || constant("c", tensor(1, &[2], 8));
    let other = |_: usize| node("n", "ControlTrigger");
    for (message, expected) in [
        (unknown(5000).message(1, write()), "tf-graph"),
        (unknown(3).message(1, write()), "tf-graph"),
        (
            graph(vec![node(&"n".repeat(5000), "WriteFile")]),
            "tf-graph",
        ),
        (graph(vec![unknown(5000).bytes(2, "WriteFile")]), "tf-graph"),
        (
            graph((0..400).map(other).chain([write()]).collect()),
            "tf-graph",
        ),
        (unknown(5000).message(1, value()), "tf-graph"),
        (with_function(unknown(5000), "f", vec![write()]), "tf-graph"),
        (
            graph(vec![node("n", &"x".repeat(5000)).bytes(2, "WriteFile")]),
            "tf-graph",
        ),
        (
            graph(vec![
                Message::new()
                    .message(5, Message::new().bytes(1, "_".repeat(5000)))
                    .bytes(2, "WriteFile"),
            ]),
            "tf-graph",
        ),
        (
            with_function(unknown(5000), "f", vec![node("n", "?"), write()]),
            "tf-graph",
        ),
        (
            unknown(5000)
                .message(1, Message::new().bytes(1, "n"))
                .message(1, write()),
            "tf-graph",
        ),
        (
            unknown(5000).message(2, graph(vec![write()])),
            "tf-meta-graph",
        ),
        (
            unknown(5000).message(2, meta_graph(graph(vec![write()]))),
            "tf-saved-model",
        ),
        (
            saved_model(unknown(5000).message(2, graph(vec![write()]))),
            "tf-saved-model",
        ),
    ] {
        let bytes = message.finish();

        assert_eq!(format_at_start("notes.txt", &bytes), None);
        assert_eq!(format_further("notes.txt", &bytes), Some(expected));
    }
}

#[test]
fn a_message_that_holds_no_graph_is_none() {
    // Pieces of a vocabulary: a text, then a number.
    let piece = |_: usize| Message::new().bytes(1, "piece").number(3, 1);
    let unknown_op = |_: usize| node("n", "ControlTrigger");
    let broken = [
        graph(vec![node("n", "ControlTrigger")]).finish(),
        vec![0xff; 64],
    ]
    .concat();
    for bytes in [
        graph((0..2000).map(piece).collect()).finish(),
        graph((0..2000).map(unknown_op).collect()).finish(),
        unknown(5000).finish(),
        broken,
        vec![],
    ] {
        assert_eq!(format_further("tokenizer.dat", &bytes), None);
    }
}

#[test]
fn groups_are_passed_over_and_what_goes_on_for_too_long_may_be_a_graph() {
    let graph = graph(vec![node("n", "WriteFile")]).finish();
    let group = [b"\x7b\x7c", graph.as_slice()].concat();
    let field = b"\x78\x01".as_slice();
    let long = [field.repeat((1 << 22) + 8), graph].concat();
    let entry = Message::new().bytes(1, "piece").finish();
    let vocabulary = [b"\x0a\x07", entry.as_slice()].concat().repeat(1 << 21);

    assert_eq!(format_further("notes.txt", &group), Some("tf-graph"));
    assert_eq!(format_further("notes.txt", &long), Some("tf-graph"));
    assert_eq!(format_further("notes.txt", &vocabulary), None);
    assert_eq!(format_further("notes.txt", b"{\n  \"a\": 1\n}"), None);
}

#[test]
fn a_graph_that_goes_on_for_too_long_is_known_by_its_nodes() {
    let nodes: Vec<Message> = (0..1100).map(|_| node("n", "ControlTrigger")).collect();
    let cut = [graph(nodes).finish(), vec![0xff; 64]].concat();

    assert_eq!(format_further("notes.txt", &cut), Some("tf-graph"));
}

#[test]
fn the_names_of_a_saved_models_files_stand_for_their_content() {
    let bytes = unknown(5000).finish();

    assert_eq!(format_of("saved_model.pb", &bytes), Some("tf-saved-model"));
    assert_eq!(
        format_of("keras_metadata.pb", &bytes),
        Some("keras-metadata")
    );
    assert_eq!(format_of("other.pb", &bytes), None);
}

#[test]
fn xml_behind_the_first_bytes_is_known() {
    let net = "<net name='m' version='11'><layers><layer/></layers></net>";
    let long = "x".repeat(5000);
    for text in [
        format!("<!--{long}-->{net}"),
        format!("<!-- <a> -->{net}"),
        format!("\u{feff}<!-- <a> -->{net}"),
        format!("<?xml version='1.0'?>\n<!--{long}-->\n{net}"),
        format!("<!DOCTYPE net [<!ELEMENT a ({long})>]>{net}"),
        format!("<!DOCTYPE a [ <!-- ] > --> {} ]>{net}", " ".repeat(5000)),
        format!("<!DOCTYPE a [<!ENTITY b ']>'>{}]>{net}", " ".repeat(5000)),
        format!("{}{net}", " ".repeat(5000)),
        format!("<net name='{long}' version='11'><layers/></net>"),
        format!("<net version='11'><!--{long}--><layers/></net>"),
        format!("<net version='11'><a b='&{long};'/><layers/></net>"),
    ] {
        assert_eq!(
            format_at_start("notes.txt", text.as_bytes()),
            None,
            "{text}"
        );
        assert_eq!(
            format_further("notes.txt", text.as_bytes()),
            Some("openvino")
        );
    }
    for text in [
        format!("<!--{long}--><html><net version='11'><layers/></net></html>"),
        format!("<!--{long}--><net><layers/></net>"),
        format!("<!--{long}--><network version='11'><layers/></network>"),
        format!("<net version='11'><!--{long}--></net>"),
        format!("<!--{long}"),
        format!("{}{long}", " ".repeat(5000)),
    ] {
        assert_eq!(format_further("notes.txt", text.as_bytes()), None, "{text}");
    }
}

#[test]
fn the_mark_of_utf8_stands_before_everything_and_once() {
    let net = "<net name='m' version='11'><layers><layer/></layers></net>";
    for text in [
        format!("\u{feff}\u{feff}<!-- <a> -->{net}"),
        format!(" \u{feff}<!-- <a> -->{net}"),
    ] {
        assert_eq!(format_further("notes.txt", text.as_bytes()), None);
    }
}

#[test]
fn hdf5_stands_behind_a_user_block_of_any_length() {
    for (length, expected) in [
        (4096, Some("hdf5")),
        (1 << 20, Some("hdf5")),
        (4095, None),
        (3 * 512, None),
    ] {
        let bytes = [vec![b'#'; length], b"\x89HDF\r\n\x1a\n".to_vec()].concat();

        assert_eq!(format_further("notes.txt", &bytes), expected, "{length}");
    }
}

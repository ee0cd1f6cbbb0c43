//! Whatever the bytes: no panic, no clean bill for part of a file, no memory without measure.

use lbom_scanner::format::Header;
use lbom_scanner::format::{
    coreml, executorch, flax, gguf, hdf5, keras, lfs_pointer, numpy, onnx, openvino, pickle,
    pytorch, safetensors, skops, tensorflow, tflite, torchserve,
};
use lbom_scanner::reader::Reader;
use lbom_scanner::record::AnomalyRule;
use lbom_scanner::repository::lfs_destinations;
use proptest::prelude::*;

use crate::executorch::Program;
use crate::gguf_writer::{F32, Gguf, Q4_0, TEXT, Value};
use crate::hdf5_writer::{Hdf5, attribute, external_link};
use crate::pickle_writer::{RICH, assemble};
use crate::protobuf_writer::Message;
use crate::safetensors_writer::{file, object, tensor};
use crate::tflite::Model;
use crate::zip_writer::{Archive, Entry};
use crate::{coreml_writer, onnx_writer, tensorflow_writer};

const READERS: [fn(&mut Reader<'_>) -> Header; 20] = [
    gguf::read,
    safetensors::read,
    lfs_pointer::read,
    tflite::read,
    hdf5::read,
    keras::read,
    executorch::read,
    openvino::read,
    numpy::read,
    pickle::read,
    pytorch::read,
    onnx::read,
    tensorflow::read_saved_model,
    tensorflow::read_meta_graph,
    tensorflow::read_graph,
    tensorflow::read_keras_metadata,
    coreml::read,
    flax::read,
    skops::read,
    torchserve::read,
];

/// A GGUF with a bit of everything.
fn rich_gguf(version: u32) -> Vec<u8> {
    let texts = (0..20)
        .map(|index| Value::from(&*format!("token {index}")))
        .collect();
    let file = Gguf::llama()
        .pair("general.license", "mit")
        .pair("general.url", "https://example.org/")
        .pair("tokenizer.ggml.tokens", Value::Array(TEXT, texts))
        .pair("llama.block_count", 2)
        .pair("x.flag", Value::Number(7, 1))
        .tensor("a.weight", &[64, 3], Q4_0, 108)
        .tensor("b.bias", &[7], F32, 28);
    Gguf { version, ..file }.bytes()
}

fn rich_safetensors() -> Vec<u8> {
    let header = object(&[
        r#""__metadata__":{"format":"pt","license":"mit"}"#.to_owned(),
        tensor("a.weight", "F16", "[4,8]", [0, 64]),
        tensor("b.bias", "F32", "[7]", [64, 92]),
    ]);
    file(header, 92)
}

/// Models of each format that is a graph in protobuf.
fn rich_graphs() -> [Vec<u8>; 4] {
    [
        onnx_writer::rich(),
        tensorflow_writer::rich(),
        coreml_writer::rich_network(),
        coreml_writer::rich_program(),
    ]
    .map(Message::finish)
}

/// Fields of messages at random: valid as an encoding, whatever they mean.
fn fields() -> impl Strategy<Value = Message> {
    let number =
        (1_u64..30, any::<u64>()).prop_map(|(field, value)| Message::new().number(field, value));
    let bytes = (1_u64..30, proptest::collection::vec(any::<u8>(), 0..20))
        .prop_map(|(field, bytes)| Message::new().bytes(field, bytes));
    let leaf = prop_oneof![number, bytes];
    leaf.prop_recursive(8, 64, 6, |inner| {
        let field = prop_oneof![1_u64..30, Just(100), Just(200), Just(500), Just(502)];
        (field, proptest::collection::vec(inner, 0..6)).prop_map(|(field, parts)| {
            let message = parts
                .into_iter()
                .fold(Message::new(), |message, part| message.raw(&part.finish()));
            Message::new().message(field, message)
        })
    })
}

fn rich_hdf5() -> Vec<u8> {
    let config = r#"{"class_name":"Sequential","config":{"layers":[{"class_name":"Lambda"}]}}"#;
    let root = vec![attribute("model_config", config), external_link("x", "y")];
    Hdf5 {
        root,
        ..Hdf5::valid()
    }
    .bytes()
}

fn rich_checkpoint() -> Vec<u8> {
    Archive::of(&[
        Entry::stored("a/data.pkl", &assemble(RICH)),
        Entry::stored("a/byteorder", b"little"),
        Entry::stored("a/data/0", &[0; 24]),
        Entry::deflated("a/extra.pkl", &assemble(RICH)),
        Entry::stored("a/version", b"3"),
    ])
    .bytes()
}

fn all(bytes: &[u8]) -> Vec<Header> {
    READERS
        .iter()
        .map(|read| read(&mut Reader::new(&bytes)))
        .collect()
}

fn is_cut(header: &Header) -> bool {
    header.facts.anomalies.iter().any(|anomaly| {
        matches!(
            anomaly.rule,
            AnomalyRule::TruncatedFile | AnomalyRule::MalformedHeader
        )
    })
}

#[test]
fn every_prefix_of_a_gguf_is_truncated() {
    for version in 1..=3 {
        let bytes = rich_gguf(version);
        // The padding behind the last tensor may be absent.
        for length in 0..bytes.len() - 4 {
            let prefix: &[u8] = bytes.get(..length).unwrap_or_default();

            let header = gguf::read(&mut Reader::new(&prefix));

            assert!(
                is_cut(&header),
                "the first {length} bytes of version {version} pass"
            );
        }
        let header = gguf::read(&mut Reader::new(&bytes.as_slice()));
        assert_eq!(header.facts.anomalies, []);
    }
}

#[test]
fn every_prefix_of_a_safetensors_is_truncated() {
    let bytes = rich_safetensors();
    for length in 0..bytes.len() {
        let prefix: &[u8] = bytes.get(..length).unwrap_or_default();

        let header = safetensors::read(&mut Reader::new(&prefix));

        assert!(is_cut(&header), "the first {length} bytes pass");
    }
    let header = safetensors::read(&mut Reader::new(&bytes.as_slice()));
    assert_eq!(header.facts.anomalies, []);
}

#[test]
fn a_graph_that_is_cut_within_a_field_is_truncated() {
    let readers: [fn(&mut Reader<'_>) -> Header; 4] = [
        onnx::read,
        tensorflow::read_saved_model,
        coreml::read,
        coreml::read,
    ];
    for (bytes, read) in rich_graphs().iter().zip(readers) {
        // The last field of each is longer than four bytes.
        for length in bytes.len() - 4..bytes.len() {
            let prefix: &[u8] = bytes.get(..length).unwrap_or_default();

            let header = read(&mut Reader::new(&prefix));

            assert_eq!(crate::kinds(&header), ["unexpected-end"]);
            assert_eq!(header.facts.parameters, None);
        }
    }
}

#[test]
fn every_prefix_of_a_tflite_model_is_truncated() {
    let bytes = Model::valid().bytes();
    for length in 0..bytes.len() {
        let prefix: &[u8] = bytes.get(..length).unwrap_or_default();

        let header = tflite::read(&mut Reader::new(&prefix));

        assert!(is_cut(&header), "the first {length} bytes pass");
    }
}

#[test]
fn every_prefix_of_an_hdf5_file_is_truncated() {
    let bytes = Hdf5::valid().bytes();
    for length in 0..bytes.len() {
        let prefix: &[u8] = bytes.get(..length).unwrap_or_default();

        let header = hdf5::read(&mut Reader::new(&prefix));

        assert!(is_cut(&header), "the first {length} bytes pass");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        for header in all(&bytes) {
            prop_assert!(header.facts.anomalies.len() <= 101);
        }
    }

    #[test]
    fn no_text_makes_the_reader_of_lfsconfig_panic(
        parts in proptest::collection::vec("[\\[\\]\"#;=. \r\n]|\\\\[a-z]?|lfs|url|remote|é", 0..40),
    ) {
        let text = parts.concat();
        for destination in lfs_destinations(text.as_bytes()).into_iter().flatten() {
            prop_assert!(!destination.value.is_empty());
        }
    }

    #[test]
    fn no_bytes_behind_a_magic_make_a_reader_panic(
        version in 0_u32..5,
        tensors in 0_u64..4,
        pairs in 0_u64..4,
        rest in proptest::collection::vec(any::<u8>(), 0..2048),
    ) {
        let file = Gguf {
            version,
            tensor_count: Some(tensors),
            pair_count: Some(pairs),
            ..Gguf::empty()
        };
        all(&[file.header(), rest].concat());
    }

    #[test]
    fn no_change_to_a_valid_file_makes_a_reader_panic(
        valid in prop::sample::select([
            rich_gguf(3),
            rich_safetensors(),
            Model::valid().bytes(),
            rich_hdf5(),
            crate::keras::valid(),
            Program::valid().bytes(),
            crate::openvino::valid().into_bytes(),
            assemble(RICH),
            rich_checkpoint(),
            crate::numpy::npy(1, &crate::numpy::header("'|O'", "(1,)"), &assemble(RICH)),
        ].into_iter().chain(rich_graphs()).collect::<Vec<_>>()),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = valid;
        for (index, value) in changes {
            let length = bytes.len();
            if let Some(byte) = bytes.get_mut(index.index(length)) {
                *byte = value;
            }
        }
        let length = bytes.len();
        bytes.truncate(cut.index(length) + 1);
        all(&bytes);
    }

    #[test]
    fn no_program_of_opcodes_makes_a_reader_panic(
        lines in proptest::collection::vec(
            prop::sample::select(RICH.lines().collect::<Vec<_>>()),
            0..200,
        ),
        bytes in proptest::collection::vec(any::<u8>(), 0..8),
    ) {
        let program = assemble(&lines.join("\n"));
        for bytes in [[program.clone(), bytes.clone()].concat(), [bytes, program].concat()] {
            let header = pickle::read(&mut Reader::new(&bytes.as_slice()));

            prop_assert!(header.facts.imports.len() <= 1000);
        }
    }

    #[test]
    fn no_fields_make_a_reader_panic(parts in proptest::collection::vec(fields(), 0..8)) {
        let message = parts.into_iter().fold(Message::new(), |message, part| {
            message.raw(&part.finish())
        });
        for header in all(&message.finish()) {
            prop_assert!(header.facts.anomalies.len() <= 101);
        }
    }

    #[test]
    fn every_gguf_that_was_written_is_read_as_it_was_written(
        names in proptest::collection::hash_set("[a-z][a-z0-9_.]{0,62}", 0..12),
        lengths in proptest::collection::vec(proptest::collection::vec(0_u64..9, 1..5), 12),
        is_big_endian in any::<bool>(),
    ) {
        let mut file = Gguf { is_big_endian, ..Gguf::llama() };
        let mut expected = Vec::new();
        for (name, lengths) in names.iter().zip(&lengths) {
            let elements: u64 = lengths.iter().product();
            file = file.tensor(name, lengths, F32, elements * 4);
            expected.push((name.as_str(), elements));
        }

        let bytes = file.bytes();
        let header = gguf::read(&mut Reader::new(&bytes.as_slice()));

        prop_assert_eq!(&header.facts.anomalies, &[]);
        let found: Vec<_> = header.tensors.iter().map(|t| (&*t.name, t.elements)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn every_safetensors_that_was_written_is_read_as_it_was_written(
        names in proptest::collection::hash_set("[a-zA-Z][a-z0-9_./ é]{0,40}", 0..12),
        lengths in proptest::collection::vec(proptest::collection::vec(0_u64..9, 0..5), 12),
    ) {
        let mut members = Vec::new();
        let mut expected = Vec::new();
        let mut end = 0;
        for (name, lengths) in names.iter().zip(&lengths) {
            let elements: u64 = lengths.iter().product();
            members.push(tensor(name, "F16", &format!("{lengths:?}"), [end, end + elements * 2]));
            end += elements * 2;
            expected.push((name.as_str(), elements));
        }

        let bytes = file(object(&members), usize::try_from(end)?);
        let header = safetensors::read(&mut Reader::new(&bytes.as_slice()));

        prop_assert_eq!(&header.facts.anomalies, &[]);
        let found: Vec<_> = header.tensors.iter().map(|t| (&*t.name, t.elements)).collect();
        prop_assert_eq!(found, expected);
    }
}

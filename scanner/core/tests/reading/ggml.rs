//! GGML files from before GGUF: what is read of them, and what is said where nothing is.

use lbom_scanner::format::{Header, ggml};
use lbom_scanner::quantization::{Claimed, assess};
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, QuantizationVerdict};
use proptest::prelude::*;

use crate::ggml_writer::Ggml;
use crate::{kinds, rules};

const F32: u32 = 0;
const F16: u32 = 1;
const Q5_0: u32 = 6;

fn read(bytes: &[u8]) -> Header {
    ggml::read(&mut Reader::new(&bytes))
}

fn verdict(file: &Ggml) -> (Option<String>, QuantizationVerdict) {
    let header = read(&file.bytes());
    let found = assess(&header.tensors, &header.claims);
    (found.label, found.verdict)
}

/// A Whisper as its converter writes it: matrices in half precision, all else in full.
fn half(file_type: u32) -> Ggml {
    Ggml::whisper(file_type)
        .tensor("encoder.conv1.weight", &[3, 2, 4], F16, 48)
        .tensor("encoder.conv1.bias", &[1, 4], F32, 16)
        .tensor("encoder.positional_embedding", &[4, 4], F32, 64)
        .tensor("decoder.blocks.0.attn.query.weight", &[32, 4], F16, 256)
        .tensor("decoder.ln.weight", &[4], F32, 16)
}

/// The same after whisper.cpp's quantizer: matrices of two dimensions only.
fn quantized(file_type: u32) -> Ggml {
    Ggml::whisper(file_type)
        .tensor("encoder.conv1.weight", &[3, 2, 4], F16, 48)
        .tensor("encoder.positional_embedding", &[4, 4], F32, 64)
        .tensor("decoder.blocks.0.attn.query.weight", &[32, 4], Q5_0, 88)
        .tensor("decoder.ln.weight", &[4], F32, 16)
}

#[test]
fn a_whisper_is_read() {
    let header = read(&half(1).bytes());

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(header.version.as_deref(), Some("ggml"));
    assert_eq!(header.facts.architecture.as_deref(), Some("whisper"));
    assert_eq!(header.facts.context_length, Some(448));
    assert_eq!(header.facts.parameters, Some(24 + 4 + 16 + 128 + 4));
    assert_eq!(header.claims, [Claimed::LegacyFileType(1)]);
    assert_eq!(
        header.facts.hyperparameters,
        [
            ("vocab_size".to_owned(), 51_864),
            ("hidden_size".to_owned(), 384),
            ("num_attention_heads".to_owned(), 6),
            ("num_hidden_layers".to_owned(), 4),
        ]
    );
    let tensors: Vec<_> = header
        .tensors
        .iter()
        .map(|tensor| (&*tensor.name, tensor.type_name, tensor.bytes))
        .collect();
    assert_eq!(tensors.first(), Some(&("encoder.conv1.weight", "F16", 48)));
}

#[test]
fn a_parakeet_is_read() {
    let header = read(
        &Ggml::parakeet(0)
            .tensor("joint.enc.weight", &[8, 8], F32, 256)
            .bytes(),
    );

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(header.facts.architecture.as_deref(), Some("parakeet"));
    assert_eq!(header.facts.context_length, None);
    assert_eq!(header.facts.parameters, Some(64));
    assert_eq!(header.claims, [Claimed::LegacyFileType(0)]);
}

#[test]
fn the_file_type_is_held_against_the_tensors() {
    use QuantizationVerdict::{Consistent, Contradicted};

    for (file, label, expected) in [
        (half(1), "F16", Consistent),
        (quantized(2008), "Q5_0", Consistent),
        (half(2008), "F16", Contradicted),
        (quantized(2001), "Q5_0", Contradicted),
        (quantized(2003), "Q5_0", Contradicted),
        (quantized(2099), "Q5_0", Contradicted),
    ] {
        assert_eq!(
            verdict(&file),
            (Some(label.to_owned()), expected),
            "{:?}",
            file.numbers.last()
        );
    }
}

#[test]
fn what_only_its_program_can_read_is_said_not_to_be_examined() {
    let mut other = Ggml::whisper(1);
    other.filters = [3, 201];
    for (bytes, version, kind) in [
        (other.bytes(), "ggml", "unknown-hyperparameters"),
        (
            b"fmgg\x01\0\0\0rest".to_vec(),
            "ggmf v1",
            "unknown-hyperparameters",
        ),
        (
            b"tjgg\x03\0\0\0rest".to_vec(),
            "ggjt v3",
            "unknown-hyperparameters",
        ),
        (
            b"algg\x01\0\0\0rest".to_vec(),
            "ggla v1",
            "unknown-hyperparameters",
        ),
        (
            b"nsgg\x09\0\0\0rest".to_vec(),
            "ggsn v9",
            "unknown-hyperparameters",
        ),
        (
            b"qsgg\x02\0\0\0rest".to_vec(),
            "ggsq v2",
            "unknown-hyperparameters",
        ),
        (
            b"tjgg\x04\0\0\0rest".to_vec(),
            "ggjt v4",
            "unsupported-version",
        ),
        (
            b"fmgg\0\0\0\0rest".to_vec(),
            "ggmf v0",
            "unsupported-version",
        ),
        (quantized(8).bytes(), "ggml", "old-block-layout"),
        (
            Ggml::whisper(1).tensor("a", &[4], 99, 16).bytes(),
            "ggml",
            "unknown-tensor-type",
        ),
        (
            Ggml::whisper(1).tensor("a", &[4], 4, 16).bytes(),
            "ggml",
            "removed-tensor-type",
        ),
    ] {
        let header = read(&bytes);

        assert_eq!(header.version.as_deref(), Some(version));
        assert_eq!(kinds(&header), [kind]);
        assert_eq!(rules(&header), [AnomalyRule::NotExamined]);
    }
}

#[test]
fn what_is_wrong_with_a_tensor_is_told() {
    for (file, kind) in [
        (
            Ggml::whisper(1).tensor("a", &[], F32, 4),
            "wrong-dimensions",
        ),
        (
            Ggml::whisper(1).tensor("a", &[1; 5], F32, 4),
            "wrong-dimensions",
        ),
        (
            Ggml::whisper(2008).tensor("a", &[31], Q5_0, 22),
            "wrong-shape",
        ),
        (
            Ggml::whisper(1).tensor("a", &[u32::MAX; 4], F32, 4),
            "wrong-shape",
        ),
        (
            Ggml::whisper(1)
                .tensor("a", &[1], F32, 4)
                .tensor("a", &[1], F32, 4),
            "duplicate-tensor",
        ),
        (
            Ggml::whisper(1).tensor("a\u{202e}", &[1], F32, 4),
            "deceptive-character",
        ),
    ] {
        let header = read(&file.bytes());

        assert_eq!(kinds(&header), [kind]);
        assert_eq!(rules(&header), [AnomalyRule::MalformedHeader]);
    }
}

#[test]
fn every_prefix_is_cut() {
    let bytes = half(1).bytes();
    let whole = read(&bytes).tensors.len();
    // A file without its last tensors is whole as far as it can tell.
    for length in (0..bytes.len()).step_by(3) {
        let header = read(bytes.get(..length).unwrap_or_default());

        assert!(
            !kinds(&header).is_empty() || header.tensors.len() < whole,
            "the first {length} bytes pass"
        );
    }
}

proptest! {
    #[test]
    fn no_change_to_a_file_makes_it_panic(
        is_whisper in any::<bool>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let file = if is_whisper {
            quantized(2008)
        } else {
            Ggml::parakeet(1).tensor("joint.enc.weight", &[8, 8], F32, 256)
        };
        let mut bytes = file.bytes();
        for (index, value) in changes {
            let length = bytes.len();
            if let Some(byte) = bytes.get_mut(index.index(length)) {
                *byte = value;
            }
        }
        read(&bytes);
    }
}

//! Archives as model files: what they hold, by its content.

use std::path::Path;

use lbom_scanner::format::{Header, is_model, recognise};
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{Anomaly, AnomalyRule, Loading};
use proptest::prelude::*;

use crate::gguf_writer::{F32, Gguf};
use crate::tar_writer::{Item, tar};
use crate::zip_writer::{Archive, Entry};
use crate::{kinds, safetensors_writer};

fn header(bytes: &[u8]) -> Header {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let start = bytes.get(..4096).unwrap_or(bytes);
    recognise(start, size, Path::new("model"))
        .and_then(|format| format.read(&mut Reader::new(&bytes)))
        .unwrap_or_default()
}

fn is_found(name: &str, bytes: &[u8]) -> bool {
    let start = bytes.get(..4096).unwrap_or(bytes);
    is_model(start, &bytes, Path::new(name))
}

fn zip(entries: &[Entry]) -> Vec<u8> {
    Archive::of(entries).bytes()
}

/// A gzip file, RFC 1952.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    bytes.extend(crate::zip_writer::deflate(content));
    bytes.extend(crc.sum().to_le_bytes());
    bytes.extend(crc.amount().to_le_bytes());
    bytes
}

fn gguf() -> Vec<u8> {
    Gguf::llama()
        .pair("general.license", "mit")
        .pair("general.url", "https://example.org/")
        .tensor("a.weight", &[4], F32, 16)
        .bytes()
}

/// A GGUF with something wrong at a known place.
fn broken_gguf() -> Vec<u8> {
    Gguf {
        version: 9,
        ..Gguf::valid()
    }
    .bytes()
}

#[test]
fn a_model_in_an_archive_is_read_where_it_stands() {
    for archive in [
        zip(&[
            Entry::stored("README.md", b"hello"),
            Entry::stored("models/a.gguf", &gguf()),
        ]),
        zip(&[Entry::deflated("models/a.gguf", &gguf())]),
        tar(&[Item::file("models/a.gguf", &gguf())]),
        gzip(&tar(&[Item::file("models/a.gguf", &gguf())])),
        zip(&[Entry::stored(
            "inner",
            &zip(&[Entry::stored("models/a.gguf", &gguf())]),
        )]),
    ] {
        let header = header(&archive);

        assert_eq!(kinds(&header), [""; 0]);
        assert_eq!(header.facts.architecture.as_deref(), Some("llama"));
        assert_eq!(header.facts.license.as_deref(), Some("mit"));
        assert_eq!(header.facts.parameters, Some(4));
        assert_eq!(header.facts.loading, Some(Loading::Data));
        assert_eq!(header.tensors.len(), 1);
        let sources: Vec<_> = header
            .facts
            .destinations
            .iter()
            .map(|found| found.source.ends_with("models/a.gguf: general.url"))
            .collect();
        assert_eq!(sources, [true]);
    }
}

#[test]
fn what_is_wrong_with_a_member_is_told_with_its_name_and_place() {
    let first = |bytes: &[u8]| header(bytes).facts.anomalies.first().cloned();
    let found = |within: &[&str], offset| {
        Some(Anomaly {
            rule: AnomalyRule::NotExamined,
            kind: "unsupported-version",
            message: "version 9 is not read by this version; 1 to 3 are".to_owned(),
            offset,
            within: within.iter().map(|part| (*part).to_owned()).collect(),
        })
    };
    let message =
        |anomaly: Option<Anomaly>| anomaly.map(|found| (found.kind, found.within, found.offset));

    // A local header of 30 bytes and a name, or a tar header of 512; the version stands at 4.
    for (bytes, within, offset) in [
        (
            zip(&[Entry::stored("a.gguf", &broken_gguf())]),
            &["a.gguf"][..],
            Some(40),
        ),
        (
            zip(&[Entry::deflated("a.gguf", &broken_gguf())]),
            &["a.gguf"],
            None,
        ),
        (
            tar(&[Item::file("a.gguf", &broken_gguf())]),
            &["a.gguf"],
            Some(516),
        ),
        (
            zip(&[Entry::stored(
                "b",
                &tar(&[Item::file("a.gguf", &broken_gguf())]),
            )]),
            &["b", "a.gguf"],
            Some(30 + 1 + 516),
        ),
        (gzip(&broken_gguf()), &["decompressed content"], None),
    ] {
        assert_eq!(message(first(&bytes)), message(found(within, offset)));
    }
}

#[test]
fn members_of_several_formats_are_all_read() {
    let header = header(&zip(&[
        Entry::stored("a.gguf", &gguf()),
        Entry::stored("b.safetensors", &safetensors_writer::valid()),
        Entry::stored("c.gguf", b"GG"),
    ]));

    assert!(header.tensors.len() > 1);
    assert_eq!(kinds(&header), ["unexpected-end"]);
}

#[test]
fn a_member_that_cannot_be_looked_at_is_told() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:\
                   4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    for (entry, kind) in [
        (Entry::stored("a.gguf", b"a text"), "unknown-member"),
        (Entry::deflated("a.gguf", b"a text"), "unknown-member"),
        (Entry::stored("a", b"7z\xbc\xaf\x27\x1c"), "opaque-archive"),
        (Entry::stored("a", b"Rar!\x1a\x07\0"), "opaque-archive"),
        (
            Entry::stored("a.gguf", pointer.as_bytes()),
            "pointer-member",
        ),
        (
            Entry::packed("a", 12, b"BZh9", b"content"),
            "compression-not-read",
        ),
        (
            Entry::packed("a", 0, b"0123456789abplain", b"plain").both(|head| head.flags = 1),
            "encrypted-member",
        ),
    ] {
        let header = header(&zip(&[entry]));

        assert_eq!(kinds(&header), [kind]);
        let rules: Vec<_> = header
            .facts
            .anomalies
            .iter()
            .map(|found| found.rule)
            .collect();
        assert_eq!(rules, [AnomalyRule::NotExamined]);
    }
    assert_eq!(kinds(&header(&gzip(b"a text"))), ["unknown-content"]);
    assert_eq!(kinds(&header(b"7z\xbc\xaf\x27\x1c")), ["opaque-archive"]);
    assert_eq!(kinds(&header(b"Rar!\x1a\x07\0")), ["opaque-archive"]);
}

#[test]
fn a_model_with_a_wrong_checksum_is_read_and_told() {
    let wrong = |entry: Entry| entry.both(|head| head.crc ^= 1);
    for entry in [
        wrong(Entry::stored("a.gguf", &gguf())),
        wrong(Entry::deflated("a.gguf", &gguf())),
    ] {
        let header = header(&zip(&[entry]));

        assert_eq!(kinds(&header), ["crc-mismatch"]);
        assert_eq!(header.facts.parameters, Some(4));
    }
}

#[test]
fn archives_in_archives_end_somewhere() {
    let mut archive = gguf();
    for _ in 0..4 {
        archive = zip(&[Entry::stored("x", &archive)]);
    }
    assert_eq!(header(&archive).facts.parameters, Some(4));
    archive = zip(&[Entry::stored("x", &zip(&[Entry::stored("x", &archive)]))]);

    assert_eq!(kinds(&header(&archive)), ["limit-nested-archives"]);
    assert!(is_found("x.zip", &archive));
}

#[test]
fn no_more_is_decompressed_than_the_limit() {
    let mut bytes = gguf();
    bytes.resize(33 * 1024 * 1024, 0);

    let of_member = header(&zip(&[Entry::deflated("a.gguf", &bytes)]));
    let of_stream = header(&gzip(&bytes));

    assert_eq!(kinds(&of_member), ["limit-member-size"]);
    assert_eq!(kinds(&of_stream), ["limit-content-size", "trailing-bytes"]);
    assert_eq!(of_stream.facts.parameters, Some(4));
}

#[test]
fn members_are_looked_at_up_to_a_limit() {
    let entries: Vec<Entry> = (0..10_001)
        .map(|index| Entry::stored(&index.to_string(), b""))
        .collect();

    assert_eq!(kinds(&header(&zip(&entries))), ["limit-members"]);
    assert_eq!(
        kinds(&header(&zip(entries.get(1..).unwrap_or_default()))),
        [""; 0]
    );
}

#[test]
fn a_search_finds_archives_that_hold_models() {
    let text = Entry::stored("readme.txt", b"a text");
    for (bytes, holds) in [
        (zip(std::slice::from_ref(&text)), false),
        (zip(&[text.clone(), Entry::stored("x.txt", &gguf())]), true),
        (zip(&[Entry::deflated("x.txt", &gguf())]), true),
        (zip(&[Entry::stored("x.pkl", b"no known pickle")]), true),
        (zip(&[Entry::stored("x.pkl", b"")]), false),
        (tar(&[Item::file("x", &gguf())]), true),
        (tar(&[Item::file("x", b"a text")]), false),
        (gzip(&tar(&[Item::file("x", &gguf())])), true),
        (gzip(b"a text"), false),
        (gzip(&gguf()), true),
        (b"7z\xbc\xaf\x27\x1c".to_vec(), true),
        (
            zip(&[
                Entry::packed("a", 0, b"0123456789abplain", b"plain").both(|head| head.flags = 1)
            ]),
            true,
        ),
    ] {
        for name in ["x.zip", "x", "x.docx"] {
            assert_eq!(
                is_found(name, &bytes),
                holds,
                "{name}: {:?}",
                bytes.get(..40)
            );
        }
        assert!(is_found("x.gguf", &bytes));
        assert!(is_found("x.bin", &bytes));
    }
    assert!(!is_found("x.txt", b"a text"));
}

proptest! {
    #[test]
    fn no_change_to_an_archive_makes_a_reader_panic(
        kind in 0..4,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let inner = zip(&[Entry::deflated("a.gguf", &gguf()), Entry::stored("b", &gzip(&gguf()))]);
        let mut bytes = match kind {
            0 => inner,
            1 => tar(&[Item::file("x.zip", &inner), Item::file("a.gguf", &gguf())]),
            2 => gzip(&tar(&[Item::file("a.gguf", &gguf())])),
            _ => zip(&[Entry::stored("x.tar", &tar(&[Item::file("x.zip", &inner)]))]),
        };
        for (index, value) in changes {
            let length = bytes.len();
            if let Some(byte) = bytes.get_mut(index.index(length)) {
                *byte = value;
            }
        }
        prop_assert!(header(&bytes).facts.anomalies.len() <= 101);
        is_found("x.zip", &bytes);
    }
}

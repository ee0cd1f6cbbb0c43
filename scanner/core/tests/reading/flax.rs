//! Trees of Flax: what is read of valid ones, and every malformation by name.

use lbom_scanner::format::Header;
use lbom_scanner::format::flax::read;
use lbom_scanner::reader::Reader;
use lbom_scanner::record::AnomalyRule;

use crate::flax_writer::Value::{Array, Extension, List, Map, Number, Raw, Text};
use crate::flax_writer::{Value, array, pack, rich};
use crate::{kinds, rules};

fn header(bytes: &[u8]) -> Header {
    read(&mut Reader::new(&bytes))
}

fn of(value: Value) -> Header {
    header(&pack(&Map(vec![
        ("w", value),
        ("v", Array("int8", vec![2], 2)),
    ])))
}

fn tensors(header: &Header) -> Vec<(&str, &str, u64, u8, u64, u64)> {
    let tensors = header.tensors.iter();
    tensors
        .map(|t| {
            (
                &*t.name,
                t.type_name,
                t.row,
                t.dimensions,
                t.elements,
                t.bytes,
            )
        })
        .collect()
}

#[test]
fn arrays_are_read_and_chunks_are_one() {
    let header = header(&pack(&rich()));

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.facts.parameters, Some(141));
    assert_eq!(
        tensors(&header),
        [
            ("params/dense/kernel", "F32", 8, 2, 32, 128),
            ("params/dense/bias", "BF16", 8, 1, 8, 16),
            ("params/big", "F16", 10, 2, 100, 200),
            ("step", "I32", 1, 0, 1, 4),
        ]
    );
}

#[test]
fn what_is_wrong_with_one_array_is_said_of_it_alone() {
    for (content, kind) in [
        (array("float32", &[3], 11), "wrong-size"),
        (array("object", &[3], 24), "unknown-tensor-type"),
        (vec![0x92, 1, 2], "wrong-array"),
        (vec![0x93, 0x91, 0xa1, b'x'], "wrong-array"),
        (vec![0x93, 0x90, 0xc0], "wrong-array"),
        ([array("int8", &[1], 1), vec![0]].concat(), "wrong-array"),
    ] {
        let header = of(Extension(1, content));

        assert_eq!(kinds(&header), [kind]);
        assert_eq!(tensors(&header), [("v", "I8", 2, 1, 2, 2)]);
    }
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let most = [&[0xcf][..], &[0xff; 8]].concat();
    let shape = [vec![0x93, 0x92], most.clone(), most].concat();

    assert_eq!(kinds(&of(Extension(1, shape))), ["wrong-array"]);
}

#[test]
fn malformations_are_named() {
    let twice = Map(vec![("a", Number(1)), ("a", Number(2))]);
    let chunks = Map(vec![
        ("__msgpack_chunked_array__", Raw(vec![0xc3])),
        ("shape", Map(vec![("0", Number(9))])),
        ("chunks", Map(vec![("0", Array("int8", vec![3], 3))])),
    ]);

    assert_eq!(kinds(&of(twice)), ["duplicate-key"]);
    assert_eq!(kinds(&of(chunks)), ["wrong-chunks"]);
    assert_eq!(kinds(&of(Raw(vec![0xc1]))), ["unused-byte"]);
    assert_eq!(kinds(&of(Raw(vec![0x81, 1, 1]))), ["wrong-key"]);
    assert_eq!(
        kinds(&of(Map(vec![("\u{202e}", Number(1))]))),
        ["deceptive-character"]
    );
    assert_eq!(
        kinds(&of(Raw(vec![0x81, 0xa1, 0xff, 1]))),
        ["name-not-utf8"]
    );
    assert_eq!(kinds(&of(Extension(9, vec![1]))), ["unknown-extension"]);
    let trailing = header(&[pack(&rich()), vec![0]].concat());
    assert_eq!(kinds(&trailing), ["trailing-bytes"]);
    assert_eq!(rules(&trailing), [AnomalyRule::TrailingData]);
}

#[test]
fn nesting_beyond_the_limit_is_not_examined() {
    let deep = (0..200).fold(Text("x"), |inner, _| List(vec![inner]));

    let header = of(deep);

    assert_eq!(kinds(&header), ["limit"]);
    assert_eq!(rules(&header), [AnomalyRule::NotExamined]);
}

#[test]
fn every_prefix_is_truncated() {
    let bytes = pack(&rich());
    for length in 0..bytes.len() {
        let prefix = bytes.get(..length).unwrap_or_default();

        assert_eq!(
            rules(&header(prefix)),
            [AnomalyRule::TruncatedFile],
            "{length}"
        );
    }
}

#[test]
fn lengths_that_no_file_has_cost_nothing() {
    for bytes in [
        vec![0x81, 0xa1, b'a', 0xdf, 0xff, 0xff, 0xff, 0xff],
        vec![0x81, 0xa1, b'a', 0xdd, 0xff, 0xff, 0xff, 0xff],
        vec![0x81, 0xa1, b'a', 0xc6, 0xff, 0xff, 0xff, 0xff],
        vec![0x81, 0xdb, 0xff, 0xff, 0xff, 0xff],
    ] {
        assert_eq!(header(&bytes).facts.anomalies.len(), 1);
    }
}

//! safetensors: valid files, and everything that the reference reader refuses or wrongly accepts.

use lbom_scanner::format::Header;
use lbom_scanner::format::safetensors::read;
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, DestinationClass};

use crate::safetensors_writer::{file, file_of_length, object, tensor, valid};
use crate::{kinds, rules};

fn header_of(bytes: &[u8]) -> Header {
    read(&mut Reader::new(&bytes))
}

macro_rules! probes {
    ($($name:ident: $bytes:expr => [$($kind:literal),*];)*) => {
        $(#[test]
        fn $name() {
            let bytes: Vec<u8> = $bytes;

            let header = header_of(&bytes);

            let expected: Vec<&str> = vec![$($kind),*];
            assert_eq!(kinds(&header), expected);
        })*
    };
}

const A: &str = r#""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#;

/// A file of one tensor of eight bytes, described by these fields.
fn described(fields: &str) -> Vec<u8> {
    file(format!(r#"{{"a":{{{fields}}}}}"#), 8)
}

fn one(dtype: &str, shape: &str, bytes: u64) -> Vec<u8> {
    let data = usize::try_from(bytes).unwrap_or(0);
    file(object(&[tensor("a", dtype, shape, [0, bytes])]), data)
}

fn two(a: [u64; 2], b: [u64; 2], data: usize) -> Vec<u8> {
    file(
        object(&[tensor("a", "U8", "[4]", a), tensor("b", "U8", "[4]", b)]),
        data,
    )
}

fn cut(mut bytes: Vec<u8>, by: usize) -> Vec<u8> {
    bytes.truncate(bytes.len() - by);
    bytes
}

fn named(name: &str) -> Vec<u8> {
    file(object(&[tensor(name, "F32", "[2]", [0, 8])]), 8)
}

probes! {
    one_tensor_is_clean: valid() => [];
    no_tensors_are_clean: file("{}", 0) => [];
    padding_of_spaces_is_clean: file(format!("{{{A}}}   "), 8) => [];
    a_scalar_is_clean: one("F32", "[]", 4) => [];
    a_dimension_of_zero_is_clean: one("F32", "[0,4]", 0) => [];
    an_even_number_of_f4_is_clean: one("F4", "[4]", 2) => [];
    four_of_f6_are_clean: one("F6_E2M3", "[4]", 3) => [];
    c64_is_clean: one("C64", "[2]", 16) => [];
    e8m0_is_clean: one("F8_E8M0", "[2]", 2) => [];
    json_in_another_order_than_the_data_is_clean: two([4, 8], [0, 4], 8) => [];
    a_metadata_of_texts_is_clean: file(r#"{"__metadata__":{"format":"pt"}}"#, 0) => [];

    leading_spaces_are_malformed: file(format!("  {{{A}}}"), 8) => ["leading-space"];
    padding_of_line_feed_and_tab_is_malformed: file(format!("{{{A}}}\n\t"), 8) => ["wrong-padding"];
    padding_of_line_feed_and_space_is_malformed: file(format!("{{{A}}}\n "), 8) => ["wrong-padding"];
    a_tensor_that_stands_twice_is_malformed:
        file(format!(r#"{{{A},"a":{{"dtype":"I32","shape":[2],"data_offsets":[0,8]}}}}"#), 8)
        => ["duplicate-tensor", "overlapping-tensors"];
    an_empty_tensor_that_stands_twice_is_malformed:
        file(object(&[tensor("a", "F32", "[0]", [0, 0]), tensor("a", "I32", "[0]", [0, 0])]), 0)
        => ["duplicate-tensor"];
    a_name_that_is_equal_once_unescaped_is_malformed:
        file(object(&[tensor("a", "F32", "[0]", [0, 0]), tensor("\\u0061", "F32", "[0]", [0, 0])]), 0)
        => ["duplicate-tensor"];
    a_metadata_key_that_stands_twice_is_malformed:
        file(r#"{"__metadata__":{"k":"1","\u006b":"2"}}"#, 0) => ["duplicate-key"];
    metadata_that_stands_twice_is_malformed:
        file(r#"{"__metadata__":{},"__metadata__":{}}"#, 0) => ["duplicate-key"];
    metadata_of_null_is_malformed: file(r#"{"__metadata__":null}"#, 0) => ["null-metadata"];
    an_unknown_field_is_malformed:
        described(r#""dtype":"F32","shape":[2],"data_offsets":[0,8],"x":[{"y":1}]"#)
        => ["unknown-field"];
    an_empty_name_is_malformed: named("") => ["empty-name"];
    a_name_with_nul_is_malformed: named("a\\u0000") => ["deceptive-character"];
    a_name_with_a_right_to_left_override_is_malformed: named("a\u{202e}") => ["deceptive-character"];

    trailing_nuls_are_malformed: file(format!("{{{A}}}\0\0"), 8) => ["broken-json"];
    a_second_object_is_malformed: file(format!("{{{A}}}{{}}"), 8) => ["broken-json"];
    a_dtype_that_stands_twice_is_malformed:
        described(r#""dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]"#)
        => ["duplicate-field"];
    a_shape_that_stands_twice_is_malformed:
        described(r#""dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]"#)
        => ["duplicate-field"];
    metadata_of_numbers_is_malformed: file(r#"{"__metadata__":{"k":1}}"#, 0) => ["wrong-type"];
    metadata_of_objects_is_malformed: file(r#"{"__metadata__":{"k":{}}}"#, 0) => ["wrong-type"];
    metadata_that_is_an_array_is_malformed: file(r#"{"__metadata__":[]}"#, 0) => ["wrong-type"];
    a_missing_dtype_is_malformed:
        described(r#""shape":[2],"data_offsets":[0,8]"#) => ["missing-field"];
    a_missing_shape_is_malformed:
        described(r#""dtype":"F32","data_offsets":[0,8]"#) => ["missing-field", "trailing-bytes"];
    missing_offsets_are_malformed:
        described(r#""dtype":"F32","shape":[2]"#) => ["missing-field", "trailing-bytes"];
    a_hole_is_malformed: two([0, 4], [5, 9], 9) => ["gap-between-tensors"];
    an_overlap_is_malformed: two([0, 4], [3, 7], 7) => ["overlapping-tensors"];
    one_byte_too_many_is_noticed: [valid(), vec![0]].concat() => ["trailing-bytes"];
    one_byte_too_few_is_truncated: cut(valid(), 1) => ["missing-tensor-data"];
    a_first_offset_of_4_is_malformed: two([4, 8], [8, 12], 12) => ["gap-between-tensors"];
    an_odd_number_of_f4_is_malformed: one("F4", "[3]", 2) => ["partial-byte"];
    a_dtype_in_lower_case_is_malformed: one("f32", "[2]", 8) => ["unknown-dtype"];
    the_dtype_f8_e4m3fn_is_malformed: one("F8_E4M3FN", "[2]", 2) => ["unknown-dtype"];
    the_dtype_i4_is_malformed: one("I4", "[2]", 1) => ["unknown-dtype"];
    a_negative_dimension_is_malformed: one("F32", "[-1]", 4) => ["wrong-type"];
    a_fraction_of_a_dimension_is_malformed: one("F32", "[1.5]", 4) => ["wrong-type"];
    a_shape_that_overflows_is_malformed:
        one("F32", "[9223372036854775808,4]", 0) => ["size-overflow"];
    a_shape_that_overflows_on_its_way_to_zero_is_malformed:
        one("F32", "[9223372036854775808,4,0]", 0) => ["size-overflow"];
    bits_that_overflow_are_malformed: one("F32", "[4611686018427387904]", 0) => ["size-overflow"];
    a_number_beyond_64_bits_is_malformed: one("F32", "[18446744073709551616]", 0) => ["wrong-type"];
    a_lone_surrogate_is_malformed: named("\\ud800") => ["broken-json"];
    a_byte_order_mark_is_malformed: file(format!("\u{feff}{{{A}}}"), 8) => ["broken-json"];
    bytes_that_are_not_utf8_are_malformed: file(b"{\"\xff\":{}}", 0) => ["broken-json"];
    bytes_that_are_not_utf8_in_an_unknown_field_are_malformed:
        file(b"{\"a\":{\"x\":\"\xff\"}}", 0) => ["broken-json"];
    an_array_is_malformed: file("[]", 0) => ["wrong-type"];
    a_header_of_no_bytes_is_malformed: file("", 0) => ["impossible-length"];
    seven_bytes_are_truncated: vec![0; 7] => ["unexpected-end"];
    a_header_beyond_the_format_is_malformed:
        file_of_length(100_000_001, b"{}", 0) => ["impossible-length"];
    a_header_longer_than_the_file_is_truncated: file_of_length(3, b"{}", 0) => ["unexpected-end"];
    an_object_that_does_not_end_is_malformed: file("{", 0) => ["broken-json"];
    nesting_of_200_is_malformed:
        described(&format!(r#""x":{}{}"#, "[".repeat(200), "]".repeat(200))) => ["broken-json"];
    three_offsets_are_malformed:
        described(r#""dtype":"F32","shape":[2],"data_offsets":[0,8,9]"#) => ["broken-json"];
    one_offset_is_malformed:
        described(r#""dtype":"F32","shape":[2],"data_offsets":[0]"#) => ["wrong-type"];
    offsets_that_end_before_they_begin_are_malformed:
        described(r#""dtype":"F32","shape":[2],"data_offsets":[8,0]"#)
        => ["reversed-offsets", "wrong-size", "gap-between-tensors", "trailing-bytes"];
    offsets_of_another_size_than_the_shape_are_malformed:
        described(r#""dtype":"F32","shape":[3],"data_offsets":[0,8]"#) => ["wrong-size"];
    a_number_that_is_none_is_malformed: one("F32", "[NaN]", 4) => ["broken-json"];
    offsets_beyond_the_file_are_truncated:
        one_of_offsets(u64::MAX - 1, u64::MAX)
        => ["wrong-size", "gap-between-tensors", "missing-tensor-data"];
    more_metadata_keys_than_are_kept_is_said:
        file(metadata(16_385), 0) => ["limit-keys"];
    more_text_than_a_fact_may_have_is_said:
        file(format!(r#"{{"__metadata__":{{"license":"{}"}}}}"#, "x".repeat(4097)), 0)
        => ["limit-value"];
}

fn one_of_offsets(begin: u64, end: u64) -> Vec<u8> {
    file(object(&[tensor("a", "F32", "[2]", [begin, end])]), 8)
}

fn metadata(keys: usize) -> String {
    let pairs: Vec<_> = (0..keys).map(|key| format!(r#""{key}":"""#)).collect();
    format!(r#"{{"__metadata__":{{{}}}}}"#, pairs.join(","))
}

#[test]
fn the_rule_follows_from_what_is_wrong() {
    let rule_of = |bytes: Vec<u8>| rules(&header_of(&bytes));

    assert_eq!(rule_of(cut(valid(), 1)), [AnomalyRule::TruncatedFile]);
    assert_eq!(
        rule_of([valid(), vec![0]].concat()),
        [AnomalyRule::TrailingData]
    );
    assert_eq!(rule_of(file("[]", 0)), [AnomalyRule::MalformedHeader]);
    assert_eq!(
        rule_of(one("f32", "[2]", 8)),
        [AnomalyRule::MalformedHeader]
    );
    assert_eq!(
        rule_of(file(metadata(16_385), 0)),
        [AnomalyRule::NotExamined]
    );
}

#[test]
fn a_header_becomes_facts() {
    let header = object(&[
        r#""__metadata__":{"license":"mit","home":"https://example.org/","note":"see http://example.net/x"}"#
            .to_owned(),
        tensor("b", "BF16", "[3,4]", [8, 32]),
        tensor("a", "F32", "[2]", [0, 8]),
    ]);
    let bytes = file(header, 32);

    let header = header_of(&bytes);

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(header.facts.parameters, Some(14));
    assert_eq!(header.facts.license.as_deref(), Some("mit"));
    assert_eq!(
        header.facts.license_source.as_deref(),
        Some("__metadata__.license")
    );
    let tensors: Vec<_> = header
        .tensors
        .iter()
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
        .collect();
    assert_eq!(
        tensors,
        [("b", "BF16", 4, 2, 12, 24), ("a", "F32", 2, 1, 2, 8)]
    );
    let found: Vec<_> = header
        .facts
        .destinations
        .iter()
        .map(|found| (found.class, found.value.as_str(), found.source.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (
                DestinationClass::Metadata,
                "https://example.org/",
                "__metadata__.home"
            ),
            (
                DestinationClass::Literal,
                "http://example.net/x",
                "__metadata__.note"
            ),
        ]
    );
    for destination in &header.facts.destinations {
        let start = usize::try_from(destination.offset.unwrap_or(0)).unwrap_or(0);
        assert!(bytes.iter().skip(start).copied().take(4).eq(*b"http"));
    }
}

#[test]
fn an_anomaly_says_where_it_is() {
    let bytes = file(
        object(&[A.to_owned(), tensor("b", "f16", "[2]", [8, 12])]),
        12,
    );

    let header = header_of(&bytes);

    let [anomaly] = header.facts.anomalies.as_slice() else {
        unreachable!("one anomaly: {:?}", header.facts.anomalies)
    };
    // Eight bytes of length, a brace, the first tensor, a comma, a quote.
    assert_eq!(anomaly.offset, u64::try_from(8 + 1 + A.len() + 1 + 1).ok());
    assert_eq!(anomaly.within, ["header", "b"]);
    assert_eq!(anomaly.message, "\"f16\" is no dtype of the format");
}

#[test]
fn broken_json_is_located() {
    let bytes = file("{\"a\":\n{\"dtype\" 1}}", 0);

    let header = header_of(&bytes);

    let places: Vec<_> = header
        .facts
        .anomalies
        .iter()
        .map(|a| (a.kind, a.offset))
        .collect();
    assert_eq!(places, [("broken-json", Some(8 + 6 + 9))]);
}

#[test]
fn a_header_too_long_for_memory_is_read_all_the_same() {
    let padding = " ".repeat(16 << 20);
    let first = tensor("a", "F32", "[2]", [0, 8]);
    let second = tensor("b", "f16", "[2]", [8, 12]);
    let bytes = file(format!("{{{first},{second}}}{padding}"), 12);

    let header = header_of(&bytes);

    assert_eq!(header.facts.parameters, Some(4));
    let places: Vec<_> = header
        .facts
        .anomalies
        .iter()
        .map(|a| (a.kind, a.offset))
        .collect();
    let offset = u64::try_from(8 + 1 + first.len() + 1 + 1).ok();
    assert_eq!(places, [("unknown-dtype", offset)]);
}

#[test]
fn a_long_header_has_no_longer_names() {
    let name = "n".repeat(5 << 20);
    let padding = " ".repeat(16 << 20);
    let bytes = file(
        format!("{{{}}}{padding}", tensor(&name, "F32", "[2]", [0, 8])),
        8,
    );

    let header = header_of(&bytes);

    assert_eq!(kinds(&header), ["limit-text"]);
    assert_eq!(header.tensors, []);
}

#[test]
fn more_tensors_than_are_examined_is_said() {
    let tensors: Vec<_> = (0..262_145_u64)
        .map(|index| tensor(&index.to_string(), "U8", "[0]", [0, 0]))
        .collect();

    let header = header_of(&file(object(&tensors), 0));

    assert_eq!(kinds(&header), ["limit-tensors"]);
    assert_eq!(header.facts.parameters, None);
}

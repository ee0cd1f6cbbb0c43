//! GGUF: valid files, and every row of how llama.cpp and gguf-py treat malformed ones.

use lbom_scanner::format::Header;
use lbom_scanner::format::gguf::read;
use lbom_scanner::quantization::Claimed;
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, DestinationClass, Kind};

use crate::gguf_writer::{ARRAY, BOOL, F32, Gguf, Q4_0, Q4_K, TEXT, U8, U64, Value};
use crate::{kinds, rules};

fn header_of(bytes: &[u8]) -> Header {
    read(&mut Reader::new(&bytes))
}

/// Bytes, and the kinds of the anomalies they must have, each a test.
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

fn long(start: &str, length: usize) -> String {
    start.chars().cycle().take(length).collect()
}

fn length_of(number: u64) -> Vec<u8> {
    number.to_le_bytes().to_vec()
}

fn array_header(item_type: u32, count: u64) -> Value {
    Value::Raw(
        ARRAY,
        [item_type.to_le_bytes().to_vec(), length_of(count)].concat(),
    )
}

fn of_alignment(alignment: u32) -> Gguf {
    let mut file = Gguf::llama().pair("general.alignment", alignment);
    file.alignment = u64::from(alignment).clamp(1, 64);
    file.tensor("a", &[32], F32, 128)
}

fn of_version(version: u32) -> Vec<u8> {
    Gguf {
        version,
        ..Gguf::valid()
    }
    .bytes()
}

fn cut(mut bytes: Vec<u8>, by: usize) -> Vec<u8> {
    bytes.truncate(bytes.len() - by);
    bytes
}

fn one_tensor(name: &str, dimensions: &[u64], type_id: u32) -> Vec<u8> {
    Gguf::llama().tensor(name, dimensions, type_id, 128).bytes()
}

fn two_tensors(a: &[u8], b: &[u8], offsets: [u64; 2]) -> Vec<u8> {
    let [first, second] = offsets;
    Gguf::llama()
        .tensor_at(a, &[32], F32, first)
        .tensor_at(b, &[32], F32, second)
        .data(first.max(second) + 128)
        .bytes()
}

probes! {
    one_tensor_is_clean: Gguf::valid().bytes() => [];
    no_pairs_and_no_tensors_are_clean: Gguf::empty().bytes() => [];
    no_tensors_need_no_padding: Gguf::llama().header() => [];
    no_tensors_may_have_padding: [Gguf::llama().header(), vec![0; 13]].concat() => [];
    a_key_that_stands_twice_is_malformed:
        Gguf::valid().pair("general.architecture", "llama").bytes() => ["duplicate-key"];
    an_empty_key_is_malformed: Gguf::valid().pair("", 1).bytes() => ["empty-name"];
    a_key_outside_ascii_is_malformed: Gguf::valid().pair("é", 1).bytes() => ["key-not-ascii"];
    a_key_with_nul_is_malformed:
        Gguf::valid().pair("a\0b", 1).bytes() => ["deceptive-character"];
    a_key_with_an_escape_sequence_is_malformed:
        Gguf::valid().pair("a\x1b[2J", 1).bytes() => ["deceptive-character"];
    a_key_that_is_not_utf8_is_malformed:
        Gguf::valid().pair_of_bytes(b"a\xff", 1).bytes() => ["name-not-utf8"];
    a_value_that_is_not_utf8_is_malformed:
        Gguf::valid().pair("general.name", Value::Text(b"a\xff".to_vec())).bytes()
        => ["value-not-utf8"];
    a_key_of_70000_bytes_is_malformed:
        Gguf::valid().pair(&long("k", 70_000), 1).bytes() => ["long-name"];
    a_key_of_65535_bytes_is_clean: Gguf::valid().pair(&long("k", 65_535), 1).bytes() => [];
    a_truth_value_of_2_is_malformed:
        Gguf::valid().pair("x.b", Value::Number(BOOL, 2)).bytes() => ["wrong-truth-value"];
    a_truth_value_of_2_in_an_array_is_malformed:
        Gguf::valid().pair("x.b", Value::Array(BOOL, [0, 1, 2, 3, 4].map(|truth| Value::Number(BOOL, truth)).to_vec()))
            .bytes()
        => ["wrong-truth-value"];
    value_type_13_is_malformed:
        Gguf::valid().pair("x.b", Value::Raw(13, vec![0])).bytes() => ["unknown-value-type"];
    an_array_of_arrays_is_malformed:
        Gguf::valid().pair("x.a", Value::Array(ARRAY, vec![
            Value::Array(U8, vec![Value::Number(U8, 1)]),
        ])).bytes() => ["nested-array"];
    an_array_of_no_items_is_clean: Gguf::valid().pair("x.a", Value::Array(U8, vec![])).bytes() => [];
    an_array_of_2_to_60_numbers_is_malformed:
        Gguf::valid().pair("x.a", array_header(U8, 1 << 60)).bytes() => ["impossible-length"];
    an_array_of_2_to_60_texts_is_malformed:
        Gguf::valid().pair("x.a", array_header(TEXT, 1 << 60)).bytes() => ["impossible-length"];
    an_array_of_2_to_60_arrays_is_malformed:
        Gguf::valid().pair("x.a", array_header(ARRAY, 1 << 60)).bytes() => ["impossible-length"];
    an_array_of_2_to_30_numbers_is_truncated:
        Gguf::valid().pair("x.a", array_header(U64, 1 << 30)).bytes() => ["unexpected-end"];
    the_nested_array_on_which_gguf_py_hangs_is_malformed:
        Gguf::llama().pair("x.a", Value::Raw(ARRAY, [
            array_bytes(ARRAY, 1), array_bytes(U8, 1 << 63),
        ].concat())).bytes() => ["nested-array", "impossible-length"];
    arrays_nested_nine_deep_are_not_examined:
        Gguf::llama().pair("x.a", Value::Raw(ARRAY, array_bytes(ARRAY, 1).repeat(9))).bytes()
        => ["nested-array", "limit-nesting"];
    a_text_of_2_to_40_bytes_is_malformed:
        Gguf::valid().pair("x.s", Value::Raw(TEXT, length_of(1 << 40))).bytes()
        => ["impossible-length"];
    a_text_longer_than_the_file_is_truncated:
        Gguf::valid().pair("x.s", Value::Raw(TEXT, length_of(1 << 20))).bytes()
        => ["unexpected-end"];
    a_key_of_2_to_40_bytes_is_malformed:
        [b"GGUF".to_vec(), 3_u32.to_le_bytes().to_vec(), length_of(0), length_of(1),
            length_of(1 << 40)].concat() => ["impossible-length"];
    more_pairs_promised_than_there_are_is_noticed:
        Gguf { pair_count: Some(2), ..Gguf::valid() }.bytes() => ["empty-name", "wrong-dimensions", "trailing-bytes"];
    pairs_numbering_2_to_63_are_malformed:
        Gguf { pair_count: Some(1 << 63), ..Gguf::valid() }.bytes() => ["impossible-count"];
    tensors_numbering_2_to_60_are_malformed:
        Gguf { tensor_count: Some(1 << 60), ..Gguf::valid() }.bytes() => ["impossible-count"];
    alignment_0_is_malformed: of_alignment(0).bytes() => ["wrong-alignment", "missing-tensor-data"];
    alignment_1_is_malformed: of_alignment(1).bytes() => ["wrong-alignment"];
    alignment_4_is_malformed: of_alignment(4).bytes() => ["wrong-alignment"];
    alignment_24_is_malformed: of_alignment(24).bytes() => ["wrong-alignment"];
    alignment_64_is_clean: of_alignment(64).bytes() => [];
    alignment_2_to_31_is_truncated: of_alignment(1 << 31).bytes() => ["missing-tensor-data"];
    alignment_of_another_type_is_malformed:
        Gguf::valid().pair("general.alignment", Value::Number(U64, 32)).bytes() => ["wrong-type"];
    a_tensor_that_stands_twice_is_malformed:
        two_tensors(b"a", b"a", [0, 128]) => ["duplicate-tensor"];
    an_empty_tensor_name_is_malformed: one_tensor("", &[32], F32) => ["empty-name"];
    a_tensor_name_of_63_bytes_is_clean: one_tensor(&long("n", 63), &[32], F32) => [];
    a_tensor_name_of_64_bytes_is_malformed: one_tensor(&long("n", 64), &[32], F32) => ["long-name"];
    a_tensor_name_with_nul_is_malformed: one_tensor("a\0", &[32], F32) => ["deceptive-character"];
    a_tensor_name_with_a_right_to_left_override_is_malformed:
        one_tensor("a\u{202e}b", &[32], F32) => ["deceptive-character"];
    names_that_are_equal_up_to_nul_are_malformed:
        two_tensors(b"a\0b", b"a\0c", [0, 128]) => ["deceptive-character", "deceptive-character"];
    a_tensor_name_that_is_not_utf8_is_malformed:
        two_tensors(b"\xff", b"b", [0, 128]) => ["name-not-utf8"];
    no_dimensions_are_malformed:
        Gguf::llama().tensor("a", &[], F32, 4).bytes() => ["wrong-dimensions"];
    four_dimensions_are_clean: one_tensor("a", &[2, 2, 2, 4], F32) => [];
    five_dimensions_are_malformed: one_tensor("a", &[2, 2, 2, 2, 2], F32) => ["wrong-dimensions"];
    a_dimension_of_zero_is_clean: Gguf::llama().tensor("a", &[0], F32, 0).bytes() => [];
    a_negative_dimension_is_malformed:
        Gguf::llama().tensor("a", &[1 << 63], F32, 0).bytes() => ["size-overflow"];
    a_negative_dimension_beside_a_zero_is_malformed:
        Gguf::llama().tensor("a", &[0, 1 << 63], F32, 0).bytes() => ["size-overflow"];
    dimensions_that_overflow_are_malformed:
        Gguf::llama().tensor("a", &[1 << 32, 1 << 32], F32, 0).bytes() => ["size-overflow"];
    bytes_that_overflow_are_malformed:
        Gguf::llama().tensor("a", &[u64::MAX / 4], F32, 0).bytes() => ["size-overflow"];
    removed_type_4_is_malformed: one_tensor("a", &[32], 4) => ["removed-tensor-type"];
    removed_type_31_is_malformed: one_tensor("a", &[32], 31) => ["removed-tensor-type"];
    type_43_is_not_examined: one_tensor("a", &[32], 43) => ["unknown-tensor-type"];
    type_minus_1_is_not_examined: one_tensor("a", &[32], u32::MAX) => ["unknown-tensor-type"];
    a_row_of_32_of_blocks_of_256_is_malformed: one_tensor("a", &[32], Q4_K) => ["partial-block"];
    a_row_of_256_of_blocks_of_256_is_clean:
        Gguf::llama().tensor("a", &[256], Q4_K, 144).bytes() => [];
    a_first_tensor_that_is_not_at_0_is_malformed:
        Gguf::llama().tensor_at(b"a", &[32], F32, 32).data(160).bytes() => ["gap-between-tensors"];
    an_unaligned_offset_is_malformed:
        two_tensors(b"a", b"b", [0, 129]) => ["gap-between-tensors"];
    two_tensors_at_0_are_malformed: two_tensors(b"a", b"b", [0, 0]) => ["overlapping-tensors"];
    a_gap_between_tensors_is_malformed: two_tensors(b"a", b"b", [0, 256]) => ["gap-between-tensors"];
    tensors_out_of_order_are_malformed:
        two_tensors(b"b", b"a", [128, 0]) => ["gap-between-tensors", "overlapping-tensors"];
    no_data_are_truncated: Gguf::valid().header() => ["missing-tensor-data"];
    data_short_of_one_byte_are_truncated: cut(Gguf::valid().bytes(), 1) => ["missing-tensor-data"];
    trailing_bytes_are_noticed:
        [Gguf::valid().bytes(), vec![0; 1000]].concat() => ["trailing-bytes"];
    bytes_behind_a_header_without_tensors_are_noticed:
        [Gguf::empty().bytes(), vec![0; 9]].concat() => ["trailing-bytes"];
    a_last_tensor_without_padding_is_clean:
        cut(Gguf::llama().tensor("a", &[32], Q4_0, 18).bytes(), 14) => [];
    version_0_is_malformed: of_version(0) => ["unsupported-version"];
    version_2_is_clean: of_version(2) => [];
    version_4_is_not_examined: of_version(4) => ["unsupported-version"];
    version_1_with_its_short_lengths_is_clean: of_version(1) => [];
    big_endian_is_clean: Gguf { is_big_endian: true, ..Gguf::valid() }.bytes() => [];
    big_endian_before_version_3_is_not_examined:
        Gguf { is_big_endian: true, version: 2, ..Gguf::valid() }.bytes()
        => ["unsupported-version"];
    a_magic_in_lower_case_is_malformed: [b"gguf".to_vec(), vec![0; 20]].concat() => ["wrong-magic"];
    tensors_without_architecture_are_malformed:
        Gguf::empty().tensor("a", &[32], F32, 128).bytes() => ["missing-architecture"];
    an_architecture_that_is_a_number_is_malformed:
        Gguf::empty().pair("general.architecture", 1).tensor("a", &[32], F32, 128).bytes()
        => ["wrong-type", "missing-architecture"];
    a_later_part_of_a_split_model_needs_no_architecture:
        Gguf::empty().pair("split.no", Value::Number(2, 1)).tensor("a", &[32], F32, 128).bytes()
        => [];
    an_importance_matrix_needs_no_architecture:
        Gguf::empty().pair("general.type", "imatrix").tensor("a", &[32], F32, 128).bytes() => [];
    four_bytes_are_truncated: b"GGUF".to_vec() => ["unexpected-end"];
    no_bytes_are_truncated: vec![] => ["unexpected-end"];
    twenty_three_bytes_are_truncated: cut(Gguf::empty().bytes(), 1) => ["unexpected-end"];
    block_count_513_is_malformed:
        Gguf::valid().pair("llama.block_count", 513).bytes() => ["too-many-blocks"];
    block_count_512_is_clean: Gguf::valid().pair("llama.block_count", 512).bytes() => [];
    experts_1025_are_malformed:
        Gguf::valid().pair("llama.expert_count", 1025).bytes() => ["too-many-experts"];
    experts_1024_are_clean: Gguf::valid().pair("llama.expert_count", 1024).bytes() => [];
    byte_tokens_of_two_digits_are_clean:
        vocabulary(&["a", "<0x0A>", "<0xfF>"], &[1, 6, 6]).bytes() => [];
    types_before_the_tokens_are_held_against_them:
        Gguf::llama().pair("tokenizer.ggml.token_type", types(&[6])).pair(
            "tokenizer.ggml.tokens", texts(&["<0xGG>"])).bytes() => ["byte-token"];
    a_byte_token_of_other_text_is_malformed:
        vocabulary(&["<0x-1>", "<0x1>", "a", "<0x0A>"], &[6, 6, 6, 6]).bytes()
        => ["byte-token", "byte-token", "byte-token"];
    a_text_like_that_of_a_byte_is_clean_where_the_type_is_another:
        vocabulary(&["<0x-1>", "<0xZZ>"], &[1, 4]).bytes() => [];
    fewer_types_than_tokens_are_malformed:
        vocabulary(&["a", "b"], &[1]).bytes() => ["token-items"];
    other_scores_than_tokens_are_malformed:
        vocabulary(&["a"], &[1]).pair("tokenizer.ggml.scores",
            Value::Array(6, vec![Value::Number(6, 0), Value::Number(6, 0)])).bytes()
        => ["token-items"];
    more_byte_tokens_than_are_kept_is_said:
        vocabulary(&["<0x00>"; 4097], &[6; 4097]).bytes() => ["limit-byte-tokens"];
    split_keys_of_other_types_are_malformed:
        Gguf::valid().pair("split.no", 0).pair("split.count", "3").bytes()
        => ["wrong-type", "wrong-type"];
    a_context_length_that_is_a_text_is_malformed:
        Gguf::valid().pair("llama.context_length", "long").bytes() => ["wrong-type"];
    a_file_type_of_another_type_is_malformed:
        Gguf::valid().pair("general.file_type", Value::Number(U64, 1)).bytes() => ["wrong-type"];
    head_counts_by_layer_are_clean:
        Gguf::valid().pair("llama.attention.head_count_kv", Value::Array(4, vec![8.into()])).bytes()
        => [];
    more_pairs_than_are_examined_is_said:
        Gguf { pair_count: Some(65_537), ..Gguf::empty() }.bytes().into_iter()
            .chain(vec![0; 1 << 20]).collect() => ["limit-keys"];
    more_tensors_than_are_examined_is_said:
        Gguf { tensor_count: Some(262_145), ..Gguf::llama() }.bytes().into_iter()
            .chain(vec![0; 7 << 20]).collect() => ["limit-tensors"];
    more_base_models_than_are_kept_is_said:
        (0..65).fold(Gguf::valid(), |file, index| {
            file.pair(&format!("general.base_model.{index}.name"), "x")
        }).bytes() => ["limit-base-models"];
    a_license_too_long_for_a_fact_is_said:
        Gguf::valid().pair("general.license", &*long("x", 4097)).bytes() => ["limit-value"];
    more_text_in_arrays_than_is_searched_is_said:
        Gguf::valid().pair("general.tags", Value::Array(TEXT, vec![
            Value::Text(vec![b'x'; 1 << 20]), "y".into(), "z".into(),
        ])).bytes() => ["limit-text"];
    more_urls_than_are_kept_is_said:
        Gguf::valid().pair("x.text", &*"https://a.example/ ".repeat(4097)).bytes()
        => ["limit-destinations"];
}

/// A vocabulary of these texts and types.
fn vocabulary(tokens: &[&str], token_types: &[u64]) -> Gguf {
    Gguf::llama()
        .pair("tokenizer.ggml.tokens", texts(tokens))
        .pair("tokenizer.ggml.token_type", types(token_types))
}

fn texts(tokens: &[&str]) -> Value {
    Value::Array(TEXT, tokens.iter().copied().map(Value::from).collect())
}

fn types(types: &[u64]) -> Value {
    let items = types.iter().map(|number| Value::Number(5, *number));
    Value::Array(5, items.collect())
}

fn array_bytes(item_type: u32, count: u64) -> Vec<u8> {
    [item_type.to_le_bytes().to_vec(), length_of(count)].concat()
}

#[test]
fn the_rule_follows_from_what_is_wrong() {
    let rule_of = |bytes: Vec<u8>| rules(&header_of(&bytes));

    assert_eq!(rule_of(of_version(0)), [AnomalyRule::MalformedHeader]);
    assert_eq!(rule_of(of_version(4)), [AnomalyRule::NotExamined]);
    assert_eq!(
        rule_of(one_tensor("a", &[32], 43)),
        [AnomalyRule::NotExamined]
    );
    assert_eq!(
        rule_of(one_tensor("a", &[32], 4)),
        [AnomalyRule::MalformedHeader]
    );
    assert_eq!(
        rule_of(cut(Gguf::valid().bytes(), 1)),
        [AnomalyRule::TruncatedFile]
    );
    assert_eq!(
        rule_of(Gguf::valid().header()),
        [AnomalyRule::TruncatedFile]
    );
    assert_eq!(
        rule_of([Gguf::valid().bytes(), vec![0]].concat()),
        [AnomalyRule::TrailingData]
    );
}

#[test]
fn a_header_becomes_facts() {
    let bytes = Gguf::llama()
        .pair("general.license.name", "Apache License 2.0")
        .pair("general.license", "apache-2.0")
        .pair("general.file_type", 15)
        .pair("general.base_model.1.name", "second")
        .pair("general.base_model.0.name", "first")
        .pair("general.base_model.0.repo_url", "https://example.org/first")
        .pair("llama.context_length", 2048)
        .pair("llama.embedding_length", 64)
        .pair("llama.block_count", 2)
        .pair("llama.feed_forward_length", 128)
        .pair("llama.attention.head_count", 8)
        .pair(
            "llama.attention.head_count_kv",
            Value::Array(4, vec![2.into(), 2.into()]),
        )
        .pair("llama.vocab_size", 100)
        .pair("other.vocab_size", 7)
        .tensor("blk.0.attn_q.weight", &[256, 2], Q4_K, 288)
        .tensor("blk.0.attn_norm.weight", &[32], F32, 128)
        .bytes();

    let header = header_of(&bytes);

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(header.version.as_deref(), Some("3"));
    assert_eq!(header.claims, [Claimed::FileType(15)]);
    let facts = &header.facts;
    assert_eq!(facts.architecture.as_deref(), Some("llama"));
    assert_eq!(facts.parameters, Some(544));
    assert_eq!(facts.context_length, Some(2048));
    assert_eq!(facts.license.as_deref(), Some("apache-2.0"));
    assert_eq!(facts.license_source.as_deref(), Some("general.license"));
    assert_eq!(facts.base_models, ["https://example.org/first", "second"]);
    let sizes: Vec<_> = facts
        .hyperparameters
        .iter()
        .map(|(name, size)| (name.as_str(), *size))
        .collect();
    assert_eq!(
        sizes,
        [
            ("hidden_size", 64),
            ("num_hidden_layers", 2),
            ("intermediate_size", 128),
            ("num_attention_heads", 8),
            ("vocab_size", 100),
        ]
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
        [
            ("blk.0.attn_q.weight", "Q4_K", 256, 2, 512, 288),
            ("blk.0.attn_norm.weight", "F32", 32, 1, 32, 128),
        ]
    );
}

#[test]
fn versions_and_orders_of_bytes_say_the_same() {
    let valid = Gguf::valid().pair("llama.context_length", 2048);
    let expected = header_of(&valid.bytes()).facts;

    for (version, is_big_endian) in [(1, false), (2, false), (3, true)] {
        let file = Gguf {
            version,
            is_big_endian,
            ..valid.clone()
        };

        let header = header_of(&file.bytes());

        assert_eq!(header.facts, expected);
        assert_eq!(header.version, Some(version.to_string()));
    }
}

#[test]
fn a_vocabulary_of_many_windows_is_walked_alike_in_every_version() {
    let mut tokens: Vec<String> = (0..20_000).map(|index| "x".repeat(index % 11)).collect();
    let mut token_types = vec![1; tokens.len()];
    for (token, token_type) in tokens.iter_mut().zip(&mut token_types).step_by(997) {
        *token = "<0x0A>".to_owned();
        *token_type = 6;
    }
    token_types.splice(12_345..12_346, [6]);
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let file = vocabulary(&tokens, &token_types).pair(
        "tokenizer.ggml.merges",
        Value::Array(TEXT, vec!["ab c".into(); 20_000]),
    );
    let file = file.pair("general.license", "mit");

    for (version, is_big_endian) in [(1, false), (2, false), (3, false), (3, true)] {
        let file = Gguf {
            version,
            is_big_endian,
            ..file.clone()
        };

        let header = header_of(&file.bytes());

        let found = header.facts.anomalies.iter();
        let messages: Vec<&str> = found.map(|anomaly| anomaly.message.as_str()).collect();
        assert_eq!(
            messages,
            ["token 12345 is of type BYTE and its text is not; <0x00> to <0xFF> are allowed"]
        );
        assert_eq!(header.facts.license.as_deref(), Some("mit"));
    }
}

#[test]
fn urls_in_values_are_destinations() {
    let bytes = Gguf::valid()
        .pair("general.url", "https://example.org/model")
        .pair("tokenizer.chat_template", "{# see http://example.net/x #}")
        .pair(
            "general.tags",
            Value::Array(TEXT, vec!["https://example.com/tag".into()]),
        )
        .pair(
            "tokenizer.ggml.tokens",
            Value::Array(TEXT, vec!["https://not.example/".into()]),
        )
        .bytes();

    let header = header_of(&bytes);

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
                "https://example.org/model",
                "general.url"
            ),
            (
                DestinationClass::Literal,
                "http://example.net/x",
                "tokenizer.chat_template"
            ),
            (
                DestinationClass::Metadata,
                "https://example.com/tag",
                "general.tags"
            ),
        ]
    );
    for destination in &header.facts.destinations {
        let start = usize::try_from(destination.offset.unwrap_or(0)).unwrap_or(0);
        assert!(bytes.iter().skip(start).copied().take(4).eq(*b"http"));
    }
}

#[test]
fn a_chat_template_has_a_digest() {
    let bytes = Gguf::valid().pair("tokenizer.chat_template", "abc").bytes();

    let header = header_of(&bytes);

    assert_eq!(
        header
            .facts
            .chat_template
            .map(|digest| digest.hex())
            .as_deref(),
        Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    );
}

#[test]
fn a_value_that_is_not_utf8_is_shown_escaped() {
    let value = Value::Text(b"apache\xff\x00".to_vec());
    let bytes = Gguf::valid().pair("general.license", value).bytes();

    let header = header_of(&bytes);

    assert_eq!(header.facts.license.as_deref(), Some("apache\\xff\0"));
}

#[test]
fn facts_survive_what_is_wrong_behind_them() {
    let bytes = cut(Gguf::valid().header(), 40);

    let header = header_of(&bytes);

    assert_eq!(kinds(&header), ["unexpected-end"]);
    assert_eq!(header.facts.architecture.as_deref(), Some("llama"));
    assert_eq!(header.facts.parameters, None);
    assert_eq!(header.tensors, []);
}

#[test]
fn an_anomaly_says_where_it_is() {
    let bytes = Gguf::valid().pair("x.b", Value::Number(BOOL, 2)).bytes();

    let header = header_of(&bytes);

    let [anomaly] = header.facts.anomalies.as_slice() else {
        unreachable!("one anomaly: {:?}", header.facts.anomalies)
    };
    // 24 bytes of counts, a pair of 45 bytes, the key's length, the key, the type.
    assert_eq!(anomaly.offset, Some(24 + 45 + 8 + 3 + 4));
    assert_eq!(anomaly.within, ["metadata", "x.b"]);
    assert_eq!(anomaly.message, "truth value 2; 0 and 1 are allowed");
}

#[test]
fn missing_data_are_counted() {
    let bytes = cut(Gguf::valid().bytes(), 100);

    let header = header_of(&bytes);

    let messages: Vec<_> = header
        .facts
        .anomalies
        .iter()
        .map(|a| a.message.as_str())
        .collect();
    assert_eq!(
        messages,
        ["100 bytes of tensor data are missing at the end of the file"]
    );
}

#[test]
fn a_thousand_anomalies_are_a_hundred_and_their_number() {
    let file = (0..1000).fold(Gguf::llama(), |file, index| {
        file.pair(&format!("x.{index}"), Value::Number(BOOL, 2))
    });

    let header = header_of(&file.bytes());

    assert_eq!(header.facts.anomalies.len(), 101);
    let last = header
        .facts
        .anomalies
        .last()
        .map(|last| (last.kind, last.message.as_str()));
    assert_eq!(
        last,
        Some((
            "limit-anomalies",
            "900 more anomalies are not listed; the limit is 100"
        ))
    );
}

#[test]
fn a_text_too_long_for_memory_is_stepped_over() {
    let bytes = Gguf::llama()
        .pair("x.long", Value::Text(vec![b'x'; (16 << 20) + 1]))
        .pair("general.license", "mit")
        .bytes();

    let header = header_of(&bytes);

    assert_eq!(kinds(&header), ["limit-text"]);
    assert_eq!(header.facts.license.as_deref(), Some("mit"));
}

#[test]
fn a_file_says_what_it_is() {
    let kind_of = |file: Gguf| header_of(&file.bytes()).facts.kind;
    let of_type = |general_type: &str| {
        let file = Gguf::empty().pair("general.type", general_type);
        file.pair("general.architecture", "llama")
            .tensor("a", &[32], F32, 128)
    };

    assert_eq!(kind_of(of_type("model")), None);
    assert_eq!(kind_of(of_type("adapter")), Some(Kind::Adapter));
    assert_eq!(kind_of(of_type("imatrix")), Some(Kind::ImportanceMatrix));
    assert_eq!(kind_of(of_type("mmproj")), Some(Kind::Projector));
    let clip = Gguf::empty().pair("general.architecture", "clip");
    assert_eq!(kind_of(clip), Some(Kind::Projector));
    assert_eq!(kind_of(vocabulary(&["a"], &[1])), Some(Kind::Vocabulary));
    assert_eq!(kind_of(Gguf::llama()), None);
    assert_eq!(
        kind_of(vocabulary(&["a"], &[1]).tensor("a", &[32], F32, 128)),
        None
    );
    let first = vocabulary(&["a"], &[1]).pair("split.count", Value::Number(2, 3));
    assert_eq!(kind_of(first), None);
}

#[test]
fn a_projector_states_the_sizes_of_what_it_sees_with() {
    let file = Gguf::empty()
        .pair("general.architecture", "clip")
        .pair("clip.vision.embedding_length", 1152)
        .pair("clip.vision.block_count", 27);

    let facts = header_of(&file.bytes()).facts;

    let sizes = [("hidden_size", 1152), ("num_hidden_layers", 27)];
    assert_eq!(
        facts.hyperparameters,
        sizes.map(|(name, size)| (name.to_owned(), size))
    );
}

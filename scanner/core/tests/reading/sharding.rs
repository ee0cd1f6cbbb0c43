//! Models in several files: whole ones, and each way in which parts do not fit together.

use std::io;
use std::path::PathBuf;

use lbom_scanner::record::{AnomalyRule, Fingerprint, QuantizationVerdict, Record, ShardedModel};
use lbom_scanner::scan::{Options, scan};

use crate::directory::Directory;
use crate::flax_writer;
use crate::gguf_writer::{F32, Gguf, Q4_0, Value};
use crate::safetensors_writer::{self, file, object, tensor};

const U16: u32 = 2;
const I32: u32 = 5;

fn scanned(directory: &Directory, names: &[&str]) -> Vec<Fingerprint> {
    let paths: Vec<PathBuf> = names.iter().map(|name| directory.join(name)).collect();
    let options = Options {
        root: directory.path().into(),
        jobs: 2,
    };
    scan(&paths, &options, &|| false)
        .into_iter()
        .filter_map(|record| match record {
            Record::Fingerprint(found) => Some(*found),
            Record::NotExamined(_) => None,
        })
        .collect()
}

/// The model that the first of the files is a part of.
fn model(directory: &Directory, names: &[&str]) -> io::Result<ShardedModel> {
    scanned(directory, names)
        .into_iter()
        .find_map(|found| found.model)
        .map(|model| *model)
        .ok_or(io::ErrorKind::NotFound.into())
}

fn kinds(model: &ShardedModel) -> Vec<&'static str> {
    model
        .facts
        .anomalies
        .iter()
        .map(|anomaly| anomaly.kind)
        .collect()
}

/// What is wrong, with the places where.
fn found(model: &ShardedModel) -> Vec<(AnomalyRule, &'static str, String)> {
    model
        .facts
        .anomalies
        .iter()
        .map(|anomaly| (anomaly.rule, anomaly.kind, anomaly.within.join(": ")))
        .collect()
}

fn names(model: &ShardedModel) -> Vec<String> {
    model
        .shards
        .iter()
        .filter_map(|shard| Some(shard.path.file_name()?.to_string_lossy().into_owned()))
        .collect()
}

/// A later part of a split: its number from 0, the number of parts and of all tensors.
fn part(number: u64, count: u64, tensors: u64) -> Gguf {
    keys(Gguf::empty(), number, count, tensors)
}

fn keys(file: Gguf, number: u64, count: u64, tensors: u64) -> Gguf {
    file.pair("split.no", Value::Number(U16, number))
        .pair("split.count", Value::Number(U16, count))
        .pair("split.tensors.count", Value::Number(I32, tensors))
}

fn first(count: u64, tensors: u64) -> Gguf {
    let file = Gguf::llama()
        .pair("general.file_type", 2)
        .pair("general.license", "mit");
    keys(file, 0, count, tensors).tensor("blk.0.attn_q.weight", &[64, 4], Q4_0, 144)
}

const GGUF: [&str; 3] = [
    "m-00001-of-00003.gguf",
    "m-00002-of-00003.gguf",
    "m-00003-of-00003.gguf",
];

/// A split of three parts and four tensors.
fn split() -> [Gguf; 3] {
    [
        first(3, 4),
        part(1, 3, 4)
            .tensor("blk.0.attn_k.weight", &[64, 4], Q4_0, 144)
            .tensor("blk.0.attn_norm.weight", &[64], F32, 256),
        part(2, 3, 4).tensor("blk.1.attn_q.weight", &[64, 4], Q4_0, 144),
    ]
}

fn write(directory: &Directory, names: &[&str], files: &[Gguf]) -> io::Result<()> {
    for (name, file) in names.iter().zip(files) {
        directory.write(name, file.bytes())?;
    }
    Ok(())
}

/// The split with one part replaced.
fn split_with(directory: &Directory, index: usize, other: Gguf) -> io::Result<ShardedModel> {
    let mut files = split();
    if let Some(slot) = files.get_mut(index) {
        *slot = other;
    }
    write(directory, &GGUF, &files)?;
    model(directory, &GGUF)
}

const SAFETENSORS: [&str; 2] = [
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
];
const INDEX: &str = "model.safetensors.index.json";

/// Two parts of three tensors of 16 bytes.
fn safetensors(directory: &Directory) -> io::Result<()> {
    let one = [
        tensor("a.weight", "F16", "[2,4]", [0, 16]),
        tensor("b.weight", "F16", "[2,4]", [16, 32]),
    ];
    let two = [tensor("c.weight", "F16", "[2,4]", [0, 16])];
    directory.write(SAFETENSORS[0], file(object(&one), 32))?;
    directory.write(SAFETENSORS[1], file(object(&two), 16))?;
    Ok(())
}

fn index(total: u64, map: &[(&str, &str)]) -> String {
    let entries: Vec<String> = map
        .iter()
        .map(|(name, file)| format!("{}:{}", quoted(name), quoted(file)))
        .collect();
    format!(
        r#"{{"metadata":{{"total_size":{total}}},"weight_map":{{{}}}}}"#,
        entries.join(",")
    )
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

const MAP: [(&str, &str); 3] = [
    ("a.weight", SAFETENSORS[0]),
    ("b.weight", SAFETENSORS[0]),
    ("c.weight", SAFETENSORS[1]),
];

/// The parts with this index beside them.
fn indexed(directory: &Directory, index: impl AsRef<[u8]>) -> io::Result<ShardedModel> {
    safetensors(directory)?;
    directory.write(INDEX, index)?;
    model(directory, &SAFETENSORS)
}

#[test]
fn a_split_gguf_is_one_model() -> io::Result<()> {
    let directory = Directory::new()?;
    write(&directory, &GGUF, &split())?;

    let records = scanned(&directory, &GGUF);
    let model = model(&directory, &GGUF)?;

    assert_eq!(names(&model), GGUF);
    assert_eq!(kinds(&model), [""; 0]);
    assert_eq!(model.format, Some("gguf"));
    assert_eq!(model.facts.architecture.as_deref(), Some("llama"));
    assert_eq!(model.facts.license.as_deref(), Some("mit"));
    assert_eq!(model.facts.parameters, Some(3 * 256 + 64));
    assert_eq!(model.facts.quantization.label.as_deref(), Some("Q4_0"));
    assert_eq!(
        model.facts.quantization.verdict,
        QuantizationVerdict::Consistent
    );
    let tensors: Vec<_> = model
        .facts
        .quantization
        .tensor_types
        .iter()
        .map(|row| (row.name.as_str(), row.tensors, row.bytes))
        .collect();
    assert_eq!(tensors, [("F32", 1, 256), ("Q4_0", 3, 432)]);
    let first = directory.join(GGUF[0]);
    assert!(
        records
            .iter()
            .all(|record| record.part_of.as_ref() == Some(&first))
    );
    let carriers = records.iter().filter(|record| record.model.is_some());
    assert_eq!(carriers.count(), 1);
    Ok(())
}

#[test]
fn each_part_of_a_model_has_its_own_digest_in_it() -> io::Result<()> {
    let directory = Directory::new()?;
    write(&directory, &GGUF, &split())?;

    let records = scanned(&directory, &GGUF);
    let model = model(&directory, &GGUF[2..])?;

    let of_records: Vec<_> = records.iter().map(|r| (r.size, Some(r.sha256))).collect();
    let of_shards: Vec<_> = model.shards.iter().map(|s| (s.size, s.sha256)).collect();
    assert_eq!(of_shards, of_records);
    Ok(())
}

#[test]
fn whichever_part_is_asked_for_the_model_is_the_same() -> io::Result<()> {
    let directory = Directory::new()?;
    write(&directory, &GGUF, &split())?;
    safetensors(&directory)?;
    directory.write(INDEX, index(48, &MAP))?;
    directory.write(
        "config.json",
        r#"{"model_type": "bert", "dtype": "float16"}"#,
    )?;

    for all in [GGUF.as_slice(), SAFETENSORS.as_slice()] {
        let whole = model(&directory, all)?;
        for one in all {
            assert_eq!(model(&directory, &[one])?, whole, "{one}");
        }
    }
    Ok(())
}

#[test]
fn a_missing_part_is_named() -> io::Result<()> {
    let directory = Directory::new()?;
    let [one, _, three] = split();
    write(&directory, &[GGUF[0], GGUF[2]], &[one, three])?;

    let model = model(&directory, &[GGUF[0]])?;

    assert_eq!(
        found(&model),
        [(AnomalyRule::IncompleteShards, "missing-part", String::new())]
    );
    let messages: Vec<_> = model
        .facts
        .anomalies
        .iter()
        .map(|a| a.message.as_str())
        .collect();
    assert_eq!(
        messages,
        ["1 of 3 parts not found, the first is m-00002-of-00003.gguf"]
    );
    Ok(())
}

#[test]
fn a_part_beyond_the_last_is_no_part() -> io::Result<()> {
    let directory = Directory::new()?;
    write(&directory, &GGUF, &split())?;
    directory.write("m-00004-of-00003.gguf", part(3, 3, 4).bytes())?;

    assert_eq!(
        found(&model(&directory, &GGUF)?),
        [(
            AnomalyRule::IncompleteShards,
            "part-number",
            "m-00004-of-00003.gguf".to_owned()
        )]
    );
    Ok(())
}

#[test]
fn two_parts_of_one_number_are_reported() -> io::Result<()> {
    let directory = Directory::new()?;
    let again = part(1, 3, 4).tensor("blk.1.attn_q.weight", &[64, 4], Q4_0, 144);

    let model = split_with(&directory, 2, again)?;

    assert_eq!(
        found(&model),
        [(
            AnomalyRule::IncompleteShards,
            "duplicate-part",
            GGUF[2].to_owned()
        )]
    );
    Ok(())
}

#[test]
fn a_part_of_another_count_is_reported() -> io::Result<()> {
    let directory = Directory::new()?;
    let other = part(2, 4, 4).tensor("blk.1.attn_q.weight", &[64, 4], Q4_0, 144);

    assert_eq!(
        found(&split_with(&directory, 2, other)?),
        [(
            AnomalyRule::IncompleteShards,
            "part-count",
            GGUF[2].to_owned()
        )]
    );
    Ok(())
}

#[test]
fn a_name_that_the_keys_do_not_call_for_is_reported() -> io::Result<()> {
    let directory = Directory::new()?;
    let [one, two, three] = split();
    write(&directory, &GGUF, &[one, three, two])?;

    assert_eq!(
        found(&model(&directory, &GGUF)?),
        [
            (
                AnomalyRule::IncompleteShards,
                "part-name",
                GGUF[1].to_owned()
            ),
            (
                AnomalyRule::IncompleteShards,
                "part-name",
                GGUF[2].to_owned()
            ),
        ]
    );
    Ok(())
}

#[test]
fn a_part_whose_name_has_no_number_is_reported() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write(
        "second.gguf",
        part(1, 3, 4).tensor("a", &[32], F32, 128).bytes(),
    )?;

    let records = scanned(&directory, &["second.gguf"]);

    let kinds: Vec<_> = records
        .iter()
        .flat_map(|record| &record.facts.anomalies)
        .map(|anomaly| (anomaly.rule, anomaly.kind))
        .collect();
    assert_eq!(kinds, [(AnomalyRule::IncompleteShards, "part-name")]);
    Ok(())
}

#[test]
fn a_numbered_gguf_without_split_keys_is_reported() -> io::Result<()> {
    let directory = Directory::new()?;
    let other = Gguf::llama().tensor("blk.1.attn_q.weight", &[64, 4], Q4_0, 144);

    assert_eq!(
        found(&split_with(&directory, 2, other)?),
        [(
            AnomalyRule::IncompleteShards,
            "missing-split-keys",
            GGUF[2].to_owned()
        )]
    );
    Ok(())
}

#[test]
fn one_part_of_one_is_whole() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m-00001-of-00001.gguf", Gguf::valid().bytes())?;
    directory.write("n-00001-of-00001.gguf", first(1, 1).bytes())?;

    assert_eq!(
        kinds(&model(&directory, &["m-00001-of-00001.gguf"])?),
        [""; 0]
    );
    assert_eq!(
        kinds(&model(&directory, &["n-00001-of-00001.gguf"])?),
        [""; 0]
    );
    Ok(())
}

#[test]
fn a_part_of_another_model_is_foreign() -> io::Result<()> {
    let directory = Directory::new()?;
    let other = keys(Gguf::empty().pair("general.architecture", "bert"), 2, 3, 4);
    let other = other.tensor("blk.1.attn_q.weight", &[64, 4], Q4_0, 144);

    assert_eq!(
        found(&split_with(&directory, 2, other)?),
        [(
            AnomalyRule::IncompleteShards,
            "foreign-part",
            GGUF[2].to_owned()
        )]
    );
    Ok(())
}

#[test]
fn a_part_of_another_format_is_foreign() -> io::Result<()> {
    let directory = Directory::new()?;
    write(&directory, &GGUF, &split())?;
    directory.write(GGUF[2], "no model at all")?;

    let model = model(&directory, &GGUF)?;

    assert_eq!(
        found(&model),
        [(
            AnomalyRule::IncompleteShards,
            "foreign-part",
            GGUF[2].to_owned()
        )]
    );
    assert_eq!(model.facts.parameters, None);
    Ok(())
}

#[test]
fn a_tensor_in_two_parts_is_reported() -> io::Result<()> {
    let directory = Directory::new()?;
    let again = part(2, 3, 4).tensor("blk.0.attn_q.weight", &[64, 4], Q4_0, 144);

    assert_eq!(
        found(&split_with(&directory, 2, again)?),
        [(
            AnomalyRule::IncompleteShards,
            "duplicate-tensor",
            format!("{}: blk.0.attn_q.weight", GGUF[2])
        )]
    );
    Ok(())
}

#[test]
fn another_number_of_tensors_than_stated_is_reported() -> io::Result<()> {
    let directory = Directory::new()?;

    assert_eq!(
        found(&split_with(&directory, 2, part(2, 3, 4))?),
        [(
            AnomalyRule::IncompleteShards,
            "tensor-count",
            GGUF[0].to_owned()
        )]
    );
    Ok(())
}

#[test]
fn what_is_wrong_with_one_part_is_wrong_with_the_model() -> io::Result<()> {
    let directory = Directory::new()?;
    write(&directory, &GGUF, &split())?;
    let [_, two, _] = split();
    let mut bytes = two.bytes();
    bytes.extend([0; 64]);
    directory.write(GGUF[1], bytes)?;

    assert_eq!(
        found(&model(&directory, &GGUF[..1])?),
        [(
            AnomalyRule::TrailingData,
            "trailing-bytes",
            GGUF[1].to_owned()
        )]
    );
    Ok(())
}

#[test]
fn an_indexed_model_is_whole() -> io::Result<()> {
    let directory = Directory::new()?;

    let model = indexed(&directory, index(48, &MAP))?;

    assert_eq!(kinds(&model), [""; 0]);
    assert_eq!(names(&model), SAFETENSORS);
    assert_eq!(model.facts.parameters, Some(24));
    let companions: Vec<_> = model.companions.iter().map(|c| c.path.clone()).collect();
    assert_eq!(companions, [directory.join(INDEX)]);
    Ok(())
}

#[test]
fn parts_of_any_name_are_one_model_by_their_index() -> io::Result<()> {
    let directory = Directory::new()?;
    let one = file(object(&[tensor("a", "F16", "[2,4]", [0, 16])]), 16);
    let two = file(object(&[tensor("b", "F16", "[2,4]", [0, 16])]), 16);
    directory.write("text.safetensors", one)?;
    directory.write("audio.safetensors", two)?;
    let map = [("a", "text.safetensors"), ("b", "audio.safetensors")];
    directory.write(INDEX, index(32, &map))?;

    let model = model(&directory, &["text.safetensors"])?;

    assert_eq!(names(&model), ["audio.safetensors", "text.safetensors"]);
    assert_eq!(kinds(&model), [""; 0]);
    Ok(())
}

#[test]
fn tensors_that_are_not_where_the_index_says_are_reported() -> io::Result<()> {
    let directory = Directory::new()?;
    let map = [
        ("a.weight", SAFETENSORS[1]),
        ("c.weight", SAFETENSORS[1]),
        ("d.weight", SAFETENSORS[1]),
    ];

    let model = indexed(&directory, index(48, &map))?;

    let shards = AnomalyRule::IncompleteShards;
    assert_eq!(
        found(&model),
        [
            (
                shards,
                "misplaced-tensor",
                format!("{}: a.weight", SAFETENSORS[0])
            ),
            (
                shards,
                "unmapped-tensor",
                format!("{}: b.weight", SAFETENSORS[0])
            ),
            (
                shards,
                "missing-tensor",
                format!("{}: d.weight", SAFETENSORS[1])
            ),
        ]
    );
    Ok(())
}

#[test]
fn a_file_that_only_the_index_knows_is_missing() -> io::Result<()> {
    let directory = Directory::new()?;
    let map = [MAP[0], MAP[1], MAP[2], ("d.weight", "extra.safetensors")];

    assert_eq!(
        found(&indexed(&directory, index(48, &map))?),
        [(
            AnomalyRule::IncompleteShards,
            "missing-file",
            INDEX.to_owned()
        )]
    );
    Ok(())
}

#[test]
fn an_index_whose_parts_are_all_gone_is_stale_beside_what_is_loaded_instead() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("model.safetensors", safetensors_writer::valid())?;
    directory.write("other.safetensors", safetensors_writer::valid())?;
    let gone = "model-00001-of-00001.safetensors";
    directory.write("model.safetensors.index.json", index(8, &[("w", gone)]))?;
    directory.write(
        "pytorch_model.bin.index.json",
        index(8, &[("w", "gone.bin")]),
    )?;

    let files = scanned(&directory, &["model.safetensors", "other.safetensors"]);
    let said: Vec<Vec<&str>> = files
        .iter()
        .map(|file| {
            file.facts
                .anomalies
                .iter()
                .map(|found| found.kind)
                .collect()
        })
        .collect();
    assert_eq!(said, [vec!["no-parts"], vec![]]);
    let rules = files.iter().flat_map(|file| &file.facts.anomalies);
    assert!(
        rules
            .into_iter()
            .all(|found| found.rule == AnomalyRule::StaleIndex)
    );
    Ok(())
}

#[test]
fn parts_of_flax_are_those_that_the_index_names() -> io::Result<()> {
    let directory = Directory::new()?;
    let names = [
        "flax_model-00001-of-00002.msgpack",
        "flax_model-00002-of-00002.msgpack",
    ];
    directory.write(names[0], flax_writer::pack(&flax_writer::rich()))?;
    directory.write(
        "flax_model.msgpack.index.json",
        index(8, &[("a/kernel", names[0]), ("b/kernel", names[1])]),
    )?;

    let model = model(&directory, &names[..1])?;
    assert_eq!(kinds(&model), ["missing-file"]);
    Ok(())
}

#[test]
fn a_numbered_part_that_is_missing_is_reported_once() -> io::Result<()> {
    let directory = Directory::new()?;
    safetensors(&directory)?;
    std::fs::remove_file(directory.join(SAFETENSORS[1]))?;
    directory.write(INDEX, index(48, &MAP))?;

    assert_eq!(
        kinds(&model(&directory, &SAFETENSORS[..1])?),
        ["missing-part"]
    );
    Ok(())
}

#[test]
fn a_name_that_leads_out_of_the_directory_is_never_opened() -> io::Result<()> {
    let directory = Directory::new()?;
    safetensors(&Directory::new()?)?;
    let map = [
        MAP[0],
        MAP[1],
        MAP[2],
        ("d.weight", "../outside.safetensors"),
    ];

    let model = indexed(&directory, index(48, &map))?;

    assert_eq!(names(&model), SAFETENSORS);
    assert_eq!(
        found(&model),
        [
            (
                AnomalyRule::IncompleteShards,
                "index-name",
                format!("{INDEX}: weight_map")
            ),
            (
                AnomalyRule::ExternalDataEscape,
                "index-path",
                format!("{INDEX}: weight_map")
            ),
        ]
    );
    Ok(())
}

#[test]
fn an_index_that_cannot_be_read_is_said_of_the_model() -> io::Result<()> {
    let directory = Directory::new()?;

    assert_eq!(
        found(&indexed(&directory, "{")?),
        [(
            AnomalyRule::IncompleteShards,
            "broken-index",
            INDEX.to_owned()
        )]
    );
    std::fs::remove_file(directory.join(INDEX))?;
    std::fs::create_dir(directory.join(INDEX))?;
    assert_eq!(
        found(&model(&directory, &SAFETENSORS)?),
        [(
            AnomalyRule::NotExamined,
            "not-a-regular-file",
            INDEX.to_owned()
        )]
    );
    Ok(())
}

#[test]
fn a_total_that_tied_weights_explain_is_no_finding() -> io::Result<()> {
    let directory = Directory::new()?;

    for total in [48, 48 + 16, 48 + 48] {
        assert_eq!(kinds(&indexed(&directory, index(total, &MAP))?), [""; 0]);
    }
    for total in [0, 47, 49, 48 + 64] {
        assert_eq!(
            found(&indexed(&directory, index(total, &MAP))?),
            [(AnomalyRule::StaleIndex, "total-size", INDEX.to_owned())]
        );
    }
    Ok(())
}

#[test]
fn a_part_that_cannot_be_read_is_not_examined() -> io::Result<()> {
    let directory = Directory::new()?;
    write(&directory, &GGUF, &split())?;
    std::fs::remove_file(directory.join(GGUF[1]))?;
    std::fs::create_dir(directory.join(GGUF[1]))?;

    let model = model(&directory, &[GGUF[0]])?;

    let reasons: Vec<_> = model
        .shards
        .iter()
        .map(|shard| shard.not_examined.as_ref().map(|problem| problem.kind))
        .collect();
    assert_eq!(reasons, [None, Some("not-a-regular-file"), None]);
    assert_eq!(model.facts.parameters, None);
    assert_eq!(kinds(&model), [""; 0]);
    Ok(())
}

#[test]
fn pointers_are_parts_too() -> io::Result<()> {
    let directory = Directory::new()?;
    safetensors(&directory)?;
    let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 7\n");
    directory.write(SAFETENSORS[1], pointer)?;
    directory.write(INDEX, index(48, &MAP))?;

    let model = model(&directory, &[SAFETENSORS[0]])?;

    let sizes: Vec<_> = model
        .shards
        .iter()
        .map(|shard| shard.pointer.as_ref().map(|pointer| pointer.size))
        .collect();
    assert_eq!(sizes, [None, Some(7)]);
    assert_eq!((model.facts.parameters, kinds(&model)), (None, vec![]));
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_sibling_out_of_the_root_is_not_followed() -> io::Result<()> {
    let outside = Directory::new()?;
    let [one, two, three] = split();
    let target = outside.write("blob", two.bytes())?;
    let directory = Directory::new()?;
    write(&directory, &[GGUF[0], GGUF[2]], &[one, three])?;
    directory.link(GGUF[1], target)?;

    let model = model(&directory, &[GGUF[2]])?;

    let reasons: Vec<_> = model
        .shards
        .iter()
        .map(|shard| shard.not_examined.as_ref().map(|problem| problem.kind))
        .collect();
    assert_eq!(reasons, [None, Some("symlink-escape"), None]);
    Ok(())
}

#[test]
fn a_part_that_is_asked_for_twice_has_two_records_and_one_model() -> io::Result<()> {
    let directory = Directory::new()?;
    write(&directory, &GGUF, &split())?;
    directory.write("other.gguf", Gguf::valid().bytes())?;

    let records = scanned(&directory, &[GGUF[1], "other.gguf", GGUF[1]]);

    let paths: Vec<_> = records.iter().map(|record| record.path.clone()).collect();
    assert_eq!(
        paths,
        [GGUF[1], "other.gguf", GGUF[1]].map(|name| directory.join(name))
    );
    let carriers: Vec<_> = records
        .iter()
        .map(|record| record.model.is_some())
        .collect();
    assert_eq!(carriers, [true, false, false]);
    Ok(())
}

#[test]
fn more_parts_than_are_examined_is_said() -> io::Result<()> {
    let directory = Directory::new()?;
    for number in 1..=1026 {
        directory.write(
            &format!("m-{number}-of-1026.safetensors"),
            safetensors_writer::valid(),
        )?;
    }

    let model = model(&directory, &["m-1026-of-1026.safetensors"])?;

    assert_eq!(model.shards.len(), 1025);
    assert!(kinds(&model).contains(&"limit-parts"));
    Ok(())
}

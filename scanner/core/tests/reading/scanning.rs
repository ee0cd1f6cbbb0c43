//! Files in, records out.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use lbom_scanner::record::{AnomalyRule, Fingerprint, Record};
use lbom_scanner::scan::{Options, scan};

use crate::directory::Directory;
use crate::gguf_writer::Gguf;
use crate::onnx_writer::{external, graph, model};
use crate::safetensors_writer;

fn records(directory: &Directory, paths: &[PathBuf]) -> Vec<Record> {
    let options = Options {
        root: directory.path().into(),
        jobs: 2,
    };
    scan(paths, &options, &|| false)
}

/// The fingerprint of one file in the directory.
fn fingerprint(directory: &Directory, name: &str) -> Option<Fingerprint> {
    match records(directory, &[directory.join(name)]).pop() {
        Some(Record::Fingerprint(fingerprint)) => Some(*fingerprint),
        _ => None,
    }
}

fn anomalies(fingerprint: &Fingerprint) -> Vec<(AnomalyRule, &'static str)> {
    fingerprint
        .facts
        .anomalies
        .iter()
        .map(|anomaly| (anomaly.rule, anomaly.kind))
        .collect()
}

fn kinds_not_examined(records: &[Record]) -> Vec<&'static str> {
    records
        .iter()
        .map(|record| match record {
            Record::NotExamined(record) => record.kind,
            Record::Fingerprint(_) => "fingerprint",
        })
        .collect()
}

#[test]
fn a_model_is_fingerprinted() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m.gguf", Gguf::llama().header())?;

    let found = fingerprint(&directory, "m.gguf").ok_or(io::ErrorKind::Other)?;

    assert_eq!(found.path, directory.join("m.gguf"));
    assert_eq!(found.size, 69);
    assert_eq!(
        found.sha256.hex(),
        "cf76e0dbe671a1e63b53fdb51dd86a92600a0dd794aa05fbc2905cedaf3f41a1"
    );
    assert_eq!(found.format, Some("gguf"));
    assert_eq!(found.format_version.as_deref(), Some("3"));
    assert_eq!(found.name_agrees, Some(true));
    assert_eq!(found.facts.architecture.as_deref(), Some("llama"));
    assert_eq!(anomalies(&found), []);
    Ok(())
}

#[test]
fn records_come_in_the_order_of_the_paths() -> io::Result<()> {
    let directory = Directory::new()?;
    let mut paths = Vec::new();
    for index in 0..40_usize {
        let bytes = vec![b'x'; (index * 7919) % 1000];
        paths.push(directory.write(&format!("{index}.gguf"), bytes)?);
    }

    let found: Vec<_> = records(&directory, &paths)
        .into_iter()
        .map(|record| match record {
            Record::Fingerprint(found) => (found.path, found.size),
            Record::NotExamined(found) => (found.path, u64::MAX),
        })
        .collect();

    let expected: Vec<_> = paths
        .into_iter()
        .enumerate()
        .map(|(index, path)| (path, u64::try_from(index * 7919 % 1000).unwrap_or(0)))
        .collect();
    assert_eq!(found, expected);
    Ok(())
}

#[test]
fn one_bad_file_does_not_end_the_run() -> io::Result<()> {
    let directory = Directory::new()?;
    let good = directory.write("m.gguf", Gguf::valid().bytes())?;
    let paths = [directory.join("gone.gguf"), directory.path().into(), good];

    let found = records(&directory, &paths);

    assert_eq!(
        kinds_not_examined(&found),
        ["vanished", "not-a-regular-file", "fingerprint"]
    );
    Ok(())
}

#[test]
fn an_empty_model_is_truncated() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m.gguf", "")?;
    directory.write("empty.txt", "")?;

    let model = fingerprint(&directory, "m.gguf").ok_or(io::ErrorKind::Other)?;
    let other = fingerprint(&directory, "empty.txt").ok_or(io::ErrorKind::Other)?;

    assert_eq!((model.size, model.format), (0, None));
    assert_eq!(
        anomalies(&model),
        [(AnomalyRule::TruncatedFile, "empty-file")]
    );
    assert_eq!(anomalies(&other), []);
    assert_eq!(
        model.sha256.hex(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    Ok(())
}

#[test]
fn a_pickle_named_like_another_model_is_said_to_be_one() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m.gguf", b"\x80\x04K\x01.")?;

    let found = fingerprint(&directory, "m.gguf").ok_or(io::ErrorKind::Other)?;

    assert_eq!(
        (found.format, found.name_agrees),
        (Some("pickle"), Some(false))
    );
    assert_eq!(anomalies(&found), []);
    Ok(())
}

#[test]
fn unknown_content_has_no_format() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m.gguf", "anything")?;

    let found = fingerprint(&directory, "m.gguf").ok_or(io::ErrorKind::Other)?;

    assert_eq!((found.format, found.name_agrees), (None, None));
    assert_eq!(anomalies(&found), []);
    Ok(())
}

#[test]
fn a_pointer_says_what_it_stands_for() -> io::Result<()> {
    let directory = Directory::new()?;
    let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n");
    directory.write("m.gguf", pointer)?;

    let found = fingerprint(&directory, "m.gguf").ok_or(io::ErrorKind::Other)?;

    assert_eq!(
        (found.format, found.name_agrees),
        (Some("git-lfs-pointer"), None)
    );
    let pointer = found
        .pointer
        .map(|pointer| (pointer.oid.hex(), pointer.size));
    assert_eq!(pointer, Some((oid.to_owned(), 12345)));
    Ok(())
}

#[test]
fn a_config_beside_safetensors_is_a_companion() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m/model.safetensors", safetensors_writer::valid())?;
    directory.write(
        "m/config.json",
        r#"{"architectures": ["LlamaForCausalLM"]}"#,
    )?;

    let found = fingerprint(&directory, "m/model.safetensors").ok_or(io::ErrorKind::Other)?;

    assert_eq!(
        found.facts.architecture.as_deref(),
        Some("LlamaForCausalLM")
    );
    let companions: Vec<_> = found
        .companions
        .iter()
        .map(|c| (c.path.clone(), c.size, c.sha256.hex()))
        .collect();
    assert_eq!(
        companions,
        [(
            directory.join("m/config.json"),
            39,
            "68400e68ae0a8da6ff804e7f65472d9b93cbcc0b7b5f8932e97149504780ba3b".to_owned()
        )]
    );
    Ok(())
}

#[test]
fn a_config_that_cannot_be_read_is_said() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m/model.safetensors", safetensors_writer::valid())?;
    fs::create_dir(directory.join("m/config.json"))?;
    directory.write("long/model.safetensors", safetensors_writer::valid())?;
    directory.write("long/config.json", vec![b' '; (4 << 20) + 1])?;
    directory.write("broken/model.safetensors", safetensors_writer::valid())?;
    directory.write("broken/config.json", "{")?;

    let anomalies_of = |name| fingerprint(&directory, name).map(|found| anomalies(&found));

    assert_eq!(
        anomalies_of("m/model.safetensors"),
        Some(vec![(AnomalyRule::NotExamined, "not-a-regular-file")])
    );
    assert_eq!(
        anomalies_of("long/model.safetensors"),
        Some(vec![(AnomalyRule::NotExamined, "limit-companion")])
    );
    assert_eq!(
        anomalies_of("broken/model.safetensors"),
        Some(vec![(AnomalyRule::MalformedHeader, "broken-json")])
    );
    Ok(())
}

#[test]
fn a_file_that_grows_while_it_is_read_is_not_examined() -> io::Result<()> {
    let directory = Directory::new()?;
    let path = directory.write("m.gguf", Gguf::valid().bytes())?;
    let asked = AtomicU32::new(0);
    // The first question comes before the file is opened, the next ones while it is digested.
    let cancelled = || {
        if asked.fetch_add(1, Ordering::Relaxed) == 1 {
            let grown = fs::OpenOptions::new().append(true).open(&path);
            let _ = grown.and_then(|mut file| file.write_all(b"more"));
        }
        false
    };
    let options = Options {
        root: directory.path().into(),
        jobs: 1,
    };

    let found = scan(std::slice::from_ref(&path), &options, &cancelled);

    assert_eq!(kinds_not_examined(&found), ["changed-while-read"]);
    Ok(())
}

#[test]
fn a_file_rewritten_in_place_while_it_is_read_is_not_examined() -> io::Result<()> {
    let directory = Directory::new()?;
    let path = directory.write("m.gguf", Gguf::valid().bytes())?;
    let asked = AtomicU32::new(0);
    let cancelled = || {
        if asked.fetch_add(1, Ordering::Relaxed) == 1 {
            let same_size = vec![0; Gguf::valid().bytes().len()];
            let file = fs::OpenOptions::new().write(true).open(&path);
            let _ = file.and_then(|mut file| file.write_all(&same_size));
        }
        false
    };
    let options = Options {
        root: directory.path().into(),
        jobs: 1,
    };

    let found = scan(std::slice::from_ref(&path), &options, &cancelled);

    assert_eq!(kinds_not_examined(&found), ["changed-while-read"]);
    Ok(())
}

#[test]
fn a_cancelled_scan_examines_nothing() -> io::Result<()> {
    let directory = Directory::new()?;
    let path = directory.write("m.gguf", Gguf::valid().bytes())?;
    let options = Options {
        root: directory.path().into(),
        jobs: 0,
    };

    let found = scan(&[path.clone(), path], &options, &|| true);

    assert_eq!(kinds_not_examined(&found), ["cancelled", "cancelled"]);
    Ok(())
}

#[cfg(unix)]
#[test]
fn nothing_waits_for_a_fifo() -> io::Result<()> {
    let directory = Directory::new()?;
    let fifo = directory.join("x.gguf");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()?
            .success()
    );

    let found = records(&directory, &[fifo]);

    assert_eq!(kinds_not_examined(&found), ["not-a-regular-file"]);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_link_to_a_model_is_read_and_a_config_out_of_the_root_is_not() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("root/blobs/weights", safetensors_writer::valid())?;
    directory.write("outside/config.json", r#"{"model_type": "llama"}"#)?;
    directory.link("root/m/model.safetensors", "../blobs/weights")?;
    directory.link("root/m/config.json", "../../outside/config.json")?;
    let options = Options {
        root: directory.join("root"),
        jobs: 1,
    };

    let found = scan(
        &[directory.join("root/m/model.safetensors")],
        &options,
        &|| false,
    );

    let [Record::Fingerprint(found)] = found.as_slice() else {
        unreachable!("one fingerprint: {found:?}")
    };
    assert_eq!(found.format, Some("safetensors"));
    assert_eq!(found.facts.architecture, None);
    assert_eq!(
        anomalies(found),
        [(AnomalyRule::NotExamined, "symlink-escape")]
    );
    Ok(())
}

/// An ONNX model whose tensor of 16 bytes lies at a location.
fn onnx_at(location: &str) -> Vec<u8> {
    model(graph(vec![external("t", 4, &[("location", location)])])).finish()
}

fn companions(fingerprint: &Fingerprint) -> Vec<(PathBuf, u64, String)> {
    fingerprint
        .companions
        .iter()
        .map(|c| (c.path.clone(), c.size, c.sha256.hex()))
        .collect()
}

#[test]
fn external_data_belong_to_the_model_with_their_digest() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m/model.onnx", onnx_at("data/w.bin"))?;
    directory.write("m/data/w.bin", [0; 16])?;

    let found = fingerprint(&directory, "m/model.onnx").ok_or(io::ErrorKind::Other)?;

    assert_eq!(anomalies(&found), []);
    assert_eq!(
        companions(&found),
        [(
            directory.join("m/data/w.bin"),
            16,
            "374708fff7719dd5979ec875d56cd2286f6d3cf7ec317a3b25632aab28ec37bb".to_owned()
        )]
    );
    Ok(())
}

#[test]
fn more_files_of_external_data_than_are_open_at_a_time_are_all_digested() -> io::Result<()> {
    let directory = Directory::new()?;
    let names: Vec<String> = (0..40).map(|index| format!("w{index:02}.bin")).collect();
    let tensors = names
        .iter()
        .map(|name| external("t", 4, &[("location", name)]));
    let nodes = tensors.map(|tensor| {
        let body = crate::protobuf_writer::Message::new().message(5, tensor);
        crate::onnx_writer::node("", "If", &[], &[])
            .message(5, crate::onnx_writer::attribute("then_branch", 6, body))
    });
    let graph = nodes.fold(graph(Vec::new()), |graph, node| graph.message(1, node));
    directory.write("model.onnx", model(graph).finish())?;
    for name in &names {
        directory.write(name, [0; 16])?;
    }

    let found = fingerprint(&directory, "model.onnx").ok_or(io::ErrorKind::Other)?;

    assert_eq!(anomalies(&found), []);
    let found: Vec<_> = found.companions.iter().map(|c| c.path.clone()).collect();
    let expected: Vec<_> = names.iter().map(|name| directory.join(name)).collect();
    assert_eq!(found, expected);
    Ok(())
}

#[test]
fn external_data_that_are_missing_short_or_not_fetched_are_said() -> io::Result<()> {
    let directory = Directory::new()?;
    let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    directory.write("missing.onnx", onnx_at("nothing.bin"))?;
    directory.write("short.onnx", onnx_at("short.bin"))?;
    directory.write("short.bin", [0; 15])?;
    let large = external("t", 1 << 30, &[("location", "pointer.bin")]);
    directory.write("pointer.onnx", model(graph(vec![large])).finish())?;
    directory.write(
        "pointer.bin",
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n"),
    )?;
    directory.write("directory.onnx", onnx_at("directory"))?;
    fs::create_dir(directory.join("directory"))?;

    let of = |name| fingerprint(&directory, name).map(|found| anomalies(&found));

    assert_eq!(
        of("missing.onnx"),
        Some(vec![(
            AnomalyRule::IncompleteShards,
            "missing-external-data"
        )])
    );
    assert_eq!(
        of("short.onnx"),
        Some(vec![(
            AnomalyRule::TruncatedFile,
            "external-data-too-short"
        )])
    );
    assert_eq!(
        of("pointer.onnx"),
        Some(vec![(AnomalyRule::NotExamined, "external-data-pointer")])
    );
    assert_eq!(
        of("directory.onnx"),
        Some(vec![(AnomalyRule::NotExamined, "not-a-regular-file")])
    );
    Ok(())
}

#[cfg(unix)]
#[test]
fn external_data_behind_links_that_lead_out_are_an_escape() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("secret.bin", [0; 16])?;
    directory.link("m/out.bin", "../secret.bin")?;
    directory.link("m/up", "..")?;
    directory.write("m/first.bin", [0; 16])?;
    fs::hard_link(
        directory.join("m/first.bin"),
        directory.join("m/second.bin"),
    )?;
    directory.write("m/plain.bin", [0; 16])?;
    directory.link("m/in.bin", "plain.bin")?;
    for (location, expected) in [
        (
            "out.bin",
            vec![(AnomalyRule::ExternalDataEscape, "link-out-of-directory")],
        ),
        (
            "up/secret.bin",
            vec![(AnomalyRule::ExternalDataEscape, "link-out-of-directory")],
        ),
        (
            "second.bin",
            vec![(AnomalyRule::ExternalDataEscape, "hard-link")],
        ),
        ("in.bin", vec![]),
    ] {
        directory.write("m/model.onnx", onnx_at(location))?;

        let found = fingerprint(&directory, "m/model.onnx").ok_or(io::ErrorKind::Other)?;

        assert_eq!(anomalies(&found), expected, "{location}");
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_cache_of_links_holds_models_with_external_data() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("blobs/aaaa", onnx_at("model.onnx_data"))?;
    directory.write("blobs/bbbb", [0; 16])?;
    directory.link("snapshots/1/model.onnx", "../../blobs/aaaa")?;
    directory.link("snapshots/1/model.onnx_data", "../../blobs/bbbb")?;

    let found = fingerprint(&directory, "snapshots/1/model.onnx").ok_or(io::ErrorKind::Other)?;

    assert_eq!(anomalies(&found), []);
    let paths: Vec<_> = found.companions.iter().map(|c| c.path.clone()).collect();
    assert_eq!(paths, [directory.join("snapshots/1/model.onnx_data")]);
    Ok(())
}

#[test]
fn a_saved_model_has_its_variables_with_it() -> io::Result<()> {
    let directory = Directory::new()?;
    let model = crate::tensorflow_writer::rich().finish();
    directory.write("m/saved_model.pb", &model)?;
    directory.write("m/fingerprint.pb", "x")?;
    directory.write("m/assets/words.txt", "a")?;
    directory.write("m/variables/variables.index", "i")?;
    directory.write("m/variables/variables.data-00000-of-00002", "0")?;

    let found = fingerprint(&directory, "m/saved_model.pb").ok_or(io::ErrorKind::Other)?;

    assert_eq!(found.format, Some("tf-saved-model"));
    let names: Vec<_> = found
        .companions
        .iter()
        .filter_map(|c| c.path.strip_prefix(directory.join("m")).ok()?.to_str())
        .collect();
    assert_eq!(
        names,
        [
            "assets/words.txt",
            "variables/variables.index",
            "fingerprint.pb",
            "variables/variables.data-00000-of-00002",
        ]
    );
    assert_eq!(
        anomalies(&found),
        [(AnomalyRule::IncompleteShards, "missing-external-data")]
    );
    Ok(())
}

#[test]
fn a_core_ml_package_is_held_against_its_manifest() -> io::Result<()> {
    let directory = Directory::new()?;
    let home = "m.mlpackage/Data/com.apple.CoreML";
    let model = crate::coreml_writer::rich_program().finish();
    directory.write(&format!("{home}/model.mlmodel"), model)?;
    directory.write(&format!("{home}/weights/weight.bin"), vec![0; 2048])?;
    let scan = || fingerprint(&directory, &format!("{home}/model.mlmodel"));

    let without = scan().ok_or(io::ErrorKind::Other)?;
    directory.write(
        "m.mlpackage/Manifest.json",
        r#"{"itemInfoEntries": {"A": {"path": "../../secret"}}, "rootModelIdentifier": "A"}"#,
    )?;
    let with = scan().ok_or(io::ErrorKind::Other)?;

    assert_eq!(
        anomalies(&without),
        [(AnomalyRule::IncompleteShards, "missing-external-data")]
    );
    assert_eq!(
        anomalies(&with),
        [(AnomalyRule::ExternalDataEscape, "parent-in-location")]
    );
    let paths: Vec<_> = with.companions.iter().map(|c| c.path.clone()).collect();
    assert_eq!(
        paths,
        [
            directory.join("m.mlpackage/Manifest.json"),
            directory.join(&format!("{home}/weights/weight.bin")),
        ]
    );
    Ok(())
}

#[test]
fn a_name_that_says_another_kind_than_the_content_deceives() -> io::Result<()> {
    let directory = Directory::new()?;
    let projector = Gguf::empty().pair("general.architecture", "clip");
    directory.write("mmproj-m-F16.gguf", projector.bytes())?;
    directory.write("m-v1.0-LoRA.gguf", Gguf::valid().bytes())?;
    directory.write("m-v1.0-vocab.gguf", Gguf::valid().bytes())?;

    let found = |name| fingerprint(&directory, name).map(|found| anomalies(&found));

    assert_eq!(found("mmproj-m-F16.gguf"), Some(vec![]));
    let deceptive = (AnomalyRule::DeceptiveName, "name-kind");
    assert_eq!(found("m-v1.0-LoRA.gguf"), Some(vec![deceptive]));
    assert_eq!(found("m-v1.0-vocab.gguf"), Some(vec![deceptive]));
    Ok(())
}

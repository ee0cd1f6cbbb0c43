//! Files in, records out.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use lbom_scanner::record::{AnomalyRule, Fingerprint, Record};
use lbom_scanner::scan::{Options, scan};

use crate::directory::Directory;
use crate::gguf_writer::Gguf;
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

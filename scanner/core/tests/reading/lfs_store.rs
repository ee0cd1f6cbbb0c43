//! Pointers whose content is in the store of their repository.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lbom_scanner::discovery::{Found, Named, discover};
use lbom_scanner::record::{AnomalyRule, Fingerprint, Record, Sha256};
use lbom_scanner::scan::{Options, scan};

use crate::directory::Directory;
use crate::gguf_writer::Gguf;
use crate::onnx_writer::{external, graph, model};
use crate::safetensors_writer;

const STORE: &str = ".git/lfs";

fn sha256(bytes: &[u8]) -> Sha256 {
    let digest = lbom_digest::digest_all(vec![bytes], &|| false).pop();
    Sha256(digest.map_or([0; 32], |digest| {
        digest.map_or([0; 32], |digest| digest.sha256)
    }))
}

fn pointer(oid: Sha256, size: usize) -> String {
    format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {size}\n",
        oid.hex()
    )
}

fn object(store: &str, oid: Sha256) -> String {
    let name = oid.hex();
    format!("{store}/objects/{}/{}/{name}", &name[..2], &name[2..4])
}

/// Writes a pointer, and under the oid in the store what it names, or something else.
fn write(directory: &Directory, name: &str, named: &[u8], stored: &[u8]) -> io::Result<PathBuf> {
    let oid = sha256(named);
    directory.write(&object(STORE, oid), stored)?;
    directory.write(name, pointer(oid, named.len()))
}

fn fingerprints(directory: &Directory, names: &[&str]) -> Vec<Fingerprint> {
    let options = Options {
        root: directory.path().into(),
        jobs: 2,
    };
    let paths: Vec<PathBuf> = names.iter().map(|name| directory.join(name)).collect();
    let records = scan(&paths, &options, &|| false).into_iter();
    let found = records.filter_map(|record| match record {
        Record::Fingerprint(found) => Some(*found),
        Record::NotExamined(_) => None,
    });
    found.collect()
}

fn fingerprint(directory: &Directory, name: &str) -> io::Result<Fingerprint> {
    let found = fingerprints(directory, &[name]).pop();
    found.ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn anomalies(found: &Fingerprint) -> Vec<(AnomalyRule, &'static str)> {
    let anomalies = found.facts.anomalies.iter();
    anomalies
        .map(|anomaly| (anomaly.rule, anomaly.kind))
        .collect()
}

fn is_followed(found: &Fingerprint) -> Option<bool> {
    found.pointer.as_ref().map(|pointer| pointer.is_followed)
}

/// What is known of a file, its path and that a pointer led to it apart.
fn known(found: Fingerprint) -> Fingerprint {
    Fingerprint {
        path: PathBuf::new(),
        pointer: None,
        ..found
    }
}

#[test]
fn what_a_pointer_leads_to_is_looked_at_like_a_file() -> io::Result<()> {
    let directory = Directory::new()?;
    let bytes = Gguf::valid().bytes();
    write(&directory, "a/m.gguf", &bytes, &bytes)?;
    directory.write("whole/m.gguf", &bytes)?;

    let found = fingerprint(&directory, "a/m.gguf")?;

    assert_eq!(is_followed(&found), Some(true));
    assert_eq!(found.path, directory.join("a/m.gguf"));
    let whole = fingerprint(&directory, "whole/m.gguf")?;
    assert_eq!((whole.format, is_followed(&whole)), (Some("gguf"), None));
    assert_eq!(known(found), known(whole));
    Ok(())
}

#[test]
fn the_suffix_that_counts_is_the_pointers() -> io::Result<()> {
    let directory = Directory::new()?;
    let bytes = Gguf::valid().bytes();
    write(&directory, "m.safetensors", &bytes, &bytes)?;

    let found = fingerprint(&directory, "m.safetensors")?;

    assert_eq!(
        (found.format, found.name_agrees),
        (Some("gguf"), Some(false))
    );
    Ok(())
}

#[test]
fn an_object_of_other_bytes_is_a_mismatch_and_looked_at() -> io::Result<()> {
    let directory = Directory::new()?;
    let bytes = Gguf::valid().bytes();
    let mut other = bytes.clone();
    let last = other.last_mut().ok_or(io::ErrorKind::Other)?;
    *last ^= 1;
    write(&directory, "m.gguf", &bytes, &other)?;

    let found = fingerprint(&directory, "m.gguf")?;

    assert_eq!(
        anomalies(&found),
        [(AnomalyRule::DigestMismatch, "lfs-object-digest-differs")]
    );
    assert_eq!((found.format, found.sha256), (Some("gguf"), sha256(&other)));
    Ok(())
}

#[test]
fn an_object_of_another_size_is_a_mismatch_and_not_looked_at() -> io::Result<()> {
    let directory = Directory::new()?;
    let bytes = Gguf::valid().bytes();
    let shorter: Vec<u8> = bytes.iter().skip(1).copied().collect();
    write(&directory, "m.gguf", &bytes, &shorter)?;

    let found = fingerprint(&directory, "m.gguf")?;

    assert_eq!(
        anomalies(&found),
        [(AnomalyRule::DigestMismatch, "lfs-object-size-differs")]
    );
    assert_eq!(
        (found.format, is_followed(&found)),
        (Some("git-lfs-pointer"), Some(false))
    );
    Ok(())
}

#[test]
fn a_pointer_without_an_object_is_one() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m.gguf", pointer(sha256(b"x"), 1))?;
    let outside = fingerprint(&directory, "m.gguf")?;
    write(&directory, "other.gguf", b"y", b"y")?;
    let inside = fingerprint(&directory, "m.gguf")?;

    assert_eq!(
        (anomalies(&outside), is_followed(&outside)),
        (vec![], Some(false))
    );
    assert_eq!(inside, outside);
    Ok(())
}

#[test]
fn a_pointer_behind_a_pointer_is_one() -> io::Result<()> {
    let directory = Directory::new()?;
    let bytes = Gguf::valid().bytes();
    let inner = write(&directory, "inner.gguf", &bytes, &bytes)?;
    let inner = fs::read(inner)?;
    write(&directory, "m.gguf", &inner, &inner)?;

    let found = fingerprint(&directory, "m.gguf")?;

    assert_eq!(found.format, Some("git-lfs-pointer"));
    assert_eq!(is_followed(&found), Some(false));
    assert_eq!(
        found.pointer.map(|pointer| pointer.oid),
        Some(sha256(&bytes))
    );
    Ok(())
}

#[test]
fn what_an_extension_would_have_to_undo_is_not_looked_at() -> io::Result<()> {
    let directory = Directory::new()?;
    let bytes = Gguf::valid().bytes();
    let path = write(&directory, "m.gguf", &bytes, &bytes)?;
    let oid = sha256(b"x").hex();
    let text = fs::read_to_string(&path)?;
    fs::write(
        path,
        text.replacen("\noid", &format!("\next-0-x sha256:{oid}\noid"), 1),
    )?;

    let found = fingerprint(&directory, "m.gguf")?;

    assert_eq!(
        anomalies(&found),
        [(AnomalyRule::NotExamined, "pointer-extension")]
    );
    Ok(())
}

#[test]
fn parts_and_data_behind_pointers_are_looked_at() -> io::Result<()> {
    let directory = Directory::new()?;
    let part = |name| {
        let tensor = safetensors_writer::tensor(name, "F32", "[2]", [0, 8]);
        safetensors_writer::file(safetensors_writer::object(&[tensor]), 8)
    };
    let names = [
        "m-00001-of-00002.safetensors",
        "m-00002-of-00002.safetensors",
    ];
    for (name, bytes) in names.iter().zip([part("a"), part("b")]) {
        write(&directory, name, &bytes, &bytes)?;
    }
    let data = external("t", 16, &[("location", "m.data")]);
    directory.write("m.onnx", model(graph(vec![data])).finish())?;
    write(&directory, "m.data", &[0; 64], &[1; 64])?;

    let found = fingerprints(&directory, &[names[0], "m.onnx"]);

    let [parts, onnx] = found.as_slice() else {
        return Err(io::ErrorKind::Other.into());
    };
    let set = parts.model.as_deref().ok_or(io::ErrorKind::Other)?;
    assert_eq!(set.facts.anomalies, []);
    assert_eq!(
        (set.format, set.facts.parameters),
        (Some("safetensors"), Some(4))
    );
    let digests: Vec<_> = set.shards.iter().map(|shard| shard.sha256).collect();
    assert_eq!(
        digests,
        [Some(sha256(&part("a"))), Some(sha256(&part("b")))]
    );
    assert_eq!(
        anomalies(onnx),
        [(AnomalyRule::DigestMismatch, "lfs-object-digest-differs")]
    );
    let data: Vec<_> = onnx.companions.iter().map(|data| data.sha256).collect();
    assert_eq!(data, [sha256(&[1; 64])]);
    Ok(())
}

#[test]
fn data_that_a_pointer_stands_for_are_missed_however_few_are_needed() -> io::Result<()> {
    let directory = Directory::new()?;
    let data = external("t", 16, &[("location", "m.data")]);
    directory.write("m.onnx", model(graph(vec![data])).finish())?;
    directory.write("m.data", pointer(sha256(b"x"), 16))?;

    let found = fingerprint(&directory, "m.onnx")?;

    assert_eq!(
        anomalies(&found),
        [(AnomalyRule::NotExamined, "external-data-pointer")]
    );
    Ok(())
}

#[test]
fn companions_behind_pointers_are_looked_at() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m.safetensors", safetensors_writer::valid())?;
    let config = br#"{"architectures": ["LlamaForCausalLM"]}"#;
    write(&directory, "config.json", config, config)?;
    let template = b"{{ messages }}";
    write(
        &directory,
        "chat_template.jinja",
        template,
        b"{{ everyone }}",
    )?;
    write(&directory, "tokenizer_config.json", b"{}", b"{ }")?;
    directory.write("modules.json", pointer(sha256(b"x"), 1))?;
    directory.write("README.md", pointer(sha256(b"x"), 1))?;

    let found = fingerprint(&directory, "m.safetensors")?;

    let architecture = found.facts.architecture.as_deref();
    assert_eq!(architecture, Some("LlamaForCausalLM"));
    let read: Vec<_> = found.companions.iter().map(|each| each.sha256).collect();
    assert_eq!(read, [sha256(config)]);
    assert_eq!(
        anomalies(&found),
        [
            (AnomalyRule::DigestMismatch, "lfs-object-digest-differs"),
            (AnomalyRule::DigestMismatch, "lfs-object-size-differs"),
            (AnomalyRule::NotExamined, "companion-pointer"),
        ]
    );
    Ok(())
}

#[test]
fn an_index_behind_a_pointer_is_looked_at() -> io::Result<()> {
    let directory = Directory::new()?;
    let part = "m-00001-of-00001.safetensors";
    directory.write(part, safetensors_writer::valid())?;
    let index = format!(r#"{{"weight_map": {{"a": "{part}"}}}}"#);
    let (named, other) = (index.as_bytes(), index.replace('a', "b"));
    for (stored, expected) in [
        (Some(named), vec![]),
        (Some(other.as_bytes()), vec!["lfs-object-digest-differs"]),
        (None, vec!["index-pointer"]),
    ] {
        let object = directory.join(&object(STORE, sha256(named)));
        match stored {
            Some(stored) => {
                write(&directory, "m.safetensors.index.json", named, stored)?;
            }
            None => fs::remove_file(object)?,
        }
        let found = fingerprint(&directory, part)?;

        let set = found.model.ok_or(io::ErrorKind::Other)?;
        let kinds: Vec<_> = set.facts.anomalies.iter().map(|each| each.kind).collect();
        assert_eq!(kinds, expected);
    }
    Ok(())
}

#[test]
fn a_search_goes_by_what_a_pointer_leads_to() -> io::Result<()> {
    let directory = Directory::new()?;
    let bytes = Gguf::valid().bytes();
    write(&directory, "notes.txt", &bytes, &bytes)?;
    write(&directory, "picture", b"no model", b"no model")?;
    directory.write("weights", pointer(sha256(b"x"), 1))?;
    write(&directory, "swapped.bin", b"no weights", b"no WEIGHTS")?;
    write(&directory, "swapped.txt", b"no other", b"no OTHER")?;

    let found = discover(
        &[directory.path().into()],
        directory.path(),
        Named::Always,
        &|| false,
    );

    let file = |name| Found::File {
        path: directory.join(name),
        is_named: false,
    };
    assert_eq!(
        found,
        [file("notes.txt"), file("swapped.bin"), file("weights")]
    );
    Ok(())
}

/// Where the object of `m.gguf` is, and whether that is found.
fn is_found(directory: &Directory, store: &str, bytes: &[u8]) -> io::Result<Option<bool>> {
    let path = directory.write(&object(store, sha256(bytes)), bytes)?;
    let found = fingerprint(directory, "tree/m.gguf")?;
    fs::remove_file(path)?;
    Ok(is_followed(&found))
}

#[test]
fn the_store_is_where_git_lfs_has_it() -> io::Result<()> {
    let bytes = Gguf::valid().bytes();
    let config = |value: &str| format!("[core]\nbare = false\n[lfs]\nstorage = {value}\n");
    let apart = Directory::new()?;
    let elsewhere = format!("{}/away", apart.path().display());
    for (files, store) in [
        // A repository, a submodule, a further working tree.
        (vec![("tree/.git/HEAD", String::new())], "tree/.git/lfs"),
        (
            vec![("tree/.git", "gitdir: ../modules/x\n".to_owned())],
            "modules/x/lfs",
        ),
        (
            vec![
                ("tree/.git", "gitdir: ../.git/worktrees/x\n".to_owned()),
                (".git/worktrees/x/commondir", "../..\n".to_owned()),
            ],
            ".git/lfs",
        ),
        // The repository that is nearest counts, and what its configuration says.
        (vec![(".git/HEAD", String::new())], ".git/lfs"),
        (vec![("tree/.git/config", config("x/y"))], "tree/.git/x/y"),
        (vec![("tree/.git/config", config("../../z"))], "z"),
        (vec![("tree/.git/config", config(&elsewhere))], &elsewhere),
        (
            vec![("tree/.git/config", config("x") + &config("y"))],
            "tree/.git/y",
        ),
        (vec![("tree/.git/config", config(""))], "tree/.git/lfs"),
    ] {
        let directory = Directory::new()?;
        directory.write("tree/m.gguf", pointer(sha256(&bytes), bytes.len()))?;
        for (name, text) in files {
            directory.write(name, text)?;
        }

        assert_eq!(is_found(&directory, store, &bytes)?, Some(true), "{store}");
    }
    Ok(())
}

#[test]
fn a_configuration_that_cannot_be_read_is_said() -> io::Result<()> {
    let bytes = Gguf::valid().bytes();
    for text in ["[broken".to_owned(), "#".repeat(1024 * 1024 + 1)] {
        let directory = Directory::new()?;
        write(&directory, "m.gguf", &bytes, &bytes)?;
        directory.write(".git/config", text)?;

        let found = fingerprint(&directory, "m.gguf")?;

        assert_eq!(
            (anomalies(&found), is_followed(&found)),
            (vec![(AnomalyRule::NotExamined, "unreadable")], Some(false))
        );
    }
    Ok(())
}

#[test]
fn a_repository_that_leads_nowhere_has_no_store() -> io::Result<()> {
    let bytes = Gguf::valid().bytes();
    for text in [
        "",
        "gitdir:",
        "gitdir: ../nowhere\n",
        "../.git\n",
        "gitdir: \0",
    ] {
        let directory = Directory::new()?;
        directory.write("tree/m.gguf", pointer(sha256(&bytes), bytes.len()))?;
        directory.write("tree/.git", text)?;

        assert_eq!(
            is_found(&directory, ".git/lfs", &bytes)?,
            Some(false),
            "{text}"
        );
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn links_stay_in_the_store() -> io::Result<()> {
    let bytes = Gguf::valid().bytes();
    let oid = sha256(&bytes);
    let outside = Directory::new()?;
    let target = outside.write("m", &bytes)?;
    let linked = |target: &Path| {
        let directory = Directory::new()?;
        directory.write("m.gguf", pointer(oid, bytes.len()))?;
        directory.write(".git/lfs/kept", &bytes)?;
        directory.link(&object(STORE, oid), target)?;
        fingerprint(&directory, "m.gguf")
    };

    let out = linked(&target)?;
    assert_eq!(
        (anomalies(&out), is_followed(&out)),
        (
            vec![(AnomalyRule::NotExamined, "symlink-escape")],
            Some(false)
        )
    );
    let inside = linked(Path::new("../../../kept"))?;
    assert_eq!(
        (anomalies(&inside), is_followed(&inside)),
        (vec![], Some(true))
    );
    let dangling = linked(Path::new("gone"))?;
    assert_eq!(
        anomalies(&dangling),
        [(AnomalyRule::NotExamined, "dangling-link")]
    );
    Ok(())
}

//! Files that are two things at once, programs with weights inside, and what is no model at all.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use lbom_scanner::record::{Anomaly, AnomalyRule, Fingerprint, Loading, Record};
use lbom_scanner::scan::{Options, scan};

use crate::directory::Directory;
use crate::gguf_writer::{F32, Gguf};
use crate::safetensors_writer;
use crate::tar_writer::{Item, tar};
use crate::zip_writer::{Archive, Entry};

type Outcome = Result<(), Box<dyn Error>>;

fn fingerprint(name: &str, bytes: &[u8]) -> Result<Fingerprint, Box<dyn Error>> {
    let directory = Directory::new()?;
    let path = directory.path().join(name);
    fs::write(&path, bytes)?;
    let options = Options {
        root: directory.path().to_owned(),
        jobs: 1,
    };
    let paths: [PathBuf; 1] = [path];
    match scan(&paths, &options, &|| false).into_iter().next() {
        Some(Record::Fingerprint(found)) => Ok(*found),
        other => Err(format!("{other:?}").into()),
    }
}

fn anomalies(name: &str, bytes: &[u8]) -> Result<Vec<Anomaly>, Box<dyn Error>> {
    Ok(fingerprint(name, bytes)?.facts.anomalies)
}

fn kinds(anomalies: &[Anomaly]) -> Vec<&'static str> {
    anomalies.iter().map(|anomaly| anomaly.kind).collect()
}

fn gguf() -> Vec<u8> {
    Gguf::llama().tensor("a.weight", &[8], F32, 32).bytes()
}

fn zip() -> Vec<u8> {
    Archive::of(&[Entry::stored("payload.txt", b"payload")]).bytes()
}

/// A zip whose offsets count what stands before it, as linkers of programs make them.
fn zip_behind(program: &[u8], entries: &[Entry]) -> Vec<u8> {
    Archive {
        before: program.to_vec(),
        ..Archive::of(entries)
    }
    .bytes()
}

#[test]
fn hdf5_at_the_start_of_a_member_is_no_trick() -> Outcome {
    let hdf5 = b"\x89HDF\r\n\x1a\n and more";
    let one = tar(&[Item::file("w.h5", hdf5)]);
    let nested = tar(&[Item::file("w.tar", &one)]);
    // The name is as long as it takes for the content to stand at 512.
    let zip = Archive::of(&[Entry::stored(&"w".repeat(482), hdf5)]).bytes();
    let inside = tar(&[Item::file("w.txt", &[&[b'w'; 512], &hdf5[..]].concat())]);
    let beside = tar(&[Item::of(b'V', "w", hdf5)]);

    for (bytes, is_told) in [
        (one, false),
        (nested, false),
        (inside, false),
        (zip, false),
        (beside, true),
    ] {
        let found = anomalies("a.tar", &bytes)?;
        assert_eq!(kinds(&found).contains(&"also-hdf5"), is_told, "{found:?}");
    }
    Ok(())
}

#[test]
fn a_zip_behind_a_model_is_told_and_looked_into() -> Outcome {
    let hidden = Archive::of(&[Entry::stored("data.gguf", b"no model")]).bytes();
    for (name, model, trailing) in [
        ("model.gguf", gguf(), true),
        ("model.safetensors", safetensors_writer::valid(), true),
        ("model.pt", b"no format that is known".to_vec(), false),
        ("model.gguf", b"MZ and a program".to_vec(), false),
    ] {
        let found = anomalies(name, &[model, hidden.clone()].concat())?;

        assert!(kinds(&found).contains(&"zip-at-end"), "{name}: {found:?}");
        assert!(
            kinds(&found).contains(&"unknown-member"),
            "{name}: {found:?}"
        );
        assert_eq!(
            kinds(&found).contains(&"trailing-bytes"),
            trailing,
            "{name}"
        );
        let places: Vec<_> = found
            .iter()
            .filter(|anomaly| anomaly.kind == "unknown-member")
            .map(|anomaly| anomaly.within.clone())
            .collect();
        assert_eq!(places, [["zip at the end", "data.gguf"]]);
    }
    Ok(())
}

#[test]
fn a_zip_inside_a_model_needs_an_end() -> Outcome {
    let mut cut = [gguf(), zip()].concat();
    cut.truncate(cut.len() - 1);
    let by_chance = [gguf(), b"PK\x05\x06".to_vec(), vec![7; 40]].concat();

    for bytes in [cut, by_chance] {
        assert!(!kinds(&anomalies("model.gguf", &bytes)?).contains(&"zip-at-end"));
    }
    Ok(())
}

#[test]
fn a_zip_that_is_a_member_is_no_polyglot() -> Outcome {
    let in_tar = tar(&[Item::file("inner.zip", &zip())]);

    assert_eq!(anomalies("model.nemo", &in_tar)?, []);
    Ok(())
}

#[test]
fn bytes_behind_a_model_are_named() -> Outcome {
    for (rest, name) in [
        (gguf(), Some("gguf")),
        (zip(), Some("zip")),
        (b"\0\0\0\0MZ\x90\0".to_vec(), Some("a Windows program")),
        (b"\x7fELF\x02\x01".to_vec(), Some("a Linux program")),
        (b"\x80\x04\x95\x0a\0\0\0\0\0\0\0".to_vec(), Some("pickle")),
        (b"<!DOCTYPE html><html>".to_vec(), Some("an HTML page")),
        (vec![0; 100], None),
    ] {
        let found = anomalies("model.gguf", &[gguf(), rest].concat())?;

        let trailing = found
            .iter()
            .find(|anomaly| anomaly.rule == AnomalyRule::TrailingData)
            .ok_or("nothing trails")?;
        let told = trailing.message.split_once("; they start like ");
        assert_eq!(told.map(|(_, found)| found), name);
    }
    Ok(())
}

#[test]
fn content_that_is_no_model_is_named() -> Outcome {
    for (start, what) in [
        (&b"MZ\x90\0"[..], "a Windows program"),
        (b"\x7fELF", "a Linux program"),
        (b"\xcf\xfa\xed\xfe", "a macOS program"),
        (b"#!/bin/sh\n", "a script"),
        (b"\n <!DOCTYPE HTML>", "an HTML page"),
        (b"\xef\xbb\xbf<html lang=en>", "an HTML page"),
        (b"%PDF-1.7", "a PDF document"),
    ] {
        let found = anomalies("model.gguf", start)?;

        let messages: Vec<_> = found
            .iter()
            .map(|anomaly| anomaly.message.clone())
            .collect();
        assert_eq!(
            messages,
            [format!("the file is named like a model and is {what}")]
        );
        assert_eq!(kinds(&found), ["foreign-content"]);
        assert_eq!(anomalies("readme.txt", start)?, []);
    }
    Ok(())
}

#[test]
fn a_llamafile_is_code_with_weights_inside() -> Outcome {
    let program = b"MZqFpD='\n and a program for six systems".to_vec();
    let bytes = zip_behind(
        &program,
        &[
            Entry::stored(".args", b"-m\nmodel.gguf\n"),
            Entry::stored("model.gguf", &gguf()),
            Entry::deflated("usr/share/doc", b"some text some text"),
        ],
    );

    let found = fingerprint("chat.llamafile", &bytes)?;

    assert_eq!(found.format, Some("llamafile"));
    assert_eq!(found.facts.loading, Some(Loading::Code));
    assert_eq!(found.facts.anomalies, []);
    assert_eq!(found.facts.architecture.as_deref(), Some("llama"));
    assert_eq!(found.facts.parameters, Some(8));
    assert_eq!(found.name_agrees, Some(true));

    let without = fingerprint("chat.llamafile", &program)?;
    assert_eq!(kinds(&without.facts.anomalies), ["missing-end-record"]);
    assert_eq!(without.facts.loading, Some(Loading::Code));
    Ok(())
}

#[test]
fn an_engine_is_code_that_nobody_reads() -> Outcome {
    for (name, bytes) in [
        ("model.engine", &b"ptrt\0\0"[..]),
        ("model.trt", b"ftrt\0\0"),
        ("model.plan", b"ptrt\0\0"),
        ("model.engine", b"an older one\0"),
    ] {
        let found = fingerprint(name, bytes)?;

        assert_eq!(found.format, Some("tensorrt"));
        assert_eq!(found.facts.loading, Some(Loading::Code));
        assert_eq!(kinds(&found.facts.anomalies), ["opaque-engine"]);
    }
    assert_eq!(fingerprint("model.engine", b"a text")?.format, None);
    assert_eq!(fingerprint("model.plan", b"binary\0")?.format, None);
    Ok(())
}

#[test]
fn other_tools_models_are_named() -> Outcome {
    for (name, bytes, format) in [
        ("model.cbm", &b"CBM1\0\0"[..], "catboost"),
        ("model.txt", b"tree\nversion=v4\n", "lightgbm"),
        (
            "model.params",
            b"\x12\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            "mxnet",
        ),
        ("model.rds", b"X\n\0\0\0\x03", "r-data"),
        ("model.rda", b"RDX3\n", "r-data"),
        ("model.rknn", b"RKNN", "rknn"),
        ("model.ubj", b"{L\0\0\0\0\0\0\0\x07learner{", "xgboost"),
        ("model.bin", b"binf\0\0", "xgboost"),
        ("model.json", b"{\"learner\":{\"attributes\":{}", "xgboost"),
        ("model.ort", b"\x18\0\0\0ORTM\0\0\0\0", "onnxruntime"),
        ("__0_0.distcp", b"PK\x03\x04", "pytorch-distributed"),
        ("model.ptl", b"\x34\0\0\0PTMF\0\0\0\0", "pytorch-mobile"),
    ] {
        let found = fingerprint(name, bytes)?;

        assert_eq!(found.format, Some(format), "{name}");
        assert_eq!(kinds(&found.facts.anomalies), ["format-not-read"]);
    }
    Ok(())
}

//! Ollama manifests, and the blobs that they name.

use std::error::Error;
use std::path::Path;

use lbom_digest::digest_all;
use lbom_scanner::record::{Anomaly, AnomalyRule, Fingerprint, Record, Sha256};
use lbom_scanner::scan::{Options, scan};

use crate::directory::Directory;
use crate::gguf_writer::Gguf;

type Outcome = Result<(), Box<dyn Error>>;

const MANIFEST: &str = "models/manifests/registry.ollama.ai/library/tiny/latest";

fn hex(bytes: &[u8]) -> Result<String, Box<dyn Error>> {
    let digested = digest_all(vec![bytes], &|| false)
        .pop()
        .ok_or("no digest")??;
    Ok(Sha256(digested.sha256).hex())
}

fn layer(role: &str, digest: &str, size: usize) -> String {
    format!(
        r#"{{"mediaType":"application/vnd.ollama.image.{role}","digest":"{digest}","size":{size}}}"#
    )
}

fn manifest(layers: &[String]) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","layers":[{}]}}"#,
        layers.join(",")
    )
}

fn fingerprint(path: &Path, root: &Path) -> Result<Fingerprint, Box<dyn Error>> {
    let options = Options {
        root: root.to_owned(),
        jobs: 1,
    };
    match scan(&[path.to_owned()], &options, &|| false)
        .into_iter()
        .next()
    {
        Some(Record::Fingerprint(found)) => Ok(*found),
        other => Err(format!("{other:?}").into()),
    }
}

fn told(anomalies: &[Anomaly]) -> Vec<(AnomalyRule, &'static str, String)> {
    anomalies
        .iter()
        .map(|anomaly| (anomaly.rule, anomaly.kind, anomaly.within.join(": ")))
        .collect()
}

#[test]
fn a_manifest_whose_blobs_are_what_it_says_is_clean() -> Outcome {
    let store = Directory::new()?;
    let (model, license) = (Gguf::llama().bytes(), b"MIT".to_vec());
    let mut layers = Vec::new();
    for (role, bytes, separator) in [("model", &model, "-"), ("license", &license, ":")] {
        let digest = hex(bytes)?;
        store.write(&format!("models/blobs/sha256{separator}{digest}"), bytes)?;
        layers.push(layer(role, &format!("sha256:{digest}"), bytes.len()));
    }
    let path = store.write(MANIFEST, manifest(&layers))?;

    let found = fingerprint(&path, store.path())?;

    assert_eq!(found.format, Some("ollama-manifest"));
    assert_eq!(found.format_version.as_deref(), Some("2"));
    assert_eq!(found.facts.anomalies, []);
    let companions: Vec<_> = found
        .companions
        .iter()
        .map(|blob| blob.sha256.hex())
        .collect();
    assert_eq!(companions, [hex(&model)?, hex(&license)?]);
    Ok(())
}

#[test]
fn blobs_that_differ_from_the_manifest_are_told() -> Outcome {
    use AnomalyRule::{DigestMismatch, IncompleteShards};

    let store = Directory::new()?;
    let named = hex(b"as it was")?;
    store.write(&format!("models/blobs/sha256-{named}"), b"swapped")?;
    let missing = hex(b"missing")?;
    let layers = [
        layer("model", &format!("sha256:{named}"), 9),
        layer("template", &format!("sha256:{missing}"), 7),
    ];
    let path = store.write(MANIFEST, manifest(&layers))?;

    let found = fingerprint(&path, store.path())?;

    assert_eq!(
        told(&found.facts.anomalies),
        [
            (IncompleteShards, "layer-size-differs", "model".to_owned()),
            (DigestMismatch, "layer-digest-differs", "model".to_owned()),
            (IncompleteShards, "missing-layer", "template".to_owned()),
        ]
    );
    Ok(())
}

#[test]
fn a_manifest_without_a_store_is_read_alone() -> Outcome {
    let directory = Directory::new()?;
    let layers = [layer("model", &format!("sha256:{}", hex(b"x")?), 1)];
    let path = directory.write("latest", manifest(&layers))?;

    assert_eq!(fingerprint(&path, directory.path())?.facts.anomalies, []);
    Ok(())
}

#[test]
fn a_digest_that_is_none_is_a_way_out_of_the_store() -> Outcome {
    let directory = Directory::new()?;
    let hex = hex(b"x")?;
    for digest in [
        "sha256:../../../../etc/passwd".to_owned(),
        format!("sha256-{hex}"),
        format!("sha256:{}", hex.to_uppercase()),
        format!("sha256:{hex}0"),
        format!("sha256:{}", hex.get(1..).unwrap_or_default()),
        format!("sha512:{hex}"),
        String::new(),
    ] {
        let path = directory.write("latest", manifest(&[layer("model", &digest, 1)]))?;

        let found = fingerprint(&path, directory.path())?;

        assert_eq!(
            told(&found.facts.anomalies),
            [(
                AnomalyRule::ExternalDataEscape,
                "wrong-layer-digest",
                "layers 0".to_owned()
            )],
            "{digest}"
        );
    }
    Ok(())
}

#[test]
fn a_manifest_that_is_broken_is_told() -> Outcome {
    let directory = Directory::new()?;
    let text = manifest(&[layer("model", "sha256:x", 1)]);
    for (text, kind) in [
        (text.replace("}]}", "}]"), "not-json"),
        (
            text.replace("\"digest\"", "\"other\""),
            "missing-layer-digest",
        ),
        (
            text.replace("{\"schemaVersion\":2", "{\"layers\":1,\"schemaVersion\":2"),
            "duplicate-key",
        ),
    ] {
        let path = directory.write("latest", &text)?;

        let found = fingerprint(&path, directory.path())?;

        let kinds: Vec<_> = found
            .facts
            .anomalies
            .iter()
            .map(|anomaly| anomaly.kind)
            .collect();
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    Ok(())
}

#[test]
fn a_blob_is_held_against_its_own_name() -> Outcome {
    let directory = Directory::new()?;
    let bytes = Gguf::llama().bytes();
    let right = directory.write(&format!("sha256-{}", hex(&bytes)?), &bytes)?;
    let wrong = directory.write(&format!("sha256-{}", hex(b"other")?), &bytes)?;
    let unnamed = directory.write("sha256-0123", &bytes)?;

    assert_eq!(fingerprint(&right, directory.path())?.facts.anomalies, []);
    assert_eq!(fingerprint(&unnamed, directory.path())?.facts.anomalies, []);
    assert_eq!(
        told(&fingerprint(&wrong, directory.path())?.facts.anomalies),
        [(
            AnomalyRule::DigestMismatch,
            "digest-in-name-differs",
            String::new()
        )]
    );
    Ok(())
}

use std::path::Path;

use super::*;
use crate::anomalies::Problem as _;
use crate::record::{Facts, Sha256};

fn kinds(path: &str) -> Vec<&'static str> {
    of_path(Path::new(path), Path::new("/root"))
        .iter()
        .map(|(_, problem)| problem.kind())
        .collect()
}

fn record(path: &str) -> Record {
    Record::Fingerprint(Box::new(Fingerprint {
        path: path.into(),
        size: 0,
        sha256: Sha256([0; 32]),
        format: None,
        format_version: None,
        name_agrees: None,
        pointer: None,
        companions: Vec::new(),
        part_of: None,
        model: None,
        facts: Facts::default(),
    }))
}

fn judged(paths: &[&str]) -> Vec<Vec<String>> {
    let mut records: Vec<Record> = paths.iter().map(|path| record(path)).collect();
    judge(&mut records, Path::new("/root"));
    records
        .iter()
        .map(|record| match record {
            Record::Fingerprint(found) => found
                .facts
                .anomalies
                .iter()
                .map(|anomaly| anomaly.message.clone())
                .collect(),
            Record::NotExamined(_) => Vec::new(),
        })
        .collect()
}

#[test]
fn plain_names_are_plain() {
    for path in [
        "models/llama-3.1-8b.Q4_K_M.gguf",
        "model-00001-of-00003.safetensors",
        "модель/веса.gguf",
        "模型.gguf",
        "größe λ-α.gguf",
        "naïve café.onnx",
        "한국어.gguf",
        "CON1/com10.gguf",
        "console.gguf",
        ".hidden.gguf",
        "chat.llamafile.exe",
        "model.tar.gz",
        "v1.2.3.pt",
        "sha256-0123",
        "10µm.gguf",
    ] {
        assert_eq!(kinds(path), [""; 0], "{path}");
    }
}

#[test]
fn names_that_deceive_are_told() {
    for (path, kind) in [
        ("model\u{202e}ffug.bin", "deceptive-character"),
        ("mod\u{200b}el.gguf", "deceptive-character"),
        ("mod\u{1b}[2Jel.gguf", "deceptive-character"),
        ("model.gguf.", "trailing-dot-or-space"),
        ("model.gguf ", "trailing-dot-or-space"),
        ("aux.gguf", "reserved-name"),
        ("Com1.weights.gguf", "reserved-name"),
        ("lpt².pt", "reserved-name"),
        ("nul", "reserved-name"),
        ("model.gguf.exe", "double-suffix"),
        ("model.SAFETENSORS.Scr", "double-suffix"),
        ("model.ggսf", "confusable-suffix"),
        ("model.ｇｇｕｆ", "confusable-suffix"),
        ("llаma.gguf", "confusable-letters"),
        ("Ꮯlaude-ｑwen.gguf", "confusable-letters"),
        ("meta-llаma/model.gguf", "confusable-letters"),
        ("aux/model.gguf", "reserved-name"),
    ] {
        assert!(kinds(path).contains(&kind), "{path:?}: {:?}", kinds(path));
    }
}

#[test]
fn only_what_lies_below_the_root_is_judged() {
    assert_eq!(kinds("/root/aux/model.gguf"), ["reserved-name"]);
    let root = Path::new("/home/aux");
    assert_eq!(of_path(Path::new("/home/aux/model.gguf"), root), []);
}

#[test]
fn a_directory_is_named() {
    let found = of_path(Path::new("nul/model.gguf"), Path::new("/root"));

    assert_eq!(
        found,
        [(
            Some("nul".to_owned()),
            NamingProblem::Reserved("NUL".to_owned())
        )]
    );
}

#[test]
fn names_that_come_down_to_one_are_told_of_each_other() {
    let message = |other: &str| {
        vec![format!(
            "\"{other}\" beside it is the same name where file systems ignore case or compose \
             characters"
        )]
    };

    assert_eq!(
        judged(&["d/Model.gguf", "d/model.gguf", "e/model.gguf"]),
        [message("model.gguf"), message("Model.gguf"), vec![]]
    );
    assert_eq!(
        judged(&["caf\u{e9}.gguf", "cafe\u{301}.gguf"]),
        [message("cafe\\u{301}.gguf"), message("caf\u{e9}.gguf")]
    );
    assert_eq!(
        judged(&["model.gguf", "model.gguf"]),
        [Vec::<String>::new(), Vec::new()]
    );
}

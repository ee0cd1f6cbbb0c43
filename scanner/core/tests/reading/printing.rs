//! The program `lbom-scan`.

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Output};

use crate::directory::Directory;
use crate::gguf_writer::Gguf;

/// Runs the program in the directory.
fn run(directory: &Directory, arguments: &[&OsStr]) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_lbom-scan"))
        .current_dir(directory.path())
        .args(arguments)
        .output()
}

#[test]
fn every_record_is_a_line_of_json() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("b.gguf", Gguf::valid().bytes())?;
    directory.write("a\n\x1b.gguf", Gguf::valid().header())?;

    let output = run(&directory, &[OsStr::new(".")])?;

    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains('\x1b'));
    let mut lines = Vec::new();
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line)?;
        let text_at = |pointer: &str| {
            record
                .pointer(pointer)
                .and_then(serde_json::Value::as_str)
                .map(str::to_owned)
        };
        lines.push((text_at("/path"), text_at("/facts/anomalies/0/kind")));
    }
    assert_eq!(
        lines,
        [
            (
                Some("a\n\x1b.gguf".to_owned()),
                Some("missing-tensor-data".to_owned())
            ),
            (Some("b.gguf".to_owned()), None),
        ]
    );
    Ok(())
}

#[test]
fn a_path_that_is_not_there_is_exit_2_and_a_record() -> io::Result<()> {
    let directory = Directory::new()?;

    let output = run(&directory, &[OsStr::new("gone.gguf")])?;

    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "{\"record\":\"not-examined\",\"path\":\"gone.gguf\",\"kind\":\"missing\",\
         \"message\":\"there is no such file\"}\n"
    );
    Ok(())
}

#[test]
fn no_path_and_options_are_usage() -> io::Result<()> {
    let directory = Directory::new()?;

    for arguments in [&[][..], &[OsStr::new("--help")]] {
        let output = run(&directory, arguments)?;

        assert_eq!(output.status.code(), Some(2));
        assert_eq!(output.stderr, b"usage: lbom-scan PATH...\n");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_exit_2() -> io::Result<()> {
    let directory = Directory::new()?;
    directory.write("m.gguf", Gguf::valid().bytes())?;

    let status = Command::new(env!("CARGO_BIN_EXE_lbom-scan"))
        .arg(directory.path())
        .stdout(std::fs::OpenOptions::new().write(true).open("/dev/full")?)
        .stderr(std::process::Stdio::null())
        .status()?;

    assert_eq!(status.code(), Some(2));
    Ok(())
}

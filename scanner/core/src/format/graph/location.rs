//! Where a model's data may lie: in its own directory, told by the path alone.
//!
//! What lies there is for a scan that has the disk. Source: `external_data` in onnx.proto, and what
//! onnx 1.23 refuses (CVE-2022-25882, CVE-2024-27318, CVE-2025-51480).

use super::GraphProblem;
use crate::anomalies::deceptive_character;

/// What onnxruntime writes in place of a path for data in its own memory; read from a file, it is
/// an address of whoever wrote the file.
const MEMORY: &str = "*/_ORT_MEM_ADDR_/*";

/// Names of devices that Windows opens in any directory, whatever follows a dot.
const DEVICES: &[&str] = &["aux", "con", "nul", "prn", "conin$", "conout$"];

/// What is wrong with a location.
pub(in crate::format) fn check(location: &str) -> Result<(), GraphProblem> {
    match way_out(location) {
        Some(kind) => Err(GraphProblem::Escape {
            kind,
            location: location.to_owned(),
        }),
        None => Ok(()),
    }
}

fn way_out(location: &str) -> Option<&'static str> {
    if location == MEMORY {
        return Some("memory-address");
    }
    if location.contains('\0') {
        return Some("nul-in-location");
    }
    if deceptive_character(location).is_some() {
        return Some("deceptive-location");
    }
    if location.starts_with('/') {
        return Some("absolute-location");
    }
    if location.contains('\\') {
        return Some("backslash-in-location");
    }
    // A drive, or a stream of a file in NTFS.
    if location.contains(':') {
        return Some("drive-in-location");
    }
    let mut parts = location
        .split('/')
        .skip_while(|part| *part == ".")
        .peekable();
    if parts.peek().is_none() {
        return Some("empty-location");
    }
    parts.find_map(|part| match part {
        ".." => Some("parent-in-location"),
        "" | "." => Some("unnormalized-location"),
        _ if is_device(part) => Some("device-in-location"),
        _ => None,
    })
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end();
    let stem = stem.to_ascii_lowercase();
    let numbered = |port: &str| {
        stem.strip_prefix(port)
            .is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
    };
    DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_relative_paths_are_allowed() {
        for location in [
            "model.onnx_data",
            "./model.onnx_data",
            "data/weights 1.bin",
            "..weights",
            "a..b/...",
            "größe.bin",
            "console.bin",
        ] {
            assert_eq!(way_out(location), None, "{location}");
        }
    }

    #[test]
    fn every_way_out_has_its_name() {
        for (location, kind) in [
            ("", "unnormalized-location"),
            (".", "empty-location"),
            ("../weights.bin", "parent-in-location"),
            ("data/../../weights.bin", "parent-in-location"),
            ("data/..", "parent-in-location"),
            ("/etc/passwd", "absolute-location"),
            ("//server/share", "absolute-location"),
            ("..\\weights.bin", "backslash-in-location"),
            ("C:weights.bin", "drive-in-location"),
            ("weights.bin:stream", "drive-in-location"),
            ("a.bin\0../../etc/passwd", "nul-in-location"),
            ("a\u{202e}nib.bin", "deceptive-location"),
            ("data//weights.bin", "unnormalized-location"),
            ("data/./weights.bin", "unnormalized-location"),
            ("data/", "unnormalized-location"),
            ("NUL.bin", "device-in-location"),
            ("data/com1", "device-in-location"),
            ("*/_ORT_MEM_ADDR_/*", "memory-address"),
        ] {
            assert_eq!(way_out(location), Some(kind), "{location:?}");
        }
    }
}

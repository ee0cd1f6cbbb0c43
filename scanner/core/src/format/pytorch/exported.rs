//! What `torch.export` and its compilers write: programs as JSON, and machine code.
//!
//! Source: torch 2.12, `torch/export/pt2_archive/constants.py`.

use crate::archive::zip::Zip;

/// Members that only an exported program has.
const MARKS: &[&str] = &["archive_format", "serialized_exported_program.json"];

/// Ends of the names of shared libraries.
const LIBRARIES: &[&[u8]] = &[b".so", b".dll", b".dylib", b".pyd", b".cubin"];

/// Whether an archive is an exported program.
pub(super) fn is_exported(zip: &Zip<'_>, prefix: &[u8]) -> bool {
    MARKS
        .iter()
        .any(|mark| zip.find(&[prefix, mark.as_bytes()].concat()).is_some())
}

/// Whether an archive brings along machine code, which loading it runs.
pub(super) fn has_machine_code(zip: &Zip<'_>) -> bool {
    zip.members().iter().any(|member| {
        LIBRARIES
            .iter()
            .any(|end| member.name.to_ascii_lowercase().ends_with(end))
    })
}

//! Names of devices, which Windows takes for the device in every directory.
//!
//! Source: "Naming Files, Paths, and Namespaces", Win32 documentation.

const DEVICES: &[&str] = &["AUX", "CON", "CONIN$", "CONOUT$", "NUL", "PRN"];

/// Devices with a digit, superscript ones included.
const NUMBERED: &[&str] = &["COM", "LPT"];

/// The device that a name stands for, whatever suffixes follow.
pub(super) fn device(name: &str) -> Option<String> {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end_matches(' ').to_uppercase();
    let is_numbered = NUMBERED.iter().any(|device| {
        let digit = stem.strip_prefix(device).map(str::chars);
        digit.is_some_and(|mut rest| {
            matches!(rest.next(), Some('1'..='9' | '¹' | '²' | '³')) && rest.next().is_none()
        })
    });
    (is_numbered || DEVICES.contains(&stem.as_str())).then_some(stem)
}

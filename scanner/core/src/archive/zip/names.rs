//! Names of members: which ones lead readers apart or out of their directory.

use super::problem::ZipProblem;
use crate::anomalies::deceptive_character;

/// Everything that is wrong with a name on its own.
pub(super) fn problems(name: &[u8], is_utf8: bool) -> Vec<ZipProblem> {
    let mut problems = Vec::new();
    if name.is_empty() {
        problems.push(ZipProblem::EmptyName);
    }
    if name.contains(&0) {
        problems.push(ZipProblem::NulInName);
    }
    if is_absolute(name) {
        problems.push(ZipProblem::AbsoluteName);
    }
    if components(name).any(|component| component == b"..") {
        problems.push(ZipProblem::ParentName);
    }
    match std::str::from_utf8(name) {
        Ok(text) => {
            let text = text.replace('\0', "");
            problems.extend(deceptive_character(&text).map(ZipProblem::DeceptiveCharacter));
        }
        Err(_) if is_utf8 => problems.push(ZipProblem::NameNotUtf8),
        // Names of old archives are in the code page of the machine that wrote them.
        Err(_) => {}
    }
    problems
}

/// The name as a file system would take it, where that is another spelling.
pub(super) fn canonical(name: &[u8]) -> Option<Vec<u8>> {
    let is_plain = name.is_empty()
        || !name.contains(&b'\\')
            && name
                .strip_suffix(b"/")
                .unwrap_or(name)
                .split(|byte| *byte == b'/')
                .all(|component| !component.is_empty() && component != b".");
    if is_plain {
        return None;
    }
    let kept: Vec<&[u8]> = components(name)
        .filter(|component| !component.is_empty() && *component != b".")
        .collect();
    Some(kept.join(&b'/'))
}

/// Both separators count: which one does depends on where the archive is unpacked.
fn components(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| matches!(byte, b'/' | b'\\'))
}

fn is_absolute(name: &[u8]) -> bool {
    matches!(name, [b'/' | b'\\', ..] | [b'a'..=b'z' | b'A'..=b'Z', b':', b'/' | b'\\', ..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomalies::Problem as _;

    fn kinds(name: &[u8]) -> Vec<&'static str> {
        problems(name, true).iter().map(ZipProblem::kind).collect()
    }

    #[test]
    fn plain_names_are_plain() {
        for name in [
            "archive/data.pkl",
            "a..b/..c",
            "größe",
            "x:y",
            "model.weights.h5",
            "dir/",
        ] {
            assert_eq!(kinds(name.as_bytes()), [""; 0]);
            assert_eq!(canonical(name.as_bytes()), None);
        }
    }

    #[test]
    fn names_that_lead_astray_are_told() {
        assert_eq!(kinds(b""), ["empty-name"]);
        assert_eq!(kinds(b"/etc/passwd"), ["absolute-name"]);
        assert_eq!(kinds(b"\\\\host\\share"), ["absolute-name"]);
        assert_eq!(kinds(b"C:\\x"), ["absolute-name"]);
        assert_eq!(kinds(b"a/../../x"), ["parent-directory-in-name"]);
        assert_eq!(kinds(b"a\\..\\x"), ["parent-directory-in-name"]);
        assert_eq!(kinds(b"data.pkl\0.txt"), ["nul-in-name"]);
        assert_eq!(kinds(b"a\xff"), ["name-not-utf8"]);
        assert_eq!(kinds("a\u{202e}b".as_bytes()), ["deceptive-character"]);
    }

    #[test]
    fn other_spellings_come_down_to_one() {
        for name in ["./a/b", "a//b", "a\\b", "/a/./b"] {
            assert_eq!(canonical(name.as_bytes()).as_deref(), Some(&b"a/b"[..]));
        }
    }
}

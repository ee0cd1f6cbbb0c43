//! `NeMo`: the configuration in its archives names the classes that loading makes.
//!
//! Of YAML only the keys that name classes are looked for, wherever they stand; where their value
//! is not plain, it is said. Source: `NeMo` 2.5, `core/classes/common.py`; CVE-2025-23304.

use crate::anomalies::{Anomalies, Fault, Problem, clip};
use crate::format::Header;
use crate::record::{AnomalyRule, Import, Loading};

/// The member that holds the configuration.
pub(super) const CONFIG: &str = "model_config.yaml";

/// Bytes of a configuration. Those with a vocabulary take some hundred kilobytes.
pub(super) const MAX_CONFIG: usize = 4 * 1024 * 1024;

/// Keys whose value is what loading imports.
const KEYS: [&str; 2] = [TARGET, "target"];

/// The one of them that nothing else is called.
const TARGET: &str = "_target_";

/// Packages whose classes (not functions) a configuration may name.
const PACKAGES: [&str; 8] = [
    "lightning.pytorch",
    "megatron.core",
    "nemo.collections",
    "nemo.core",
    "pytorch_lightning",
    "torch.nn",
    "torch.optim",
    "torchmetrics",
];

/// What is imported by a configuration.
pub(super) fn imports(config: &[u8]) -> Header {
    let mut header = Header::default();
    let mut anomalies = Anomalies::default();
    let text = String::from_utf8_lossy(config);
    if hides_keys(&text) {
        anomalies.report(|| Fault::anywhere(NemoProblem::EscapedKey));
    }
    for target in targets(&text) {
        let Target::Name(name) = target else {
            anomalies.report(|| Fault::anywhere(NemoProblem::Target));
            continue;
        };
        let is_listed = header.facts.imports.iter().any(|known| known.name == name);
        if !is_listed {
            header.facts.imports.push(Import {
                is_known: is_known(name),
                name: clip(name),
                offset: None,
            });
        }
    }
    header.facts.loading = Some(Loading::Program);
    header.facts.anomalies = anomalies.into_vec();
    header
}

/// What stands behind a key that names a class.
#[derive(Debug, Clone, Copy)]
enum Target<'a> {
    /// A name, dots between its parts.
    Name(&'a str),
    /// Anything else.
    Computed,
}

/// What stands behind each key that names a class.
fn targets(text: &str) -> impl Iterator<Item = Target<'_>> {
    text.lines().flat_map(|line| {
        let code = line.trim_start();
        let is_comment = code.starts_with('#');
        let items = code.split([',', '{', '}']).filter(move |_| !is_comment);
        items.filter_map(target)
    })
}

/// What stands behind the key of `key: value`, if it is one that names a class.
fn target(item: &str) -> Option<Target<'_>> {
    let item = item.split(" #").next().unwrap_or_default();
    let item = item.trim().trim_start_matches(['-', '?', ' ']);
    let quotes: &[char] = &['"', '\'', ' '];
    let (key, value) = item.split_once(':').unwrap_or_default();
    let key = key.trim_matches(quotes);
    if !KEYS.contains(&key) {
        // A key of its own line, or one that an alias stands for.
        return names_target(item).then_some(Target::Computed);
    }
    let value = value.trim_matches(quotes);
    let is_name = !value.is_empty()
        && value
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.'));
    match (key, is_name) {
        // What is called a target may be anything; a class has a module.
        ("target", is_name) if !is_name || !value.contains('.') => None,
        (_, true) => Some(Target::Name(value)),
        (_, false) => Some(Target::Computed),
    }
}

/// Whether the key is among the words of a text.
fn names_target(text: &str) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .any(|word| word == TARGET)
}

/// Whether a quoted text spells letters by their numbers, so that a key need not look like itself.
fn hides_keys(text: &str) -> bool {
    text.lines().any(|line| {
        let before = line.rsplit_once("\":").map_or("", |(before, _)| before);
        ["\\x", "\\u", "\\U"]
            .iter()
            .any(|mark| before.contains(mark))
    })
}

fn is_known(name: &str) -> bool {
    let (module, class) = name.rsplit_once('.').unwrap_or_default();
    let is_of = |package: &&str| {
        module
            .strip_prefix(*package)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    PACKAGES.iter().any(is_of) && class.starts_with(char::is_uppercase)
}

/// What cannot be told of a configuration.
#[derive(Debug)]
enum NemoProblem {
    Target,
    EscapedKey,
}

impl Problem for NemoProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::UnsafeImport
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Target => "computed-target",
            Self::EscapedKey => "escaped-key",
        }
    }
}

impl std::fmt::Display for NemoProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Target => "a _target_ that is no plain name: what loading imports cannot be told",
            Self::EscapedKey => {
                "a key spells its letters by their numbers: what loading imports cannot be told"
            }
        })
    }
}

impl std::error::Error for NemoProblem {}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, bool)> {
        let imports = imports(text.as_bytes()).facts.imports;
        imports
            .into_iter()
            .map(|import| (import.name, import.is_known))
            .collect()
    }

    #[test]
    fn classes_that_a_configuration_names_are_imports() {
        let text = "target: nemo.collections.asr.models.EncDecCTCModel\n\
                    preprocessor:\n  _target_: nemo.collections.asr.modules.AudioToMel\n\
                    optim: {name: adam, \"_target_\": torch.optim.Adam}\n\
                    evil:\n  - _target_: 'os.system' # run\n\
                    # _target_: not.this\n\
                    target: text\n";

        assert_eq!(
            found(text),
            [
                (
                    "nemo.collections.asr.models.EncDecCTCModel".to_owned(),
                    true
                ),
                ("nemo.collections.asr.modules.AudioToMel".to_owned(), true),
                ("torch.optim.Adam".to_owned(), true),
                ("os.system".to_owned(), false),
            ]
        );
    }

    #[test]
    fn functions_of_known_packages_are_not_known() {
        assert_eq!(
            found("_target_: torch.nn.utils.parametrize\n_target_: torch.nnx.Linear\n"),
            [
                ("torch.nn.utils.parametrize".to_owned(), false),
                ("torch.nnx.Linear".to_owned(), false),
            ]
        );
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        let kinds = |text: &str| -> Vec<&'static str> {
            let anomalies = imports(text.as_bytes()).facts.anomalies;
            anomalies.iter().map(|anomaly| anomaly.kind).collect()
        };

        assert_eq!(kinds("_target_: ${oc.env:X}\n"), ["computed-target"]);
        assert_eq!(kinds("_target_: *alias\n"), ["computed-target"]);
        assert_eq!(
            kinds("enc:\n  ? _target_\n  : os.system\n"),
            ["computed-target"]
        );
        assert_eq!(
            kinds("k: &k _target_\nenc: {*k : os.system}\n"),
            ["computed-target"]
        );
        assert_eq!(kinds("use_target_mask: 1 # _target_\n"), [""; 0]);
        assert_eq!(kinds("\"\\x5ftarget_\": os.system\n"), ["escaped-key"]);
        assert_eq!(kinds("regex: \"\\x5f\"\n"), [""; 0]);
    }
}

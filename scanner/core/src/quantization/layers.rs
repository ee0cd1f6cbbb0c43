//! Layers that a configuration treats apart, by the names it gives them.
//!
//! Methods write whole names or the ends of names (`lm_head`, `mlp.gate`), wildcards
//! (`model.layers.*.self_attn*`, `nvidia-modelopt` and `quark`) or regular expressions
//! (`re:.*gate$`, `compressed-tensors`; `-:.*down.*`, `gptqmodel`). An expression is taken for the
//! wildcard that matches all that it matches, and perhaps more.

use std::collections::BTreeMap;

/// Wildcards kept of one list: real ones hold a dozen. Each is held against every layer.
const MAX_WILDCARDS: usize = 256;

/// Bytes of a wildcard; real ones take some dozens.
const MAX_WILDCARD: usize = 512;

/// Parts of a tensor's name that are looked at; real ones have about ten.
const MAX_PARTS: usize = 32;

/// What is said of layers, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layers<T> {
    whole: BTreeMap<String, T>,
    wildcards: Vec<(String, T)>,
    /// Nothing certain, said of every layer because there were more wildcards than are kept.
    of_any: Option<T>,
    /// Takes what is said of them.
    dropped: T,
}

impl<T: Default> Layers<T> {
    /// What is said of the layers that `pattern` names; the place to say it.
    ///
    /// Beyond the limits it goes nowhere, and of any layer that is not named the default is said.
    pub fn entry(&mut self, pattern: &str) -> &mut T {
        let Some(wildcard) = wildcard(pattern) else {
            return self.whole.entry(pattern.to_owned()).or_default();
        };
        let known = self
            .wildcards
            .iter()
            .position(|(known, _)| *known == wildcard);
        let index = known.unwrap_or(self.wildcards.len());
        if index >= MAX_WILDCARDS || wildcard.len() > MAX_WILDCARD {
            self.of_any.get_or_insert_default();
            return &mut self.dropped;
        }
        if known.is_none() {
            self.wildcards.push((wildcard, T::default()));
        }
        match self.wildcards.get_mut(index) {
            Some((_, value)) => value,
            None => &mut self.dropped,
        }
    }
}

impl<T> Layers<T> {
    /// What is said of the layer that a tensor belongs to.
    #[must_use]
    pub fn of(&self, tensor: &str) -> Option<&T> {
        self.named(tensor)
            .or_else(|| self.matched(tensor))
            .or(self.of_any.as_ref())
    }

    /// Whether nothing is said of any layer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.wildcards.is_empty() && self.of_any.is_none()
    }

    /// By a whole name, or by parts that follow each other in it.
    fn named(&self, tensor: &str) -> Option<&T> {
        if self.whole.is_empty() {
            return None;
        }
        let starts = || {
            let after_dots = tensor
                .match_indices('.')
                .map(|(at, _)| at.saturating_add(1));
            std::iter::once(0).chain(after_dots).take(MAX_PARTS)
        };
        let ends = || {
            let dots = tensor.match_indices('.').map(|(at, _)| at);
            dots.chain(std::iter::once(tensor.len())).take(MAX_PARTS)
        };
        starts()
            .flat_map(|start| ends().filter_map(move |end| tensor.get(start..end)))
            .find_map(|part| self.whole.get(part))
    }

    fn matched(&self, tensor: &str) -> Option<&T> {
        let layer = tensor.rsplit_once('.').map_or(tensor, |(layer, _)| layer);
        let matching = self
            .wildcards
            .iter()
            .find(|(wildcard, _)| matches(wildcard, layer) || matches(wildcard, tensor));
        matching.map(|(_, value)| value)
    }
}

/// The wildcard that a pattern comes to; `None` for a plain name.
fn wildcard(pattern: &str) -> Option<String> {
    const PREFIXES: [&str; 3] = ["re:", "-:", "+:"];
    const OF_EXPRESSIONS: [char; 8] = ['\\', '^', '$', '(', '|', '+', '{', '['];
    let expression = PREFIXES
        .iter()
        .find_map(|prefix| pattern.strip_prefix(prefix));
    match expression {
        Some(expression) => Some(of_expression(expression)),
        None if pattern.contains(OF_EXPRESSIONS) || pattern.contains(".*") => {
            // `model.layers.*.mlp` is either; what it matches as a wildcard it matches as both.
            let is_plain = !pattern.contains(OF_EXPRESSIONS);
            Some(if is_plain {
                pattern.to_owned()
            } else {
                of_expression(pattern)
            })
        }
        None => pattern.contains(['*', '?']).then(|| pattern.to_owned()),
    }
}

/// A wildcard that matches whatever a regular expression matches at the start of a name.
fn of_expression(expression: &str) -> String {
    const ANYTHING: &str = "*";
    let mut wildcard = String::new();
    let mut characters = expression
        .strip_prefix('^')
        .unwrap_or(expression)
        .chars()
        .peekable();
    while let Some(character) = characters.next() {
        match character {
            // Alternatives and groups may hold anything.
            '|' => return ANYTHING.to_owned(),
            '(' => return format!("{wildcard}{ANYTHING}"),
            '$' if characters.peek().is_none() => return wildcard,
            '*' | '+' | '?' | '{' => {
                wildcard.pop();
                wildcard.push('*');
                if character == '{' {
                    characters.by_ref().find(|next| *next == '}');
                }
            }
            '[' => {
                characters.by_ref().find(|next| *next == ']');
                wildcard.push('?');
            }
            '.' => wildcard.push('?'),
            '\\' => match characters.next() {
                Some(escaped) if escaped.is_ascii_alphanumeric() => wildcard.push('?'),
                Some(escaped) => wildcard.push(escaped),
                None => {}
            },
            plain => wildcard.push(plain),
        }
    }
    wildcard + ANYTHING
}

/// Whether a text is what a wildcard stands for: `*` for any characters, `?` for one.
fn matches(wildcard: &str, text: &str) -> bool {
    let (wildcard, text) = (wildcard.as_bytes(), text.as_bytes());
    let (mut at, mut of) = (0_usize, 0_usize);
    // Where to go on when what follows the last star turns out not to match.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match wildcard.get(of) {
            Some(b'*') => {
                star = Some((of, at));
                of = of.saturating_add(1);
            }
            Some(wanted) if *wanted == b'?' || text.get(at) == Some(wanted) => {
                at = at.saturating_add(1);
                of = of.saturating_add(1);
            }
            _ => {
                let Some((star_of, star_at)) = star else {
                    return false;
                };
                at = star_at.saturating_add(1);
                of = star_of.saturating_add(1);
                star = Some((star_of, at));
            }
        }
    }
    wildcard.iter().skip(of).all(|rest| *rest == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(patterns: &[&str], tensor: &str) -> bool {
        let mut layers: Layers<()> = Layers::default();
        for pattern in patterns {
            layers.entry(pattern);
        }
        layers.of(tensor).is_some()
    }

    #[test]
    fn names_match_whole_parts() {
        for (pattern, tensor, expected) in [
            ("lm_head", "lm_head.weight", true),
            ("mlp.gate", "model.layers.0.mlp.gate.weight", true),
            ("mlp.gate", "model.layers.0.mlp.gate_proj.weight", false),
            ("visual", "visual.blocks.1.attn.weight", true),
            ("model.layers.1", "model.layers.11.mlp.weight", false),
        ] {
            assert_eq!(is_in(&[pattern], tensor), expected, "{pattern}: {tensor}");
        }
    }

    #[test]
    fn wildcards_match_the_layer() {
        for (pattern, tensor, expected) in [
            (
                "model.layers.*.self_attn*",
                "model.layers.3.self_attn.q_proj.weight",
                true,
            ),
            ("*mlp.gate", "model.layers.3.mlp.gate.weight", true),
            ("*mlp.gate", "model.layers.3.mlp.up.weight", false),
            ("lm_hea?", "lm_head.weight", true),
            ("*", "anything", true),
        ] {
            assert_eq!(is_in(&[pattern], tensor), expected, "{pattern}: {tensor}");
        }
    }

    #[test]
    fn expressions_match_at_least_what_they_mean() {
        for (pattern, tensor, expected) in [
            ("re:.*lm_head", "model.lm_head.weight", true),
            (
                "re:.*self_attn.*",
                "model.layers.3.self_attn.q_proj.weight",
                true,
            ),
            ("re:.*self_attn.*", "model.layers.3.mlp.up.weight", false),
            (
                r"re:model\.layers\.\d+\.mlp\.gate$",
                "model.layers.12.mlp.gate.weight",
                true,
            ),
            (
                r"re:model\.layers\.\d+\.mlp\.gate$",
                "model.layers.12.mlp.gate_proj.weight",
                false,
            ),
            (
                r"-:.*\.(down|up)_proj",
                "model.layers.1.mlp.up_proj.qweight",
                true,
            ),
            ("re:a|b", "c.weight", true),
            ("re:vision[a-z_]*", "vision_tower.x.weight", true),
            (r"^visual\.", "visual.merger.weight", true),
        ] {
            assert_eq!(is_in(&[pattern], tensor), expected, "{pattern}: {tensor}");
        }
    }

    #[test]
    fn more_wildcards_than_are_kept_say_nothing_certain_of_any_layer() {
        let mut layers: Layers<u8> = Layers::default();
        for index in 0..MAX_WILDCARDS {
            *layers.entry(&format!("layer.{index}.*")) = 7;
        }

        assert_eq!(layers.of("other.weight"), None);

        *layers.entry("one.more.*") = 8;

        assert_eq!(layers.of("layer.3.x.weight"), Some(&7));
        assert_eq!(layers.of("other.weight"), Some(&0));
    }

    proptest::proptest! {
        #[test]
        fn any_pattern_is_answered(pattern in "\\PC{0,30}", tensor in "\\PC{0,60}") {
            let _ = is_in(&[&pattern], &tensor);
        }

        #[test]
        fn a_name_matches_itself(name in "[a-z_]{1,8}(\\.[a-z0-9_]{1,8}){0,5}") {
            proptest::prop_assert!(is_in(&[&name], &name));
            let expression = format!("re:{}$", name.replace('.', "\\."));
            proptest::prop_assert!(is_in(&[&expression], &name));
        }
    }
}

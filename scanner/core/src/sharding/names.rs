//! How parts and indexes are named.
//!
//! llama.cpp writes `%s-%05d-of-%05d.gguf` (`llama_split_path`); Hugging Face writes
//! `model-00001-of-00005.safetensors`, and others write as many digits as they like. The index
//! stands beside them: `model.safetensors.index.json`, with a variant `model.safetensors.index.fp16.json`.
//! TensorFlow's and Flax's weights of transformers are parts only where an index says so: others
//! number files of data so.

/// Suffixes of weights that come in parts.
pub(crate) const SUFFIXES: [&str; 3] = ["bin", "gguf", "safetensors"];

/// Suffixes of weights that an index maps.
pub(crate) const INDEXED: [&str; 4] = ["bin", "h5", "msgpack", "safetensors"];

/// Those whose tensors an index calls by names of another program than the one that wrote them.
const NAMED_OTHERWISE: [&str; 2] = ["h5", "msgpack"];

/// Digits of a part's number: a hundred thousand parts and one to spare.
const MAX_DIGITS: usize = 6;

/// The name of one part of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbered<'a> {
    /// What stands before the number.
    pub(crate) prefix: &'a str,
    /// The number, as written; parts are counted from 1, rarely from 0.
    pub(crate) digits: &'a str,
    /// The number of parts, as written.
    pub(crate) of: &'a str,
    /// The suffix, without the dot.
    pub(crate) suffix: &'a str,
}

/// What the parts of one model have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Series {
    pub(crate) prefix: String,
    pub(crate) of: String,
    pub(crate) suffix: String,
}

impl<'a> Numbered<'a> {
    /// Takes a name apart; `None` where it is not numbered.
    pub(crate) fn read(name: &'a str) -> Option<Self> {
        let (stem, suffix) = name.rsplit_once('.')?;
        let (rest, of) = stem.rsplit_once("-of-")?;
        let (prefix, digits) = rest.rsplit_once('-')?;
        let is_known = SUFFIXES.contains(&suffix.to_ascii_lowercase().as_str());
        let numbered = Self {
            prefix,
            digits,
            of,
            suffix,
        };
        let is_numbered = is_number(digits) && is_number(of) && numbered.count() > 0;
        (is_known && is_numbered).then_some(numbered)
    }

    pub(crate) fn number(&self) -> u32 {
        self.digits.parse().unwrap_or(u32::MAX)
    }

    pub(crate) fn count(&self) -> u32 {
        self.of.parse().unwrap_or(u32::MAX)
    }

    pub(crate) fn series(&self) -> Series {
        Series {
            prefix: self.prefix.to_owned(),
            of: self.of.to_owned(),
            suffix: self.suffix.to_owned(),
        }
    }

    /// The name of another part of the same model.
    pub(crate) fn sibling(&self, number: u32) -> String {
        let Self {
            prefix,
            digits,
            of,
            suffix,
        } = self;
        let width = digits.len();
        format!("{prefix}-{number:0width$}-of-{of}.{suffix}")
    }
}

/// The name that llama.cpp looks for, `llama_split_path` in its `src/llama-model-loader.cpp`.
pub(crate) fn llama_split_name(prefix: &str, number: u32, count: u16) -> String {
    format!("{prefix}-{number:05}-of-{count:05}.gguf")
}

/// The suffix of the weights that an index by this name maps; `None` where it is no index.
pub(crate) fn indexed_suffix(name: &str) -> Option<&'static str> {
    indexed(name).map(|(_, suffix, _)| suffix)
}

/// The file that is loaded in place of all parts where it stands beside their index.
pub(crate) fn whole_file(index: &str) -> Option<String> {
    let (stem, suffix, variant) = indexed(index)?;
    Some(format!("{stem}{variant}.{suffix}"))
}

/// Whether an index by this name calls tensors as the parts do.
pub(crate) fn has_names_of_tensors(index: &str) -> bool {
    indexed_suffix(index).is_none_or(|suffix| !NAMED_OTHERWISE.contains(&suffix))
}

/// The name of an index taken apart: stem, suffix, and the variant with its dot.
fn indexed(name: &str) -> Option<(&str, &'static str, &str)> {
    let before = name.strip_suffix(".json")?;
    INDEXED.into_iter().find_map(|suffix| {
        let (stem, variant) = before.rsplit_once(&format!(".{suffix}.index"))?;
        let is_one = variant.is_empty() || variant.starts_with('.') && !variant.ends_with('.');
        is_one.then_some((stem, suffix, variant))
    })
}

/// Whether the name of a mapped file may lead elsewhere.
pub(crate) fn is_path_like(name: &str) -> bool {
    name.contains(['/', '\\', '\0']) || name == ".." || has_drive(name)
}

/// Whether a mapped file's name is one: neither empty nor the directory, without control characters.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "." && !is_path_like(name) && !name.chars().any(char::is_control)
}

/// Whether Windows would read the name as relative to a drive.
fn has_drive(name: &str) -> bool {
    matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

fn is_number(text: &str) -> bool {
    (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(name: &str) -> Option<(&str, u32, u32, &str)> {
        Numbered::read(name).map(|read| (read.prefix, read.number(), read.count(), read.suffix))
    }

    #[test]
    fn a_numbered_name_is_taken_apart() {
        assert_eq!(
            parts("m-Q4_K_M-00002-of-00003.gguf"),
            Some(("m-Q4_K_M", 2, 3, "gguf"))
        );
        assert_eq!(
            parts("model-1-of-61.safetensors"),
            Some(("model", 1, 61, "safetensors"))
        );
        assert_eq!(
            parts("model-00001-of-000163.safetensors"),
            Some(("model", 1, 163, "safetensors"))
        );
        assert_eq!(
            parts("pytorch_model-00001-of-00002.bin"),
            Some(("pytorch_model", 1, 2, "bin"))
        );
    }

    #[test]
    fn what_is_not_numbered_is_no_part() {
        for name in [
            "model.gguf",
            "one-of-us.gguf",
            "m-00001-of-00000.gguf",
            "m-0000001-of-00002.gguf",
            "m-00001-of-.gguf",
            "m--of-00002.gguf",
            "m-00001-of-00002.parquet",
            "m-00001-of-00002",
            "",
        ] {
            assert_eq!(parts(name), None, "{name}");
        }
    }

    #[test]
    fn a_sibling_is_written_as_wide_as_the_part() {
        let sibling = |name, number| Numbered::read(name).map(|read| read.sibling(number));

        assert_eq!(
            sibling("m-00001-of-00003.gguf", 12).as_deref(),
            Some("m-00012-of-00003.gguf")
        );
        assert_eq!(
            sibling("m-1-of-61.safetensors", 12).as_deref(),
            Some("m-12-of-61.safetensors")
        );
    }

    #[test]
    fn an_index_says_by_its_name_what_it_maps() {
        let cases = [
            ("model.safetensors.index.json", Some("safetensors")),
            ("model.safetensors.index.fp16.json", Some("safetensors")),
            ("pytorch_model.bin.index.json", Some("bin")),
            ("tf_model.h5.index.json", Some("h5")),
            ("flax_model.msgpack.index.json", Some("msgpack")),
            ("model.index.json", None),
            ("model.safetensors.indexes.json", None),
            ("model.safetensors.index..json", None),
            ("model.safetensors.index", None),
        ];
        for (name, suffix) in cases {
            assert_eq!(indexed_suffix(name), suffix, "{name}");
        }
    }

    #[test]
    fn an_index_says_by_its_name_what_is_loaded_in_its_place() {
        for (index, file) in [
            ("model.safetensors.index.json", Some("model.safetensors")),
            (
                "model.safetensors.index.fp16.json",
                Some("model.fp16.safetensors"),
            ),
            ("pytorch_model.bin.index.json", Some("pytorch_model.bin")),
            ("model.json", None),
        ] {
            assert_eq!(whole_file(index).as_deref(), file, "{index}");
        }
    }

    #[test]
    fn a_mapped_name_is_plain_or_like_a_path() {
        for name in [
            "../m.bin", "/m.bin", "a/m.bin", "a\\m.bin", "C:m.bin", "..", "m\0.bin",
        ] {
            assert!(is_path_like(name) && !is_plain(name), "{name:?}");
        }
        for name in ["", ".", "m\n.bin"] {
            assert!(!is_path_like(name) && !is_plain(name), "{name:?}");
        }
        assert!(is_plain("model-00001-of-00002.safetensors"));
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_answered(name in "\\PC{0,40}") {
            let _ = (parts(&name), indexed_suffix(&name), is_plain(&name));
        }

        #[test]
        fn a_name_is_its_own_sibling(
            prefix in "[a-zA-Z0-9._-]{0,12}",
            number in 0_u32..1000,
            count in 1_u32..1000,
            suffix in "(gguf|safetensors|bin)",
        ) {
            let name = format!("{prefix}-{number:05}-of-{count:05}.{suffix}");
            let read = Numbered::read(&name).map(|read| (read.number(), read.sibling(number)));
            proptest::prop_assert_eq!(read, Some((number, name)));
        }
    }
}

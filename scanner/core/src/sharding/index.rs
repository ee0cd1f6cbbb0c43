//! The index of a model in several files: which tensor is in which.
//!
//! `{"metadata": {"total_size": bytes}, "weight_map": {tensor: file}}`, as `save_pretrained` of
//! transformers and `split_torch_state_dict_into_shards` of `huggingface_hub` write it.

use std::collections::HashMap;

use super::names::{is_path_like, is_plain};
use super::{MAX_PARTS, MAX_TENSORS, ShardProblem};
use crate::anomalies::{Anomalies, Fault};
use crate::json::{self, Events, Scalar};
use crate::reader::widen;
use crate::record::Anomaly;

/// Bytes of an index: 128 for each of the most tensors. That of `DeepSeek-V3` takes 9 MB for 92,000.
pub const MAX_INDEX: usize = 32 * 1024 * 1024;

/// What an index says.
#[derive(Debug, Default)]
pub struct Index {
    /// Each tensor and the number of its file; `None` where it is no file's name.
    pub(super) map: Vec<(Box<str>, Option<usize>)>,
    /// The files, each once, in the order in which they are named first.
    pub(super) files: Vec<String>,
    /// Bytes of all tensors, as stated.
    pub(super) total_size: Option<u64>,
    /// What is wrong with it.
    pub(super) anomalies: Vec<Anomaly>,
}

impl Index {
    /// Reads the bytes of an index; what is wrong with them is among its anomalies.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let mut reading = Reading::default();
        let outcome = json::walk(bytes, &mut reading);
        let Reading {
            mut index,
            mut anomalies,
            has_map,
            ..
        } = reading;
        if let Err(error) = outcome {
            anomalies.report(|| Fault::anywhere(ShardProblem::IndexJson(error)));
        } else if !has_map {
            let expected = "weight_map of tensors and files";
            anomalies.report(|| Fault::anywhere(ShardProblem::IndexShape(expected)));
        }
        index.anomalies = anomalies.into_vec();
        index
    }

    /// The names of files beside the index that it maps tensors to.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }
}

#[derive(Default)]
struct Reading {
    index: Index,
    /// Every name that stands for a file, and its number where it is one.
    numbers: HashMap<String, Option<usize>>,
    anomalies: Anomalies,
    has_map: bool,
    is_over: bool,
}

impl Reading {
    fn map(&mut self, tensor: &str, file: &str) {
        self.has_map = true;
        if self.index.map.len() >= MAX_TENSORS {
            return self.stop("limit-tensors", "tensors of an index", MAX_TENSORS);
        }
        let number = match self.numbers.get(file) {
            Some(number) => *number,
            None if self.numbers.len() >= MAX_PARTS => {
                return self.stop("limit-parts", "files of an index", MAX_PARTS);
            }
            None => self.number(file),
        };
        self.index.map.push((tensor.into(), number));
    }

    /// The number of a file that was not named before.
    fn number(&mut self, file: &str) -> Option<usize> {
        let number = is_plain(file).then(|| {
            self.index.files.push(file.to_owned());
            self.index.files.len().saturating_sub(1)
        });
        if number.is_none() {
            self.report(ShardProblem::IndexName(file.to_owned()), &["weight_map"]);
        }
        if is_path_like(file) {
            self.report(ShardProblem::IndexPath(file.to_owned()), &["weight_map"]);
        }
        self.numbers.insert(file.to_owned(), number);
        number
    }

    fn stop(&mut self, kind: &'static str, of: &'static str, most: usize) {
        if !std::mem::replace(&mut self.is_over, true) {
            let most = widen(most);
            self.report(ShardProblem::Limit { kind, of, most }, &["weight_map"]);
        }
    }

    fn report(&mut self, problem: ShardProblem, within: &[&str]) {
        self.anomalies.report(|| {
            let fault = Fault::anywhere(problem);
            within
                .iter()
                .rev()
                .fold(fault, |fault, part| fault.within(part))
        });
    }
}

impl Events for Reading {
    fn scalar(&mut self, path: &[String], scalar: Scalar<'_>) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match (path.as_slice(), scalar) {
            (["weight_map", tensor], Scalar::Text(file)) => self.map(tensor, file),
            (["weight_map", rest @ ..], _) => {
                let expected = "file's name in this place";
                let within: Vec<&str> = [&["weight_map"], rest].concat();
                self.report(ShardProblem::IndexShape(expected), &within);
            }
            // A size that is no whole number comes of counting truth values as bits: it says
            // nothing exact.
            (["metadata", "total_size"], Scalar::Unsigned(size)) => {
                self.index.total_size = Some(size);
            }
            _ => {}
        }
    }

    fn duplicate(&mut self, path: &[String]) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        self.report(ShardProblem::IndexDuplicateKey, &path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(json: &str) -> Vec<&'static str> {
        let index = Index::read(json.as_bytes());
        index.anomalies.iter().map(|anomaly| anomaly.kind).collect()
    }

    #[test]
    fn an_index_maps_tensors_to_files() {
        let index = Index::read(
            br#"{"metadata": {"total_size": 12}, "weight_map": {"a": "1.bin", "b": "2.bin", "c": "1.bin"}}"#,
        );

        assert_eq!(index.files(), ["1.bin", "2.bin"]);
        let map: Vec<_> = index
            .map
            .iter()
            .map(|(name, file)| (&**name, *file))
            .collect();
        assert_eq!(map, [("a", Some(0)), ("b", Some(1)), ("c", Some(0))]);
        assert_eq!(index.total_size, Some(12));
        assert_eq!(index.anomalies, []);
    }

    #[test]
    fn a_total_that_is_no_whole_number_says_nothing() {
        let index =
            Index::read(br#"{"metadata": {"total_size": 12.0}, "weight_map": {"a": "1.bin"}}"#);

        assert_eq!((index.total_size, index.anomalies), (None, vec![]));
    }

    #[test]
    fn what_is_no_index_is_broken() {
        for json in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"weight_map": {}}"#,
            r#"{"weight_map": []}"#,
        ] {
            assert_eq!(kinds(json), ["broken-index"], "{json}");
        }
        assert_eq!(
            kinds(r#"{"weight_map": {"a": 1, "b": ["x"]}}"#),
            ["broken-index", "broken-index", "broken-index"]
        );
    }

    #[test]
    fn a_tensor_that_is_mapped_twice_is_reported() {
        let index = Index::read(br#"{"weight_map": {"a": "1.bin", "\u0061": "2.bin"}}"#);

        let found: Vec<_> = index
            .anomalies
            .iter()
            .map(|anomaly| (anomaly.kind, anomaly.within.join(".")))
            .collect();
        assert_eq!(found, [("duplicate-key", "weight_map.a".to_owned())]);
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_reported_once_and_maps_nothing() {
        let index = Index::read(
            br#"{"weight_map": {"a": "../x.bin", "b": "../x.bin", "c": "", "d": "ok.bin"}}"#,
        );

        let found: Vec<_> = index
            .anomalies
            .iter()
            .map(|anomaly| (anomaly.rule, anomaly.kind))
            .collect();
        assert_eq!(
            found,
            [
                (crate::record::AnomalyRule::IncompleteShards, "index-name"),
                (crate::record::AnomalyRule::ExternalDataEscape, "index-path"),
                (crate::record::AnomalyRule::IncompleteShards, "index-name"),
            ]
        );
        assert_eq!(index.files(), ["ok.bin"]);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = Index::read(&bytes);
        }

        #[test]
        fn any_map_is_read_as_it_stands(
            map in proptest::collection::btree_map("[a-z.]{1,8}", "[a-z]{1,4}\\.bin", 1..20),
        ) {
            let json = serde_json::json!({"weight_map": map});
            let index = Index::read(json.to_string().as_bytes());
            let read: std::collections::BTreeMap<String, String> = index
                .map
                .iter()
                .filter_map(|(name, file)| {
                    Some((name.to_string(), index.files.get((*file)?)?.clone()))
                })
                .collect();
            proptest::prop_assert_eq!(read, map);
            proptest::prop_assert_eq!(index.anomalies, vec![]);
        }
    }
}

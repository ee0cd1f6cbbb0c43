//! Which files of a directory make one model: those of one numbering, and those that one index maps.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::names::{Numbered, Series, indexed_suffix};

/// An index file by its name, and the files that it maps; `None` where that cannot be told.
pub(crate) type Mapped = (String, Option<Vec<String>>);

/// Names of files that make one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// Its parts in their order; mapped ones among them that may not be there.
    pub(crate) names: Vec<String>,
    /// The indexes that speak of them.
    pub(crate) indexes: Vec<String>,
}

/// The models in several files that files asked for belong to.
///
/// `numbered` are the numbered names in the directory. An index that cannot be read may speak of
/// any file of its suffix, so it concerns them all.
pub(crate) fn group(asked: &[&str], numbered: &[String], indexes: &[Mapped]) -> Vec<Group> {
    let mut names = Names::default();
    let mut series: HashMap<Series, usize> = HashMap::new();
    let numbered = numbered.iter().map(String::as_str);
    for name in numbered.chain(asked.iter().copied()) {
        let node = names.node(name);
        if let Some(read) = Numbered::read(name) {
            let first = *series.entry(read.series()).or_insert(node);
            names.join(first, node);
        }
    }
    for files in indexes.iter().filter_map(|(_, files)| files.as_ref()) {
        let nodes: Vec<usize> = files.iter().map(|file| names.node(file)).collect();
        for (first, node) in nodes.iter().zip(nodes.iter().skip(1)) {
            names.join(*first, *node);
        }
    }

    let wanted: BTreeSet<usize> = asked.iter().map(|name| names.root_of(name)).collect();
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    for (name, root) in names.roots() {
        if wanted.contains(&root) {
            let group = groups.entry(root).or_insert_with(|| Group {
                names: Vec::new(),
                indexes: Vec::new(),
            });
            group.names.push(name);
        }
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    for group in &mut groups {
        group.names.sort_by_cached_key(|name| order(name));
        let speaking = indexes.iter().filter(|(index, files)| match files {
            Some(files) => files.iter().any(|file| group.names.contains(file)),
            None => group.has_suffix(indexed_suffix(index)),
        });
        group.indexes = speaking.map(|(index, _)| index.clone()).collect();
    }
    groups.retain(|group| !group.is_alone());
    groups.sort_by(|a, b| a.names.cmp(&b.names));
    groups
}

/// Parts of one numbering in its order, unnumbered ones after them.
fn order(name: &str) -> (bool, Option<Series>, u32, String) {
    let read = Numbered::read(name);
    (
        read.is_none(),
        read.map(|read| read.series()),
        read.map_or(0, |read| read.number()),
        name.to_owned(),
    )
}

impl Group {
    fn has_suffix(&self, suffix: Option<&str>) -> bool {
        let mut suffixes = self.names.iter().filter_map(|name| name.rsplit_once('.'));
        suffixes.any(|(_, found)| Some(found) == suffix)
    }

    /// Whether it is a file that nothing says is one of several.
    fn is_alone(&self) -> bool {
        self.indexes.is_empty() && self.names.iter().all(|name| Numbered::read(name).is_none())
    }
}

/// Names in disjoint sets.
#[derive(Default)]
struct Names {
    nodes: HashMap<String, usize>,
    /// For each node another one of its set; itself where it stands for the set.
    parents: Vec<usize>,
}

impl Names {
    fn node(&mut self, name: &str) -> usize {
        if let Some(node) = self.nodes.get(name) {
            return *node;
        }
        let node = self.parents.len();
        self.nodes.insert(name.to_owned(), node);
        self.parents.push(node);
        node
    }

    fn root(&mut self, mut node: usize) -> usize {
        loop {
            let parent = self.parents.get(node).copied().unwrap_or(node);
            if parent == node {
                return node;
            }
            // Halves the way for the next who asks.
            let above = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.parents.get_mut(node) {
                *slot = above;
            }
            node = above;
        }
    }

    fn root_of(&mut self, name: &str) -> usize {
        let node = self.node(name);
        self.root(node)
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(slot) = self.parents.get_mut(a) {
            *slot = b;
        }
    }

    /// Every name and the node that stands for its set.
    fn roots(mut self) -> Vec<(String, usize)> {
        let nodes = std::mem::take(&mut self.nodes);
        nodes
            .into_iter()
            .map(|(name, node)| (name, self.root(node)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(asked: &[&str], there: &[&str], indexes: &[(&str, Option<&[&str]>)]) -> Vec<Group> {
        let there: Vec<String> = there.iter().copied().map(String::from).collect();
        let indexes: Vec<Mapped> = indexes
            .iter()
            .map(|(name, files)| {
                let files = files.map(|files| files.iter().copied().map(String::from).collect());
                ((*name).to_owned(), files)
            })
            .collect();
        group(asked, &there, &indexes)
    }

    fn made(names: &[&str], indexes: &[&str]) -> Group {
        Group {
            names: names.iter().copied().map(String::from).collect(),
            indexes: indexes.iter().copied().map(String::from).collect(),
        }
    }

    #[test]
    fn one_part_brings_the_others_of_its_numbering() {
        let there = [
            "b-10-of-12.safetensors",
            "b-2-of-12.safetensors",
            "a-00001-of-00002.gguf",
        ];

        assert_eq!(
            groups(&["b-2-of-12.safetensors"], &there, &[]),
            [made(
                &["b-2-of-12.safetensors", "b-10-of-12.safetensors"],
                &[]
            )]
        );
    }

    #[test]
    fn another_count_another_suffix_or_another_name_is_another_model() {
        let there = [
            "m-00001-of-00002.gguf",
            "m-00001-of-00003.gguf",
            "m-00001-of-00002.bin",
            "n-00001-of-00002.gguf",
        ];

        assert_eq!(groups(&there, &there, &[]).len(), 4);
    }

    #[test]
    fn an_index_joins_what_it_maps() {
        let index: (&str, Option<&[&str]>) = (
            "m.safetensors.index.json",
            Some(&["b.safetensors", "a.safetensors"]),
        );

        assert_eq!(
            groups(&["a.safetensors", "c.safetensors"], &[], &[index]),
            [made(
                &["a.safetensors", "b.safetensors"],
                &["m.safetensors.index.json"]
            )]
        );
    }

    #[test]
    fn an_index_of_other_files_is_none_of_ours() {
        let index: (&str, Option<&[&str]>) = (
            "model.safetensors.index.json",
            Some(&["model-00001-of-00001.safetensors"]),
        );
        let there = ["output-00001-of-00001.safetensors"];

        assert_eq!(
            groups(&["output.safetensors", there[0]], &there, &[index]),
            [made(&there, &[])]
        );
    }

    #[test]
    fn an_index_that_cannot_be_read_concerns_every_file_of_its_suffix() {
        let index = ("model.safetensors.index.json", None);

        assert_eq!(
            groups(&["a.safetensors", "b.bin"], &[], &[index]),
            [made(&["a.safetensors"], &["model.safetensors.index.json"])]
        );
    }

    #[test]
    fn a_file_of_its_own_is_no_group() {
        assert_eq!(groups(&["model.safetensors", "m.gguf"], &[], &[]), []);
    }

    proptest::proptest! {
        #[test]
        fn whichever_part_is_asked_for_the_group_is_the_same(
            count in 1_usize..6,
            asked in 0_usize..6,
            is_indexed in proptest::bool::ANY,
        ) {
            let there: Vec<String> = (1..=count)
                .map(|number| format!("m-{number:05}-of-{count:05}.safetensors"))
                .collect();
            let index = ("m.safetensors.index.json".to_owned(), Some(there.clone()));
            let indexes: Vec<Mapped> = is_indexed.then_some(index).into_iter().collect();
            let all: Vec<&str> = there.iter().map(String::as_str).collect();
            let one = all.get(asked % count).copied().unwrap_or_default();

            proptest::prop_assert_eq!(
                group(&[one], &there, &indexes),
                group(&all, &there, &indexes)
            );
        }
    }
}

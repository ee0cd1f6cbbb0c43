//! The names that pickles import, each once, in the order they were met.

use std::collections::HashSet;

use super::known;
use super::limits::MAX_IMPORTS;
use crate::record::Import;

/// Characters that a module or a name may have in the findings of bytes that only may be a pickle.
fn is_identifier(text: &str) -> bool {
    text.split('.').all(|part| {
        part.chars()
            .next()
            .is_some_and(|first| first.is_alphabetic() || first == '_')
            && part
                .chars()
                .all(|character| character.is_alphanumeric() || character == '_')
    })
}

/// Imports up to a limit.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    met: HashSet<Box<str>>,
    list: Vec<Import>,
    has_more: bool,
}

impl Imports {
    /// Takes in an import.
    pub(super) fn add(&mut self, module: &str, name: &str, offset: Option<u64>) {
        self.take(Import {
            name: format!("{module}.{name}"),
            is_known: known::is_known(module, name),
            offset,
        });
    }

    fn take(&mut self, import: Import) {
        if self.met.contains(import.name.as_str()) {
            return;
        }
        if self.list.len() >= MAX_IMPORTS {
            self.has_more = true;
            return;
        }
        self.met.insert(import.name.as_str().into());
        self.list.push(import);
    }

    /// Takes in what was met elsewhere.
    pub(super) fn merge(&mut self, others: Self) {
        self.has_more |= others.has_more;
        others.list.into_iter().for_each(|import| self.take(import));
    }

    /// Whether there is any.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether every one is spelled as modules and names are.
    pub(super) fn are_plausible(&self) -> bool {
        self.list.iter().all(|import| is_identifier(&import.name))
    }

    /// Whether any is spelled as modules and names are.
    pub(super) fn is_any_plausible(&self) -> bool {
        self.list.iter().any(|import| is_identifier(&import.name))
    }

    /// Whether the first is.
    pub(super) fn is_first_plausible(&self) -> bool {
        let mut list = self.list.iter();
        list.next()
            .is_some_and(|import| is_identifier(&import.name))
    }

    /// Whether there were more than are listed.
    pub(super) fn has_more(&self) -> bool {
        self.has_more
    }

    /// The imports.
    pub(super) fn into_vec(self) -> Vec<Import> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_with_the_offset_of_its_first_import() {
        let mut imports = Imports::default();

        imports.add("os", "system", Some(2));
        imports.add("collections", "OrderedDict", Some(5));
        imports.add("os", "system", Some(9));

        let list = imports.into_vec();
        let names: Vec<_> = list.iter().map(|each| (&*each.name, each.offset)).collect();
        assert_eq!(
            names,
            [("os.system", Some(2)), ("collections.OrderedDict", Some(5))]
        );
    }

    #[test]
    fn no_more_are_listed_than_the_limit_and_that_is_told() {
        let mut imports = Imports::default();

        for index in 0..=MAX_IMPORTS {
            imports.add("m", &format!("n{index}"), None);
        }

        assert!(imports.has_more());
        assert_eq!(imports.into_vec().len(), MAX_IMPORTS);
    }

    #[test]
    fn names_are_plausible_where_a_program_could_bear_them() {
        for (name, is_plausible) in [
            ("os.system", true),
            ("__main__.Größe_2", true),
            ("os.sys tem", false),
            ("2.x", false),
            ("a..b", false),
            ("", false),
        ] {
            assert_eq!(is_identifier(name), is_plausible, "{name}");
        }
    }
}

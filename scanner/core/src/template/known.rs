//! What is known of a template from reading all of it: what its names stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::Place;

/// Parameters of a macro, by place and by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters<'a> {
    pub(super) in_order: Vec<&'a str>,
    pub(super) by_name: BTreeSet<&'a str>,
}

/// What is known of a template from reading all of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Known<'a> {
    /// The macros that a name stands for, and nothing else.
    pub(super) macros: BTreeMap<&'a str, Parameters<'a>>,
    /// The places that hold numbers only.
    pub(super) numbers: BTreeSet<Place<'a>>,
    /// The names that the template gives to things, and the members that may be macros.
    pub(super) own: BTreeSet<Place<'a>>,
}

impl Known<'_> {
    /// Whether a function is the one that Jinja and the program lend.
    pub(super) fn is_lent(&self, function: &str) -> bool {
        !self.own.contains(&Place::Name(function))
    }

    /// Whether a method is one of Python's.
    pub(super) fn is_of_python(&self, method: &str) -> bool {
        !self.own.contains(&Place::Member(method)) && !self.own.contains(&Place::AnyMember)
    }
}

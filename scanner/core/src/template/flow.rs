//! Where texts go in a template: from what puts them together, through the names that they are given
//! to, to where members are looked up by them.
//!
//! Names count without their scopes, and members without the objects that they belong to: two that
//! are called the same are one place.

use std::collections::{BTreeMap, BTreeSet};

/// What a value may be kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place<'a> {
    /// A variable, or the parameter of a macro.
    Name(&'a str),
    /// A member of whatever object: `ns.name`, `{'name': ...}`.
    Member(&'a str),
    /// A member whose name is not known.
    AnyMember,
    /// What a function is called with that may be any macro.
    Arguments,
    /// What several places are given at once.
    Shared(usize),
}

/// What is known of a value without computing it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Value<'a> {
    /// Whether it is a number or true or false, which no member is called by.
    pub(super) is_number: bool,
    /// Whether it is a list, which is not put together with another to a text. One that is a number,
    /// too, is of numbers.
    pub(super) is_list: bool,
    /// Whether it is a text that was put together, or one that is a name with underscores.
    pub(super) is_made: bool,
    /// The places that it, or a part of it, may come from.
    pub(super) from: Vec<Place<'a>>,
}

impl<'a> Value<'a> {
    /// A number.
    pub(super) fn number() -> Self {
        Self {
            is_number: true,
            ..Self::default()
        }
    }

    /// A text that was put together.
    pub(super) fn made() -> Self {
        Self {
            is_made: true,
            ..Self::default()
        }
    }

    /// What comes from a place.
    pub(super) fn from(place: Place<'a>) -> Self {
        Self {
            from: vec![place],
            ..Self::default()
        }
    }

    /// One of two values, or what holds both.
    pub(super) fn or(mut self, other: Self) -> Self {
        self.is_number &= other.is_number;
        self.is_list &= other.is_list;
        self.is_made |= other.is_made;
        self.from.extend(other.from);
        self
    }

    /// A part of the value, or the value after what changes none of its letters.
    pub(super) fn part(mut self) -> Self {
        self.is_number = false;
        self.is_list = false;
        self
    }
}

/// Where a member is looked up, and the expression as the template writes it.
pub(super) type Lookup<'a> = (usize, &'a str);

/// All that a template gives to places, and all that it looks up.
#[derive(Debug, Default)]
pub(super) struct Flow<'a> {
    /// The places to which what is in a place is given as well.
    onward: BTreeMap<Place<'a>, Vec<Place<'a>>>,
    /// The places into which what is in a place is put, whatever else they are called.
    inward: BTreeMap<Place<'a>, Vec<Place<'a>>>,
    /// The places that are given a text that was put together, and those into which one is put.
    made: Vec<Place<'a>>,
    filled: Vec<Place<'a>>,
    /// The places that are given something: whether it is numbers only.
    given: BTreeMap<Place<'a>, bool>,
    /// The first lookup by what was put together, and the first by what is in each place.
    computed: Option<Lookup<'a>>,
    lookups: BTreeMap<Place<'a>, Lookup<'a>>,
    shared: usize,
}

impl<'a> Flow<'a> {
    /// Gives a value to places.
    pub(super) fn give(&mut self, value: Value<'a>, places: &[Place<'a>]) {
        self.note(&value, places);
        if value.is_made {
            self.made.extend(places);
        }
        let from = self.few(value.from, places);
        pass(&mut self.onward, from, places);
    }

    /// Puts a value into what is in places, which may be in others as well.
    pub(super) fn put(&mut self, value: Value<'a>, places: &[Place<'a>]) {
        self.note(&value, places);
        if value.is_made {
            self.filled.extend(places);
        }
        let from = self.few(value.from, places);
        pass(&mut self.inward, from, places);
    }

    fn note(&mut self, value: &Value<'a>, places: &[Place<'a>]) {
        for place in places {
            let only_numbers = self.given.entry(*place).or_insert(true);
            *only_numbers &= value.is_number && !value.is_list;
        }
    }

    /// Of many to many, by way of one place: the work stays that of the template's length.
    fn few(&mut self, from: Vec<Place<'a>>, places: &[Place<'a>]) -> Vec<Place<'a>> {
        match (from.as_slice(), places) {
            ([_, _, ..], [_, _, ..]) => vec![self.share(from)],
            _ => from,
        }
    }

    /// A value of one place that comes from all that it may come from.
    pub(super) fn same(&mut self, mut value: Value<'a>) -> Value<'a> {
        if value.from.len() > 1 {
            let from = std::mem::take(&mut value.from);
            value.from.push(self.share(from));
        }
        value
    }

    fn share(&mut self, from: Vec<Place<'a>>) -> Place<'a> {
        let shared = Place::Shared(self.shared);
        self.shared = self.shared.saturating_add(1);
        pass(&mut self.onward, from, &[shared]);
        shared
    }

    /// Notes that a member is looked up by a value.
    pub(super) fn look_up(&mut self, lookup: Lookup<'a>, by: &Value<'a>) {
        if by.is_made {
            self.computed.get_or_insert(lookup);
        }
        for place in &by.from {
            self.lookups.entry(*place).or_insert(lookup);
        }
    }

    /// Whether anything is given to a place.
    pub(super) fn is_given(&self, place: Place<'a>) -> bool {
        self.given.contains_key(&place)
    }

    /// The places that are given numbers and nothing else.
    pub(super) fn numbers(&self) -> BTreeSet<Place<'a>> {
        let any_member = self.given.get(&Place::AnyMember) == Some(&false);
        let is_kept = |place: &Place<'a>| !(any_member && is_member(place));
        let only = self.given.iter().filter(|(_, only_numbers)| **only_numbers);
        only.map(|(place, _)| *place).filter(is_kept).collect()
    }

    /// The places that are given anything, and those that what is in some places comes to.
    pub(super) fn given_and_reached(&self, from: Vec<Place<'a>>) -> BTreeSet<Place<'a>> {
        let mut reached: BTreeSet<_> = self.given.keys().copied().filter(is_name).collect();
        let mut next = from;
        let mut seen = BTreeSet::new();
        while let Some(place) = next.pop() {
            if seen.insert(place) {
                let places = [&self.onward, &self.inward].map(|of| of.get(&place));
                next.extend(places.into_iter().flatten().flatten());
            }
        }
        reached.extend(seen);
        reached
    }

    /// How many ways there are from place to place.
    #[cfg(test)]
    pub(super) fn ways(&self) -> usize {
        let all = self.onward.values().chain(self.inward.values());
        all.map(Vec::len).sum()
    }

    /// The first lookup by what was put together.
    pub(super) fn first_computed(mut self) -> Option<Lookup<'a>> {
        let mut back: BTreeMap<Place<'a>, Vec<Place<'a>>> = BTreeMap::new();
        for (source, places) in &self.onward {
            for place in places {
                back.entry(*place).or_default().push(*source);
            }
        }
        let mut reached: BTreeSet<Place<'a>> = BTreeSet::new();
        let mut next = std::mem::take(&mut self.made);
        let mut filled = std::mem::take(&mut self.filled);
        loop {
            if let Some(place) = filled.pop() {
                // It is in all that the place was given, too.
                filled.extend(back.remove(&place).unwrap_or_default());
                next.push(place);
            } else if let Some(place) = next.pop() {
                if reached.insert(place) {
                    next.extend(self.onward.get(&place).into_iter().flatten());
                    filled.extend(self.inward.remove(&place).unwrap_or_default());
                    if place == Place::AnyMember {
                        let members = [self.onward.keys(), self.inward.keys()];
                        let members = members.into_iter().flatten().copied();
                        next.extend(members.filter(is_member));
                    }
                }
            } else {
                break;
            }
        }
        let any_member = reached.contains(&Place::AnyMember);
        let is_reached =
            |place: &Place<'a>| reached.contains(place) || any_member && is_member(place);
        let by_places = self.lookups.iter().filter(|(place, _)| is_reached(place));
        by_places
            .map(|(_, lookup)| *lookup)
            .chain(self.computed)
            .min()
    }
}

fn is_name(place: &Place<'_>) -> bool {
    matches!(place, Place::Name(_))
}

fn is_member(place: &Place<'_>) -> bool {
    matches!(place, Place::Member(_))
}

/// Adds the way from some places to others.
fn pass<'a>(
    ways: &mut BTreeMap<Place<'a>, Vec<Place<'a>>>,
    from: Vec<Place<'a>>,
    places: &[Place<'a>],
) {
    for source in from {
        let onward = ways.entry(source).or_default();
        // The same is often given to the same.
        if !onward.ends_with(places) {
            onward.extend(places);
        }
    }
}

//! Calls of functions, methods, macros, filters and tests: what they are given goes where, and what
//! comes of it.

use super::expressions::{Callee, Expressions};
use super::flow::{Lookup, Place, Value};
use super::lent::{COUNTING, FILLING, FORMATTING, KEEPING, LISTS, LOOKING_UP, MAKING};
use super::tokens::Kind;

/// What a function, a method or a filter is called with.
struct Argument<'a> {
    name: Option<&'a str>,
    /// Whether it is a list or an object of arguments: `*items`, `**members`.
    is_spread: bool,
    value: Value<'a>,
    /// Where it stands, should a member be looked up by it.
    lookup: Lookup<'a>,
    /// The text, where it is a literal as it stands.
    literal: Option<&'a str>,
}

impl<'a> Expressions<'a, '_> {
    /// The arguments of a call, behind its opening.
    fn arguments(&mut self) -> Vec<Argument<'a>> {
        let mut arguments = Vec::new();
        while !self.is_at_end() && !self.skip(')') {
            let before = self.at;
            let is_spread = self.skip('*');
            self.skip('*');
            let name = match (self.kind(0), self.kind(1), self.kind(2)) {
                (Some(Kind::Name(name)), Some(Kind::Sign('=')), after)
                    if after != Some(&Kind::Sign('=')) =>
                {
                    self.at = self.at.saturating_add(2);
                    Some(*name)
                }
                _ => None,
            };
            let start = self.at;
            let literal = match (self.kind(0), self.kind(1)) {
                (Some(Kind::Text(text)), Some(Kind::Sign(',' | ')'))) => Some(text.value.as_str()),
                _ => None,
            };
            let value = self.expression();
            let lookup = self.written(start, self.at);
            arguments.push(Argument {
                name,
                is_spread,
                value,
                lookup,
                literal,
            });
            if !self.skip(',') && self.at == before {
                self.at = before.saturating_add(1);
            }
        }
        arguments
    }

    /// A call of a value, behind its opening.
    pub(super) fn call(
        &mut self,
        callee: Callee<'a>,
        value: &Value<'a>,
        lookup: Lookup<'a>,
    ) -> Value<'a> {
        let arguments = self.arguments();
        match callee {
            Callee::Function(name) if self.known.macros.contains_key(name) => {
                self.enter(name, arguments);
                Value::made()
            }
            Callee::Function(name) if !self.known.is_lent(name) => {
                self.call_any(value, lookup, arguments)
            }
            Callee::Method(name, _) if !self.known.is_of_python(name) => {
                self.call_any(value, lookup, arguments)
            }
            Callee::Function("range") => Value::number(),
            Callee::Function("namespace" | "dict") => self.object(arguments),
            // The date in a form: what the form holds of names is all of them that comes.
            Callee::Function("strftime_now") => {
                let names = |argument: &Argument<'_>| {
                    argument.literal.is_none_or(|text| text.contains('_'))
                };
                Value {
                    is_made: arguments.iter().any(names),
                    ..Value::default()
                }
            }
            Callee::Function("raise_exception") => Value::default(),
            Callee::Method(name, _) if COUNTING.contains(&name) => Value::number(),
            Callee::Method(name, object) if FILLING.contains(&name) => {
                let object = self.flow.same(object);
                self.fill(name, object, arguments)
            }
            Callee::Method(name, object) if KEEPING.contains(&name) => {
                let member = arguments.first().and_then(|argument| argument.literal);
                let place = member
                    .filter(|_| matches!(name, "get" | "pop"))
                    .map(Place::Member);
                let kept = arguments
                    .into_iter()
                    .fold(object.part(), |value, argument| value.or(argument.value));
                match place {
                    Some(place) => kept.or(Value::from(place)),
                    None => kept,
                }
            }
            Callee::Method(name, _) if MAKING.contains(&name) => Value::made(),
            // A text that is put together may name members in braces.
            Callee::Method(name, object) if FORMATTING.contains(&name) => {
                self.flow.look_up(lookup, &object);
                Value::made()
            }
            Callee::Function(_) | Callee::Method(..) | Callee::Unknown => {
                self.call_any(value, lookup, arguments)
            }
        }
    }

    /// A call of what may be any macro, or the method that looks up what a text names in braces.
    fn call_any(
        &mut self,
        value: &Value<'a>,
        lookup: Lookup<'a>,
        arguments: Vec<Argument<'a>>,
    ) -> Value<'a> {
        self.flow.look_up(lookup, value);
        self.enter("", arguments);
        Value::made()
    }

    /// An object with the members that it is given.
    fn object(&mut self, arguments: Vec<Argument<'a>>) -> Value<'a> {
        let mut all = Value::default();
        for argument in arguments {
            let place = argument.name.map_or(Place::AnyMember, Place::Member);
            self.flow.give(argument.value, &[place]);
            all.from.push(place);
        }
        all
    }

    /// What a method puts into its object, and may give back.
    fn fill(&mut self, method: &str, object: Value<'a>, arguments: Vec<Argument<'a>>) -> Value<'a> {
        let names_members = matches!(method, "update" | "setdefault");
        let mut places = object.from.clone();
        if names_members {
            places.push(Place::AnyMember);
        }
        let mut all = object;
        for argument in arguments {
            let value = self.flow.same(argument.value);
            all = all.or(value.clone());
            match argument.name {
                Some(name) => self.flow.put(value, &[Place::Member(name)]),
                None => self.flow.put(value, &places),
            }
        }
        self.flow.same(all)
    }

    /// What a macro is called with; one that is not known by its name may be any.
    fn enter(&mut self, name: &str, arguments: Vec<Argument<'a>>) {
        let parameters = self.known.macros.get(name);
        for (at, argument) in arguments.into_iter().enumerate() {
            let place = match (parameters, argument.name) {
                (Some(parameters), Some(name)) if parameters.by_name.contains(&name) => {
                    Place::Name(name)
                }
                (Some(parameters), None) if !argument.is_spread => {
                    let parameter = parameters.in_order.get(at).copied();
                    Place::Name(parameter.unwrap_or("varargs"))
                }
                // It may be a member of `kwargs`.
                (_, Some(name)) => {
                    let places = [Place::Arguments, Place::Member(name)];
                    self.flow.give(argument.value, &places);
                    continue;
                }
                _ => Place::Arguments,
            };
            self.flow.give(argument.value, &[place]);
        }
    }

    /// `|name(arguments)`, behind its bar.
    pub(super) fn filter(&mut self, value: Value<'a>) -> Value<'a> {
        let Some(name) = self.name() else {
            return Value::made();
        };
        // Filters of others have a path for a name.
        while self.skip('.') {
            self.name();
        }
        let arguments = if self.skip('(') {
            self.arguments()
        } else {
            Vec::new()
        };
        let applied = arguments.first().and_then(|argument| argument.literal);
        let attribute = arguments
            .iter()
            .find(|argument| argument.name == Some("attribute"))
            .and_then(|argument| argument.literal);
        if COUNTING.contains(&name) {
            // What is no number comes to what is given for that.
            let otherwise = arguments.into_iter().map(|argument| argument.value);
            return otherwise.reduce(Value::or).unwrap_or_else(Value::number);
        }
        if name == "join" {
            let by = |argument: &(usize, Argument<'a>)| {
                argument.1.name == Some("attribute") || argument.0 == 1
            };
            let arguments = arguments.into_iter().enumerate().filter(by);
            self.look_up_by(arguments.map(|(_, argument)| argument));
            return Value::made();
        }
        if name == "map" {
            let kept = match (attribute, applied) {
                (Some(member), _) => value.or(self.of_place(Place::Member(member))).part(),
                (None, Some(filter)) if KEEPING.contains(&filter) => value.part(),
                _ => Value::made(),
            };
            self.look_up_by(arguments.into_iter());
            return kept;
        }
        if LOOKING_UP.contains(&name) {
            let count = if name.ends_with("attr") {
                1
            } else {
                arguments.len()
            };
            let member = applied.or(attribute).map(Place::Member);
            self.look_up_by(arguments.into_iter().take(count));
            return match member {
                _ if name == "sum" => Value::made(),
                // What a group has in common, and the group.
                Some(member) if name == "groupby" => {
                    let grouped = value.or(Value::from(member));
                    let places = [Place::Member("grouper"), Place::Member("list")];
                    self.flow.give(grouped.clone(), &places);
                    grouped.part()
                }
                _ => Value {
                    is_list: LISTS.contains(&name),
                    ..value.part()
                },
            };
        }
        if !KEEPING.contains(&name) {
            return Value::made();
        }
        let is_list = LISTS.contains(&name) || name == "reverse" && value.is_list;
        let kept = arguments
            .into_iter()
            .fold(value.part(), |value, argument| value.or(argument.value));
        Value {
            is_list,
            ..kept.part()
        }
    }

    fn look_up_by(&mut self, arguments: impl Iterator<Item = Argument<'a>>) {
        for argument in arguments {
            self.flow.look_up(argument.lookup, &argument.value);
        }
    }

    /// `is not name argument`, behind its first word.
    pub(super) fn test(&mut self) {
        self.skip_word("not");
        self.name();
        while self.skip('.') {
            self.name();
        }
        if self.skip('(') {
            self.arguments();
            return;
        }
        let is_argument = match self.kind(0) {
            Some(Kind::Name(name)) => !matches!(*name, "else" | "or" | "and" | "is"),
            Some(Kind::Text(_) | Kind::Number(_) | Kind::Sign('[' | '{')) => true,
            _ => false,
        };
        if is_argument {
            self.primary();
        }
    }
}

//! The expressions of a template, read for where texts go ([`Flow`]): nothing is computed.
//!
//! Source: `jinja2` 3.1.6 (`parser.py`): the order of the operators, filters, tests and calls. What
//! Jinja refuses is read as far as it goes; no program comes of it.

use super::flow::{Flow, Lookup, Place, Value};
use super::known::Known;
use super::lent::{FILLING, FORMATTING, OF_LOOPS};
use super::tokens::{Kind, Token};

/// Brackets within brackets. Jinja takes some 13 calls for each and Python 1,000 in all.
pub(super) const MAX_DEPTH: usize = 100;

/// One block being read.
pub(super) struct Expressions<'a, 'f> {
    template: &'a str,
    tokens: &'a [Token<'a>],
    pub(super) at: usize,
    depth: usize,
    pub(super) known: &'f Known<'a>,
    pub(super) flow: &'f mut Flow<'a>,
    /// Whether brackets stood too deep within others to be read.
    pub(super) is_too_deep: bool,
}

/// What stands before a bracket that calls it.
pub(super) enum Callee<'a> {
    Function(&'a str),
    /// The name of a method, and the object.
    Method(&'a str, Value<'a>),
    Unknown,
}

impl<'a, 'f> Expressions<'a, 'f> {
    pub(super) fn new(
        template: &'a str,
        tokens: &'a [Token<'a>],
        known: &'f Known<'a>,
        flow: &'f mut Flow<'a>,
    ) -> Self {
        // A sign before the end of a block says what happens to white space.
        let tokens = match tokens {
            [rest @ .., last] if matches!(last.kind, Kind::Sign('-' | '+')) => rest,
            all => all,
        };
        Self {
            template,
            tokens,
            at: 0,
            depth: 0,
            known,
            flow,
            is_too_deep: false,
        }
    }

    pub(super) fn kind(&self, ahead: usize) -> Option<&'a Kind<'a>> {
        let at = self.at.saturating_add(ahead);
        self.tokens.get(at).map(|token| &token.kind)
    }

    fn is_sign(&self, sign: char) -> bool {
        self.kind(0) == Some(&Kind::Sign(sign))
    }

    /// Goes beyond a sign, if it is the next.
    pub(super) fn skip(&mut self, sign: char) -> bool {
        let is_next = self.is_sign(sign);
        self.at = self.at.saturating_add(usize::from(is_next));
        is_next
    }

    /// Whether a word is the next.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind(0) == Some(&Kind::Name(word))
    }

    /// Goes beyond a word, if it is the next.
    pub(super) fn skip_word(&mut self, word: &str) -> bool {
        let is_next = self.is_word(word);
        self.at = self.at.saturating_add(usize::from(is_next));
        is_next
    }

    /// The next name.
    pub(super) fn name(&mut self) -> Option<&'a str> {
        let Some(Kind::Name(name)) = self.kind(0) else {
            return None;
        };
        self.at = self.at.saturating_add(1);
        Some(name)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// All that is left of the block, whatever it is.
    pub(super) fn rest(&mut self) -> Value<'a> {
        let mut all = Value::default();
        while !self.is_at_end() {
            let start = self.at;
            all = all.or(self.tuple());
            if self.at == start {
                self.at = start.saturating_add(1);
            }
        }
        all
    }

    /// Expressions with commas between them.
    pub(super) fn tuple(&mut self) -> Value<'a> {
        let mut all = self.expression();
        while self.skip(',') {
            all = all.or(self.expression());
        }
        all
    }

    /// What a loop goes through: an `if` behind it is a condition of the loop.
    pub(super) fn items_of_loop(&mut self) -> Value<'a> {
        let mut all = self.operand();
        while self.skip(',') {
            all = all.or(self.operand());
        }
        all.is_list = false;
        all
    }

    /// The filters of a block, which are given what it writes.
    pub(super) fn filters(&mut self) {
        let value = self.filter(Value::made());
        self.behind(value, Callee::Unknown, self.at);
    }

    /// `a if b else c`, and all that binds tighter.
    pub(super) fn expression(&mut self) -> Value<'a> {
        if self.depth >= MAX_DEPTH {
            self.is_too_deep = true;
            self.at = self.tokens.len();
            return Value::made();
        }
        self.depth = self.depth.saturating_add(1);
        let mut value = self.operand();
        while self.skip_word("if") {
            self.operand();
            if self.skip_word("else") {
                value = value.or(self.operand());
            }
        }
        self.depth = self.depth.saturating_sub(1);
        value
    }

    /// `a or b`, and all that binds tighter: what is not chosen by `if`.
    pub(super) fn operand(&mut self) -> Value<'a> {
        let mut value = self.comparison();
        while self.skip_word("or") || self.skip_word("and") {
            value = value.or(self.comparison());
        }
        value
    }

    fn comparison(&mut self) -> Value<'a> {
        let mut is_truth = false;
        while self.skip_word("not") {
            is_truth = true;
        }
        let mut value = self.sum();
        while self.skip_comparing() {
            self.sum();
            is_truth = true;
        }
        if is_truth {
            value = Value::number();
        }
        value
    }

    fn skip_comparing(&mut self) -> bool {
        let length = match (self.kind(0), self.kind(1)) {
            (Some(Kind::Sign('=' | '!' | '<' | '>')), Some(Kind::Sign('=')))
            | (Some(Kind::Name("not")), Some(Kind::Name("in"))) => 2,
            (Some(Kind::Sign('<' | '>') | Kind::Name("in")), _) => 1,
            _ => 0,
        };
        self.at = self.at.saturating_add(length);
        length > 0
    }

    /// `a + b` and `a - b`.
    fn sum(&mut self) -> Value<'a> {
        let mut value = self.chain();
        loop {
            if self.skip('+') {
                let other = self.chain();
                value = if value.is_list || other.is_list {
                    Value {
                        is_list: true,
                        ..value.or(other)
                    }
                } else {
                    put_together(&value, &other)
                };
            } else if self.skip('-') {
                let other = self.chain();
                // Sets have it, too.
                value = if value.is_number || other.is_number {
                    Value::number()
                } else {
                    value.part()
                };
            } else {
                return value;
            }
        }
    }

    /// `a ~ b`: texts, whatever they were.
    fn chain(&mut self) -> Value<'a> {
        let mut value = self.product();
        while self.skip('~') {
            self.product();
            value = Value::made();
        }
        value
    }

    /// `a * b`, `a / b`, `a // b`, `a % b` and `a ** b`.
    fn product(&mut self) -> Value<'a> {
        let mut value = self.unary();
        loop {
            if self.skip('/') || self.is_power() {
                // The second sign of `//` and `**`.
                self.at = self.at.saturating_add(usize::from(self.is_sign('/')));
                self.unary();
                value = Value::number();
            } else if self.skip('*') {
                let other = self.unary();
                // A text may be repeated.
                value = if value.is_number && other.is_number || value.is_list {
                    value
                } else {
                    Value::made()
                };
            } else if self.skip('%') {
                self.unary();
                // A text may be filled in.
                value = if value.is_number {
                    value
                } else {
                    Value::made()
                };
            } else {
                return value;
            }
        }
    }

    fn is_power(&mut self) -> bool {
        let is_power = self.is_sign('*') && self.kind(1) == Some(&Kind::Sign('*'));
        self.at = self.at.saturating_add(if is_power { 2 } else { 0 });
        is_power
    }

    fn unary(&mut self) -> Value<'a> {
        let mut is_signed = false;
        while self.skip('-') || self.skip('+') {
            is_signed = true;
        }
        let start = self.at;
        let (value, callee) = self.primary();
        let value = self.behind(value, callee, start);
        if is_signed { Value::number() } else { value }
    }

    pub(super) fn primary(&mut self) -> (Value<'a>, Callee<'a>) {
        let value = match self.kind(0) {
            Some(Kind::Text(_)) => self.literals(),
            Some(
                Kind::Number(_) | Kind::Name("true" | "True" | "false" | "False" | "none" | "None"),
            ) => {
                self.at = self.at.saturating_add(1);
                Value::number()
            }
            Some(Kind::Name(name)) => {
                self.at = self.at.saturating_add(1);
                return (self.of_place(Place::Name(name)), Callee::Function(name));
            }
            Some(Kind::Sign('(')) => {
                self.at = self.at.saturating_add(1);
                self.items(')')
            }
            Some(Kind::Sign('[')) => {
                self.at = self.at.saturating_add(1);
                let mut items = self.items(']');
                items.is_list = true;
                items
            }
            Some(Kind::Sign('{')) => {
                self.at = self.at.saturating_add(1);
                self.dictionary()
            }
            _ => Value::default(),
        };
        (value, Callee::Unknown)
    }

    pub(super) fn of_place(&self, place: Place<'a>) -> Value<'a> {
        if self.known.numbers.contains(&place) {
            Value::number()
        } else {
            Value::from(place)
        }
    }

    /// Literals that stand side by side are one.
    fn literals(&mut self) -> Value<'a> {
        let mut count = 0_usize;
        let mut is_made = false;
        while let Some(Kind::Text(text)) = self.kind(0) {
            self.at = self.at.saturating_add(1);
            count = count.saturating_add(1);
            is_made |= text.value.starts_with('_') || text.value.contains("__") || count > 1;
        }
        Value {
            is_made,
            ..Value::default()
        }
    }

    /// What stands up to a closing bracket.
    fn items(&mut self, closing: char) -> Value<'a> {
        let mut all: Option<Value<'a>> = None;
        while !self.is_at_end() && !self.skip(closing) {
            let start = self.at;
            let item = self.expression();
            all = Some(match all {
                Some(all) => all.or(item),
                None => item,
            });
            if !self.skip(',') && self.at == start {
                self.at = start.saturating_add(1);
            }
        }
        all.unwrap_or_default()
    }

    /// `{key: value}`, behind its opening. It holds what its members are given.
    fn dictionary(&mut self) -> Value<'a> {
        let mut all = Value::default();
        while !self.is_at_end() && !self.skip('}') {
            let start = self.at;
            let key = self.literal_key(':');
            let named = match key {
                Some(_) => Value::default(),
                None => self.expression(),
            };
            if self.skip(':') {
                let place = key.map_or(Place::AnyMember, Place::Member);
                let value = self.expression();
                self.flow.give(value, &[place]);
                all.from.push(place);
            }
            all = all.or(named).part();
            if !self.skip(',') && self.at == start {
                self.at = start.saturating_add(1);
            }
        }
        all
    }

    /// A literal that stands alone before a sign: the name of a member as it is.
    fn literal_key(&mut self, closing: char) -> Option<&'a str> {
        let (Some(Kind::Text(text)), Some(Kind::Sign(sign))) = (self.kind(0), self.kind(1)) else {
            return None;
        };
        (*sign == closing).then(|| {
            self.at = self.at.saturating_add(1);
            text.value.as_str()
        })
    }

    /// What stands behind a value that begins at a token: members, calls, filters and tests.
    pub(super) fn behind(
        &mut self,
        mut value: Value<'a>,
        mut callee: Callee<'a>,
        start: usize,
    ) -> Value<'a> {
        loop {
            if self.skip('.') {
                (value, callee) = self.member(value, &callee);
            } else if self.skip('[') {
                value = self.subscript(value);
                callee = Callee::Unknown;
            } else if self.skip('(') {
                let lookup = self.written(start, self.at.saturating_sub(1));
                value = self.call(callee, &value, lookup);
                callee = Callee::Unknown;
            } else if self.skip('|') {
                value = self.filter(value);
                callee = Callee::Unknown;
            } else if self.skip_word("is") {
                self.test();
                value = Value::number();
                callee = Callee::Unknown;
            } else {
                return value;
            }
        }
    }

    fn member(&mut self, object: Value<'a>, callee: &Callee<'a>) -> (Value<'a>, Callee<'a>) {
        let Some(name) = self.name() else {
            // `items.0` is `items[0]`.
            self.at = self.at.saturating_add(1);
            return (object.part(), Callee::Unknown);
        };
        let is_of_loop = matches!(callee, Callee::Function("loop"))
            && self.known.is_lent("loop")
            && OF_LOOPS.contains(&name);
        if is_of_loop {
            return (Value::number(), Callee::Unknown);
        }
        let (value, object) = self.named(object, name);
        (value, Callee::Method(name, object))
    }

    /// A member by its name, and the object. Some methods are of use without being called at once.
    fn named(&mut self, object: Value<'a>, name: &'a str) -> (Value<'a>, Value<'a>) {
        let member = self.of_place(Place::Member(name));
        if FILLING.contains(&name) || FORMATTING.contains(&name) {
            let object = self.may_be_called(object);
            (object.clone().or(member), object)
        } else {
            (member, object)
        }
    }

    /// The object of what may be a method of its own: whatever is called with something may fill it.
    fn may_be_called(&mut self, object: Value<'a>) -> Value<'a> {
        let object = self.flow.same(object);
        let mut places = object.from.clone();
        places.push(Place::AnyMember);
        self.flow.put(Value::from(Place::Arguments), &places);
        object
    }

    /// `[key]` or `[start:stop:step]`, behind its opening.
    fn subscript(&mut self, object: Value<'a>) -> Value<'a> {
        if let Some(name) = self.literal_key(']') {
            self.skip(']');
            return self.named(object, name).0;
        }
        let start = self.at;
        let mut colons = 0_usize;
        let mut key = Value::default();
        while !self.is_at_end() && !self.skip(']') {
            let before = self.at;
            key = key.or(self.expression());
            if self.skip(':') {
                colons = colons.saturating_add(1);
            } else if !self.skip(',') && self.at == before {
                self.at = before.saturating_add(1);
            }
        }
        let object = if colons > 0 || key.is_number {
            object
        } else {
            let lookup = self.written(start, self.at.saturating_sub(1));
            self.flow.look_up(lookup, &key);
            self.may_be_called(object)
        };
        // Letters that did not stand side by side may do so now.
        let is_made = object.is_made || colons > 1 && !object.is_list;
        Value {
            is_made,
            ..object.part()
        }
    }

    /// Where the tokens from one up to another begin, and what the template writes there.
    pub(super) fn written(&self, start: usize, end: usize) -> Lookup<'a> {
        let offset = |at: usize| {
            let token = self.tokens.get(at);
            token.map_or(self.template.len(), |token| token.offset)
        };
        let (from, to) = (offset(start), offset(end.max(start)));
        let written = self.template.get(from..to).unwrap_or_default();
        (from, written.trim_end())
    }
}

/// The sum of two values that are no lists: a text, unless one is a number.
fn put_together<'a>(left: &Value<'a>, right: &Value<'a>) -> Value<'a> {
    if left.is_number || right.is_number {
        Value::number()
    } else {
        Value::made()
    }
}

//! Lookups of members by names that a template puts together: `message['__' ~ 'class__']`.
//!
//! A template reads the members of messages by names that stand in it, by numbers, and by the keys of
//! what it is given. A name with underscores stands nowhere but in the template of one who wants it
//! (`super::signs` sees it), or is put together: joined, filled in, repeated, replaced or taken from
//! what a macro or a block writes. Whatever it is then called, [`Flow`] follows it to where a member
//! is looked up by it.

use super::expressions::Expressions;
use super::flow::{Flow, Lookup, Place, Value};
use super::known::{Known, Parameters};
use super::tokens::{Block, Kind};
use std::collections::BTreeSet;

/// What was found of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lookups<'a> {
    /// The first by a name that was put together.
    pub(super) computed: Option<Lookup<'a>>,
    /// Where brackets stand too deep within others to be read.
    pub(super) too_deep: Option<usize>,
}

/// The lookups in the blocks of a template.
pub(super) fn lookups<'a>(template: &'a str, blocks: &'a [Block<'a>]) -> Lookups<'a> {
    let defined = Definitions::of(blocks);
    // Once for what is what, and once with what is known of it.
    let mut first = Reading::new(template, &defined);
    first.read(blocks, &defined.known);
    let mut second = Reading::new(template, &defined);
    second.read(blocks, &defined.known_of(&first.flow));
    Lookups {
        too_deep: second.too_deep,
        computed: second.flow.first_computed(),
    }
}

/// The macros of a template, and what else is called with arguments.
#[derive(Debug, Default)]
struct Definitions<'a> {
    known: Known<'a>,
    /// The parameters of macros, of `call` and of loops that call themselves.
    parameters: Vec<Place<'a>>,
}

impl<'a> Definitions<'a> {
    fn of(blocks: &'a [Block<'a>]) -> Self {
        let mut defined = Self::default();
        let mut twice = BTreeSet::new();
        for block in blocks {
            let names = names(block);
            let (name, parameters) = match (block.keyword(), names.as_slice()) {
                (Some("macro"), [name, parameters @ ..]) => (Some(*name), parameters),
                (_, parameters) => (None, parameters),
            };
            let places = parameters.iter().copied().map(Place::Name);
            defined.parameters.extend(places);
            if let Some(name) = name {
                let parameters = Parameters {
                    in_order: parameters.to_vec(),
                    by_name: parameters.iter().copied().collect(),
                };
                defined.known.own.insert(Place::Name(name));
                if defined.known.macros.insert(name, parameters).is_some() {
                    twice.insert(name);
                }
            }
        }
        defined.known.macros.retain(|name, _| !twice.contains(name));
        defined
            .parameters
            .extend([Place::Name("varargs"), Place::Name("kwargs")]);
        defined
    }

    /// What is known once it is known what the template gives to what.
    fn known_of(&self, flow: &Flow<'a>) -> Known<'a> {
        let mut called: Vec<_> = self.known.own.iter().copied().collect();
        called.push(Place::Name("caller"));
        let mut known = self.known.clone();
        // What else has the name of a macro is called by it, too.
        known
            .macros
            .retain(|name, _| !flow.is_given(Place::Name(name)));
        known.own = flow.given_and_reached(called);
        known.numbers = flow.numbers();
        known
    }
}

/// The names that a statement defines: a macro and its parameters, the parameters of `call`, the
/// targets of a loop that calls itself.
fn names<'a>(block: &'a Block<'a>) -> Vec<&'a str> {
    let tokens = || block.tokens.iter().skip(1).map(|token| &token.kind);
    let (depth_of_names, end) = match block.keyword() {
        Some("macro") => (1, None),
        Some("call") if tokens().next() == Some(&Kind::Sign('(')) => (1, None),
        Some("for") if tokens().any(|kind| *kind == Kind::Name("recursive")) => {
            (0, Some(Kind::Name("in")))
        }
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut is_name = true;
    for kind in tokens().take_while(|kind| Some(*kind) != end.as_ref()) {
        match kind {
            Kind::Name(name) if is_name => {
                found.push(*name);
                is_name = false;
            }
            Kind::Sign(sign @ ('(' | '[' | '{')) => {
                depth = depth.saturating_add(1);
                is_name = *sign == '(' && depth <= depth_of_names.max(1);
            }
            Kind::Sign(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 && end.is_none() {
                    break;
                }
            }
            // What stands behind `=` is what a parameter is otherwise.
            Kind::Sign(sign) => is_name = *sign == ',' && depth <= 1,
            _ => {}
        }
    }
    found
}

struct Reading<'a, 'd> {
    template: &'a str,
    defined: &'d Definitions<'a>,
    flow: Flow<'a>,
    too_deep: Option<usize>,
}

impl<'a, 'd> Reading<'a, 'd> {
    fn new(template: &'a str, defined: &'d Definitions<'a>) -> Self {
        Self {
            template,
            defined,
            flow: Flow::default(),
            too_deep: None,
        }
    }

    fn read(&mut self, blocks: &'a [Block<'a>], known: &Known<'a>) {
        for block in blocks {
            let mut expressions =
                Expressions::new(self.template, &block.tokens, known, &mut self.flow);
            if block.is_statement {
                statement(&mut expressions);
            }
            expressions.rest();
            if expressions.is_too_deep && self.too_deep.is_none() {
                self.too_deep = block.tokens.first().map(|token| token.offset);
            }
        }
        if self.flow.is_given(Place::Arguments) {
            let parameters = &self.defined.parameters;
            self.flow.give(Value::from(Place::Arguments), parameters);
        }
    }
}

/// What a statement gives to which names. What is left of it is read like any expression.
fn statement(expressions: &mut Expressions<'_, '_>) {
    match expressions.name() {
        Some("set") => {
            let places = targets(expressions, None);
            let value = if expressions.skip('=') {
                expressions.tuple()
            } else {
                // It is given what stands up to `endset`.
                Value::made()
            };
            expressions.flow.give(value, &places);
        }
        Some("for") => {
            let mut places = targets(expressions, Some("in"));
            if expressions.skip_word("in") {
                let items = expressions.items_of_loop();
                places.extend(["previtem", "nextitem"].map(Place::Member));
                expressions.flow.give(items, &places);
            }
        }
        Some("with") => {
            while !expressions.is_at_end() {
                let places = targets(expressions, None);
                if !expressions.skip('=') {
                    break;
                }
                let value = expressions.expression();
                expressions.flow.give(value, &places);
                expressions.skip(',');
            }
        }
        Some("macro") => {
            expressions.name();
            parameters(expressions);
        }
        Some("call") => parameters(expressions),
        Some("filter") => expressions.filters(),
        _ => {}
    }
}

/// `(a, b = 1)`: what parameters are otherwise.
fn parameters(expressions: &mut Expressions<'_, '_>) {
    if !expressions.skip('(') {
        return;
    }
    while let Some(name) = expressions.name() {
        if expressions.skip('=') {
            let value = expressions.expression();
            expressions.flow.give(value, &[Place::Name(name)]);
        }
        expressions.skip(',');
    }
    expressions.skip(')');
}

/// `a, (b, ns.c)`: what is given something, up to a word.
fn targets<'a>(expressions: &mut Expressions<'a, '_>, end: Option<&str>) -> Vec<Place<'a>> {
    let mut places = Vec::new();
    loop {
        if expressions.skip('(') || expressions.skip(')') || expressions.skip(',') {
            continue;
        }
        if end.is_some_and(|end| expressions.is_word(end)) {
            return places;
        }
        let Some(name) = expressions.name() else {
            return places;
        };
        let mut place = Place::Name(name);
        while expressions.skip('.') {
            place = expressions.name().map_or(place, Place::Member);
        }
        places.push(place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::blocks;
    use super::{Definitions, Reading};

    fn computed(template: &str) -> Option<String> {
        let blocks = blocks(template);
        let found = super::lookups(template, &blocks);
        assert_eq!(found.too_deep, None, "{template}");
        found.computed.map(|(offset, written)| {
            assert!(
                template
                    .get(offset..)
                    .is_some_and(|rest| rest.starts_with(written)),
                "{template}: {written} does not stand at {offset}"
            );
            written.to_owned()
        })
    }

    #[test]
    fn names_that_are_put_together_are_followed() {
        for (template, written) in [
            ("{{ x['_' ~ y] }}", "'_' ~ y"),
            ("{{ x[y + z] }}", "y + z"),
            ("{{ x[y * 2] }}", "y * 2"),
            ("{{ x['%s' % y] }}", "'%s' % y"),
            ("{{ x['a' 'b'] }}", "'a' 'b'"),
            ("{{ x[y|join] }}", "y|join"),
            (
                "{{ x[y|map('replace', 'a', 'b')|first] }}",
                "y|map('replace', 'a', 'b')|first",
            ),
            ("{{ x[y.replace('a', 'b')] }}", "y.replace('a', 'b')"),
            ("{{ x['abc'[::2]] }}", "'abc'[::2]"),
            ("{{ x['%c'|format(95)] }}", "'%c'|format(95)"),
            ("{{ x[strftime_now('_%n')] }}", "strftime_now('_%n')"),
            ("{{ x[y ~ z if z else y] }}", "y ~ z if z else y"),
            ("{{ x[not y or y ~ z] }}", "not y or y ~ z"),
            ("{{ x[[y ~ z][0]] }}", "[y ~ z][0]"),
            ("{{ x[{'k': y ~ z}.k] }}", "{'k': y ~ z}.k"),
            ("{{ x[{'k': y ~ z}['k']] }}", "{'k': y ~ z}['k']"),
            (
                "{{ x[{'k': y ~ z}.values()|list|first] }}",
                "{'k': y ~ z}.values()|list|first",
            ),
            ("{{ x[{y: y ~ z}.k] }}", "{y: y ~ z}.k"),
            ("{{ x[{y ~ z: 1}|first] }}", "{y ~ z: 1}|first"),
            ("{{ x|map(attribute=y ~ z)|list }}", "y ~ z"),
            ("{{ x|groupby(y ~ z) }}", "y ~ z"),
            ("{{ (y ~ z).format(x) }}", "(y ~ z).format"),
            ("{{ (y ~ z)['format'](x) }}", "(y ~ z)['format']"),
            ("{{ (y ~ z)[k](x) }}", "(y ~ z)[k]"),
            ("{{ '{0.__a}'.format(x) }}", "'{0.__a}'.format"),
            ("{{ x[y.get('k', y ~ z)] }}", "y.get('k', y ~ z)"),
            ("{% if x[y ~ z] is defined %}", "y ~ z"),
            ("{% for m in x[y ~ z] %}", "y ~ z"),
            ("{% set a = b if x[y ~ z] else c %}", "y ~ z"),
        ] {
            assert_eq!(computed(template).as_deref(), Some(written), "{template}");
        }
    }

    #[test]
    fn they_are_followed_through_whatever_holds_them() {
        for template in [
            "{% set k = y ~ z %}{{ x[k] }}",
            "{{ x[k] }}{% set j = y ~ z %}{% set k = j %}",
            "{% set a, (k, b) = y ~ z, 1 %}{{ x[k] }}",
            "{% set k %}__class__{% endset %}{{ x[k] }}",
            "{% set k = '__class__' %}{{ x[k] }}",
            "{% set ns = namespace(k=y ~ z) %}{{ x[ns.k] }}",
            "{% set ns = namespace() %}{% set ns.k = ns.k ~ y %}{{ x[ns['k']] }}",
            "{% set ns = namespace({'k': y ~ z}) %}{{ x[ns.k] }}",
            "{% set ns = dict([('k', y ~ z)]) %}{{ x[ns.k] }}",
            "{% set d = {} %}{% set _ = d.update({'k': y ~ z}) %}{{ x[d.k] }}",
            "{% set d = {} %}{% set _ = d.setdefault('k', y ~ z) %}{{ x[d.k] }}",
            "{% set l = [] %}{% set _ = l.append(y ~ z) %}{{ x[l[0]] }}",
            "{% set f = (y ~ z).format %}{{ f(x) }}",
            "{% set k = y ~ z %}{% set f = k[j] %}{{ f(x) }}",
            "{% set l = [] %}{% set f = l.append %}{{ f(y ~ z) }}{{ x[l[0]] }}",
            "{% set l = [] %}{{ l['append'](y ~ z) }}{{ x[l[0]] }}",
            "{% set l = [] %}{% set f = l[j] %}{{ f(y ~ z) }}{{ x[l[0]] }}",
            "{% set d = {} %}{% set f = d['update'] %}{{ f(k=y ~ z) }}{{ x[d.k] }}",
            "{% set n = namespace %}{% set o = n(k=y ~ z) %}{{ x[o.k] }}",
            "{% macro range() %}__class__{% endmacro %}{{ x[range()] }}",
            "{% macro namespace(k) %}{{ x[k] }}{% endmacro %}{{ namespace(y ~ z) }}",
            "{% macro m() %}_{% endmacro %}{% set range = m %}{{ x[range()] }}",
            "{% set range = caller %}{{ x[range()] }}",
            "{% macro m() %}_{% endmacro %}{% set n = namespace(count=m) %}{{ x[n.count()] }}",
            "{% macro m() %}_{% endmacro %}{{ x[{'split': m}.split()] }}",
            "{% macro m(k) %}{{ x[k] }}{% endmacro %}{% set n = namespace(get=m) %}{{ n.get(y ~ z) }}",
            "{% macro m(k) %}{{ x[k] }}{% endmacro %}{% set n = {j: m} %}{{ n.get(y ~ z) }}",
            "{% set loop = namespace(index=y ~ z) %}{{ x[loop.index] }}",
            "{% for k in [y ~ z] %}{{ x[loop.previtem] }}{% endfor %}",
            "{% for g in [{'k': y ~ z}]|groupby('k') %}{{ x[g.grouper] }}{% endfor %}",
            "{% for g, l in [{'k': y ~ z}]|groupby('k') %}{{ x[g] }}{% endfor %}",
            "{% macro m() %}{{ caller() }}{% endmacro %}{% call(k=y ~ z) m() %}{{ x[k] }}{% endcall %}",
            "{% set l = [] %}{% set k = l %}{% set _ = k.append(y ~ z) %}{{ x[l[0]] }}",
            "{% set l = [] %}{% set n = namespace(l=l) %}{% set _ = n.l.append(y ~ z) %}{{ x[l[0]] }}",
            "{% set l = [] %}{% for f in [l.append] %}{{ f(y ~ z) }}{% endfor %}{{ x[l[0]] }}",
            "{% set l = {} %}{% set k = l %}{% set _ = k.update(a=y ~ z) %}{{ x[l.a] }}",
            "{{ x[{}.setdefault('a', y ~ z)] }}",
            "{{ x['a'|int(y ~ z)] }}",
            "{{ x['a'|float(default=y ~ z)] }}",
            "{{ x[({y ~ z: 1}.keys() - [])|first] }}",
            "{{ [x]|join('', y ~ z) }}",
            "{{ [x]|join(attribute=y ~ z) }}",
            "{% filter join('', y ~ z) %}abc{% endfilter %}",
            "{{ x[([y]|first) + ([z]|last)] }}",
            "{{ x[([y]|first) * 2] }}",
            "{{ x[([] or y) + ([] or z)] }}",
            "{{ x[(y if y else []) * 2] }}",
            "{{ x[(['a', 'b']|string)[3::6]] }}",
            "{% set in = y ~ z %}{{ x[in] }}",
            "{% set if = '' %}{{ 1 is eq if[y ~ z] }}",
            "{% set d = {'\\a': y ~ z} %}{{ x[d['\\x07']] }}",
            "{% set d = {'\\q': y ~ z} %}{{ x[d['\\\\q']] }}",
            "{% set d = {'\r\n': y ~ z} %}{{ x[d['\\n']] }}",
            "{% set l = [0] %}{% set k = l %}{% set _ = k.append('_') %}{% for i in l %}{{ x[i * 2] }}{% endfor %}",
            "{% for k in [y ~ z] %}{{ x[k] }}{% endfor %}",
            "{% for k, v in {'a': y ~ z}.items() %}{{ x[v] }}{% endfor %}",
            "{% with k = y ~ z %}{{ x[k] }}{% endwith %}",
            "{% macro f() %}__class__{% endmacro %}{{ x[f()] }}",
            "{% macro f(k) %}{{ x[k] }}{% endmacro %}{{ f(y ~ z) }}",
            "{% macro f(a=(1), k=2) %}{{ x[k] }}{% endmacro %}{{ f(1, y ~ z) }}",
            "{% macro f(k=y ~ z) %}{{ x[k] }}{% endmacro %}{{ f() }}",
            "{% macro f(k) %}{{ x[k] }}{% endmacro %}{{ f(k=y ~ z) }}",
            "{% macro f(k) %}{{ x[k] }}{% endmacro %}{{ f(*[y ~ z]) }}",
            "{% macro f(k) %}{{ x[k] }}{% endmacro %}{{ f(**{'k': y ~ z}) }}",
            "{% macro f(k) %}{{ x[k] }}{% endmacro %}{% set g = f %}{{ g(y ~ z) }}",
            "{% macro f(k) %}{{ x[k] }}{% endmacro %}{{ [f][0](y ~ z) }}",
            "{% macro f() %}{{ x[varargs[0]] }}{% endmacro %}{{ f(y ~ z) }}",
            "{% macro f() %}{{ x[kwargs.k] }}{% endmacro %}{{ f(k=y ~ z) }}",
            "{% macro f(a) %}{% endmacro %}{% macro f(a, k) %}{{ x[k] }}{% endmacro %}{{ f(1, y ~ z) }}",
            "{% macro f(a) %}{% endmacro %}{% set f = g %}{% macro g(b, k) %}{{ x[k] }}{% endmacro %}{{ f(1, y ~ z) }}",
            "{% macro f() %}{{ caller(y ~ z) }}{% endmacro %}{% call(k) f() %}{{ x[k] }}{% endcall %}",
            "{% for k in y recursive %}{{ x[k] }}{{ loop([y ~ z]) }}{% endfor %}",
            "{% set i = 0 %}{% set i = '_' %}{{ x[i * 2] }}",
            "{% set ns = namespace(i=0) %}{% set d = {y: '_'} %}{{ x[d.i * 2] }}",
        ] {
            assert!(computed(template).is_some(), "{template}");
        }
    }

    #[test]
    fn what_templates_look_up_is_not_put_together() {
        for template in [
            "{{ messages[loop.index0 + 1] }}{{ messages[loop.index0 % 2] }}",
            "{% set i = 0 %}{% set i = i + 1 %}{{ messages[i * 2] }}{{ messages[2 * i + i] }}",
            "{% for i in range(n) %}{{ messages[i % 2][i] }}{% endfor %}",
            "{% set ns = namespace(i=-1) %}{{ messages[ns.i + 1] }}{{ messages[ns.i - n] }}",
            "{% set n = messages|length %}{{ messages[n // 2] }}{{ messages[n - 1] }}",
            "{% for k in tool.parameters %}{{ tool.parameters[k] }}{% endfor %}",
            "{% for k, v in d|dictsort %}{{ d[k] ~ v }}{% endfor %}",
            "{% for k in ['a', 'b'] + keys %}{{ d[k] }}{% endfor %}",
            "{% set m = [{'role': 'a', 'content': x ~ y}] + messages %}{{ d[m[0].role] }}{{ d[m[0]['role']] }}",
            "{{ x[y:z ~ z] }}{{ messages[1:] }}{{ messages[::-1] }}{{ (a ~ b)[0] }}",
            "{{ days[strftime_now('%A')] }}{{ d['a' if x == 'a' ~ b else 'b'] }}",
            "{{ d[m.role|trim|lower] }}{{ d[m.content.split('</think>')[0]] }}",
            "{{ messages|selectattr('role', 'equalto', a ~ b)|list }}",
            "{{ '{} {}'.format(a ~ b, c) }}{{ raise_exception('no ' ~ role) }}",
            "{% macro f(a, k) %}{{ d[k] }}{% endmacro %}{{ f(x ~ y, m.role) }}",
            "{% set text = '__start__' %}{{ text ~ '__END__' }}",
            "{{- x -}}{% if a -%}",
            "{{ d[m.role|upper] }}{{ d[m.role.upper()] }}{% for i in [0, 1] %}{{ m[i * 2] }}{% endfor %}",
            "{% set i = none %}{% set i = 3 %}{{ m[i * 2] }}{{ 'a' if x is defined else 'b' ~ c }}",
            "{% macro f(a) %}{{ a }}{% endmacro %}{% set g = f %}{{ g(x) }}{{ 'a'.strip() }}",
        ] {
            assert_eq!(computed(template), None, "{template}");
        }
    }

    #[test]
    fn brackets_beyond_measure_are_said() {
        let template = format!("a{{{{ {} }}}}", "(".repeat(200));
        let found = super::lookups(&template, &blocks(&template)).too_deep;

        assert_eq!(found, Some(4));
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn the_work_is_that_of_the_length() {
        let names = |count: usize| {
            let names: Vec<_> = (0..count).map(|at| format!("a{at}")).collect();
            (names.join(","), names.join(" or "), names.join("=b,"))
        };
        for template in [
            |of: &(String, String, String)| format!("{{% set {} = {} %}}", of.0, of.1),
            |of: &(String, String, String)| {
                format!(
                    "{{% macro f({}) %}}{{% endmacro %}}{{{{ f({}=b) }}}}",
                    of.0, of.2
                )
            },
            |of: &(String, String, String)| {
                format!(
                    "{{{{ ({}){} }}}}",
                    of.1,
                    ".update(b)".repeat(of.0.len() / 10)
                )
            },
        ] {
            let (one, ten) = (template(&names(100)), template(&names(1000)));
            let ways = |template: &str| {
                let blocks = blocks(template);
                let defined = Definitions::of(&blocks);
                let mut reading = Reading::new(template, &defined);
                reading.read(&blocks, &defined.known);
                reading.flow.ways()
            };

            assert!(ways(&one) > 0, "{one}");
            assert!(ways(&ten) < 20 * ways(&one), "{one}");
        }
    }
}

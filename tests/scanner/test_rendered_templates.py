"""Templates that Jinja renders: what it looks up by a name with underscores, the scanner saw."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

import records


class LookedUp(Exception):
    """Raised where a template looks up a member whose name has two underscores."""


class Watching(jinja2.Environment):
    """Jinja, but for lookups of members of the program."""

    def getattr(self, obj: object, attribute: str) -> object:
        """Raise for a name that leads into the program."""
        if "__" in attribute:
            raise LookedUp(attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: object, argument: object) -> object:
        """Raise for a name that leads into the program."""
        if isinstance(argument, str) and "__" in argument:
            raise LookedUp(argument)
        return super().getitem(obj, argument)


NAMES = st.sampled_from(["a", "b", "c", "ns.a", "ns.b", "d.k", "messages[0].role"])
LITERALS = st.sampled_from(
    [
        "'_'",
        "'_'",
        "'x'",
        "'class'",
        "'tool_calls'",
        "'%s_'",
        "'%c'",
        "'_x'",
        "'{}_'",
        "'_,_'",
        "''",
    ]
)
NUMBERS = st.sampled_from(["0", "1", "2", "4", "95", "-1"])
# A text stands in place of each `T`, a number in place of each `N`.
FORMS = [
    "T ~ T", "T + T", "T ~ T ~ T", "T * N", "N * T", "T % T", "T % N", "(T)[N]", "(T)[N:]",
    "(T)[::N]", "(T)|join", "[T, T]|join(T)", "(T, T)|join", "(T)|replace(T, T)", "(T)|reverse",
    "(T)|lower", "(T)|list|first", "(T)|list|join(T)", "(T)|string", "(T)|format(T)",
    "(T)|format(N)", "(T)|trim", "(T)|default(T)", "(T)|center(N)", "(T)|upper|lower",
    "[T, T]|last", "[T]|map('replace', T, T)|first", "(T).replace(T, T)", "(T).join([T, T])",
    "(T).join(T)", "(T).format(T)", "(T).lower()", "(T).split(T)[N]", "(T).rjust(N, '_')",
    "(T).strip(T)", "{'k': T}.k", "{'k': T}['k']", "{'k': T}.get('k')", "{T: T}|first",
    "{'k': T}.get('x', T)", "{'k': T}.values()|first", "[T, T][N]", "T if T else T", "T or T",
    "T and T", "dict(k=T).k", "namespace(k=T).k", "namespace({'k': T}).k", "dict([('k', T)]).k",
    "loop_of(T)", "m(T)", "m(p=T)", "other(T, T)", "aka(T)", "(T)|batch(N)|first|first",
    "[T, T]|sort|first", "(T)|indent", "'_' '_'", "(T)|select|join", "(T)|items|first|default(T)",
    "(T)|tojson", "(T)|wordwrap(1)", "[T]|sum(start=T)", "(T)|int(T)", "(T)|float(T)",
    "([T]|first) + ([T]|last)", "([T]|first) * N", "([T, T]|string)[N::N]", "ns.m(T)",
    "{}.setdefault('k', T)", "({T: 1}.keys() - [])|first", "range(T)", "[T]|max",
    "(T)|batch(N, T)|first|last", "aka2(T)", "(T)|unique|join", "[T, T]|reverse|first",
    "(T).upper().lower()",
]  # fmt: skip
STATEMENTS = [
    "{% set a = T %}", "{% set b = T %}", "{% set c = a ~ T %}", "{% set a, b = T, T %}",
    "{% set ns.a = T %}", "{% set ns.b = ns.a ~ T %}", "{% set c %}{{ T }}_{% endset %}",
    "{% set _ = d.update({'k': T}) %}", "{% set _ = d.update(k=T) %}",
    "{% set _ = items.append(T) %}{% set a = items[-1] %}",
    "{% set c | replace(T, T) %}{{ T }}{% endset %}", "{% set d = {'k': T} %}",
    "{% set range = m %}", "{% set in = T %}{% set a = in %}",
    "{% set loop = namespace(index=T) %}", "{% set k = items %}{% set _ = k.append(T) %}",
    "{% set f = items.append %}{{ f(T) }}", "{% set ns.m = m %}",
    "{% set aka2 = namespace(split=m).split %}", "{% set _ = d.setdefault(T, T) %}",
]  # fmt: skip
LOOKUPS = [
    "{{ x[T] }}", "{{ x[T][T] }}", "{{ [x]|map(attribute=T)|list }}", "{{ x[T] if T else '' }}",
    "{% for a in [T, T] %}{{ x[a] }}{% endfor %}", "{% with b = T %}{{ x[b] }}{% endwith %}",
    "{% for k, v in {T: T}.items() %}{{ x[k] }}{{ x[v] }}{% endfor %}", "{{ look(T) }}",
    "{{ look(p=T) }}", "{% call(p) calling(T) %}{{ x[p] }}{% endcall %}",
    "{% if x[T] %}{% endif %}", "{{ [x]|groupby(T) }}",
    "{% for p in [T] recursive %}{{ x[p] }}{% endfor %}", "{{ all_of(1, T) }}",
    "{{ all_of(k=T) }}", "{{ [x]|selectattr(T)|list }}", "{{ [x]|sort(attribute=T)|list }}",
    "{{ (x, T)|first }}", "{{ [x]|join('', T) }}",
    "{% for a in [T, T] %}{{ x[loop.previtem] }}{% endfor %}",
    "{% for g in [{'k': T}]|groupby('k') %}{{ x[g.grouper] }}{% endfor %}",
    "{% call(p=T) calling(T) %}{{ x[p] }}{% endcall %}", "{{ x[items[-1]] }}", "{{ x[d.k] }}",
    "{{ x[loop.index] }}", "{{ (T).format(x) }}", "{% set f = (T).format %}{{ f(x) }}",
]  # fmt: skip
MACROS = (
    "{% set ns = namespace(a='', b='') %}{% set d = {'k': ''} %}{% set items = [] %}"
    "{% set x = {} %}"
    "{% macro loop_of(p) %}{% for a in p %}{{ a }}{% endfor %}{% endmacro %}"
    "{% macro m(p='_') %}{{ p }}{% endmacro %}{% macro other(q, p) %}{{ p }}{{ q }}{% endmacro %}"
    "{% set aka = m %}{% macro look(p) %}{{ x[p] }}{% endmacro %}"
    "{% macro calling(p) %}{{ caller(p) }}{% endmacro %}"
    "{% macro all_of(q) %}{{ x[varargs[0]] }}{{ x[kwargs.k] }}{% endmacro %}"
)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    """Write an expression that comes to a text, or to nothing."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(NAMES | LITERALS)
    return fill(draw, draw(st.sampled_from(FORMS)), depth - 1)


def fill(draw: st.DrawFn, form: str, depth: int) -> str:
    """Write something in each gap of a form."""
    parts = []
    for character in form:
        if character == "T":
            parts.append(draw(expressions(depth)))
        else:
            parts.append(draw(NUMBERS) if character == "N" else character)
    return "".join(parts)


@st.composite
def templates(draw: st.DrawFn) -> str:
    """Write a template of some statements and lookups."""
    lines = draw(st.lists(st.sampled_from(STATEMENTS + LOOKUPS), min_size=1, max_size=3))
    last = draw(st.sampled_from(LOOKUPS))
    return MACROS + "".join(fill(draw, line, 2) for line in [*lines, last])


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the directory of a model without a template."""
    directory = tmp_path_factory.mktemp("rendered")
    save_file({"a.weight": np.zeros((2, 2), np.float32)}, directory / "model.safetensors")
    return directory


def is_found(directory: Path, template: str) -> bool:
    """Return whether anything is said of a template."""
    (directory / "chat_template.jinja").write_text(template, "utf-8")
    return bool(records.fingerprint(directory / "model.safetensors").facts.anomalies)


def looked_up(template: str) -> str | None:
    """Return the name with underscores that rendering looks up, if it does."""
    environment: Any = Watching(optimized=False, undefined=jinja2.ChainableUndefined)
    try:
        environment.from_string(template).render(messages=[{"role": "_"}], a="_", b="x", c="")
    except LookedUp as error:
        return str(error)
    except Exception:  # noqa: BLE001 -- most templates of chance do not render
        return None
    return None


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(template=templates())
def test_names_that_are_looked_up_were_seen(directory: Path, template: str) -> None:
    name = looked_up(template)

    assert name is None or is_found(directory, template), (name, template)


def test_the_oracle_sees_lookups() -> None:
    assert looked_up("{{ x['_' ~ '_a'] }}") == "__a"
    assert looked_up("{{ [x]|map(attribute='_' ~ '_a')|list }}") == "__a"
    assert looked_up("{{ x['a'] }}") is None

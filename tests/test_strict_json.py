import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbom_gate.strict_json import MAX_DEPTH, StrictJsonError, canonical, parse, quote

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_what_is_written_is_what_is_read(value):
    assert parse(canonical(value)) == value
    assert parse(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1, "a": 1}', 'the key "a" stands twice in one object'),
        ('[{"b": {"\\u0061": 1, "a": 2}}]', 'the key "a" stands twice in one object'),
        ("NaN", 'found "NaN"; allowed: a JSON number'),
        ("[-Infinity]", 'found "-Infinity"; allowed: a JSON number'),
        ('"\\ud800"', "an escape spells half a surrogate pair, which is no text"),
        ('{"\\uDFFF": 1}', "an escape spells half a surrogate pair, which is no text"),
        ("9" * 5000, "found a number of thousands of digits; allowed: what fits in 64 bits"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested too deep; allowed: 200 levels"),
        ("[" * 200_000, "nested too deep; allowed: 200 levels"),
    ],
)
def test_json_with_two_readings_is_refused(text, problem):
    with pytest.raises(StrictJsonError) as refusal:
        parse(text)

    assert str(refusal.value) == problem


def test_nesting_up_to_the_limit_is_read():
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None


def test_a_whole_surrogate_pair_is_one_character():
    assert parse('"\\ud83d\\ude00"') == "\U0001f600"


def test_a_backslash_before_a_u_is_no_escape():
    assert parse('"\\\\ud800"') == "\\ud800"


def test_a_syntax_error_has_a_line_and_a_column():
    with pytest.raises(StrictJsonError) as refusal:
        parse('{\n  "a": nothing\n}')

    assert (refusal.value.line, refusal.value.column) == (2, 8)


def test_a_quoted_value_is_short_printable_ascii():
    assert quote("\x1b[31m\u202e") == '"\\u001b[31m\\u202e"'
    assert quote("x" * 1000) == '"' + "x" * 76 + "..."

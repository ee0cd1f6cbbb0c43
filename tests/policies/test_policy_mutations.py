"""Policies that are nearly good: whatever is wrong with them is told in our words."""

import copy
import json

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_policy_precedence import EXAMPLE

from lbom_gate.policies import PolicyErrors, json_schema, yaml_tree
from lbom_gate.policies.names import Names
from lbom_gate.policies.validation import read

GOOD = yaml_tree.parse(EXAMPLE.encode(), "p.yaml").data
# What pydantic writes, and what we would write of an error of its that we do not know.
NOT_OURS = (
    "Input should",
    "Field required",
    "Extra inputs",
    "pydantic",
    "type=",
    "valid ",
    "Value error",
    "Unable to",
    "Object has",
    "another value",
)


def places(data, at=()):
    """Yield the way to every part of the data."""
    yield at
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places(value, (*at, key))


PLACES = sorted((at for at in places(GOOD) if at), key=repr)
WORDS = sorted({part for at in PLACES for part in at if isinstance(part, str)})
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2**70)
    | st.floats()
    | st.sampled_from([[], {}, [[]], [{}], {"level": "error"}, {"level": "off", "if-known": True}])
    | st.sampled_from(
        ["error", "off", "deny", "5%", "70B", ">=0.1", "commit", "*", "", "a/", "[", "{"]
    )
    | st.sampled_from(WORDS)
    | st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=5)
)
MUTATIONS = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(["set", "drop", "rename"]), VALUES),
    min_size=1,
    max_size=4,
)


def mutated(mutations):
    data = copy.deepcopy(GOOD)
    for at, how, value in mutations:
        around = data
        try:
            for part in at[:-1]:
                around = around[part]
            taken = around.pop(at[-1])
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
        if isinstance(around, list):
            around.insert(at[-1], value if how == "set" else taken)
        elif how != "drop":
            key = at[-1] if how == "set" else str(value)
            around[key] = value if how == "set" else taken
    return data


@pytest.fixture(scope="module")
def validator(rules):
    return jsonschema_rs.Draft202012Validator(json_schema(rules))


@given(MUTATIONS)
@example([(("code", "executable-formats"), "set", {})])
@example([(("rules", "egress"), "set", {"level": "error", "if-known": 1})])
def test_a_nearly_good_policy_is_told_in_our_words(rules, validator, mutations):
    names = Names({rule.name: rule for rule in rules}, frozenset(rule.family for rule in rules))
    data = mutated(mutations)
    told = []

    try:
        read(json.dumps(data, ensure_ascii=False).encode(), "p.yaml", names)
    except PolicyErrors as errors:
        told = [(each.message, each.label, each.help) for each in errors.diagnostics]
        assert told
    else:
        validator.validate(data)

    assert [words for words in told if any(word in "".join(words) for word in NOT_OURS)] == []
    assert all(message and "\n" not in message for message, _, _ in told)

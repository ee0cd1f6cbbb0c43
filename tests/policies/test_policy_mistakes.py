"""Every mistake in a policy is told with its place: what the reader sees, word by word."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bad_policies import BAD, DIGEST
from hypothesis import given
from hypothesis import strategies as st

from lbom_gate import policies
from lbom_gate.policies import PolicyErrors
from lbom_gate.policies.names import Names
from lbom_gate.policies.validation import read

V = "version: 1\n"


def told(errors):
    return [
        f"{d.span.line}:{d.span.column}-{d.span.end_column} "
        + " | ".join(part for part in (d.message, d.label, d.help) if part)
        for d in errors.diagnostics
    ]


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_a_mistake_is_told_with_its_place_and_what_was_meant(text, load_text):
    with pytest.raises(PolicyErrors) as caught:
        load_text(text)

    assert told(caught.value) == BAD[text]
    assert {d.span.path for d in caught.value.diagnostics} == {"lbom-gate.yaml"}


@pytest.mark.parametrize("text", [text for text in BAD if isinstance(text, str)])
def test_a_mistake_is_told_with_the_line_it_stands_in(text, load_text):
    with pytest.raises(PolicyErrors) as caught:
        load_text(text)

    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    assert all(d.span.text in {lines[d.span.line - 1], ""} for d in caught.value.diagnostics)


def test_the_table_is_large():
    assert len(BAD) >= 160


# Runs the whole table with little memory and little time: what a policy holds cannot take more.
UNDER_LIMITS = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from bad_policies import BAD
from lbom_gate import rules
from lbom_gate.policies import PolicyErrors, load
import time
file = Path(sys.argv[1]) / "lbom-gate.yaml"
slowest = 0.0
for text in BAD:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    start = time.process_time()
    try:
        load(file, start=file.parent, root=file.parent, rules=rules.INFOS)
    except PolicyErrors:
        slowest = max(slowest, time.process_time() - start)
print(f"{slowest:.3f}")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits a process as Linux does")
def test_every_bad_policy_is_refused_in_little_time_and_memory(tmp_path):
    paths = [str(Path(__file__).parent), str(Path(policies.__file__).parents[2])]
    result = subprocess.run(
        [sys.executable, "-c", UNDER_LIMITS, tmp_path],
        env={"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
    # The first load builds the validators; on a busy machine all of it takes several times longer.
    assert float(result.stdout) < 10


def test_a_hundred_mistakes_are_enough(load_text):
    text = V + "".join(f"key{number}: 1\n" for number in range(150))

    with pytest.raises(PolicyErrors) as caught:
        load_text(text)

    assert len(caught.value.diagnostics) == 101
    assert told(caught.value)[0] == "1:1-11 and 50 more mistakes"


def test_a_long_name_is_cut_where_it_is_told(load_text):
    with pytest.raises(PolicyErrors) as caught:
        load_text(V + f"{'x' * 500}: 1\n")

    assert caught.value.diagnostics[0].message == f"unknown key `{'x' * 60}…`"


def test_the_exception_reads_like_a_compiler(load_text):
    with pytest.raises(
        PolicyErrors, match=r"^lbom-gate.yaml:2:8: expected a mapping, found a list$"
    ):
        load_text(V + "rules: [egress]\n")


KEYS = st.sampled_from(
    [
        "version",
        "formats",
        "allow",
        "quantization",
        "rules",
        "egress",
        "overrides",
        "paths",
        "pins",
        "waivers",
        "rule",
        "path",
        "sha256",
        "reason",
        "owner",
        "expires",
        "extends",
        "[key]",
        "",
        "settings",
        "waiver-max-days",
        "classes",
        "require",
        "max-parameters",
        "require-version",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | KEYS
    | st.sampled_from(["1", "error", "off", "*", "2026-12-31", "digest-mismatch", "70B", DIGEST])
    | st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8)
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


YAML = st.sampled_from(
    [
        "version: 1\n",
        "rules:",
        "egress:",
        " {",
        "}",
        "[",
        "]",
        ", ",
        "allow: ",
        "off",
        "error",
        "a",
        "\n",
        "\n  ",
        "- ",
        "paths: ",
        "'",
        '"',
        "#",
        ": ",
        "~",
        "é",
        "waivers:",
        "[key]",
        "1",
        "&",
    ]
)


@given(st.binary(max_size=40) | st.lists(YAML, max_size=30).map("".join).map(str.encode))
def test_any_bytes_are_a_policy_or_told_mistakes(rules, data):
    names = Names({rule.name: rule for rule in rules}, frozenset(rule.family for rule in rules))
    told_mistakes = []

    try:
        read(data, "p.yaml", names)
    except PolicyErrors as errors:
        told_mistakes.extend(errors.diagnostics)

    assert all(d.message and d.span.line >= 1 for d in told_mistakes)


@given(st.dictionaries(KEYS, DATA, max_size=8))
def test_any_data_is_a_policy_or_told_mistakes(rules, data):
    text = json.dumps({"version": 1, **data}, ensure_ascii=False)
    names = Names({rule.name: rule for rule in rules}, frozenset(rule.family for rule in rules))
    told_mistakes = []

    try:
        read(text.encode(), "p.yaml", names)
    except PolicyErrors as errors:
        told_mistakes.extend(errors.diagnostics)

    assert all(d.message and "\n" not in d.message for d in told_mistakes)

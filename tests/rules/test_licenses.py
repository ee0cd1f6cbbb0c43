"""What a stated licence is read as, whatever somebody stated."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbom_gate import rules
from lbom_gate.rules._license_names import HUGGING_FACE
from lbom_gate.rules._licenses import read

PIECES = st.sampled_from(
    ["MIT", "gpl-3.0", "other", "AND", "or", "WITH", "Classpath-exception-2.0", "(", ")", "+", "/"]
)


def names(text):
    return [each.name for each in read(text).licenses()]


@given(st.text(max_size=30) | st.lists(PIECES, max_size=8).map(" ".join))
def test_any_text_is_at_least_one_licence(text):
    expression = read(text)

    assert names(text)
    assert expression.holds(lambda each: bool(each.spellings))
    assert not expression.holds(lambda each: not each.spellings)


@pytest.mark.parametrize(
    "text",
    ["(" * 1000, "(" * 500 + "MIT" + ")" * 500, "MIT AND " * 120, "a OR " * 200 + "b", "x" * 10**6],
)
def test_a_hostile_text_is_read(text):
    assert names(text)


@pytest.mark.parametrize("text", ["()", "(())", "() AND MIT", ")(", "AND", "WITH"])
def test_a_text_that_is_no_expression_is_an_unknown_licence(text):
    (found,) = read(text).licenses()

    assert not found.is_known


@pytest.mark.parametrize(("hub", "spdx"), HUGGING_FACE.items())
def test_every_name_of_the_hub_is_known_by_its_spdx_name_too(hub, spdx):
    (found,) = read(hub).licenses()

    assert found.is_known
    assert found.spellings == ((hub,) if spdx is None else (hub, spdx))
    # The library that holds SPDX's list knows every name that the table gives for it.
    assert spdx is None or next(read(f"{spdx} AND MIT").licenses()).name == spdx


def test_a_name_of_the_hub_costs_no_import_of_the_library_for_expressions():
    script = (
        "import sys\n"
        "from lbom_gate.rules._licenses import read\n"
        "read('apache-2.0'), read('llama3.1'), read('other')\n"
        "assert 'license_expression' not in sys.modules\n"
        "read('MIT OR Zlib')\n"
        "assert 'license_expression' in sys.modules\n"
    )
    path = os.fspath(Path(rules.__file__).parents[2])

    subprocess.run([sys.executable, "-c", script], check=True, env={"PYTHONPATH": path})

"""Which patterns name a path: asked by directory, with the answer of each pattern by itself."""

import posixpath
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbom_gate.policies import selection
from lbom_gate.policies.globs import compile_glob
from lbom_gate.policies.places import Place
from lbom_gate.policies.selection import Selection

SEGMENTS = st.sampled_from(["**", "*", "a", "b", "a*", "?", "[ab]", "*.gguf", "ab"])
GLOBS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join).map(compile_glob)
NAMES = st.sampled_from(["a", "b", "ab", "a.gguf", "c", ".a"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
LISTS = st.lists(st.lists(GLOBS, min_size=1, max_size=3), max_size=4)


@pytest.mark.parametrize("many", [0, 2, 100])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists=LISTS, paths=st.lists(PATHS, min_size=1, max_size=5))
def test_a_list_names_what_one_of_its_patterns_names(many, lists, paths, monkeypatch):
    monkeypatch.setattr(selection, "_MANY", many)
    asked = Selection(lists)

    for path in paths:
        expected = [
            index for index, globs in enumerate(lists) if any(glob.matches(path) for glob in globs)
        ]
        assert list(asked.naming(path)) == expected


def test_more_directories_than_are_remembered_are_answered_alike(monkeypatch):
    monkeypatch.setattr(selection, "_MOST_DIRECTORIES", 2)
    asked = Selection([[compile_glob("d*/x")], [compile_glob("**")]])

    answers = [asked.naming(f"{directory}/x") for directory in ["d1", "d2", "d3", "e", "d1"]]
    assert answers == [(0, 1), (0, 1), (0, 1), (1,), (0, 1)]


PARTS = st.lists(st.sampled_from(["a", ".", "..", "", ".a", "a.", "...", "b\\\\c"]), max_size=5)


@given(PARTS.map("/".join), st.sampled_from(["/r", "/r/a", "/r/a/b", "/", "/other"]))
def test_a_path_is_located_as_the_steps_in_it_lead(path, start):
    place = Place.of(Path("/r/lbom-gate.yaml"), start=Path(start), root=Path("/r"))

    absolute = posixpath.normpath(posixpath.join(start, path))
    is_below = absolute.startswith("/r/")
    assert place.locate(path) == (absolute.removeprefix("/r/") if is_below else None)

"""Which patterns name a path: asked by directory, with the answer of each pattern by itself."""

from hypothesis import given
from hypothesis import strategies as st

from lbom_gate.policies import selection
from lbom_gate.policies.globs import compile_glob
from lbom_gate.policies.selection import Selection

SEGMENTS = st.sampled_from(["**", "*", "a", "b", "a*", "?", "[ab]", "*.gguf", "ab"])
GLOBS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join).map(compile_glob)
NAMES = st.sampled_from(["a", "b", "ab", "a.gguf", "c", ".a"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
LISTS = st.lists(st.lists(GLOBS, min_size=1, max_size=3), max_size=4)


@given(LISTS, st.lists(PATHS, min_size=1, max_size=5))
def test_a_list_names_what_one_of_its_patterns_names(lists, paths):
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

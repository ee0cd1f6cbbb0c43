import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbom_gate.policies.globs import BadGlob, compile_glob


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("a.gguf", ["a.gguf"], ["b/a.gguf", "A.gguf", "a.gguf/b", "axgguf"]),
        ("*.gguf", ["a.gguf", ".gguf"], ["b/a.gguf", "a.gguf.bak"]),
        ("**", ["a", "a/b/c"], []),
        ("**/*.gguf", ["a.gguf", "b/c/a.gguf"], ["a.ggufx"]),
        ("models/**", ["models/a", "models/b/c"], ["models", "xmodels/a", "x/models/a"]),
        ("models/*", ["models/a"], ["models/b/c", "models"]),
        ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["a/zz", "b/a/z", "a/z/b"]),
        ("**/a/**/b", ["a/b", "x/a/y/a/z/b"], ["a", "b", "a/b/c"]),
        ("?.bin", ["a.bin", "é.bin"], [".bin", "ab.bin", "/.bin"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "x", "abx"]),
        ("[!a-c]x", ["dx"], ["ax", "/x"]),
        ("[[]x]", ["[x]"], ["x]"]),
        ("[*]", ["*"], ["a"]),
        ("[{]a}", ["{a}"], ["a"]),
        ("a\\xff.gguf", ["a\\xff.gguf"], ["axff.gguf"]),
        ("a\nb", [], []),
    ],
)
def test_a_pattern_names_these_paths_and_no_others(pattern, matching, others):
    if "\n" in pattern:
        with pytest.raises(BadGlob):
            compile_glob(pattern)
        return
    glob = compile_glob(pattern)

    assert [path for path in matching if not glob.matches(path)] == []
    assert [path for path in others if glob.matches(path)] == []


@pytest.mark.parametrize(
    ("pattern", "is_exact"),
    [
        ("models/a.gguf", True),
        ("models/[[]a].gguf", True),
        ("models/[*].gguf", True),
        ("models/*.gguf", False),
        ("models/?.gguf", False),
        ("models/[ab].gguf", False),
        ("models/[!a].gguf", False),
        ("**", False),
    ],
)
def test_an_exact_pattern_can_match_one_path_only(pattern, is_exact):
    assert compile_glob(pattern).is_exact is is_exact


def naive(pattern, path):
    """Whether a pattern names a path: by trying everything, one character at a time."""
    if pattern in {"", "**"}:
        return (path == "") == (pattern == "")
    if pattern.startswith("**/"):
        rests = [path, *(path[at + 1 :] for at, letter in enumerate(path) if letter == "/")]
        return any(naive(pattern[3:], rest) for rest in rests)
    if pattern[0] == "*":
        run = re.match("[^/]*", path)[0]
        return any(naive(pattern[1:], path[length:]) for length in range(len(run) + 1))
    end = pattern.index("]", 2) + 1 if pattern[0] == "[" else 1
    return path != "" and accepts(pattern[:end], path[0]) and naive(pattern[end:], path[1:])


def accepts(part, letter):
    """Whether one part of a pattern names one character."""
    if part == "?" or part.startswith("[!"):
        return letter != "/" and letter not in part[2:-1]
    return letter in part.strip("[]")


NAMES = st.text("ab.", min_size=1, max_size=4).filter(lambda name: name not in {".", ".."})
PARTS = st.lists(st.sampled_from(["a", "b", ".", "*", "?", "[ab]", "[!a]"]), min_size=1, max_size=4)
SEGMENTS = st.just("**") | PARTS.map("".join).filter(
    lambda segment: segment not in {".", ".."} and "**" not in segment
)


@given(st.lists(SEGMENTS, min_size=1, max_size=5), st.lists(NAMES, min_size=1, max_size=5))
def test_matching_equals_trying_everything(segments, names):
    pattern, path = "/".join(segments), "/".join(names)

    assert compile_glob(pattern).matches(path) == naive(pattern, path)


@given(st.text(max_size=30) | st.text("*?[]!a-z/{}.^&~|", max_size=30), st.text(max_size=20))
def test_any_pattern_is_refused_or_matches_without_an_error(pattern, path):
    try:
        glob = compile_glob(pattern)
    except BadGlob:
        return
    else:
        assert glob.matches(path) in {True, False}


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("*a" * 60 + "b", "a" * 4000), ("/".join(["**", "a"] * 60) + "/b", "/".join("a" * 2000))],
)
def test_a_pattern_of_many_stars_takes_no_time(pattern, path):
    glob = compile_glob(pattern)
    before = time.process_time()

    assert not glob.matches(path)
    assert time.process_time() - before < 2

"""Where `.lfsconfig` has git-lfs go, held against what git itself prints of the file."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gits import commit, git
from lbom_gate import _scanner

KEYS = {
    "lfs.url": "fetch",
    "lfs.pushurl": "contact",
    "remote.origin.lfsurl": "fetch",
    "remote.origin.lfspushurl": "contact",
    "remote.lfsdefault": "fetch",
}
# Pieces of a configuration, the likely ones more than once. No tab and no lone carriage return
# stands in a value: versions of git differ in whether it stays one.
PIECES = [
    *3 * ["[lfs]", "\n", "\r\n", "\nurl = ", "\npushURL=", "https://a.example/x"],
    *['[remote "origin"]', "\nlfsurl =", "\nlfspushurl=", "[Remote.Origin]", '[lfs "x', '"]'],
    *[" ", "=", "\\", '"', "\\n", "\\t", '\\"', "#", ";", "]", "[", "-", ".", "é", "1", "x"],
    *["\nlfs.url=", "url", "\ufeff", '[lfs "url=https://b.example/"]', "\nx\n", "[remote]"],
    *["\nlfsdefault = ", "git@c.example:x", ":", "/"],
]
CONFIGS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def write(root: Path, text: str) -> Path:
    """Write the file and return where."""
    file = root / ".lfsconfig"
    file.write_bytes(text.encode())
    return file


def printed(file: Path) -> list[str] | None:
    """Return the lines that git-lfs has git print of a file; None where git refuses it."""
    command = ["git", "config", "--includes", "--list", "--file", os.fspath(file)]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.stdout.decode().split("\n") if done.returncode == 0 else None


def told(root: Path) -> list[tuple[str, str, str]] | str:
    """Return what the scanner tells of the file, or why it does not."""
    (told,) = _scanner.origins(os.fspath(root))
    if isinstance(told, _scanner.NotExamined):
        return told.kind
    return [(each.cls, each.source, each.value) for each in told.destinations]


def urls(value: str) -> list[str]:
    """Return the URL that git-lfs makes of a value, if it is one of another machine."""
    local = re.fullmatch(r"(?!//)[^:\\\\]*|file:///(?!/)[^\\\\]*", value, re.DOTALL)
    if local:
        return []
    short = re.fullmatch("([^/:]+):(?!//)(.*)", value, re.DOTALL)
    if not short:
        return [value]
    port, colon, path = short[2].partition(":")
    if colon:
        return [f"ssh://{short[1]}:{port}/{path.replace(':', '/')}"]
    return [f"ssh://{short[1]}/{port.lstrip('/')}"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=CONFIGS)
def test_git_reads_the_same_settings(tmp_path: Path, text: str) -> None:
    lines = printed(write(tmp_path, text))

    if lines is None:
        assert told(tmp_path) == "git-config-syntax"
    else:
        pairs = ((key.lower(), value) for key, _, value in (x.partition("=") for x in lines))
        of_keys = [(key, value) for key, value in pairs if key in KEYS]
        expected = [(KEYS[key], key, url) for key, value in of_keys for url in urls(value)]
        found = told(tmp_path)
        assert isinstance(found, list)
        assert [each for each in found if each[1] in KEYS] == expected


def test_no_file_tells_nothing(tmp_path: Path) -> None:
    assert _scanner.origins(os.fspath(tmp_path)) == []


def test_a_file_tells_its_destinations_with_their_place(tmp_path: Path) -> None:
    file = write(tmp_path, "[lfs]\nurl = https://a.example/x\n")

    (origins,) = _scanner.origins(os.fspath(tmp_path))

    assert isinstance(origins, _scanner.Origins)
    assert origins.path == os.fspath(file)
    (destination,) = origins.destinations
    assert (destination.cls, destination.source, destination.offset) == ("fetch", "lfs.url", 6)


def test_a_name_that_only_some_systems_take_for_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".LFSConfig").write_text("[lfs]\nurl = https://a.example\n")

    assert told(tmp_path) == [("fetch", "lfs.url", "https://a.example")]


def test_a_link_inside_the_root_is_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("[lfs]\nurl = https://a.example\n")
    (tmp_path / ".lfsconfig").symlink_to("other")

    assert told(tmp_path) == [("fetch", "lfs.url", "https://a.example")]


def test_a_link_out_of_the_root_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").write_text("[lfs]\nurl = https://a.example\n")
    (root / ".lfsconfig").symlink_to("../outside")

    assert told(root) == "symlink-escape"


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda file: file.mkdir(), "not-a-regular-file"),
        (os.mkfifo, "not-a-regular-file"),
        (lambda file: file.symlink_to("nowhere"), "dangling-link"),
        (lambda file: file.write_bytes(b"#" * 65_537), "limit-companion"),
    ],
    ids=["directory", "fifo", "dangling", "long"],
)
def test_what_cannot_be_read_is_not_examined(tmp_path: Path, make, kind: str) -> None:
    make(tmp_path / ".lfsconfig")

    assert told(tmp_path) == kind


def kinds(root: Path) -> list[str]:
    """Return what keeps the scanner from reading the file of a repository."""
    return [t.kind for t in _scanner.origins(os.fspath(root)) if hasattr(t, "kind")]


@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
@pytest.mark.parametrize("how", ["2", "3", "4", "split", "unsplit"])
def test_a_file_that_only_the_index_has_is_said(tmp_path: Path, hashes: str, how: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={hashes}")
    names = [".a/x", ".gitattributes", ".lfsconfig", ".lfsconfigs", "a/.lfsconfig", "b"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("[lfs]\n")
    commit(tmp_path)
    if how == "3":
        # Flags that version 2 has no place for.
        git(tmp_path, "update-index", "--skip-worktree", ".gitattributes", ".lfsconfig")
    elif how == "split":
        git(tmp_path, "update-index", "--split-index")
    elif how == "unsplit":
        # The shared part stays behind, and nothing names it.
        git(tmp_path, "update-index", "--split-index")
        git(tmp_path, "update-index", "--no-split-index")
    else:
        git(tmp_path, "update-index", "--index-version", how)
    written = (tmp_path / ".git/index").read_bytes()[7]
    assert str(written) == how or how.endswith("split")
    assert kinds(tmp_path) == []

    (tmp_path / ".lfsconfig").unlink()
    assert kinds(tmp_path) == ["not-checked-out"]

    git(tmp_path, "rm", "-q", "--cached", "--sparse", ".lfsconfig")
    assert kinds(tmp_path) == []


def test_a_further_working_tree_has_an_index_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write(tmp_path / "a", "[lfs]\n")
    commit(tmp_path / "a")
    git(tmp_path / "a", "worktree", "add", "-q", "../b")
    (tmp_path / "b/.lfsconfig").unlink()

    assert kinds(tmp_path / "a") == []
    assert kinds(tmp_path / "b") == ["not-checked-out"]


def test_an_index_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/index").write_bytes(b"no index")
    assert kinds(tmp_path) == ["git-index-signature"]

    write(tmp_path, "[lfs]\n")
    assert kinds(tmp_path) == []

"""A file of a revision is read out of git's objects, whatever the working tree holds."""

import os
from pathlib import Path

import pytest

from gits import commit, git
from lbom_gate.sources import Revision, UnknownRevision


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a repository with one commit, and a working tree that went on."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a b.yaml").write_text("one\n")
    (tmp_path / "link").symlink_to("deep/a b.yaml")
    (tmp_path / "folder").symlink_to("deep")
    (tmp_path / "dangling").symlink_to("gone")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "out").symlink_to("/etc/hostname")
    commit(tmp_path)
    (tmp_path / "deep" / "a b.yaml").write_text("two\n")
    (tmp_path / "new").write_text("new\n")
    return tmp_path


@pytest.mark.parametrize("name", ["deep/a b.yaml", "link", "folder/a b.yaml", "folder/../link"])
def test_a_file_is_that_of_the_revision_also_through_links(root: Path, name: str) -> None:
    revision = Revision.find("HEAD", root)

    assert revision.read(root / name, 100) == b"one\n"
    assert revision.exists(root / name)


def test_the_revision_is_the_commit_that_the_name_meant(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    git(root, "tag", "-a", "v1", "-m", "one")

    assert Revision.find("v1", root) == Revision("v1", root, first)
    assert Revision.find(first[:10], root).commit == first


def test_no_more_is_read_than_one_byte_beyond_what_is_wanted(root: Path) -> None:
    assert Revision.find("HEAD", root).read(root / "link", 2) == b"one"


@pytest.mark.parametrize("name", ["new", "deep/none", "../other", "a\nb"])
def test_what_the_revision_does_not_have_is_absent(root: Path, name: str) -> None:
    revision = Revision.find("HEAD", root)

    assert not revision.exists(root / name)
    with pytest.raises(FileNotFoundError):
        revision.read(root / name, 100)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("deep", "not a regular file"),
        ("dangling", "a link that leads nowhere"),
        ("loop", "a link that leads to itself"),
        ("out", "a link that leads out of the repository"),
        ("deep/a b.yaml/c", "a part of the path is no directory"),
    ],
)
def test_what_is_no_file_is_there_and_cannot_be_read(root: Path, name: str, reason: str) -> None:
    revision = Revision.find("HEAD", root)

    assert revision.exists(root / name)
    with pytest.raises(OSError, match=reason):
        revision.read(root / name, 100)


@pytest.mark.parametrize(
    "name", ["", "-h", "--help", "--all", "nope", "HEAD~9", "HEAD:link", "a b", "x\ny", "a..b"]
)
def test_a_name_of_no_commit_is_refused(root: Path, name: str) -> None:
    with pytest.raises(UnknownRevision):
        Revision.find(name, root)


def test_outside_of_a_repository_there_is_no_revision(tmp_path: Path) -> None:
    with pytest.raises(UnknownRevision, match="HEAD cannot be read"):
        Revision.find("HEAD", tmp_path)


def test_without_git_a_revision_cannot_be_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.fspath(root))

    with pytest.raises(UnknownRevision, match="no git on the PATH"):
        Revision.find("HEAD", root)


def test_the_surroundings_do_not_say_which_repository_is_meant(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    commit(other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))

    assert Revision.find("HEAD", root).read(root / "link", 100) == b"one\n"


def test_no_object_stands_for_another(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    second = commit(root, "two")
    git(root, "replace", first, second)

    assert Revision.find(first, root).read(root / "link", 100) == b"one\n"

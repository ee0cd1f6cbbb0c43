"""Finds the policy file that speaks for a path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from lbom_gate.model import Diagnostic, Span
from lbom_gate.policies.errors import PolicyErrors

GITHUB = ".github"
_NAMES = ("lbom-gate.yaml", ".lbom-gate.yaml", f"{GITHUB}/lbom-gate.yaml")


def find(path: Path, root: Path, is_there: Callable[[Path], bool] | None = None) -> Path | None:
    """Return the nearest policy file from `path` upward to `root`, or None.

    Both are absolute. What lies outside of `root` has the policy of `root`, so that no file
    further up, that anybody may have put there, is taken for a policy. `is_there` looks elsewhere
    than on the disk.

    Raises `PolicyErrors` where one directory has two, because neither is nearer.
    """
    start = path if path.is_dir() else path.parent
    if not start.is_relative_to(root):
        start = root
    for directory in (start, *start.parents):
        files = [file for name in _NAMES if (is_there or _is_there)(file := directory / name)]
        if len(files) > 1:
            raise _two(files, root)
        if files:
            return files[0]
        if directory == root:
            return None
    return None


def find_one(
    directories: Iterable[Path], root: Path, is_there: Callable[[Path], bool] | None = None
) -> Path | None:
    """Return the policy file that is the nearest to each of the directories, or None.

    Raises `PolicyErrors` where they have different ones.
    """
    first, *others = sorted(set(directories))
    found = find(first, root, is_there)
    for directory in others:
        other = find(directory, root, is_there)
        if other != found:
            raise _different(((first, found), (directory, other)), root)
    return found


def _is_there(file: Path) -> bool:
    """Whether there is anything of that name: a dangling link is no absence of a policy."""
    return file.is_symlink() or file.exists()


def _different(found: Iterable[tuple[Path, Path | None]], root: Path) -> PolicyErrors:
    def name(path: Path) -> str:
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()

    said = [
        f"{name(directory)} has {'none' if file is None else name(file)}"
        for directory, file in found
    ]
    policy = next(name(file) for _, file in found if file is not None)
    message = f"the paths have different policies: {' and '.join(said)}"
    help_ = "check the paths of each policy apart, or name one policy for all with --policy"
    return PolicyErrors([Diagnostic(Span(policy, 1, 1, 2, ""), message, "", help_)])


def _two(files: list[Path], root: Path) -> PolicyErrors:
    first, second = (file.relative_to(root).as_posix() for file in files[:2])
    message = f"two policies for one directory: {first} and {second}"
    return PolicyErrors([Diagnostic(Span(second, 1, 1, 2, ""), message, "", "remove one of them")])

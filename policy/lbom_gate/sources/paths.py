"""The files a run looks at, found from the paths it was given.

A named policy or lock stands for the whole repository, because a change of either changes the
verdict on every model; so does a file that says where models come from (``.lfsconfig``). A named
companion (``config.json``, a chat template, ...), or an index of weights in several files, stands
for the weights beside it, some companions for those in directories below too, because it says what
they are; and for itself where its content is a model's, whatever its name says.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from lbom_gate import _scanner
from lbom_gate.dataclass import dataclass
from lbom_gate.model import Subject, path_text
from lbom_gate.sources.companions import Companion, companion

_POLICY_FILES = frozenset({"lbom-gate.yaml", ".lbom-gate.yaml", "lbom.lock"})


class Missing(Exception):
    """A path that was named and does not exist."""

    def __init__(self, path: str) -> None:
        text = path_text(path)
        advice = "lbom-gate fetches nothing; download it, and name the file"
        is_address = "://" in path
        super().__init__(
            f"{text} is an address; {advice}"
            if is_address
            else f"no such file or directory: {text}"
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """What was found to look at, before the policy has its say."""

    paths: tuple[str, ...]  # what was asked for
    leading: tuple[str, ...]  # those of the paths that stand for anything found
    files: tuple[str, ...]  # as the operating system spells them
    problems: tuple[_scanner.NotExamined, ...]
    is_whole: bool  # the whole repository is looked at


def repository_root(start: Path) -> Path:
    """Return the nearest directory from `start` upward that holds ``.git``, else `start`."""
    return next((d for d in (start, *start.parents) if (d / ".git").exists()), start)


def relative_text(path: str, start: Path) -> str:
    """Return a path relative to `start`, as the shared words spell paths."""
    return path_text(os.path.relpath(path, start))


def select(paths: Sequence[str], *, root: Path, as_found: bool = False) -> Selection:
    """Return the candidates under `paths`; under the whole repository where `paths` is empty.

    A file that is named is one whatever is in it; with `as_found`, where a search would stop at it.
    Raises `Missing` for a named path that does not exist; a dangling link exists.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise Missing(path)
    stand_for = {} if is_whole(paths) else _stand_for(paths, root)
    targets = [target for path in paths for target in stand_for.get(path, ())]
    if is_whole(paths):
        targets = [os.fspath(root)]
    found = _scanner.discover(targets, root=os.fspath(root), as_found=as_found)
    seen = {item.path for item in found}

    def leads(path: str) -> bool:
        return any(os.fspath(Path(t)) in seen or _is_directory(t) for t in stand_for[path])

    return Selection(
        paths=tuple(paths),
        leading=tuple(path for path in paths if is_whole(paths) or leads(path)),
        files=tuple(item.path for item in found if isinstance(item, _scanner.Found)),
        problems=tuple(item for item in found if isinstance(item, _scanner.NotExamined)),
        is_whole=is_whole(paths),
    )


def is_whole(paths: Sequence[str]) -> bool:
    """Return whether these paths stand for the whole repository."""
    of_all = _POLICY_FILES.union(_scanner.origin_names())
    return not paths or any(Path(path).name in of_all for path in paths)


def subject(path: str, root: Path) -> Subject:
    """Return what there is at a path; a file that cannot be looked at is taken for a model."""
    if not os.path.lexists(path):
        return "absent"
    if _is_directory(path):
        return "directory"
    if _found([path], root):
        return "model"
    about = companion(path)
    return "companion" if about and any(_weights(about, root)) else "other"


def _stand_for(paths: Sequence[str], root: Path) -> dict[str, tuple[str, ...]]:
    """Return what each path stands for: itself, or what a search finds that a companion is about.

    A companion that a search would stop at stands for itself too.
    """
    files = [path for path in paths if not _is_directory(path)]
    abouts = {path: about for path in files if (about := companion(path))}
    weights = {about: tuple(_weights(about, root)) for about in set(abouts.values())}
    models = set(_found(list(abouts), root))
    beside = {
        path: (*models.intersection([os.fspath(Path(path))]), *weights[about])
        for path, about in abouts.items()
    }
    return {path: beside.get(path, (path,)) for path in paths}


def _weights(about: Companion, root: Path) -> Iterator[str]:
    directory = os.fspath(about.directory)
    depth = len(about.directory.parts) + 1 + about.steps
    targets = [directory] if about.steps else _files(about.directory)
    return (path for path in _found(targets, root) if len(Path(path).parts) <= depth)


def _files(directory: Path) -> list[str]:
    """Return what is in a directory and is none; where it cannot be listed, the directory."""
    try:
        with os.scandir(directory) as entries:
            names = [entry.name for entry in entries]
    except OSError:
        return [os.fspath(directory)]
    files = (os.fspath(directory / name) for name in sorted(names))
    return [path for path in files if not _is_directory(path)]


def _is_directory(path: str) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 (a `Path` raises where it may not look)


def _found(paths: Sequence[str], root: Path) -> tuple[str, ...]:
    found = _scanner.discover(paths, root=os.fspath(root), as_found=True)
    return tuple(each.path for each in found)

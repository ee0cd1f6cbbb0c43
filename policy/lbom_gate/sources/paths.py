"""The files a run looks at, found from the paths it was given.

A named policy or lock stands for the whole repository, because a change of either changes the
verdict on every model; so does a file that says where models come from (``.lfsconfig``). A named
companion (``config.json``, a chat template, ...), or an index of weights in several files, stands
for the weights beside it, some companions for those in directories below too, because it says what
they are; and for itself where its content is a model's, whatever its name says.
"""

import os
import re
from collections.abc import Iterator, Sequence
from functools import cache, partial
from pathlib import Path

from lbom_gate import _scanner
from lbom_gate.dataclass import dataclass
from lbom_gate.model import Subject, path_text

_POLICY_FILES = frozenset({"lbom-gate.yaml", ".lbom-gate.yaml", "lbom.lock"})
# The directory of further chat templates, below that of the weights.
_TEMPLATES = "additional_chat_templates"
# Suffixes of models that nearly every other file has: those are no weights a companion is about.
_TEXTS = frozenset({"json", "txt"})
# A suffix of weights that other files have too, so that it is no format's.
_BIN = "bin"
_POINTER = "git-lfs-pointer"
# An index, and the suffix of what it maps: "model.safetensors.index.fp16.json".
_INDEX = re.compile(r".*\.(bin|h5|msgpack|safetensors)\.index(\.[^.]+)*\.json", re.DOTALL)


class Missing(Exception):
    """A path that was named and does not exist."""

    def __init__(self, path: str) -> None:
        super().__init__(f"no such file or directory: {path_text(path)}")


@dataclass(frozen=True, slots=True)
class Selection:
    """What was found to look at, before the policy has its say."""

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
    targets = (
        [os.fspath(root)] if is_whole(paths) else [t for p in paths for t in _stands_for(p, root)]
    )
    found = _scanner.discover(targets, root=os.fspath(root), as_found=as_found)
    return Selection(
        files=tuple(item.path for item in found if isinstance(item, _scanner.Found)),
        problems=tuple(item for item in found if isinstance(item, _scanner.NotExamined)),
        is_whole=is_whole(paths),
    )


def is_whole(paths: Sequence[str]) -> bool:
    """Return whether these paths stand for the whole repository."""
    of_all = _POLICY_FILES.union(_scanner.origin_names())
    return not paths or any(Path(path).name in of_all for path in paths)


def models_among(paths: Sequence[str], *, root: Path) -> tuple[str, ...]:
    """Return those of the paths that a search would stop at, or that stand for such ones."""
    return tuple(path for path in paths if _is_among_models(path, root))


def _is_among_models(path: str, root: Path) -> bool:
    # What is not there is for whoever looks at it.
    if is_whole([path]) or not os.path.lexists(path) or Path(path).is_dir():
        return True
    return any(map(partial(_is_found, root=root), _stands_for(path, root)))


def subject(path: str, root: Path) -> Subject:
    """Return what there is at a path; a file that cannot be looked at is taken for a model."""
    if not os.path.lexists(path):
        return "absent"
    if Path(path).is_dir():
        return "directory"
    if _is_found(path, root=root):
        return "model"
    return "other" if _weights_beside(path) is None else "companion"


def _is_found(path: str, *, root: Path) -> bool:
    return bool(_scanner.discover([path], root=os.fspath(root), as_found=True))


def _stands_for(path: str, root: Path) -> list[str]:
    beside = _weights_beside(path)
    if beside is None:
        return [path]
    return [path, *beside] if _is_model(path, root) else beside


def _is_model(path: str, root: Path) -> bool:
    (record,) = _scanner.scan([path], root=os.fspath(root), jobs=1)
    # A pointer stands for what the name says.
    return isinstance(record, _scanner.Fingerprint) and record.format not in (None, _POINTER)


def _weights_beside(path: str) -> list[str] | None:
    """Return the weights that a file is about; None for a file that is about itself."""
    file = Path(path)
    directory, steps = file.parent, 0
    if index := _INDEX.fullmatch(file.name):
        suffixes = frozenset({index[1]})
    elif file.name in _companions():
        suffixes, steps = _suffixes(), _companions()[file.name]
    elif (directory.name == _TEMPLATES and file.suffix == ".jinja") or (
        f"{directory.name}/{file.name}" in _companions()
    ):
        directory, suffixes = directory.parent, _suffixes()
    else:
        return None
    files = _files(directory, steps)
    return [os.fspath(f) for f in files if f.suffix.lower().removeprefix(".") in suffixes]


def _files(directory: Path, steps: int) -> Iterator[Path]:
    """Yield what stands in a directory, and in those so many steps below it."""
    entries = sorted(directory.iterdir()) if directory.is_dir() else []
    yield from entries
    if steps:
        for entry in entries:
            if entry.is_dir() and entry.name != ".git":
                yield from _files(entry, steps - 1)


@cache
def _companions() -> dict[str, int]:
    return _scanner.companions()


@cache
def _suffixes() -> frozenset[str]:
    known = frozenset(name for each in _scanner.formats() for name in each.suffixes)
    return known - _TEXTS | {_BIN}

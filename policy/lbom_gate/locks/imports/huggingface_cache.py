"""The cache of huggingface_hub: ``models--<org>--<name>/snapshots/<commit>/<file>``.

Each file of a snapshot is a link to ``../../blobs/<etag>``; the etag of a large file is its
SHA-256, that of a small one git's SHA-1 of the blob, which says nothing of the bytes alone and is
left out. Source: huggingface_hub, "Manage huggingface_hub cache-system".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lbom_gate.locks.imports._stated import COMMIT, MAX_ENTRIES, SHA256, Stated, sha256

NAME = "huggingface-cache"
_HUB = "huggingface.co"


def recognises(path: Path) -> bool:
    """Whether the directory is a repository of the cache, or holds some."""
    return any(_repositories(path))


def read(path: Path) -> Iterator[Stated]:
    """Yield the large files of every snapshot."""
    for repository in _repositories(path):
        source = f"{_HUB}/{repository.name.removeprefix('models--').replace('--', '/')}"
        for snapshot in sorted((repository / "snapshots").iterdir()):
            if COMMIT.fullmatch(snapshot.name):
                yield from _files(snapshot, source)


def _repositories(path: Path) -> list[Path]:
    if not path.is_dir():
        return []
    candidates = [path, *sorted(path.glob("models--*")), *sorted(path.glob("hub/models--*"))]
    return [
        each
        for each in candidates
        if each.name.startswith("models--") and (each / "snapshots").is_dir()
    ]


def _files(snapshot: Path, source: str) -> Iterator[Stated]:
    for file in islice(sorted(snapshot.rglob("*")), MAX_ENTRIES):
        if not file.is_symlink():
            continue
        blob = file.readlink().name
        if SHA256.fullmatch(blob):
            yield Stated(file, sha256(blob), source=source, revision=snapshot.name)

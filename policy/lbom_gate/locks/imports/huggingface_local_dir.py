"""What ``hf download --local-dir`` leaves: ``.cache/huggingface/download/<file>.metadata``.

Three lines: the commit, the etag (SHA-256 of a large file, git's SHA-1 of a small one, which is
left out), the time. The hub's repository is not stated. Source: huggingface_hub,
``_local_folder.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lbom_gate.locks.imports._stated import (
    COMMIT,
    MAX_ENTRIES,
    SHA256,
    ImportRefused,
    Stated,
    read_text,
    sha256,
)

NAME = "huggingface-local-dir"
_METADATA = Path(".cache", "huggingface", "download")
_SUFFIX = ".metadata"


def recognises(path: Path) -> bool:
    """Whether a download left its metadata in the directory."""
    return (path / _METADATA).is_dir()


def read(path: Path) -> Iterator[Stated]:
    """Yield the large files that were downloaded; raises ImportRefused."""
    metadata = path / _METADATA
    for file in islice(sorted(metadata.rglob(f"*{_SUFFIX}")), MAX_ENTRIES):
        commit, etag, *_ = [*read_text(file).splitlines(), "", ""]
        if COMMIT.fullmatch(commit) is None or not etag:
            raise ImportRefused(file, "found no commit and etag; allowed: a line of each")
        etag = etag.strip('"')
        if SHA256.fullmatch(etag):
            name = file.relative_to(metadata)
            target = path / name.with_name(name.name.removesuffix(_SUFFIX))
            yield Stated(target, sha256(etag), source="huggingface.co", revision=commit)

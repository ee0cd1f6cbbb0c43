"""Pins that somebody else has made: one kind of them, one file.

To add a kind: a module with ``NAME`` (a word of `layout.PINNED_BY`), ``recognises(path)`` and
``read(path)``, and its line in KINDS. Nothing that is read here is believed: what it says of a file
is recorded as claimed until the file's bytes were read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

from lbom_gate.locks.claim import Claimed
from lbom_gate.locks.imports import (
    dvc,
    huggingface_cache,
    huggingface_local_dir,
    model_signing,
    oci,
    ollama,
    sha256sums,
)
from lbom_gate.locks.imports._stated import ImportRefused, Stated

# In the order in which a path is held against them.
KINDS: Mapping[str, ModuleType] = {
    kind.NAME: kind
    for kind in (
        model_signing,
        ollama,
        oci,
        dvc,
        huggingface_cache,
        huggingface_local_dir,
        sha256sums,
    )
}

__all__ = ["KINDS", "ImportRefused", "read"]


def read(path: Path, *, key: Path | None, text_of: Callable[[str], str]) -> Iterator[Claimed]:
    """Yield what the list, store or bundle at `path` says of files.

    `key` is the public key that a signature must verify with; `text_of` spells a path of the
    operating system's relative to where the run started. Raises ImportRefused.
    """
    for name, kind in KINDS.items():
        if kind.recognises(path):
            stated: Iterator[Stated] = (
                kind.read(path, key) if name == "model-signing" else (kind.read(path))
            )
            for each in stated:
                yield Claimed(
                    text_of(str(each.path)),
                    each.digest,
                    name,
                    each.size,
                    each.source,
                    each.revision,
                )
            return
    known = ", ".join(KINDS)
    raise ImportRefused(path, f"nothing that pins can be imported from; known: {known}")

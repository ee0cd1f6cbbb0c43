"""Ollama's store: a manifest for each tag, beside the blobs that it names.

``manifests/<registry>/<namespace>/<model>/<tag>`` and ``blobs/sha256-<digest>``. The path of the
import is the store, or one manifest in it. A tag moves: it is recorded as the revision it is, and a
policy that asks for commits finds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lbom_gate.locks.imports import oci
from lbom_gate.locks.imports._stated import MAX_ENTRIES, ImportRefused, Stated, read_json

NAME = "ollama"
_MEDIA_TYPE = "application/vnd.ollama.image."
_MANIFESTS = "manifests"


def recognises(path: Path) -> bool:
    """Whether the path is a store, or a manifest in one."""
    if path.is_dir():
        return (path / _MANIFESTS).is_dir() and (path / "blobs").is_dir()
    return path.is_file() and _MANIFESTS in path.parts and _is_manifest(path)


def read(path: Path) -> Iterator[Stated]:
    """Yield the blobs that the manifests name; raises ImportRefused."""
    if path.is_dir():
        found = islice(sorted((path / _MANIFESTS).rglob("*")), MAX_ENTRIES)
        manifests = [file for file in found if file.is_file()]
    else:
        manifests = [path]
    for manifest in manifests:
        above = next(parent for parent in manifest.parents if parent.name == _MANIFESTS)
        *names, tag = manifest.relative_to(above).parts
        for layer, digest, size in oci.layers(manifest):
            if str(layer.get("mediaType")).startswith(_MEDIA_TYPE):
                blob = above.parent / "blobs" / f"sha256-{digest.value}"
                yield Stated(blob, digest, size, source="/".join(names), revision=tag)


def _is_manifest(path: Path) -> bool:
    try:
        listed = read_json(path).get("layers")
    except ImportRefused:
        return False
    return isinstance(listed, list) and any(
        isinstance(layer, dict) and str(layer.get("mediaType")).startswith(_MEDIA_TYPE)
        for layer in listed
    )

"""An OCI image manifest beside the files that its layers are.

A layer that bears the annotation ``org.opencontainers.image.title`` is the file of that name
(ORAS, Docker Model Runner, KitOps). Source: OCI image specification, "Image Manifest" and
"Pre-Defined Annotation Keys".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lbom_gate.locks.imports._stated import SHA256, ImportRefused, Stated, below, read_json, sha256
from lbom_gate.model import Digest
from lbom_gate.strict_json import found

NAME = "oci"
_TITLE = "org.opencontainers.image.title"
_MEDIA_TYPES = {
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
}


def recognises(path: Path) -> bool:
    """Whether the file is a manifest whose layers have titles."""
    if not path.is_file() or path.suffix not in {"", ".json"}:
        return False
    try:
        listed = read_json(path).get("layers")
    except ImportRefused:
        return False
    return isinstance(listed, list) and any(_title(layer) is not None for layer in listed)


def read(path: Path) -> Iterator[Stated]:
    """Yield each layer that has a title; raises ImportRefused."""
    for layer, digest, size in layers(path):
        if (title := _title(layer)) is not None:
            yield Stated(below(path.parent, title, path), digest, size)


def layers(path: Path) -> Iterator[tuple[dict[str, object], Digest, int]]:
    """Yield each layer with its digest and its size in bytes; raises ImportRefused."""
    manifest = read_json(path)
    media_type = manifest.get("mediaType", min(_MEDIA_TYPES))
    if media_type not in _MEDIA_TYPES:
        raise ImportRefused(path, f"mediaType: {found(media_type, 'an image manifest')}")
    listed = manifest.get("layers")
    for layer in listed if isinstance(listed, list) else []:
        digest = layer.get("digest") if isinstance(layer, dict) else None
        size = layer.get("size") if isinstance(layer, dict) else None
        value = digest.removeprefix("sha256:") if isinstance(digest, str) else ""
        if SHA256.fullmatch(value) is None or digest != f"sha256:{value}":
            raise ImportRefused(path, f"digest: {found(digest, 'sha256: and 64 digits')}")
        if type(size) is not int or size < 0:
            raise ImportRefused(path, f"size: {found(size, 'a number of bytes')}")
        yield layer, sha256(value), size


def _title(layer: object) -> str | None:
    annotations = layer.get("annotations") if isinstance(layer, dict) else None
    title = annotations.get(_TITLE) if isinstance(annotations, dict) else None
    return title if isinstance(title, str) else None

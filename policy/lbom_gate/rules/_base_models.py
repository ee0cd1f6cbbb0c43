"""The names under which a policy may list a base model."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from lbom_gate.model import Patterns

_HUBS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})


def named(patterns: Patterns, model: str) -> bool:
    """Whether a list names a base model, as stated or as the hub names it."""
    return any(patterns.names(name) for name in names(model))


@lru_cache(1024)  # models share few bases
def names(model: str) -> tuple[str, ...]:
    """Return what a model is called: as stated, and `owner/name` of an address on the hub."""
    try:
        address = urlsplit(model)
        host = address.hostname
    except ValueError:
        return (model,)
    parts = [part for part in address.path.split("/") if part]
    if host in _HUBS and len(parts) >= 2:  # noqa: PLR2004  an owner and a name
        return (model, "/".join(parts[:2]))
    return (model,)

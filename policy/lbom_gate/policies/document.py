"""One policy file by itself: what it asks, in the gate's own words, and each part's place.

What a file asks follows from its bytes and from the gate alone, and to find it out takes longer
than the rest of a run. So it is remembered between runs, in the user's cache; a file with a mistake
is not.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lbom_gate import __version__
from lbom_gate.dataclass import dataclass
from lbom_gate.model import Span, Waiver
from lbom_gate.policies.asks import Asks
from lbom_gate.policies.names import Names
from lbom_gate.user_cache import UserCache, sha256

# The rooms and the libraries that have a say in what a policy means.
_ROOMS = (".", "policies", "egress")
_LIBRARIES = ("pydantic", "pydantic_core", "yaml")


@dataclass(frozen=True, slots=True)
class Extended:
    """A policy that the file extends: its name, and the place of that."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Overriding:
    """An entry of `overrides`."""

    paths: tuple[str, ...]  # globs
    asks: Asks


@dataclass(frozen=True, slots=True)
class Document:
    """A policy file. None: it does not say."""

    path: str  # as people are shown it
    data: bytes
    extends: tuple[Extended, ...]
    lockfile: str | None
    include: tuple[str, ...] | None  # globs
    exclude: tuple[str, ...] | None
    asks: Asks  # of models that no override names
    overrides: tuple[Overriding, ...] | None
    waivers: tuple[Waiver, ...] | None


def read(data: bytes, path: str, names: Names, cache: UserCache) -> Document:
    """Return the document in a file that is shown to people as `path`.

    Raises `PolicyErrors` with every mistake in it.
    """
    from lbom_gate.policies import compiled

    key = _key(data, names)
    kept = cache.recall(key)
    known = None if kept is None else compiled.read(kept, path, data)
    if known is not None:
        return known
    # Pydantic and PyYAML take longer to import than the rest of a run.
    from lbom_gate.policies import validation

    document = validation.read(data, path, names)
    cache.keep(key, compiled.write(document))
    return document


def _key(data: bytes, names: Names) -> str:
    """Return the SHA-256 of all that a document follows from, but for the path it is shown as."""
    rules = [(rule.name, rule.family, rule.is_grave) for rule in names.rules.values()]
    gate = json.dumps([sys.version, _installed(), rules, sorted(names.families)])
    return sha256(b"%d:%s%s" % (len(gate), gate.encode(), data))


@cache
def _installed() -> list[object]:
    """Return what tells this gate, and the libraries it reads policies with, from any other."""
    package = Path(__file__).parent.parent
    files = [file for room in _ROOMS for file in _modules(package / room)]
    files += [(origin, Path(origin).stat()) for origin in map(_origin, _LIBRARIES)]
    return [__version__, *((name, each.st_size, each.st_mtime_ns) for name, each in sorted(files))]


def _modules(room: Path) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(room) as entries:
        yield from ((entry.path, entry.stat()) for entry in entries if entry.name.endswith(".py"))


def _origin(library: str) -> str:
    spec = find_spec(library)
    return __file__ if spec is None or spec.origin is None else spec.origin

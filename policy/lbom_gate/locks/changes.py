"""What became of each file between two locks, in one word each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Literal

from lbom_gate.dataclass import dataclass
from lbom_gate.locks.frame import Frame
from lbom_gate.locks.layout import WEAK_DIGESTS

ChangeKind = Literal[
    "new", "changed", "missing", "moved", "size-differs", "weaker-digest", "rewritten", "sorted"
]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one file."""

    kind: ChangeKind
    path: str  # relative to where the run started; the lock's own for "sorted"
    was: str | None = None  # the path it had, for "moved"

    def __str__(self) -> str:
        """Return it as a line for a person."""
        return f"{self.kind} {self.path}" + (f" (was {self.was})" if self.was else "")


def changes(before: Mapping[str, str], after: Mapping[str, str], where: Frame) -> Iterator[Change]:
    """Yield what differs between the entries of two locks, by their paths in the lock.

    `new`, `missing` and `moved` (the same digest at another path) speak of paths; `size-differs`
    and `changed` of bytes; `weaker-digest` of a SHA-256 that an MD5 or SHA-1 has replaced;
    `rewritten` of an entry that says something else of the same bytes.
    """
    gone = [path for path in before if path not in after]
    came = [path for path in after if path not in before]
    moved = _moved(before, after, gone, came)
    for path in sorted({*before, *after}):
        if path in moved:
            yield Change("moved", where.from_lock(path), where.from_lock(moved[path]))
        elif path in came:
            yield Change("new", where.from_lock(path))
        elif path in gone:
            if path not in moved.values():
                yield Change("missing", where.from_lock(path))
        elif before[path] != after[path]:
            yield Change(_kind(before[path], after[path]), where.from_lock(path))
    if before.keys() == after.keys() and list(before) != list(after):
        yield Change("sorted", "by path")


def _moved(
    before: Mapping[str, str], after: Mapping[str, str], gone: list[str], came: list[str]
) -> dict[str, str]:
    """New path to old path, where one digest left one path and came to one other."""
    left: dict[object, list[str]] = {}
    for path in gone:
        left.setdefault(json.loads(before[path]).get("sha256"), []).append(path)
    moved = {}
    for path in sorted(came):
        digest = json.loads(after[path]).get("sha256")
        if digest is not None and left.get(digest):
            moved[path] = left[digest].pop(0)
    return moved


def _kind(before: str, after: str) -> ChangeKind:
    old, new = json.loads(before), json.loads(after)
    if old.get("sha256") == new.get("sha256"):
        has_size = old.get("size") is not None and new.get("size") is not None
        return "size-differs" if has_size and old["size"] != new["size"] else "rewritten"
    if "sha256" in old and any(name in new for name in WEAK_DIGESTS):
        return "weaker-digest"
    has_size = old.get("size") is not None and new.get("size") is not None
    return "size-differs" if has_size and old["size"] != new["size"] else "changed"

"""Changes of a policy: for a person, and as JSON, version 1 (later versions only add)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypedDict

from lbom_gate.model import Change, Span
from lbom_gate.reports._escape import json_message, json_value, terminal
from lbom_gate.reports._snippet import place


class PlaceV1(TypedDict):
    """Where the value stands, or stood."""

    path: str
    line: int
    column: int


class ChangeV1(TypedDict):
    """One difference; "changes": neither looser nor stricter, or not known which."""

    effect: str
    words: str
    old: PlaceV1 | None
    new: PlaceV1 | None


class ChangesV1(TypedDict):
    """All differences of the second from the first."""

    version: int
    old: str
    new: str
    changes: list[ChangeV1]


def text(changes: Sequence[Change]) -> str:
    """Return a line for each change, and one where there is none."""
    if not changes:
        return "no difference\n"
    return "".join(f"{change.effect:8}  {_words(change)}\n" for change in changes)


def json_v1(old: str, new: str, changes: Sequence[Change]) -> str:
    """Return the changes from `old` to `new` as a JSON document of ASCII characters."""
    document: ChangesV1 = {
        "version": 1,
        "old": json_value(old),
        "new": json_value(new),
        "changes": [
            {
                "effect": change.effect,
                "words": json_message(change.words),
                "old": _place(change.old),
                "new": _place(change.new),
            }
            for change in changes
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _words(change: Change) -> str:
    span = change.new or change.old
    was = "" if change.new is not None else "was "
    return terminal(change.words) + ("" if span is None else f"  ({was}{place(span)})")


def _place(span: Span | None) -> PlaceV1 | None:
    if span is None:
        return None
    return {"path": json_value(span.path), "line": span.line, "column": span.column}

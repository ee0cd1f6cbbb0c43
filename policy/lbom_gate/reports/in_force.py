"""The policy in force at one path: for a person, and as JSON, version 1 (later versions only add).

Where a file that somebody wrote speaks, it is named with line and column.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypedDict

from lbom_gate.model import InForce, Plain, Said, Span, Subject, Waiver
from lbom_gate.reports._escape import json_message, json_value, terminal
from lbom_gate.reports._snippet import place

_VERBS: Mapping[Subject, str] = {
    "model": "judged",
    "absent": "does not exist; a model of that name would be judged",
    "directory": "a directory; this is what the policy says of its name, ask about a file in it",
    "companion": "judged with the weights beside or below it",
    "other": "no model by its name or content; judged only where `check` is given its name",
}


class PlaceV1(TypedDict):
    """Where in a policy the value stands."""

    path: str
    line: int
    column: int


class SaidV1(TypedDict):
    """A value, and where it was set; no place: the gate's own default."""

    key: str
    value: str | int | float | bool | list[str]
    place: PlaceV1 | None


class WaiverV1(TypedDict):
    """A written exception whose pattern names the path."""

    rule: str
    path: str
    sha256: str | None
    reason: str
    owner: str
    expires: str
    is_expired: bool
    place: PlaceV1


class InForceV1(TypedDict):
    """The whole answer."""

    version: int
    path: str
    subject: Subject
    policy: str
    extends: list[str]
    is_selected: bool
    selection: list[SaidV1]
    overrides: list[SaidV1]
    asked: list[SaidV1]
    levels: list[SaidV1]
    waivers: list[WaiverV1]


def text(each: InForce, today: date) -> str:
    """Return it for a person; `today` says which waivers have expired."""
    extends = f" (extends {', '.join(each.extends)})" if each.extends else ""
    verb = _VERBS[each.subject] if each.is_selected else "NOT judged: `paths` leaves it out"
    sections = (
        [f"{terminal(each.path)}: {verb}", terminal(f"policy: {each.policy}{extends}")],
        _section("paths", _rows(each.selection)),
        _section("overrides that name it, the last one wins", _rows(each.overrides)),
        _section("asked", _rows(each.asked) or ["nothing beyond the levels of the rules"]),
        _section("levels", _rows(each.levels)),
        _section("waivers that could apply", [_waiver(w, today) for w in each.waivers]),
    )
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def json_v1(each: InForce, today: date) -> str:
    """Return it as a JSON document of ASCII characters, with the keys in a fixed order."""
    document: InForceV1 = {
        "version": 1,
        "path": json_value(each.path),
        "subject": each.subject,
        "policy": json_value(each.policy),
        "extends": [json_value(name) for name in each.extends],
        "is_selected": each.is_selected,
        "selection": _all(each.selection),
        "overrides": _all(each.overrides),
        "asked": _all(each.asked),
        "levels": _all(each.levels),
        "waivers": [_waiver_v1(waiver, today) for waiver in each.waivers],
    }
    return json.dumps(document, indent=2) + "\n"


def _section(title: str, rows: Sequence[str]) -> list[str]:
    return [title, *(f"  {row}" for row in rows)] if rows else []


def _rows(said: Sequence[Said]) -> list[str]:
    return list(_aligned([(terminal(s.key), terminal(_words(s.value)), _origin(s)) for s in said]))


def _aligned(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    keys = max((len(key) for key, _, _ in rows), default=0)
    # A long list pushes its own place to the right and nobody else's.
    values = min(max((len(value) for _, value, _ in rows), default=0), 24)
    for key, value, origin in rows:
        yield f"{key:{keys}}  {value:{values}}  {origin}"


def _words(value: Plain) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _origin(said: Said) -> str:
    return "(default)" if said.span is None else place(said.span)


def _waiver(waiver: Waiver, today: date) -> str:
    bytes_ = "" if waiver.sha256 is None else f", only for sha256 {waiver.sha256[:8]}…"
    end = "EXPIRED" if waiver.expires < today else "until"
    return (
        terminal(
            f"{waiver.rule} for {waiver.path}{bytes_}, {end} {waiver.expires}, {waiver.owner}:"
            f" {waiver.reason}"
        )
        + f"  {place(waiver.span)}"
    )


def _all(said: Iterable[Said]) -> list[SaidV1]:
    return [
        {
            "key": json_value(each.key),
            "value": _value(each.value),
            "place": None if each.span is None else _place(each.span),
        }
        for each in said
    ]


def _value(value: Plain) -> str | int | float | bool | list[str]:
    if isinstance(value, tuple):
        return [json_value(text) for text in value]
    return json_value(value) if isinstance(value, str) else value


def _waiver_v1(waiver: Waiver, today: date) -> WaiverV1:
    return {
        "rule": waiver.rule,
        "path": json_value(waiver.path),
        "sha256": waiver.sha256,
        "reason": json_message(waiver.reason),
        "owner": json_message(waiver.owner),
        "expires": waiver.expires.isoformat(),
        "is_expired": waiver.expires < today,
        "place": _place(waiver.span),
    }


def _place(span: Span) -> PlaceV1:
    return {"path": json_value(span.path), "line": span.line, "column": span.column}

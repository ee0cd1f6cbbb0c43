"""A document as text that the gate keeps for itself: JSON, with places for lines of the file.

It holds what `asks` has a name for, whatever that is: a value, a list of patterns or the section of
destinations, each with its place. Nothing in it is run, and what is no such text is no document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from lbom_gate.dataclass import dataclass
from lbom_gate.model import Level, Pattern, Patterns, Setting, Span, Waiver
from lbom_gate.policies import text
from lbom_gate.policies.asks import Asks, EgressAsks
from lbom_gate.policies.document import Document, Extended, Overriding

_LEVELS = "levels"
# Line, column and end of a place; its path and its line's text are the file's.
At = list[int]


def write(document: Document) -> bytes:
    """Return the text of a document."""
    said = {
        "extends": [[each.name, *_at(each.span)] for each in document.extends],
        "lockfile": document.lockfile,
        "include": document.include,
        "exclude": document.exclude,
        "asks": _asks(document.asks),
        "overrides": None
        if document.overrides is None
        else [[each.paths, _asks(each.asks)] for each in document.overrides],
        "waivers": None
        if document.waivers is None
        else [
            [w.rule, w.path, w.sha256, w.reason, w.owner, w.expires.isoformat(), *_at(w.span)]
            for w in document.waivers
        ],
    }
    return json.dumps(said, separators=(",", ":")).encode("ascii")


def _at(span: Span) -> At:
    return [span.line, span.column, span.end_column]


def _asks(asks: Asks) -> dict[str, object]:
    asked = {name: _asked(value) for name, value in asks.said().items() if name != _LEVELS}
    return {**asked, _LEVELS: _settings(asks.levels)}


def _asked(value: object) -> dict[str, object]:
    if isinstance(value, Patterns):
        patterns = [[each.text, *_at(each.span)] for each in value.value]
        return {"patterns": patterns, "at": _at(value.span)}
    if isinstance(value, EgressAsks):
        parts = {"allow": value.allow, "deny": value.deny}
        said = {name: _asked(part) for name, part in parts.items() if part is not None}
        return {**said, "classes": _settings(value.classes), "at": _at(value.span)}
    if isinstance(value, Setting):
        return {"value": value.value, "at": _at(value.span)}
    message = f"{value!r} is nothing that a policy asks"
    raise TypeError(message)


def _settings(levels: Mapping[Any, Setting[Level]]) -> dict[str, list[object]]:
    return {name: [each.value, *_at(each.span)] for name, each in levels.items()}


def read(kept: bytes, path: str, data: bytes) -> Document | None:
    """Return the document in a text that `write` wrote of the file `data`; None: it did not."""
    try:
        said = json.loads(kept)
        return _Reader(path, text.lines(text.decode(data))).document(said, data)
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError, AttributeError):
        return None


@dataclass(frozen=True, slots=True)
class _Reader:
    path: str
    lines: list[str]

    def document(self, said: dict[str, Any], data: bytes) -> Document:
        overrides, waivers = said["overrides"], said["waivers"]
        return Document(
            path=self.path,
            data=data,
            extends=tuple(Extended(name, self.span(at)) for name, *at in said["extends"]),
            lockfile=said["lockfile"],
            include=_tuple(said["include"]),
            exclude=_tuple(said["exclude"]),
            asks=self.asks(said["asks"]),
            overrides=None
            if overrides is None
            else tuple(Overriding(tuple(paths), self.asks(asks)) for paths, asks in overrides),
            waivers=None if waivers is None else tuple(map(self.waiver, waivers)),
        )

    def span(self, at: At) -> Span:
        line, column, end = at
        return Span(self.path, line, column, end, self.lines[line - 1])

    def waiver(self, said: Sequence[Any]) -> Waiver:
        rule, path, sha256, reason, owner, expires, *at = said
        day = date.fromisoformat(expires)
        return Waiver(rule, path, sha256, reason, owner, day, self.span(at))

    def asks(self, said: dict[str, Any]) -> Asks:
        asked = {name: self.asked(value) for name, value in said.items() if name != _LEVELS}
        return Asks(levels=self.settings(said[_LEVELS]), **asked)

    def asked(self, said: dict[str, Any]) -> Any:  # noqa: ANN401  what `Asks` has there
        span = self.span(said["at"])
        if "patterns" in said:
            patterns = (Pattern(each, self.span(at)) for each, *at in said["patterns"])
            return Patterns(tuple(patterns), span)
        if "classes" in said:
            allow, deny = (self.asked(said[n]) if n in said else None for n in ("allow", "deny"))
            return EgressAsks(span, allow, deny, self.settings(said["classes"]))
        value = said["value"]
        return Setting(tuple(value) if isinstance(value, list) else value, span)

    def settings(self, said: dict[Any, Any]) -> dict[Any, Setting[Level]]:
        return {name: Setting(level, self.span(at)) for name, (level, *at) in said.items()}


def _tuple(texts: list[str] | None) -> tuple[str, ...] | None:
    return None if texts is None else tuple(texts)

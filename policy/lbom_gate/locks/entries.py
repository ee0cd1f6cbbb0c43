"""The entries of a lock, read as far as a run asks for them.

What stands on a line is parsed and checked at once, all but the spelling of the facts: that takes
several times as long, and most runs look at a few models of a lock that may pin thousands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from lbom_gate import facts_v1
from lbom_gate.locks.frame import Frame
from lbom_gate.locks.layout import PINNED_BY
from lbom_gate.locks.line import Line
from lbom_gate.model import Pin, Pins
from lbom_gate.strict_json import Members, StrictJsonError, found, parse, quote

_REQUIRED = frozenset({"path", "size", "sha256", "pinned_by"})
_OPTIONAL = frozenset({"facts", "model"})
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class _Entry:
    line: Line
    path: str  # relative to where the run started, as is `model`
    size: int
    sha256: str
    model: str | None
    facts: Mapping[str, object] | None
    companions: list[str] = field(default_factory=list)


class Entries(Mapping[str, Pin]):
    """Pins by path. Looking one up raises LockError where its facts are malformed."""

    def __init__(self, entries: Mapping[str, _Entry]) -> None:
        self._entries = entries
        self._pins: dict[str, Pin] = {}

    def __getitem__(self, path: str) -> Pin:
        if path not in self._pins:
            self._pins[path] = _pin(self._entries[path])
        return self._pins[path]

    def __contains__(self, path: object) -> bool:
        return path in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def only(self, is_wanted: Callable[[str], bool]) -> Entries:
        """Those whose path is wanted; no facts are read for it."""
        return Entries({path: each for path, each in self._entries.items() if is_wanted(path)})


def select(pins: Pins, is_wanted: Callable[[str], bool]) -> Pins:
    """The pins of the paths that are wanted."""
    by_path = pins.by_path
    if isinstance(by_path, Entries):
        return replace(pins, by_path=by_path.only(is_wanted))
    return replace(pins, by_path={path: pin for path, pin in by_path.items() if is_wanted(path)})


def read(lines: Sequence[Line], where: Frame) -> Entries:
    """The entries that stand on the lines, a comma behind each but the last.

    Raises LockError.
    """
    entries: dict[str, _Entry] = {}
    for line in lines:
        entry = _entry(line, where, is_last=line is lines[-1])
        if entry.path in entries:
            first = entries[entry.path].line.number
            problem = f"{quote(entry.path)} is pinned twice, first on line {first}"
            raise line.refuse(problem=problem)
        entries[entry.path] = entry
    for entry in entries.values():
        if entry.model is not None:
            _model_of(entry, entries).companions.append(entry.path)
    return Entries(entries)


def _entry(line: Line, where: Frame, *, is_last: bool) -> _Entry:
    if not is_last and not line.text.endswith(","):
        raise line.refuse(
            problem="no comma at the end; allowed: one after every entry but the last"
        )
    try:
        members = Members(parse(line.text if is_last else line.text[:-1]), _REQUIRED, _OPTIONAL)
        if ("facts" in members) == ("model" in members):
            raise line.refuse(problem="an entry has either `facts` or `model`")
        _require_word(members, "pinned_by", PINNED_BY)
        return _Entry(
            line=line,
            path=where.from_lock(_path(members, "path")),
            size=members.count("size"),
            sha256=_digest(members),
            model=where.from_lock(_path(members, "model")) if "model" in members else None,
            facts=members.mapping("facts") if "facts" in members else None,
        )
    except StrictJsonError as error:
        raise line.refuse(problem=str(error), column=error.column) from error


def _path(members: Members, name: str) -> str:
    path = members.text(name)
    if any(segment in {"", ".", ".."} for segment in path.split("/")):
        raise _wrong(name, path, "a path below the directory of the lock")
    return path


def _digest(members: Members) -> str:
    name = "sha256"
    digest = members.text(name)
    if _SHA256.fullmatch(digest) is None:
        raise _wrong(name, digest, "64 lower-case hexadecimal digits")
    return digest


def _require_word(members: Members, name: str, words: AbstractSet[str]) -> None:
    word = members.text(name)
    if word not in words:
        raise _wrong(name, word, ", ".join(sorted(words)))


def _wrong(name: str, value: str, allowed: str) -> StrictJsonError:
    return StrictJsonError(f"{name}: {found(value, allowed)}")


def _model_of(companion: _Entry, entries: Mapping[str, _Entry]) -> _Entry:
    model = entries.get(str(companion.model))
    if model is None or model.facts is None:
        problem = f"model: {found(companion.model, 'the path of an entry with facts')}"
        raise companion.line.refuse(problem=problem)
    return model


def _pin(entry: _Entry) -> Pin:
    try:
        facts = None if entry.facts is None else facts_v1.decode(entry.facts)
    except facts_v1.FactsError as error:
        raise entry.line.refuse(problem=f"facts: {error}") from error
    return Pin(
        path=entry.path,
        size=entry.size,
        sha256=entry.sha256,
        span=entry.line.span(),
        model=entry.model,
        facts=facts,
        companions=tuple(entry.companions),
    )

"""The entries of a lock, read as far as a run asks for them.

Most runs look at a few models of a lock that may pin thousands. So a line that is laid out as we
lay it out gives path, size and digest at once; the rest of it is parsed and checked when its pin is
asked for. Any other line is parsed and checked right away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field, replace

from lbom_gate import facts_v1
from lbom_gate.dataclass import dataclass
from lbom_gate.locks.frame import Frame
from lbom_gate.locks.layout import CLAIMED, PINNED_BY, WEAK_DIGESTS
from lbom_gate.locks.line import Line
from lbom_gate.model import Digest, Pin, Pins
from lbom_gate.strict_json import Members, StrictJsonError, found, parse, quote

_REQUIRED = frozenset({"path", "pinned_by"})
_OPTIONAL = frozenset(
    {"evidence", "facts", "model", "revision", "sha256", "size", "source", *WEAK_DIGESTS}
)
_NO_NAME = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")  # a segment that is empty or dots
_SHA256 = re.compile(r"[0-9a-f]{64}")
# What `writer` writes for a file whose bytes were read; texts without an escape only.
_LAID_OUT = re.compile(
    r'\{"path": "([^"\\]+)", "size": (?:0|[1-9][0-9]{0,17}), "sha256": "([0-9a-f]{64})",'
    rf' "pinned_by": "(?:{"|".join(sorted(PINNED_BY))})"'
    r'(?:, "source": "[^"\\]*")?(?:, "revision": "[^"\\]*")?'
    r', (?:"facts": \{.*\}|"model": "([^"\\]+)")\}'
)


@dataclass(slots=True)
class _Entry:
    line: Line
    is_last: bool
    path: str  # relative to where the run started, as is `model`
    sha256: str | None
    model: str | None
    has_facts: bool
    companions: list[str] = field(default_factory=list)


class Entries(Mapping[str, Pin]):
    """Pins by path. Looking one up raises LockError where its line is malformed."""

    def __init__(self, entries: Mapping[str, _Entry], where: Frame) -> None:
        self._entries = entries
        self._where = where
        self._pins: dict[str, Pin] = {}
        self._by_sha256: dict[str, list[str]] | None = None

    def __getitem__(self, path: str) -> Pin:
        if path not in self._pins:
            self._pins[path] = _pin(self._entries[path], self._where)
        return self._pins[path]

    def __contains__(self, path: object) -> bool:
        return path in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def only(self, is_wanted: Callable[[str], bool]) -> Entries:
        """Those whose path is wanted; no line is parsed for it."""
        wanted = {path: each for path, each in self._entries.items() if is_wanted(path)}
        return Entries(wanted, self._where)

    def with_sha256(self, digest: str) -> Sequence[str]:
        """The paths that are pinned with this digest; no line is parsed for it."""
        if self._by_sha256 is None:
            self._by_sha256 = {}
            for path, entry in self._entries.items():
                if entry.sha256 is not None:
                    self._by_sha256.setdefault(entry.sha256, []).append(path)
        return self._by_sha256.get(digest, ())


def select(pins: Pins, is_wanted: Callable[[str], bool]) -> Pins:
    """The pins of the paths that are wanted."""
    by_path = pins.by_path
    if isinstance(by_path, Entries):
        return replace(pins, by_path=by_path.only(is_wanted))
    return replace(pins, by_path={path: pin for path, pin in by_path.items() if is_wanted(path)})


def with_sha256(pins: Pins, digest: str) -> Sequence[str]:
    """The paths that are pinned with a digest."""
    by_path = pins.by_path
    if isinstance(by_path, Entries):
        return by_path.with_sha256(digest)
    return [path for path, pin in by_path.items() if pin.sha256 == digest]


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
    return Entries(entries, where)


def _entry(line: Line, where: Frame, *, is_last: bool) -> _Entry:
    text = _without_comma(line, is_last=is_last)
    if laid_out := _LAID_OUT.fullmatch(text):
        path, sha256, model = laid_out.groups()
        if _is_below(path) and (model is None or _is_below(model)):
            path = where.from_lock(path)
            model = None if model is None else where.from_lock(model)
            return _Entry(line, is_last, path, sha256, model, has_facts=model is None)
    pin, has_facts = _checked(line, where, is_last=is_last)
    return _Entry(line, is_last, pin.path, pin.sha256, pin.model, has_facts)


def _without_comma(line: Line, *, is_last: bool) -> str:
    if is_last:
        return line.text
    if not line.text.endswith(","):
        raise line.refuse(
            problem="no comma at the end; allowed: one after every entry but the last"
        )
    return line.text[:-1]


def _pin(entry: _Entry, where: Frame) -> Pin:
    """The pin of an entry, its line parsed and checked to the last member."""
    line = entry.line
    pin, _ = _checked(line, where, is_last=entry.is_last)
    members = Members(parse(_without_comma(line, is_last=entry.is_last)), _REQUIRED, _OPTIONAL)
    try:
        facts = facts_v1.decode(members.mapping("facts")) if "facts" in members else None
    except facts_v1.FactsError as error:
        raise line.refuse(problem=f"facts: {error}") from error
    return replace(pin, facts=facts, companions=tuple(entry.companions))


def _checked(line: Line, where: Frame, *, is_last: bool) -> tuple[Pin, bool]:
    """The pin that stands on a line but for its facts, and whether it has any."""
    try:
        members = Members(parse(_without_comma(line, is_last=is_last)), _REQUIRED, _OPTIONAL)
        _require_word(members, "pinned_by", PINNED_BY)
        _require_shape(line, members)
        if "facts" in members:
            members.mapping("facts")
        return Pin(
            path=where.from_lock(_path(members, "path")),
            size=members.count("size") if "size" in members else None,
            sha256=_digest(members, "sha256", 64) if "sha256" in members else None,
            span=line.span(),
            model=where.from_lock(_path(members, "model")) if "model" in members else None,
            source=members.text("source") if "source" in members else None,
            revision=members.text("revision") if "revision" in members else None,
            pinned_by=members.text("pinned_by"),
            evidence="claimed" if "evidence" in members else "verified",
            weak=_weak(members),
        ), "facts" in members
    except StrictJsonError as error:
        raise line.refuse(problem=str(error), column=error.column) from error


def _require_shape(line: Line, members: Members) -> None:
    """Refuse what a claim cannot have, and what an entry whose bytes were read must have."""
    if "evidence" in members:
        _require_word(members, "evidence", frozenset({CLAIMED}))
        digests = [name for name in ("sha256", *WEAK_DIGESTS) if name in members]
        if len(digests) != 1:
            names = ", ".join(("sha256", *WEAK_DIGESTS))
            raise line.refuse(problem=f"a claimed entry has one digest of: {names}")
        if "facts" in members or "model" in members:
            raise line.refuse(problem="a claimed entry has neither `facts` nor `model`")
        return
    absent = [name for name in ("sha256", "size") if name not in members]
    if absent:
        raise line.refuse(problem=f"{', '.join(absent)} is absent")
    if any(name in members for name in WEAK_DIGESTS):
        raise line.refuse(problem="an entry whose bytes were read has a sha256 and no other digest")
    if ("facts" in members) == ("model" in members):
        raise line.refuse(problem="an entry has either `facts` or `model`")


def _path(members: Members, name: str) -> str:
    path = members.text(name)
    if not _is_below(path):
        raise _wrong(name, path, "a path below the directory of the lock")
    return path


def _is_below(path: str) -> bool:
    return _NO_NAME.search(path) is None


def _digest(members: Members, name: str, digits: int) -> str:
    digest = members.text(name)
    if len(digest) != digits or _SHA256.fullmatch(digest.ljust(64, "0")) is None:
        raise _wrong(name, digest, f"{digits} lower-case hexadecimal digits")
    return digest


def _weak(members: Members) -> Digest | None:
    for name, digits in WEAK_DIGESTS.items():
        if name in members:
            value = _digest(members, name, digits)
            return Digest(name, value, "claimed", members.text("pinned_by"))
    return None


def _require_word(members: Members, name: str, words: AbstractSet[str]) -> None:
    word = members.text(name)
    if word not in words:
        raise _wrong(name, word, ", ".join(sorted(words)))


def _wrong(name: str, value: str, allowed: str) -> StrictJsonError:
    return StrictJsonError(f"{name}: {found(value, allowed)}")


def _model_of(companion: _Entry, entries: Mapping[str, _Entry]) -> _Entry:
    model = entries.get(str(companion.model))
    if model is None or not model.has_facts:
        problem = f"model: {found(companion.model, 'the path of an entry with facts')}"
        raise companion.line.refuse(problem=problem)
    return model

"""A YAML file as plain data, with the place of every key and every value.

A policy needs little of YAML, and the rest of it is where two readers disagree about one text:
aliases, tags, merge keys, directives, several documents, duplicate keys and empty values are
refused. PyYAML does the parsing, event by event; it never composes a tree, which libyaml does
recursively and dies of on deep nesting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Protocol

import yaml

from lbom_gate.dataclass import dataclass
from lbom_gate.model import Diagnostic, Span
from lbom_gate.policies import scalars
from lbom_gate.policies.errors import PolicyErrors, quoted
from lbom_gate.policies.text import MAX_BYTES, decode, lines

Data = scalars.Scalar | list["Data"] | dict[str, "Data"]
Path = tuple[str | int, ...]

# The deepest value a policy has is at 5; libyaml dies somewhere beyond 20,000.
MAX_DEPTH = 64
# Nobody reads more of them, and a file of a megabyte can hold a hundred thousand.
MAX_MISTAKES = 100

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_QUOTE = "a pattern that starts with `*` stands in quotes"
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# What YAML 1.2.2 (5.1) does not let stand in a text; what only some readers take for the end of a
# line (U+0085, U+2028, U+2029), or a reviewer does not see (direction marks, byte order marks,
# spaces without width; joiners stay, because some languages are written with them).
_UNSEEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u00ad\u180e\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]"
)


class _Mark(Protocol):
    """A position that either of PyYAML's parsers speaks of; both count from 0."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Tree:
    """The data of a file, and where each part of it stands."""

    path: str
    data: Data
    values: Mapping[Path, Span]
    keys: Mapping[Path, Span]
    mistakes: tuple[Diagnostic, ...]  # that did not stop the reading

    def value(self, path: Path) -> Span:
        """Return the place of the value at `path`, or of the nearest one around it."""
        while path not in self.values:
            path = path[:-1]
        return self.values[path]

    def key(self, path: Path) -> Span:
        """Return the place of the key that leads to `path`, or of the nearest value around it."""
        return self.keys[path] if path in self.keys else self.value(path)


def parse(data: bytes, path: str) -> Tree:
    """Return the tree of a file that is shown to people as `path`; raises `PolicyErrors`."""
    builder = _Builder(path, _text(data, path))
    root = builder.document()
    return Tree(path, root, builder.values, builder.keys, tuple(builder.mistakes))


def _text(data: bytes, path: str) -> str:
    if len(data) > MAX_BYTES:
        message = f"a policy has at most {MAX_BYTES:,} bytes"
        raise PolicyErrors([Diagnostic(Span(path, 1, 1, 2, ""), message)])
    try:
        text = decode(data)
    except UnicodeDecodeError as error:
        before = decode(data[: error.start])
        label = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        span = _place(before + "\ufffd", path, len(before))
        raise PolicyErrors([Diagnostic(span, "a policy is UTF-8 text", label)]) from None
    if unseen := _UNSEEN.search(text):
        message = f"the character U+{ord(unseen[0]):04X} may not stand in a policy"
        label = "readers and reviewers do not see it alike"
        raise PolicyErrors([Diagnostic(_place(text, path, unseen.start()), message, label)])
    return text


def _place(text: str, path: str, index: int) -> Span:
    """Return the place of the character at `index`."""
    before = lines(text[:index])
    line = lines(text)[len(before) - 1]
    column = len(before[-1]) + 1
    return Span(path, len(before), column, column + 1, line)


@dataclass(slots=True)
class _Builder:
    """Turns the events of one document into data, and remembers where each came from."""

    path: str
    text: str
    values: dict[Path, Span] = field(default_factory=dict)
    keys: dict[Path, Span] = field(default_factory=dict)
    mistakes: list[Diagnostic] = field(default_factory=list)
    lines: list[str] = field(init=False)
    events: Iterator[yaml.Event] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = lines(self.text)
        self.events = iter(yaml.parse(self.text, Loader=_LOADER))

    def document(self) -> Data:
        """Return the data of the one document in the text."""
        try:
            return self._document()
        except yaml.MarkedYAMLError as error:
            raise self._not_yaml(error) from None
        except (yaml.YAMLError, ValueError) as error:
            # Only the parser in pure Python comes here: `chr` of an escape beyond Unicode.
            place = Span(self.path, 1, 1, 2, self.lines[0])
            raise self._stop(place, "the text is not YAML", str(error)) from None

    def _document(self) -> Data:
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            raise self._stop(self._at(start), "the file is empty", "a policy starts `version: 1`")
        if isinstance(start, yaml.DocumentStartEvent) and (start.version or start.tags):
            raise self._stop(self._at(start), "a policy has no YAML directives", "remove this line")
        data = self._node(next(self.events), (), 1)
        next(self.events)
        end = next(self.events)
        if not isinstance(end, yaml.StreamEndEvent):
            raise self._stop(
                self._at(end), "a policy is one YAML document", "a second one starts here"
            )
        return data

    def _node(self, event: yaml.Event, path: Path, depth: int) -> Data:
        self._guard(event, depth)
        self.values[path] = self._at(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, path, depth)
        return self._mapping(event, path, depth)

    def _guard(self, event: yaml.Event, depth: int) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._stop(
                self._at(event), "a policy has no aliases", "write the value out", _QUOTE
            )
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise self._stop(self._at(event), "a policy has no anchors", "remove the `&` name")
        if getattr(event, "tag", None) is not None:
            raise self._stop(self._at(event), "a policy has no tags", "remove the `!` name")
        if depth > MAX_DEPTH:
            raise self._stop(
                self._at(event), f"the nesting is deeper than {MAX_DEPTH} levels", "starts here"
            )

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> scalars.Scalar:
        if _SURROGATE.search(event.value):
            raise self._stop(self._at(event), "half a character", "a surrogate is not a character")
        value = scalars.plain(event.value) if event.implicit[0] else event.value
        if value is None:
            if event.value == "" and path in self.keys:
                self.values[path] = self.keys[path]
            self._empty(path)
        return value

    def _empty(self, path: Path) -> None:
        """Note a value that is not there: nobody can tell a forgotten one from one meant so."""
        name = quoted(path[-1]) if path and isinstance(path[-1], str) else "the entry"
        message = f"{name} has no value" if path else "the file says nothing"
        self._note(Diagnostic(self.values[path], message, "write a value, or remove it"))

    def _note(self, mistake: Diagnostic) -> None:
        """Keep a mistake that does not stop the reading, unless there are too many of them."""
        if len(self.mistakes) == MAX_MISTAKES:
            raise self._stop(mistake.span, "and more mistakes", "not read beyond here")
        self.mistakes.append(mistake)

    def _sequence(self, start: yaml.Event, path: Path, depth: int) -> list[Data]:
        items: list[Data] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items)), depth + 1))
        self.values[path] = self._span(start.start_mark, event.end_mark)
        return items

    def _mapping(self, start: yaml.Event, path: Path, depth: int) -> dict[str, Data]:
        mapping: dict[str, Data] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event, depth)
            child = (*path, key)
            if key in mapping:
                label = f"first set in line {self.keys[child].line}"
                message = f"the key {quoted(key)} is there twice"
                self._note(Diagnostic(self._at(event), message, label))
            self.keys[child] = self._at(event)
            mapping[key] = self._node(next(self.events), child, depth + 1)
        self.values[path] = self._span(start.start_mark, event.end_mark)
        return mapping

    def _key(self, event: yaml.Event, depth: int) -> str:
        self._guard(event, depth)
        if not isinstance(event, yaml.ScalarEvent) or _SURROGATE.search(event.value):
            raise self._stop(self._at(event), "a key is not text", "a key is a word")
        value = scalars.plain(event.value) if event.implicit[0] else event.value
        if not isinstance(value, str):
            raise self._stop(self._at(event), "a key is not text", "put it in quotes")
        if value == "<<":
            raise self._stop(self._at(event), "a policy has no merge keys", "write the keys out")
        return value

    def _at(self, event: yaml.Event) -> Span:
        return self._span(event.start_mark, event.end_mark)

    def _span(self, start: _Mark | None, end: _Mark | None) -> Span:
        line, column = (0, 0) if start is None else (start.line, start.column)
        if line >= len(self.lines):  # libyaml ends the last line also where the text does not
            line, column = len(self.lines) - 1, len(self.lines[-1])
        text = self.lines[line]
        stop = end.column if end is not None and end.line == line else len(text.rstrip())
        return Span(self.path, line + 1, column + 1, max(stop, column + 1) + 1, text)

    def _mark(self, mark: _Mark | None) -> Span:
        return self._span(mark, mark)

    def _not_yaml(self, error: yaml.MarkedYAMLError) -> PolicyErrors:
        span = self._span(error.problem_mark, error.problem_mark)
        if span.text[span.column - 1 : span.column] == "\t":
            return self._stop(span, "a tab stands where only spaces may", "use spaces")
        if error.context == "while scanning an alias":
            return self._stop(self._mark(error.context_mark), "the text is not YAML", _QUOTE)
        return self._stop(span, "the text is not YAML", error.problem or "", _context(error))

    def _stop(self, span: Span, message: str, label: str, help_: str = "") -> PolicyErrors:
        return PolicyErrors([*self.mistakes, Diagnostic(span, message, label, help_)])


def _context(error: yaml.MarkedYAMLError) -> str:
    if error.context is None or error.context_mark is None:
        return ""
    return f"{error.context} that starts in line {error.context_mark.line + 1}"

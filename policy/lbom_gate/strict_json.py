"""JSON with one reading: what parsers disagree about is refused, not guessed.

Two readers of one document must see the same facts, or a document passes here and means something
else there. So a key that stands twice in one object, ``NaN``, half a surrogate pair and nesting
that would exhaust a stack are errors (RFC 8259, sections 4, 6, 8.2 and 9).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import cache

# CycloneDX nests components in components; real bills of materials stay below 20 levels.
MAX_DEPTH = 200
# Sizes and counts come out of 64-bit fields.
MAX_COUNT = 2**64 - 1
# Enough of a foreign value to recognise it in a message, too little to flood a terminal.
MAX_QUOTED = 80


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class StrictJsonError(ValueError):
    """Text that is no JSON with one reading, or a value of the wrong type."""

    def __init__(self, problem: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(problem)
        self.line = line  # from 1; None: not known
        self.column = column  # from 1, in characters


def parse(text: str) -> object:
    """The value that the text spells.

    Raises StrictJsonError.
    """
    try:
        value = _decoder().decode(text)
    except json.JSONDecodeError as error:
        problem = error.msg[:1].lower() + error.msg[1:]
        raise StrictJsonError(problem, error.lineno, error.colno) from error
    except RecursionError as error:
        raise _too_deep() from error
    except StrictJsonError:
        raise
    except ValueError as error:
        # The interpreter's own limit on the digits of an integer.
        problem = "found a number of thousands of digits; allowed: what fits in 64 bits"
        raise StrictJsonError(problem) from error
    # Most texts are too short to be too deep.
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _refuse_depth(value)
    # Half a pair can only come out of an escape: text that was decoded from UTF-8 holds none.
    if _SURROGATE.search(text) is not None:
        _refuse_surrogates(value)
    return value


def canonical(value: object) -> str:
    """The one spelling of a value: keys sorted, no spaces, text as it is."""
    return _encoder().encode(value)


def quote(value: object) -> str:
    """A foreign value as a message may show it: printable ASCII, and not too much of it."""
    text = json.dumps(value)
    return text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 3] + "..."


def found(value: object, allowed: str) -> str:
    """What was found against what was allowed, in words."""
    return f"found {quote(value)}; allowed: {allowed}"


class Members:
    """A JSON object whose members are read with their types checked.

    Construction and methods raise StrictJsonError; the caller knows the place and adds it.
    """

    def __init__(
        self, value: object, required: AbstractSet[str], optional: AbstractSet[str] = frozenset()
    ) -> None:
        if not isinstance(value, dict):
            raise StrictJsonError(found(value, "an object"))
        self._members: dict[str, object] = value
        if not required <= value.keys() <= required | optional:
            raise _strange(value.keys(), required, optional)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def text(self, name: str) -> str:
        """The member, a text."""
        value = self._members[name]
        if not isinstance(value, str):
            raise _wrong(name, value, "a text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """The member, a list of texts."""
        value = self._members[name]
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise _wrong(name, value, "a list of texts")
        return tuple(value)

    def items(self, name: str) -> tuple[object, ...]:
        """The member, a list."""
        value = self._members[name]
        if not isinstance(value, list):
            raise _wrong(name, value, "a list")
        return tuple(value)

    def count(self, name: str) -> int:
        """The member, a number of 64 bits."""
        value = self._members[name]
        if type(value) is not int or not 0 <= value <= MAX_COUNT:
            raise _wrong(name, value, f"a whole number from 0 to {MAX_COUNT}")
        return value

    def flag(self, name: str) -> bool:
        """The member, `true` or `false`."""
        value = self._members[name]
        if not isinstance(value, bool):
            raise _wrong(name, value, "true or false")
        return value

    def mapping(self, name: str) -> dict[str, object]:
        """The member, an object."""
        value = self._members[name]
        if not isinstance(value, dict):
            raise _wrong(name, value, "an object")
        return value


def _strange(
    names: AbstractSet[str], required: AbstractSet[str], optional: AbstractSet[str]
) -> StrictJsonError:
    allowed = ", ".join(sorted(required | optional))
    absent = ", ".join(sorted(required - names))
    stranger = min(names - required - optional, default=None)
    return StrictJsonError(f"{absent} is absent" if stranger is None else found(stranger, allowed))


def _wrong(name: str, value: object, allowed: str) -> StrictJsonError:
    return StrictJsonError(f"{name}: {found(value, allowed)}")


@cache
def _encoder() -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _repeated(key for key, _ in pairs)
    return members


def _repeated(keys: Iterable[str]) -> StrictJsonError:
    key = next(key for key, times in Counter(keys).items() if times > 1)
    return StrictJsonError(f"the key {quote(key)} stands twice in one object")


def _refuse_constant(name: str) -> object:
    raise StrictJsonError(found(name, "a JSON number"))


def _refuse_depth(value: object) -> None:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        level = [
            member
            for container in level
            for member in (container.values() if isinstance(container, dict) else container)
            if isinstance(member, (dict, list))
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> StrictJsonError:
    return StrictJsonError(f"nested too deep; allowed: {MAX_DEPTH} levels")


def _refuse_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        problem = "an escape spells half a surrogate pair, which is no text"
        raise StrictJsonError(problem) from error

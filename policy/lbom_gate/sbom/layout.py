"""JSON as `json.dumps(value, indent=2)` lays it out, in half the time.

With an indent the standard library encodes in Python, generator within generator, and a bill of
materials of 10,000 models has three million lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii as spell_text

# Models have a few dozen properties.
_MOST_LENGTHS = 128


class Named(list[tuple[str, str]]):
    """Names and values: laid out as a list of objects of a ``name`` and a ``value``."""


def lay_out(value: object, margin: str = "\n") -> str:
    """The value in ASCII; `margin` is the newline and the spaces that its lines start with."""
    if isinstance(value, str):
        return spell_text(value)
    inner = margin + "  "
    if isinstance(value, dict) and value:
        return f"{{{members(value, inner)}{margin}}}"
    if isinstance(value, Named) and value:
        texts = [text for pair in value for text in pair]
        return _named(len(value), margin) % tuple(map(spell_text, texts))
    if isinstance(value, list) and value:
        items = [
            f"{inner}{{{members(each, inner + '  ')}{inner}}}"
            if each.__class__ is dict and each
            else inner + lay_out(each, inner)
            for each in value
        ]
        return f"[{','.join(items)}{margin}]"
    return json.dumps(value)


@lru_cache(_MOST_LENGTHS)
def _named(count: int, margin: str) -> str:
    """Where so many names and values stand."""
    each = f'{margin}  {{{margin}    "name": %s,{margin}    "value": %s{margin}  }}'
    return f"[{','.join([each] * count)}{margin}]"


def members(mapping: Mapping[str, object], margin: str) -> str:
    """The members of an object without its braces, each on lines of its own."""
    # Most values are texts: a call for each of them would take as long as all the rest.
    return ",".join(
        [
            f"{margin}{spell_text(key)}: {spell_text(value)}"
            if value.__class__ is str
            else f"{margin}{spell_text(key)}: {lay_out(value, margin)}"
            for key, value in mapping.items()
        ]
    )

"""JSON as `json.dumps(value, indent=2)` lays it out, in half the time.

With an indent the standard library encodes in Python, generator within generator, and a bill of
materials of 10,000 models has three million lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as spell_text


def lay_out(value: object, margin: str = "\n") -> str:
    """The value in ASCII; `margin` is the newline and the spaces that its lines start with."""
    if isinstance(value, str):
        return spell_text(value)
    inner = margin + "  "
    if isinstance(value, dict) and value:
        return "{" + members(value, inner) + margin + "}"
    if isinstance(value, list) and value:
        return "[" + ",".join([inner + lay_out(each, inner) for each in value]) + margin + "]"
    return json.dumps(value)


def members(mapping: Mapping[str, object], margin: str) -> str:
    """The members of an object without its braces, each on lines of its own."""
    return ",".join(
        [f"{margin}{spell_text(key)}: {lay_out(value, margin)}" for key, value in mapping.items()]
    )

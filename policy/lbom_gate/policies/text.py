"""The text of a policy: how long it may be, and its lines as every reader here counts them."""

from __future__ import annotations

import re

# A policy of a thousand overrides stays below a tenth of it.
MAX_BYTES = 1 << 20

# YAML 1.2.2, section 5.4.
_LINE_END = re.compile(r"\r\n|\r|\n")


def decode(data: bytes) -> str:
    """Return the text without a byte order mark; raises `UnicodeDecodeError`."""
    return data.decode("utf-8").removeprefix("\ufeff")


def lines(text: str) -> list[str]:
    """Return the lines without their ends."""
    return _LINE_END.split(text)

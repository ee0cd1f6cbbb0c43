"""How the rules put numbers and names into sentences."""

from __future__ import annotations

from collections.abc import Sequence

from lbom_gate.model import Patterns

# A name out of a file may be of any length; a message is one line that a person reads.
LONGEST_QUOTE = 120
# So many names of a list are read; the rest is counted.
MOST_NAMED = 6


def quote(text: str) -> str:
    """Return text out of a file, cut to a length that fits a sentence."""
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"


def and_more(text: str, others: int) -> str:
    """Return the text, followed by how many others there are."""
    return text if others == 0 else f"{text}; and {others} more"


def listing(names: Sequence[str], conjunction: str = "and") -> str:
    """Return the names as an English list, the rest of a long one counted."""
    shown = [quote(name) for name in names[:MOST_NAMED]]
    if len(names) > MOST_NAMED:
        shown.append(f"{len(names) - MOST_NAMED} more")
    if len(shown) == 1:
        return shown[0]
    return f"{', '.join(shown[:-1])} {conjunction} {shown[-1]}"


def entries(allow: Patterns) -> str:
    """Return the entries of an allow-list as an English list."""
    if not allow.value:
        return "nothing, the list is empty"
    return listing([pattern.text for pattern in allow.value], "or")


def nothing_matches(allow: Patterns, value: str) -> str:
    """Return what stands under the caret of an allow-list that does not name the value."""
    if not allow.value:
        return "the list is empty"
    if len(allow.value) == 1:
        return f"does not match {quote(value)}"
    return f"none of these matches {quote(value)}"


def number(value: float) -> str:
    """Return a number with as many digits as tell it from its neighbours."""
    return f"{value:.6g}"

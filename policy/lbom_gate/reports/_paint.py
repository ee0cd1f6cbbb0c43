"""ANSI colours, or none."""

from __future__ import annotations

from collections.abc import Callable

# Select Graphic Rendition (ECMA-48, 8.3.117): bold, faint, and the colours every terminal has.
_STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "pass": "1;32",
    "violation": "1;31",
    "not-examined": "1;31",
    "strong": "1",
    "frame": "34",
    "faint": "2",
}

Paint = Callable[[str, str], str]  # style, text


def paint(style: str, text: str) -> str:
    """Return the text in the style's colour."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def plain(style: str, text: str) -> str:
    """Return the text as it is."""
    del style
    return text

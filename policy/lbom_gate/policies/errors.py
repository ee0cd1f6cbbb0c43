"""The one exception of this room: everything that is wrong with a policy, in one go."""

from __future__ import annotations

from collections.abc import Iterable

from lbom_gate.model import Diagnostic

# Text out of a file may be of any length; a message is one line that a person reads.
_LONGEST_QUOTE = 60


class PolicyErrors(Exception):
    """A policy that cannot be used, and every reason why, in the order of the file."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=_position))
        super().__init__("\n".join(map(_line, self.diagnostics)))


def quoted(text: str) -> str:
    """Return text out of a file between backticks, cut to a length that fits a sentence."""
    return f"`{text}`" if len(text) <= _LONGEST_QUOTE else f"`{text[:_LONGEST_QUOTE]}…`"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, or None.

    A word of any length costs little: one that is longer than any name is not compared.
    """
    if len(word) > _LONGEST_QUOTE:
        return None
    import difflib

    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the question that names the nearest known word, or nothing."""
    near = nearest(word, known)
    return "" if near is None else f"did you mean `{near}`?"


def _position(diagnostic: Diagnostic) -> tuple[str, int, int]:
    return diagnostic.span.path, diagnostic.span.line, diagnostic.span.column


def _line(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    return f"{span.path}:{span.line}:{span.column}: {diagnostic.message}"

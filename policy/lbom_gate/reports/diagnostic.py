"""Mistakes in a policy, a lock or another file that a person writes, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lbom_gate.model import Diagnostic
from lbom_gate.reports._escape import terminal
from lbom_gate.reports._paint import Paint, paint, plain
from lbom_gate.reports._snippet import gutter, place, snippet


def render(diagnostics: Sequence[Diagnostic], *, color: bool = False) -> str:
    """Return the mistakes in the order of their places, each with its line and a mark under it."""
    ordered = sorted(diagnostics, key=lambda d: (d.span.path, d.span.line, d.span.column))
    return "\n".join("\n".join(_lines(d, paint if color else plain)) + "\n" for d in ordered)


def _lines(diagnostic: Diagnostic, style: Paint) -> Iterator[str]:
    span = diagnostic.span
    width = gutter(span)
    margin = " " * width
    yield f"{style('error', 'error')}{style('strong', f': {terminal(diagnostic.message)}')}"
    yield f"{margin}{style('frame', '┌─')} {place(span)}"
    yield from snippet(span, diagnostic.label, width, style)
    if diagnostic.help:
        yield f"{margin}{style('frame', '=')} help: {terminal(diagnostic.help)}"

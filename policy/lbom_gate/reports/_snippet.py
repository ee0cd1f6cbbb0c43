"""A line of a text file with a mark under the part that is meant."""

from __future__ import annotations

import unicodedata

from lbom_gate.model import Span
from lbom_gate.reports._escape import terminal, terminal_pieces
from lbom_gate.reports._paint import Paint

# So much of a line fits a terminal of 100 columns beside the line number and the frame.
WIDTH = 92
# So much of a long line is kept before the mark.
LEAD = 24
# Files of less than 100 lines are the rule; one look at their numbers, one width.
NARROWEST = 2


def gutter(*spans: Span | None) -> int:
    """Return the number of columns that the line numbers of all the spans need."""
    return max([NARROWEST, *(len(str(span.line)) for span in spans if span is not None)])


def place(span: Span) -> str:
    """Return `path:line:column`."""
    return f"{terminal(span.path)}:{span.line}:{span.column}"


def snippet(span: Span, label: str, width: int, paint: Paint) -> list[str]:
    """Return the line that the span is in, and below it a mark under the span with its label."""
    before, marked, text = _visible(span)
    mark = "─" * max(_columns(marked), 1)
    under = f"{' ' * _columns(before)}{paint('strong', mark)} {terminal(label)}".rstrip()
    return [
        f"{paint('frame', f'{span.line:>{width}}│')} {text}".rstrip(),
        f"{paint('frame', ' ' * width + '│')} {under}",
    ]


def _visible(span: Span) -> tuple[str, str, str]:
    """Return what is shown before the mark, what the mark stands under, and the whole."""
    start = span.column - 1
    end = max(span.end_column - 1, start)
    pieces = terminal_pieces(span.text)
    before, marked, after = (
        "".join(pieces[i:j]) for i, j in ((0, start), (start, end), (end, None))
    )
    if len(before) + len(marked) + len(after) > WIDTH:
        if len(before) > LEAD:
            before = f"…{before[1 - LEAD :]}"
        room = WIDTH - len(before)
        if len(marked) + len(after) > room:
            text = f"{(marked + after)[: room - 1]}…"
            marked, after = text[: len(marked)], text[len(marked) :]
    return before, marked, before + marked + after


def _columns(text: str) -> int:
    """Return how many columns of a terminal the text takes (Unicode TR11)."""
    return sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1

"""One line of a lock: where an entry stands, and what is wrong with it."""

from __future__ import annotations

from lbom_gate.dataclass import dataclass
from lbom_gate.model import Diagnostic, Span

_ANEW = "restore it, or delete the lock and run `lbom-gate lock`"


class LockError(Exception):
    """A lock that cannot be read, and where."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(f"{diagnostic.span.path}:{diagnostic.span.line}: {diagnostic.message}")
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end."""

    path: str  # of the lock
    number: int  # from 1
    text: str

    def span(self, column: int = 1) -> Span:
        """The line from a column on."""
        return Span(self.path, self.number, column, max(column, len(self.text)) + 1, self.text)

    def refuse(self, *, problem: str, advice: str = _ANEW, column: int | None = None) -> LockError:
        """The error that says what is wrong here and what helps."""
        return LockError(Diagnostic(self.span(column or 1), problem, help=advice))

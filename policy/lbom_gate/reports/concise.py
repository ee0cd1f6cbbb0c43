"""One line for each finding, friendly to grep and problem matchers, and one for the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from lbom_gate.model import Finding, Verdict
from lbom_gate.reports._escape import terminal, terminal_path
from lbom_gate.reports._report import Options
from lbom_gate.reports._snippet import place
from lbom_gate.reports._summary import by_weight, last_line, untold, waived, waiver_words


def report(verdict: Verdict, options: Options) -> str:
    """Return `path: rule: message [path:line:column]` for each finding, then what was not said."""
    del options
    return "".join(f"{line}\n" for line in _lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    for finding in by_weight(verdict):
        remark = " (warning)" if finding.level == "warning" else ""
        yield f"{_subject(finding)}{remark}{_decided(finding)}"
    for finding, waiver in waived(verdict):
        yield f"{_subject(finding)} ({waiver_words(waiver)}){_decided(finding)}"
    for path, reason in untold(verdict):
        yield f"{terminal_path(path)}: not examined: {terminal(reason)}"
    for note in verdict.notes:
        yield f"note: {terminal(note)}"
    headline, counts = last_line(verdict)
    yield f"{headline}: {counts}"


def _subject(finding: Finding) -> str:
    return f"{terminal_path(finding.path)}: {finding.rule}: {terminal(finding.message)}"


def _decided(finding: Finding) -> str:
    span = finding.pin or finding.policy
    return "" if span is None else f" [{place(span)}]"

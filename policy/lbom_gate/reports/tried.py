"""What became of the cases of a policy, for a person: each that failed, with what is different."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lbom_gate.model import Expected, Finding, Tried
from lbom_gate.reports._escape import terminal
from lbom_gate.reports._snippet import place
from lbom_gate.reports._words import counted


def text(path: str, tried: Sequence[Tried]) -> str:
    """Return the cases of a file that failed, and how many there were."""
    failed = [each for each in tried if each.missing or each.unexpected]
    lines = [line for each in failed for line in _lines(each)]
    end = f"{terminal(path)}: {counted(len(tried), 'case')}, {len(failed)} failed"
    return "\n".join([*lines, end]) + "\n"


def _lines(tried: Tried) -> Iterator[str]:
    """Yield the case, what was expected and not found, and what was found and not expected."""
    yield f"FAILED {place(tried.case.span)}: {terminal(tried.case.name)}"
    for expected in tried.missing:
        yield f"  - expected, not found:  {_expected(expected)}"
    for finding in tried.unexpected:
        yield f"  + found, not expected:  {_found(finding)}"


def _expected(expected: Expected) -> str:
    waived = ", waived" if expected.is_waived else ""
    return f"{expected.rule} ({expected.level or 'any level'}{waived})"


def _found(finding: Finding) -> str:
    waived = "" if finding.waiver is None else ", waived"
    where = "" if finding.policy is None else f"  [{place(finding.policy)}]"
    return f"{finding.rule} ({finding.level}{waived}): {terminal(finding.message)}{where}"

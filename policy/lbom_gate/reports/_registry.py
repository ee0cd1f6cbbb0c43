"""The table of reports."""

from __future__ import annotations

from collections.abc import Mapping

from lbom_gate.model import Verdict
from lbom_gate.reports import concise, json_v1, sarif, text
from lbom_gate.reports._report import Options, Report

REPORTS: Mapping[str, Report] = {
    "text": text.report,
    "concise": concise.report,
    "json": json_v1.report,
    "sarif": sarif.report,
}


def render(
    name: str,
    verdict: Verdict,
    *,
    color: bool = False,
    docs: Mapping[str, str] | None = None,
    max_findings: int = 50,
) -> str:
    """Return the verdict as the named report, ending in a line break.

    Raises:
        KeyError: No report has that name.

    """
    options = Options(color=color, docs=docs or {}, max_findings=max_findings)
    return REPORTS[name](verdict, options)

"""The table of reports."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from lbom_gate.model import Verdict
from lbom_gate.reports._report import Options, Report

# The name of each, and the module of this folder whose `report` writes it.
REPORTS: Mapping[str, str] = {
    "text": "text",
    "concise": "concise",
    "json": "json_v1",
    "sarif": "sarif",
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
    report: Report = import_module(f"{__package__}.{REPORTS[name]}").report
    options = Options(color=color, docs=docs or {}, max_findings=max_findings)
    return report(verdict, options)

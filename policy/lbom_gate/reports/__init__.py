"""A verdict in words: one output, one file.

To add a report: write `<name>.py` with a function that turns a verdict into text, and put it into
the table in `_registry.py`. The exit code is the verdict's and no report's business.
"""

from lbom_gate.reports._escape import terminal
from lbom_gate.reports._registry import REPORTS, render
from lbom_gate.reports._report import Options, Report

__all__ = ["REPORTS", "Options", "Report", "render", "terminal"]

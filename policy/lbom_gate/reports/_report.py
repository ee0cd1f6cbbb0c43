"""What a report is, and what it may be told besides the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from lbom_gate.dataclass import dataclass
from lbom_gate.model import Verdict


@dataclass(frozen=True, slots=True)
class Options:
    """What a report may be told besides the verdict."""

    color: bool = False  # whether the output may hold ANSI colours
    docs: Mapping[str, str] = field(default_factory=dict)  # Markdown about each rule, by name
    max_findings: int = 50  # so many are shown to a person; the rest is counted


Report = Callable[[Verdict, Options], str]

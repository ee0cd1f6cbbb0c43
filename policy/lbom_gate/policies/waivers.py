"""Holds findings against the written exceptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from lbom_gate.model import Finding, Waiver
from lbom_gate.policies.globs import Glob, compile_glob

Matches = tuple[tuple[Waiver, int], ...]


@dataclass(frozen=True, slots=True)
class _Exception:
    """A waiver, ready to be held against findings."""

    waiver: Waiver
    glob: Glob

    def names(self, finding: Finding, path: str, *, is_grave: bool) -> bool:
        """Whether the waiver speaks of the finding, whatever the day."""
        if self.waiver.rule != finding.rule or not self.glob.matches(path):
            return False
        if self.waiver.sha256 is None:
            return not is_grave
        is_bound = self.glob.is_exact or not is_grave
        return is_bound and self.waiver.sha256 == finding.sha256


def apply(
    findings: Iterable[Finding],
    waivers: Sequence[Waiver],
    *,
    today: date,
    grave: frozenset[str],
    locate: Callable[[str], str | None],
) -> tuple[tuple[Finding, ...], Matches]:
    """Return the findings, waived where a waiver says so, and how many each waiver named.

    A waiver holds on the day it expires and not after; an expired one names findings without
    waiving them. Of a rule in `grave`, only a waiver of one exact path and its digest waives.
    `locate` turns a finding's path into the one that patterns are written for.
    """
    exceptions = [_Exception(waiver, compile_glob(waiver.path)) for waiver in waivers]
    matched = [0] * len(exceptions)
    judged = []
    for finding in findings:
        path = locate(finding.path)
        naming = [
            index
            for index, exception in enumerate(exceptions)
            if path is not None and exception.names(finding, path, is_grave=finding.rule in grave)
        ]
        for index in naming:
            matched[index] += 1
        valid = (waivers[index] for index in naming if today <= waivers[index].expires)
        waiver = next(valid, None)
        judged.append(finding if waiver is None else replace(finding, waiver=waiver))
    return tuple(judged), tuple(zip(waivers, matched, strict=True))

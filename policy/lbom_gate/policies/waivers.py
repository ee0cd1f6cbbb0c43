"""Holds findings against the written exceptions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from lbom_gate.dataclass import dataclass
from lbom_gate.model import Finding, Waiver
from lbom_gate.policies.globs import Glob, compile_glob
from lbom_gate.policies.selection import Selection

Matches = tuple[tuple[Waiver, int], ...]


@dataclass(frozen=True, slots=True)
class _Exceptions:
    """The waivers of one rule, ready to be held against findings."""

    is_grave: bool
    waivers: tuple[tuple[int, Waiver, Glob], ...]  # with their places among all waivers
    selection: Selection

    @classmethod
    def of(cls, waivers: Iterable[tuple[int, Waiver]], *, is_grave: bool) -> _Exceptions:
        known = tuple((index, waiver, compile_glob(waiver.path)) for index, waiver in waivers)
        return cls(is_grave, known, Selection([[glob] for _, _, glob in known]))

    def naming(self, finding: Finding, path: str) -> Iterator[int]:
        """Yield the places of those that speak of a finding of their rule, whatever the day."""
        for chosen in self.selection.naming(path):
            index, waiver, glob = self.waivers[chosen]
            if waiver.sha256 is None:
                is_bound = not self.is_grave
            else:
                is_bound = waiver.sha256 == finding.sha256 and (glob.is_exact or not self.is_grave)
            if is_bound:
                yield index


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
    by_rule: defaultdict[str, list[tuple[int, Waiver]]] = defaultdict(list)
    for index, waiver in enumerate(waivers):
        by_rule[waiver.rule].append((index, waiver))
    exceptions = {
        rule: _Exceptions.of(those, is_grave=rule in grave) for rule, those in by_rule.items()
    }
    matched = [0] * len(waivers)
    judged = []
    for finding in findings:
        of_rule = exceptions.get(finding.rule)
        path = None if of_rule is None else locate(finding.path)
        held: Waiver | None = None
        if of_rule is not None and path is not None:
            for index in of_rule.naming(finding, path):
                matched[index] += 1
                if held is None and today <= waivers[index].expires:
                    held = waivers[index]
        judged.append(finding if held is None else replace(finding, waiver=held))
    return tuple(judged), tuple(zip(waivers, matched, strict=True))

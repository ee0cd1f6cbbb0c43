"""Rules that report what the scanner found wrong with a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import ClassVar

from lbom_gate.model import Anomaly, Context, Finding, Location, Model, Settings
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import and_more


class AnomalyRule(Rule):
    """A rule that reports the anomalies that bear its name, one finding for each kind of them."""

    remedy: ClassVar[str]  # what to do
    remedies: ClassVar[Mapping[str, str]] = {}  # by the kind of anomaly, where it has its own

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield one finding for each kind of anomaly."""
        del context
        if not model.facts.anomalies:
            return
        kinds: defaultdict[str, list[Anomaly]] = defaultdict(list)
        for anomaly in model.facts.anomalies:
            if anomaly.rule == self.name:
                kinds[anomaly.kind].append(anomaly)
        for anomalies in kinds.values():
            first, others = anomalies[0], len(anomalies) - 1
            yield self.finding(
                model.path,
                settings,
                and_more(first.message, others),
                help=self.remedies.get(first.kind, self.remedy),
                sha256=model.sha256,
                location=_location(first),
                notes=_notes(first),
            )


def _location(anomaly: Anomaly) -> Location | None:
    if anomaly.offset is None and not anomaly.within:
        return None
    return Location(offset=anomaly.offset, key=anomaly.within[-1] if anomaly.within else None)


def _notes(anomaly: Anomaly) -> tuple[str, ...]:
    at = "" if anomaly.offset is None else f" at byte {anomaly.offset}"
    if anomaly.within:
        return (f"while reading {': '.join(anomaly.within)}{at}",)
    return (f"found{at}",) if at else ()

"""A waiver that holds for too long.

## What it checks
That `expires` of a waiver lies no further ahead than `settings.waiver-max-days`.

## Why it matters
A waiver without an end in sight switches a rule off for good. Whoever means that should write it
under `rules`, where a reviewer looks for it.

## Example
A waiver that expires in 2036.

## Configuration
```yaml
settings:
  waiver-max-days: 180
```
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Settings, Waiver
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import quote


class OverlongWaiver(Rule):
    """Reports waivers that end too far ahead."""

    name: ClassVar[str] = "overlong-waiver"
    family: ClassVar[str] = "policy"
    recommended: ClassVar[Level] = "error"

    def check_waiver(
        self, waiver: Waiver, matched: int, settings: Settings, context: Context
    ) -> Iterator[Finding]:
        """Yield a finding where the end is further ahead than the policy lets it be."""
        del matched
        most = settings.waiver_max_days
        if most is None or waiver.expires - context.today <= timedelta(days=most.value):
            return
        days = (waiver.expires - context.today).days
        yield self.finding(
            waiver.span.path,
            settings,
            f"the waiver of {waiver.rule} for {quote(waiver.path)} expires in {days} days,"
            f" more than {most.value}",
            help=f"let it expire by {context.today + timedelta(days=most.value)}",
            policy=waiver.span,
            notes=(f"reason: {quote(waiver.reason)}",),
        )


RULE: Final = OverlongWaiver()

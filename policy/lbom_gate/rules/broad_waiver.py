"""A waiver that waives too much or for too long.

## What it checks
That the path of a waiver is not a glob that matches everything, and that `expires` lies no further
ahead than `settings.waiver-max-days`.

## Why it matters
A waiver for everything switches a rule off, and one without an end does so for good. Whoever means
that should write it under `rules`, where a reviewer looks for it.

## Example
A waiver with `path: "**"`, or one that expires in 2036.

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


class BroadWaiver(Rule):
    """Reports waivers without an edge."""

    name: ClassVar[str] = "broad-waiver"
    family: ClassVar[str] = "policy"
    recommended: ClassVar[Level] = "error"

    def check_waiver(
        self, waiver: Waiver, matched: int, settings: Settings, context: Context
    ) -> Iterator[Finding]:
        """Yield a finding for a path without an edge, and one for an end too far ahead."""
        del matched
        if not waiver.path.strip("*/."):
            yield self.finding(
                waiver.span.path,
                settings,
                f"the waiver of {waiver.rule} for {quote(waiver.path)} matches every path",
                help="name the model that needs it",
                policy=waiver.span,
                notes=(f"reason: {quote(waiver.reason)}",),
            )
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


RULE: Final = BroadWaiver()

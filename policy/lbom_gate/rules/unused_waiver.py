"""A waiver that waives nothing.

## What it checks
In a run over the whole repository: that every waiver that has not expired matched a finding.

## Why it matters
A waiver that is left behind waits for the next file that fits it.

## Example
The model that needed the waiver was replaced; the waiver for its path stayed.

## Configuration
```yaml
rules:
  unused-waiver: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Settings, Waiver
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import quote


class UnusedWaiver(Rule):
    """Reports waivers that matched nothing."""

    name: ClassVar[str] = "unused-waiver"
    family: ClassVar[str] = "policy"
    recommended: ClassVar[Level] = "warning"

    def check_waiver(
        self, waiver: Waiver, matched: int, settings: Settings, context: Context
    ) -> Iterator[Finding]:
        """Yield a finding where the whole repository was looked at and nothing matched."""
        if context.is_whole and matched == 0 and waiver.expires >= context.today:
            yield self.finding(
                waiver.span.path,
                settings,
                f"the waiver of {waiver.rule} for {quote(waiver.path)} matched no finding",
                help="remove it",
                policy=waiver.span,
                notes=(f"reason: {quote(waiver.reason)}",),
            )


RULE: Final = UnusedWaiver()

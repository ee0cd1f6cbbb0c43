"""A waiver whose time is over.

## What it checks
`expires` of every waiver against today. The day itself still counts.

## Why it matters
A waiver is a promise to come back. One that outlives its date has become the policy.

## Example
A waiver of `unlisted-quantization` expired on 2026-06-30, and the vendor still ships Q2_K.

## Configuration
```yaml
rules:
  expired-waiver: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Settings, Waiver
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import quote


class ExpiredWaiver(Rule):
    """Reports waivers that no longer hold."""

    name: ClassVar[str] = "expired-waiver"
    family: ClassVar[str] = "policy"
    recommended: ClassVar[Level] = "error"

    def check_waiver(
        self, waiver: Waiver, matched: int, settings: Settings, context: Context
    ) -> Iterator[Finding]:
        """Yield a finding from the day after `expires`."""
        del matched
        if waiver.expires < context.today:
            yield self.finding(
                waiver.span.path,
                settings,
                f"the waiver of {waiver.rule} for {quote(waiver.path)} expired on {waiver.expires}",
                help=f"ask {quote(waiver.owner)} whether it is still needed; renew or remove it",
                policy=waiver.span,
                notes=(f"reason: {quote(waiver.reason)}",),
            )


RULE: Final = ExpiredWaiver()

"""A waiver that ends soon.

## What it checks
That `expires` of a waiver lies more than `settings.expiring-days` ahead. From the day after it,
`expired-waiver` says so.

## Why it matters
What was waived fails on the day after. There is time now to ask for the new release, to look for
another model, or to renew the waiver with a reason that still holds.

## Example
A waiver of `unlisted-quantization` ends in nine days.

## Configuration
```yaml
settings:
  expiring-days: 14
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Settings, Waiver
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import quote


class ExpiringWaiver(Rule):
    """Reports waivers that hold, and not for long."""

    name: ClassVar[str] = "expiring-waiver"
    family: ClassVar[str] = "policy"
    recommended: ClassVar[Level] = "warning"

    def check_waiver(
        self, waiver: Waiver, matched: int, settings: Settings, context: Context
    ) -> Iterator[Finding]:
        """Yield a finding in the last days of a waiver."""
        del matched
        soon, days = settings.expiring_days, (waiver.expires - context.today).days
        if soon is None or not 0 <= days <= soon.value:
            return
        yield self.finding(
            waiver.span.path,
            settings,
            f"the waiver of {waiver.rule} for {quote(waiver.path)} ends {_when(days)}"
            f" ({waiver.expires})",
            help=f"ask {quote(waiver.owner)} whether it is still needed; renew or remove it",
            policy=waiver.span,
            notes=(f"reason: {quote(waiver.reason)}",),
        )


def _when(days: int) -> str:
    return "today" if days == 0 else f"in {days} day{'s' if days > 1 else ''}"


RULE: Final = ExpiringWaiver()

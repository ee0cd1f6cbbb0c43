"""A waiver that waives too much.

## What it checks
That the path of a waiver is not a glob that matches everything.

## Why it matters
A waiver for everything switches a rule off. Whoever means that should write it under `rules`, where
a reviewer looks for it.

## Example
A waiver with `path: "**"`.

## Configuration
```yaml
rules:
  broad-waiver: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
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
        """Yield a finding for a path that matches all of them."""
        del matched, context
        if not waiver.path.strip("*/."):
            yield self.finding(
                waiver.span.path,
                settings,
                f"the waiver of {waiver.rule} for {quote(waiver.path)} matches every path",
                help="name the model that needs it",
                policy=waiver.span,
                notes=(f"reason: {quote(waiver.reason)}",),
            )


RULE: Final = BroadWaiver()

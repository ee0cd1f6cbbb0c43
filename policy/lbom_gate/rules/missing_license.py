"""A model that states no license.

## What it checks
That every model states a license where the gate reads one, such as `general.license` of a GGUF.

## Why it matters
A model without a license is one that nobody is allowed to use.

## Example
A GGUF file was converted without `general.license`.

## Configuration
```yaml
rules:
  missing-license: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules._rule import Rule


class MissingLicense(Rule):
    """Reports models without a license."""

    name: ClassVar[str] = "missing-license"
    family: ClassVar[str] = "license"
    recommended: ClassVar[Level] = "warning"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the model was read and states no license."""
        del context
        if model.facts.license or not model.is_examined:
            return
        yield self.finding(
            model.path,
            settings,
            "no license is stated",
            help="state the license in the model's metadata",
            sha256=model.sha256,
        )


RULE: Final = MissingLicense()

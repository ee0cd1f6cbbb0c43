"""A license that forbids commercial use.

## What it checks
Where `licenses.non-commercial` is `deny`: that no license in force forbids commercial use. Those
are the Creative Commons licenses with NC, every license whose name says non-commercial, and the
research licenses of model publishers (Apple AMLR, Mistral MRL, Qwen Research and others). Of
`CC-BY-NC-4.0 OR MIT`, MIT may be chosen.

## Why it matters
A model that was fit for an experiment is often put into a product by somebody who never saw its
card.

## Example
`models/chat.gguf` says `cc-by-nc-4.0`.

## Configuration
```yaml
licenses:
  non-commercial: deny
```
It speaks whatever `licenses.allow` lists. A license that nobody can tell is `unknown-license`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Location, Model, Settings
from lbom_gate.rules._licenses import read
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import quote


class NonCommercialLicense(Rule):
    """Reports licenses that forbid commercial use, where the policy denies them."""

    name: ClassVar[str] = "non-commercial-license"
    family: ClassVar[str] = "license"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where no choice of licenses allows commercial use."""
        del context
        asked, found = settings.non_commercial, model.facts.license
        if asked is None or asked.value == "allow" or not found:
            return
        if read(found).holds(lambda each: not each.is_non_commercial):
            return
        source = model.facts.license_source
        yield self.finding(
            model.path,
            settings,
            f"{quote(found)} forbids commercial use",
            help="use a model whose license allows commercial use",
            policy=asked.span,
            label="denied here",
            sha256=model.sha256,
            location=Location(key=source) if source else None,
            notes=(f"stated in {quote(source)}",) if source else (),
        )


RULE: Final = NonCommercialLicense()

"""A license that no `licenses.allow` entry matches.

## What it checks
The license as the model states it against `licenses.allow`. Letter case does not count. An
expression such as `Apache-2.0 OR MIT` is matched as a whole.

## Why it matters
A license may forbid the use a model is meant for, and nobody reads it at deployment.

## Example
`models/chat.gguf` says `cc-by-nc-4.0` and the policy allows `apache-2.0` and `mit`.

## Configuration
```yaml
licenses:
  allow: [Apache-2.0, MIT, "llama3*"]
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Location, Model, Settings
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import entries, nothing_matches, quote


class UnlistedLicense(Rule):
    """Reports licenses that are not on the list."""

    name: ClassVar[str] = "unlisted-license"
    family: ClassVar[str] = "license"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the license is known and not listed."""
        del context
        allow, found = settings.licenses_allow, model.facts.license
        if allow is None or not found or allow.names(found):
            return
        source = model.facts.license_source
        yield self.finding(
            model.path,
            settings,
            f"{quote(found)} is not an allowed license",
            help=f"use a model licensed under {entries(allow)}",
            policy=allow.span,
            label=nothing_matches(allow, found),
            sha256=model.sha256,
            location=Location(key=source) if source else None,
            notes=(f"stated in {quote(source)}",) if source else (),
        )


RULE: Final = UnlistedLicense()

"""An architecture that no `architecture.allow` entry matches.

## What it checks
The architecture as the model states it (`general.architecture`, `architectures` or `model_type`)
against `architecture.allow`. Where none could be read, `not-examined` says so.

## Why it matters
An architecture decides which code loads and runs the model. A list of those that were reviewed
keeps the others out.

## Example
`models/new.gguf` says `mamba` and the policy allows `llama` and `qwen*`.

## Configuration
```yaml
architecture:
  allow: [llama, "qwen*", mistral]
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Location, Model, Settings
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import entries, nothing_matches, quote


class UnlistedArchitecture(Rule):
    """Reports architectures that are not on the list."""

    name: ClassVar[str] = "unlisted-architecture"
    family: ClassVar[str] = "architecture"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the architecture is known and not listed."""
        del context
        allow, found = settings.architecture_allow, model.facts.architecture
        if allow is None or not found or allow.names(found):
            return
        yield self.finding(
            model.path,
            settings,
            f"{quote(found)} is not an allowed architecture",
            help=f"use a model whose architecture is {entries(allow)}",
            policy=allow.span,
            label=nothing_matches(allow, found),
            sha256=model.sha256,
            location=Location(key="general.architecture") if model.facts.format == "gguf" else None,
        )


RULE: Final = UnlistedArchitecture()

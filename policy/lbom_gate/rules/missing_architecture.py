"""A model that does not say which architecture it has.

## What it checks
That a GGUF or safetensors model with tensors states an architecture, in its metadata or in the
`config.json` beside it. Where `architecture.allow` is set, `not-examined` reports it instead.

## Why it matters
Without it nobody knows which code will load the model; a loader that guesses may guess wrong.

## Example
`models/model.safetensors` lies alone, its `config.json` was left behind.

## Configuration
```yaml
rules:
  missing-architecture: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules._rule import Rule

# Formats that hold weights and have a place, in them or beside them, for the architecture.
STATING = frozenset({"gguf", "safetensors"})


class MissingArchitecture(Rule):
    """Reports models without an architecture, where no list asks for one."""

    name: ClassVar[str] = "missing-architecture"
    family: ClassVar[str] = "architecture"
    recommended: ClassVar[Level] = "warning"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where there are tensors and no architecture."""
        del context
        facts = model.facts
        has_weights = facts.format in STATING and bool(facts.quantization.tensor_types)
        if settings.architecture_allow is None and has_weights and model.is_examined:
            if facts.architecture:
                return
            yield self.finding(
                model.path,
                settings,
                "no architecture is stated",
                help="set general.architecture, or put the model's config.json beside it",
                sha256=model.sha256,
            )


RULE: Final = MissingArchitecture()

"""A model with fewer parameters than the policy asks for.

## What it checks
The number of parameters, counted from the tensors, against `architecture.min-parameters`.

## Why it matters
A size is what a review was made of. A much smaller model under the same name is a draft, a test
file or half of one.

## Example
The policy asks for 1B; `models/chat.gguf` has 15M.

## Configuration
```yaml
architecture:
  min-parameters: 1B
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules._rule import Rule


class TooFewParameters(Rule):
    """Reports models below the minimum."""

    name: ClassVar[str] = "too-few-parameters"
    family: ClassVar[str] = "architecture"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the number of parameters is known and too small."""
        del context
        least, found = settings.min_parameters, model.facts.parameters
        if least is None or found is None or found >= least.value:
            return
        yield self.finding(
            model.path,
            settings,
            f"{found:,} parameters are fewer than {least.value:,}",
            help="use a larger model, or lower architecture.min-parameters for this path",
            policy=least.span,
            label="the least allowed",
            sha256=model.sha256,
        )


RULE: Final = TooFewParameters()

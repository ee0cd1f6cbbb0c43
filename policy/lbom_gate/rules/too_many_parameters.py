"""A model with more parameters than the policy allows.

## What it checks
The number of parameters, counted from the tensors, against `architecture.max-parameters`.

## Why it matters
A size is what a machine was bought for and what a review was made of. A much larger model under the
same name is another model.

## Example
The policy allows 8B; `models/chat.gguf` has 70.6B.

## Configuration
```yaml
architecture:
  max-parameters: 8B
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules._rule import Rule


class TooManyParameters(Rule):
    """Reports models above the limit."""

    name: ClassVar[str] = "too-many-parameters"
    family: ClassVar[str] = "architecture"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the number of parameters is known and too large."""
        del context
        most, found = settings.max_parameters, model.facts.parameters
        if most is None or found is None or found <= most.value:
            return
        yield self.finding(
            model.path,
            settings,
            f"{found:,} parameters are more than {most.value:,}",
            help="use a smaller model, or raise architecture.max-parameters for this path",
            policy=most.span,
            label="the most allowed",
            sha256=model.sha256,
        )


RULE: Final = TooManyParameters()

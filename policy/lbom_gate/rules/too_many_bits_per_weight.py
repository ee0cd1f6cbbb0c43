"""A model with more bits per weight than the policy allows.

## What it checks
The bits per weight over all tensors, computed from their types and never from a label, against
`quantization.max-bits-per-weight`.

## Why it matters
A machine has room for so many bits. A model of full precision under the name of a quantized one
does not fit, or pushes out what else runs there.

## Example
The policy allows at most 8.5; `models/chat.gguf` comes to 16.

## Configuration
```yaml
quantization:
  max-bits-per-weight: 8.5
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._tensors import evidence
from lbom_gate.rules._words import number


class TooManyBitsPerWeight(Rule):
    """Reports models above the limit."""

    name: ClassVar[str] = "too-many-bits-per-weight"
    family: ClassVar[str] = "quantization"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the bits per weight are known and too many."""
        del context
        most = settings.max_bits_per_weight
        bits = model.facts.quantization.bits_per_weight
        if most is None or bits is None:
            return
        # "Not at most" instead of "above", so that a document's NaN does not pass.
        if not bits <= most.value:
            yield self.finding(
                model.path,
                settings,
                f"{number(bits)} bits per weight are more than {number(most.value)}",
                help=f"quantize to at most {number(most.value)} bits per weight",
                policy=most.span,
                label="the most allowed",
                sha256=model.sha256,
                notes=evidence(model.facts.quantization),
            )


RULE: Final = TooManyBitsPerWeight()

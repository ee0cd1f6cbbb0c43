"""A model with fewer bits per weight than the policy asks for.

## What it checks
The bits per weight over all tensors, computed from their types and never from a label, against
`quantization.min-bits-per-weight`.

## Why it matters
Below some number of bits a model of the same name answers differently from the one that was
evaluated. The number holds whatever the recipe is called.

## Example
The policy asks for at least 4.0; `models/tiny-q2_k.gguf` comes to 3.35.

## Configuration
```yaml
quantization:
  min-bits-per-weight: 4.0
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._tensors import evidence
from lbom_gate.rules._words import number


class TooFewBitsPerWeight(Rule):
    """Reports models below the minimum."""

    name: ClassVar[str] = "too-few-bits-per-weight"
    family: ClassVar[str] = "quantization"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the bits per weight are known and too few."""
        del context
        least = settings.min_bits_per_weight
        bits = model.facts.quantization.bits_per_weight
        if least is None or bits is None:
            return
        # "Not at least" instead of "below", so that a document's NaN does not pass.
        if not bits >= least.value:
            yield self.finding(
                model.path,
                settings,
                f"{number(bits)} bits per weight are fewer than {number(least.value)}",
                help=f"requantize to at least {number(least.value)} bits per weight",
                policy=least.span,
                label="the least allowed",
                sha256=model.sha256,
                notes=evidence(model.facts.quantization),
            )


RULE: Final = TooFewBitsPerWeight()

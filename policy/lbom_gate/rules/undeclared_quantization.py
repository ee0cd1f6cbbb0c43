"""A quantized model that nowhere says so.

## What it checks
That a model whose tensors are quantized is claimed to be: in its metadata, its `config.json` or its
name. Plain F64, F32, F16 and BF16 need no claim.

## Why it matters
Whoever loads the model cannot tell what it is without reading every tensor, and a program that
takes it for the original will not notice.

## Example
A GGUF file without `general.file_type` whose tensors are Q4_0.

## Configuration
```yaml
rules:
  undeclared-quantization: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._tensors import PLAIN, evidence, quantizable
from lbom_gate.rules._words import listing


class UndeclaredQuantization(Rule):
    """Reports quantized models without a claim."""

    name: ClassVar[str] = "undeclared-quantization"
    family: ClassVar[str] = "quantization"
    recommended: ClassVar[Level] = "warning"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where tensors are quantized and nobody says so."""
        del context
        quantization = model.facts.quantization
        types = [row.name for row in quantizable(quantization) if row.name not in PLAIN]
        label = quantization.label
        if not types and label is not None and label not in PLAIN:
            # Packed weights may be stored as elements of a plain type.
            types = [label]
        claims = [claim.value for claim in quantization.claims]
        # A claim of plain types says nothing of a method; contradicted, it is an error of its own.
        is_plain = bool(claims) and PLAIN.issuperset(claims)
        is_unsaid = is_plain and quantization.verdict != "contradicted"
        if types and (is_unsaid or quantization.verdict == "unclaimed"):
            yield self.finding(
                model.path,
                settings,
                f"the tensors are {listing(types)}, and nothing says that the model is quantized",
                help="state it where the format does: general.file_type, or quantization_config"
                " in config.json",
                sha256=model.sha256,
                notes=evidence(quantization, types),
            )


RULE: Final = UndeclaredQuantization()

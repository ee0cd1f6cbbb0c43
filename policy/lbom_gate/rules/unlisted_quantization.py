"""A quantization that no `quantization.allow` entry matches.

## What it checks
What the model is quantized to, against `quantization.allow`. A claim (`general.file_type`, the file
name, `quantization_config`) counts only as far as the tensors support it:

- the tensors support the claim: the label must be listed;
- some tensors are not explained by the claim: the claim or the label must be listed, and the type
  of every unexplained tensor too;
- the tensors contradict the claim, or nobody claims anything: every type that holds quantizable
  parameters must be listed;
- no tensor could tell: not judged here.

Entries are labels or globs of labels; letter case does not count.

## Why it matters
Quantization changes what a model answers. The one that was evaluated is the one that should run,
and a label alone does not show which one it is.

## Example
`models/tiny.gguf` is Q2_K and the policy allows `Q8_0` and `Q4_K*`.

## Configuration
```yaml
quantization:
  allow: [F16, BF16, Q8_0, "Q4_K*", awq-4bit]
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import (
    Context,
    Finding,
    Level,
    Location,
    Model,
    Patterns,
    Quantization,
    Settings,
)
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._tensors import evidence, quantizable
from lbom_gate.rules._words import entries, listing, nothing_matches


class UnlistedQuantization(Rule):
    """Reports quantizations that are not on the list."""

    name: ClassVar[str] = "unlisted-quantization"
    family: ClassVar[str] = "quantization"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield one finding that names every label and type that is not listed."""
        del context
        allow = settings.quantization_allow
        if allow is None:
            return
        refused = list(dict.fromkeys(_refused(model, allow)))
        if not refused:
            return
        quantization = model.facts.quantization
        are = "is not an allowed quantization" if len(refused) == 1 else "are not allowed"
        yield self.finding(
            model.path,
            settings,
            f"{listing(refused)} {are}",
            help=f"use a model quantized to {entries(allow)}",
            policy=allow.span,
            label=nothing_matches(allow, listing(refused, "or")),
            sha256=model.sha256,
            location=_location(quantization, refused),
            notes=evidence(quantization, refused),
        )


def _refused(model: Model, allow: Patterns) -> Iterator[str]:
    """Yield the labels and types that the list does not name."""
    quantization = model.facts.quantization
    claims = [claim.value for claim in quantization.claims]
    said = [quantization.label] if quantization.label else claims
    match quantization.verdict:
        case "consistent":
            named = said
        case "mixed":
            named = _mixed(quantization, allow)
        case "contradicted" | "unclaimed":
            named = [row.name for row in quantizable(quantization)] or said
        case "no-evidence":
            # A foreign SBOM has no tensors; what it declares is judged as declared.
            named = said if model.evidence == "declared" else []
    return (name for name in named if not allow.names(name))


def _mixed(quantization: Quantization, allow: Patterns) -> list[str]:
    """Return what must be listed where some tensors are not explained by any claim."""
    supported = [c.value for c in quantization.claims if c.verdict in ("consistent", "mixed")]
    names = [*supported, *([quantization.label] if quantization.label else [])]
    unexplained = [row.name for row in quantization.tensor_types if row.unexplained_tensors > 0]
    if any(allow.names(name) for name in names):
        return unexplained
    return names + unexplained


def _location(quantization: Quantization, refused: list[str]) -> Location | None:
    rows = [row for row in quantization.tensor_types if row.name in refused]
    example = next((row.example for row in rows or quantizable(quantization) if row.example), None)
    return None if example is None else Location(key=example)


RULE: Final = UnlistedQuantization()

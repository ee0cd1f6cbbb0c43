"""A claim about quantization that the tensors contradict.

## What it checks
Every claim (`general.file_type`, the file name, `quantization_config`, `dtype`) against the types
of the tensors: the claimed type must hold most of the quantizable parameters. Where
`quantization.claim-must-match` names places, only their claims count; where it is `false`, none.
`quantization.allow` judges by the tensors all the same.

## Why it matters
Somebody mislabelled the model, by mistake or not. Whatever was decided by that label was decided
about another model.

## Example
`general.file_type` says Q8_0, and 154 of 201 tensors are Q2_K.

## Configuration
```yaml
quantization:
  claim-must-match: [general.file_type, "config.json*"]
rules:
  contradicted-quantization: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Claim, Context, Finding, Level, Location, Model, Settings
from lbom_gate.rules._claims import counted
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._tensors import evidence, quantizable
from lbom_gate.rules._words import listing, quote


class ContradictedQuantization(Rule):
    """Reports labels that are not true."""

    name: ClassVar[str] = "contradicted-quantization"
    family: ClassVar[str] = "quantization"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield one finding that names the contradicted claims."""
        del context
        quantization = model.facts.quantization
        if quantization.verdict != "contradicted":
            return
        contradicted = [c for c in quantization.claims if c.verdict == "contradicted"]
        claims = counted(contradicted, settings)
        if (contradicted and not claims) or _counts_none(settings):
            return
        types = [row.name for row in quantizable(quantization)]
        yield self.finding(
            model.path,
            settings,
            f"{_claimed(claims)}, but the tensors are {listing(types) if types else 'not'}",
            help="correct the label, or find out which model this is",
            sha256=model.sha256,
            location=Location(key=claims[0].source) if claims else None,
            notes=evidence(quantization),
        )


def _counts_none(settings: Settings) -> bool:
    return settings.claim_must_match is not None and not settings.claim_must_match.value


def _claimed(claims: list[Claim]) -> str:
    if not claims:
        return "a quantization is claimed"
    texts = [f"{quote(claim.source)} claims {quote(claim.value)}" for claim in claims]
    return listing(texts)


RULE: Final = ContradictedQuantization()

"""Claims in one model that name different quantizations.

## What it checks
That all places that say how a model is quantized (`general.file_type`, the file name,
`quantization_config`) say the same, as far as `quantization.claim-must-match` lets them count. A
`dtype` beside a `quantization_config` speaks of the weights that were not quantized. Where the
tensors contradict a claim, `contradicted-quantization` says so instead.

## Why it matters
The tensors bear out both claims, or could not tell. Whoever reads one of them decides about another
model than whoever reads the other.

## Example
`general.file_type` says Q4_K_M and the file is named `chat-Q4_K_S.gguf`.

## Configuration
```yaml
rules:
  disagreeing-claims: error
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from lbom_gate.model import Claim, Context, Finding, Level, Location, Model, Settings
from lbom_gate.rules._claims import counted
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._tensors import evidence
from lbom_gate.rules._words import listing, quote

# Of a model that a method quantized, this is the type of the rest.
_DTYPE = "config.json: dtype"

# What a name claims, no program wrote.
_NAMES = frozenset({"file name", "directory name"})


class DisagreeingClaims(Rule):
    """Reports labels that are not one."""

    name: ClassVar[str] = "disagreeing-claims"
    family: ClassVar[str] = "quantization"
    recommended: ClassVar[Level] = "warning"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield one finding that names the claims."""
        del context
        quantization = model.facts.quantization
        if len({claim.value for claim in quantization.claims}) < 2:  # noqa: PLR2004
            return
        claims = _of_the_quantized(counted(quantization.claims, settings))
        is_contradicted = any(claim.verdict == "contradicted" for claim in claims)
        if is_contradicted or len({claim.value.casefold() for claim in claims}) < 2:  # noqa: PLR2004
            return
        texts = [f"{quote(claim.source)} claims {quote(claim.value)}" for claim in claims]
        yield self.finding(
            model.path,
            settings,
            listing(texts),
            help="find out which of them is right, and correct the others",
            sha256=model.sha256,
            location=Location(key=claims[0].source),
            notes=evidence(quantization)[len(quantization.claims) :],
        )


def _of_the_quantized(claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims without that of the type of what was not quantized."""
    others = [claim for claim in claims if claim.source != _DTYPE]
    has_method = any(claim.source not in _NAMES for claim in others)
    return others if has_method else list(claims)


RULE: Final = DisagreeingClaims()

"""A quantization that no `quantization.allow` entry matches.

## What it checks
What the model is quantized to, against `quantization.allow` and `quantization.deny`, which wins. A
claim (`general.file_type`, the file name, `quantization_config`) counts only as far as the tensors
support it:

- the tensors support the claim: the label must be listed;
- some tensors are not explained by the claim: the claim or the label must be listed, and the type
  of every unexplained tensor too;
- the tensors contradict the claim, lie in no way that the gate knows, or nobody claims anything:
  every type that holds quantizable parameters must be listed;
- there are no tensors that could tell: not judged here.

Norms, biases and routers stay as they are and are never judged. Types that are not listed may hold
`lesser-share` of the quantizable parameters, and with `exempt: [embeddings]` the types of token
embeddings and of the output matrix do not matter. `deny` names labels, claims that the tensors bear
out, and types of quantizable parameters, however few.

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
  deny: ["IQ1_*"]
  lesser-share: 5%
  exempt: [embeddings]
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Final

from lbom_gate.dataclass import dataclass
from lbom_gate.model import (
    Context,
    Finding,
    Level,
    Location,
    Model,
    Patterns,
    Quantization,
    Settings,
    TensorType,
)
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._tensors import evidence, quantizable
from lbom_gate.rules._words import entries, listing, nothing_matches, number


class UnlistedQuantization(Rule):
    """Reports quantizations that are not on the list, or on that of the denied."""

    name: ClassVar[str] = "unlisted-quantization"
    family: ClassVar[str] = "quantization"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield one finding that names all that is denied, and all that is not listed."""
        del context
        allow, deny = settings.quantization_allow, settings.quantization_deny
        if allow is None and deny is None:
            return
        found = _Found.of(model, settings)
        denied = [] if deny is None else list(_denied(found, deny))
        unlisted = [] if allow is None else list(_unlisted(found, allow, settings))
        unlisted = [name for name in unlisted if name not in denied]
        refused = [*denied, *unlisted]
        if deny is not None and denied:
            decided, label = deny, f"denies {listing(denied)}"
            help_ = "use a model of another quantization"
        elif allow is not None and unlisted:
            decided, label = allow, nothing_matches(allow, listing(unlisted, "or"))
            help_ = f"use a model quantized to {entries(allow)}"
        else:
            return
        quantization = model.facts.quantization
        yield self.finding(
            model.path,
            settings,
            _message(denied, unlisted),
            help=help_,
            policy=decided.span,
            label=label,
            sha256=model.sha256,
            location=_location(quantization, refused),
            notes=(*evidence(quantization, refused), *_share_note(found, settings)),
        )


def _message(denied: list[str], unlisted: list[str]) -> str:
    if not denied:
        are = "is not an allowed quantization" if len(unlisted) == 1 else "are not allowed"
        return f"{listing(unlisted)} {are}"
    are = "is a denied quantization" if len(denied) == 1 else "are denied"
    more = f", and {listing(unlisted)} not allowed either" if unlisted else ""
    return f"{listing(denied)} {are}{more}"


@dataclass(frozen=True, slots=True)
class _Found:
    """How a model is quantized, as far as the policy lets it matter."""

    quantization: Quantization
    is_declared: bool
    has_tensors: bool  # that a quantizer may quantize
    judged: list[TensorType]  # the types that matter, the one that holds most parameters first

    @classmethod
    def of(cls, model: Model, settings: Settings) -> _Found:
        rows = quantizable(model.facts.quantization)
        judged = [row for row in rows if _counted(row, settings) > 0]
        is_declared = model.evidence == "declared"
        return cls(model.facts.quantization, is_declared, bool(rows), judged)


def _denied(found: _Found, deny: Patterns) -> Iterator[str]:
    """Yield the labels, claims and types that the list of what is denied names."""
    quantization = found.quantization
    names = [row.name for row in found.judged]
    if quantization.verdict != "no-evidence" or found.is_declared:
        names += [c.value for c in quantization.claims if c.verdict != "contradicted"]
    # Where there are tensors, the label is a claim that they bear out, or one of their types.
    if quantization.label and not found.has_tensors:
        names.append(quantization.label)
    return (name for name in dict.fromkeys(names) if deny.names(name))


def _unlisted(found: _Found, allow: Patterns, settings: Settings) -> Iterator[str]:
    """Yield the labels and types that the list of what is allowed does not name."""
    quantization = found.quantization
    claims = [claim.value for claim in quantization.claims]
    said = [quantization.label] if quantization.label else claims
    named: list[str] = []
    match quantization.verdict:
        case "consistent":
            named = said
        case "mixed":
            unexplained = [row for row in found.judged if row.unexplained_tensors > 0]
            named = [
                *_mixed(quantization, allow),
                *_too_much(unexplained, quantization, allow, settings),
            ]
        case "contradicted" | "unclaimed":
            named = said
            if found.has_tensors:
                named = _too_much(found.judged, quantization, allow, settings)
        case "no-evidence":
            # A foreign SBOM has no tensors; what it declares is judged as declared. Tensors that
            # lie in no way the gate knows have their types all the same.
            types = _too_much(found.judged, quantization, allow, settings)
            named = said if found.is_declared else types if found.has_tensors else []
    return (name for name in dict.fromkeys(named) if not allow.names(name))


def _mixed(quantization: Quantization, allow: Patterns) -> list[str]:
    """Return the claims and the label, where none of them is listed and some tensors differ."""
    supported = [c.value for c in quantization.claims if c.verdict in {"consistent", "mixed"}]
    names = [*supported, *([quantization.label] if quantization.label else [])]
    return [] if any(map(allow.names, names)) else names


def _counted(row: TensorType, settings: Settings) -> int:
    """Return how many quantizable parameters of a type are not exempt."""
    exempt = settings.quantization_exempt
    if exempt is None or "embeddings" not in exempt.value:
        return row.quantizable_parameters
    return row.quantizable_parameters - row.embedding_parameters


def _too_much(
    rows: Sequence[TensorType], quantization: Quantization, allow: Patterns, settings: Settings
) -> list[str]:
    """Return the types that are not listed, unless they hold no more than the lesser share."""
    unlisted = [row for row in rows if not allow.names(row.name)]
    most = settings.lesser_share
    if most is not None and _share(unlisted, quantization, settings) <= most.value:
        return []
    return [row.name for row in unlisted]


def _share(rows: Iterable[TensorType], quantization: Quantization, settings: Settings) -> float:
    # Of all quantizable parameters, exempt ones too: to exempt some makes no other weigh more.
    total = sum(row.quantizable_parameters for row in quantization.tensor_types)
    return sum(_counted(row, settings) for row in rows) / total if total else 0.0


def _share_note(found: _Found, settings: Settings) -> tuple[str, ...]:
    allow, most = settings.quantization_allow, settings.lesser_share
    if allow is None or most is None:
        return ()
    unlisted = [row for row in found.judged if not allow.names(row.name)]
    share = _share(unlisted, found.quantization, settings)
    if share <= most.value:
        return ()
    is_, may = number(round(100 * share, 2)), number(100 * most.value)
    return (f"{is_} % of the parameters have types that are not listed, {may} % may",)


def _location(quantization: Quantization, refused: list[str]) -> Location | None:
    rows = [row for row in quantization.tensor_types if row.name in refused]
    example = next((row.example for row in rows or quantizable(quantization) if row.example), None)
    return None if example is None else Location(key=example)


RULE: Final = UnlistedQuantization()

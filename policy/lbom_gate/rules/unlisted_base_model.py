"""A model made from one that `base-models.allow` does not list.

## What it checks
Every base model that a model states (`general.base_model.*` of a GGUF, `base_model` of a model
card) against `base-models.allow` and `base-models.deny`, which wins. An address on the Hugging Face
Hub is also known as `owner/name`. Letter case does not count.

## Why it matters
A fine-tune carries what its base learned, and is bound by its licence. Where a base was ruled out,
its descendants are too.

## Example
`models/chat.gguf` was made from `someone/Llama-3.1-8B-abliterated`, and the policy allows
`meta-llama/*`.

## Configuration
```yaml
base-models:
  allow: ["meta-llama/*", "Qwen/*"]
  deny: ["*/*-abliterated"]
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules._base_models import named
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import entries, listing, nothing_matches


class UnlistedBaseModel(Rule):
    """Reports base models that are not on the list, or on that of the denied."""

    name: ClassVar[str] = "unlisted-base-model"
    family: ClassVar[str] = "base-model"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield one finding for those that are denied, and one for those that are not listed."""
        del context
        allow, deny = settings.base_models_allow, settings.base_models_deny
        stated = model.facts.base_models
        denied = [] if deny is None else [each for each in stated if named(deny, each)]
        if deny is not None and denied:
            yield self.finding(
                model.path,
                settings,
                f"made from {listing(denied)}, which the policy denies",
                help="use a model that was made from another one",
                policy=deny.span,
                label="denied here",
                sha256=model.sha256,
            )
        if allow is None:
            return
        unlisted = [each for each in stated if each not in denied and not named(allow, each)]
        if unlisted:
            are = "is not an allowed base model" if len(unlisted) == 1 else "are not allowed"
            yield self.finding(
                model.path,
                settings,
                f"made from {listing(unlisted)}, which {are}",
                help=f"use a model that was made from {entries(allow)}",
                policy=allow.span,
                label=nothing_matches(allow, listing(unlisted, "or")),
                sha256=model.sha256,
            )


RULE: Final = UnlistedBaseModel()

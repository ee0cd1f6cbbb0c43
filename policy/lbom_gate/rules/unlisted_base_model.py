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
        """Yield one finding that names those that are denied, and those that are not listed."""
        del context
        allow, deny = settings.base_models_allow, settings.base_models_deny
        stated = model.facts.base_models
        denied = [] if deny is None else [each for each in stated if named(deny, each)]
        unlisted = [] if allow is None else [each for each in stated if not named(allow, each)]
        unlisted = [each for each in unlisted if each not in denied]
        if deny is not None and denied:
            decided, label = deny, f"denies {listing(denied)}"
            message = f"made from {listing(denied)}, which the policy denies"
            help_ = "use a model that was made from another one"
            message += f", and from {listing(unlisted)}, not allowed either" if unlisted else ""
        elif allow is not None and unlisted:
            decided, label = allow, nothing_matches(allow, listing(unlisted, "or"))
            are = "is not an allowed base model" if len(unlisted) == 1 else "are not allowed"
            message = f"made from {listing(unlisted)}, which {are}"
            help_ = f"use a model that was made from {entries(allow)}"
        else:
            return
        yield self.finding(
            model.path,
            settings,
            message,
            help=help_,
            policy=decided.span,
            label=label,
            sha256=model.sha256,
        )


RULE: Final = UnlistedBaseModel()

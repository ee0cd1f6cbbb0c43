"""A model that does not say what it was made from.

## What it checks
Where `base-models.require` is true: that every model names a base model.

## Why it matters
A list of base models says nothing of a model that names none. Models that were trained from
nothing name none either; an override for their path says so.

## Example
`models/chat.gguf` is a fine-tune that was converted without `general.base_model.*`.

## Configuration
```yaml
base-models:
  require: true
overrides:
  - paths: ["models/ours/**"]
    base-models: {require: false}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules._rule import Rule


class MissingBaseModel(Rule):
    """Reports models without a base model, where one is asked for."""

    name: ClassVar[str] = "missing-base-model"
    family: ClassVar[str] = "base-model"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the model was read and names none."""
        del context
        require = settings.base_models_require
        if require is None or not require.value or model.facts.base_models:
            return
        if model.is_examined:
            yield self.finding(
                model.path,
                settings,
                "no base model is stated",
                help="state it in the model's metadata, or set base-models.require to false for"
                " this path in overrides",
                policy=require.span,
                label="asks every model for one",
                sha256=model.sha256,
            )


RULE: Final = MissingBaseModel()

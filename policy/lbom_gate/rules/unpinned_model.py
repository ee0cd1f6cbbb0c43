"""A model that the lock does not pin.

## What it checks
Where `pins.require` is true: that every file of a model, each of its parts and those read along
with it (`config.json`, an index) included, has an entry in `lbom.lock`.

## Why it matters
Without a pin nobody can say which bytes were reviewed, and a change of them goes unnoticed.

## Example
`models/chat.gguf` was added and `lbom-gate lock` was not run.

## Configuration
```yaml
pins:
  require: true
  lockfile: lbom.lock
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules import _commands
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import listing


class UnpinnedModel(Rule):
    """Reports models of which a file is not pinned."""

    name: ClassVar[str] = "unpinned-model"
    family: ClassVar[str] = "pin"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where a pin is required and missing."""
        require = settings.pins_require
        if require is None or not require.value:
            return
        unpinned = [f.path for f in model.files if f.path not in context.pins.by_path]
        if not unpinned:
            return
        lock = context.pins.path
        parts = [f.path for f in model.files if f.role != "companion"]
        unpinned_parts = [path for path in parts if path in unpinned]
        if not context.pins.exists:
            message = f"not pinned: there is no {lock}"
        elif len(unpinned_parts) == len(parts):
            message = f"not pinned in {lock}"
        elif unpinned_parts:
            count = f"{len(unpinned_parts)} of {len(parts)} parts"
            message = f"{count} not pinned in {lock}: {listing(unpinned_parts)}"
        else:
            message = f"{listing(unpinned)}, read with this model, is not pinned in {lock}"
        yield self.finding(
            model.path,
            settings,
            message,
            help="review the model, then pin it: lbom-gate lock",
            policy=require.span,
            label="asks for a pin of every model",
            sha256=model.sha256,
        )

    def command(self, path: str, settings: Settings) -> str:
        """Return the command that pins these bytes."""
        del settings
        return _commands.lock(path)


RULE: Final = UnpinnedModel()

"""A file whose content is not what its suffix says.

## What it checks
The format found in the content against the formats that use the file's suffix.

## Why it matters
Programs choose a loader by suffix, people trust it. A pickle named `.safetensors` is opened by a
loader that runs what it holds.

## Example
`models/chat.safetensors` starts with a pickle's opcodes.

## Configuration
```yaml
rules:
  extension-mismatch: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules._rule import Rule


class ExtensionMismatch(Rule):
    """Reports names that disagree with the content."""

    name: ClassVar[str] = "extension-mismatch"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the name and the content disagree."""
        del context
        if model.name_agrees is False:
            yield self.finding(
                model.path,
                settings,
                f"the content is {model.facts.format}, which the file's name does not say",
                help="give the file the suffix of its format, or find out who renamed it",
                sha256=model.sha256,
            )


RULE: Final = ExtensionMismatch()

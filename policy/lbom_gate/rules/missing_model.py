"""A pinned file that is not there.

## What it checks
In a run over the whole repository: that every file in `lbom.lock` is among the models found.

## Why it matters
A model that was deleted, renamed or moved out of the gate's sight leaves a pin behind that seems to
guard something.

## Example
`models/chat.gguf` was renamed to `models/chat-v2.gguf`; the lock still has the old name.

## Configuration
```yaml
rules:
  missing-model: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Pin, Settings
from lbom_gate.rules._rule import Rule


class MissingModel(Rule):
    """Reports pins of files that the run did not find."""

    name: ClassVar[str] = "missing-model"
    family: ClassVar[str] = "pin"
    recommended: ClassVar[Level] = "error"

    def check_absent(self, pin: Pin, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the whole repository was looked at."""
        if context.is_whole:
            yield self.finding(
                pin.path,
                settings,
                f"pinned in {context.pins.path}, and not found",
                help="restore the file, or drop its pin: lbom-gate lock",
                sha256=pin.sha256,
                pin=pin.span,
            )


RULE: Final = MissingModel()

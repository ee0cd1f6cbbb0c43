"""A pickle that imports more than weights need.

## What it checks
Every name that the pickles in a file import, read from their opcodes and never loaded. The names
that rebuild tensors, arrays and plain containers are known; every other one is found, and so is a
name that is computed, and a pickle that cannot be read to its end.

## Why it matters
A pickle is a program. Whatever it imports it can call, with any arguments, while it is loaded.

## Example
`data.pkl` imports `os.system`.

## Configuration
```yaml
rules:
  unsafe-import: error
```
A waiver of this rule must name the exact path and its `sha256`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Location, Model, Settings
from lbom_gate.rules._anomaly import AnomalyRule
from lbom_gate.rules._words import and_more

# Imports that a finding lists: what a person reads.
MAX_NOTES = 10


class UnsafeImport(AnomalyRule):
    """Reports imports that weights do not need."""

    name: ClassVar[str] = "unsafe-import"
    family: ClassVar[str] = "code"
    recommended: ClassVar[Level] = "error"
    is_grave: ClassVar[bool] = True
    remedy: ClassVar[str] = "do not load this file; ask its publisher for safetensors"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield one finding for the unknown imports, and one for each kind of anomaly."""
        unknown = [each for each in model.facts.imports if not each.is_known]
        if unknown:
            first = unknown[0]
            yield self.finding(
                model.path,
                settings,
                and_more(f"imports {first.name}", len(unknown) - 1),
                help=self.remedy,
                sha256=model.sha256,
                location=Location(offset=first.offset, key=first.name),
                notes=tuple(f"imports {each.name}" for each in unknown[:MAX_NOTES]),
            )
        yield from super().check(model, settings, context)


RULE: Final = UnsafeImport()

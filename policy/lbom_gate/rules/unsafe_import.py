"""A pickle that imports more than weights need.

## What it checks
Every name that the pickles in a file import, read from their opcodes and never loaded. The names
that rebuild tensors, arrays and plain containers are known; every other one is found, and so is a
name that is computed, and a pickle that cannot be read to its end. `code.imports.allow` lists what
else a policy takes for harmless, by name or glob.

## Why it matters
A pickle is a program. Whatever it imports it can call, with any arguments, while it is loaded.

## Example
`data.pkl` imports `os.system`.

## Configuration
```yaml
code:
  imports:
    allow: ["sklearn.linear_model.*", "sklearn.tree._tree.Tree"]
```
A list lets a file call what it names: `sklearn.*` is far more than one class.
A waiver of this rule must name the exact path and its `sha256`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Import, Level, Location, Model, Settings
from lbom_gate.rules._anomaly import AnomalyRule
from lbom_gate.rules._words import listing, nothing_matches, quote

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
        allow = settings.imports_allow
        unknown = [
            each
            for each in model.facts.imports
            if not each.is_known and (allow is None or not allow.names(each.name))
        ]
        if unknown:
            first = unknown[0]
            names = [each.name for each in unknown]
            yield self.finding(
                model.path,
                settings,
                f"imports {quote(first.name)}"
                if len(unknown) == 1
                else f"{len(unknown)} imports that weights do not need: {listing(names)}",
                help=self.remedy,
                policy=None if allow is None else allow.span,
                label="" if allow is None else nothing_matches(allow, listing(names, "or")),
                sha256=model.sha256,
                location=Location(offset=first.offset, key=first.name),
                notes=tuple(map(_note, unknown[:MAX_NOTES])),
            )
        yield from super().check(model, settings, context)


def _note(found: Import) -> str:
    at = "" if found.offset is None else f" at byte {found.offset}"
    return f"imports {quote(found.name)}{at}"


RULE: Final = UnsafeImport()

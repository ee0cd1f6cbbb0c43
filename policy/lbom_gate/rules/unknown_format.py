"""A file named like a model whose content is no format the gate knows.

## What it checks
That the content of every file taken for a model is recognised, whatever its name.

## Why it matters
Of such a file nothing is known but its size and digest: no architecture, no quantization, no
destination. Pin it, or keep it out with `formats.allow`.

## Example
`models/chat.gguf` starts with an HTML page: the download ended at a login form.

## Configuration
```yaml
rules:
  unknown-format: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Settings
from lbom_gate.rules._rule import Rule


class UnknownFormat(Rule):
    """Reports files of which the format is unknown and nothing else is wrong."""

    name: ClassVar[str] = "unknown-format"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "warning"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where no format was recognised."""
        del context
        is_unknown = model.facts.format is None and model.evidence != "declared"
        if is_unknown and not model.facts.anomalies:
            yield self.finding(
                model.path,
                settings,
                "the content is no format the gate knows",
                help="look at the first bytes of the file, or fetch it again",
                sha256=model.sha256,
            )


RULE: Final = UnknownFormat()

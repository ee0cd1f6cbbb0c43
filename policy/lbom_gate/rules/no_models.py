"""A run that found no model.

## What it checks
That there was something to judge. The run also says so aloud, in every output, and ends with exit
code 2 under `--require-models`.

## Why it matters
A gate over an empty directory is green. A mistyped path or a changed layout then looks like a pass.

## Example
`lbom-gate check modles/`, with a typing mistake in a script that creates the directory.

## Configuration
```yaml
rules:
  no-models: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Sbom, Settings
from lbom_gate.rules._rule import WHOLE_RUN, Rule


class NoModels(Rule):
    """Reports that there was nothing to judge."""

    name: ClassVar[str] = "no-models"
    family: ClassVar[str] = "policy"
    recommended: ClassVar[Level] = "warning"

    def check_sbom(self, sbom: Sbom, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the SBOM holds no model."""
        del context
        if not sbom.models:
            yield self.finding(
                WHOLE_RUN,
                settings,
                "no model was found",
                help="check the paths given, and paths.include and paths.exclude in the policy",
            )


RULE: Final = NoModels()

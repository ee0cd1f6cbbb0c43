"""An archive that its readers would not agree about.

## What it checks
That an archive is one archive: each member's own header says what the central directory says of
it, names stand once and stay inside, nothing is hidden before, between or behind the members, and
no flag or size makes one reader skip what another reads.

## Why it matters
A scanner and a loader that read different members of one file see two different models. Every
trick here was used to hide a pickle from a scanner that the loader then ran.

## Example
The central directory of `model.pt` calls a member `data.pkl`, its local header calls it
`datap.kl`: a strict reader stops with an error, PyTorch loads it.

## Configuration
```yaml
rules:
  archive-trick: error
```
A waiver of this rule must name the exact path and its `sha256`.
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class ArchiveTrick(AnomalyRule):
    """Reports the anomalies of that name."""

    name: ClassVar[str] = "archive-trick"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "error"
    is_grave: ClassVar[bool] = True
    remedy: ClassVar[str] = (
        "do not load this file; save the model again with the tool it comes from"
    )


RULE: Final = ArchiveTrick()

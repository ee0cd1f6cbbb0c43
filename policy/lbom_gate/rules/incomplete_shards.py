"""A model whose parts are missing, double or foreign.

## What it checks
That a model in several files is whole: every part that the numbering or the index promises is
there, each is what its name and its keys (`split.no`, `split.count`) say, no tensor stands twice or
in another part than the index says, and the index names files beside it only.

## Why it matters
A model with a part missing, or with a part of another model, loads with random weights in that
place or not at all.

## Example
`model.safetensors.index.json` maps a tensor to `model-00002-of-00003.safetensors`, which is not
there.

## Configuration
```yaml
rules:
  incomplete-shards: error
```
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class IncompleteShards(AnomalyRule):
    """Reports the anomalies of that name."""

    name: ClassVar[str] = "incomplete-shards"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "error"
    remedy: ClassVar[str] = "fetch all parts and the index of one revision"


RULE: Final = IncompleteShards()

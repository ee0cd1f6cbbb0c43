"""An index that was written for other parts than are there.

## What it checks
That the total of bytes in an index (`metadata.total_size` of `model.safetensors.index.json`) is
what the tensors of all parts take. Weights that are tied, stored once and counted for each of their
names, explain a difference. It is checked where everything else about the index holds. And that
beside a file that is loaded in place of parts, as `model.safetensors` is, no index stands of parts
of which none is there.

## Why it matters
An index is written with the parts. One with another total was written for other parts of the same
names: they were converted, quantized or replaced since.

## Example
The parts were converted from F32 to BF16 in place, and the index still has the total of before.

## Configuration
```yaml
rules:
  stale-index: warning
```
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class StaleIndex(AnomalyRule):
    """Reports the anomalies of that name."""

    name: ClassVar[str] = "stale-index"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "warning"
    remedy: ClassVar[str] = "fetch index and parts of one revision, or write the index again"


RULE: Final = StaleIndex()

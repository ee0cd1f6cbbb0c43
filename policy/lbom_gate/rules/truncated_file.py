"""A file that ends before what its header promises.

## What it checks
That the file is as long as its header says: every tensor's data lies inside it.

## Why it matters
An interrupted download looks like a model until something reads its last tensor. Loaders differ:
some fail late, some use whatever the memory holds.

## Example
`models/chat.gguf` promises tensor data up to byte 4,920,734,112 and ends at 1,073,741,824.

## Configuration
```yaml
rules:
  truncated-file: error
```
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class TruncatedFile(AnomalyRule):
    """Reports files that end too early."""

    name: ClassVar[str] = "truncated-file"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "error"
    remedy: ClassVar[str] = "fetch the file again and compare its size with the source"


RULE: Final = TruncatedFile()

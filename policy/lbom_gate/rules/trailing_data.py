"""Bytes after the end of what the header describes.

## What it checks
That nothing follows the last tensor, apart from the padding that the format allows.

## Why it matters
No reader of the model looks there, so anything can be carried there: a second file of another
format, a script, data on its way out.

## Example
A ZIP archive is appended to a GGUF file: it loads as a model and unpacks as an archive.

## Configuration
```yaml
rules:
  trailing-data: error
```
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class TrailingData(AnomalyRule):
    """Reports bytes that no header describes."""

    name: ClassVar[str] = "trailing-data"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "warning"
    remedy: ClassVar[str] = (
        "find out what the bytes are; converting the model again leaves them behind"
    )


RULE: Final = TrailingData()

"""Data that a model wants from outside of its own directory.

## What it checks
That every place where a model says its data are is a plain relative path that stays in the
directory of the model: no `..`, no absolute path, no drive, no link out, no file that has a second
name somewhere else.

## Why it matters
A loader that follows such a path reads any file of the machine it runs on, a secret among them,
into tensors that travel on.

## Example
An ONNX initializer has `location: ../../../../etc/passwd`.

## Configuration
```yaml
rules:
  external-data-escape: error
```
A waiver of this rule must name the exact path and its `sha256`.
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class ExternalDataEscape(AnomalyRule):
    """Reports the anomalies of that name."""

    name: ClassVar[str] = "external-data-escape"
    family: ClassVar[str] = "code"
    recommended: ClassVar[Level] = "error"
    is_grave: ClassVar[bool] = True
    remedy: ClassVar[str] = "do not load this file; save the model again with its data beside it"


RULE: Final = ExternalDataEscape()

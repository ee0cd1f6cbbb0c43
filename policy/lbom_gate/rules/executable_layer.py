"""A layer or an operator that runs code when the model is loaded.

## What it checks
That a Keras model has no Lambda layer and names no module outside of Keras, and that a TensorFlow
graph has no operator that calls Python or touches files.

## Why it matters
The code of such a layer runs with the rights of whoever loads the model, in some versions even
where loading was asked to be safe.

## Example
A `.keras` file holds a `Lambda` layer whose marshalled code opens a connection.

## Configuration
```yaml
rules:
  executable-layer: error
```
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class ExecutableLayer(AnomalyRule):
    """Reports the anomalies of that name."""

    name: ClassVar[str] = "executable-layer"
    family: ClassVar[str] = "code"
    recommended: ClassVar[Level] = "error"
    remedy: ClassVar[str] = (
        "do not load this file; rebuild the model without that layer, or take its weights only"
    )


RULE: Final = ExecutableLayer()

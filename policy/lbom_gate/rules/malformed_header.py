"""A header that breaks the rules of its format.

## What it checks
Everything the format's own definition and its reference readers demand of the header: magic and
version, counts and lengths that fit the file, keys that stand once, names without control
characters, tensors that neither overlap nor leave the file.

## Why it matters
Two programs that read a broken header see two different models. The one that was reviewed is then
not the one that runs, and some of these headers were made to corrupt the memory of the reader.

## Example
A safetensors header names the tensor `lm_head.weight` twice: readers disagree about which of the
two counts.

## Configuration
```yaml
rules:
  malformed-header: error
```
A waiver of this rule must name the exact path and its `sha256`.
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class MalformedHeader(AnomalyRule):
    """Reports broken headers."""

    name: ClassVar[str] = "malformed-header"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "error"
    is_grave: ClassVar[bool] = True
    remedy: ClassVar[str] = (
        "do not load this file; fetch it again, or convert it again from its source"
    )


RULE: Final = MalformedHeader()

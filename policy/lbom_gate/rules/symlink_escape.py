"""A link that leads out of the repository.

## What it checks
That a symbolic link to a model ends inside the repository, or inside the directory the run started
in where there is no repository. What lies outside is not read.

## Why it matters
What a link outside points to is not part of the change that is reviewed, differs from machine to
machine, and can be replaced without a trace.

## Example
`models/chat.gguf` links to `/mnt/share/chat.gguf`.

## Configuration
```yaml
rules:
  symlink-escape: error
```
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class SymlinkEscape(AnomalyRule):
    """Reports links that leave the root."""

    name: ClassVar[str] = "symlink-escape"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "error"
    remedy: ClassVar[str] = "copy the file into the repository, or link to one inside it"


RULE: Final = SymlinkEscape()

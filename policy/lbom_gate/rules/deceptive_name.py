"""A name that does not look like what it is.

## What it checks
That a file's name has no characters that hide or reverse others (control characters, zero-width
characters, marks that change the direction of text), no trailing dot or space, no name that a
system reserves, and that no two names in a directory differ only in letter case or in the spelling
of their characters. The name of a GGUF that calls it a projector (`mmproj-...`), an adapter
(`...-LoRA.gguf`) or a vocabulary (`...-vocab.gguf`) must be right.

## Why it matters
Whoever reviews a change sees the name as a screen shows it. These names are shown as something
else, or are another file on another system.

## Example
A mark that reverses the text makes `model<U+202E>nib.fugg` look like `modelgguf.bin`.

## Configuration
```yaml
rules:
  deceptive-name: warning
```
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class DeceptiveName(AnomalyRule):
    """Reports the anomalies of that name."""

    name: ClassVar[str] = "deceptive-name"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "warning"
    remedy: ClassVar[str] = "rename the file with plain characters"


RULE: Final = DeceptiveName()

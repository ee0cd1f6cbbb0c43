"""A model from a hub that is not pinned to a commit.

## What it checks
Where `pins.revision` is `commit`: that the lock records, for each file that came from a hub, the
commit it came from: 40 hexadecimal digits (64 where the hub names content by SHA-256), no tag, no
branch and not nothing. A file of which the lock records no source came from nowhere in particular,
and its digest is its pin.

## Why it matters
A tag or a branch is what its owner says it is today. Who fetches the model again tomorrow may get
another one, and who reviews it cannot see what changed.

## Example
`lbom.lock` has `huggingface.co/our-org/chat` at `main`.

## Configuration
```yaml
pins:
  revision: commit
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Pin, Settings
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import quote

# A commit of git, by SHA-1 or by SHA-256, or a digest in a registry of images.
_COMMIT = re.compile(r"[0-9a-f]{40}|(?:sha256:)?[0-9a-f]{64}")
# Where a reference without a revision means whatever is there today.
_HUB = re.compile(
    r"hf:|ollama:|oci:|(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co|ollama\.com)(?:/|$)"
)


class MutableRevision(Rule):
    """Reports pins by a name that may move."""

    name: ClassVar[str] = "mutable-revision"
    family: ClassVar[str] = "pin"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding for each file whose recorded source may change."""
        asked = settings.pins_revision
        if asked is None:
            return
        for file in model.files:
            pin = context.pins.by_path.get(file.path)
            message = None if pin is None else _mutable(pin)
            if pin is None or message is None:
                continue
            yield self.finding(
                file.path,
                settings,
                message,
                help="fetch it by the commit that was reviewed, then record it: lbom-gate lock",
                policy=asked.span,
                label="asks for a commit",
                sha256=file.sha256,
                pin=pin.span,
            )


def _mutable(pin: Pin) -> str | None:
    source, revision = pin.source, pin.revision
    if source is None or (revision is not None and _COMMIT.fullmatch(revision)):
        return None
    if revision is not None:
        return f"{quote(source)} is pinned at {quote(revision)}, which may move"
    if _HUB.match(source):
        return f"{quote(source)} is recorded without a revision"
    return None


RULE: Final = MutableRevision()

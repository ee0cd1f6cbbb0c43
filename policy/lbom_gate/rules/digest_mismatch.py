"""A file whose bytes differ from its pin.

## What it checks
The SHA-256 and the size of every pinned file, those read along with a model included, against
`lbom.lock`. A git-LFS pointer is compared by its oid, which is the SHA-256 of the content, and by
the size it states. Where the store of the repository (`.git/lfs/objects`) has that content, the
SHA-256 and size that it really has are compared with the pointer and with the lock: a checkout
writes what is there, and git-lfs compares the size alone. In a store of blobs, such as Ollama's,
the digest that a file is named by, or that a manifest names, is compared as well.

## Why it matters
This is what a replaced model looks like. The facts of a file may be the same as before, and its
weights another's.

## Example
`models/chat.gguf` was fetched again from a branch that moved.

## Configuration
```yaml
rules:
  digest-mismatch: error
```
After a change that is meant, run `lbom-gate lock` and review the diff of the lock. A waiver of this
rule must name the exact path and its `sha256`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from lbom_gate.model import Context, File, Finding, Level, Model, Pin, Settings
from lbom_gate.rules import _commands
from lbom_gate.rules._anomaly import AnomalyRule


class DigestMismatch(AnomalyRule):
    """Reports files that are not the ones that were pinned, or that a store names."""

    name: ClassVar[str] = "digest-mismatch"
    family: ClassVar[str] = "pin"
    recommended: ClassVar[Level] = "error"
    is_grave: ClassVar[bool] = True
    remedy: ClassVar[str] = "fetch the model again: the store does not hold what it names"
    remedies: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("lfs-object-digest-differs", "lfs-object-size-differs"),
        "drop the object and fetch it again (git lfs fsck, git lfs pull), or restore the pointer",
    )

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding for each file that differs from its pin, and for what a store names."""
        yield from super().check(model, settings, context)
        for file in model.files:
            pin = context.pins.by_path.get(file.path)
            message = None if pin is None else _difference(file, pin)
            if pin is None or message is None:
                continue
            yield self.finding(
                file.path,
                settings,
                message,
                help=f"if the change is meant: lbom-gate lock --update {file.path}, then review"
                f" {context.pins.path}",
                sha256=file.sha256,
                pin=pin.span,
                notes=(
                    f"pinned  sha256:{pin.sha256 or 'unknown'}  {_size(pin)}",
                    f"found   sha256:{file.sha256 or 'unknown'}  {_size(file)}",
                ),
            )

    def command(self, path: str, settings: Settings) -> str:
        """Return the command that pins these bytes."""
        del settings
        return _commands.lock(path)


def _difference(file: File, pin: Pin) -> str | None:
    if None not in {file.sha256, pin.sha256} and file.sha256 != pin.sha256:
        if pin.evidence == "claimed":
            return f"bytes are not what {pin.pinned_by} claims"
        return "bytes differ from the pin"
    if None not in {file.size, pin.size} and file.size != pin.size:
        return f"size differs from the pin: {file.size} bytes, {pin.size} pinned"
    return None


def _size(file: File | Pin) -> str:
    return "of unknown size" if file.size is None else f"{file.size} bytes"


RULE: Final = DigestMismatch()

"""A file that is known by a weak digest only.

## What it checks
That every pin is by SHA-256, and that of every file of a model at least one digest is known that
nobody can make a second file for: not only MD5, SHA-1 or a checksum, as DVC and older documents
record them.

## Why it matters
Two files with one MD5, or one SHA-1, can be made. A pin by such a digest holds against accidents
and not against people.

## Example
An SBOM lists `models/chat.gguf` with its MD5 and nothing else.

## Configuration
```yaml
rules:
  weak-digest: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, File, Finding, Level, Model, Settings
from lbom_gate.rules import _commands
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import listing

# Collisions have been made for the first four; the others were never meant to resist anybody.
WEAK = frozenset({"md2", "md4", "md5", "sha1", "adler32", "crc32", "crc32c", "crc64"})


class WeakDigest(Rule):
    """Reports files without a strong digest."""

    name: ClassVar[str] = "weak-digest"
    family: ClassVar[str] = "pin"
    recommended: ClassVar[Level] = "warning"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding for each weak pin, and one for the files of which no more is known."""
        weak = [file for file in model.files if _is_weak(file)]
        for file in model.files:
            pin = context.pins.by_path.get(file.path)
            if pin is not None and pin.sha256 is None and pin.weak is not None:
                weak = [each for each in weak if each is not file]
                yield self.finding(
                    file.path,
                    settings,
                    f"pinned by {pin.weak.algorithm} only, which can be forged",
                    help="pin its SHA-256, where the file is",
                    sha256=file.sha256,
                    pin=pin.span,
                )
        if not weak:
            return
        algorithms = sorted({digest.algorithm for file in weak for digest in file.digests})
        what = "" if weak == [model.files[0]] else f" of {listing([file.path for file in weak])}"
        yield self.finding(
            model.path,
            settings,
            f"only {listing(algorithms)}{what} is known, which can be forged",
            help="record its SHA-256, where the file is",
            sha256=model.sha256,
        )

    def command(self, path: str, settings: Settings) -> str:
        """Return the command that pins these bytes."""
        del settings
        return _commands.lock(path)


def _is_weak(file: File) -> bool:
    names = {digest.algorithm.replace("-", "") for digest in file.digests}
    return bool(names) and names <= WEAK


RULE: Final = WeakDigest()

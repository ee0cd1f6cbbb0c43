"""A format that no `formats.allow` entry matches.

## What it checks
The format found in the content, never the suffix, against `formats.allow`. Content of no known
format is matched by no entry.

## Why it matters
Some formats are data, others are programs: loading a pickle runs it. A short list of formats is the
cheapest policy that keeps code out.

## Example
The policy allows `gguf` and `safetensors`; `models/chat.bin` is a pickle.

## Configuration
```yaml
formats:
  allow: [gguf, safetensors]
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Patterns, Settings
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import entries, nothing_matches

# Formats of what a model comes packed in.
_ARCHIVES = frozenset(
    {"7z", "bzip2", "gzip", "lz4", "lzma", "rar", "tar", "xz", "zip", "zlib", "zstd"}
)


class UnlistedFormat(Rule):
    """Reports formats that are not on the list."""

    name: ClassVar[str] = "unlisted-format"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the format is not listed."""
        del context
        allow = settings.formats_allow
        if allow is None:
            return
        found = model.facts.format
        if found is None:
            # A declared model without a format is not-examined; an anomaly says why there is none.
            if model.evidence == "declared" or model.facts.anomalies:
                return
        elif allow.names(found):
            return
        what = found or "a format the gate does not know"
        yield self.finding(
            model.path,
            settings,
            f"{what} is not an allowed format",
            help=_help(found, allow),
            policy=allow.span,
            label=nothing_matches(allow, found or "an unknown format"),
            sha256=model.sha256,
        )


def _help(found: str | None, allow: Patterns) -> str:
    if found is None:
        return "find out what the file is; where it is no model, leave it out (paths.exclude)"
    if found in _ARCHIVES:
        return f"unpack it, and convert the model in it to {entries(allow)}"
    return f"convert the model to {entries(allow)}"


RULE: Final = UnlistedFormat()

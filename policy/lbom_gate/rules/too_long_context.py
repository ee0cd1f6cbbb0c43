"""A context longer than the policy allows.

## What it checks
The context length in tokens that the model states (`<architecture>.context_length` of a GGUF,
`max_position_embeddings` of a `config.json`) against `architecture.max-context-length`. Where none
is stated, `not-examined` says so.

## Why it matters
Memory for a context grows with its length, and many programs reserve what the model states.

## Example
The policy allows 32768; `models/chat.gguf` states 1048576.

## Configuration
```yaml
architecture:
  max-context-length: 32768
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Location, Model, Settings
from lbom_gate.rules._rule import Rule


class TooLongContext(Rule):
    """Reports models above the limit."""

    name: ClassVar[str] = "too-long-context"
    family: ClassVar[str] = "architecture"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the context length is stated and too large."""
        del context
        most, found = settings.max_context_length, model.facts.context_length
        if most is None or found is None or found <= most.value:
            return
        yield self.finding(
            model.path,
            settings,
            f"a context of {found:,} tokens is longer than {most.value:,}",
            help="use a model with a shorter context, or raise architecture.max-context-length for"
            " this path",
            policy=most.span,
            label="the most allowed",
            sha256=model.sha256,
            location=_location(model),
        )


def _location(model: Model) -> Location | None:
    if model.facts.format != "gguf" or not model.facts.architecture:
        return None
    return Location(key=f"{model.facts.architecture}.context_length")


RULE: Final = TooLongContext()

"""A format whose loading runs code that the file brings along.

## What it checks
What loading a file of this format does, and where the content decides, of this file: nothing but
reading data (`gguf`, `safetensors`), interpreting a restricted program that was examined (a pickle
of weights), or running code that the file carries or names (a Keras Lambda layer, TorchScript).
`code.executable-formats` says how far that may go:

- `weights-only`, the default: no code; a pickle may pass, and what it imports is `unsafe-import`;
- `deny`: neither code nor a pickle;
- a list of formats: these may run code;
- `allow`: all may.

## Why it matters
Whoever can change such a file can run code on every machine that loads it.

## Example
`models/classifier.keras` holds a Lambda layer.

## Configuration
```yaml
code:
  executable-formats: deny
overrides:
  - paths: ["models/tabular/**"]
    code: {executable-formats: weights-only}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Patterns, Settings
from lbom_gate.rules._rule import Rule


class ExecutableFormat(Rule):
    """Reports files whose loading runs more than the policy allows."""

    name: ClassVar[str] = "executable-format"
    family: ClassVar[str] = "code"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where loading is known to run code, or a program where none may be."""
        del context
        asked, loading = settings.executable_formats, model.facts.loading
        if loading not in {"program", "code"} or _may_run(model, settings):
            return
        what = model.facts.format or "this file"
        message = (
            f"loading {what} runs code that the file brings along"
            if loading == "code"
            else f"loading {what} interprets a program"
        )
        yield self.finding(
            model.path,
            settings,
            message,
            help="convert the weights to safetensors, in a place where running code does no harm",
            policy=None if asked is None else asked.span,
            label="" if asked is None else "not allowed here",
            sha256=model.sha256,
        )


def _may_run(model: Model, settings: Settings) -> bool:
    asked, is_code = settings.executable_formats, model.facts.loading == "code"
    if isinstance(asked, Patterns):
        return not is_code or asked.names(model.facts.format or "")
    match "weights-only" if asked is None else asked.value:
        case "deny":
            return False
        case "weights-only":
            return not is_code
    return True


RULE: Final = ExecutableFormat()

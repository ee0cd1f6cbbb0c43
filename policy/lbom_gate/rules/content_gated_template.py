"""A chat template that writes something else where a message holds certain words.

## What it checks
That no condition of a chat template looks for words of plain language in the content of a message.
Templates look for markers, such as `</think>`, and for members, such as `tool_calls`.

## Why it matters
Such a condition can slip instructions of somebody else's to the model whenever a user speaks of a
subject, and nobody who tries the model with other words sees it. No code runs, so nothing else
tells of it.

## Example
`{% if 'invoice' in message['content'] %}` in `tokenizer.chat_template`.

## Configuration
```yaml
rules:
  content-gated-template: error
```
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class ContentGatedTemplate(AnomalyRule):
    """Reports the anomalies of that name."""

    name: ClassVar[str] = "content-gated-template"
    family: ClassVar[str] = "code"
    recommended: ClassVar[Level] = "warning"
    remedy: ClassVar[str] = (
        "read what the template writes then, and compare it with the one of the model's publisher"
    )


RULE: Final = ContentGatedTemplate()

"""A chat template that reaches for more than messages.

## What it checks
That a chat template uses the variables and filters that templates need: no attribute that starts
with an underscore, no import, no way to one through `attr`, `lipsum`, `cycler` and their like, no
member looked up by a name that the template puts together, none spelled with escapes, and no
character that is not to be seen. The templates of a GGUF are looked at, those in
`tokenizer_config.json`, `processor_config.json` and `chat_template.json`, `chat_template.jinja` and
the files in `additional_chat_templates`; no other file that happens to hold one. An address in a
template is a matter of `unlisted-destination`.

## Why it matters
A template is a program in Jinja. Where it is rendered without a sandbox, such an attribute leads
to every function of the process (CVE-2024-34359).

## Example
`{{ ''.__class__.__mro__[1].__subclasses__() }}` in `tokenizer.chat_template`.

## Configuration
```yaml
rules:
  template-code: error
```
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class TemplateCode(AnomalyRule):
    """Reports the anomalies of that name."""

    name: ClassVar[str] = "template-code"
    family: ClassVar[str] = "code"
    recommended: ClassVar[Level] = "error"
    remedy: ClassVar[str] = "do not render this template; take the one of the model's publisher"


RULE: Final = TemplateCode()

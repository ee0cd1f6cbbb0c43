"""A license that no `licenses.allow` entry matches.

## What it checks
The license as the model states it against `licenses.allow` and `licenses.deny`, which wins.
Entries are names, or globs of names, of SPDX or of the Hugging Face Hub; letter case does not
count. An SPDX expression is taken apart: of `A OR B` one must be allowed, of `A AND B` both, and
`A WITH B` is one license of that name. To deny A denies `A WITH B` too.

## Why it matters
A license may forbid the use a model is meant for, and nobody reads it at deployment.

## Example
`models/chat.gguf` says `cc-by-nc-4.0` and the policy allows `apache-2.0` and `mit`.

## Configuration
```yaml
licenses:
  allow: [Apache-2.0, MIT, "llama3*"]
  deny: ["AGPL-*"]
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Location, Model, Patterns, Settings
from lbom_gate.rules._licenses import Expression, License, read
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import entries, listing, nothing_matches, quote


class UnlistedLicense(Rule):
    """Reports licenses that are not on the list, or on that of the denied."""

    name: ClassVar[str] = "unlisted-license"
    family: ClassVar[str] = "license"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where the license is known and no choice of it is allowed."""
        del context
        allow, deny, found = settings.licenses_allow, settings.licenses_deny, model.facts.license
        if not found or (allow is None and deny is None):
            return
        expression = read(found)
        if deny is not None and not expression.holds(lambda each: not _is_denied(each, deny)):
            yield self._denied(model, settings, deny, expression)
        elif allow is not None and not expression.holds(
            lambda each: _is_listed(each, allow) and (deny is None or not _is_denied(each, deny))
        ):
            yield self._unlisted(model, settings, allow, expression)

    def _denied(
        self, model: Model, settings: Settings, deny: Patterns, expression: Expression
    ) -> Finding:
        names = [each.name for each in expression.licenses() if _is_denied(each, deny)]
        source = model.facts.license_source
        return self.finding(
            model.path,
            settings,
            f"{quote(model.facts.license or '')} is a denied license",
            help="use a model under another license",
            policy=deny.span,
            label=f"denies {listing(list(dict.fromkeys(names)))}",
            sha256=model.sha256,
            location=Location(key=source) if source else None,
            notes=_notes(model, expression, names, "denied"),
        )

    def _unlisted(
        self, model: Model, settings: Settings, allow: Patterns, expression: Expression
    ) -> Finding:
        found = model.facts.license or ""
        names = [each.name for each in expression.licenses() if not _is_listed(each, allow)]
        source = model.facts.license_source
        return self.finding(
            model.path,
            settings,
            f"{quote(found)} is not an allowed license",
            help=f"use a model licensed under {entries(allow)}",
            policy=allow.span,
            label=nothing_matches(allow, found),
            sha256=model.sha256,
            location=Location(key=source) if source else None,
            notes=_notes(model, expression, names, "not listed"),
        )


def _is_listed(found: License, allow: Patterns) -> bool:
    return any(map(allow.names, found.spellings))


def _is_denied(found: License, deny: Patterns) -> bool:
    return any(map(deny.names, (*found.spellings, found.without_exception)))


def _notes(model: Model, expression: Expression, names: list[str], why: str) -> tuple[str, ...]:
    source = model.facts.license_source
    stated = (f"stated in {quote(source)}",) if source else ()
    if len(list(expression.licenses())) == 1:
        return stated
    return (*stated, f"of these, {listing(list(dict.fromkeys(names)))}: {why}")


RULE: Final = UnlistedLicense()

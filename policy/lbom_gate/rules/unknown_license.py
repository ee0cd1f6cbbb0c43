"""A license that nobody can tell from its name.

## What it checks
Where `licenses.allow` does not decide: that the license a model states is one of SPDX's list, an
expression of them, or one that the Hugging Face Hub names. `other`, `unknown` and a sentence are
none. Of `other OR MIT`, one is known, which is enough.

## Why it matters
Unlike a missing license, somebody has written terms; what they are has to be read, by a person.

## Example
`general.license` is `other`.

## Configuration
```yaml
rules:
  unknown-license: error
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Location, Model, Settings
from lbom_gate.rules._licenses import read
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import listing, quote


class UnknownLicense(Rule):
    """Reports licenses without a known name."""

    name: ClassVar[str] = "unknown-license"
    family: ClassVar[str] = "license"
    recommended: ClassVar[Level] = "warning"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding where a license is stated and unknown."""
        del context
        found = model.facts.license
        if not found or settings.licenses_allow is not None:
            return
        expression = read(found)
        if expression.holds(lambda each: each.is_known):
            return
        unknown = [each.name for each in expression.licenses() if not each.is_known]
        source = model.facts.license_source
        yield self.finding(
            model.path,
            settings,
            f"{listing(list(dict.fromkeys(unknown)))} is no license of SPDX's list or the Hub's",
            help="read its terms, then state it by its SPDX name, or list it in licenses.allow",
            sha256=model.sha256,
            location=Location(key=source) if source else None,
            notes=(f"stated in {quote(source)}",) if source else (),
        )


RULE: Final = UnknownLicense()

"""A network destination that the egress list does not allow.

## What it checks
Where the policy has an `egress` section: every destination that a model, the SBOM or `.lfsconfig`
at the root of the repository names, against `egress.allow`. How much one weighs depends on how it
came there, and `egress.classes` changes that: `contact` (where `.lfsconfig` has content put, a
service of an SBOM), `fetch` (where it has content taken from), `code` and `metadata` (a metadata
value that is a URL) are errors, `literal` (a URL somewhere in a text) is a warning, `reference` (a
website or license in an SBOM) is not judged. A rule set to `warning` never reports more than
warnings. Destinations of one host and class make one finding. `.lfsconfig` is read where it stands
in the working tree, whatever `paths` says; an override or a waiver for `.lfsconfig` speaks of it.

## Why it matters
A model is data that programs act on: a URL in its metadata, its chat template or its SBOM is where
one of them may connect.

## Example
`general.source.url` is `https://models.example.net/x`, and the policy allows `huggingface.co`.

## Configuration
```yaml
egress:
  allow: [huggingface.co, "*.corp.example"]
  classes: {literal: "off"}
```
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final
from urllib.parse import urlsplit

from lbom_gate.model import (
    LEVELS,
    Context,
    Decision,
    Destination,
    DestinationClass,
    Finding,
    Level,
    Location,
    Model,
    Origin,
    Sbom,
    Settings,
)
from lbom_gate.rules._rule import WHOLE_RUN, Rule
from lbom_gate.rules._words import quote

CLASS_LEVELS: Mapping[DestinationClass, Level] = {
    "contact": "error",
    "fetch": "error",
    "code": "error",
    "metadata": "error",
    "literal": "warning",
    "reference": "off",
}


class UnlistedDestination(Rule):
    """Reports destinations that are not on the list."""

    name: ClassVar[str] = "unlisted-destination"
    family: ClassVar[str] = "egress"
    recommended: ClassVar[Level] = "error"

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding for each host and class in the model's own data."""
        del context
        yield from self._judge(model.facts.destinations, model.path, settings, sha256=model.sha256)

    def check_sbom(self, sbom: Sbom, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield a finding for each host and class that the document itself names."""
        del context
        yield from self._judge(sbom.destinations, sbom.path or WHOLE_RUN, settings)

    def check_origin(
        self, origin: Origin, settings: Settings, context: Context
    ) -> Iterator[Finding]:
        """Yield a finding for each host and class that models come from or go to."""
        del context
        yield from self._judge(origin.destinations, origin.path, settings, holder=origin.path)

    def _judge(
        self,
        destinations: Sequence[Destination],
        path: str,
        settings: Settings,
        *,
        sha256: str | None = None,
        holder: str = "the model",
    ) -> Iterator[Finding]:
        allow = settings.egress_allow
        if allow is None:
            return
        refused: defaultdict[tuple[str, str], list[tuple[Destination, Decision]]] = defaultdict(
            list
        )
        for destination in destinations:
            if self._level(destination.cls, settings) == "off":
                continue
            decision = allow.value.check(destination.value)
            if not decision.is_allowed:
                refused[destination.cls, _host(decision)].append((destination, decision))
        for (_, host), group in refused.items():
            destination, decision = group[0]
            yield self.finding(
                path,
                settings,
                _message(host, group),
                help=_help(decision, holder),
                policy=allow.span,
                label=decision.reason.replace("-", " "),
                level=self._level(destination.cls, settings),
                sha256=sha256,
                location=Location(destination.offset, destination.source),
                notes=(f"{destination.cls} destination in {quote(destination.source)}",),
            )

    def _level(self, cls: DestinationClass, settings: Settings) -> Level:
        """Return the milder of the rule's level and the class's."""
        of_class = settings.egress_classes.get(cls, CLASS_LEVELS[cls])
        return max(of_class, settings.level(self.name), key=LEVELS.index)


def _host(decision: Decision) -> str:
    """Return the host of a destination, or all of it where it has none that can be told."""
    try:
        return urlsplit(decision.canonical).hostname or decision.canonical
    except ValueError:
        return decision.canonical


def _message(host: str, group: Sequence[tuple[Destination, Decision]]) -> str:
    value = quote(group[0][0].value)
    others = len(group) - 1
    if others == 0:
        return f"{value} is not an allowed destination"
    return f"{quote(host)} is not an allowed destination: {value} and {others} more"


def _help(decision: Decision, holder: str) -> str:
    remove = f"remove it from {quote(holder)}"
    if decision.help:
        return f"{remove}, or list it in egress.allow: {quote(decision.help)}"
    return remove


RULE: Final = UnlistedDestination()

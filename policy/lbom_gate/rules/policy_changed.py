"""A change of the policy, its waivers or its lock, in a run that is judged by an earlier one.

## What it checks
With `--policy-from REV`: what the policy, its waivers and its lock ask now against what they asked
in the revision REV, which is what the run is judged by. Says in words what is looser and stricter.

## Why it matters
A change that brings a model can also bring the line that lets it pass. Judged by the revision it
starts from, it cannot excuse itself, and whoever reviews it sees what it asks to be excused.

## Example
`lbom-gate check --policy-from origin/main` on a change that adds `Q2_K` to `quantization.allow` and
a model in Q2_K: the model is a violation, and the change of the policy is reported.

## Configuration
```yaml
rules:
  policy-changed: error
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from lbom_gate.model import Change, Context, Effect, Finding, Level, Sbom, Settings, Span
from lbom_gate.rules._rule import Rule
from lbom_gate.rules._words import quote

# More than this nobody reviews line by line; `lbom-gate policy diff` shows them all.
MOST_TOLD = 50

# What a reviewer should see first comes first.
_WORDS: Mapping[Effect, str] = {"loosens": "looser", "changes": "different", "tightens": "stricter"}


class PolicyChanged(Rule):
    """Reports that the policy that judges is not the one that the files bring."""

    name: ClassVar[str] = "policy-changed"
    family: ClassVar[str] = "policy"
    recommended: ClassVar[Level] = "warning"

    def check_sbom(self, sbom: Sbom, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield one finding that tells every change."""
        del sbom
        changes = context.changes
        if changes is None or not changes.each:
            return
        told = sorted(changes.each, key=_weight)
        notes = [f"{change.effect}: {quote(change.words)}" for change in told[:MOST_TOLD]]
        if len(told) > MOST_TOLD:
            notes.append(f"and {len(told) - MOST_TOLD} more")
        yield self.finding(
            changes.policy,
            settings,
            f"the policy is not that of {quote(changes.since)}: {_counts(told)}",
            help=f"review each change; this run is judged by {quote(changes.since)}",
            policy=_span(told, changes.policy),
            notes=tuple(notes),
        )


def _weight(change: Change) -> int:
    return list(_WORDS).index(change.effect)


def _counts(changes: Sequence[Change]) -> str:
    effects = [change.effect for change in changes]
    return ", ".join(f"{effects.count(e)} {word}" for e, word in _WORDS.items() if e in effects)


def _span(changes: Sequence[Change], policy: str) -> Span | None:
    """Return the first line of the policy as it is now that a change stands in."""
    spans = (change.new for change in changes)
    return next((span for span in spans if span is not None and span.path == policy), None)


RULE: Final = PolicyChanged()

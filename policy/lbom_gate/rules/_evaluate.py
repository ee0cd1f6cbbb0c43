"""The only place that runs rules, and that knows that one whose level is `off` is not run.

A rule is asked with the settings in force for the path of what it looks at: the model, the
document, the pinned file, the policy file that holds the waiver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lbom_gate.model import Context, Finding, Pin, Sbom, Settings, Waiver
from lbom_gate.rules._registry import RULES
from lbom_gate.rules._rule import Rule

# From a path to what is asked there; the empty path is none in particular.
SettingsFor = Callable[[str], Settings]


def evaluate(sbom: Sbom, settings_for: SettingsFor, context: Context) -> list[Finding]:
    """Return all that the rules have to say of an SBOM, ordered by path, then by rule."""
    return sorted(_findings(sbom, settings_for, context), key=_order)


def evaluate_waivers(
    matches: Iterable[tuple[Waiver, int]], settings_for: SettingsFor, context: Context
) -> list[Finding]:
    """Return what the rules have to say of waivers, each with the number of findings it matched."""
    return sorted(_waiver_findings(matches, settings_for, context), key=_order)


def _findings(sbom: Sbom, settings_for: SettingsFor, context: Context) -> Iterator[Finding]:
    for model in sbom.models:
        settings = settings_for(model.path)
        for rule in _active(settings):
            yield from rule.check(model, settings, context)
    settings = settings_for(sbom.path or "")
    for rule in _active(settings):
        yield from rule.check_sbom(sbom, settings, context)
    for pin in _absent(sbom, context):
        settings = settings_for(pin.path)
        for rule in _active(settings):
            yield from rule.check_absent(pin, settings, context)


def _waiver_findings(
    matches: Iterable[tuple[Waiver, int]], settings_for: SettingsFor, context: Context
) -> Iterator[Finding]:
    for waiver, matched in matches:
        settings = settings_for(waiver.span.path)
        for rule in _active(settings):
            yield from rule.check_waiver(waiver, matched, settings, context)


def _active(settings: Settings) -> Iterator[Rule]:
    return (rule for rule in RULES if settings.level(rule.name) != "off")


def _absent(sbom: Sbom, context: Context) -> Iterator[Pin]:
    """Yield the pins of files that are not there; what is not looked at is not absent."""
    if not context.is_whole:
        return
    present = {file.path for model in sbom.models for file in model.files}
    for path in context.pins.by_path:
        if path not in present:
            yield context.pins.by_path[path]


def _order(finding: Finding) -> tuple[str, str]:
    return finding.path, finding.rule

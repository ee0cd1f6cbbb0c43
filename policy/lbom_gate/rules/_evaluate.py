"""The only place that runs rules, and that knows that one whose level is `off` is not run.

A rule is asked with the settings in force for the path of what it looks at: the model, the
document, the file that says where models come from, the pinned file, the policy file that holds the
waiver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lbom_gate.model import Context, Finding, Pin, Sbom, Settings, Waiver
from lbom_gate.rules._anomaly import AnomalyRule
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
    of_models = _Active(Rule.check)
    of_sound_models = _Active(Rule.check, silent=AnomalyRule.check)
    for model in sbom.models:
        settings = settings_for(model.path)
        active = of_models if model.facts.anomalies else of_sound_models
        for rule in active.under(settings):
            yield from rule.check(model, settings, context)
    settings = settings_for(sbom.path or "")
    for rule in _Active(Rule.check_sbom).under(settings):
        yield from rule.check_sbom(sbom, settings, context)
    of_origins = _Active(Rule.check_origin)
    for origin in sbom.origins:
        settings = settings_for(origin.path)
        for rule in of_origins.under(settings):
            yield from rule.check_origin(origin, settings, context)
    of_pins = _Active(Rule.check_absent)
    for pin in _absent(sbom, context):
        settings = settings_for(pin.path)
        for rule in of_pins.under(settings):
            yield from rule.check_absent(pin, settings, context)


def _waiver_findings(
    matches: Iterable[tuple[Waiver, int]], settings_for: SettingsFor, context: Context
) -> Iterator[Finding]:
    of_waivers = _Active(Rule.check_waiver)
    for waiver, matched in matches:
        settings = settings_for(waiver.span.path)
        for rule in of_waivers.under(settings):
            yield from rule.check_waiver(waiver, matched, settings, context)


class _Active:
    """The rules that have something to say of one kind of thing, and whose level is not `off`.

    Few settings are in force for many paths, so what is active is asked once for each of them.
    `silent` has nothing to say of them either.
    """

    def __init__(
        self,
        asked: Callable[..., Iterator[Finding]],
        silent: Callable[..., Iterator[Finding]] | None = None,
    ) -> None:
        name = asked.__name__
        self._rules = [rule for rule in RULES if getattr(type(rule), name) not in {asked, silent}]
        # By identity, with the settings themselves so that no other ones come to have it.
        self._active: dict[int, tuple[Settings, list[Rule]]] = {}

    def under(self, settings: Settings) -> list[Rule]:
        """Return them, in the order of their names."""
        known = self._active.get(id(settings))
        if known is None:
            active = [rule for rule in self._rules if settings.level(rule.name) != "off"]
            known = self._active[id(settings)] = (settings, active)
        return known[1]


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

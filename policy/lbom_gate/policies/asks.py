"""What one policy file, or one override in it, asks of models: values, each with its line.

Where several speak, `Asks.over` says who wins: a list replaces a list, and a key that the upper one
does not have stays as the lower one set it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, replace
from typing import Any

from lbom_gate.dataclass import dataclass
from lbom_gate.model import (
    DestinationClass,
    DestinationList,
    ExecutableFormats,
    Exempt,
    Level,
    NonCommercial,
    Patterns,
    Revision,
    Setting,
    Settings,
    Span,
)

# How bad a destination off the list is where the policy does not say: what software will do is
# worse than what a text mentions, and a website or a licence is no destination of a model's.
CLASSES: Mapping[DestinationClass, Level] = {
    "contact": "error",
    "fetch": "error",
    "code": "error",
    "metadata": "error",
    "literal": "warning",
    "reference": "off",
}


@dataclass(frozen=True, slots=True)
class EgressAsks:
    """The `egress` section: where it is, destinations are judged, and only `allow` allows."""

    span: Span
    allow: Setting[tuple[str, ...]] | None
    deny: Setting[tuple[str, ...]] | None
    classes: Mapping[DestinationClass, Setting[Level]]

    def over(self, base: EgressAsks | None) -> EgressAsks:
        """Return this section, completed by the one below."""
        if base is None:
            return self
        return EgressAsks(
            span=self.span,
            allow=self.allow or base.allow,
            deny=self.deny or base.deny,
            classes={**base.classes, **self.classes},
        )

    def destinations(self) -> Setting[DestinationList]:
        """Return the compiled list; its line is that of `allow`, or of the section without one."""
        # Few policies have this section, and the reading of destinations takes long to import.
        from lbom_gate.egress import Allowlist

        nothing: Setting[tuple[str, ...]] = Setting((), self.span)
        allow = self.allow or nothing
        deny = () if self.deny is None else self.deny.value
        return Setting(Allowlist.from_entries(allow.value, deny), allow.span)

    def levels(self) -> Mapping[DestinationClass, Level]:
        """Return how bad a destination of each class is."""
        return {**CLASSES, **{name: setting.value for name, setting in self.classes.items()}}


@dataclass(frozen=True, slots=True)
class Asks:
    """What is asked, under the names of `Settings`. None: it does not say."""

    levels: Mapping[str, Setting[Level]] = field(default_factory=dict)
    formats_allow: Patterns | None = None
    quantization_allow: Patterns | None = None
    quantization_deny: Patterns | None = None
    min_bits_per_weight: Setting[float] | None = None
    max_bits_per_weight: Setting[float] | None = None
    lesser_share: Setting[float] | None = None
    quantization_exempt: Setting[tuple[Exempt, ...]] | None = None
    claim_must_match: Patterns | None = None
    architecture_allow: Patterns | None = None
    min_parameters: Setting[int] | None = None
    max_parameters: Setting[int] | None = None
    max_context_length: Setting[int] | None = None
    pins_require: Setting[bool] | None = None
    pins_revision: Setting[Revision] | None = None
    egress: EgressAsks | None = None
    licenses_allow: Patterns | None = None
    licenses_deny: Patterns | None = None
    non_commercial: Setting[NonCommercial] | None = None
    base_models_allow: Patterns | None = None
    base_models_deny: Patterns | None = None
    base_models_require: Setting[bool] | None = None
    executable_formats: Setting[ExecutableFormats] | Patterns | None = None
    imports_allow: Patterns | None = None
    waiver_max_days: Setting[int] | None = None
    expiring_days: Setting[int] | None = None

    def over(self, base: Asks) -> Asks:
        """Return what is asked where this speaks and `base` fills in."""
        egress = base.egress if self.egress is None else self.egress.over(base.egress)
        levels = {**base.levels, **self.levels}
        return replace(base, **{**self.said(), "levels": levels, "egress": egress})

    def settings(self) -> Settings:
        """Return what a rule sees of it."""
        said = self.said()
        said.pop("egress", None)
        egress = self.egress
        return Settings(
            **said,
            egress_allow=None if egress is None else egress.destinations(),
            egress_classes=CLASSES if egress is None else egress.levels(),
        )

    def said(self) -> dict[str, Any]:
        """Return what it does say, by name."""
        every = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in every.items() if value is not None}

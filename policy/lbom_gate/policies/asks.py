"""What one policy file, or one override in it, asks of models: values, each with its line.

Where several speak, `Asks.over` says who wins: a list replaces a list, and a key that the upper one
does not have stays as the lower one set it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lbom_gate.egress import Allowlist
from lbom_gate.model import (
    AllowList,
    DestinationClass,
    DestinationList,
    Level,
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
        nothing: Setting[tuple[str, ...]] = Setting((), self.span)
        allow = self.allow or nothing
        deny = () if self.deny is None else self.deny.value
        return Setting(Allowlist.from_entries(allow.value, deny), allow.span)

    def levels(self) -> Mapping[DestinationClass, Level]:
        """Return how bad a destination of each class is."""
        return {**CLASSES, **{name: setting.value for name, setting in self.classes.items()}}


@dataclass(frozen=True, slots=True)
class Asks:
    """What is asked. None: it does not say."""

    levels: Mapping[str, Setting[Level]] = field(default_factory=dict)
    formats_allow: AllowList | None = None
    quantization_allow: AllowList | None = None
    min_bits_per_weight: Setting[float] | None = None
    architecture_allow: AllowList | None = None
    max_parameters: Setting[int] | None = None
    pins_require: Setting[bool] | None = None
    egress: EgressAsks | None = None
    licenses_allow: AllowList | None = None
    waiver_max_days: Setting[int] | None = None

    def over(self, base: Asks) -> Asks:
        """Return what is asked where this speaks and `base` fills in."""
        return Asks(
            levels={**base.levels, **self.levels},
            formats_allow=self.formats_allow or base.formats_allow,
            quantization_allow=self.quantization_allow or base.quantization_allow,
            min_bits_per_weight=self.min_bits_per_weight or base.min_bits_per_weight,
            architecture_allow=self.architecture_allow or base.architecture_allow,
            max_parameters=self.max_parameters or base.max_parameters,
            pins_require=self.pins_require or base.pins_require,
            egress=base.egress if self.egress is None else self.egress.over(base.egress),
            licenses_allow=self.licenses_allow or base.licenses_allow,
            waiver_max_days=self.waiver_max_days or base.waiver_max_days,
        )

    def settings(self) -> Settings:
        """Return what a rule sees of it."""
        egress = self.egress
        return Settings(
            levels=self.levels,
            formats_allow=self.formats_allow,
            quantization_allow=self.quantization_allow,
            min_bits_per_weight=self.min_bits_per_weight,
            architecture_allow=self.architecture_allow,
            max_parameters=self.max_parameters,
            pins_require=self.pins_require,
            egress_allow=None if egress is None else egress.destinations(),
            egress_classes=CLASSES if egress is None else egress.levels(),
            licenses_allow=self.licenses_allow,
            waiver_max_days=self.waiver_max_days,
        )

"""Reads what the sections of a policy file ask, each value with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from lbom_gate.model import AllowList, DestinationClass, Level, Pattern, Setting
from lbom_gate.policies import schema
from lbom_gate.policies.asks import Asks, EgressAsks
from lbom_gate.policies.document import Document
from lbom_gate.policies.values import Names
from lbom_gate.policies.yaml_tree import Path, Tree

T = TypeVar("T")


def read_policy(document: Document, names: Names) -> Asks:
    """Return what a policy file asks of models that none of its overrides names."""
    content, tree = document.content, document.tree
    days = _Place(tree, ()).setting(content.settings.waiver_max_days, "settings", "waiver-max-days")
    return replace(read(content, tree, (), names), waiver_max_days=days)


def read(sections: schema.Sections, tree: Tree, at: Path, names: Names) -> Asks:
    """Return what the sections of the file `tree`, found at `at`, ask."""
    place = _Place(tree, at)
    quantization, architecture = sections.quantization, sections.architecture
    return Asks(
        levels=place.levels(sections.rules or {}, names),
        formats_allow=place.allow("formats", sections.formats.allow),
        quantization_allow=place.allow("quantization", quantization.allow),
        min_bits_per_weight=place.setting(
            quantization.min_bits_per_weight, "quantization", "min-bits-per-weight"
        ),
        architecture_allow=place.allow("architecture", architecture.allow),
        max_parameters=place.setting(architecture.max_parameters, "architecture", "max-parameters"),
        pins_require=place.setting(sections.pins.require, "pins", "require"),
        egress=place.egress(sections.egress),
        licenses_allow=place.allow("licenses", sections.licenses.allow),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a file the sections stand."""

    tree: Tree
    at: Path

    def setting(self, value: T | None, *keys: str) -> Setting[T] | None:
        if value is None:
            return None
        return Setting(value, self.tree.value((*self.at, *keys)))

    def allow(self, section: str, entries: Sequence[str] | None) -> AllowList | None:
        if entries is None:
            return None
        path = (*self.at, section, "allow")
        patterns = tuple(
            Pattern(text, self.tree.value((*path, index))) for index, text in enumerate(entries)
        )
        return Setting(patterns, self.tree.value(path))

    def levels(self, rules: schema.Levels, names: Names) -> dict[str, Setting[Level]]:
        """Return the level of each rule that is named, itself or by its family."""
        levels: dict[str, Setting[Level]] = {}
        for name, info in names.rules.items():
            selector = name if name in rules else info.family
            if selector in rules:
                span = self.tree.value((*self.at, "rules", selector))
                levels[name] = Setting(rules[selector], span)
        return levels

    def egress(self, section: schema.Egress | None) -> EgressAsks | None:
        if section is None:
            return None
        return EgressAsks(
            span=self.tree.key((*self.at, "egress")),
            allow=self.setting(_entries(section.allow), "egress", "allow"),
            deny=self.setting(_entries(section.deny), "egress", "deny"),
            classes={} if section.classes is None else self.classes(section.classes),
        )

    def classes(self, section: schema.EgressClasses) -> dict[DestinationClass, Setting[Level]]:
        given: dict[DestinationClass, Level | None] = {
            "contact": section.contact,
            "fetch": section.fetch,
            "code": section.code,
            "metadata": section.metadata,
            "literal": section.literal,
            "reference": section.reference,
        }
        return {
            name: Setting(level, self.tree.value((*self.at, "egress", "classes", name)))
            for name, level in given.items()
            if level is not None
        }


def _entries(entries: list[str] | None) -> tuple[str, ...] | None:
    return None if entries is None else tuple(entries)

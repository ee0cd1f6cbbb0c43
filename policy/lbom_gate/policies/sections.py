"""Reads what the sections of a policy file ask, each value with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from lbom_gate.dataclass import dataclass
from lbom_gate.model import (
    DestinationClass,
    ExecutableFormats,
    Level,
    Pattern,
    Patterns,
    Setting,
)
from lbom_gate.policies import schema
from lbom_gate.policies.asks import Asks, EgressAsks
from lbom_gate.policies.names import Names
from lbom_gate.policies.yaml_tree import Path, Tree

T = TypeVar("T")


def read_policy(content: schema.PolicyFile, tree: Tree, names: Names) -> Asks:
    """Return what a policy file asks of models that none of its overrides names."""
    place = _Place(tree, ())
    asked = content.settings
    return replace(
        read(content, tree, (), names),
        waiver_max_days=place.setting(asked.waiver_max_days, "settings", "waiver-max-days"),
        expiring_days=place.setting(asked.expiring_days, "settings", "expiring-days"),
    )


def read(sections: schema.Sections, tree: Tree, at: Path, names: Names) -> Asks:
    """Return what the sections of the file `tree`, found at `at`, ask."""
    place = _Place(tree, at)
    quantization, architecture = sections.quantization, sections.architecture
    licenses, base_models, code = sections.licenses, sections.base_models, sections.code
    return Asks(
        levels=place.levels(sections.rules or {}, names),
        formats_allow=place.patterns(sections.formats.allow, "formats", "allow"),
        quantization_allow=place.patterns(quantization.allow, "quantization", "allow"),
        quantization_deny=place.patterns(quantization.deny, "quantization", "deny"),
        min_bits_per_weight=place.setting(
            quantization.min_bits_per_weight, "quantization", "min-bits-per-weight"
        ),
        max_bits_per_weight=place.setting(
            quantization.max_bits_per_weight, "quantization", "max-bits-per-weight"
        ),
        lesser_share=place.setting(quantization.lesser_share, "quantization", "lesser-share"),
        quantization_exempt=place.setting(_tuple(quantization.exempt), "quantization", "exempt"),
        claim_must_match=place.patterns(
            quantization.claim_must_match, "quantization", "claim-must-match"
        ),
        architecture_allow=place.patterns(architecture.allow, "architecture", "allow"),
        min_parameters=place.setting(architecture.min_parameters, "architecture", "min-parameters"),
        max_parameters=place.setting(architecture.max_parameters, "architecture", "max-parameters"),
        max_context_length=place.setting(
            architecture.max_context_length, "architecture", "max-context-length"
        ),
        pins_require=place.setting(sections.pins.require, "pins", "require"),
        pins_revision=place.setting(sections.pins.revision, "pins", "revision"),
        egress=place.egress(sections.egress),
        licenses_allow=place.patterns(licenses.allow, "licenses", "allow"),
        licenses_deny=place.patterns(licenses.deny, "licenses", "deny"),
        non_commercial=place.setting(licenses.non_commercial, "licenses", "non-commercial"),
        base_models_allow=place.patterns(base_models.allow, "base-models", "allow"),
        base_models_deny=place.patterns(base_models.deny, "base-models", "deny"),
        base_models_require=place.setting(base_models.require, "base-models", "require"),
        executable_formats=place.executable(code.executable_formats),
        imports_allow=place.patterns(code.imports.allow, "code", "imports", "allow"),
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

    def patterns(self, entries: Sequence[str] | None, *keys: str) -> Patterns | None:
        if entries is None:
            return None
        path = (*self.at, *keys)
        patterns = tuple(
            Pattern(text, self.tree.value((*path, index))) for index, text in enumerate(entries)
        )
        return Patterns(patterns, self.tree.value(path))

    def executable(
        self, value: ExecutableFormats | list[str] | None
    ) -> Setting[ExecutableFormats] | Patterns | None:
        keys = ("code", "executable-formats")
        if isinstance(value, list):
            return self.patterns(value, *keys)
        return self.setting(value, *keys)

    def levels(self, rules: schema.Levels, names: Names) -> dict[str, Setting[Level]]:
        """Return the level of each rule that is named, itself or by its family."""
        levels: dict[str, Setting[Level]] = {}
        for name, info in names.rules.items():
            selector = name if name in rules else info.family
            if selector in rules:
                span = self.tree.value((*self.at, "rules", selector, "level"))
                levels[name] = Setting(rules[selector].level, span)
        return levels

    def egress(self, section: schema.Egress | None) -> EgressAsks | None:
        if section is None:
            return None
        return EgressAsks(
            span=self.tree.key((*self.at, "egress")),
            allow=self.setting(_tuple(section.allow), "egress", "allow"),
            deny=self.setting(_tuple(section.deny), "egress", "deny"),
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


def _tuple(entries: Sequence[T] | None) -> tuple[T, ...] | None:
    return None if entries is None else tuple(entries)

"""The policy file, version 1, as pydantic models.

Validation collects every mistake of a file, a key that is not here among them. `None` means that
the file does not say; an empty value is refused before it gets here.

To add a key: write its field here, carry its value in `asks.py`, and read it in `sections.py`.
"""

from __future__ import annotations

import os
from typing import Annotated, TypeVar

# A plugin that happens to be installed must not have a say in what a policy means; looking for
# plugins through every installed package takes time besides.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from lbom_gate.model import Level
from lbom_gate.policies.globs import compile_glob
from lbom_gate.policies.values import (
    Bits,
    Days,
    Entry,
    Expiry,
    Extended,
    Label,
    Lockfile,
    Parameters,
    PathGlob,
    Requirement,
    RuleName,
    Selector,
    Sha256,
    Text,
    Version,
    known_names,
    refuse,
)

T = TypeVar("T")


def _kebab(name: str) -> str:
    return name.replace("_", "-")


def _some(value: list[T]) -> list[T]:
    if not value:
        refuse("an empty list names no path", "`**` names every path")
    return value


Labels = list[Label]
PathGlobs = Annotated[
    list[PathGlob], AfterValidator(_some), Field(json_schema_extra={"minItems": 1})
]
Levels = dict[Selector, Level]


class Part(BaseModel):
    """A part of the policy file."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, defer_build=True, alias_generator=_kebab
    )


class Paths(Part):
    """Which files are models to judge. `.gitignore` is not honoured."""

    include: PathGlobs | None = Field(default=None, description="Only these; without it, all.")
    exclude: PathGlobs | None = Field(default=None, description="And not these.")


class Formats(Part):
    """Which file formats a model may have, by content."""

    allow: Labels | None = Field(default=None, description="Such as gguf or safetensors.")


class Quantization(Part):
    """Which quantizations a model may have, as measured."""

    allow: Labels | None = Field(default=None, description="Such as Q8_0, Q4_K* or awq-4bit.")
    min_bits_per_weight: Bits | None = Field(
        default=None, description="Computed from the tensor types."
    )


class Architecture(Part):
    """Which architectures a model may have."""

    allow: Labels | None = Field(default=None, description="Such as llama or qwen3.")
    max_parameters: Parameters | None = Field(default=None, description="Such as 70B, 1.5B or 7M.")


class PinsRequired(Part):
    """Whether a model must be pinned."""

    require: bool | None = Field(
        default=None, description="A model that the lock does not name fails."
    )


class Pins(PinsRequired):
    """What the lock is for."""

    lockfile: Lockfile | None = Field(
        default=None,
        description="The lock, relative to the policy's directory; lbom.lock by default.",
    )


class EgressClasses(Part):
    """How bad a destination off the list is, by what it is for."""

    contact: Level | None = Field(default=None, description="Software will connect to it.")
    fetch: Level | None = Field(default=None, description="Weights or data are downloaded from it.")
    code: Level | None = Field(default=None, description="Code is downloaded from it and run.")
    metadata: Level | None = Field(
        default=None, description="A model file's own metadata names it."
    )
    literal: Level | None = Field(default=None, description="It was found by scanning text.")
    reference: Level | None = Field(default=None, description="A website, a licence, a document.")


class Egress(Part):
    """Which network destinations a model may name. Without this section none is judged."""

    allow: list[Entry] | None = Field(
        default=None,
        description="Hosts such as api.example.org or *.example.org; without it, none.",
    )
    deny: list[Entry] | None = Field(default=None, description="Wins over allow.")
    classes: EgressClasses | None = Field(
        default=None, description="Levels by class of destination."
    )


class Licenses(Part):
    """Which licences a model may have."""

    allow: Labels | None = Field(default=None, description="Such as Apache-2.0 or MIT.")


class Sections(Part):
    """What a policy asks of models."""

    formats: Formats = Field(default_factory=Formats.model_construct)
    quantization: Quantization = Field(default_factory=Quantization.model_construct)
    architecture: Architecture = Field(default_factory=Architecture.model_construct)
    pins: PinsRequired = Field(default_factory=PinsRequired.model_construct)
    egress: Egress | None = None
    licenses: Licenses = Field(default_factory=Licenses.model_construct)
    rules: Levels | None = Field(
        default=None, description="Levels by name of rule or family; a rule beats its family."
    )


class Override(Sections):
    """What the policy asks of the models at some paths instead. The last one that matches wins."""

    paths: PathGlobs = Field(description="Patterns, relative to the policy's directory.")


class Waiver(Part):
    """A written exception: what, where, why, who, until when."""

    rule: RuleName = Field(description="One rule.")
    path: PathGlob = Field(description="A pattern, relative to the policy's directory.")
    sha256: Sha256 | None = Field(
        default=None, description="The waiver ends when the bytes change."
    )
    reason: Text = Field(description="Why.")
    owner: Text = Field(description="Who answers for it.")
    expires: Expiry = Field(description="The last day it holds.")

    @model_validator(mode="after")
    def _is_bound(self, info: ValidationInfo) -> Waiver:
        """Check that a waiver of a grave rule names one path and its bytes."""
        names = known_names(info)
        if not names.rules[self.rule].is_grave:
            return self
        message = f"`{self.rule}` is waived only by exact path and sha256"
        if not compile_glob(self.path).is_exact:
            refuse(message, "this may match more than one path", at=("path",))
        if self.sha256 is None:
            refuse(message, "this has no sha256", at=("rule",))
        return self


class PolicySettings(Part):
    """How the gate treats the policy itself."""

    waiver_max_days: Days | None = Field(
        default=None, description="How far ahead a waiver may expire; 180 by default."
    )


class PolicyFile(Sections):
    """The policy of lbom-gate: what it asks of model files before they are let in."""

    version: Version = Field(description="Of the policy's own format.")
    extends: list[Extended] | None = Field(
        default=None,
        description="Built-in policies and local files; a later one wins, this file over all.",
    )
    require_version: Requirement | None = Field(
        default=None,
        description="The oldest lbom-gate that may judge by this policy, such as >=0.1.",
    )
    paths: Paths = Field(default_factory=Paths.model_construct)
    pins: Pins = Field(default_factory=Pins.model_construct)
    overrides: list[Override] | None = Field(
        default=None, description="By path; the last match wins."
    )
    waivers: list[Waiver] | None = Field(default=None, description="Written exceptions.")
    settings: PolicySettings = Field(default_factory=PolicySettings.model_construct)

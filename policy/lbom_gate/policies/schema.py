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

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from lbom_gate.model import LEVELS, ExecutableFormats, Exempt, Level, NonCommercial, Revision
from lbom_gate.policies.globs import compile_glob
from lbom_gate.policies.values import (
    Bits,
    Counted,
    Days,
    Entries,
    Expiry,
    Extended,
    Few,
    Labels,
    LicenseEntries,
    Lockfile,
    Parameters,
    PathGlob,
    Requirement,
    RuleName,
    Selector,
    Sha256,
    Share,
    Text,
    Tokens,
    Version,
    known_names,
    refuse,
)

T = TypeVar("T")
Number = TypeVar("Number", int, float)


def _kebab(name: str) -> str:
    return name.replace("_", "-")


def _some(value: list[T]) -> list[T]:
    if not value:
        refuse("an empty list names no path", "`**` names every path")
    return value


PathGlobs = Annotated[
    list[PathGlob],
    AfterValidator(_some),
    Few,
    Field(json_schema_extra={"minItems": 1}),
]


def _in_order(least: Number | None, most: Number | None, key: str) -> None:
    if least is not None and most is not None and most < least:
        refuse("no model can be both", f"the least is {least:,}", at=(key,))


def _levelled(value: object) -> object:
    return value if isinstance(value, dict) else {"level": value}


def _shape(value: object) -> str:
    return "list" if isinstance(value, list) else "word"


class Part(BaseModel):
    """A part of the policy file."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, defer_build=True, alias_generator=_kebab
    )


class RuleLevel(Part):
    """The level of a rule, and whether a gate that does not know the rule may pass over it."""

    level: Level = Field(description="error, warning or off.")
    if_known: bool = Field(
        default=False, description="A gate that knows no such rule passes over this line."
    )


# A level, or a mapping of a level and whether the rule must be known.
LEVEL_SCHEMA: JsonSchemaValue = {"enum": list(LEVELS)}
TOLERANT_SCHEMA: JsonSchemaValue = {
    "type": "object",
    "properties": {"level": LEVEL_SCHEMA, "if-known": {"type": "boolean"}},
    "required": ["level"],
    "additionalProperties": False,
}
Levels = dict[
    Selector,
    Annotated[
        RuleLevel,
        BeforeValidator(_levelled),
        WithJsonSchema({"anyOf": [LEVEL_SCHEMA, TOLERANT_SCHEMA]}),
    ],
]


class Paths(Part):
    """Which files are models to judge. `.gitignore` is not honoured."""

    include: PathGlobs | None = Field(default=None, description="Only these; without it, all.")
    exclude: PathGlobs | None = Field(default=None, description="And not these.")


class Formats(Part):
    """Which file formats a model may have, by content."""

    allow: Labels | None = Field(default=None, description="Such as gguf or safetensors.")


class Quantization(Part):
    """Which quantizations a model may have, as measured."""

    allow: Labels | None = Field(
        default=None, description="Recipes, methods or tensor types: Q8_0, Q4_K*, awq-4bit, F16."
    )
    deny: Labels | None = Field(default=None, description="Wins over allow.")
    min_bits_per_weight: Bits | None = Field(
        default=None, description="Computed from the tensor types."
    )
    max_bits_per_weight: Bits | None = Field(default=None, description="Likewise.")
    lesser_share: Share | None = Field(
        default=None,
        description="How much of the quantizable parameters may have types that allow does not"
        " list, such as 5%; none by default.",
    )
    exempt: list[Exempt] | None = Field(
        default=None, description="Tensors whose type does not matter: embeddings."
    )
    claim_must_match: Counted | None = Field(
        default=None,
        description="Whether a claim that the tensors contradict is a finding: true, false, or the"
        " places whose claims count, such as general.file_type.",
    )

    @model_validator(mode="after")
    def _is_possible(self) -> Quantization:
        _in_order(self.min_bits_per_weight, self.max_bits_per_weight, "max-bits-per-weight")
        return self


class Architecture(Part):
    """Which architectures a model may have."""

    allow: Labels | None = Field(default=None, description="Such as llama or qwen3.")
    min_parameters: Parameters | None = Field(default=None, description="Such as 500M.")
    max_parameters: Parameters | None = Field(default=None, description="Such as 70B, 1.5B or 7M.")
    max_context_length: Tokens | None = Field(default=None, description="In tokens.")

    @model_validator(mode="after")
    def _is_possible(self) -> Architecture:
        _in_order(self.min_parameters, self.max_parameters, "max-parameters")
        return self


class PinsRequired(Part):
    """Whether a model must be pinned."""

    require: bool | None = Field(
        default=None, description="A model that the lock does not name fails."
    )
    revision: Revision | None = Field(
        default=None,
        description="commit: what came from a hub is pinned by a commit, not by a tag or a branch.",
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

    allow: Entries | None = Field(
        default=None,
        description="Hosts such as api.example.org or *.example.org; without it, none.",
    )
    deny: Entries | None = Field(default=None, description="Wins over allow.")
    classes: EgressClasses | None = Field(
        default=None, description="Levels by class of destination."
    )


class Licenses(Part):
    """Which licences a model may have. SPDX expressions are taken apart."""

    allow: LicenseEntries | None = Field(
        default=None, description="Names of SPDX or of Hugging Face, such as Apache-2.0 or llama3*."
    )
    deny: LicenseEntries | None = Field(default=None, description="Wins over allow.")
    non_commercial: NonCommercial | None = Field(
        default=None, description="deny: no licence that forbids commercial use, whatever allow is."
    )


class BaseModels(Part):
    """Which models a model may have been made from."""

    allow: Labels | None = Field(default=None, description="Such as Qwen/* or meta-llama/*.")
    deny: Labels | None = Field(default=None, description="Wins over allow.")
    require: bool | None = Field(default=None, description="A model must name its base models.")


class Imports(Part):
    """What a pickle may import besides what weights need."""

    allow: Labels | None = Field(default=None, description="Such as sklearn.*.")


class Code(Part):
    """Which models may bring code along."""

    executable_formats: (
        Annotated[
            Annotated[ExecutableFormats, Tag("word")] | Annotated[Labels, Tag("list")],
            Discriminator(_shape),
        ]
        | None
    ) = Field(
        default=None,
        description="deny: nothing that is loaded as a program; weights-only, the default: pickles"
        " whose imports were examined; allow: anything; or the formats that may run code.",
    )
    imports: Imports = Field(default_factory=Imports.model_construct)


class Sections(Part):
    """What a policy asks of models."""

    formats: Formats = Field(default_factory=Formats.model_construct)
    quantization: Quantization = Field(default_factory=Quantization.model_construct)
    architecture: Architecture = Field(default_factory=Architecture.model_construct)
    pins: PinsRequired = Field(default_factory=PinsRequired.model_construct)
    egress: Egress | None = None
    licenses: Licenses = Field(default_factory=Licenses.model_construct)
    base_models: BaseModels = Field(default_factory=BaseModels.model_construct)
    code: Code = Field(default_factory=Code.model_construct)
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
    expiring_days: Days | None = Field(
        default=None, description="How long before its end a waiver is reported; 14 by default."
    )


class PolicyFile(Sections):
    """The policy of lbom-gate: what it asks of model files before they are let in."""

    version: Version = Field(description="Of the policy's own format.")
    extends: Annotated[list[Extended], Few] | None = Field(
        default=None,
        description="Built-in policies and local files; a later one wins, this file over all.",
    )
    require_version: Requirement | None = Field(
        default=None,
        description="The lbom-gate that may judge by this policy, such as >=0.1,<1.",
    )
    paths: Paths = Field(default_factory=Paths.model_construct)
    pins: Pins = Field(default_factory=Pins.model_construct)
    overrides: Annotated[list[Override], Few] | None = Field(
        default=None, description="By path; the last match wins."
    )
    waivers: Annotated[list[Waiver], Few] | None = Field(
        default=None, description="Written exceptions."
    )
    settings: PolicySettings = Field(default_factory=PolicySettings.model_construct)

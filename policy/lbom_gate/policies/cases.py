"""Cases for a policy: facts of a model, and what the policy should find in them. Version 1.

::

    version: 1
    policy: ./lbom-gate.yaml          # beside this file; without it, the nearest one upward
    today: 2026-11-21                 # the day that waivers are judged by; without it, today
    cases:
      - name: a vendor's Q2_K is refused
        model:                        # facts, under the names of the JSON report
          path: models/tiny.gguf      # as the policy's patterns are: from its directory
          format: gguf
          architecture: llama
          license: apache-2.0
          quantization: {label: Q2_K, bits_per_weight: 2.6}
        expect: [unlisted-quantization, {rule: too-few-bits-per-weight, level: error}]

``expect`` names every finding of the case, no more and no less; an empty list says that the model
passes. ``waived: true`` expects a finding that the policy waives. What a case does not say is what
a model that nothing is wrong with has: a digest, a name that agrees with its format, a pin
(``pinned: false`` takes it away), and of a quantization with a label the verdict `consistent`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from lbom_gate import documents
from lbom_gate.model import (
    Anomaly,
    Case,
    Cases,
    Claim,
    Destination,
    DestinationClass,
    Digest,
    Expected,
    Facts,
    File,
    Import,
    Kind,
    Level,
    Loading,
    Model,
    Quantization,
    QuantizationVerdict,
    RuleInfo,
    Span,
    TensorType,
)
from lbom_gate.policies import mistakes, text, yaml_tree
from lbom_gate.policies.errors import PolicyErrors
from lbom_gate.policies.names import Names
from lbom_gate.policies.places import relative
from lbom_gate.policies.schema import Part
from lbom_gate.policies.values import Expiry, RuleName, Sha256, Text, Version

_SHA256 = "0" * 64  # of a model whose case does not care


class _Fact(Part):
    """A part of the facts, under the names of the JSON report."""

    model_config = ConfigDict(alias_generator=None)


class _TensorType(_Fact):
    type: Text
    tensors: int = 1
    parameters: int = 0
    bytes: int = 0
    quantizable_parameters: int | None = None
    embedding_parameters: int = 0
    unexplained_tensors: int = 0
    example: str = ""

    def row(self) -> TensorType:
        quantizable = self.quantizable_parameters
        return TensorType(
            name=self.type,
            tensors=self.tensors,
            parameters=self.parameters,
            bytes=self.bytes,
            quantizable_parameters=self.parameters if quantizable is None else quantizable,
            unexplained_tensors=self.unexplained_tensors,
            example=self.example,
            embedding_parameters=self.embedding_parameters,
        )


class _Claim(_Fact):
    value: Text
    source: Text
    verdict: QuantizationVerdict = "consistent"


class _Quantization(_Fact):
    label: Text | None = None
    verdict: QuantizationVerdict | None = None
    bits_per_weight: float | None = None
    claims: list[_Claim] = Field(default_factory=list)
    tensor_types: list[_TensorType] = Field(default_factory=list)

    def facts(self) -> Quantization:
        rows = sorted((each.row() for each in self.tensor_types), key=lambda row: row.name)
        return Quantization(
            label=self.label,
            claims=tuple(Claim(each.value, each.source, each.verdict) for each in self.claims),
            verdict=self.verdict or ("unclaimed" if self.label is None else "consistent"),
            tensor_types=tuple(rows),
            bits_per_weight=self.bits_per_weight,
        )


class _Import(_Fact):
    name: Text
    is_known: bool = False


class _Destination(_Fact):
    cls: DestinationClass = Field(alias="class")
    value: Text
    source: Text = "a case"


class _Anomaly(_Fact):
    rule: RuleName
    kind: Text = "a-case"
    message: Text = "as the case has it"


class _Model(_Fact):
    path: Text
    size: int = 1
    sha256: Sha256 = _SHA256
    name_agrees: bool = True
    format: Text | None = None
    format_version: Text | None = None
    kind: Kind | None = None
    architecture: Text | None = None
    parameters: int | None = None
    context_length: int | None = None
    license: Text | None = None
    base_models: list[Text] = Field(default_factory=list)
    chat_template: Sha256 | None = None
    quantization: _Quantization = Field(default_factory=_Quantization.model_construct)
    loading: Loading | None = None
    imports: list[_Import] = Field(default_factory=list)
    operators: list[Text] = Field(default_factory=list)
    destinations: list[_Destination] = Field(default_factory=list)
    anomalies: list[_Anomaly] = Field(default_factory=list)

    def facts(self) -> Facts:
        return Facts(
            format=self.format,
            format_version=self.format_version,
            kind=self.kind,
            architecture=self.architecture,
            parameters=self.parameters,
            context_length=self.context_length,
            license=self.license,
            base_models=tuple(self.base_models),
            chat_template=self.chat_template,
            quantization=self.quantization.facts(),
            loading=self.loading,
            imports=tuple(Import(each.name, each.is_known) for each in self.imports),
            operators=tuple((name, 0) for name in self.operators),
            destinations=tuple(Destination(d.cls, d.value, d.source) for d in self.destinations),
            anomalies=tuple(Anomaly(a.rule, a.kind, a.message) for a in self.anomalies),
        )

    def model(self) -> Model:
        file = File(self.path, self.size, (Digest("sha256", self.sha256, "verified"),))
        name = self.path.rpartition("/")[2]
        return Model(name, (file,), self.facts(), "measured", self.name_agrees)


class _Expected(_Fact):
    rule: RuleName
    level: Level | None = None
    waived: bool = False


def _named(value: object) -> object:
    return {"rule": value} if isinstance(value, str) else value


class _Case(_Fact):
    name: Text
    model: _Model
    pinned: bool = True
    expect: list[Annotated[_Expected, BeforeValidator(_named)]]


class _Cases(_Fact):
    version: Version
    policy: Text | None = None
    today: Expiry | None = None
    cases: list[_Case]


def read(file: Path, *, start: Path, rules: Sequence[RuleInfo]) -> Cases:
    """Return the cases in a file; see `lbom_gate.policies.read_cases`."""
    file = Path(os.path.abspath(start / file))  # noqa: PTH100  (links stay as they are)
    path = relative(file, start)
    tree = yaml_tree.parse(documents.read(file, text.MAX_BYTES), path)
    names = Names.of(rules)
    try:
        content = _Cases.model_validate(tree.data, context=names)
    except ValidationError as error:
        found = mistakes.diagnostics(error, tree, _Cases)
        raise PolicyErrors([*tree.mistakes, *found]) from None
    if tree.mistakes:
        raise PolicyErrors(tree.mistakes)
    return Cases(
        path=path,
        policy=None if content.policy is None else file.parent / content.policy,
        today=content.today,
        each=tuple(
            _case(each, tree.value(("cases", index, "name")))
            for index, each in enumerate(content.cases)
        ),
    )


def _case(case: _Case, span: Span) -> Case:
    return Case(
        name=case.name,
        model=case.model.model(),
        is_pinned=case.pinned,
        expected=tuple(Expected(each.rule, each.level, each.waived) for each in case.expect),
        span=span,
    )

"""The report for other programs: JSON, version 1. Later versions only add.

These types are the published format. They are written out here, apart from the words that the rooms
share, so that a change of those cannot change it. Keys and values are as the files have them;
sentences for people are escaped as for a terminal.
"""

from __future__ import annotations

import json
import math
from typing import TypedDict

from lbom_gate import __version__
from lbom_gate.model import (
    Claim,
    Destination,
    File,
    Finding,
    Judged,
    Port,
    Quantization,
    Verdict,
    Waiver,
)
from lbom_gate.reports._escape import json_message, json_value
from lbom_gate.reports._report import Options
from lbom_gate.reports._summary import summarize, unexamined


class ToolV1(TypedDict):
    """Who wrote the report."""

    name: str
    version: str


class PolicyV1(TypedDict):
    """The policy that was in force."""

    path: str
    extends: list[str]


class DigestV1(TypedDict):
    """A digest of a file's content, and how it is known."""

    algorithm: str
    value: str
    evidence: str


class FileV1(TypedDict):
    """One file of a model."""

    path: str
    size: int | None
    digests: list[DigestV1]


class ClaimV1(TypedDict):
    """A place that says how the model is quantized."""

    value: str
    source: str


class TensorTypeV1(TypedDict):
    """What the tensors of one type come to."""

    type: str
    tensors: int
    parameters: int
    bytes: int


class QuantizationV1(TypedDict):
    """Claims and evidence."""

    label: str | None
    claims: list[ClaimV1]
    verdict: str
    bits_per_weight: float | None
    tensor_types: list[TensorTypeV1]


class ImportV1(TypedDict):
    """A name that a program in a file imports."""

    name: str
    is_known: bool


class OperatorV1(TypedDict):
    """An operator that the graph uses, or a class of layers."""

    name: str
    nodes: int


class PortV1(TypedDict):
    """An input or an output of the graph."""

    name: str
    signature: str | None
    type: str | None
    shape: list[str] | None


class PropertyV1(TypedDict):
    """What the file says of itself."""

    name: str
    value: str


DestinationV1 = TypedDict("DestinationV1", {"class": str, "value": str, "source": str})


class ModelV1(TypedDict):
    """One model and what became of it."""

    name: str
    status: str
    format: str | None
    format_version: str | None
    kind: str | None
    architecture: str | None
    parameters: int | None
    context_length: int | None
    license: str | None
    files: list[FileV1]
    quantization: QuantizationV1
    loading: str | None
    imports: list[ImportV1]
    operators: list[OperatorV1]
    inputs: list[PortV1]
    outputs: list[PortV1]
    properties: list[PropertyV1]
    destinations: list[DestinationV1]


class LocationV1(TypedDict):
    """Where in the file the fact stands."""

    offset: int | None
    key: str | None


class PlaceV1(TypedDict):
    """Where in the policy the line stands that decided."""

    path: str
    line: int
    column: int


class WaiverV1(TypedDict):
    """The written exception that lets the finding pass."""

    reason: str
    owner: str
    expires: str
    policy: PlaceV1


class FindingV1(TypedDict):
    """One thing that a rule has to say."""

    rule: str
    level: str
    path: str
    message: str
    help: str
    command: str
    notes: list[str]
    location: LocationV1 | None
    policy: PlaceV1 | None
    waiver: WaiverV1 | None


class NotExaminedV1(TypedDict):
    """What nobody could look at."""

    path: str
    reason: str


class SummaryV1(TypedDict):
    """The counts of the run."""

    models: int
    files: int
    bytes: int
    errors: int
    warnings: int
    waived: int
    not_examined: int


class ReportV1(TypedDict):
    """The whole report."""

    version: int
    tool: ToolV1
    verdict: str
    exit_code: int
    policy: PolicyV1
    models: list[ModelV1]
    findings: list[FindingV1]
    not_examined: list[NotExaminedV1]
    notes: list[str]
    summary: SummaryV1


def report(verdict: Verdict, options: Options) -> str:
    """Return the verdict as a JSON document of ASCII characters, with the keys in a fixed order."""
    del options
    return json.dumps(document(verdict), indent=2, allow_nan=False) + "\n"


def document(verdict: Verdict) -> ReportV1:
    """Return the verdict in the published shape."""
    counts = summarize(verdict)
    return {
        "version": 1,
        "tool": {"name": "lbom-gate", "version": __version__},
        "verdict": verdict.status,
        "exit_code": verdict.exit_code,
        "policy": {
            "path": json_value(verdict.policy),
            "extends": [json_value(name) for name in verdict.extends],
        },
        "models": [_model(judged) for judged in verdict.models],
        "findings": [_finding(finding) for finding in verdict.findings],
        "not_examined": [
            {"path": json_value(path), "reason": json_message(reason)}
            for path, reason in unexamined(verdict)
        ],
        "notes": [json_message(note) for note in verdict.notes],
        "summary": {
            "models": counts.models,
            "files": counts.files,
            "bytes": counts.bytes,
            "errors": counts.errors,
            "warnings": counts.warnings,
            "waived": counts.waived,
            "not_examined": counts.not_examined,
        },
    }


def _model(judged: Judged) -> ModelV1:
    facts = judged.model.facts
    return {
        "name": json_value(judged.model.name),
        "status": judged.status,
        "format": _optional(facts.format),
        "format_version": _optional(facts.format_version),
        "kind": facts.kind,
        "architecture": _optional(facts.architecture),
        "parameters": facts.parameters,
        "context_length": facts.context_length,
        "license": _optional(facts.license),
        "files": [_file(file) for file in judged.model.files],
        "quantization": _quantization(facts.quantization),
        "loading": facts.loading,
        "imports": [
            {"name": json_value(each.name), "is_known": each.is_known} for each in facts.imports
        ],
        "operators": [
            {"name": json_value(name), "nodes": nodes} for name, nodes in facts.operators
        ],
        "inputs": [_port(port) for port in facts.inputs],
        "outputs": [_port(port) for port in facts.outputs],
        "properties": [
            {"name": name, "value": json_value(value)} for name, value in facts.properties
        ],
        "destinations": [_destination(destination) for destination in facts.destinations],
    }


def _file(file: File) -> FileV1:
    return {
        "path": json_value(file.path),
        "size": file.size,
        "digests": [
            {
                "algorithm": json_value(d.algorithm),
                "value": json_value(d.value),
                "evidence": d.evidence,
            }
            for d in file.digests
        ],
    }


def _quantization(quantization: Quantization) -> QuantizationV1:
    return {
        "label": _optional(quantization.label),
        "claims": [_claim(claim) for claim in quantization.claims],
        "verdict": quantization.verdict,
        "bits_per_weight": _finite(quantization.bits_per_weight),
        "tensor_types": [
            {
                "type": json_value(row.name),
                "tensors": row.tensors,
                "parameters": row.parameters,
                "bytes": row.bytes,
            }
            for row in quantization.tensor_types
        ],
    }


def _claim(claim: Claim) -> ClaimV1:
    return {"value": json_value(claim.value), "source": json_value(claim.source)}


def _port(port: Port) -> PortV1:
    return {
        "name": json_value(port.name),
        "signature": _optional(port.signature),
        "type": _optional(port.element_type),
        "shape": None if port.shape is None else [json_value(length) for length in port.shape],
    }


def _destination(destination: Destination) -> DestinationV1:
    return {
        "class": destination.cls,
        "value": json_value(destination.value),
        "source": json_value(destination.source),
    }


def _finding(finding: Finding) -> FindingV1:
    location, policy = finding.location, finding.policy
    return {
        "rule": finding.rule,
        "level": finding.level,
        "path": json_value(finding.path),
        "message": json_message(finding.message),
        "help": json_message(finding.help),
        "command": json_message(finding.command),
        "notes": [json_message(note) for note in finding.notes],
        "location": None
        if location is None
        else {"offset": location.offset, "key": _optional(location.key)},
        "policy": None if policy is None else _place(policy.path, policy.line, policy.column),
        "waiver": None if finding.waiver is None else _waiver(finding.waiver),
    }


def _waiver(waiver: Waiver) -> WaiverV1:
    return {
        "reason": json_message(waiver.reason),
        "owner": json_message(waiver.owner),
        "expires": waiver.expires.isoformat(),
        "policy": _place(waiver.span.path, waiver.span.line, waiver.span.column),
    }


def _place(path: str, line: int, column: int) -> PlaceV1:
    return {"path": json_value(path), "line": line, "column": column}


def _finite(number: float | None) -> float | None:
    """Return the number, unless a document made it one that JSON has no word for."""
    return number if number is not None and math.isfinite(number) else None


def _optional(text: str | None) -> str | None:
    return None if text is None else json_value(text)

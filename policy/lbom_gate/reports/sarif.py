"""The report for code scanning: SARIF 2.1.0.

A model file has no lines, and GitHub refuses a whole document of which one result has no line. So a
result stands at the line that a person can edit (the lock's, else the policy's), and the model file
is a related location; where there is no such line, the result stands at line 1 of the model file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from lbom_gate import __version__
from lbom_gate.model import File, Finding, Location, Span, Verdict, Waiver
from lbom_gate.reports._escape import json_message, json_value, sarif_message, sarif_uri
from lbom_gate.reports._report import Options
from lbom_gate.reports._summary import by_weight, unexamined, waived

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json]"

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

# GitHub shows that many results of a run, the gravest first, and refuses more than 25,000.
MOST_RESULTS = 5000

# Hash functions by the names that SARIF gives them (3.24.11: those of the IANA registry).
_HASHES = {"sha1": "sha-1", "sha256": "sha-256", "sha384": "sha-384", "sha512": "sha-512"}


def report(verdict: Verdict, options: Options) -> str:
    """Return the verdict as a SARIF document of ASCII characters, waived findings suppressed."""
    document: Json = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(verdict, options)]}
    return json.dumps(document, indent=2) + "\n"


def _run(verdict: Verdict, options: Options) -> Json:
    findings = by_weight(verdict) + [finding for finding, _ in waived(verdict)]
    rules = sorted({*options.docs, *(finding.rule for finding in findings)})
    driver: Json = {
        "name": "lbom-gate",
        "semanticVersion": __version__,
        "rules": [_rule(name, options.docs.get(name, "")) for name in rules],
    }
    return {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "exitCode": verdict.exit_code,
                "toolExecutionNotifications": list(_notifications(verdict, len(findings))),
            }
        ],
        "artifacts": [_artifact(file) for j in verdict.models for file in j.model.files],
        "results": [_result(f, rules.index(f.rule)) for f in findings[:MOST_RESULTS]],
    }


def _rule(name: str, docs: str) -> Json:
    if not docs:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": docs.strip().splitlines()[0]},
        "help": {"text": docs.strip(), "markdown": docs.strip()},
    }


def _notifications(verdict: Verdict, findings: int) -> Iterator[Json]:
    for note in verdict.notes:
        yield {"level": "note", "message": {"text": sarif_message(note)}}
    if findings > MOST_RESULTS:
        more = f"{findings - MOST_RESULTS} more results are not shown, of {findings}"
        yield {"level": "warning", "message": {"text": more}}
    for path, reason in islice(unexamined(verdict), MOST_RESULTS):
        yield {
            "level": "warning",
            "message": {"text": sarif_message(f"not examined: {path}: {reason}")},
            "locations": [_in_model(path, None)],
        }


def _artifact(file: File) -> Json:
    hashes = {
        _HASHES[d.algorithm]: json_value(d.value) for d in file.digests if d.algorithm in _HASHES
    }
    length: Mapping[str, Json] = {} if file.size is None else {"length": file.size}
    return {"location": {"uri": sarif_uri(file.path)}, "hashes": hashes, **length}


def _result(finding: Finding, rule_index: int) -> Json:
    in_model = _in_model(finding.path, finding.location)
    spans = (finding.pin, finding.policy)
    editable = [_at(span) for span in spans if span is not None and _is_editable(span)]
    # A finding about the policy has its own file as its path.
    is_elsewhere = finding.policy is None or finding.policy.path != finding.path
    places = [*editable, *([in_model] if is_elsewhere or not editable else [])]
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": "error" if finding.level == "error" else "warning",
        "message": {"text": sarif_message(f"{finding.path}: {finding.message}")},
        "locations": places[:1],
        "relatedLocations": places[1:],
        "partialFingerprints": {"lbomGate/v1": _fingerprint(finding)},
        "suppressions": [] if finding.waiver is None else [_suppression(finding.waiver)],
        "properties": {
            "help": json_message(finding.help),
            "command": json_message(finding.command),
            "notes": [json_message(note) for note in finding.notes],
        },
    }


def _is_editable(span: Span) -> bool:
    return not span.path.startswith("builtin:")


def _at(span: Span) -> Json:
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endColumn": max(span.end_column, span.column),
    }
    return {
        "physicalLocation": {"artifactLocation": {"uri": sarif_uri(span.path)}, "region": region}
    }


def _in_model(path: str, location: Location | None) -> Json:
    """Return the model file at its line 1; where in it the fact stands is among the properties."""
    properties: dict[str, Json] = {}
    if location is not None and location.offset is not None:
        properties["byteOffset"] = location.offset
    if location is not None and location.key is not None:
        properties["key"] = json_value(location.key)
    place: dict[str, Json] = {
        "physicalLocation": {
            "artifactLocation": {"uri": sarif_uri(path)},
            "region": {"startLine": 1},
        },
        "message": {"text": sarif_message(path)},
    }
    return {**place, "properties": properties} if properties else place


def _suppression(waiver: Waiver) -> Json:
    return {
        "kind": "external",
        "status": "accepted",
        "justification": json_message(f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"),
        "location": _at(waiver.span),
    }


def _fingerprint(finding: Finding) -> str:
    """Return what stays the same while the finding does: neither a line number nor a date in it."""
    subject = (finding.rule, finding.path, finding.sha256 or "", finding.message)
    return hashlib.sha256("\0".join(map(json_value, subject)).encode()).hexdigest()

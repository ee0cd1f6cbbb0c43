import dataclasses
import json

import pytest
from sarif_schema import SCHEMA
from verdict_building import DOCS, FAILED, SNAPSHOTS, WAIVER, one, span

from lbom_gate.model import Finding, Location, Verdict
from lbom_gate.reports import render

LINE = span(18, "  allow: [F16]", "[")
PINNED = span(7, '"a.gguf": {}', '"', "lbom.lock")
BUILTIN = span(9, "  trailing-data: error", "error", "builtin:recommended")


def run(verdict: Verdict, **options) -> dict:
    document = json.loads(render("sarif", verdict, **options))
    SCHEMA.validate(document)
    return document["runs"][0]


def result(finding: Finding) -> dict:
    return run(one(finding))["results"][0]


def place(location: dict) -> tuple[str, int]:
    physical = location["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


@pytest.mark.parametrize("case", sorted(SNAPSHOTS))
def test_a_report_is_valid_against_the_schema(case):
    run(SNAPSHOTS[case], docs=DOCS)


def test_the_schema_refuses_a_line_zero():
    document = json.loads(render("sarif", FAILED))
    document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0

    assert not SCHEMA.is_valid(document)


def test_every_result_has_one_place_with_a_line():
    for each in run(FAILED)["results"]:
        assert len(each["locations"]) == 1
        assert place(each["locations"][0])[1] >= 1


def test_a_result_stands_at_the_line_of_the_lock_before_that_of_the_policy():
    written = result(Finding("digest-mismatch", "error", "a.gguf", "x", policy=LINE, pin=PINNED))

    assert place(written["locations"][0]) == ("lbom.lock", 7)
    assert [place(each) for each in written["relatedLocations"]] == [
        ("lbom-gate.yaml", 18),
        ("a.gguf", 1),
    ]


def test_a_result_stands_at_the_line_of_the_policy_and_names_the_model_file():
    location = Location(96, "general.name")

    written = result(
        Finding("trailing-data", "error", "a.gguf", "x", location=location, policy=LINE)
    )

    assert written["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 18,
        "startColumn": 10,
        "endColumn": 15,
    }
    assert place(written["relatedLocations"][0]) == ("a.gguf", 1)
    assert written["relatedLocations"][0]["properties"] == {
        "byteOffset": 96,
        "key": "general.name",
    }


@pytest.mark.parametrize("policy", [None, BUILTIN])
def test_a_result_without_a_line_that_a_person_can_edit_stands_in_the_model_file(policy):
    written = result(Finding("trailing-data", "error", "a.gguf", "x", policy=policy))

    assert place(written["locations"][0]) == ("a.gguf", 1)
    assert written["relatedLocations"] == []


def test_a_result_about_the_policy_stands_there_once():
    written = result(Finding("unused-waiver", "warning", "lbom-gate.yaml", "x", policy=LINE))

    assert place(written["locations"][0]) == ("lbom-gate.yaml", 18)
    assert written["relatedLocations"] == []


def test_a_waived_finding_is_suppressed_with_its_reason():
    written = result(Finding("unlisted-format", "error", "a.gguf", "x", waiver=WAIVER))

    (suppression,) = written["suppressions"]
    assert suppression["justification"] == (
        "vendor converts next week (SEC-12) (ml-platform, until 2026-12-31)"
    )
    assert place(suppression["location"]) == ("lbom-gate.yaml", 44)


def test_a_finding_that_stands_is_not_suppressed():
    assert result(Finding("unlisted-format", "error", "a.gguf", "x"))["suppressions"] == []


def test_the_exit_code_is_that_of_the_verdict():
    assert run(FAILED)["invocations"][0]["exitCode"] == 1
    assert run(SNAPSHOTS["passed"])["invocations"][0]["exitCode"] == 0


def test_the_rules_come_with_their_docs():
    rules = run(FAILED, docs=DOCS)["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == sorted({f.rule for f in FAILED.findings})
    assert rules[0] == {
        "id": "digest-mismatch",
        "shortDescription": {"text": "What digest-mismatch is about."},
        "help": {
            "text": "What digest-mismatch is about.\n\n## What it checks\nSomething.",
            "markdown": "What digest-mismatch is about.\n\n## What it checks\nSomething.",
        },
    }


def test_a_result_points_to_its_rule():
    written = run(FAILED, docs=DOCS)
    rules = [rule["id"] for rule in written["tool"]["driver"]["rules"]]

    assert [rules[each["ruleIndex"]] for each in written["results"]] == [
        each["ruleId"] for each in written["results"]
    ]


def test_a_fingerprint_outlives_a_moved_line_and_not_other_bytes():
    finding = Finding("trailing-data", "error", "a.gguf", "x", policy=LINE, sha256="a" * 64)
    moved = dataclasses.replace(finding, policy=dataclasses.replace(LINE, line=99))
    replaced = dataclasses.replace(finding, sha256="b" * 64)

    fingerprint = result(finding)["partialFingerprints"]

    assert result(moved)["partialFingerprints"] == fingerprint
    assert result(replaced)["partialFingerprints"] != fingerprint


def test_the_artifacts_are_the_files_with_their_digests():
    artifacts = run(FAILED)["artifacts"]

    assert artifacts[0] == {
        "location": {"uri": "models/chat.gguf"},
        "hashes": {"sha-256": "c0" * 32},
        "length": 4920734112,
    }
    assert artifacts[4] == {"location": {"uri": "models/locked.gguf"}, "hashes": {}}


def test_a_byte_that_is_not_utf_8_is_that_byte_in_the_uri():
    written = result(Finding("trailing-data", "error", "a\\xff\\\\b c:.gguf", "x"))

    assert place(written["locations"][0]) == ("a%FF%5Cb%20c%3A.gguf", 1)


def test_a_message_holds_neither_a_link_nor_a_placeholder():
    written = result(Finding("trailing-data", "error", "a.gguf", "[x](javascript:0) {0}"))

    assert written["message"]["text"] == "a.gguf: [x] (javascript:0) {{0}}"


def test_results_beyond_the_limit_are_counted_and_the_gravest_are_kept():
    warnings = tuple(
        Finding("missing-license", "warning", f"{i}.gguf", "no license") for i in range(5001)
    )
    error = Finding("trailing-data", "error", "z.gguf", "7 bytes follow")
    verdict = Verdict("violation", 1, (), (*warnings, error), "lbom-gate.yaml", ())

    written = run(verdict)

    assert len(written["results"]) == 5000
    assert written["results"][0]["ruleId"] == "trailing-data"
    assert written["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": "2 more results are not shown, of 5002"}}
    ]


def test_what_was_not_examined_is_a_notification():
    (unread,) = [
        each
        for each in run(FAILED)["invocations"][0]["toolExecutionNotifications"]
        if "not examined" in each["message"]["text"]
    ]

    assert unread["message"]["text"] == "not examined: models/locked.gguf: permission denied"
    assert place(unread["locations"][0]) == ("models/locked.gguf", 1)

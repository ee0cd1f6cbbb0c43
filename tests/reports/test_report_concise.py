from verdict_building import UNREAD, one, span

from lbom_gate.model import Finding, Judged, Verdict
from lbom_gate.reports import render

LINE = span(18, "  allow: [F16]", "[")


def test_a_finding_is_one_line_with_the_deciding_place():
    finding = Finding(
        "unlisted-quantization", "error", "a.gguf", "Q2_K is not allowed", policy=LINE
    )

    lines = render("concise", one(finding)).splitlines()

    assert lines == [
        "a.gguf: unlisted-quantization: Q2_K is not allowed [lbom-gate.yaml:18:10]",
        "policy FAILED: 1 error · 0 models, 0 B · policy lbom-gate.yaml",
    ]


def test_a_path_cannot_start_a_workflow_command():
    finding = Finding("missing-license", "error", "::stop-commands::x", "no license is stated")

    assert render("concise", one(finding)).startswith("./::stop-commands::x: missing-license: ")


def test_what_was_not_examined_is_said_where_its_rule_is_off():
    verdict = Verdict("pass", 0, (Judged(UNREAD, "pass"),), (), "lbom-gate.yaml", ())

    assert render("concise", verdict).splitlines() == [
        "models/locked.gguf: not examined: permission denied",
        "policy passed: 1 not examined · 1 model, 0 B · policy lbom-gate.yaml",
    ]

import json
import math

from verdict_building import FAILED, model, one

from lbom_gate.model import Finding, Judged, Quantization, Verdict
from lbom_gate.reports import render


def read(verdict: Verdict) -> dict:
    return json.loads(render("json", verdict))


def test_the_keys_are_those_that_were_published():
    report = read(FAILED)

    assert list(report) == [
        "version",
        "tool",
        "verdict",
        "exit_code",
        "policy",
        "models",
        "findings",
        "not_examined",
        "notes",
        "summary",
    ]
    assert set(report["models"][3]) == {
        "name",
        "status",
        "format",
        "format_version",
        "kind",
        "architecture",
        "parameters",
        "context_length",
        "license",
        "files",
        "quantization",
        "loading",
        "imports",
        "operators",
        "inputs",
        "outputs",
        "properties",
        "destinations",
    }
    assert set(report["findings"][0]) == {
        "rule",
        "level",
        "path",
        "message",
        "help",
        "command",
        "notes",
        "location",
        "policy",
        "waiver",
    }


def test_a_model_is_written_with_its_evidence():
    legacy = read(FAILED)["models"][3]

    assert legacy["files"] == [
        {
            "path": "models/legacy/tiny-q2.gguf",
            "size": 461373440,
            "digests": [{"algorithm": "sha256", "value": "9f" * 32, "evidence": "verified"}],
        }
    ]
    assert legacy["quantization"] == {
        "label": "Q2_K",
        "claims": [{"value": "Q2_K", "source": "general.file_type"}],
        "verdict": "consistent",
        "bits_per_weight": 2.625,
        "tensor_types": [
            {"type": "F32", "tensors": 47, "parameters": 92160, "bytes": 368640},
            {"type": "Q2_K", "tensors": 154, "parameters": 1099956224, "bytes": 361235456},
        ],
    }
    assert legacy["destinations"] == [
        {"class": "metadata", "value": "https://example.org/x", "source": "general.source.url"}
    ]


def test_a_path_is_written_as_it_is_and_a_message_as_it_may_be_shown():
    name = "\x1b\u202e.gguf"
    finding = Finding("trailing-data", "error", name, f"bytes follow {name}")

    written = read(one(finding))["findings"][0]

    assert written["path"] == name
    assert written["message"] == "bytes follow \\x1b\\u202e.gguf"


def test_the_document_is_ascii_whatever_the_names_are():
    finding = Finding("trailing-data", "error", "模型\u202e.gguf", "x")

    assert render("json", one(finding)).isascii()


def test_a_number_that_json_has_no_word_for_is_written_as_unknown():
    odd = model("a.gguf", None, quantization=Quantization(bits_per_weight=math.nan))
    verdict = Verdict("pass", 0, (Judged(odd, "pass"),), (), "lbom-gate.yaml", ())

    assert read(verdict)["models"][0]["quantization"]["bits_per_weight"] is None


def test_a_fact_that_is_asked_for_and_unknown_is_not_examined():
    finding = Finding("not-examined", "error", "a.gguf", "no architecture could be read")

    report = read(one(finding, model("a.gguf", None, format="gguf"), status="not-examined"))

    assert report["not_examined"] == [{"path": "a.gguf", "reason": "no architecture could be read"}]
    assert report["summary"]["not_examined"] == 1

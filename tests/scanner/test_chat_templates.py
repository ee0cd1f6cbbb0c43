"""Chat templates: every real one is clean, and what leads out of one is found anywhere."""

import json
from pathlib import Path

import gguf
import numpy as np
import pytest
from safetensors.numpy import save_file

import records
from lbom_gate import _scanner

# One file of the corpus for each way in which templates of models come.
MALICIOUS = [
    "malicious/attr_bypass.json",
    "malicious/combined_attack.json",
    "malicious/config_exploit.json",
    "malicious/direct_eval.json",
    "malicious/file_access.json",
    "malicious/loop_discovery.json",
    "malicious/network_exfil.json",
    "malicious/subprocess_injection.json",
    "malicious_cve_2024_34359.json",
    "malicious_obfuscated.json",
    "obfuscated/base64_payload.json",
    "obfuscated/getattr_bypass.json",
    "standalone/malicious_standalone.jinja",
    "tokenizer_config.json",
]
BENIGN = [
    "benign/chatml_format.json",
    "benign/conditional_system.json",
    "benign/huggingface_llama.json",
    "edge_cases/empty_template.json",
    "standalone/benign_chat.j2",
    "standalone/suspicious_benign.template",
]


def beside(directory: Path, name: str, content: str) -> "_scanner.Fingerprint":
    """Return the record of a safetensors file with one companion."""
    save_file({"a.weight": np.zeros((2, 2), np.float32)}, directory / "model.safetensors")
    (directory / name).write_text(content, "utf-8")
    return records.fingerprint(directory / "model.safetensors")


def in_gguf(directory: Path, template: str, key: str = "") -> "_scanner.Fingerprint":
    """Return the record of a GGUF with a chat template."""
    path = directory / "model.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string(f"tokenizer.chat_template{key}", template)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return records.fingerprint(path)


def found(record: "_scanner.Fingerprint") -> set[str]:
    """Return the kinds of what was found in templates."""
    anomalies = record.facts.anomalies
    assert all(anomaly.rule == "template-code" for anomaly in anomalies), anomalies
    return {anomaly.kind for anomaly in anomalies}


def test_every_real_template_is_clean(corpus: Path, tmp_path: Path) -> None:
    templates = sorted((corpus / "llama.cpp" / "templates").glob("*.jinja"))
    for template in templates:
        text = template.read_text("utf-8")

        assert found(beside(tmp_path, "chat_template.jinja", text)) == set(), template.name
        assert found(in_gguf(tmp_path, text)) == set(), template.name
    assert len(templates) == 37


@pytest.mark.parametrize("name", MALICIOUS)
def test_a_malicious_template_of_the_corpus_is_found(
    name: str, corpus: Path, tmp_path: Path
) -> None:
    text = (corpus / "modelaudit" / "samples" / "jinja2" / name).read_text("utf-8")
    companion = "tokenizer_config.json" if name.endswith("json") else "chat_template.jinja"

    assert found(beside(tmp_path, companion, text))


@pytest.mark.parametrize("name", BENIGN)
def test_a_benign_template_of_the_corpus_is_clean(name: str, corpus: Path, tmp_path: Path) -> None:
    text = (corpus / "modelaudit" / "samples" / "jinja2" / name).read_text("utf-8")
    companion = "tokenizer_config.json" if name.endswith("json") else "chat_template.jinja"

    assert found(beside(tmp_path, companion, text)) == set()


def test_every_sample_of_the_corpus_is_accounted_for(corpus: Path) -> None:
    samples = corpus / "modelaudit" / "samples" / "jinja2"
    names = {str(p.relative_to(samples)) for p in samples.rglob("*") if p.is_file()}

    # No program reads a template from this one: it is no companion of any model.
    assert names - set(MALICIOUS) - set(BENIGN) == {"yaml/malicious_config.yaml"}


@pytest.mark.parametrize("key", ["", ".tool_use"])
def test_templates_within_a_gguf_are_examined(key: str, tmp_path: Path) -> None:
    record = in_gguf(tmp_path, "{{ x }}{{ ''.__class__ }}", key)
    (anomaly,) = record.facts.anomalies

    assert (anomaly.rule, anomaly.kind) == ("template-code", "underscore-name")
    assert list(anomaly.within) == ["metadata", f"tokenizer.chat_template{key}"]
    data = (tmp_path / "model.gguf").read_bytes()
    assert anomaly.offset is not None
    assert data[anomaly.offset :].startswith(b"__class__")


@pytest.mark.parametrize(
    ("name", "template", "place"),
    [
        ("chat_template.json", {"chat_template": "T"}, "chat_template"),
        ("processor_config.json", {"chat_template": {"rag": "T"}}, "chat_template.rag"),
        (
            "tokenizer_config.json",
            {"chat_template": [{"name": "default", "template": "T"}]},
            "chat_template.0.template",
        ),
    ],
)
def test_templates_in_every_companion_are_examined(
    name: str, template: object, place: str, tmp_path: Path
) -> None:
    text = json.dumps(template).replace("T", "{{ lipsum() }}")
    (anomaly,) = beside(tmp_path, name, text).facts.anomalies

    assert (anomaly.rule, anomaly.kind) == ("template-code", "gadget")
    assert list(anomaly.within) == [name, place]

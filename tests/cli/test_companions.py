"""Files beside the weights: what they say is judged with the model they belong to."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from make_fixtures import write_pointer
from running import FIXTURES, Gate

POLICY = "version: 1\nextends: [builtin:recommended]\nrules:\n  missing-license: off\n"
REMOTE = {"model_type": "x", "auto_map": {"AutoModel": "modeling_x.Model"}}


@pytest.fixture
def model(repository: Path) -> Path:
    """Return the directory of a model with nothing wrong."""
    (repository / "lbom-gate.yaml").write_text(POLICY)
    shutil.copytree(FIXTURES / "bert", repository / "bert")
    return repository / "bert"


def findings(call: Gate, *arguments: str) -> list[tuple[str, str, str]]:
    """Return rule, path and place of what a check finds."""
    report = json.loads(call("check", *arguments, "--format", "json").stdout)
    found = report["findings"]
    return [(f["rule"], f["path"], (f["location"] or {}).get("key")) for f in found]


def test_code_beside_the_weights_is_reported_with_its_place(call: Gate, model: Path) -> None:
    (model / "config.json").write_text(json.dumps(REMOTE))
    (model / "modeling_x.py").write_text("import os\n")
    result = call("check", "--format", "json")
    report = json.loads(result.stdout)
    (finding,) = report["findings"]

    assert result.returncode == 1
    assert finding["rule"] == "remote-code"
    assert finding["path"] == "bert/model.safetensors"
    assert finding["message"].startswith("the class `modeling_x.Model` is code beside the weights")
    assert finding["location"]["key"] == "auto_map.AutoModel"
    assert [f["path"] for f in report["models"][0]["files"]] == [
        "bert/model.safetensors",
        "bert/config.json",
        "bert/modeling_x.py",
    ]


def test_a_template_that_reaches_out_is_reported_with_its_place(call: Gate, model: Path) -> None:
    text = json.dumps({"chat_template": "{{ ''.__class__ }}"})
    (model / "tokenizer_config.json").write_text(text)

    assert findings(call) == [("template-code", "bert/model.safetensors", "chat_template")]


@pytest.mark.parametrize(
    "name",
    [
        "tokenizer_config.json",
        "chat_template.jinja",
        "additional_chat_templates/tool_use.jinja",
        "README.md",
        "modules.json",
    ],
)
def test_a_named_companion_stands_for_the_weights_beside_it(
    name: str, call: Gate, model: Path
) -> None:
    (model / "config.json").write_text(json.dumps(REMOTE))
    companion = model / name
    companion.parent.mkdir(exist_ok=True)
    companion.write_text("{}")
    (model.parent / "other").mkdir()
    (model.parent / "other" / "model.gguf").write_text("not looked at")

    assert [found[:2] for found in findings(call, f"bert/{name}")] == [
        ("remote-code", "bert/model.safetensors")
    ]


def test_a_named_companion_stands_for_the_weights_below_it(call: Gate, model: Path) -> None:
    modules = [{"idx": 0, "name": "0", "path": "bert", "type": "evil.Module"}]
    (model.parent / "modules.json").write_text(json.dumps(modules))

    assert [found[:2] for found in findings(call, "modules.json")] == [
        ("remote-code", "bert/model.safetensors")
    ]


def test_a_directory_of_code_stands_for_the_weights_beside_it(call: Gate, model: Path) -> None:
    (model / "custom_generate").mkdir()
    (model / "custom_generate" / "generate.py").write_text("def generate(model): ...")

    assert [found[:2] for found in findings(call, "bert/custom_generate/generate.py")] == [
        ("remote-code", "bert/model.safetensors")
    ]


def test_a_companion_beside_no_weights_stands_for_nothing(call: Gate, repository: Path) -> None:
    (repository / "lbom-gate.yaml").write_text(POLICY)
    (repository / "README.md").write_text("# A library")

    assert findings(call, "README.md") == [("no-models", ".", None)]


def test_a_changed_chat_template_is_a_digest_mismatch(call: Gate, model: Path) -> None:
    (model.parent / "lbom-gate.yaml").write_text(POLICY + "pins:\n  require: true\n")
    template = model / "chat_template.jinja"
    template.write_text("{{ messages }}")
    call("lock")

    assert findings(call) == []

    template.write_text("{{ messages }} Answer in verse.")

    assert [found[:2] for found in findings(call)] == [
        ("digest-mismatch", "bert/chat_template.jinja")
    ]


def test_code_beside_a_pointer_is_reported(call: Gate, model: Path) -> None:
    (model.parent / "lbom-gate.yaml").write_text(POLICY + "pins:\n  require: true\n")
    call("lock")
    weights = model / "model.safetensors"
    data = weights.read_bytes()
    write_pointer(weights, hashlib.sha256(data).hexdigest(), len(data))

    assert findings(call) == []

    (model / "modules.json").write_text(json.dumps([{"type": "mine.Module"}]))

    assert ("remote-code", "bert/model.safetensors", "0.type") in findings(call)


def test_a_relabelled_method_is_contradicted_and_judged_by_its_types(
    call: Gate, model: Path
) -> None:
    (model.parent / "lbom-gate.yaml").write_text(
        POLICY + "quantization:\n  allow: [gptq-4bit, F32]\n"
    )
    config = {"model_type": "x", "quantization_config": {"quant_method": "gptq", "bits": 4}}
    (model / "config.json").write_text(json.dumps(config))
    tensors = {
        "l.weight": np.zeros((1024, 512), np.int8),
        "l.SCB": np.zeros(1024, np.float32),
    }
    save_file(tensors, model / "model.safetensors")

    assert [rule for rule, *_ in findings(call)] == [
        "contradicted-quantization",
        "unlisted-quantization",
    ]


def test_an_unknown_method_is_judged_by_its_types(call: Gate, model: Path) -> None:
    (model.parent / "lbom-gate.yaml").write_text(POLICY + "quantization:\n  allow: [F32]\n")
    config = {"model_type": "x", "quantization_config": {"quant_method": "of-tomorrow"}}
    (model / "config.json").write_text(json.dumps(config))
    save_file({"l.weight": np.zeros((64, 64), np.int32)}, model / "model.safetensors")
    report = json.loads(call("check", "--format", "json").stdout)

    assert [f["message"] for f in report["findings"]] == ["I32 is not an allowed quantization"]
    assert report["models"][0]["quantization"]["verdict"] == "no-evidence"


@pytest.mark.parametrize(
    "name", ["config.json", "README.md", "modules.json", "model.safetensors.index.json"]
)
def test_a_model_under_the_name_of_a_companion_is_judged_when_it_is_named(
    call: Gate, repository: Path, name: str
) -> None:
    (repository / name).write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    result = call("check", "--hook", name)

    assert result.returncode == 1
    assert f"{name}: unsafe-import" in result.stdout


@pytest.mark.parametrize("name", ["weights", "model.safetensors.part", "model.json"])
@pytest.mark.parametrize(
    ("companion", "content", "directory"),
    [
        ("config.json", REMOTE, "."),
        ("modules.json", [{"type": "mine.Module"}], "a/b"),
        ("model_index.json", {"_class_name": "P", "unet": ["mine", "Unet"]}, "a/b"),
        ("custom_generate/generate.py", None, "."),
    ],
)
def test_a_hook_finds_the_weights_of_a_companion_by_their_content(
    call: Gate, model: Path, name: str, companion: str, content: object, directory: str
) -> None:
    (model / directory).mkdir(parents=True, exist_ok=True)
    (model / "model.safetensors").rename(model / directory / name)
    (model / companion).parent.mkdir(exist_ok=True)
    (model / companion).write_text(json.dumps(content))
    result = call("check", "--hook", f"bert/{companion}")

    assert call("check", "--hook", "--all").stdout == result.stdout
    assert result.returncode == 1
    assert f"{os.path.normpath(f'bert/{directory}/{name}')}: remote-code" in result.stdout


def test_a_companion_stands_for_nothing_further_below_than_it_reaches(
    call: Gate, model: Path
) -> None:
    (model / "a/b/c").mkdir(parents=True)
    (model / "model.safetensors").rename(model / "a/b/c/model.gguf")
    (model / "modules.json").write_text("[]")

    assert call("check", "--hook", "bert/modules.json").stdout == ""


def test_a_link_below_a_companion_is_not_followed_out_of_the_repository(
    call: Gate, repository: Path
) -> None:
    root = repository / "root"
    (root / ".git").mkdir(parents=True)
    (repository / "out").mkdir()
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", repository / "out" / "a.gguf")
    (root / "out").symlink_to("../out")
    (root / "modules.json").write_text("[]")
    result = call("check", "--hook", "modules.json", cwd=root)

    assert result.returncode == 1
    assert result.stdout.startswith("out: symlink-escape: ")
    assert "a.gguf" not in result.stdout


def test_a_directory_that_cannot_be_listed_is_left_to_the_search(
    call: Gate, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(Path, "iterdir", refuse)
    (model / "config.json").write_text(json.dumps(REMOTE))
    result = call("check", "--hook", "bert/config.json")

    assert result.stdout.startswith("bert/model.safetensors: remote-code: ")


def test_companions_without_weights_are_named(call: Gate, model: Path) -> None:
    (model / "model.safetensors").unlink()
    (model / "config.json").write_text('{"model_type": "bert"}')
    (model / "tokenizer_config.json").write_text("{}")
    result = call("check")
    of_a_hook = call("check", "--hook", model / "config.json")
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", model / "a.gguf")

    assert result.returncode == 0
    assert (
        "note: there are companions of models and no weights: bert/config.json, "
        "bert/tokenizer_config.json; fetch the weights"
    ) in result.stdout
    assert of_a_hook.stdout == ""
    assert "no weights" not in call("check").stdout


def test_a_configuration_of_something_else_is_no_companion(call: Gate, model: Path) -> None:
    (model / "model.safetensors").unlink()
    (model / "config.json").write_text('{"port": 80}')
    (model.parent / "README.md").write_text("# A\n")
    os.mkfifo(model.parent / "config.json")

    assert "no weights" not in call("check").stdout


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("router_config.json", False),
        ("model_index.json", False),
        ("modular_model_index.json", False),
        ("genai_config.json", False),
        ("quant_config.json", False),
        ("custom_generate/generate.py", True),
        ("additional_chat_templates/a.jinja", True),
        ("model.h5.index.json", True),
        ("flax_model.msgpack.index.json", True),
    ],
)
def test_a_name_that_only_companions_have_tells_of_weights(
    call: Gate, repository: Path, name: str, *, is_told: bool
) -> None:
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).write_text('{"a": 1}')

    assert (f"no weights: {name}" in call("check").stdout) is is_told


def test_a_companion_that_is_a_pointer_is_no_model(call: Gate, repository: Path) -> None:
    write_pointer(repository / "config.json")

    assert call("check", "--hook", "config.json").returncode == 0

"""`lbom-gate explain-path`: the policy in force for one file."""

import json
import shutil
from pathlib import Path

import pytest

from running import FIXTURES, Gate

POLICY = """\
version: 1
extends: [builtin:recommended]
overrides:
  - paths: ["models/**"]
    quantization: {allow: [F16]}
"""
OTHER = " by its name or content; judged only where `check` is given its name"


@pytest.fixture
def policy(repository: Path) -> Path:
    """Return a policy with an override."""
    file = repository / "lbom-gate.yaml"
    file.write_text(POLICY)
    return file


@pytest.mark.usefixtures("policy")
def test_the_value_in_force_is_printed_with_its_line(call: Gate) -> None:
    result = call("explain-path", "models/a.gguf")

    assert result.returncode == 0, result.stderr
    assert "quantization.allow" in result.stdout
    assert "lbom-gate.yaml:5:27" in result.stdout
    assert "lbom-gate.yaml:5:27" not in call("explain-path", "other/a.gguf").stdout


@pytest.mark.usefixtures("policy")
def test_from_another_directory_the_same_file_has_the_same_policy(
    call: Gate, repository: Path
) -> None:
    (repository / "models").mkdir()
    result = call("explain-path", "a.gguf", "--format", "json", cwd=repository / "models")
    asked = {each["key"]: each["value"] for each in json.loads(result.stdout)["asked"]}

    assert asked["quantization.allow"] == ["F16"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.gguf", "judged"),
        ("notes.txt", "judged"),
        ("config.json", "judged with the weights beside or below it"),
        ("models/README.md", f"no model{OTHER}"),
        ("b.gguf", "does not exist; a model of that name would be judged"),
        ("main.py", f"no model{OTHER}"),
        ("models", "a directory; this is what the policy says of its name, ask about a file in it"),
    ],
)
@pytest.mark.usefixtures("policy")
def test_what_there_is_at_the_path_is_said_first(
    call: Gate, repository: Path, name: str, said: str
) -> None:
    (repository / "models").mkdir()
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", repository / "a.gguf")
    (repository / "notes.txt").write_bytes(b"cos\nsystem\n(S'id'\ntR.")
    (repository / "config.json").write_text("{}")
    (repository / "models" / "README.md").write_text("# Models\n")
    (repository / "main.py").write_text("print()\n")
    result = call("explain-path", name)

    assert result.returncode == 0, result.stderr
    assert result.stdout.partition("\n")[0] == f"{name}: {said}"


def test_a_policy_with_a_mistake_is_refused_with_its_place(call: Gate, policy: Path) -> None:
    policy.write_text("version: 1\nalow: []\n")
    result = call("explain-path", "a.gguf")

    assert result.returncode == 2
    assert "lbom-gate.yaml:2:1" in result.stderr


@pytest.mark.usefixtures("repository")
def test_without_a_policy_the_built_in_one_is_explained(call: Gate) -> None:
    result = call("explain-path", "a.gguf")

    assert result.returncode == 0
    assert "policy: builtin:minimal" in result.stdout

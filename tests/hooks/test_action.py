"""The action's driver, run as the runner would: real gate, fake GitHub files."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gits import commit

ROOT = Path(__file__).resolve().parents[2]
DRIVER = ROOT / "hooks" / "action.py"
MODELS = ROOT / "tests" / "fixtures" / "models"
POLICY = "version: 1\nextends: [builtin:recommended]\nquantization:\n  allow: [Q8_0]\n"


class Step:
    """A workspace with GitHub's files, and what a step leaves in them."""

    def __init__(self, directory: Path) -> None:
        self.workspace = directory / "workspace"
        (self.workspace / ".git").mkdir(parents=True)
        self.output = directory / "output"
        self.summary = directory / "summary"
        self.output.touch()
        self.summary.touch()
        self.log = ""

    def run(self, step: str, **inputs: str) -> int:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("LBOM_GATE_")},
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_ACTION_PATH": str(ROOT),
            "LBOM_GATE_BIN": str(Path(sys.executable).with_name("lbom-gate")),
            **{f"LBOM_GATE_{name.upper()}": value for name, value in inputs.items()},
        }
        result = subprocess.run(
            [sys.executable, DRIVER, step],
            cwd=self.workspace,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.log = result.stdout + result.stderr
        return result.returncode

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path)


def add(step: Step, fixture: str, name: str, policy: str = POLICY) -> None:
    shutil.copy(MODELS / fixture, step.workspace / name)
    (step.workspace / "lbom-gate.yaml").write_text(policy)


def test_a_pass_hands_on_its_counts(step: Step) -> None:
    add(step, "llama-Q8_0.gguf", "a.gguf")

    assert step.run("check", summary="true") == 0
    assert step.outputs["result"] == "pass"
    assert step.outputs["exit-code"] == "0"
    assert step.outputs["models"] == "1"
    assert step.outputs["errors"] == "0"


def test_a_violation_is_handed_on_and_shown_but_does_not_fail_the_step(step: Step) -> None:
    add(step, "llama-Q2_K.gguf", "a.gguf")

    assert step.run("check", summary="true", sarif="out.sarif", sbom="bom.cdx.json") == 0
    assert step.outputs["result"] == "fail"
    assert step.outputs["exit-code"] == "1"
    assert step.outputs["sarif"] == "out.sarif"
    assert step.outputs["sbom"] == "bom.cdx.json"
    assert re.search(
        r"^::error file=lbom-gate\.yaml,line=4,col=\d+,title=unlisted-quantization::a\.gguf: ",
        step.log,
        re.MULTILINE,
    )
    assert "| error | unlisted-quantization | a.gguf |" in step.summary.read_text()
    assert json.loads((step.workspace / "out.sarif").read_text())["version"] == "2.1.0"


def test_nothing_found_is_empty_and_not_a_pass(step: Step) -> None:
    assert step.run("check") == 0
    assert step.outputs["result"] == "empty"
    assert step.outputs["exit-code"] == "0"


def test_nothing_found_where_models_are_required_is_an_error(step: Step) -> None:
    assert step.run("check", require_models="true") == 0
    assert step.outputs["result"] == "error"
    assert step.outputs["exit-code"] == "2"


def test_a_broken_policy_is_an_error(step: Step) -> None:
    add(step, "llama-Q8_0.gguf", "a.gguf", policy="version: 1\nqantization: {}\n")

    assert step.run("check") == 0
    assert step.outputs["result"] == "error"
    assert step.outputs["exit-code"] == "2"


def test_a_gate_that_cannot_be_started_is_not_a_pass(step: Step) -> None:
    assert step.run("check", bin="/nonexistent/lbom-gate") != 0
    assert "result" not in step.outputs


def test_a_hostile_path_is_one_argument(step: Step) -> None:
    assert step.run("check", paths="--evil; $(touch pwned)") == 0
    assert step.outputs["exit-code"] == "2"
    assert not (step.workspace / "pwned").exists()


def test_a_hostile_name_makes_neither_command_nor_markup(step: Step) -> None:
    add(step, "llama-Q2_K.gguf", "e\n::error::x|<img src=x>.gguf")

    assert step.run("check", summary="true") == 0
    assert step.outputs["result"] == "fail"
    commands = [line for line in step.log.splitlines() if line.startswith("::")]
    assert all(not line.startswith("::error::x") for line in commands)
    assert "<img" not in step.summary.read_text()


def test_a_hostile_name_makes_no_link(step: Step) -> None:
    add(step, "llama-Q2_K.gguf", "https:www.evil.example @admin.gguf")

    assert step.run("check", summary="true") == 0
    assert "https&#58;www&#46;evil.example &#64;admin" in step.summary.read_text()


def test_a_change_is_judged_by_the_policy_of_another_revision(step: Step) -> None:
    (step.workspace / ".git").rmdir()
    add(step, "llama-Q8_0.gguf", "a.gguf")
    commit(step.workspace)
    add(step, "llama-Q2_K.gguf", "a.gguf", POLICY.replace("Q8_0", "Q2_K"))

    assert step.run("check") == 0
    assert step.outputs["result"] == "pass"
    assert step.run("check", policy_from="HEAD") == 0
    assert step.outputs["result"] == "fail"


def test_what_the_gate_prints_is_not_taken_for_commands(step: Step) -> None:
    add(step, "llama-Q8_0.gguf", "a.gguf")
    step.run("check")

    token = re.search(r"^::stop-commands::(\w{32})$", step.log, re.MULTILINE)
    assert token is not None
    assert f"::{token[1]}::" in step.log.splitlines()


def test_an_input_of_two_lines_is_refused(step: Step) -> None:
    assert step.run("check", sarif="a\nb=c") == 2
    assert step.outputs == {}


def test_a_system_install_is_found(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)

    assert step.run("install", version="system") == 0
    assert Path(step.outputs["bin"]).name.startswith("lbom-gate")
    assert re.fullmatch(r"\d+\.\d+\.\d+", step.outputs["version"])


@pytest.mark.parametrize("version", ["latest", "1.2", "git+https://example.org/x"])
def test_a_version_that_is_not_exact_is_refused(step: Step, version: str) -> None:
    assert step.run("install", version=version) == 2


def test_the_action_hands_its_inputs_over_through_the_environment_only() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    steps: list[dict[str, object]] = action["runs"]["steps"]
    handed_over = {
        value
        for step in steps
        for value in dict(step.get("env", {}), x=step.get("if", "")).values()
    }

    assert all("${{" not in str(step.get("run", "")) for step in steps)
    for name in action["inputs"]:
        assert any(f"inputs.{name}" in str(value) for value in handed_over), name


def test_every_third_party_action_is_pinned_to_a_commit() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    used = [step["uses"] for step in action["runs"]["steps"] if "uses" in step]

    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name) for name in used)


def test_the_last_step_leaves_with_the_exit_code_of_the_gate() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    last = action["runs"]["steps"][-1]

    def leave(code: str) -> int:
        return subprocess.run(
            ["bash", "-c", last["run"]], env={"EXIT_CODE": code}, check=False
        ).returncode

    assert [leave(code) for code in ("0", "1", "2", "")] == [0, 1, 2, 3]
    assert last["if"] == "${{ always() }}"

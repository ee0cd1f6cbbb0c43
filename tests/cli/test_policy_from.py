"""A change is judged by the policy of another revision, so that it cannot excuse itself."""

import json
import shutil
from pathlib import Path

import pytest

from gits import commit, git
from running import FIXTURES, Gate

POLICY = """\
version: 1
extends: [./base.yaml]
quantization: {allow: [Q8_0]}
pins: {require: true}
"""


@pytest.fixture
def root(tmp_path: Path, call: Gate) -> Path:
    """Return a repository that passes, and whose working tree lets more in."""
    (tmp_path / "models").mkdir()
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", tmp_path / "models")
    (tmp_path / "lbom-gate.yaml").write_text(POLICY)
    (tmp_path / "base.yaml").write_text("version: 1\nextends: [builtin:recommended]\n")
    git(tmp_path, "init", "-q", "-b", "main")
    call("lock")
    commit(tmp_path)
    shutil.copy(FIXTURES / "llama-Q2_K.gguf", tmp_path / "models")
    (tmp_path / "lbom-gate.yaml").write_text(POLICY.replace("[Q8_0]", "[Q8_0, Q2_K]"))
    call("lock")
    return tmp_path


def report(call: Gate, *arguments: str) -> dict:
    """Return the JSON report of a check."""
    return json.loads(call("check", "--format", "json", *arguments).stdout)


def test_what_a_change_lets_in_is_judged_by_what_was_before(call: Gate, root: Path) -> None:
    found = report(call, "--policy-from", "main")

    assert call("check", cwd=root).returncode == 0
    assert found["exit_code"] == 1
    assert [(f["rule"], f["level"]) for f in found["findings"]] == [
        ("policy-changed", "warning"),
        ("unlisted-quantization", "error"),
        ("unpinned-model", "error"),
    ]
    assert found["findings"][0]["notes"] == [
        "loosens: quantization: allows Q2_K",
        "loosens: pins models/llama-Q2_K.gguf to sha256 a41afac8…",
    ]
    assert found["findings"][0]["policy"] == {"path": "lbom-gate.yaml", "line": 3, "column": 23}
    assert found["notes"][0].startswith("judged by the policy, the waivers and the lock of main (")


@pytest.mark.usefixtures("root")
def test_from_a_directory_below_it_is_the_same(call: Gate, root: Path) -> None:
    result = call("check", "--policy-from", "main", "--format", "json", cwd=root / "models")
    found = json.loads(result.stdout)

    assert [finding["rule"] for finding in found["findings"]] == [
        "policy-changed",
        "unlisted-quantization",
        "unpinned-model",
    ]


def test_a_waiver_that_comes_with_the_change_waives_nothing(call: Gate, root: Path) -> None:
    call(
        "waive", "unlisted-quantization", "models/llama-Q2_K.gguf", "--reason", "r",
        "--owner", "o", "--expires", "9d", cwd=root,
    )  # fmt: skip
    found = report(call, "--policy-from", "main")

    assert [f["waiver"] for f in found["findings"]] == [None, None, None]
    assert any("adds a waiver of unl" in note for note in found["findings"][0]["notes"])


def test_a_file_that_the_policy_extends_is_that_of_the_revision(call: Gate, root: Path) -> None:
    (root / "base.yaml").write_text("version: 1\nextends: [builtin:minimal]\n")
    (root / "lbom-gate.yaml").write_text(POLICY)
    notes = report(call, "--policy-from", "main")["findings"][0]["notes"]

    assert "loosens: formats: allows anything, no longer only gguf" in " ".join(notes)


def test_a_policy_that_can_no_longer_be_read_is_a_change(call: Gate, root: Path) -> None:
    (root / "lbom-gate.yaml").write_text("version: 1\nalow: []\n")
    found = report(call, "--policy-from", "main")

    assert found["findings"][0]["notes"] == [
        "changes: the policy cannot be read any more: unknown key `alow`"
    ]


def test_a_lock_that_can_no_longer_be_read_is_a_change(call: Gate, root: Path) -> None:
    (root / "lbom.lock").write_text("{")
    found = report(call, "--policy-from", "main")

    assert found["findings"][0]["rule"] == "policy-changed"
    assert "the lock cannot be read any more" in found["findings"][0]["notes"][0]


def test_a_policy_nearer_to_the_models_that_comes_with_the_change_does_not_judge(
    call: Gate, root: Path
) -> None:
    (root / "models" / "lbom-gate.yaml").write_text("version: 1\nrules: {quantization: off}\n")
    found = report(call, "models/llama-Q2_K.gguf", "--policy-from", "main")

    assert "unlisted-quantization" in [finding["rule"] for finding in found["findings"]]


def test_a_policy_that_is_gone_is_a_change_of_the_run(call: Gate, root: Path) -> None:
    (root / "lbom-gate.yaml").unlink()
    finding = report(call, "--policy-from", "main")["findings"][0]

    assert (finding["rule"], finding["path"]) == ("policy-changed", ".")
    assert (
        "changes: drops the policy lbom-gate.yaml, so that builtin:minimal applies"
        in (finding["notes"])
    )


def test_nothing_is_reported_where_the_policy_is_the_same(call: Gate, root: Path) -> None:
    commit(root)
    found = report(call, "--policy-from", "HEAD")

    assert found["findings"] == []


def test_a_revision_before_there_was_a_policy_judges_by_the_built_in_one(
    call: Gate, tmp_path: Path
) -> None:
    first = commit(tmp_path)
    (tmp_path / "lbom-gate.yaml").write_text("version: 1\nextends: [builtin:recommended]\n")
    found = report(call, "--policy-from", first)

    assert found["policy"]["path"] == "builtin:minimal"


@pytest.mark.parametrize("name", ["nope", "--help", "", "HEAD~99"])
@pytest.mark.usefixtures("root")
def test_a_revision_that_is_not_there_cannot_be_judged_by(call: Gate, name: str) -> None:
    result = call("check", f"--policy-from={name}")

    assert result.returncode == 2
    assert "revision" in result.stderr
    assert result.stdout == ""


def test_a_policy_file_that_the_revision_does_not_have_is_refused(call: Gate, root: Path) -> None:
    (root / "other.yaml").write_text(POLICY)
    result = call("check", "--policy-from", "main", "--policy", "other.yaml")

    assert result.returncode == 2
    assert "no such file in the revision" in result.stderr


# --- policy diff ------------------------------------------------------------------------------


@pytest.mark.usefixtures("root")
def test_policy_diff_tells_what_the_second_loosens(call: Gate) -> None:
    result = call("policy", "diff", "main", "lbom-gate.yaml")

    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        "loosens   quantization: allows Q2_K  (lbom-gate.yaml:3:23)",
        "loosens   pins models/llama-Q2_K.gguf to sha256 a41afac8…  (lbom.lock:4:1)",
    ]


@pytest.mark.usefixtures("root")
def test_policy_diff_takes_a_file_of_a_revision(call: Gate) -> None:
    result = call("policy", "diff", "lbom-gate.yaml", "main:lbom-gate.yaml", "--format", "json")
    document = json.loads(result.stdout)

    assert document["old"] == "lbom-gate.yaml"
    assert document["new"] == "main:lbom-gate.yaml"
    assert [(each["effect"], each["words"]) for each in document["changes"]] == [
        ("tightens", "quantization: no longer allows Q2_K"),
        ("loosens", "drops the pin of models/llama-Q2_K.gguf"),
    ]
    assert document["changes"][1]["old"] == {"path": "lbom.lock", "line": 4, "column": 1}
    assert document["changes"][1]["new"] is None


@pytest.mark.usefixtures("root")
def test_policy_diff_of_the_same_says_so(call: Gate) -> None:
    assert call("policy", "diff", "main", "HEAD").stdout == "no difference\n"


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("name", ["nope", "main:nope", "-x:y"])
def test_policy_diff_of_what_cannot_be_read_is_refused(call: Gate, name: str) -> None:
    assert call("policy", "diff", "--", name, "main").returncode == 2

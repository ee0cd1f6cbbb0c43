"""`lbom-gate lock`: what is pinned, and what becomes of a change."""

import json
import shutil
from pathlib import Path

import pytest

from running import FIXTURES, Gate

POLICY = """\
version: 1
extends: [builtin:recommended]
pins:
  require: true
"""


@pytest.fixture
def model(repository: Path) -> Path:
    """Return a model in a repository whose policy requires pins."""
    (repository / "lbom-gate.yaml").write_text(POLICY)
    path = repository / "models" / "a.gguf"
    path.parent.mkdir()
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", path)
    return path


def findings(call: Gate, *arguments: str) -> list[tuple[str, str]]:
    """Return rule and path of what a check finds."""
    report = json.loads(call("check", *arguments, "--format", "json").stdout)
    return [(finding["rule"], finding["path"]) for finding in report["findings"]]


@pytest.mark.usefixtures("model")
def test_a_model_without_a_pin_is_a_violation(call: Gate) -> None:
    assert findings(call) == [("unpinned-model", "models/a.gguf")]
    assert call("check").returncode == 1


@pytest.mark.usefixtures("model")
def test_a_pinned_model_passes(call: Gate) -> None:
    written = call("lock")

    assert written.returncode == 0, written.stderr
    assert findings(call) == []
    assert call("check").returncode == 0


def test_one_changed_byte_is_a_digest_mismatch(call: Gate, model: Path) -> None:
    call("lock")
    data = bytearray(model.read_bytes())
    data[-1] ^= 1
    model.write_bytes(data)

    assert findings(call) == [("digest-mismatch", "models/a.gguf")]
    assert call("check").returncode == 1


def test_a_mismatch_shows_the_line_of_the_lock(call: Gate, model: Path) -> None:
    call("lock")
    shutil.copy(FIXTURES / "llama-Q4_K_M.gguf", model)
    lines = (model.parents[1] / "lbom.lock").read_text("utf-8").splitlines()
    number = next(i for i, line in enumerate(lines, 1) if "models/a.gguf" in line)

    assert f"lbom.lock:{number}" in call("check").stdout


def test_a_changed_companion_is_a_digest_mismatch(call: Gate, repository: Path) -> None:
    (repository / "lbom-gate.yaml").write_text(POLICY)
    shutil.copytree(FIXTURES / "bert", repository / "bert")
    call("lock")
    config = repository / "bert" / "config.json"
    config.write_text(config.read_text("utf-8").replace("512", "513"))

    assert findings(call) == [("digest-mismatch", "bert/config.json")]


def test_a_pinned_model_that_is_gone_is_missed_in_a_whole_run(call: Gate, model: Path) -> None:
    shutil.copy(model, model.with_name("b.gguf"))
    call("lock")
    model.with_name("b.gguf").unlink()

    assert ("missing-model", "models/b.gguf") in findings(call)
    assert findings(call, "models/a.gguf") == []


def test_check_of_a_current_lock_passes_and_writes_nothing(call: Gate, model: Path) -> None:
    call("lock")
    lock = model.parents[1] / "lbom.lock"
    before = lock.read_bytes(), lock.stat().st_mtime_ns
    result = call("lock", "--check")

    assert result.returncode == 0
    assert (lock.read_bytes(), lock.stat().st_mtime_ns) == before


@pytest.mark.parametrize("change", ["added", "changed", "removed", "never locked"])
def test_check_of_an_outdated_lock_fails_and_writes_nothing(
    call: Gate, model: Path, change: str
) -> None:
    lock = model.parents[1] / "lbom.lock"
    if change != "never locked":
        call("lock")
    before = lock.read_bytes() if lock.exists() else None
    if change == "added":
        shutil.copy(model, model.with_name("b.gguf"))
    elif change == "changed":
        shutil.copy(FIXTURES / "llama-Q4_K_M.gguf", model)
    elif change == "removed":
        model.unlink()
    result = call("lock", "--check")

    assert result.returncode == 1
    assert (lock.read_bytes() if lock.exists() else None) == before


def test_a_lock_written_twice_is_the_same(call: Gate, model: Path) -> None:
    lock = model.parents[1] / "lbom.lock"
    call("lock")
    first = lock.read_bytes()
    call("lock")

    assert lock.read_bytes() == first


def test_a_lock_is_json_with_one_entry_on_a_line(call: Gate, model: Path) -> None:
    shutil.copy(FIXTURES / "llama-Q4_K_M.gguf", model.with_name("b.gguf"))
    call("lock")
    text = (model.parents[1] / "lbom.lock").read_text("utf-8")
    json.loads(text)
    lines = [line for line in text.splitlines() if ".gguf" in line]

    assert ["a.gguf" in lines[0], "b.gguf" in lines[1], len(lines)] == [True, True, 2]


def test_a_named_path_changes_only_its_own_pins(call: Gate, model: Path) -> None:
    other = model.with_name("b.gguf")
    shutil.copy(model, other)
    call("lock")
    shutil.copy(FIXTURES / "llama-Q4_K_M.gguf", model)
    shutil.copy(FIXTURES / "llama-Q4_K_M.gguf", other)
    call("lock", "models/b.gguf")

    assert findings(call) == [("digest-mismatch", "models/a.gguf")]


def test_the_lock_is_the_same_wherever_it_is_written_from(call: Gate, model: Path) -> None:
    root = model.parents[1]
    call("lock")
    first = (root / "lbom.lock").read_bytes()
    call("lock", cwd=model.parent)

    assert (root / "lbom.lock").read_bytes() == first
    assert call("check", cwd=model.parent).returncode == 0

"""`lbom-gate lock`: what is pinned, and what becomes of a change."""

import hashlib
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


def entries(repository: Path) -> dict[str, dict[str, object]]:
    """Return the entries of the lock by path."""
    content = json.loads((repository / "lbom.lock").read_text())
    return {entry["path"]: entry for entry in content["files"]}


def sums(repository: Path, digest: str, name: str = "models/a.gguf") -> None:
    (repository / "SHA256SUMS").write_text(f"{digest}  {name}\n")


def test_an_imported_digest_of_bytes_that_are_here_is_verified(
    call: Gate, model: Path, repository: Path
) -> None:
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    sums(repository, digest)

    written = call("lock", "--import", "SHA256SUMS")

    assert written.returncode == 0, written.stderr
    entry = entries(repository)["models/a.gguf"]
    assert entry["pinned_by"] == "sha256sums"
    assert "evidence" not in entry
    assert call("check").returncode == 0
    assert call("lock", "--check").returncode == 0


def test_bytes_that_are_not_what_a_list_claims_are_not_pinned(
    call: Gate, model: Path, repository: Path
) -> None:
    sums(repository, "0" * 64)

    written = call("lock", "--import", "SHA256SUMS")

    found = hashlib.sha256(model.read_bytes()).hexdigest()
    assert written.returncode == 1
    assert written.stderr == (
        f"not pinned: models/a.gguf: sha256sums claims sha256 {'0' * 64}, found {found}; if these"
        " bytes are right: lbom-gate lock --update models/a.gguf\n"
    )
    entry = entries(repository)["models/a.gguf"]
    assert (entry["sha256"], entry["evidence"]) == ("0" * 64, "claimed")
    assert findings(call) == [("digest-mismatch", "models/a.gguf")]
    assert call("lock").returncode == 1


def test_update_pins_the_bytes_whatever_was_claimed(
    call: Gate, model: Path, repository: Path
) -> None:
    sums(repository, "0" * 64)
    call("lock", "--import", "SHA256SUMS")

    assert call("lock", "--update", "models/a.gguf").returncode == 0

    entry = entries(repository)["models/a.gguf"]
    assert entry["sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()
    assert entry["pinned_by"] == "first-use"
    assert findings(call) == []


def test_update_leaves_every_other_pin_alone(call: Gate, model: Path) -> None:
    other = model.with_name("b.gguf")
    shutil.copy(model, other)
    call("lock")
    for path in (model, other):
        path.write_bytes(path.read_bytes()[:-1] + b"\xff")

    updated = call("lock", "--update", "models/b.gguf")

    assert updated.stdout.splitlines() == ["changed models/b.gguf", "lbom.lock: 2 file(s) pinned"]
    assert findings(call) == [("digest-mismatch", "models/a.gguf")]


@pytest.mark.usefixtures("model")
def test_a_claim_of_a_file_that_is_not_here_yet_is_pinned_as_claimed(
    call: Gate, repository: Path
) -> None:
    sums(repository, "5" * 64, "models/later.gguf")

    written = call("lock", "--import", "SHA256SUMS")

    assert written.stdout.splitlines()[-1] == "lbom.lock: 1 file(s) pinned, 1 as claimed"
    assert entries(repository)["models/later.gguf"] == {
        "path": "models/later.gguf",
        "sha256": "5" * 64,
        "pinned_by": "sha256sums",
        "evidence": "claimed",
    }


@pytest.mark.usefixtures("model")
def test_an_import_of_what_is_no_model_is_left_out_aloud(call: Gate, repository: Path) -> None:
    sums(repository, "5" * 64, "README.md")

    written = call("lock", "--import", "SHA256SUMS")

    assert written.stdout.splitlines()[0] == "1 imported file(s) are no models: left out"
    assert set(entries(repository)) == {"models/a.gguf"}


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("https://a.example/SUMS", "https://a.example/SUMS is an address; lbom-gate fetches no"),
        ("SHA256SUM", "no such file or directory: SHA256SUM\n"),
    ],
)
def test_what_is_not_here_cannot_be_imported(
    call: Gate, repository: Path, name: str, reason: str
) -> None:
    refused = call("lock", "--import", name)

    assert refused.returncode == 2
    assert refused.stderr.startswith(f"error: {reason}")
    assert not (repository / "lbom.lock").exists()


def test_what_cannot_be_imported_cannot_be_locked(call: Gate, repository: Path) -> None:
    (repository / "SHA256SUMS").write_text("nothing\n")

    refused = call("lock", "--import", "SHA256SUMS")

    assert refused.returncode == 2
    assert refused.stderr == "error: SHA256SUMS: line 1 is no digest and name\n"
    assert not (repository / "lbom.lock").exists()


def test_a_lock_that_lacks_what_cannot_be_pinned_would_not_change(call: Gate, model: Path) -> None:
    (model.parent / "b.gguf").symlink_to("nowhere")
    call("lock")
    result = call("lock", "--check")

    assert result.returncode == 1
    assert result.stdout == "lbom.lock is up to date; not every model can be pinned\n"
    assert result.stderr == "not pinned: models/b.gguf: the link leads to nothing\n"


def test_a_model_that_moved_is_told_as_one_change(call: Gate, model: Path) -> None:
    call("lock")
    model.rename(model.with_name("b.gguf"))

    assert call("lock").stdout.splitlines()[0] == "moved models/b.gguf (was models/a.gguf)"

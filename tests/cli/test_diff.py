"""`lbom-gate diff`: in what the models of two sides differ, whatever the sides are."""

import json
import shutil
from pathlib import Path

import pytest

from gits import commit
from running import FIXTURES, Gate

LINE = "x.gguf: Q8_0 -> Q4_K_M, bits per weight: 10.03 -> 6.71, -7.91 KiB\n"


@pytest.fixture
def sides(tmp_path: Path) -> Path:
    """Return a directory with an older side and a newer one."""
    for side, model in (("old", "llama-Q8_0.gguf"), ("new", "llama-Q4_K_M.gguf")):
        (tmp_path / side).mkdir()
        shutil.copy(FIXTURES / model, tmp_path / side / "x.gguf")
    shutil.copytree(FIXTURES / "bert", tmp_path / "old" / "bert")
    shutil.copytree(FIXTURES / "bert", tmp_path / "new" / "moved")
    return tmp_path


@pytest.mark.usefixtures("sides")
def test_two_directories_are_compared_by_what_is_in_them(call: Gate) -> None:
    result = call("diff", "old", "new")

    assert result.returncode == 0, result.stderr
    assert result.stdout == ("moved bert/model.safetensors -> moved/model.safetensors\n" + LINE)


@pytest.mark.usefixtures("sides")
def test_two_bills_of_materials_are_compared(call: Gate, sides: Path) -> None:
    for side in ("old", "new"):
        call("scan", ".", "-o", "../" + side + ".json", cwd=sides / side)
    result = call("diff", "old.json", "new.json", cwd=sides)

    assert LINE in result.stdout


def test_two_locks_and_a_directory_are_compared(call: Gate, sides: Path) -> None:
    for side in ("old", "new"):
        (sides / side / "lbom-gate.yaml").write_text("version: 1\n")
        call("lock", ".", "--policy", "lbom-gate.yaml", cwd=sides / side)

    assert LINE in call("diff", "old/lbom.lock", "new/lbom.lock", cwd=sides).stdout
    assert LINE in call("diff", "old", "new/lbom.lock", cwd=sides).stdout
    assert call("diff", "old", "old/lbom.lock").stdout == "no difference\n"


def test_two_model_files_are_compared_whatever_their_names(call: Gate, sides: Path) -> None:
    (sides / "new" / "x.gguf").rename(sides / "new" / "y.gguf")
    result = call("diff", "old/x.gguf", "new/y.gguf")

    assert result.stdout == LINE.replace("x.gguf", "y.gguf")


def test_revisions_are_compared_by_their_locks(call: Gate, tmp_path: Path) -> None:
    commit(tmp_path)
    (tmp_path / "models").mkdir()
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", tmp_path / "models" / "x.gguf")
    call("lock")
    commit(tmp_path)
    shutil.copy(FIXTURES / "llama-Q4_K_M.gguf", tmp_path / "models" / "x.gguf")
    call("lock")
    commit(tmp_path)

    assert call("diff", "HEAD~1", "HEAD").stdout == f"models/{LINE}"
    assert call("diff", "HEAD~1", ".").stdout == f"models/{LINE}"
    without = call("diff", "HEAD~2", "HEAD")
    assert without.returncode == 2
    assert "the revision HEAD~2 has no lock, and models are not read out of git" in without.stderr


@pytest.mark.usefixtures("sides")
def test_the_json_names_both_sides(call: Gate) -> None:
    document = json.loads(call("diff", "old", "new", "--format", "json").stdout)

    assert (document["old"], document["new"]) == ("old", "new")
    assert [each["kind"] for each in document["differences"]] == ["moved", "changed"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("none", None, "there is no file or directory of that name, and the revision none cannot"),
        ("note.txt", "hello", "note.txt is no bill of materials, no lock and no model file"),
        ("lbom-gate.yaml", "version: 1\n", "lbom-gate.yaml is no bill of materials"),
        ("a.json", "{", "a.json:1:2"),
        ("a.lock", "{", "a.lock:1"),
    ],
)
def test_a_side_that_has_no_models_is_refused(
    call: Gate, sides: Path, name: str, content: str | None, reason: str
) -> None:
    if content is not None:
        (sides / name).write_text(content)
    result = call("diff", "old", name)

    assert result.returncode == 2
    assert reason in result.stderr
    assert result.stdout == ""

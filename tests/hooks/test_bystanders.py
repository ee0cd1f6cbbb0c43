"""What a hook is shown and a search would pass over is passed over, quickly and in silence."""

import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lbom_gate import _scanner
from make_fixtures import write_pointer
from running import FIXTURES, Gate

MODEL = (FIXTURES / "llama-Q8_0.gguf").read_bytes()
PROGRAM = b"cos\nsystem\n(S'id'\ntR."
BUILD_FILE = b'<?xml version="1.0"?>\n<project xmlns="http://maven.apache.org/POM/4.0.0"/>\n'


def zipped(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


BYSTANDERS = {
    "pom.xml": BUILD_FILE,
    "docs.zip": zipped({"a.md": b"# A\n"}),
    "nested.zip": zipped({"docs.zip": zipped({"a.md": b"# A\n"})}),
    "docs.tar": tarred({"a.md": b"# A\n"}),
    "docs.tar.gz": tarred({"a.md": b"# A\n"}, "w:gz"),
    "docs.tar.xz": tarred({"a.md": b"# A\n"}, "w:xz"),
    "tensor.pb": b"\x08\x03\x10\x01",
    "notes.txt": b"nothing\n",
    "main.py": b"print()\n",
    "empty.xml": b"",
}
MODELS = {
    "models.zip": zipped({"a.gguf": MODEL}),
    "deep.zip": zipped({"in.zip": zipped({"a.gguf": MODEL})}),
    "program.tar": tarred({"a.pkl": PROGRAM}),
    "program.tgz": tarred({"a.pkl": PROGRAM}, "w:gz"),
    "program.txt": PROGRAM,
    "closed.7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(40),
    "closed.rar": b"Rar!\x1a\x07\x01\x00" + bytes(40),
    "saved_model.pb": b"neither this nor that",
    "weights.onnx": b"neither this nor that",
}


@pytest.fixture
def shown(repository: Path) -> Callable[[str, bytes], str]:
    """Return what writes a file into a repository with a policy."""
    (repository / "lbom-gate.yaml").write_text("version: 1\nextends: [builtin:strict]\n")

    def write(name: str, content: bytes) -> str:
        (repository / name).write_bytes(content)
        return name

    return write


@pytest.mark.parametrize("name", BYSTANDERS)
def test_a_hook_is_silent_about_what_is_no_model(
    call: Gate, shown: Callable[[str, bytes], str], name: str
) -> None:
    result = call("check", "--hook", shown(name, BYSTANDERS[name]))

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("name", MODELS)
def test_a_hook_judges_what_is_or_holds_a_model(
    call: Gate, shown: Callable[[str, bytes], str], name: str
) -> None:
    result = call("check", "--hook", shown(name, MODELS[name]))

    assert result.returncode == 1
    assert f"{name}: " in result.stdout


@pytest.mark.parametrize(("name", "content"), [*BYSTANDERS.items(), *MODELS.items()])
def test_a_hook_passes_over_what_a_search_passes_over(
    repository: Path, name: str, content: bytes
) -> None:
    file = repository / name
    file.write_bytes(content)
    found = _scanner.discover([repository], root=repository)
    asked = _scanner.discover([file], root=repository, as_found=True)

    assert [each.path for each in asked] == [each.path for each in found]
    assert bool(found) is (name in MODELS)


@pytest.mark.parametrize(("name", "is_bystander"), [("a.xml", True), ("a.zip", False)])
def test_a_pointer_stands_for_what_its_name_says(
    repository: Path, name: str, *, is_bystander: bool
) -> None:
    write_pointer(repository / name)
    found = _scanner.discover([repository / name], root=repository, as_found=True)

    assert (found == []) is is_bystander


def test_what_is_no_model_is_not_held_up_by_a_waiver_that_ended(
    call: Gate, shown: Callable[[str, bytes], str], repository: Path
) -> None:
    name = shown("pom.xml", BUILD_FILE)
    waiver = "{rule: missing-license, path: a, reason: r, owner: o, expires: 2026-01-01}"
    policy = repository / "lbom-gate.yaml"
    policy.write_text(f"version: 1\nextends: [builtin:strict]\nwaivers:\n  - {waiver}\n")

    assert call("check", "--hook", name).returncode == 0
    assert call("check", "--hook", "lbom-gate.yaml").returncode == 1


def test_what_is_no_model_has_no_policy_that_could_be_another_one(
    call: Gate, repository: Path
) -> None:
    for name in ("a", "b"):
        (repository / name).mkdir()
        (repository / name / "pom.xml").write_bytes(BUILD_FILE)
        (repository / name / "config.json").write_text("{}")
    (repository / "a" / "lbom-gate.yaml").write_text("version: 1\n")
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", repository / "b" / "m.gguf")
    idle = call("check", "--hook", "a/pom.xml", "b/pom.xml", "a/config.json")
    mixed = call("check", "--hook", "a/pom.xml", "a/config.json", "b/m.gguf")
    both = call("check", "--hook", "a/lbom-gate.yaml", "b/pom.xml")

    assert (idle.returncode, idle.stdout, idle.stderr) == (0, "", "")
    assert mixed.returncode == 0
    assert "1 model, " in mixed.stdout
    assert "1 model, " in both.stdout


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("name", ["gone.xml", "gone/config.json", "gone.gguf"])
def test_a_file_that_is_gone_could_not_be_judged(call: Gate, name: str) -> None:
    result = call("check", "--hook", name)

    assert result.returncode == 2
    assert result.stderr == f"error: no such file or directory: {name}\n"


@pytest.mark.usefixtures("repository")
def test_an_address_is_not_fetched(call: Gate) -> None:
    address = "https://a.example/y.gguf"
    result = call("check", "--hook", address)
    imported = call("lock", "--import", address)

    assert result.returncode == 2
    assert result.stderr.startswith(f"error: {address} is an address; lbom-gate fetches nothing;")
    assert imported.stderr == result.stderr


def test_without_the_hook_a_file_that_is_named_is_judged(
    call: Gate, shown: Callable[[str, bytes], str]
) -> None:
    result = call("check", shown("pom.xml", BUILD_FILE))

    assert result.returncode == 1
    assert "unknown-format" in result.stdout


def test_beside_models_a_bystander_is_not_mentioned(
    call: Gate, shown: Callable[[str, bytes], str], repository: Path
) -> None:
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", repository / "a.gguf")
    result = call("check", "--hook", shown("pom.xml", BUILD_FILE), "a.gguf")

    assert "1 model, " in result.stdout
    assert "pom.xml" not in result.stdout


def test_who_asks_for_models_or_a_report_hears_that_there_are_none(
    call: Gate, shown: Callable[[str, bytes], str], repository: Path
) -> None:
    name = shown("pom.xml", BUILD_FILE)
    asked = call("check", "--hook", "--require-models", name)
    reported = call("check", "--hook", "--format", "json", name)
    call("check", "--hook", "--sbom", "bill.json", name)

    assert asked.returncode == 2
    assert '"components": []' in (repository / "bill.json").read_text()
    assert '"no-models"' in reported.stdout

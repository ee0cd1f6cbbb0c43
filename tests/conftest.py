"""What every test may ask for: the gate as a user runs it, and the corpus where there is one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lbom_gate import cli
from running import Gate, corpus_directory

# What a run remembers would let a test pass, or fail, because of an earlier one.
os.environ["LBOM_GATE_NO_CACHE"] = "1"


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Run the gate in a directory of its own, as a user would."""
    for name in [name for name in os.environ if name.startswith("LBOM_GATE_")]:
        if name not in {"LBOM_GATE_CORPUS", "LBOM_GATE_NO_CACHE"}:
            monkeypatch.delenv(name)

    def run(*arguments: object, cwd: Path = tmp_path, **options: object) -> object:
        said = {"cwd": cwd, "capture_output": True, "text": True, **options}
        command = [sys.executable, "-m", "lbom_gate", *map(str, arguments)]
        return subprocess.run(command, check=False, **said)

    return run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return an empty directory that is a repository's root."""
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the corpus of real model files; the test is skipped, aloud, where it is absent."""
    directory = corpus_directory()
    if not (directory / "MANIFEST.json").exists():
        pytest.skip(f"no corpus of real files at {directory} (LBOM_GATE_CORPUS says where)")
    return directory


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Gate:
    """Run the gate in this process, which spares each run the half second that a start takes."""

    def run(*arguments: object, cwd: Path = tmp_path) -> "subprocess.CompletedProcess[str]":
        words = [str(argument) for argument in arguments]
        monkeypatch.chdir(cwd)
        capfd.readouterr()
        code = cli.run(words)
        output = capfd.readouterr()
        return subprocess.CompletedProcess(words, code, output.out, output.err)

    return run

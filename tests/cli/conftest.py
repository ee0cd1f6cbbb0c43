"""What the tests of the command line may ask for beyond what every test may."""

import subprocess
from pathlib import Path

import pytest

from lbom_gate import cli
from running import Gate


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

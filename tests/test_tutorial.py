"""Every command of the tutorial is run, and prints what the tutorial says it prints.

`python tests/test_tutorial.py` writes what the commands print into the tutorial.
"""

import difflib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from running import FIXTURES, ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"
_BLOCK = re.compile(r"````console\n(.*?)````", re.DOTALL)
# What differs from run to run: the last day of a waiver, the name of a commit.
_CHANGING = re.compile(r"\d{4}-\d{2}-\d{2}|(?<=\()[0-9a-f]{12}(?=\))")


def played(text: str, directory: Path) -> str:
    """Return the tutorial with what its commands print in `directory`."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": os.fspath(directory),
        "FIXTURES": os.fspath(FIXTURES),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "LC_ALL": "C.UTF-8",
    }

    def play(block: re.Match[str]) -> str:
        lines = "".join(_run(command, directory, environment) for command in commands(block[1]))
        return f"````console\n{lines}````"

    return _BLOCK.sub(play, text)


def commands(block: str) -> Iterator[str]:
    """Yield the commands of a block: the lines behind a dollar sign."""
    return (line[2:] for line in block.splitlines() if line.startswith("$ "))


def _run(command: str, directory: Path, environment: dict[str, str]) -> str:
    # Of the shell, so that a reader may type the same.
    result = subprocess.run(
        ["sh", "-c", command],
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    return f"$ {command}\n{_CHANGING.sub('...', result.stdout)}"


def test_every_command_prints_what_the_tutorial_says(tmp_path: Path) -> None:
    text = TUTORIAL.read_text("utf-8")

    found = played(text, tmp_path)

    diff = difflib.unified_diff(text.splitlines(), found.splitlines(), "tutorial", "run", n=1)
    assert found == text, "\n".join(diff)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        TUTORIAL.write_text(played(TUTORIAL.read_text("utf-8"), Path(place)), "utf-8")

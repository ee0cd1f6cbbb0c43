"""`lbom-gate completion`: the shell completes what the gate understands."""

import os
import subprocess
import sys

import pytest

from running import Gate


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "complete -o nosort -F _lbom_gate_completion lbom-gate"),
        ("zsh", "#compdef lbom-gate"),
        ("fish", "complete --no-files --command lbom-gate"),
    ],
)
def test_the_script_of_a_shell_is_printed(call: Gate, shell: str, line: str) -> None:
    result = call("completion", shell)

    assert result.returncode == 0
    assert line in result.stdout
    assert "_LBOM_GATE_COMPLETE" in result.stdout


def test_another_shell_is_refused(call: Gate) -> None:
    assert call("completion", "tcsh").returncode == 2


def test_what_the_script_asks_is_answered() -> None:
    environment = {
        **os.environ,
        "_LBOM_GATE_COMPLETE": "bash_complete",
        "COMP_WORDS": "lbom-gate explain-",
        "COMP_CWORD": "1",
    }
    program = "import sys; sys.argv[0] = 'lbom-gate'; from lbom_gate.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )

    assert result.stdout == "plain,explain-path\n"

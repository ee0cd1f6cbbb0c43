import subprocess
import sys


def test_the_room_is_entered_without_pydantic_or_yaml():
    program = (
        "import sys, lbom_gate.policies;"
        "print(sorted({'pydantic', 'yaml', 'difflib'} & sys.modules.keys()))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"

"""The command line: parse, call the pipeline, write, exit.

A command is one module of this folder with a click command named ``command``, and one line in
`_commands.COMMANDS`; a command's module is imported only when it runs, so that ``--help`` stays
instant. What is here runs before click is imported.
"""

import gc
import os
import sys
from collections.abc import Sequence

# Python looks for garbage in circles after every 700 objects; a run makes a thousand times as many
# and hardly any such garbage, and starts a tenth faster without looking.
_OBJECTS = 100_000


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, by default that of the process, and return its exit code."""
    from lbom_gate.cli import _commands

    return _commands.run(arguments)


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(_OBJECTS)
    if sys.argv[1:] == ["--version"] and sys.stdout is not None:
        # Programs ask for it before they do anything else; click takes longer to import.
        from lbom_gate.cli import _version

        sys.stdout.write(f"{_version.text()}\n")
        _leave(0)
    else:
        _leave(run())


def _leave(code: int) -> None:
    """Leave at once: to take everything apart first takes Python a fifth of a short run."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        sys.exit(code)  # whoever reads is gone, and Python knows how to say so
    os._exit(code)

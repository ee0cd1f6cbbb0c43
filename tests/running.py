"""What tests share: where things are, and what the gate as a user runs it looks like."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures" / "models"

Gate = Callable[..., "subprocess.CompletedProcess[str]"]

# What a job in a shell's background inherits is that it does not heed interrupts; a program under
# test heeds them, however the tests were started.
HEED_INTERRUPTS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"


def corpus_directory(name: str = "corpus") -> Path:
    """Return a folder of real files: beside the project, or where LBOM_GATE_CORPUS says."""
    stated = os.environ.get("LBOM_GATE_CORPUS")
    corpus = Path(stated) if stated else ROOT.parent / "shared" / "corpus"
    return corpus.parent / name if name != "corpus" else corpus

"""Measures whole processes: wall time, processor time, peak memory."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What a command cost, each the median of its runs."""

    wall: float  # seconds
    cpu: float  # seconds, user and system, children included
    code: int  # exit code of the last run


def cost(
    command: Sequence[object],
    *,
    runs: int = 5,
    surroundings: Mapping[str, str] | None = None,
    **options: object,
) -> Cost:
    """Run a command `runs` times, after one run that warms caches, and return what it cost.

    `surroundings` are variables of the environment, besides those of this process.
    """
    words, said = [str(word) for word in command], surroundings or {}
    samples = [_once(words, said, options) for _ in range(runs + 1)][1:]
    return Cost(
        wall=statistics.median(s.wall for s in samples),
        cpu=statistics.median(s.cpu for s in samples),
        code=samples[-1].code,
    )


def _once(command: list[str], surroundings: Mapping[str, str], options: dict[str, object]) -> Cost:
    # Compiled modules are kept: without them every start of Python pays for compiling again. And
    # this is no job of a CI, where the gate remembers nothing.
    left_out = {"PYTHONDONTWRITEBYTECODE", "CI", "LBOM_GATE_NO_CACHE"}
    environment = {k: v for k, v in os.environ.items() if k not in left_out}
    environment |= surroundings
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        **options,  # type: ignore[call-overload]
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(wall, usage.ru_utime + usage.ru_stime, process.returncode)


# A process starts with the peak of the one that started it. So a small one stands between this one,
# which has grown, and the one that is measured.
_BETWEEN = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak(*command: object, cwd: Path | None = None) -> float:
    """Return the MiB that a command has resident at most."""
    words = [sys.executable, "-S", "-c", _BETWEEN, *map(str, command)]
    said = subprocess.run(words, cwd=cwd, check=True, capture_output=True, text=True).stdout
    return int(said) / 1024

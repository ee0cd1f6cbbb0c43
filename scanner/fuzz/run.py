"""Runs fuzz targets, several at once, and prints what came of each as a table.

    python run.py [--executions N] [--jobs N] [--max-len BYTES] [TARGET ...]

All targets are run where none is named. The exit code is 1 where one found something: what it was
stands in `artifacts/`. The corpora in `corpus/` grow, and the next run begins with what they hold.
It needs a nightly toolchain and `cargo-fuzz`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGETS = sorted(path.stem for path in (HERE / "fuzz_targets").glob("*.rs"))

FUZZ = ("cargo", "+nightly", "fuzz")
# The core forbids `unsafe`: a sanitizer costs nine tenths of the speed and finds little.
BUILT = ("--fuzz-dir", ".", "--sanitizer", "none", "--no-trace-compares")

# What a run may take. A reader holds at most 64 MiB beside what the fuzzer keeps of its corpus.
MOST_MIB = 256
MOST_SECONDS = 5


def main() -> None:
    """Build the targets, run them, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--executions", type=int, default=10_000_000, help="of each target")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at once")
    parser.add_argument("--max-len", type=int, help="bytes of an input; twice the largest seed's")
    options = parser.parse_args()
    targets = options.targets or TARGETS
    unknown = sorted(set(targets) - set(TARGETS))
    if unknown:
        parser.error(f"no target is named {', '.join(unknown)}; there are {', '.join(TARGETS)}")

    prepare("cargo", "run", "--quiet", "--example", "seeds", "--no-default-features")
    for target in targets:
        prepare(*FUZZ, "build", *BUILT, target)

    print("| target | executions | in a second | peak memory | slowest input | found |")
    print("| --- | --- | --- | --- | --- | --- |")
    with ThreadPoolExecutor(options.jobs) as pool:
        runs = [
            pool.submit(run, each, options.executions, options.max_len or length(each))
            for each in targets
        ]
        is_clean = [each.result() for each in runs]
    sys.exit(not all(is_clean))


def length(target: str) -> int:
    """Return how many bytes the inputs of a target have at most: what a seed holds must fit."""
    seeds = (HERE / "corpus" / target).glob("seed-*")
    return max(512, 2 * max(seed.stat().st_size for seed in seeds))


def run(target: str, executions: int, most: int) -> bool:
    """Run one target, print its row, and return whether it found nothing."""
    log = HERE / "artifacts" / f"{target}.log"
    log.parent.mkdir(exist_ok=True)
    command = (
        *FUZZ, "run", *BUILT, target, "--", f"-dict=dictionaries/{target}.dict",
        f"-runs={executions}", f"-max_len={most}", f"-rss_limit_mb={MOST_MIB}",
        f"-timeout={MOST_SECONDS}", "-reload=0", "-print_final_stats=1",
    )  # fmt: skip
    with log.open("wb") as output:
        ended = subprocess.run(
            command, cwd=HERE, stdout=output, stderr=subprocess.STDOUT, check=False
        ).returncode
    said = dict(
        re.findall(r"^stat::(\w+):\s+(\d+)", log.read_text("utf-8", "replace"), re.MULTILINE)
    )
    columns = [
        target,
        f"{int(said.get('number_of_executed_units', 0)):,}",
        f"{int(said.get('average_exec_per_sec', 0)):,}",
        f"{said.get('peak_rss_mb', '?')} MiB",
        f"{said.get('slowest_unit_time_sec', '?')} s",
        "nothing" if ended == 0 else f"see {log.relative_to(HERE)}",
    ]
    print(f"| {' | '.join(columns)} |", flush=True)
    return ended == 0


def prepare(*command: str) -> None:
    """Run a command; where it fails, so does this program."""
    code = subprocess.run(command, cwd=HERE, check=False).returncode
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Compares lbom-gate with named peers on the same work in one run, and prints the tables.

    python benchmarks/run.py [--write] [--quick] [--peers DIRECTORY]

`--write` also writes docs/benchmarks.md. `--peers` names a virtual environment that holds
picklescan, aisbom-cli or modelaudit; what is not there is left out, and said. Times are medians;
only ratios within one run count, because machines differ and are noisy. A goal that is not met
stays in the table.
"""

import argparse
import inspect
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import measure
import policy as fleet
import work
from lbom_gate import sbom
from lbom_gate.model import Sbom

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "benchmarks"
READERS = ROOT / "benchmarks" / "readers"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
GATE = Path(sys.executable).with_name("lbom-gate")
ABOVE_START = 64  # MiB, goal 16


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    what: str
    who: str
    value: str
    ratio: str = ""
    goal: str = ""
    is_met: bool | None = None

    def markdown(self) -> str:
        """Return the row as Markdown."""
        met = {True: "met", False: "**not met**", None: ""}[self.is_met]
        return f"| {self.what} | {self.who} | {self.value} | {self.ratio} | {self.goal} | {met} |"


@dataclass(frozen=True)
class Run:
    """What the tables are made with."""

    is_quick: bool
    peers: Path | None

    @property
    def runs(self) -> int:
        """How often each command is run."""
        return 3 if self.is_quick else 7

    def cost(self, *command: object, **options: object) -> measure.Cost:
        """Return what a command costs."""
        return measure.cost(command, runs=self.runs, **options)

    def once(self, *command: object, **options: object) -> measure.Cost:
        """Return what a command costs that takes long: of two runs, the second."""
        return measure.cost(command, runs=1, **options)

    def peer(self, name: str) -> Path | None:
        """Return a peer's program, where it is installed."""
        program = self.peers / "bin" / name if self.peers else None
        return program if program and program.exists() else None


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds."""
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.2f} ms"


def startup(run: Run) -> Iterator[Row]:
    """Goal 10: the processor time of starting, and of a commit hook on one small model."""
    nothing = run.cost(sys.executable, "-c", "pass").cpu
    yield Row("start", "python -c pass", milliseconds(nothing))
    version = run.cost(GATE, "--version").cpu
    yield Row(
        "start", "lbom-gate --version", milliseconds(version), f"{version / nothing:.1f}",
        "<= 60 ms", version <= 0.060,
    )  # fmt: skip
    help_ = run.cost(GATE, "--help").cpu
    yield Row("start", "lbom-gate --help", milliseconds(help_), f"{help_ / nothing:.1f}")
    repository = work.one_model(CACHE)
    for what, goal, surroundings in (
        ("hook, another policy", 0.220, {"LBOM_GATE_NO_CACHE": "1"}),
        ("hook, one model", 0.100, {"XDG_CACHE_HOME": str(CACHE / "home")}),
    ):
        check = [GATE, "check", "--hook", "model.gguf"]
        hook = run.cost(*check, cwd=repository, surroundings=surroundings).cpu
        yield Row(
            what, "lbom-gate check --hook", milliseconds(hook), f"{hook / nothing:.1f}",
            f"<= {goal * 1000:.0f} ms", hook <= goal,
        )  # fmt: skip
    for name, arguments in {
        "picklescan": ["-p", repository / "model.gguf"],
        "aisbom": ["scan", repository, "--offline"],
        "modelaudit": ["scan", repository / "model.gguf"],
    }.items():
        program = run.peer(name)
        if program is None:
            yield Row("hook, one model", name, "not installed")
        else:
            # Some write what they found into the directory they run in.
            cost = run.cost(program, *arguments, cwd=CACHE).cpu
            yield Row("hook, one model", name, milliseconds(cost), f"{cost / hook:.1f} x ours")


def digests(run: Run) -> Iterator[Row]:
    """Many models, every byte digested; the start of Python counts, as nobody runs without it."""
    models = work.many_models(CACHE, 16 if run.is_quick else 64, 16 if run.is_quick else 32)
    files = sorted(models.iterdir())
    size = work.size_of(models) / 2**30
    openssl = shutil.which("openssl")
    base = run.cost(openssl, "dgst", "-sha256", *files).wall if openssl else None

    def row(who: str, wall: float, limit: float | None = None) -> Row:
        ratio = wall / base if base else None
        # In so short a run it is the start that counts most.
        limit = None if run.is_quick else limit
        return Row(
            f"digest {len(files)} models", who, f"{wall:.2f} s ({size / wall:.2f} GiB/s)",
            f"{ratio:.2f}" if ratio else "",
            f"<= {limit:.2f} of openssl" if limit else "",
            ratio <= limit if limit and ratio else None,
        )  # fmt: skip

    if base:
        yield row("openssl dgst, one after the other", base)
    yield row("sha256sum, one after the other", run.cost("sha256sum", *files).wall)
    program = (
        "import hashlib,sys\nfor p in sys.argv[1:]: hashlib.file_digest(open(p, 'rb'), 'sha256')"
    )
    if sys.version_info >= (3, 11):
        yield row(
            "Python hashlib.file_digest", run.cost(sys.executable, "-c", program, *files).wall
        )
    yield row("lbom-scan, without Python (headers, digests)", run.cost(_scanner(), models).wall)
    twice = work.under_two_names(models)
    yield row("lbom-scan, each under two names", run.cost(_scanner(), twice).wall)
    yield row("lbom-gate scan (headers, digests, SBOM)", run.cost(GATE, "scan", models).wall, 0.50)


def small_models(run: Run) -> Iterator[Row]:
    """Goal 4: 20,000 models of 4 KiB, whose bytes are the least that there is to do with them."""
    models = work.small_models(CACHE, 2_000 if run.is_quick else 20_000)
    what = f"{2_000 if run.is_quick else 20_000:,} models of 4 KiB"
    words = f"find {shlex.quote(str(models))} -type f -print0 | xargs -0 sha256sum"
    base = run.cost("sh", "-c", words).wall
    yield Row(what, "find | xargs sha256sum (digests)", milliseconds(base), "1.00")
    ours = run.cost(_scanner(), models).wall
    yield Row(
        what, "lbom-scan (headers, companions, digests)", milliseconds(ours), f"{ours / base:.2f}",
        "<= 0.20 of sha256sum", ours <= 0.20 * base,
    )  # fmt: skip
    gate = run.once(GATE, "scan", models).wall
    yield Row(
        what, "lbom-gate scan (all that and the SBOM)", milliseconds(gate), f"{gate / base:.2f}"
    )


def trees(run: Run) -> Iterator[Row]:
    """Goals 7 and 9: repositories, whole runs of each program.

    The first has 50 shards of safetensors, 40 GGUF with vocabularies and 10 files that are mostly
    holes. In the second every file is looked into, as no suffix is believed. Goal 8, headers
    alone, is not offered: nothing is said of a file that was not digested.
    """
    tree = work.model_tree(CACHE)
    files = sorted(path for path in tree.rglob("*.*") if path.is_file())
    peers: dict[str, tuple[Path | str | None, list[object], float | None]] = {
        "openssl dgst, one after the other": (
            shutil.which("openssl"), ["dgst", "-sha256", *files], 0.50,
        ),
        "aisbom (no digests)": (run.peer("aisbom"), ["scan", tree, "--offline"], None),
        "syft": (shutil.which("syft"), [tree], 0.40),
        "picklescan (reads none of them)": (run.peer("picklescan"), ["-p", tree], None),
        "modelaudit": (run.peer("modelaudit"), ["scan", tree], 0.06),
    }  # fmt: skip
    yield from _against("tree of 100 models", run.cost(GATE, "scan", tree).wall, peers, run)
    count = 5_000 if run.is_quick else 50_000
    source = work.source_tree(CACHE, count)
    peers = {
        "aisbom": (run.peer("aisbom"), ["scan", source, "--offline"], 0.10),
        "syft": (shutil.which("syft"), [source], 0.08),
    }
    ours = run.cost(GATE, "check", cwd=source).wall
    yield from _against(f"source tree of {count:,} files, 5 models", ours, peers, run)


def _against(
    what: str,
    ours: float,
    peers: dict[str, tuple[Path | str | None, list[object], float | None]],
    run: Run,
) -> Iterator[Row]:
    """Yield what we take, and what part of each peer's time that is."""
    yield Row(what, "lbom-gate", milliseconds(ours))
    for who, (program, arguments, limit) in peers.items():
        if program is None:
            yield Row(what, who, "not installed")
            continue
        # Some write what they found into the directory they run in, and some take a minute.
        theirs = run.once(program, *arguments, cwd=CACHE).wall
        yield Row(
            what, who, milliseconds(theirs), f"ours is {ours / theirs:.2f}",
            f"<= {limit:.2f}" if limit else "", ours <= limit * theirs if limit else None,
        )  # fmt: skip


def headers(_: Run) -> Iterator[Row]:
    """Goals 5 and 6: reading a large header in process, everything checked; who else reads it."""
    gguf_file = work.big_gguf_header(CACHE)
    yield from _readers(
        "GGUF header, 1,000 tensors and 150,000 tokens",
        gguf_file,
        {
            "gguf-py GGUFReader": (_python("import gguf; gguf.GGUFReader(p)"), 3000),
            "candle": (_candle(), 30),
            "gguf-parser-go, large metadata skipped": (_gguf_parser_go(), 5),
        },
    )
    yield from _readers(
        "safetensors header, 10,000 tensors",
        work.big_safetensors_header(CACHE),
        {
            "safetensors safe_open": (
                _python("import safetensors; safetensors.safe_open(p, 'np').keys()"),
                3,
            ),
            "Python json": (
                _python(
                    "import json; f = open(p, 'rb');"
                    " json.loads(f.read(int.from_bytes(f.read(8), 'little')))"
                ),
                None,
            ),
        },
    )


# A program and its arguments, to which the file is added; None: it cannot be had here.
Reader = Sequence[str | Path] | None


def _readers(what: str, path: Path, peers: dict[str, tuple[Reader, float | None]]) -> Iterator[Row]:
    """Yield what each reader of one header takes, and how much faster ours is."""
    programs: dict[str, Reader] = {who: command for who, (command, _) in peers.items()}
    programs["the least"] = [_example("minimal-header")]
    programs["ours"] = [_example("read-header")]
    costs = _in_turns({who: [*c, path] for who, c in programs.items() if c is not None})
    ours, least = costs["ours"], costs["the least"]
    yield Row(what, "the least that must be done", milliseconds(least))
    yield Row(
        what, "lbom-scanner, everything checked", milliseconds(ours),
        f"{ours / least:.2f} x the least", "<= 2 x the least", ours <= 2 * least,
    )  # fmt: skip
    for who, (_, goal) in peers.items():
        if who not in costs:
            yield Row(what, who, "not installed")
            continue
        theirs = costs[who]
        yield Row(
            what, who, milliseconds(theirs), f"{theirs / ours:,.1f} x ours",
            f">= {goal:,} x ours" if goal else "", theirs / ours >= goal if goal else None,
        )  # fmt: skip
    empty = measure.peak(GATE, "--version")
    peak = measure.peak(_example("read-header"), path)
    yield Row(what, "lbom-scanner, peak memory", f"{peak:.0f} MiB (Python alone: {empty:.0f})")


def _scanner() -> Path:
    """Return the scanner's own program, built."""
    build = ["cargo", "build", "--release", "--locked", "-q", "-p", "lbom-scanner", "--bins"]
    subprocess.run(build, cwd=ROOT, check=True)
    return TARGET / "release" / "lbom-scan"


def _example(name: str) -> Path:
    """Return one of the scanner's example programs, built."""
    build = ["cargo", "build", "--release", "--locked", "-q", "-p", "lbom-scanner", "--example"]
    subprocess.run([*build, name], cwd=ROOT, check=True)
    return TARGET / "release" / "examples" / name


def _python(program: str) -> Reader:
    return [sys.executable, "-c", _TIMED.format(program=program)]


def _candle() -> Reader:
    """Return the program that reads with candle, built where crates can be had."""
    target = CACHE / "candle"
    build = ["cargo", "build", "--release", "--locked", "-q", "--target-dir", target]
    built = subprocess.run(build, cwd=READERS / "candle", check=False)
    return None if built.returncode else [target / "release" / "candle-header"]


def _gguf_parser_go() -> Reader:
    """Return the program that reads with gguf-parser-go, built where Go can be had."""
    if (go := shutil.which("go")) is None:
        return None
    program = CACHE / "gguf-parser-go"
    built = subprocess.run(
        [go, "build", "-o", program, "."], cwd=READERS / "gguf-parser-go", check=False
    )
    return None if built.returncode else [program]


_TIMED = """
import sys, time
p = sys.argv[1]
import gguf, safetensors
samples = []
for _ in range(3):
    start = time.perf_counter()
    {program}
    samples.append(time.perf_counter() - start)
print(min(samples))
"""


def _in_turns(commands: dict[str, Sequence[str | Path]]) -> dict[str, float]:
    """Return the median of the seconds that each program prints, one after the other in turns.

    What else the machine does for a while meets all of them.
    """
    turns = [{who: _in_process(each) for who, each in commands.items()} for _ in range(3)]
    return {who: statistics.median(turn[who] for turn in turns) for who in commands}


def _in_process(command: Sequence[str | Path]) -> float:
    """Return the seconds that a program prints."""
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def bills(run: Run) -> Iterator[Row]:
    """Goal 15: writing and reading the bill of materials of models that are in memory."""
    for count in (1_000, 2_000 if run.is_quick else 10_000):
        bill = Sbom(fleet.models(count))
        writing, document = fleet.timed(lambda bill=bill: sbom.write(bill))
        reading, _ = fleet.timed(lambda document=document: sbom.read(document, "bom.cdx.json"))
        size = f"{len(document) / 2**20:.0f} MiB"
        what = f"bill of {count:,} models, {size}"
        for who, seconds, goal in (("write", writing, 0.5), ("read", reading, 1.0)):
            each, limit = f"{1e6 * seconds / count:.0f} µs each", goal * count / 10_000
            yield Row(
                what, f"lbom-gate, {who}", f"{seconds:.2f} s", each,
                f"<= {limit:.2f} s", seconds <= limit,
            )  # fmt: skip


def memory(_: Run) -> Iterator[Row]:
    """Goal 16: peak memory above an empty run, whatever the header says."""
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / ".git").mkdir()
        empty = measure.peak(GATE, "scan", cwd=Path(directory))
    yield Row("peak memory", "lbom-gate scan, nothing there", f"{empty:.0f} MiB")
    for what, path in {
        "GGUF, 7 MB of header": work.big_gguf_header(CACHE),
        "safetensors, 10,000 tensors": work.big_safetensors_header(CACHE),
        "GGUF, 262,144 tensors, the most that are read": work.most_gguf_tensors(CACHE),
        "safetensors, 262,144 tensors, the most that are read": work.most_safetensors_tensors(
            CACHE
        ),
    }.items():
        peak = measure.peak(GATE, "scan", path)  # the hole of several GiB is digested too
        yield Row(
            "peak memory", what, f"{peak:.0f} MiB", f"+{peak - empty:.0f} MiB",
            f"<= +{ABOVE_START} MiB", peak - empty <= ABOVE_START,
        )  # fmt: skip


def footprint(_: Run) -> Iterator[Row]:
    """What an installation takes: packages and bytes."""
    with tempfile.TemporaryDirectory() as directory:
        environment = Path(directory)
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        python = environment / "bin" / "python"
        before = work.size_of(environment)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ROOT]
        subprocess.run(install, check=True)
        listed = subprocess.run(
            [python, "-m", "pip", "list", "--format=freeze"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        packages = [
            line for line in listed.splitlines() if not line.startswith(("pip=", "setuptools="))
        ]
        added = (work.size_of(environment) - before) / 2**20
    taken = f"{added:.0f} MiB, {len(packages)} packages"
    yield Row("installed", "all", taken, goal="<= 25 MiB", is_met=added <= 25)
    yield Row("installed", "the packages", ", ".join(sorted(p.partition("=")[0] for p in packages)))


TABLES: dict[str, Callable[[Run], Iterator[Row]]] = {
    "Start-up (processor time)": startup,
    "Digests (wall time)": digests,
    "Small models (wall time)": small_models,
    "Repositories (wall time)": trees,
    "Headers (in process)": headers,
    "Bills of materials (processor time, in process)": bills,
    "Memory": memory,
    "Footprint": footprint,
}


# `valgrind --tool=callgrind` on the two readers in scanner/core/examples showed it: instructions
# repeat where times do not.
NOTES = """\
## What was tried

- Walking a vocabulary's texts within the window that was read, instead of asking the reader for
  each, and a buffer that is not set to zero again for every window: most of the GGUF header's time.
- Holding tensors only against those layouts whose types and ends of names the model has, and
  looking only for those parts of names whose letters are there: most of the safetensors header's.
- Batches of files that fill every thread's lanes equally often: for few large models.
- Reading the safetensors header in the form in which the reference writer writes it without a
  general JSON parser, which still reads every other: most of what was left.
"""


def page(run: Run) -> str:
    """Return all tables as a page."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `python benchmarks/run.py --write`. Medians on a shared machine: only ratios",
        "within this run count. The goals are our own; one that is not met stays in the table.",
        "",
        f"{_processor()}, Python {platform.python_version()}",
    ]
    for title, table in TABLES.items():
        lines += ["", f"## {title}", "", inspect.getdoc(table) or "", ""]
        lines += ["| work | who | cost | ratio | goal | |", "| --- | --- | --- | --- | --- | --- |"]
        for row in table(run):
            print(row.markdown(), flush=True)
            lines.append(row.markdown())
    return "\n".join([*lines, "", NOTES])


def _processor() -> str:
    """Return the processor's cores and the instructions that matter to digests."""
    try:
        flags = set(Path("/proc/cpuinfo").read_text("utf-8").split())
    except OSError:
        return platform.processor()
    known = [name for name in ("sha_ni", "avx2", "avx512f") if name in flags]
    return (
        f"{os.cpu_count()} cores, {platform.machine()} with {', '.join(known) or 'no extensions'}"
    )


def main() -> None:
    """Run the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--quick", action="store_true", help="less work, fewer runs")
    parser.add_argument("--peers", type=Path, help="a virtual environment that holds the peers")
    options = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    text = page(Run(options.quick, options.peers))
    if options.write:
        (ROOT / "docs" / "benchmarks.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()

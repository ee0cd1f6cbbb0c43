#!/usr/bin/env python3
"""Does everything a developer needs, with nothing but Python 3.10 or later to start from.

    python3 dev.py demo      install the gate and let it judge a small repository of real models
    python3 dev.py test      run everything that CI runs
    python3 dev.py generate  write again what is generated (fixtures, stubs, schema, pages)

Everything is installed into `.venv` of this folder. Where there is no Rust toolchain, the build
backend fetches one for `demo`; `test` checks the Rust code too and asks for a toolchain.
"""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
DEMO = ROOT / "build" / "demo"


def run(*command: object, cwd: Path = ROOT, expect: int = 0) -> None:
    """Run a command and leave with its exit code where that is not the expected one."""
    words = [str(word) for word in command]
    print(f"\n$ {' '.join(words)}", flush=True)
    # What is installed here comes first, and compiled modules are kept: without them every start
    # of Python pays for compiling again.
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    code = subprocess.run(words, cwd=cwd, env=environment, check=False).returncode
    if code != expect:
        sys.exit(f"dev.py: {words[0]} ended with {code}, expected {expect}")


def install(*groups: str) -> None:
    """Install the gate and the named dependency groups into `.venv`."""
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    # Dependency groups need pip 25.1 (PEP 735).
    run(PYTHON, "-m", "pip", "install", "--quiet", "--upgrade", "pip>=25.1")
    wanted = [word for group in groups for word in ("--group", group)]
    print("\nThe first build compiles the scanner, which takes some minutes.", flush=True)
    run(PYTHON, "-m", "pip", "install", "--quiet", ROOT, *wanted)


def demo() -> None:
    """Install the gate and judge a small repository written by the reference writers."""
    install("demo")
    shutil.rmtree(DEMO, ignore_errors=True)
    run(PYTHON, "tests/make_fixtures.py", "demo", DEMO)
    print(
        f"\nIn {DEMO.relative_to(ROOT)}: models written by the packages `gguf` and `safetensors`."
    )
    print("Expected: two models pass, one breaks the policy, one cannot be examined; exit code 1.")
    # A repository of its own, so that the run stops at its root.
    (DEMO / ".git").mkdir()
    run(BIN / "lbom-gate", "check", cwd=DEMO, expect=1)


def generate() -> None:
    """Write again everything that is generated from something else."""
    run(PYTHON, "tests/make_fixtures.py", "fixtures")
    run(PYTHON, "tests/generate.py")


def check_generated() -> None:
    """Fail where a generated file is not what its source says."""
    run(PYTHON, "tests/generate.py", "--check")


def check_rust() -> None:
    """Check the crates: format, lints, tests."""
    run("cargo", "fmt", "--all", "--check")
    run("cargo", "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings")
    run("cargo", "test", "--workspace", "--locked", "--exclude", "lbom-gate-scanner")
    # The fuzz targets are a workspace of their own; without libFuzzer any compiler builds them.
    fuzz = ("--manifest-path", "scanner/fuzz/Cargo.toml")
    run("cargo", "fmt", *fuzz, "--check")
    run(
        "cargo", "clippy", *fuzz, "--bins", "--examples", "--no-default-features", "--locked",
        "--", "-D", "warnings",
    )  # fmt: skip
    # The core stands alone: it builds without Python.
    run("cargo", "build", "--locked", "--package", "lbom-scanner", "--bin", "lbom-scan")


def check_python() -> None:
    """Check the package: format, lints, types, tests."""
    run(BIN / "ruff", "format", "--check")
    run(BIN / "ruff", "check")
    run(BIN / "mypy")
    run(PYTHON, "-m", "pytest")


def test() -> None:
    """Run everything that CI runs."""
    if shutil.which("cargo") is None:
        sys.exit("dev.py: the tests need a Rust toolchain; see rustup.rs")
    install("test")
    check_rust()
    check_generated()
    check_python()


COMMANDS: dict[str, Callable[[], None]] = {"demo": demo, "test": test, "generate": generate}


def main(arguments: Sequence[str]) -> None:
    """Run the command that is named."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[arguments[0]]()


if __name__ == "__main__":
    main(sys.argv[1:])

"""Starting is instant, and nothing ever talks to a network."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lbom_gate import _scanner
from lbom_gate.cli._commands import COMMANDS
from running import FIXTURES, Gate

IMPORTS = """
import sys
from lbom_gate.cli import run
code = run(sys.argv[1:])
imported = {name.partition(".")[0] for name in sys.modules}
print(code, sorted(imported & {"cyclonedx", "pydantic", "rich", "yaml"}), file=sys.stderr)
"""

# Python reports each use of a socket to its audit hooks (PEP 578).
SOCKETS = """
import sys
used = []
sys.addaudithook(lambda event, _: used.append(event) if event.startswith("socket.") else None)
from lbom_gate.cli import run
code = run(sys.argv[1:])
print(code, used, file=sys.stderr)
"""


def run(code: str, *arguments: str, cwd: Path) -> str:
    """Run Python code with arguments and return its last line on the standard error."""
    words = [sys.executable, "-c", code, *arguments]
    result = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=True, timeout=60)
    return result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("explain", "unlisted-quantization"),
        ("explain", "--all"),
        ("rules",),
        *((command, "--help") for command in COMMANDS),
    ],
    ids=" ".join,
)
def test_what_needs_no_model_imports_nothing_heavy(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    assert run(IMPORTS, *arguments, cwd=tmp_path) == "0 []"


def test_the_measure_of_imports_sees_what_check_imports(repository: Path) -> None:
    assert run(IMPORTS, "check", cwd=repository) != "0 []"


def test_a_commit_hook_imports_nothing_heavy_once_it_knows_the_policy(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LBOM_GATE_NO_CACHE", "CI"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path_factory.mktemp("home")))
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", repository)
    policy = repository / "lbom-gate.yaml"
    policy.write_text("version: 1\nextends: [builtin:recommended]\n")
    arguments = ("check", "--hook", "llama-Q8_0.gguf")

    first = run(IMPORTS, *arguments, cwd=repository)
    assert run(IMPORTS, *arguments, cwd=repository) == "0 []"
    policy.write_text("version: 1\nextends: [builtin:recommended]\nrules: {file: warning}\n")
    assert run(IMPORTS, *arguments, cwd=repository) == first == "0 ['pydantic', 'yaml']"


def test_a_whole_run_opens_no_socket(repository: Path) -> None:
    shutil.copytree(FIXTURES, repository / "models")
    (repository / "lbom-gate.yaml").write_text(
        "version: 1\nextends: [builtin:strict]\negress:\n  allow: [huggingface.co]\n"
    )
    arguments = ("check", "--sbom", "bom.json", "--output", "sarif=a.sarif", "--format", "json")

    assert run(SOCKETS, *arguments, cwd=repository) == "1 []"
    assert run(SOCKETS, "scan", "-o", "bom.json", cwd=repository) == "0 []"
    assert run(SOCKETS, "check", "--from-sbom", "bom.json", cwd=repository) == "1 []"


def test_the_measure_of_sockets_sees_one(tmp_path: Path) -> None:
    code = SOCKETS.replace(
        "code = run(sys.argv[1:])", "import socket; code = socket.socket().close()"
    )

    assert "socket.__new__" in run(code, cwd=tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the symbols of an ELF file")
def test_the_scanner_is_not_even_linked_to_the_network() -> None:
    library = Path(_scanner.__file__).read_bytes()

    assert b"\0read\0" in library or b"\0pread64\0" in library
    assert not [
        name for name in (b"connect", b"getaddrinfo", b"sendto") if b"\0%b\0" % name in library
    ]


def test_the_version_names_the_scanner(call: Gate) -> None:
    result = call("--version")

    assert result.returncode == 0
    assert result.stdout == f"lbom-gate 0.1.0 (scanner {_scanner.version()})\n"


def test_the_version_is_told_without_the_command_line(call: Gate, tmp_path: Path) -> None:
    words = [sys.executable, "-X", "importtime", "-m", "lbom_gate", "--version"]
    alone = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert alone.stdout == call("--debug", "--version").stdout == call("--version").stdout
    assert "lbom_gate._scanner" in alone.stderr
    assert not [line for line in alone.stderr.splitlines() if line.endswith(("click", " re"))]

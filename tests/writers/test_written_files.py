"""Files that the libraries themselves write are read without a finding, and with their own facts.

The libraries are no dependencies of the gate and its checks: `LBOM_GATE_WRITERS` names a Python
that has them. What it has not is skipped, aloud.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import records

HERE = Path(__file__).parent
WRITERS = {
    "torch_files.py": ("torch",),
    "numpy_files.py": ("joblib", "ml_dtypes"),
    "keras_files.py": ("keras", "tensorflow"),
}


def missing(python: str, modules: tuple[str, ...]) -> list[str]:
    """Return the modules that a Python has not; importing some takes many seconds."""
    find = (
        "import sys, importlib.util as u; print(*[m for m in sys.argv[1:] if not u.find_spec(m)])"
    )
    ended = subprocess.run(
        [python, "-c", find, *modules], capture_output=True, text=True, check=True
    )
    return ended.stdout.split()


def histogram(path: Path) -> dict[str, tuple[int, int]]:
    """Return the tensors and elements of each type, as the scanner counts them."""
    rows = records.histogram(records.fingerprint(path))
    return {name: (tensors, elements) for name, (tensors, elements, _) in rows.items()}


@pytest.mark.parametrize("writer", sorted(WRITERS))
def test_what_a_library_writes_is_read_as_it_says(writer: str, tmp_path: Path) -> None:
    python = os.environ.get("LBOM_GATE_WRITERS", sys.executable)
    if absent := missing(python, WRITERS[writer]):
        pytest.skip(f"{python} has no {' and no '.join(absent)} (LBOM_GATE_WRITERS names another)")
    subprocess.run([python, HERE / writer, tmp_path], capture_output=True, check=True)
    text = (tmp_path / "expectations.json").read_text(encoding="utf-8")
    expected = {
        name: {each: tuple(counts) for each, counts in types.items()}
        for name, types in json.loads(text).items()
    }

    assert {name: histogram(tmp_path / name) for name in expected} == expected
    for name in expected:
        record = records.fingerprint(tmp_path / name)
        assert records.problems(record) == set(), name
        assert [each.name for each in record.facts.imports if not each.is_known] == [], name
        assert record.name_agrees is not False, name

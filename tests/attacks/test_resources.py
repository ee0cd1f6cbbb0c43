"""Small files that cost their readers hours or gigabytes: one budget ends each of them, aloud.

What a budget allows takes seconds, also where the scanner is not optimised; without it each of
these takes a hundred times more.
"""

import gzip
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import raw
from graphs import attribute, flex, tflite_model
from pickles import npy
from running import Gate
from zips import DEFLATED, Member, archive

SECONDS = 60
KIBIBYTES = 64 * 1024

# How much more a check takes at its highest than a process that only has imported what checks need.
MEASURE = """
import os, sys
from lbom_gate import _scanner

def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

before = peak()
(record,) = _scanner.scan(sys.argv[1:], root=os.path.dirname(sys.argv[1]), jobs=1)
print(peak() - before, *(anomaly.kind for anomaly in record.facts.anomalies))
"""

DICTIONARIES = b"\x80\x04" + b"}0" * 200_000 + b"N."


def shared(name: str, content: bytes, method: int = 0, count: int = 5000) -> bytes:
    """Return a zip whose directory leads to one member again and again."""
    members = [Member(name.format(number), content, method) for number in range(count)]
    return archive(members, is_shared=True)


def bombs(name: str, content: bytes) -> bytes:
    """Return a zip of a hundred members that grow a thousandfold."""
    return archive([Member(name.format(number), content, DEFLATED) for number in range(100)])


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "5,000 pickles in the same bytes": ("a.zip", lambda: shared("{:05}.pkl", DICTIONARIES)),
    "5,000 pickles of a checkpoint in the same bytes": ("a.pt", lambda: shared("{:05}.pkl", DICTIONARIES)),
    "100 compressed arrays of a pickle": ("a.npz", lambda: bombs("{:05}.npy", npy(DICTIONARIES * 10))),
    "100 compressed pickles of a checkpoint": ("a.pt", lambda: bombs("a/{:05}.pkl", DICTIONARIES * 10)),
    "5,000 compressed texts of a Keras archive in the same bytes": ("a.keras", lambda: shared("{:05}.txt", b"a" * 9_000_000, DEFLATED)),
    "200,000 empty files of gzip": ("a.pkl", lambda: gzip.compress(b"") * 200_000),
    "a million dictionaries on the stack": ("a.pkl", lambda: b"\x80\x04(" + b"}" * 1_000_000 + b"t."),
    "700,000 words in the memo": ("a.pkl", lambda: b"\x80\x04" + b"\x8c\x05numpy\x940" * 700_000 + b"N."),
    "65,000 operators of TFLite with the same options": ("a.tflite", lambda: flex("Erf", "Erf", attribute("a", b"") * 5000, 65_000)),
    "200,000 operators of TFLite with the same inputs": ("a.tflite", lambda: tflite_model("", b"", 200_000, 65_000)),
}  # fmt: skip

# These need no more than is allowed, so that nothing is left unsaid.
WITHIN_LIMITS = {
    "700,000 words in the memo",
    "65,000 operators of TFLite with the same options",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_small_file_costs_is_bounded(name: str, tmp_path: Path) -> None:
    file_name, content = HOSTILE[name]
    path = tmp_path / file_name
    path.write_bytes(content())
    words = [sys.executable, "-c", MEASURE, str(path)]
    result = subprocess.run(
        words, capture_output=True, text=True, check=True, preexec_fn=limit_time
    )
    kibibytes, *kinds = result.stdout.split()

    assert int(kibibytes) < KIBIBYTES
    assert name in WITHIN_LIMITS or any(kind.startswith("limit-") for kind in kinds)


def limit_time() -> None:
    """End a process that computes for longer."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def test_a_companion_of_a_crowd_is_not_read_again_and_again(call: Gate, repository: Path) -> None:
    (repository / "tokenizer_config.json").write_text(" " * (4 << 20))
    for number in range(100):
        (repository / f"{number}.safetensors").write_bytes(raw.safetensors("{}"))
    result = call("check", "--format", "json")
    report = json.loads(result.stdout)
    errors = [f for f in report["findings"] if f["level"] == "error"]

    assert result.returncode == 1
    assert {f["rule"] for f in errors} == {"not-examined"}
    assert len(errors) == 100

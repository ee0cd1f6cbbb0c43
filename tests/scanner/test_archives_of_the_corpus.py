"""Archives, GGML files and odd ones among real files: what is said of each, and of no other."""

import json
from collections import defaultdict
from pathlib import Path
from typing import TypedDict

import pytest

from lbom_gate import _scanner

# Rules that speak of archives, of names and of stores. No real file but these gives them a reason.
RULES = {"archive-trick", "deceptive-name", "digest-mismatch"}
TRICKS = {
    "picklescan/data/malicious1_0x20.zip": {"unusual-flags"},
    "picklescan/data2/malicious1_crc.zip": {"crc-mismatch"},
}

# What nobody can look into without a password, or at all.
CLOSED = {
    "modelscan/password_protected.zip": {"encrypted-member"},
    "picklescan/data/benign_password_protected.zip": {"encrypted-member"},
    "picklescan/data/malicious1.7z": {"opaque-archive"},
}

# Imports of pickles in archives, whatever their members and the archive are called.
IMPORTS = {
    "picklescan/data/malicious1_0x20.zip": "builtins.eval",
    "picklescan/data/malicious1_wrong_ext.zip": "builtins.eval",
    "picklescan/data2/malicious1_crc.zip": "builtins.eval",
}
ARCHIVES = {"zip", "tar", "gzip", "zlib", "bzip2", "xz", "lzma", "zstd", "lz4", "7z", "rar"}

# Numbers at the start of the files of whisper.cpp: vocabulary, hidden size, and ftype by place.
FILE_TYPE = {"whisper": 10, "parakeet": 6}


class Facts(TypedDict, total=False):
    """What an independent reader says of a file."""

    magic: str
    next_i32: list[int]


class Entry(TypedDict):
    """A file of the corpus."""

    path: str
    facts: Facts


@pytest.fixture(scope="module")
def entries(corpus: Path) -> list[Entry]:
    found: list[Entry] = json.loads((corpus / "MANIFEST.json").read_text("utf-8"))["files"]
    return found


@pytest.fixture(scope="module")
def scanned(corpus: Path, entries: list[Entry]) -> dict[str, "_scanner.Fingerprint"]:
    """Return the record of every file of the corpus, by its path in it."""
    paths = [str(corpus / entry["path"]) for entry in entries]
    found = _scanner.scan(paths, root=str(corpus))
    records = [record for record in found if isinstance(record, _scanner.Fingerprint)]
    return {e["path"]: r for e, r in zip(entries, records, strict=True)}


def test_tricks_are_told_where_they_are_and_nowhere_else(
    scanned: dict[str, "_scanner.Fingerprint"],
) -> None:
    told = defaultdict(set)
    for path, record in scanned.items():
        for anomaly in record.facts.anomalies:
            if anomaly.rule in RULES:
                told[path].add(anomaly.kind)

    assert dict(told) == TRICKS
    assert len(scanned) == 562


def test_archives_are_looked_into_or_said_to_be_closed(
    scanned: dict[str, "_scanner.Fingerprint"],
) -> None:
    archives = {p: record for p, record in scanned.items() if record.format in ARCHIVES}
    closed = {
        path: {anomaly.kind for anomaly in record.facts.anomalies}
        for path, record in archives.items()
        if any(anomaly.rule == "not-examined" for anomaly in record.facts.anomalies)
    }

    assert closed == CLOSED
    assert {path: archives[path].facts.imports[0].name for path in IMPORTS} == IMPORTS
    # 6 zips, a 7z, and 22 compressed pickles of joblib.
    assert len(archives) == 29


def test_ggml_files_say_what_they_are(
    entries: list[Entry], scanned: dict[str, "_scanner.Fingerprint"]
) -> None:
    found = {e["path"]: e["facts"]["next_i32"] for e in entries if "next_i32" in e["facts"]}
    for path, numbers in found.items():
        record = scanned[path]
        sizes = dict(record.facts.hyperparameters)
        program = record.facts.architecture
        assert program is not None

        assert record.facts.anomalies == ()
        assert (record.format, record.format_version) == ("ggml", "ggml")
        assert (sizes["vocab_size"], sizes["hidden_size"]) == (numbers[0], numbers[2])
        claims = [claim.value for claim in record.facts.quantization.claims]
        assert claims == [["F32", "F16"][numbers[FILE_TYPE[program]]]]
    assert len(found) == 5

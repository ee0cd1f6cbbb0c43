"""What the scanner says of bytes, in a form that a test can write out."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from lbom_gate import _scanner


def scan_one(path: Path) -> "_scanner.Fingerprint | _scanner.NotExamined":
    """Return the record of one file."""
    (record,) = _scanner.scan([os.fspath(path)], root=os.fspath(path.parent), jobs=1)
    return record


def fingerprint(path: Path) -> "_scanner.Fingerprint":
    """Return the record of a file that can be read."""
    record = scan_one(path)
    assert isinstance(record, _scanner.Fingerprint), record
    return record


def fingerprint_of(data: bytes, suffix: str) -> "_scanner.Fingerprint":
    """Return the record of these bytes in a file of that suffix."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"model{suffix}"
        path.write_bytes(data)
        return fingerprint(path)


def problems(record: "_scanner.Fingerprint") -> set[str]:
    """Return what a rule would report: each kind of anomaly once, as "rule: kind"."""
    if record.format is None and not record.facts.anomalies:
        return {"unknown-format"}
    return {f"{anomaly.rule}: {anomaly.kind}" for anomaly in record.facts.anomalies}


def is_clean(record: "_scanner.Fingerprint", format_name: str) -> bool:
    """Return whether the file is of the format and nothing at all is wrong with it."""
    return record.format == format_name and not record.facts.anomalies


def histogram(record: "_scanner.Fingerprint") -> dict[str, tuple[int, int, int]]:
    """Return tensors, parameters and bytes by tensor type."""
    rows = record.facts.quantization.tensor_types
    return {row.name: (row.tensors, row.parameters, row.bytes) for row in rows}


def total(tensors: Iterable[tuple[str, int, int]]) -> dict[str, tuple[int, int, int]]:
    """Return the histogram of tensors given as type, elements and bytes."""
    counted: dict[str, tuple[int, int, int]] = {}
    for name, elements, size in tensors:
        before = counted.get(name, (0, 0, 0))
        counted[name] = (before[0] + 1, before[1] + elements, before[2] + size)
    return counted

"""The lock as the rules see it; anything but a lock of version 1 is refused at its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from lbom_gate import documents
from lbom_gate.documents import ReadFile
from lbom_gate.locks.frame import frame
from lbom_gate.locks.layout import FOOTER, HEADER, VERSION
from lbom_gate.locks.line import Line
from lbom_gate.model import Pins, path_text
from lbom_gate.strict_json import found, quote

# An entry takes 0.5 to 2 KB: this is the lock of 30,000 models at the least.
MAX_BYTES = 2**26
_VERSION_LINE = re.compile(r'\s*"version"\s*:\s*(.*?),?\s*')
_CONFLICT = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")


def load(file: Path, *, start: Path, read_file: ReadFile = documents.read) -> Pins:
    """The pins, by path relative to `start`; none where there is no lock.

    `read_file` reads from elsewhere than the disk. Raises LockError; so does looking up a pin whose
    facts are malformed.
    """
    where = frame(lock_directory=file.parent, start=start)
    place = where.from_lock(path_text(file.name))
    data = _read(file, place, read_file)
    if data is None:
        return Pins(path=place, exists=False, by_path={})
    from lbom_gate.locks import entries

    lines = _entry_lines(_lines(data, place))
    return Pins(path=place, exists=True, by_path=entries.read(lines, where))


def _read(file: Path, place: str, read_file: ReadFile) -> bytes | None:
    whole = Line(place, 1, "")
    try:
        data = read_file(file, MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise whole.refuse(problem=f"cannot be read: {error.strerror}", advice="") from error
    if len(data) > MAX_BYTES:
        problem = f"the lock has more than {MAX_BYTES} bytes"
        raise whole.refuse(problem=problem, advice="")
    return data


def _lines(data: bytes, place: str) -> list[Line]:
    try:
        texts = data.decode("utf-8").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        line = Line(place, data.count(b"\n", 0, error.start) + 1, "")
        problem = f"byte {error.start} is no UTF-8; allowed: UTF-8"
        raise line.refuse(problem=problem) from error
    if "\r" in texts[0]:
        texts = [text.rstrip("\r") for text in texts]
    lines = [Line(place, number, text) for number, text in enumerate(texts, 1)]
    for line in lines:
        if line.text.startswith(_CONFLICT):
            advice = "keep one line for each path, then run `lbom-gate lock`"
            raise line.refuse(problem="found the marker of a merge conflict", advice=advice)
    return lines


def _entry_lines(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines between header and footer, which stand as `layout` has them."""
    _refuse_other_version(lines)
    start, end = len(HEADER), len(lines) - len(FOOTER)
    for line, expected in zip(lines, HEADER, strict=False):
        if line.text != expected:
            raise line.refuse(problem=found(line.text, expected))
    if end < start or tuple(line.text for line in lines[end:]) != FOOTER:
        problem = found(lines[-1].text, f"{' and '.join(FOOTER)}, each on a line of its own")
        raise lines[-1].refuse(problem=f"at the end {problem}")
    return lines[start:end]


def _refuse_other_version(lines: Sequence[Line]) -> None:
    stated = (_VERSION_LINE.fullmatch(line.text) for line in lines[1:2])
    for version in filter(None, stated):
        if version[1] != str(VERSION):
            problem = f"version {quote(version[1])}; allowed: {VERSION}"
            raise lines[1].refuse(problem=problem, advice="a newer lbom-gate may have written it")

"""What every kind of import shares: what it states, and how it reads."""

from __future__ import annotations

import re
import stat
from pathlib import Path, PurePosixPath

from lbom_gate.dataclass import dataclass
from lbom_gate.model import Digest
from lbom_gate.strict_json import StrictJsonError, parse

# A manifest or a list of 100,000 files stays below it.
MAX_BYTES = 16 * 2**20
# Entries of one store: a store of more is not one that a person has looked at.
MAX_ENTRIES = 100_000
COMMIT = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")


class ImportRefused(Exception):
    """A list, store or bundle that cannot be imported, and why."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said of one file."""

    path: Path
    digest: Digest  # "claimed"
    size: int | None = None  # bytes
    source: str | None = None
    revision: str | None = None


def sha256(value: str) -> Digest:
    """The digest as it is claimed."""
    return Digest("sha256", value, "claimed")


def read_text(path: Path) -> str:
    """The text of a small regular file; raises ImportRefused."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ImportRefused(path, "no regular file")
        if status.st_size > MAX_BYTES:
            raise ImportRefused(path, f"{status.st_size} bytes; allowed: {MAX_BYTES}")
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ImportRefused(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ImportRefused(path, f"byte {error.start} is no UTF-8") from error


def read_json(path: Path) -> dict[str, object]:
    """The object that a JSON file holds; raises ImportRefused."""
    try:
        value = parse(read_text(path))
    except StrictJsonError as error:
        raise ImportRefused(path, str(error)) from error
    if not isinstance(value, dict):
        raise ImportRefused(path, "found no JSON object")
    return value


def below(directory: Path, name: str, place: Path) -> Path:
    """The path that a relative name stands for; raises ImportRefused where it leads out."""
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or "\0" in name or not relative.parts:
        raise ImportRefused(place, f"{name!r} leads out of its directory")
    return directory.joinpath(*relative.parts)

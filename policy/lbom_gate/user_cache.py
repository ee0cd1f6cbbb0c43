"""Bytes that the gate remembers between runs, outside of what it judges.

An entry is named for the SHA-256 of all that it follows from, and begins with a digest of itself,
so that a damaged one is none. Whoever can write the files that are judged must not be able to write
entries: these lie in the user's own cache directory, where nobody else may look, and never inside
the repository. Where that cannot be had, nothing is kept and nothing is told of it: a run that
remembers nothing only takes longer.

``LBOM_GATE_NO_CACHE``, set to anything, turns it off, and so does ``CI``: a job starts with an
empty home, or with one that other jobs have filled.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol

from lbom_gate.dataclass import dataclass

# A policy of a thousand overrides takes half of it.
MAX_BYTES = 1 << 20
# The policies of many repositories, each of a few files, through some versions of the gate.
MAX_ENTRIES = 64

_FOLDER = "lbom-gate"
_DIGITS = 64  # of a SHA-256
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_BINARY = getattr(os, "O_BINARY", 0)
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | _BINARY
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY


class Hash(Protocol):
    """A digest that was made."""

    def hexdigest(self) -> str:
        """Return it in hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class UserCache:
    """The entries of the user; keys are hexadecimal digits."""

    directory: Path | None  # None: nothing is kept

    @classmethod
    def outside(cls, root: Path) -> UserCache:
        """Return the cache of the user who judges what is below `root`."""
        if os.environ.get("LBOM_GATE_NO_CACHE") or os.environ.get("CI"):
            return cls(None)
        with suppress(OSError, RuntimeError):
            place = _caches().resolve()
            if not place.is_relative_to(root.resolve()):
                return cls(place / _FOLDER)
        return cls(None)

    def recall(self, key: str) -> bytes | None:
        """Return what was kept under a key; None: nothing, or nothing that can be trusted."""
        if self.directory is None:
            return None
        with suppress(OSError):
            if _is_private(self.directory):
                return _checked(key, _read(self.directory / key))
        return None

    def keep(self, key: str, data: bytes) -> None:
        """Keep bytes under a key, as far as that is possible here."""
        if self.directory is None or len(data) + _DIGITS > MAX_BYTES:
            return
        with suppress(OSError):
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_private(self.directory):
                _write(self.directory / key, _digest(key, data) + data)
                _forget(self.directory)


def sha256(data: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal digits."""
    return _sha256()(data).hexdigest()


@cache
def _sha256() -> Callable[[bytes], Hash]:
    """Return what makes a SHA-256.

    Like `random`, it asks for Python's own module before `hashlib`, which loads OpenSSL: that takes
    as long as to judge a model.
    """
    for name in ("_sha2", "_sha256"):  # since Python 3.12, and before
        with suppress(ImportError, AttributeError):
            found: Callable[[bytes], Hash] = import_module(name).sha256
            return found
    return import_module("hashlib").sha256  # type: ignore[no-any-return]


def _caches() -> Path:
    """Return the directory of the user's caches, as the operating system has it."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    # XDG Base Directory Specification 0.8: a path that is not absolute does not count.
    said = os.environ.get("XDG_CACHE_HOME", "")
    if said.startswith("/"):
        return Path(said)
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def _is_private(directory: Path) -> bool:
    """Whether it is a directory, and the user's alone."""
    found = directory.lstat()
    if sys.platform == "win32":  # what lies in a profile is its user's
        return stat.S_ISDIR(found.st_mode)
    is_own = found.st_uid == os.geteuid() and not found.st_mode & _OTHERS
    return is_own and stat.S_ISDIR(found.st_mode)


def _read(file: Path) -> bytes:
    with os.fdopen(os.open(file, _READ), "rb") as entry:
        return entry.read(MAX_BYTES)


def _write(file: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, _CREATE, 0o600), "wb") as entry:
            entry.write(data)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _checked(key: str, entry: bytes) -> bytes | None:
    data = entry[_DIGITS:]
    return data if entry[:_DIGITS] == _digest(key, data) else None


def _digest(key: str, data: bytes) -> bytes:
    return sha256(key.encode("ascii") + data).encode("ascii")


def _forget(directory: Path) -> None:
    """Remove the oldest entries beyond those that may be kept, and what was left unfinished."""
    files = sorted(directory.iterdir(), key=lambda file: file.lstat().st_mtime_ns)
    for file in files[:-MAX_ENTRIES]:
        file.unlink(missing_ok=True)

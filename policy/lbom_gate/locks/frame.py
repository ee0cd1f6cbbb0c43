"""Two spellings of one path: relative to where the run started, and to the lock's directory."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from lbom_gate.dataclass import dataclass
from lbom_gate.model import path_text


@dataclass(frozen=True, slots=True)
class Frame:
    """The two directories, absolute, in the spelling of `model.py`."""

    lock: str
    start: str

    def is_inside(self, path: str) -> bool:
        """Whether a path relative to `start` lies below the lock's directory."""
        return self._absolute(path).startswith(self.lock.rstrip("/") + "/")

    def inside(self, path: str) -> str:
        """The path, which lies inside, relative to the lock's directory."""
        return self._absolute(path).removeprefix(self.lock.rstrip("/") + "/")

    def from_lock(self, path: str) -> str:
        """The path relative to where the run started."""
        if self.lock == self.start:
            return path
        return posixpath.relpath(posixpath.join(self.lock, path), self.start)

    def _absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.start, path))


def frame(*, lock_directory: Path, start: Path) -> Frame:
    """The frame of a run."""
    return Frame(
        lock=path_text(os.path.normpath(lock_directory.absolute())),
        start=path_text(os.path.normpath(start.absolute())),
    )

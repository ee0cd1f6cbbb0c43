"""Paths as text, and where a policy takes them to be.

A path in a record is relative to the directory the run started in; a pattern in a policy is
relative to the directory the policy speaks for. One becomes the other letter by letter: no link is
followed, because the same record must be judged the same without the files.
"""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path

from lbom_gate.dataclass import dataclass
from lbom_gate.model import path_text
from lbom_gate.policies.discovery import GITHUB

# What makes a path another one than the names in it: an empty name, one of dots, or a root.
_STEPS = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a policy stands, and where the run does."""

    base: Path  # absolute; the directory the policy speaks for
    base_text: str
    start_text: str

    @classmethod
    def of(cls, file: Path | None, *, start: Path, root: Path) -> Place:
        """Return the place of an absolute policy file; of a built-in policy, that of `root`."""
        base = root if file is None else file.parent
        if file is not None and base.name == GITHUB:
            base = base.parent
        return cls(base, path_text(str(base)), posixpath.normpath(path_text(str(start))))

    def locate(self, path: str) -> str | None:
        """Return a path of the run relative to `base`; None where it is not below it."""
        if _STEPS.search(path):
            absolute = posixpath.normpath(posixpath.join(self.start_text, path))
        else:
            absolute = f"{self.start_text.rstrip('/')}/{path}"
        below = self.base_text.rstrip("/") + "/"
        return absolute.removeprefix(below) if absolute.startswith(below) else None


def relative(path: Path, start: Path) -> str:
    """Return an absolute path relative to `start`, as the shared words spell paths."""
    return path_text(os.path.relpath(path, start))

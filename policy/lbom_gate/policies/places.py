"""Paths as text, and where a policy takes them to be.

A path in a record is relative to the directory the run started in; a pattern in a policy is
relative to the directory the policy speaks for. One becomes the other letter by letter: no link is
followed, because the same record must be judged the same without the files.
"""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path

from lbom_gate.policies.discovery import GITHUB


@dataclass(frozen=True, slots=True)
class Place:
    """Where a policy stands."""

    base: Path  # absolute; the directory it speaks for
    start: str  # the directory of the run, as text relative to `base`

    @classmethod
    def of(cls, file: Path | None, *, start: Path, root: Path) -> Place:
        """Return the place of a policy file; of a built-in policy, which speaks for `root`."""
        base = root if file is None else Path(os.path.abspath(start / file)).parent  # noqa: PTH100
        if file is not None and base.name == GITHUB:
            base = base.parent
        return cls(base, relative(start, base))

    def locate(self, path: str) -> str | None:
        """Return a path of the run relative to `base`; None where it is outside."""
        located = posixpath.normpath(posixpath.join(self.start, path))
        if located == ".." or located.startswith(("../", "/")):
            return None
        return located


def relative(path: Path, start: Path) -> str:
    r"""Return an absolute path relative to `start`, as the shared words spell paths.

    `/` separates, a byte that is not UTF-8 is ``\xNN``, and a backslash is doubled.
    """
    text = os.path.relpath(path, start).replace(os.sep, "/")
    return os.fsencode(text).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")

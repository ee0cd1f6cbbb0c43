"""``SHA256SUMS``: what coreutils' and BSD's tools write.

A line is ``<digest>  <name>`` or ``<digest> *<name>``; where a name has a backslash or a line end,
the line starts with a backslash and the name is escaped. BSD writes ``SHA256 (<name>) = <digest>``.
Source: GNU coreutils manual, "cksum output modes"; ``md5(1)`` of FreeBSD.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lbom_gate.locks.imports._stated import ImportRefused, Stated, below, read_text, sha256

NAME = "sha256sums"
_GNU = re.compile(r"(\\?)([0-9A-Fa-f]{64}) [ *](.+)")
_BSD = re.compile(r"SHA256 \((.+)\) = ([0-9A-Fa-f]{64})")
_ESCAPED = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


def recognises(path: Path) -> bool:
    """Whether the file's name says that it lists SHA-256 digests."""
    name = path.name.lower()
    return path.is_file() and ("sha256" in name or name in {"checksums.txt", "checksums"})


def read(path: Path) -> Iterator[Stated]:
    """Yield each line's file; raises ImportRefused at a line that is none."""
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if gnu := _GNU.fullmatch(line):
            is_escaped, digest, name = gnu.groups()
            if is_escaped:
                name = re.sub(r"\\[\\nr]", lambda found: _ESCAPED[found[0]], name)
        elif bsd := _BSD.fullmatch(line):
            name, digest = bsd.groups()
        else:
            raise ImportRefused(path, f"line {number} is no digest and name")
        yield Stated(below(path.parent, name.removeprefix("./"), path), sha256(digest.lower()))

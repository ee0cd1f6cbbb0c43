"""A ``.dvc`` file of DVC: the MD5 of what lies beside it.

MD5 can be forged: two models of one digest take seconds to make. So the pin is weak, and the rule
`weak-digest` says so. Source: DVC user guide, ".dvc files".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lbom_gate.locks.imports._stated import ImportRefused, Stated, below, read_text
from lbom_gate.model import Digest
from lbom_gate.strict_json import found

NAME = "dvc"
# A file of a few lines for each output; a loader of YAML that recurses never meets a deep one.
MAX_CHARACTERS = 64 * 1024
_MD5 = re.compile(r"[0-9a-f]{32}")
_DIRECTORY = ".dir"


def recognises(path: Path) -> bool:
    """Whether the file's name ends in ``.dvc``."""
    return path.is_file() and path.suffix == ".dvc"


def read(path: Path) -> Iterator[Stated]:
    """Yield each output that is a file; raises ImportRefused."""
    import yaml

    text = read_text(path)
    if len(text) > MAX_CHARACTERS:
        raise ImportRefused(path, f"{len(text)} characters; allowed: {MAX_CHARACTERS}")
    try:
        content = yaml.load(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ImportRefused(path, "no YAML that can be read") from error
    outputs = content.get("outs") if isinstance(content, dict) else None
    if not isinstance(outputs, list):
        raise ImportRefused(path, "found no list of `outs`")
    for output in outputs:
        yield from _file(path, output)


def _file(path: Path, output: object) -> Iterator[Stated]:
    members = output if isinstance(output, dict) else {}
    name, digest, size = (members.get(key) for key in ("path", "md5", "size"))
    if not isinstance(name, str):
        raise ImportRefused(path, f"path: {found(str(name), 'a text')}")
    if not isinstance(digest, str) or digest.endswith(_DIRECTORY):
        return  # a directory's digest is that of a list which is not here
    if _MD5.fullmatch(digest) is None:
        raise ImportRefused(path, f"md5: {found(digest, '32 lower-case hexadecimal digits')}")
    yield Stated(
        below(path.parent, name, path),
        Digest("md5", digest, "claimed"),
        size if type(size) is int and size >= 0 else None,
    )

"""Files that belong to weights which are not there.

A checkout without its large files looks like a tree without models. Only a run that found no model
looks for them, because they say nothing that a policy could judge.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from lbom_gate.sources.companions import companion

_CONFIG = "config.json"
# What transformers write into every configuration of a model. The longest of those in the corpus
# are of a few thousand bytes.
_OF_A_MODEL = (b'"model_type"', b'"architectures"')
_READ_BYTES = 1 << 16


def companions_under(paths: Sequence[str]) -> Iterator[str]:
    """Yield the companions of models at and under `paths`, as they are spelled there."""
    for file in _files(paths):
        path = os.fspath(file)
        about = companion(path)
        # Of names that other files have as well only the content tells.
        if about and (not about.is_common or _is_model_config(file)):
            yield path


def _files(paths: Sequence[str]) -> Iterator[Path]:
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 (a `Path` raises where it may not look)
            yield Path(path)
        for directory, below, names in os.walk(path):
            below[:] = sorted(set(below) - {".git"})
            yield from (Path(directory, name) for name in sorted(names))


def _is_model_config(file: Path) -> bool:
    if file.name != _CONFIG:
        return False
    try:
        # A pipe under that name would wait for who writes into it.
        if not file.is_file():
            return False
        with file.open("rb") as opened:
            start = opened.read(_READ_BYTES)
    except OSError:
        return False
    return any(word in start for word in _OF_A_MODEL)

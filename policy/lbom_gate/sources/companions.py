"""Files that are about the weights beside or below them, told by their names."""

import re
from functools import cache
from pathlib import Path

from lbom_gate import _scanner
from lbom_gate.dataclass import dataclass

# The directory of further chat templates, below that of the weights.
_TEMPLATES = "additional_chat_templates"
# The index of a model in several files: "model.safetensors.index.fp16.json".
_INDEX = re.compile(r".*\.(bin|h5|msgpack|safetensors)\.index(\.[^.]+)*\.json", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Companion:
    """Where the weights lie that a file is about."""

    directory: Path
    steps: int  # so many directories below that one there may be others
    is_common: bool  # files that have nothing to do with models bear the name too


def companion(path: str) -> Companion | None:
    """Return what the file of that name is about; None for a file that is about itself."""
    file = Path(path)
    directory = file.parent
    known = _known()
    if file.name in known:
        return Companion(directory, *known[file.name])
    if _INDEX.fullmatch(file.name):
        return Companion(directory, steps=0, is_common=False)
    # Some lie in a directory of their own.
    if directory.name == _TEMPLATES and file.suffix == ".jinja":
        return Companion(directory.parent, steps=0, is_common=False)
    if (name := f"{directory.name}/{file.name}") in known:
        return Companion(directory.parent, *known[name])
    return None


@cache
def _known() -> dict[str, tuple[int, bool]]:
    return _scanner.companions()

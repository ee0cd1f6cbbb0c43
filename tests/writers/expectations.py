"""What the writers of this folder say of the files they write.

A writer is a program of its own, run by whatever Python has its library: libraries that load their
own compilers do not live together in one process, and none of them is a dependency of the gate.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

# Tensors and elements by type.
Types = dict[str, tuple[int, int]]
# That of each file, by its name.
Expectations = dict[str, Types]


def count(tensors: Iterable[tuple[str, int]]) -> Types:
    """Return the tensors and elements of each type, of tensors given as type and elements."""
    counted: Types = {}
    for name, elements in tensors:
        before = counted.get(name, (0, 0))
        counted[name] = (before[0] + 1, before[1] + elements)
    return counted


def run(write: Callable[[Path], Expectations], directory: str) -> None:
    """Let a writer write into a directory, what it says of its files included."""
    place = Path(directory)
    text = json.dumps(write(place))
    (place / "expectations.json").write_text(text, encoding="utf-8")

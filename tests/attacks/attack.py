"""What an attack is: a name, who tried it first, files, and the rule that names it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Write = Callable[[Path], None]


@dataclass(frozen=True)
class Attack:
    """Files that a directory is given, and what a check of it must say."""

    name: str
    """The attack in a few words, without a stop."""
    known: str
    """Where it was published; empty where it only follows from a format."""
    write: Write
    """Writes it into an empty directory."""
    rule: str
    """The rule that names it."""
    path: str
    """The file that the finding is about."""


def files(contents: Mapping[str, bytes | str]) -> Write:
    """Return a writer of these files."""

    def write(directory: Path) -> None:
        for name, content in contents.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    return write


def file(name: str, content: bytes | str) -> Write:
    """Return a writer of one file."""
    return files({name: content})

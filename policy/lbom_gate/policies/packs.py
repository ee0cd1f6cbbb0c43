"""The policies that come with the gate."""

from __future__ import annotations

from pathlib import Path

PREFIX = "builtin:"
PACKS = ("minimal", "recommended", "strict")

# Applies where there is no policy file.
FALLBACK = PREFIX + "minimal"
# Its levels and settings are those that a policy says nothing of.
BASE = PREFIX + "recommended"


def read(name: str) -> bytes:
    """Return the bytes of a built-in policy, named with or without the prefix."""
    # `importlib.resources` takes as long to import as all of this room. The package holds a module
    # of machine code, so it is a directory, never an archive.
    file = f"{name.removeprefix(PREFIX)}.yaml"
    return (Path(__file__).parent.parent / "packs" / file).read_bytes()

"""The policies that come with the gate."""

from __future__ import annotations

PREFIX = "builtin:"
PACKS = ("minimal", "recommended", "strict")

# Applies where there is no policy file.
FALLBACK = PREFIX + "minimal"
# Its levels and settings are those that a policy says nothing of.
BASE = PREFIX + "recommended"


def read(name: str) -> bytes:
    """Return the bytes of a built-in policy, named with or without the prefix."""
    # It costs as much to import as all of this room; pydantic imports most of it anyway.
    from importlib import resources

    file = f"{name.removeprefix(PREFIX)}.yaml"
    return resources.files("lbom_gate").joinpath("packs", file).read_bytes()

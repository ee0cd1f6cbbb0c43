"""The policies that come with the gate."""

from __future__ import annotations

from importlib import resources

PREFIX = "builtin:"
PACKS = ("minimal", "recommended", "strict")

# Applies where there is no policy file.
FALLBACK = PREFIX + "minimal"
# Its levels are those of every rule that a policy says nothing of.
LEVELS = PREFIX + "recommended"


def read(name: str) -> bytes:
    """Return the text of a built-in policy, named as in `extends`."""
    file = f"{name.removeprefix(PREFIX)}.yaml"
    return resources.files("lbom_gate").joinpath("packs", file).read_bytes()

"""What a document is refused for: its length, and whatever else makes it unreadable."""

from __future__ import annotations

# A document of 10,000 models is a seventh of this; parsed it takes about ten times its size.
MAX_BYTES = 2**28


class UnreadableSbom(Exception):
    """A document that is no CycloneDX JSON we know: place, what was found, what is allowed."""

    def __init__(self, *, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")

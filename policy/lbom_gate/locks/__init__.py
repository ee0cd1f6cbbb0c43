"""``lbom.lock``: the digest of every model file, and the facts that the digest implies.

Where there is no lock, and none is written, a run does not pay for what reads and writes one.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from lbom_gate.locks.claim import Claimed
from lbom_gate.locks.line import LockError
from lbom_gate.locks.pointer import complete, pointers
from lbom_gate.locks.reader import load
from lbom_gate.model import Change, Pins, Sbom

if TYPE_CHECKING:
    from lbom_gate.locks.writer import Rendered, render

__all__ = [
    "Claimed",
    "LockError",
    "Rendered",
    "bill",
    "complete",
    "differences",
    "load",
    "pointers",
    "render",
    "select",
    "with_sha256",
]


def select(pins: Pins, is_wanted: Callable[[str], bool]) -> Pins:
    """Return the pins of the paths that are wanted."""
    if not pins.exists:
        return pins
    from lbom_gate.locks import entries

    return entries.select(pins, is_wanted)


def with_sha256(pins: Pins, digest: str) -> Sequence[str]:
    """Return the paths that are pinned with a digest."""
    from lbom_gate.locks import entries

    return entries.with_sha256(pins, digest)


def bill(pins: Pins) -> Sbom:
    """Return the models that are pinned, with the facts that the lock has of them.

    Raises LockError where an entry is malformed.
    """
    from lbom_gate.locks import pinned

    return pinned.bill(pins)


def differences(old: Pins, new: Pins, *, is_required: Callable[[str], bool]) -> Iterator[Change]:
    """Yield what is pinned otherwise; `is_required` says whether a model at a path needs a pin.

    Raises LockError where the facts of an entry are malformed.
    """
    from lbom_gate.locks import comparison

    return comparison.differences(old, new, is_required=is_required)


def __getattr__(name: str) -> object:
    if name in {"Rendered", "render"}:
        from lbom_gate.locks import writer

        return getattr(writer, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""``lbom.lock``: the digest of every model file, and the facts that the digest implies."""

from lbom_gate.locks.bill import bill
from lbom_gate.locks.claim import Claimed
from lbom_gate.locks.comparison import differences
from lbom_gate.locks.entries import select, with_sha256
from lbom_gate.locks.line import LockError
from lbom_gate.locks.pointer import complete, pointers
from lbom_gate.locks.reader import load
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

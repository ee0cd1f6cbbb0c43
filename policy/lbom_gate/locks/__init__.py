"""``lbom.lock``: the digest of every model file, and the facts that the digest implies."""

from lbom_gate.locks.line import LockError
from lbom_gate.locks.pointer import complete
from lbom_gate.locks.reader import load
from lbom_gate.locks.writer import render, unpinnable

__all__ = ["LockError", "complete", "load", "render", "unpinnable"]

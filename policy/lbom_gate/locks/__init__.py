"""``lbom.lock``: the digest of every model file, and the facts that the digest implies."""

from lbom_gate.locks.comparison import differences
from lbom_gate.locks.entries import select
from lbom_gate.locks.line import LockError
from lbom_gate.locks.pointer import complete
from lbom_gate.locks.reader import load
from lbom_gate.locks.writer import Rendered, render

__all__ = ["LockError", "Rendered", "complete", "differences", "load", "render", "select"]

"""Network destinations, and the lists that allow them."""

from lbom_gate.egress.allowlist import Allowlist
from lbom_gate.egress.entries import Entry, UnacceptableEntry, parse_entry

__all__ = ["Allowlist", "Entry", "UnacceptableEntry", "parse_entry"]

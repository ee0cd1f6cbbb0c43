"""A compiled list of the network destinations that a policy allows.

The list closes: what no entry names is not allowed, a denying entry wins over every allowing one,
and a text of which readers do not agree where it goes is never allowed. Names are never resolved.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from lbom_gate.dataclass import dataclass
from lbom_gate.egress.authority import Target, Unreadable, ascii_spelling, read
from lbom_gate.egress.entries import Entry, narrowest, parse_entry
from lbom_gate.model import Decision

# Where clouds keep the credentials of a machine: link-local addresses (RFC 3927, RFC 4291 section
# 2.5.6), and the addresses and names that AWS, Alibaba Cloud, Oracle Cloud, Azure, Google Cloud,
# Equinix and Tencent Cloud document for their metadata services.
_METADATA_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::254/128",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "168.63.129.16/32",
    )
)
_METADATA_NAMES = frozenset(
    {
        "instance-data",
        "instance-data.ec2.internal",
        "metadata",
        "metadata.google.internal",
        "metadata.goog",
        "metadata.packet.net",
        "metadata.platformequinix.com",
        "metadata.tencentyun.com",
    }
)


@dataclass(frozen=True, slots=True)
class _Index:
    """Entries by the host they name, so that a look-up does not grow with the list."""

    exact: Mapping[str, list[Entry]] = field(default_factory=dict)
    below: Mapping[str, list[Entry]] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> _Index:
        exact: dict[str, list[Entry]] = {}
        below: dict[str, list[Entry]] = {}
        for entry in entries:
            (below if entry.is_wildcard else exact).setdefault(entry.host, []).append(entry)
        return cls(exact, below)

    def naming(self, target: Target) -> Iterator[Entry]:
        """Yield the entries that name the target's host."""
        yield from self.exact.get(target.host, ())
        parent = "" if target.is_address else target.host.partition(".")[2]
        while parent:
            yield from self.below.get(parent, ())
            parent = parent.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Allowlist:
    """What a policy says of network destinations."""

    allow: _Index
    deny: _Index

    @classmethod
    def from_entries(cls, allow: Iterable[str], deny: Iterable[str] = ()) -> Allowlist:
        """Return the compiled list; raises `UnacceptableEntry`. Nothing allowed denies all."""
        return cls(_Index.of(map(parse_entry, allow)), _Index.of(map(parse_entry, deny)))

    def check(self, destination: str) -> Decision:
        """Return what the list says of a destination."""
        try:
            target = read(destination)
        except Unreadable as unreadable:
            return _no(unreadable.reason, ascii_spelling(destination))
        if any(entry.denies(target) for entry in self.deny.naming(target)):
            return _no("denylist-match", target.canonical)
        naming = list(self.allow.naming(target))
        if _is_metadata(target):
            naming = [entry for entry in naming if not entry.is_wildcard]
            if not naming:
                return _no("special-range:metadata", target.canonical)
        if any(entry.allows(target) for entry in naming):
            return Decision(is_allowed=True, reason="listed", canonical=target.canonical)
        return _no(_refusal(naming, target), target.canonical, narrowest(target))


def _no(reason: str, canonical: str, entry: str = "") -> Decision:
    return Decision(is_allowed=False, reason=reason, canonical=canonical, help=entry)


def _refusal(naming: list[Entry], target: Target) -> str:
    if not naming:
        return "not-in-allowlist"
    if any(entry.allows_scheme(target) for entry in naming):
        return "port-not-allowed"
    return "scheme-not-allowed"


def _is_metadata(target: Target) -> bool:
    if not target.is_address:
        return target.host in _METADATA_NAMES
    address = ipaddress.ip_address(target.host.strip("[]"))
    return any(address in network for network in _METADATA_NETWORKS)

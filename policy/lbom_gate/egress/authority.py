"""Reads where a URL goes, only where every reader of URLs reads the same.

URL parsers disagree about userinfo, backslashes, white space, percent signs and rare spellings of
IP addresses, and an allowlist that reads unlike the software it speaks for allows what that
software does not do. So a text is held against a grammar that leaves no room for two readings
before it is taken apart, and refused where it does not fit.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Literal

from lbom_gate.dataclass import dataclass

Reason = Literal["invalid-url", "ambiguous-authority", "noncanonical-ip"]

# Where a URL without a port goes, by the port registry of IANA. A scheme that is not here has no
# port to speak of.
DEFAULT_PORTS = {
    "https": 443,
    "wss": 443,
    "http": 80,
    "ws": 80,
    "ftp": 21,
    "ssh": 22,
    "git": 9418,
    "git+https": 443,
    "git+http": 80,
    "git+ssh": 22,
}
HIGHEST_PORT = 65535
_SSH = frozenset({"ssh", "git+ssh"})

# RFC 3986, section 3, without userinfo but for the bare `git@` that ssh remotes are written with;
# the rest of the URL has printable ASCII characters only, and no backslash. No `@` stands before
# the first slash of it either: some readers end the authority at a slash only.
_STRICT = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?P<git>git@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>(?:[?#][\x21-\x2e\x30-\x3f\x41-\x5b\x5d-\x7e]*)?(?:/[\x21-\x5b\x5d-\x7e]*)?)"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# What the URL Standard (4.5, "ends in a number") takes for the last part of an IPv4 address.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_LONGEST_NAME = 253  # RFC 1035, section 2.3.4, as text without the last dot

# IPv6 addresses that are another spelling of an IPv4 address: compatible and mapped (RFC 4291,
# section 2.5.5) and translated (RFC 6052, section 2.1).
_IPV4_IN_IPV6 = tuple(
    ipaddress.IPv6Network(network) for network in ("::/96", "::ffff:0:0/96", "64:ff9b::/96")
)
_IPV6_ITSELF = frozenset({"::", "::1"})  # in the compatible range, and no IPv4 address

# What the URL Standard takes for a dot between labels (UTS 46, section 4).
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")


class Unreadable(ValueError):
    """A text of which readers do not agree where it goes."""

    def __init__(self, *, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL goes."""

    scheme: str  # lower case
    host: str  # lower case, without a last dot; an IPv6 address stands in brackets
    port: int | None  # the scheme's own where the URL has none; None where that has none either
    rest: str  # path, query and fragment as written

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address."""
        return is_address(self.host)

    @property
    def authority(self) -> str:
        """Host, and port where it is not the scheme's own."""
        is_own = self.port == DEFAULT_PORTS.get(self.scheme)
        return self.host if is_own else f"{self.host}:{self.port}"

    @property
    def canonical(self) -> str:
        """The URL in canonical spelling."""
        return f"{self.scheme}://{self.authority}{self.rest}"


def read(text: str) -> Target:
    """Return where the URL goes; raises `Unreadable`."""
    match = _STRICT.fullmatch(text)
    if match is None:
        raise Unreadable(reason="ambiguous-authority" if _SCHEME.match(text) else "invalid-url")
    scheme = match["scheme"].lower()
    if match["git"] and scheme not in _SSH:
        raise Unreadable(reason="ambiguous-authority")
    port = DEFAULT_PORTS.get(scheme) if match["port"] is None else int(match["port"])
    if port is not None and port > HIGHEST_PORT:
        raise Unreadable(reason="invalid-url")
    return Target(scheme, canonical_host(match["host"]), port, match["rest"])


def canonical_host(text: str) -> str:
    """Return a host in canonical spelling; raises `Unreadable`.

    An IP address must be spelled so already, because readers disagree about the other spellings.
    """
    host = text.lower()
    if host.startswith("["):
        return _ipv6(host)
    name = host.removesuffix(".")
    if len(name) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, name.split("."))):
        raise Unreadable(reason="invalid-url")
    if is_address(name) and not (name == host and _is_ipv4(name)):
        raise Unreadable(reason="noncanonical-ip")
    return name


def is_address(host: str) -> bool:
    """Whether a lower-case host is, or would be taken for, an IP address."""
    return host.startswith("[") or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def ascii_spelling(text: str) -> str:
    """Return a URL with a host of ASCII characters, to show what the eye may not see.

    What is returned is for people: UTS 46 decides what the host is, and this only comes close.
    """
    head, separator, tail = text.partition("://")
    end = next((at for at, character in enumerate(tail) if character in "/?#\\"), len(tail))
    host = unicodedata.normalize("NFKC", tail[:end].translate(_DOTS)).lower()
    if tail.isascii() or len(host) > _LONGEST_NAME:
        return text
    return head + separator + ".".join(map(_ascii_label, host.split("."))) + tail[end:]


def _ascii_label(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"


def _ipv6(host: str) -> str:
    try:
        address = ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        raise Unreadable(reason="invalid-url") from None
    is_ipv4 = any(address in network for network in _IPV4_IN_IPV6)
    if host[1:-1] != address.compressed or (is_ipv4 and address.compressed not in _IPV6_ITSELF):
        raise Unreadable(reason="noncanonical-ip")
    return host


def _is_ipv4(name: str) -> bool:
    try:
        return str(ipaddress.IPv4Address(name)) == name
    except ValueError:
        return False

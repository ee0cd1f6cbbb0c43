"""One entry of an allowlist: `[scheme://]host[:port]`, in canonical spelling.

`host` is one host; `*.host` is every host below it, at any depth, and not the host itself. Without
a scheme an entry speaks of https and wss, without a port of the scheme's own.
"""

from __future__ import annotations

import ipaddress
import re

from lbom_gate.dataclass import dataclass
from lbom_gate.egress.authority import (
    DEFAULT_PORTS,
    HIGHEST_PORT,
    Target,
    Unreadable,
    ascii_spelling,
    canonical_host,
    is_address,
)

_ENCRYPTED = frozenset({"https", "wss"})
_WILDCARD = "*."

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_OTHER = re.compile(r"(?:hf|s3|gs|az):(?!//)")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(.*))?")


class UnacceptableEntry(ValueError):
    """Why an entry is refused, and what to write in its place."""

    def __init__(self, *, reason: str, advice: str) -> None:
        super().__init__(f"{reason}: {advice}")
        self.reason = reason
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of an allowlist or a denylist."""

    text: str
    scheme: str | None
    host: str  # without the `*.`
    is_wildcard: bool
    port: int | None

    def allows_scheme(self, target: Target) -> bool:
        """Whether the entry, allowing, speaks of the target's scheme."""
        return target.scheme == self.scheme if self.scheme else target.scheme in _ENCRYPTED

    def allows(self, target: Target) -> bool:
        """Whether the entry allows the target, whose host it names."""
        port = DEFAULT_PORTS.get(target.scheme) if self.port is None else self.port
        return self.allows_scheme(target) and target.port == port

    def denies(self, target: Target) -> bool:
        """Whether the entry denies the target, whose host it names: what it leaves out is any."""
        return self.scheme in {None, target.scheme} and self.port in {None, target.port}


def parse_entry(text: str) -> Entry:
    """Return the entry that a text is; raises `UnacceptableEntry`."""
    _refuse_other(text)
    scheme, rest = _scheme(text)
    _refuse_more_than_host(rest, text)
    match = _HOST_AND_PORT.fullmatch(rest)
    if match is None or ":" in (match[2] or ""):
        raise UnacceptableEntry(
            reason="is not a host and a port", advice="an IPv6 address stands in brackets"
        )
    port = None if match[2] is None else _port(match[2])
    is_wildcard = match[1].startswith(_WILDCARD)
    return Entry(text, scheme, _host(match[1], is_wildcard=is_wildcard), is_wildcard, port)


def narrowest(target: Target) -> str:
    """Return the entry that allows a target and as little else as can be, or nothing.

    Nothing where the connection would not be encrypted: no such entry is safe.
    """
    if target.scheme in _ENCRYPTED:
        # `az:8443` would read as a bucket: with its scheme it is a host.
        is_other = _OTHER.match(target.authority)
        return f"{target.scheme}://{target.authority}" if is_other else target.authority
    if target.scheme in {"ssh", "git+ssh", "git+https"}:
        return f"{target.scheme}://{target.authority}"
    return ""


def _refuse_other(text: str) -> None:
    if not text or any(character.isspace() or not character.isprintable() for character in text):
        raise UnacceptableEntry(reason="is not one word", advice="write one host in each entry")
    if not text.isascii():
        prefixed = text if "://" in text else f"https://{text}"
        spelling = ascii_spelling(prefixed).removeprefix("" if "://" in text else "https://")
        raise UnacceptableEntry(
            reason="is not written in ASCII", advice=f"use `{spelling}` if that is the host"
        )
    if _OTHER.match(text):
        raise UnacceptableEntry(
            reason="names no host", advice="hubs and buckets are not understood yet"
        )


def _scheme(text: str) -> tuple[str | None, str]:
    scheme, separator, rest = text.partition("://")
    if not separator:
        return None, text
    if not _SCHEME.fullmatch(scheme):
        advice = f"use `{scheme.lower()}://`" if _SCHEME.fullmatch(scheme.lower()) else "name one"
        raise UnacceptableEntry(reason="has an unknown kind of scheme", advice=advice)
    return scheme, rest


def _refuse_more_than_host(rest: str, text: str) -> None:
    if "@" in rest or "\\" in rest or "%" in rest:
        raise UnacceptableEntry(
            reason="has more than a host and a port", advice="leave out `@`, `\\` and `%`"
        )
    slash = re.search(r"[/?#]", rest)
    if slash is None:
        return
    if rest[slash.start() :] == "/":
        raise UnacceptableEntry(reason="ends in `/`", advice=f"use `{text[:-1]}`")
    if re.fullmatch(r"[0-9a-f:.\[\]]+/[0-9]+", rest):
        raise UnacceptableEntry(
            reason="is a range of addresses", advice="ranges are not understood yet"
        )
    host = text[: len(text) - len(rest) + slash.start()]
    raise UnacceptableEntry(
        reason="has a path", advice=f"paths are not understood yet; the host is `{host}`"
    )


def _port(text: str) -> int:
    if not _PORT.fullmatch(text) or int(text) > HIGHEST_PORT:
        raise UnacceptableEntry(
            reason=f"has the port `{text}`", advice=f"a port is 1 to {HIGHEST_PORT}"
        )
    return int(text)


def _host(text: str, *, is_wildcard: bool) -> str:
    host = text.removeprefix(_WILDCARD)
    if text == "*":
        raise UnacceptableEntry(reason="names every host", advice="name the hosts")
    if text.startswith("."):
        raise UnacceptableEntry(
            reason="starts with a dot", advice=f"use `*{text}`, and `{text[1:]}` for itself"
        )
    if "*" in host:
        raise UnacceptableEntry(
            reason="has a `*` inside", advice="`*` stands only first, as in `*.example.org`"
        )
    if is_wildcard and (is_address(host) or "." not in host.removesuffix(".")):
        raise UnacceptableEntry(
            reason="is too wide", advice="`*.` stands before two labels at least"
        )
    try:
        canonical = canonical_host(host)
    except Unreadable as unreadable:
        raise _no_host(host, unreadable) from None
    if canonical != host:
        prefix = _WILDCARD if is_wildcard else ""
        raise UnacceptableEntry(
            reason="is not in canonical spelling", advice=f"use `{prefix}{canonical}`"
        )
    return host


def _no_host(host: str, unreadable: Unreadable) -> UnacceptableEntry:
    if unreadable.reason == "invalid-url":
        return UnacceptableEntry(reason="names no host", advice="such as api.example.org")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return UnacceptableEntry(
            reason="is no IP address in canonical spelling", advice="such as 192.0.2.1"
        )
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        spelling = f"[{address.compressed}]"
    else:
        spelling = str(getattr(address, "ipv4_mapped", address))
    return UnacceptableEntry(
        reason="is no IP address in canonical spelling", advice=f"use `{spelling}`"
    )

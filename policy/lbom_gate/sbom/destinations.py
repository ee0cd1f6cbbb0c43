"""Destinations as CycloneDX has places for them: services and external references.

The lossless form is a property for each destination; what is written here are the same facts for
other tools. So that a document of ours reads back without a destination twice, whoever reads it
leaves out what the properties have said already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lbom_gate.model import Destination, DestinationClass
from lbom_gate.sbom.tolerant import Object, listed, mappings, parts, text

_CONTACTED: tuple[DestinationClass, ...] = ("contact", "code")
_REFERENCES: dict[DestinationClass, str] = {"fetch": "distribution", "reference": "other"}
# The types of external reference that a consumer downloads from.
_FETCHED = frozenset({"distribution", "vcs"})

# What is surely an IRI reference (RFC 3987), so that hostile text never makes the document invalid.
# User information is left out on purpose: it may be a password.
_SEGMENT = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_PLAIN_URL = re.compile(
    r"[a-z][a-z0-9+.-]*://(?P<host>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)(?::[0-9]{1,5})?"
    rf"(?:/{_SEGMENT})?(?:\?{_SEGMENT})?(?:#{_SEGMENT})?"
)


def services(destinations: Iterable[Destination]) -> list[dict[str, object]]:
    """A service for each place that is contacted, sorted by URL."""
    urls = {each.value for each in destinations if each.cls in _CONTACTED}
    return [
        {
            "bom-ref": f"egress:{url}",
            "name": plain["host"],
            "endpoints": [url],
            "x-trust-boundary": True,
        }
        for url in sorted(urls)
        if (plain := _PLAIN_URL.fullmatch(url)) is not None
    ]


def external_references(destinations: Iterable[Destination]) -> list[dict[str, object]]:
    """An external reference for each place to fetch from or to look something up, sorted."""
    pairs = {
        (_REFERENCES[each.cls], each.value)
        for each in destinations
        if each.cls in _REFERENCES and _PLAIN_URL.fullmatch(each.value) is not None
    }
    return [{"type": kind, "url": url} for kind, url in sorted(pairs)]


def contacted(document: Object) -> Iterator[Destination]:
    """What the services of a document contact, services in services included.

    Raises ShapeError.
    """
    for service in parts(document, "services"):
        name = text(service.get("name")) or "unnamed"
        for endpoint in filter(None, map(text, listed(service.get("endpoints")))):
            yield Destination("contact", endpoint, f"services: {name}: endpoints")
        for flow in mappings(service.get("data")):
            for key in ("source", "destination"):
                for place in filter(None, map(text, listed(flow.get(key)))):
                    if "://" in place:  # not a reference to a component, such as a BOM-Link
                        yield Destination("contact", place, f"services: {name}: data.{key}")
        yield from contacted(service)


def referenced(owner: Object) -> Iterator[Destination]:
    """The external references of a component or a document."""
    for reference in mappings(owner.get("externalReferences")):
        kind, url = text(reference.get("type")) or "other", text(reference.get("url"))
        if url is not None:
            cls: DestinationClass = "fetch" if kind in _FETCHED else "reference"
            yield Destination(cls, url, f"externalReferences: {kind}")


def unsaid(said: Iterable[Destination], others: Iterable[Destination]) -> tuple[Destination, ...]:
    """Those of the others that name a place which nobody has said is used that way."""
    known = {_use(each) for each in said}
    return tuple(each for each in others if _use(each) not in known)


def _use(destination: Destination) -> tuple[str, str]:
    return "contact" if destination.cls in _CONTACTED else destination.cls, destination.value

"""The words of the bill of materials: our property names and CycloneDX's names of things.

The facts of a model stand in properties named for `facts_v1.KEYS`; KEYS here are the rest. Together
the two tables are all that the prefix ``lbom-gate:`` ever precedes.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from lbom_gate import __version__
from lbom_gate.facts_v1 import Key
from lbom_gate.sbom.layout import Named
from lbom_gate.sbom.tolerant import Object, ShapeError, mappings
from lbom_gate.strict_json import found

PREFIX = "lbom-gate:"
# Reference of the gate itself, the tool that wrote the document.
TOOL = f"pkg:pypi/lbom-gate@{__version__}"
# The CycloneDX property taxonomy, cdx/ai-ml.md.
TAXONOMY = "cdx:ai-ml:model:"

FACTS_VERSION = "facts-version"
FACTS_EVIDENCE = "facts-evidence"
SCOPE = "scope"
ORIGIN = "origin"
NAME_AGREES = "format:name-agrees"
FILE_ROLE = "file-role"
FILE_SIZE = "file-size"
DIGEST_EVIDENCE = "digest:evidence"

KEYS = (
    Key(FACTS_VERSION, "version of the spelling of the facts; marks a model that the gate wrote"),
    Key(SCOPE, "of a document: what was looked at, the whole `repository` or some `paths` of it"),
    Key(
        ORIGIN,
        "of a document: a file of the repository that says where models come from, what it names,"
        " why it could not be read",
        repeats=True,
    ),
    Key(FACTS_EVIDENCE, "`measured` from bytes, `locked` by their digest, or `declared`"),
    Key(NAME_AGREES, "`true` or `false`: the file's suffix is one of its format's"),
    Key(
        FILE_ROLE,
        "`weights`, `companion`, `pointer`: the content is elsewhere, or `stored`: weights that"
        " a git-LFS pointer names, read in the store of the repository",
    ),
    Key(FILE_SIZE, "size of the content in bytes"),
    Key(
        DIGEST_EVIDENCE,
        "for each hash: `sha256:verified`, computed from the bytes, or `sha256:claimed:git-lfs`",
        repeats=True,
    ),
)


def spell(pairs: Iterable[tuple[str, str]]) -> Named:
    """CycloneDX properties, sorted by name; values of one name stay in their order."""
    return Named(sorted(pairs, key=itemgetter(0)))


def values(component: Object) -> dict[str, list[str]]:
    """The values of our properties, by name without the prefix, in the order of the document.

    Raises ShapeError for one of ours that is no text.
    """
    named: dict[str, list[str]] = {}
    for each in mappings(component.get("properties")):
        name = each.get("name")
        if isinstance(name, str) and name.startswith(PREFIX):
            value = each.get("value")
            if not isinstance(value, str):
                raise ShapeError(place=name, problem=found(value, "a text"))
            named.setdefault(name[len(PREFIX) :], []).append(value)
    return named

"""The bill of materials: built from facts, written to and read from CycloneDX.

The only room that knows CycloneDX. A run that neither writes nor reads a document, such as a commit
hook, does not pay for what does.
"""

from lbom_gate.model import Difference, Model, Sbom
from lbom_gate.sbom.build import build
from lbom_gate.sbom.errors import MAX_BYTES, UnreadableSbom

__all__ = [
    "MAX_BYTES",
    "SPEC_VERSIONS",
    "UnreadableSbom",
    "build",
    "compare",
    "differences",
    "read",
    "write",
]

SPEC_VERSIONS = ("1.6", "1.7")  # that are written


def write(sbom: Sbom, *, spec_version: str = "1.6", timestamp: str | None = None) -> bytes:
    """Return the document: UTF-8, indented by two, one newline at its end.

    `spec_version` is one of SPEC_VERSIONS, `timestamp` a time of RFC 3339. Every model has a path
    of its own, every file at most one digest of each algorithm.
    """
    from lbom_gate.sbom import cyclonedx

    return cyclonedx.write(sbom, spec_version=spec_version, timestamp=timestamp)


def read(data: bytes, path: str) -> Sbom:
    """Return the bill of materials that the document at `path` holds; raises UnreadableSbom."""
    from lbom_gate.sbom import reader

    return reader.read(data, path)


def differences(old: Sbom, new: Sbom) -> tuple[Difference, ...]:
    """Return what was added, removed, moved and changed, sorted by path."""
    from lbom_gate.sbom import comparison

    return comparison.differences(old, new)


def compare(old: Model, new: Model) -> Difference | None:
    """Return in what one model differs from another; None where nothing is known to differ."""
    from lbom_gate.sbom import comparison

    return comparison.compare(old, new)

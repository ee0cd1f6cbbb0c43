"""The bill of materials: built from facts, written to and read from CycloneDX.

The only room that knows CycloneDX.
"""

from lbom_gate.sbom.build import build
from lbom_gate.sbom.comparison import compare, differences
from lbom_gate.sbom.cyclonedx import SPEC_VERSIONS, write
from lbom_gate.sbom.reader import MAX_BYTES, UnreadableSbom, read

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

"""Where files come from: what a run is asked to look at, and how its paths are spelled."""

from lbom_gate.sources.paths import Missing, Selection, relative_text, repository_root, select
from lbom_gate.sources.revision import Revision, UnknownRevision

__all__ = [
    "Missing",
    "Revision",
    "Selection",
    "UnknownRevision",
    "relative_text",
    "repository_root",
    "select",
]

"""Where files come from: what a run is asked to look at, and how its paths are spelled."""

from lbom_gate.sources.left_behind import companions_under
from lbom_gate.sources.paths import (
    Missing,
    Selection,
    is_whole,
    relative_text,
    repository_root,
    select,
    subject,
)
from lbom_gate.sources.revision import Revision, UnknownRevision

__all__ = [
    "Missing",
    "Revision",
    "Selection",
    "UnknownRevision",
    "companions_under",
    "is_whole",
    "relative_text",
    "repository_root",
    "select",
    "subject",
]

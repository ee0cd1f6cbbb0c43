"""The lock's text, version 1: one entry on one line.

::

    {
    "version": 1,
    "files": [
    {"path": "a/tiny.gguf", "size": 4194304, "sha256": "9f2c...", "pinned_by": "first-use", ...},
    {"path": "a/config.json", "size": 712, "sha256": "03ab...", ..., "model": "a/tiny.gguf"},
    {"path": "b/x.gguf", "size": 9, "sha256": "5cde...", "pinned_by": "git-lfs", "evidence": ...}
    ]
    }

So a line number is a place, a change of one file is a change of one line, and so is a conflict. An
entry whose bytes were read holds ``facts`` (the spelling of `facts_v1`) where the file is the one
its model is named for, else ``model``, the path of that file. An entry that somebody only claims
holds neither, and may lack a size or, with ``md5`` or ``sha1`` in its place, a SHA-256. ``source``
and ``revision`` say where a file came from. Paths are relative to the lock's directory. Everything
beyond ASCII is escaped: a lock is reviewed, and a review must not be led by the text it looks at.
"""

from __future__ import annotations

VERSION = 1
HEADER = ("{", f'"version": {VERSION},', '"files": [')
FOOTER = ("]", "}")

# How a digest came into the lock. "first-use": computed from the bytes when they were first pinned;
# the others: stated by what `imports` reads, until the bytes are read.
FIRST_USE = "first-use"
PINNED_BY = frozenset(
    {
        FIRST_USE,
        "dvc",
        "git-lfs",
        "huggingface-cache",
        "huggingface-local-dir",
        "model-signing",
        "oci",
        "ollama",
        "sha256sums",
    }
)
CLAIMED = "claimed"
# Digests that can be forged, and how many hexadecimal digits each has.
WEAK_DIGESTS = {"md5": 32, "sha1": 40}

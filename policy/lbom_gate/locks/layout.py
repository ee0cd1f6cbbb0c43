"""The lock's text, version 1: one entry on one line.

::

    {
    "version": 1,
    "files": [
    {"path": "a/tiny.gguf", "size": 4194304, "sha256": "9f2c...", "pinned_by": "first-use", ...},
    {"path": "a/config.json", "size": 712, "sha256": "03ab...", ..., "model": "a/tiny.gguf"}
    ]
    }

So a line number is a place, a change of one file is a change of one line, and so is a conflict. An
entry holds ``facts`` (the spelling of `facts_v1`) where the file is the one its model is named for,
else ``model``, the path of that file. Paths are relative to the lock's directory. Everything beyond
ASCII is escaped: a lock is reviewed, and a review must not be led by the text it looks at.
"""

from __future__ import annotations

VERSION = 1
HEADER = ("{", f'"version": {VERSION},', '"files": [')
FOOTER = ("]", "}")

# How a digest came into the lock. "first-use": computed from the bytes when they were first pinned.
# Nothing else pins yet; a pointer's entry stays what it was, so that the lock does not depend on
# whether the content happens to be checked out.
FIRST_USE = "first-use"
PINNED_BY = frozenset({FIRST_USE})

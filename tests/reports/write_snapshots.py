"""Writes the snapshots anew; review the diff as text.

Run it as `PYTHONPATH=policy python tests/reports/write_snapshots.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from verdict_building import DOCS, SNAPSHOTS

from lbom_gate import __version__
from lbom_gate.reports import REPORTS, render

FOLDER = Path(__file__).parent / "snapshots"
SUFFIXES = {"text": "txt", "concise": "concise.txt", "json": "json", "sarif": "sarif"}


def snapshots() -> Iterator[tuple[str, str]]:
    """Yield file name and content of every snapshot, versions scrubbed."""
    for case, verdict in SNAPSHOTS.items():
        for name in REPORTS:
            text = render(name, verdict, docs=DOCS)
            yield f"{case}.{SUFFIXES[name]}", text.replace(f'"{__version__}"', '"VERSION"')


if __name__ == "__main__":
    for name, content in snapshots():
        (FOLDER / name).write_text(content, encoding="utf-8")

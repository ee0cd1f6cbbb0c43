"""The lock of a bill of materials: the same text for the same models."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from lbom_gate import facts_v1
from lbom_gate.locks.frame import Frame, frame
from lbom_gate.locks.layout import FIRST_USE, FOOTER, HEADER
from lbom_gate.model import UNEXAMINED, File, Model, Sbom


def render(sbom: Sbom, *, lock_directory: Path, start: Path) -> bytes:
    """The lock's text: every file of every model that can be pinned, sorted by path.

    A pointer that was completed from the previous lock keeps its entry. `unpinnable` says which
    models are left out.
    """
    where = frame(lock_directory=lock_directory, start=start)
    entries: dict[str, str] = {}
    pinned = [model for model in sbom.models if _obstacle(model, where) is None]
    # A file that two models need is pinned once, for the first of them; a model goes before.
    for path, entry in [*_models(pinned, where), *_companions(pinned, where)]:
        entries.setdefault(path, entry)
    lines = ",\n".join(entries[path] for path in sorted(entries))
    parts = [*HEADER, lines, *FOOTER] if lines else [*HEADER, *FOOTER]
    return ("\n".join(parts) + "\n").encode("ascii")


def unpinnable(sbom: Sbom, *, lock_directory: Path, start: Path) -> tuple[tuple[Model, str], ...]:
    """The models that `render` leaves out, each with the reason."""
    where = frame(lock_directory=lock_directory, start=start)
    reasons = ((model, _obstacle(model, where)) for model in sbom.models)
    return tuple((model, reason) for model, reason in reasons if reason is not None)


def _obstacle(model: Model, where: Frame) -> str | None:
    file, anomalies = model.files[0], model.facts.anomalies
    if not model.is_examined:
        return next(each.message for each in anomalies if each.rule in UNEXAMINED)
    if file.sha256 is None or file.size is None:
        return anomalies[0].message if anomalies else "its digest is not known"
    if not _is_computed(file) and model.evidence != "locked":
        return "its digest is claimed, not computed from the bytes"
    outside = (each.path for each in model.files if where.from_start(each.path) is None)
    path = next(outside, None)
    return None if path is None else f"{path} lies outside the directory of the lock"


def _is_computed(file: File) -> bool:
    return any(each.algorithm == "sha256" and each.evidence == "verified" for each in file.digests)


def _models(models: Iterable[Model], where: Frame) -> Iterator[tuple[str, str]]:
    for model in models:
        yield _entry(model.files[0], where, facts=facts_v1.encode(model.facts))


def _companions(models: Iterable[Model], where: Frame) -> Iterator[tuple[str, str]]:
    for model in models:
        for file in model.files[1:]:
            yield _entry(file, where, model=where.from_start(model.path))


def _entry(file: File, where: Frame, **last: object) -> tuple[str, str]:
    path = where.from_start(file.path)
    members = {"path": path, "size": file.size, "sha256": file.sha256, "pinned_by": FIRST_USE}
    return str(path), json.dumps(members | last)

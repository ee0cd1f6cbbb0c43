"""The lock of a bill of materials: the same text for the same models."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lbom_gate import facts_v1
from lbom_gate.locks.frame import Frame, frame
from lbom_gate.locks.layout import FIRST_USE, FOOTER, HEADER
from lbom_gate.model import UNEXAMINED, File, Model, Pin, Pins, Sbom


@dataclass(frozen=True, slots=True)
class Rendered:
    """A lock that is ready to be written, and what a person should hear about it."""

    data: bytes
    entries: int
    changes: tuple[str, ...]  # against the previous lock: "added models/tiny.gguf"
    unpinned: tuple[tuple[str, str], ...]  # path and reason of each model that is left out


def render(
    sbom: Sbom, pins: Pins, *, keep_others: bool, lock_directory: Path, start: Path
) -> Rendered:
    """The lock of every file of every model that can be pinned, sorted by path.

    `pins` is the previous lock; a pointer that was completed from it keeps its entry. With
    `keep_others` so does every file that the bill of materials does not mention. Raises LockError
    where the previous lock is malformed.
    """
    where = frame(lock_directory=lock_directory, start=start)
    obstacles = {model.path: _obstacle(model, where) for model in sbom.models}
    pinned = [model for model in sbom.models if obstacles[model.path] is None]
    others = _others(sbom, pins) if keep_others else {}
    # Keyed and sorted by the path in the lock, which is the same wherever the run started.
    entries = {where.inside(path): _previous(pin) for path, pin in others.items()}
    entries |= _companions(pinned, pins, others, where)
    entries |= {where.inside(model.path): _model(model, where) for model in pinned}
    ordered = {path: entries[path] for path in sorted(entries)}
    before = {where.inside(path): _previous(pin) for path, pin in pins.by_path.items()}
    return Rendered(
        data=_text(ordered.values()),
        entries=len(ordered),
        changes=tuple(_changes(before, ordered, where)),
        unpinned=tuple((path, why) for path, why in obstacles.items() if why is not None),
    )


def _obstacle(model: Model, where: Frame) -> str | None:
    """The reason why a model cannot be pinned."""
    for anomaly in model.facts.anomalies:
        if anomaly.rule in UNEXAMINED:
            return anomaly.message
    if any(file.sha256 is None or file.size is None for file in model.files):
        return "not every digest and size of it is known"
    if model.evidence != "locked" and not all(map(_is_computed, model.files)):
        return "a digest of it is claimed, not computed from the bytes"
    for file in model.files:
        if not where.is_inside(file.path):
            return f"{file.path} lies outside the directory of the lock"
    return None


def _is_computed(file: File) -> bool:
    return any(each.algorithm == "sha256" and each.evidence == "verified" for each in file.digests)


def _others(sbom: Sbom, pins: Pins) -> dict[str, Pin]:
    """The pins of files that the bill of materials does not speak of."""
    files = {file.path for model in sbom.models for file in model.files}
    models = {model.path for model in sbom.models}
    return {
        path: pin
        for path, pin in pins.by_path.items()
        if path not in files and pin.model not in models
    }


def _model(model: Model, where: Frame) -> str:
    return _entry(model.files[0], where, facts=facts_v1.encode(model.facts))


def _companions(
    models: Iterable[Model], pins: Pins, others: Mapping[str, Pin], where: Frame
) -> dict[str, str]:
    """A file that several models need is pinned once, for the first of them."""
    needed: dict[str, list[str]] = {}
    files: dict[str, File] = {}
    for model in models:
        for file in model.files[1:]:
            files[file.path] = file
            needed.setdefault(file.path, []).append(model.path)
    for path, pin in pins.by_path.items():
        if path in needed and pin.model in others:
            needed[path].append(str(pin.model))
    return {
        where.inside(path): _entry(file, where, model=min(map(where.inside, needed[path])))
        for path, file in files.items()
    }


def _entry(file: File, where: Frame, **last: object) -> str:
    members = {
        "path": where.inside(file.path),
        "size": file.size,
        "sha256": file.sha256,
        "pinned_by": FIRST_USE,
    }
    return json.dumps(members | last)


def _previous(pin: Pin) -> str:
    return pin.span.text.removesuffix(",")


def _text(entries: Iterable[str]) -> bytes:
    body = ",\n".join(entries)
    return ("\n".join([*HEADER, *([body] if body else ()), *FOOTER]) + "\n").encode("ascii")


def _changes(before: Mapping[str, str], after: Mapping[str, str], where: Frame) -> Iterator[str]:
    for path in sorted(before.keys() | after.keys()):
        if path not in before:
            yield f"added {where.from_lock(path)}"
        elif path not in after:
            yield f"removed {where.from_lock(path)}"
        elif before[path] != after[path]:
            yield f"changed {where.from_lock(path)}"
    if before.keys() == after.keys() and list(before) != list(after):
        yield "sorted by path"

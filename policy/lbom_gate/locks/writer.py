"""The lock of a bill of materials: the same text for the same models."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from lbom_gate import facts_v1
from lbom_gate.dataclass import dataclass
from lbom_gate.locks.changes import Change, changes
from lbom_gate.locks.claim import Claimed
from lbom_gate.locks.frame import Frame, frame
from lbom_gate.locks.layout import CLAIMED, FIRST_USE, FOOTER, HEADER
from lbom_gate.model import UNEXAMINED, File, Model, Pin, Pins, Sbom

_IS_CLAIMED = f'"evidence": "{CLAIMED}"'


@dataclass(frozen=True, slots=True)
class Rendered:
    """A lock that is ready to be written, and what a person should hear about it."""

    data: bytes
    entries: int
    claimed: int  # those of them that nobody has read the bytes of
    changes: tuple[Change, ...]  # against the previous lock
    unpinned: tuple[tuple[str, str], ...]  # path and reason of each model that is left out


def render(  # noqa: PLR0913 (what a lock depends on)
    sbom: Sbom,
    pins: Pins,
    *,
    keep_others: bool,
    lock_directory: Path,
    start: Path,
    claims: Sequence[Claimed] = (),
    updated: Collection[str] = (),
) -> Rendered:
    """The lock of every file of every model that can be pinned, sorted by path.

    `pins` is the previous lock; a pointer that was completed from it keeps its entry. With
    `keep_others` so does every file that the bill of materials does not mention. `claims` are what
    others say of files: each is pinned as claimed until the bytes were read, and never over bytes
    that were read. Bytes that are not what somebody claims are pinned only for a path that is among
    `updated`. Raises LockError where the previous lock is malformed.
    """
    where = frame(lock_directory=lock_directory, start=start)
    claimed = _claimed(pins, claims, where)
    contradicted = {
        path: why for model in sbom.models for path, why in _contradictions(model, claimed, updated)
    }
    obstacles = {model.path: _obstacle(model, where, contradicted) for model in sbom.models}
    pinned = [model for model in sbom.models if obstacles[model.path] is None]
    others = _others(sbom, pins) if keep_others else {}
    # Keyed and sorted by the path in the lock, which is the same wherever the run started.
    entries = {where.inside(path): _previous(pin) for path, pin in others.items()}
    for path, claim in claimed.items():
        pin = pins.by_path.get(path)
        if pin is None or not _was_read(pin):
            entries[where.inside(path)] = _claim(claim, where)
        elif path in contradicted:
            entries[where.inside(path)] = _previous(pin)
    companions = _companions(pinned, pins, others, claimed, where)
    entries |= companions
    entries |= {where.inside(model.path): _model(model, claimed, where) for model in pinned}
    ordered = {path: entries[path] for path in sorted(entries)}
    before = {where.inside(path): _previous(pin) for path, pin in pins.by_path.items()}
    left_out = [
        *((path, why) for path, why in obstacles.items() if why is not None),
        *_conflicts(pins, claims, updated),
    ]
    return Rendered(
        data=_text(ordered.values()),
        entries=len(ordered),
        claimed=sum(_IS_CLAIMED in entry for entry in ordered.values()),
        changes=tuple(changes(before, ordered, where)),
        unpinned=tuple(
            (path, why)
            for path, why in left_out
            if path in contradicted
            or path not in obstacles
            or where.inside(path) not in ordered
            # Its bytes are pinned for a model that needs them; what they say is not.
            or where.inside(path) in companions
        ),
    )


def _claimed(pins: Pins, claims: Sequence[Claimed], where: Frame) -> dict[str, Claimed]:
    """What is claimed of each path: by the previous lock, then by `claims`, the last one wins."""
    known = {
        path: Claimed.of_pin(pin)
        for path, pin in pins.by_path.items()
        if not _was_read(pin) or pin.pinned_by != FIRST_USE or pin.source is not None
    }
    return known | {claim.path: claim for claim in claims if where.is_inside(claim.path)}


def _was_read(pin: Pin) -> bool:
    return pin.evidence == "verified"


def _contradictions(
    model: Model, claimed: Mapping[str, Claimed], updated: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield the files of a model whose bytes are not what somebody claims, and who it is."""
    for file in model.files:
        claim = claimed.get(file.path)
        if claim is None or claim.pinned_by == FIRST_USE or file.path in updated:
            continue
        if file.sha256 is not None and claim.sha256 not in {None, file.sha256}:
            why = (
                f"{claim.pinned_by} claims sha256 {claim.sha256}, found {file.sha256};"
                f" if these bytes are right: lbom-gate lock --update {file.path}"
            )
            yield file.path, why


def _conflicts(
    pins: Pins, claims: Sequence[Claimed], updated: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield what is claimed against bytes that were read; it does not come into the lock."""
    for claim in claims:
        pin = pins.by_path.get(claim.path)
        if pin is None or not _was_read(pin) or claim.path in updated:
            continue
        if claim.sha256 not in {None, pin.sha256}:
            yield (
                claim.path,
                f"{claim.pinned_by} claims sha256 {claim.sha256}, the lock has {pin.sha256}",
            )


def _obstacle(model: Model, where: Frame, contradicted: Mapping[str, str]) -> str | None:
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
        if file.path in contradicted:
            return contradicted[file.path]
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


def _model(model: Model, claimed: Mapping[str, Claimed], where: Frame) -> str:
    return _entry(
        model.files[0], claimed, where, facts=facts_v1.encode(facts_v1.judged(model.facts))
    )


def _companions(
    models: Iterable[Model],
    pins: Pins,
    others: Mapping[str, Pin],
    claimed: Mapping[str, Claimed],
    where: Frame,
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
        where.inside(path): _entry(file, claimed, where, model=min(map(where.inside, needed[path])))
        for path, file in files.items()
    }


def _entry(file: File, claimed: Mapping[str, Claimed], where: Frame, **last: object) -> str:
    """The entry of a file whose bytes were read; who claimed them before is kept."""
    claim = claimed.get(file.path)
    if claim is not None and claim.sha256 != file.sha256:
        claim = None
    members: dict[str, object] = {
        "path": where.inside(file.path),
        "size": file.size,
        "sha256": file.sha256,
        "pinned_by": FIRST_USE if claim is None else claim.pinned_by,
    }
    return json.dumps(members | ({} if claim is None else claim.origin()) | last)


def _claim(claim: Claimed, where: Frame) -> str:
    members: dict[str, object] = {"path": where.inside(claim.path)}
    if claim.size is not None:
        members["size"] = claim.size
    members[claim.digest.algorithm] = claim.digest.value
    members |= {"pinned_by": claim.pinned_by, "evidence": CLAIMED}
    return json.dumps(members | claim.origin())


def _previous(pin: Pin) -> str:
    return pin.span.text.removesuffix(",")


def _text(entries: Iterable[str]) -> bytes:
    body = ",\n".join(entries)
    return ("\n".join([*HEADER, *([body] if body else ()), *FOOTER]) + "\n").encode("ascii")

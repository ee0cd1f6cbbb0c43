"""Brings two sides to one comparison: two policies with their locks, or the models of two trees."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lbom_gate import documents, locks, pipeline, policies, rules, sbom, sources
from lbom_gate.model import Change, Changes, Difference, Pins, Sbom, path_text

# How a lock starts, and what may stand before the brace of a document.
_LOCK = b'{\n"version"'
_BLANK = b" \t\r\n\xef\xbb\xbf"
_HEAD = 64


def compare(
    old: policies.Policy, old_pins: Pins, new: policies.Policy, new_pins: Pins
) -> tuple[Change, ...]:
    """Return what a policy and its lock loosen, tighten or say otherwise than others.

    Raises `locks.LockError`.
    """

    def is_required(path: str) -> bool:
        asked = new.settings_for(path).pins_require
        return asked is not None and asked.value

    pinned = locks.differences(old_pins, new_pins, is_required=is_required)
    return (*policies.differences(old, new), *pinned)


def changes_since(
    place: pipeline.Place,
    revision: sources.Revision,
    policy: policies.Policy,
    pins: Pins,
    file: Path | None,
    paths: Sequence[str] = (),
) -> Changes:
    """Return what the policy and the lock on the disk change of those of a revision.

    That they cannot be read is a change too.
    """
    now = policy.path
    try:
        new = pipeline.load_policy(place, file, paths)
        now = rules.WHOLE_RUN if new.is_fallback else new.path
        each = compare(policy, pins, new, pipeline.load_pins(place, new))
    except policies.PolicyErrors as errors:
        first = errors.diagnostics[0]
        now = first.span.path
        words = f"the policy cannot be read any more: {first.message}"
        each = (Change("changes", words, new=first.span),)
    except locks.LockError as error:
        words = f"the lock cannot be read any more: {error.diagnostic.message}"
        each = (Change("changes", words, new=error.diagnostic.span),)
    since = f"{revision.name} ({revision.commit[:12]})"
    return Changes(since=since, policy=now, each=each)


class Incomparable(Exception):
    """A name that stands for no models, and why."""


def differences(
    place: pipeline.Place, old: str, new: str, *, jobs: int = 0
) -> tuple[Difference, ...]:
    """Return in what the models of `new` differ from those of `old`.

    Each is a bill of materials, a lock, a directory, a model file or a revision. Raises
    `Incomparable`, `locks.LockError`, `sbom.UnreadableSbom` and `sources.UnknownRevision`.
    """
    before, after = (_readable(place, name, jobs=jobs) for name in (old, new))
    if _is_model(old, before) and _is_model(new, after):
        difference = sbom.compare(before.models[0], after.models[0])
        return () if difference is None else (difference,)
    return sbom.differences(before, after)


def _readable(place: pipeline.Place, name: str, *, jobs: int) -> Sbom:
    try:
        return _bill(place, name, jobs=jobs)
    except OSError as error:
        raise Incomparable(f"{path_text(name)} cannot be read: {error.strerror}") from error


def _bill(place: pipeline.Place, name: str, *, jobs: int) -> Sbom:
    """Return the models of that name; their paths are relative to the directory it stands for."""
    file = Path(os.path.abspath(name))  # noqa: PTH100  (links stay as they are)
    if not os.path.lexists(name):
        return _bill_of_revision(place, name)
    head = b"" if file.is_dir() else documents.read(file, _HEAD)
    if file.suffix == ".lock" or head.startswith(_LOCK):
        return locks.bill(locks.load(file, start=file.parent))
    if head.lstrip(_BLANK)[:1] in {b"{", b"<"}:
        return sbom.read(documents.read(file, sbom.MAX_BYTES), name)
    return _bill_of_files(place, file, jobs=jobs)


def _bill_of_files(place: pipeline.Place, file: Path, *, jobs: int) -> Sbom:
    """Return the models under a directory, or the one in a file."""
    directory = pipeline.Place(file if file.is_dir() else file.parent, place.root)
    policy = policies.load(None, start=directory.start, root=place.root, rules=rules.INFOS)
    nothing = Pins(path="", exists=False, by_path={})
    selection = sources.select((os.fspath(file),), root=place.root)
    bill = pipeline.scan(directory, selection, policy, nothing, jobs=jobs).sbom
    if file.is_dir():
        return bill
    models = tuple(
        model
        for model in bill.models
        if model.path == path_text(file.name) and (model.facts.format or model.facts.anomalies)
    )
    if not models:
        raise Incomparable(
            f"{path_text(file.name)} is no bill of materials, no lock and no model file"
        )
    return replace(bill, models=models)


def revision_of(name: str, place: pipeline.Place) -> sources.Revision:
    """Return the revision that a name stands for which no file has; raises `Incomparable`."""
    try:
        return sources.Revision.find(name, place.root)
    except sources.UnknownRevision as error:
        raise Incomparable(f"there is no file or directory of that name, and {error}") from error


def _bill_of_revision(place: pipeline.Place, name: str) -> Sbom:
    revision = revision_of(name, place)
    policy = pipeline.load_policy(place, None, (), revision)
    pins = locks.load(policy.lockfile, start=policy.lockfile.parent, read_file=revision.read)
    if not pins.exists:
        raise Incomparable(
            f"the revision {name} has no lock, and models are not read out of git; check it out"
            " and name its directory"
        )
    return locks.bill(pins)


def _is_model(name: str, bill: Sbom) -> bool:
    """Whether it is a model file that was named."""
    file = Path(name)
    return file.is_file() and [model.path for model in bill.models] == [path_text(file.name)]

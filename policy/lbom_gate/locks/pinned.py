"""A lock as the bill of materials that it pins: what a revision holds without its models."""

from __future__ import annotations

from lbom_gate.locks.pointer import SOURCE
from lbom_gate.model import Digest, Facts, File, Model, Pin, Pins, Sbom


def bill(pins: Pins) -> Sbom:
    """Return the models that are pinned, with the facts that the lock has of them.

    Raises LockError where an entry is malformed.
    """
    models = [pin for path in sorted(pins.by_path) if (pin := pins.by_path[path]).model is None]
    return Sbom(models=tuple(_model(pin, pins) for pin in models))


def _model(pin: Pin, pins: Pins) -> Model:
    companions = (pins.by_path[path] for path in pin.companions)
    return Model(
        name=pin.path.rpartition("/")[2],
        files=(_file(pin), *map(_companion, companions)),
        facts=Facts() if pin.facts is None else pin.facts,
        evidence="locked",
    )


def _companion(pin: Pin) -> File:
    file = _file(pin)
    return File(file.path, file.size, file.digests, role="companion")


def _file(pin: Pin) -> File:
    weak = () if pin.weak is None else (pin.weak,)
    own = () if pin.sha256 is None else (Digest("sha256", pin.sha256, "claimed", SOURCE),)
    return File(path=pin.path, size=pin.size, digests=own + weak)

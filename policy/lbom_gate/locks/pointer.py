"""A git-LFS pointer judged by what the lock knows of its content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from lbom_gate.locks.claim import Claimed
from lbom_gate.model import Digest, Facts, File, Model, Pin, Pins, Sbom

# Who claims a digest that only the lock states.
SOURCE = "lbom.lock"
# What is said of a pointer whose content nobody knows.
_WITHOUT_CONTENT = "pointer-without-content"


def complete(model: Model, pins: Pins, *, name_agrees: Callable[[str, str], bool | None]) -> Model:
    """The model with the facts of its pin, where it is a pointer to the pinned content.

    The digest identifies the bytes, and the lock knows what those bytes are. Only the pin of the
    same path counts: a model's facts also come from the files beside it (`config.json`), so equal
    bytes elsewhere may mean something else. Of a model in several files every part must be the one
    that was pinned for it. Any other model comes back as it is; so does a pointer to other content,
    which stays not examined. What the pinned facts rest on besides is added: the files pinned for
    the model, where nothing was found of them. `name_agrees` says of a path and a format whether
    the suffix is one of the format's.
    """
    file = model.files[0]
    pin = pins.by_path.get(file.path)
    if pin is None or pin.facts is None or not _is_pinned_pointer(model, pins):
        return model
    found = {each.path for each in model.files}
    # A part that is not there is missing, whatever the lock knows of it.
    suffix = PurePosixPath(file.path).suffix
    absent = (path for path in pin.companions if path not in found)
    others = (pins.by_path[path] for path in absent if PurePosixPath(path).suffix != suffix)
    format_ = pin.facts.format
    return replace(
        model,
        files=model.files + tuple(map(_companion, others)),
        facts=_with_problems(pin.facts, model.facts),
        evidence="locked",
        name_agrees=None if format_ is None else name_agrees(file.path, format_),
    )


def pointers(sbom: Sbom, pins: Pins) -> Iterator[Claimed]:
    """Yield what git-LFS pointers claim of content that is not here and that no pin knows."""
    for model in sbom.models:
        for file in model.files:
            is_new = file.role == "pointer" and file.path not in pins.by_path
            if is_new and file.sha256 is not None:
                digest = Digest("sha256", file.sha256, "claimed")
                yield Claimed(file.path, digest, "git-lfs", file.size)


def _is_pinned_pointer(model: Model, pins: Pins) -> bool:
    """Whether a file of it is a pointer, and all its weights are those pinned for it."""
    weights = [file for file in model.files if file.role != "companion"]
    if all(file.role != "pointer" for file in weights):
        return False
    found = ((file, pins.by_path.get(file.path)) for file in weights)
    return all(
        pin is not None and pin.sha256 == file.sha256 and (pin.model or pin.path) == model.path
        for file, pin in found
    )


def _with_problems(pinned: Facts, found: Facts) -> Facts:
    """The pinned facts, and what is wrong with how the parts fit together now."""
    known = set(pinned.anomalies)
    others = (
        each for each in found.anomalies if each.kind != _WITHOUT_CONTENT and each not in known
    )
    return replace(pinned, anomalies=(*pinned.anomalies, *others))


def _companion(pin: Pin) -> File:
    known = () if pin.sha256 is None else (Digest("sha256", pin.sha256, "claimed", SOURCE),)
    return File(path=pin.path, size=pin.size, digests=known, role="companion")

"""In what the models of one bill of materials differ from those of another.

A model is the same model where its path is; where a path is gone and its bytes are elsewhere, it
has moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from lbom_gate.facts_v1 import judged
from lbom_gate.model import Difference, FactChange, Facts, Model, Plain, Port, Quantization, Sbom

# What tells an item of a list from the others, the first of these that it has.
_TELLING = ("value", "message", "name")


def differences(old: Sbom, new: Sbom) -> tuple[Difference, ...]:
    """Return what was added, removed, moved and changed, sorted by path."""
    before = {model.path: model for model in old.models}
    after = {model.path: model for model in new.models}
    found = [*_changed(before, after), *_moved_or_not(before, after)]
    return tuple(sorted(found, key=lambda difference: difference.path))


def compare(old: Model, new: Model) -> Difference | None:
    """Return in what one model differs from another; None where nothing is known to differ."""
    changes = tuple(_changes(old, new))
    return Difference("changed", new.path, new, changes) if changes else None


def _changed(before: Mapping[str, Model], after: Mapping[str, Model]) -> Iterator[Difference]:
    for path in before.keys() & after.keys():
        difference = compare(before[path], after[path])
        if difference is not None:
            yield difference


def _moved_or_not(before: Mapping[str, Model], after: Mapping[str, Model]) -> Iterator[Difference]:
    gone = {path: model for path, model in sorted(before.items()) if path not in after}
    by_bytes: dict[str, list[str]] = {}
    for path, model in gone.items():
        if model.sha256 is not None:
            by_bytes.setdefault(model.sha256, []).append(path)
    for path, model in sorted(after.items()):
        if path in before:
            continue
        origins = by_bytes.get(model.sha256 or "")
        if origins:
            origin = origins.pop(0)
            changes = tuple(_changes(gone.pop(origin), model))
            yield Difference("moved", path, model, changes, old_path=origin)
        else:
            yield Difference("added", path, model)
    for path, model in gone.items():
        yield Difference("removed", path, model)


def _changes(old: Model, new: Model) -> Iterator[FactChange]:
    # A lock keeps what rules ask for; that it has no more is no change.
    is_locked = "locked" in (old.evidence, new.evidence)
    before, after = (
        dict(_facts(judged(model.facts) if is_locked else model.facts)) for model in (old, new)
    )
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield FactChange(name, before.get(name), after.get(name))
    yield from _companions(old, new)
    if old.sha256 is not None and new.sha256 is not None and old.sha256 != new.sha256:
        yield FactChange("sha256", old.sha256, new.sha256)
    sizes = old.files[0].size, new.files[0].size
    if None not in sizes and sizes[0] != sizes[1]:
        yield FactChange("size", *sizes)


def _companions(old: Model, new: Model) -> Iterator[FactChange]:
    """Yield the files beside the weights that are other files now."""
    before, after = (
        {file.path.rpartition("/")[2]: file.sha256 for file in model.files[1:]}
        for model in (old, new)
    )
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield FactChange(name, before.get(name), after.get(name))


def _facts(facts: Facts) -> Iterator[tuple[str, Plain]]:
    """Yield what is known, under the names that people use; what is not known is left out.

    Whatever has a field in `Facts` is compared.
    """
    for field in fields(facts):
        value = getattr(facts, field.name)
        if isinstance(value, Quantization):
            yield from _quantization(value)
        elif value not in (None, ()):
            yield field.name.replace("_", " "), _plain(value)


def _quantization(quantization: Quantization) -> Iterator[tuple[str, Plain]]:
    types = quantization.tensor_types
    if quantization.label is not None:
        yield "quantization", quantization.label
    if quantization.bits_per_weight is not None:
        yield "bits per weight", f"{quantization.bits_per_weight:.2f}"
    if types or quantization.claims:
        yield "quantization verdict", quantization.verdict
    if types:
        yield "tensor types", tuple(row.name for row in types)
    if quantization.claims:
        yield "claims", tuple(f"{each.value} ({each.source})" for each in quantization.claims)


def _plain(value: object) -> Plain:
    if isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, tuple):
        return tuple(dict.fromkeys(map(_item, value)))
    return str(value)


def _item(value: object) -> str:
    """Return what tells an item of a list from the others, wherever in the file it stands."""
    if isinstance(value, Port):
        return f"{value.name} {value.type_text}".strip()
    if not is_dataclass(value):
        return "=".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return next(str(getattr(value, name)) for name in _TELLING if hasattr(value, name))

"""In what one lock differs from another, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields

from lbom_gate.model import Change, Pin, Pins

_PLACE = frozenset({"span", "path"})


def differences(old: Pins, new: Pins, *, is_required: Callable[[str], bool]) -> Iterator[Change]:
    """Yield what is pinned otherwise; `is_required` says whether a model at a path needs a pin.

    Where it does, a pin lets a file in; where it does not, a pin holds one to its bytes. Raises
    LockError where the facts of an entry are malformed.
    """
    for path in sorted(old.by_path.keys() | new.by_path.keys()):
        if path not in new.by_path:
            yield Change("loosens", f"drops the pin of {path}", old=old.by_path[path].span)
        elif path not in old.by_path:
            pin = new.by_path[path]
            words = f"pins {path} to {_digest(pin)}"
            yield Change("loosens" if is_required(path) else "tightens", words, new=pin.span)
        else:
            yield from _pin(old.by_path[path], new.by_path[path])


def _pin(old: Pin, new: Pin) -> Iterator[Change]:
    if old.sha256 != new.sha256:
        words = f"pins other bytes of {new.path}: {_digest(new)}, was {_digest(old)}"
        yield Change("loosens", words, old.span, new.span)
        return
    names = [
        field.name.replace("_", " ")
        for field in fields(Pin)
        if field.name not in _PLACE and getattr(old, field.name) != getattr(new, field.name)
    ]
    if names:
        words = f"says something else of the pinned {new.path}: {', '.join(names)}"
        yield Change("changes", words, old.span, new.span)


def _digest(pin: Pin) -> str:
    if pin.sha256 is not None:
        return f"sha256 {pin.sha256[:8]}…"
    return "no digest" if pin.weak is None else f"{pin.weak.algorithm} {pin.weak.value[:8]}…"

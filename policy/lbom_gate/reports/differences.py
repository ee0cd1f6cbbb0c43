"""Differences between models: for a person, and as JSON, version 1 (later versions only add)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TypedDict

from lbom_gate.model import Difference, FactChange, Model, Plain
from lbom_gate.reports._escape import json_value, terminal
from lbom_gate.reports._words import parameters, size

# A value out of a file may be of any length; a difference is a line that a person reads.
_LONGEST = 60
# So many entries of a list are named; the rest is counted.
_MOST_NAMED = 4


class FactV1(TypedDict):
    """A fact that differs; null: it is not known."""

    name: str
    old: str | int | float | bool | list[str] | None
    new: str | int | float | bool | list[str] | None


class DifferenceV1(TypedDict):
    """A model that was added, removed, moved or changed."""

    kind: str
    path: str
    old_path: str | None
    facts: list[FactV1]


class DifferencesV1(TypedDict):
    """All differences of the second from the first."""

    version: int
    old: str
    new: str
    differences: list[DifferenceV1]


def text(differences: Sequence[Difference]) -> str:
    """Return a line for each model that differs, and one where none does."""
    return "".join(f"{terminal(_line(each))}\n" for each in differences) or "no difference\n"


def json_v1(old: str, new: str, differences: Sequence[Difference]) -> str:
    """Return the differences from `old` to `new` as a JSON document of ASCII characters."""
    document: DifferencesV1 = {
        "version": 1,
        "old": json_value(old),
        "new": json_value(new),
        "differences": [
            {
                "kind": each.kind,
                "path": json_value(each.path),
                "old_path": None if each.old_path is None else json_value(each.old_path),
                "facts": [
                    {"name": json_value(f.name), "old": _value(f.old), "new": _value(f.new)}
                    for f in each.facts
                ],
            }
            for each in differences
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _line(each: Difference) -> str:
    words = ", ".join(_words(each.facts))
    if each.kind == "changed":
        return f"{each.path}: {words}"
    if each.kind == "moved":
        return f"moved {each.old_path} -> {each.path}" + (f": {words}" if words else "")
    about = ", ".join(_about(each.model))
    return f"{each.kind} {each.path}" + (f" ({about})" if about else "")


def _about(model: Model) -> Iterator[str]:
    """Yield what a model is, in short."""
    facts, length = model.facts, model.files[0].size
    if facts.parameters:
        yield f"{parameters(facts.parameters)} {_short(facts.architecture or '')}".rstrip()
    elif facts.architecture:
        yield _short(facts.architecture)
    if facts.quantization.label:
        yield _short(facts.quantization.label)
    if facts.format:
        yield facts.format
    if length is not None:
        yield size(length)


def _words(facts: Sequence[FactChange]) -> Iterator[str]:
    """Yield each fact in words, less what follows from another one that is told.

    Other bytes have another digest; another quantization has other types and claims.
    """
    follows = {"sha256"}
    if any(fact.name == "quantization" for fact in facts):
        follows |= {"claims", "tensor types"}
    told = [fact for fact in facts if fact.name not in follows]
    for fact in told or facts:
        yield _fact(fact)


def _fact(fact: FactChange) -> str:
    name, old, new = fact.name, fact.old, fact.new
    if name == "size" and isinstance(old, int) and isinstance(new, int):
        return f"{'+' if new > old else '-'}{size(abs(new - old))}"
    if name == "sha256":
        return f"other bytes (sha256 {_digest(old)} -> {_digest(new)})"
    if name == "chat template" or "." in name:  # a digest, or a file beside the weights
        return f"{name} {'added' if old is None else 'removed' if new is None else 'changed'}"
    if isinstance(old, tuple) or isinstance(new, tuple):
        return f"{name}: {_entries(old, new)}"
    words = f"{_one(old)} -> {_one(new)}"
    return words if name == "quantization" else f"{name}: {words}"


def _entries(old: Plain | None, new: Plain | None) -> str:
    before = old if isinstance(old, tuple) else ()
    after = new if isinstance(new, tuple) else ()
    changes = [f"+{_short(each)}" for each in after if each not in before]
    changes += [f"-{_short(each)}" for each in before if each not in after]
    if len(changes) > _MOST_NAMED:
        changes = [*changes[:_MOST_NAMED], f"and {len(changes) - _MOST_NAMED} more"]
    return " ".join(changes) or "in another order"


def _one(value: Plain | None) -> str:
    return "not known" if value is None else _short(str(value))


def _digest(value: Plain | None) -> str:
    return f"{str(value)[:8]}…"


def _short(text_: str) -> str:
    return text_ if len(text_) <= _LONGEST else f"{text_[:_LONGEST]}…"


def _value(value: Plain | None) -> str | int | float | bool | list[str] | None:
    if isinstance(value, tuple):
        return [json_value(each) for each in value]
    return json_value(value) if isinstance(value, str) else value

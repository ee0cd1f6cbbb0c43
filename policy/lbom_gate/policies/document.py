"""One policy file, read and validated by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pydantic import ValidationError

from lbom_gate.dataclass import dataclass
from lbom_gate.policies import mistakes, yaml_tree
from lbom_gate.policies.errors import PolicyErrors
from lbom_gate.policies.schema import PolicyFile
from lbom_gate.policies.values import Names


@dataclass(frozen=True, slots=True)
class Document:
    """A policy file: what it says, and where."""

    content: PolicyFile
    tree: yaml_tree.Tree


def read(data: bytes, path: str, names: Names) -> Document:
    """Return the document in a file that is shown to people as `path`.

    Raises `PolicyErrors` with every mistake in it.
    """
    tree = yaml_tree.parse(data, path)
    found = list(tree.mistakes)
    try:
        known = replace(names, tolerated=_tolerated(tree.data))
        content = PolicyFile.model_validate(tree.data, context=known)
    except ValidationError as error:
        raise PolicyErrors([*found, *mistakes.diagnostics(error, tree)]) from None
    if found:
        raise PolicyErrors(found)
    return Document(content, tree)


def _tolerated(data: yaml_tree.Data) -> frozenset[str]:
    """Return the names under `rules` that a gate may pass over: marked so wherever they stand."""
    marked: dict[str, bool] = {}
    for name, level in _rules(data):
        is_marked = isinstance(level, dict) and level.get("if-known") is True
        marked[name] = is_marked and marked.get(name, True)
    return frozenset(name for name, is_marked in marked.items() if is_marked)


def _rules(data: yaml_tree.Data) -> Iterator[tuple[str, yaml_tree.Data]]:
    """Yield every name under `rules` with its level, those of overrides too."""
    if not isinstance(data, dict):
        return
    overrides = data.get("overrides")
    for part in (data, *(overrides if isinstance(overrides, list) else ())):
        rules = part.get("rules") if isinstance(part, dict) else None
        if isinstance(rules, dict):
            yield from rules.items()

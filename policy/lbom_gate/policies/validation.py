"""Reads and validates one policy file by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pydantic import ValidationError

from lbom_gate.model import Waiver
from lbom_gate.policies import mistakes, sections, yaml_tree
from lbom_gate.policies.document import Document, Extended, Overriding
from lbom_gate.policies.errors import PolicyErrors
from lbom_gate.policies.names import Names
from lbom_gate.policies.schema import PolicyFile


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
    return _document(content, tree, data, names)


def _document(content: PolicyFile, tree: yaml_tree.Tree, data: bytes, names: Names) -> Document:
    return Document(
        path=tree.path,
        data=data,
        extends=tuple(
            Extended(name, tree.value(("extends", index)))
            for index, name in enumerate(content.extends or ())
        ),
        lockfile=content.pins.lockfile,
        include=_tuple(content.paths.include),
        exclude=_tuple(content.paths.exclude),
        asks=sections.read_policy(content, tree, names),
        overrides=_overrides(content, tree, names),
        waivers=_waivers(content, tree),
    )


def _tuple(globs: list[str] | None) -> tuple[str, ...] | None:
    return None if globs is None else tuple(globs)


def _overrides(
    content: PolicyFile, tree: yaml_tree.Tree, names: Names
) -> tuple[Overriding, ...] | None:
    if content.overrides is None:
        return None
    return tuple(
        Overriding(
            paths=tuple(override.paths),
            asks=sections.read(override, tree, ("overrides", index), names),
        )
        for index, override in enumerate(content.overrides)
    )


def _waivers(content: PolicyFile, tree: yaml_tree.Tree) -> tuple[Waiver, ...] | None:
    if content.waivers is None:
        return None
    return tuple(
        Waiver(
            rule=waiver.rule,
            path=waiver.path,
            sha256=waiver.sha256,
            reason=waiver.reason,
            owner=waiver.owner,
            expires=waiver.expires,
            span=tree.value(("waivers", index)),
        )
        for index, waiver in enumerate(content.waivers)
    )


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

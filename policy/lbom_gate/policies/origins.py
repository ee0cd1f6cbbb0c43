"""The policy in force at one path: every value of it, and the line that set it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from lbom_gate.model import InForce, Pattern, Patterns, Plain, Said, Setting, Span
from lbom_gate.policies import yaml_tree
from lbom_gate.policies.asks import CLASSES, Asks, EgressAsks
from lbom_gate.policies.globs import Glob, compile_glob
from lbom_gate.policies.policy import Policy

RULES = "rules."


def in_force(policy: Policy, path: str) -> InForce:
    """Return what the policy asks of the file at `path`, whether or not there is one."""
    said = [*values(policy, policy.asks_under(policy.overriding(path)))]
    located = policy.place.locate(path)
    return InForce(
        path=path,
        policy=policy.path,
        extends=policy.extends,
        is_selected=policy.selects(path),
        selection=tuple(selection(policy)),
        overrides=tuple(_override(policy, index) for index in policy.overriding(path)),
        asked=tuple(each for each in said if not each.key.startswith(RULES)),
        levels=tuple(
            dataclasses.replace(each, key=each.key.removeprefix(RULES))
            for each in sorted(said, key=lambda each: each.key)
            if each.key.startswith(RULES)
        ),
        waivers=tuple(
            waiver
            for waiver in policy.waivers
            if located is not None and compile_glob(waiver.path).matches(located)
        ),
    )


def values(policy: Policy, asks: Asks) -> Iterator[Said]:
    """Yield all that is asked, in the order of `Asks`; every rule's level under ``rules.``.

    Whatever has a field in `Asks` is shown: a value under the key that the policy writes for it.
    """
    keys = _keys(policy.trees)
    for field in dataclasses.fields(asks):
        yield from _flat(field.name.replace("_", "-"), getattr(asks, field.name), keys)


def selection(policy: Policy) -> Iterator[Said]:
    """Yield which files are judged, as far as the policy says it."""
    for key, globs in (("include", policy.include), ("exclude", policy.exclude)):
        span = place(policy, ("paths", key))
        if span is not None:
            yield Said(f"paths.{key}", patterns(globs or ()), span)


def place(policy: Policy, path: yaml_tree.Path) -> Span | None:
    """Return where the uppermost file that says it says the value at `path`."""
    return next((t.values[path] for t in reversed(policy.trees) if path in t.values), None)


def patterns(globs: Sequence[Glob]) -> tuple[str, ...]:
    """Return the patterns as they are written."""
    return tuple(glob.text for glob in globs)


def _override(policy: Policy, index: int) -> Said:
    globs = policy.overrides[index].globs
    return Said(f"overrides[{index}]", patterns(globs), place(policy, ("overrides", index)))


_Keys = Mapping[tuple[str, int, int], str]


def _keys(trees: Sequence[yaml_tree.Tree]) -> _Keys:
    """Return the key of each value by its place: no two values start at one."""
    return {
        (span.path, span.line, span.column): _key(path)
        for tree in trees
        for path, span in tree.values.items()
    }


def _key(path: yaml_tree.Path) -> str:
    """Return a path as people write it; what an override says is said under the same key."""
    if path[:1] == ("overrides",):
        path = path[2:]
    return ".".join(str(part) for part in path)


def _flat(name: str, value: object, keys: _Keys) -> Iterator[Said]:
    """Yield the values in a part of `Asks`; `name` stands where no key is known."""
    if isinstance(value, Setting | Patterns):
        span = value.span
        key = keys.get((span.path, span.line, span.column), name)
        yield Said(key, plain(value.value), span)
    elif isinstance(value, Mapping):
        prefix = RULES if name == "levels" else f"{name}."
        for each, setting in value.items():
            yield Said(f"{prefix}{each}", plain(setting.value), setting.span)
    elif dataclasses.is_dataclass(value):
        yield from _section(name, value, keys)


def _section(name: str, section: object, keys: _Keys) -> Iterator[Said]:
    """Yield what a section asks by being there, and the values in it."""
    span = getattr(section, "span", None)
    if isinstance(span, Span):
        yield Said(name, "judged", span)
    for field in dataclasses.fields(section):  # type: ignore[arg-type]  # it is a dataclass
        yield from _flat(f"{name}.{field.name}", getattr(section, field.name), keys)
    if isinstance(section, EgressAsks):
        for each, level in CLASSES.items():
            if each not in section.classes:
                yield Said(f"{name}.classes.{each}", level, None)


def plain(value: object) -> Plain:
    """Return a value as text, number or list of texts."""
    if isinstance(value, Pattern):
        return value.text
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Sequence):
        return tuple(str(plain(each)) for each in value)
    if isinstance(value, frozenset | set):
        return tuple(sorted(str(plain(each)) for each in value))
    return str(value)

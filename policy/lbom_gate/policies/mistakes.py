"""Turns pydantic's errors into sentences of ours, each at its place in the file.

The text that pydantic wrote is never shown: it speaks of Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lbom_gate.model import LEVELS, Diagnostic
from lbom_gate.policies.errors import did_you_mean, quoted
from lbom_gate.policies.schema import Part, PolicyFile
from lbom_gate.policies.values import MISTAKE
from lbom_gate.policies.yaml_tree import MAX_MISTAKES, Path, Tree

_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list of strings",
    "model_type": "a mapping",
    "string_type": "a string",
}
_LISTS_OF_MAPPINGS = frozenset({"cases", "overrides", "tensor_types", "waivers"})
# What YAML 1.1 took for a boolean, and 1.2 does not.
_YAML_1_1 = {"yes": "true", "on": "true", "no": "false", "off": "false"}
# A whole number as people write it; a longer one is a number of nothing here.
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
# How pydantic writes the words of a `Literal` that it expected.
_QUOTED = re.compile(r"'([^']*)'")
# The last part of pydantic's location of an error about a key of a mapping.
_KEY = "[key]"


def diagnostics(
    error: ValidationError, tree: Tree, root: type[Part] = PolicyFile
) -> Iterator[Diagnostic]:
    """Yield what is wrong with the data of `tree`, up to a hundred mistakes.

    `root` is what the file as a whole may hold.
    """
    errors = error.errors(include_url=False)
    known = [
        details
        for details in errors
        if details["type"] == "missing" or details["input"] is not None
    ]
    yield from (_diagnostic(details, tree, root) for details in known[:MAX_MISTAKES])
    if len(known) > MAX_MISTAKES:
        yield Diagnostic(tree.value(()), f"and {len(known) - MAX_MISTAKES} more mistakes")


def _diagnostic(details: ErrorDetails, tree: Tree, root: type[Part]) -> Diagnostic:
    location, kind = _in_the_file(details["loc"], tree), details["type"]
    if kind == MISTAKE:
        return _own(location, details.get("ctx", {}), tree)
    if kind == "extra_forbidden":
        return _unknown_key(location, tree, root)
    if kind == "missing":
        return _missing(location, tree, root)
    if kind == "literal_error":
        return _unknown_word(location, details, tree)
    if kind == "too_long":
        most, found = details["ctx"]["max_length"], details["ctx"]["actual_length"]
        message = f"a list has at most {most:,} entries, found {found:,}"
        return Diagnostic(tree.value(location), message)
    return _wrong_type(location, kind, details["input"], tree)


def _in_the_file(location: Path, tree: Tree) -> Path:
    """Return a location without the parts that only pydantic knows, such as the tag of a union."""
    path: Path = ()
    for part in location[:-1]:
        if (*path, part) in tree.values:
            path = (*path, part)
    return (*path, *location[-1:])


def _own(location: Path, context: Mapping[str, Any], tree: Tree) -> Diagnostic:
    path = (*location, *context["at"])
    span = tree.key(path[:-1]) if path[-1] == _KEY and path not in tree.values else tree.value(path)
    label = context["label"] or did_you_mean(context["word"], context["known"])
    return Diagnostic(span, context["message"], label)


def _unknown_key(location: Path, tree: Tree, root: type[Part]) -> Diagnostic:
    *parents, key = location
    known = [name for name, _ in _fields(parents, root)]
    within = ".".join(part for part in parents if isinstance(part, str))
    message = f"unknown key {quoted(str(key))}" + (f" in {within}" if within else "")
    label = did_you_mean(str(key), known)
    return Diagnostic(tree.key(location), message, label, f"known here: {', '.join(known)}")


def _missing(location: Path, tree: Tree, root: type[Part]) -> Diagnostic:
    *parents, key = location
    required = [name for name, is_required in _fields(parents, root) if is_required]
    label = f"expected {', '.join(required)}" if len(required) > 1 else "add it"
    return Diagnostic(tree.value(tuple(parents)), f"`{key}` is missing", label)


def _unknown_word(location: Path, details: ErrorDetails, tree: Tree) -> Diagnostic:
    value, known = details["input"], _QUOTED.findall(details["ctx"]["expected"])
    expected = f"expected {_either(known)}"
    if isinstance(value, str):
        kind = "level" if known == list(LEVELS) else "value"
        message, label = f"unknown {kind} {quoted(value)}", did_you_mean(value, known) or expected
    else:
        message = f"{expected}, found {_found(value)}"
        label = "did you mean `off`?" if value is False and "off" in known else ""
    return Diagnostic(tree.value(location), message, label)


def _either(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _wrong_type(location: Path, kind: str, value: object, tree: Tree) -> Diagnostic:
    expected = _EXPECTED.get(kind, "another value")
    if kind == "list_type" and location[-1] in _LISTS_OF_MAPPINGS:
        expected = "a list of mappings"
    found = str(value) if kind == "int_type" and isinstance(value, float) else _found(value)
    message = f"expected {expected}, found {found}"
    return Diagnostic(tree.value(location), message, _remedy(kind, value))


def _remedy(kind: str, value: object) -> str:
    """Return what to do about a value of the wrong type, where one can tell."""
    if kind == "list_type" and isinstance(value, str):
        return "put it in brackets"
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes"
    if kind == "int_type" and isinstance(value, float) and value.is_integer():
        return f"write {value:.0f}"
    if kind == "int_type" and isinstance(value, str) and _NUMBER.fullmatch(value):
        return f"write {value} without quotes"
    if kind == "bool_type" and isinstance(value, str) and value.lower() in _YAML_1_1:
        return f"did you mean `{_YAML_1_1[value.lower()]}`?"
    return ""


def _found(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "a list" if isinstance(value, list) else "a mapping"


def _fields(parents: Sequence[str | int], root: type[Part]) -> list[tuple[str, bool]]:
    """Return the keys of the part of the file at a place, and whether each must be there."""
    part = root
    for name in parents:
        fields = {field.alias or key: field for key, field in part.model_fields.items()}
        # Neither the index in a list nor the name of a rule is a key of a part.
        if isinstance(name, str) and name in fields:
            part = next(_parts(fields[name].annotation))
    return [(field.alias or key, field.is_required()) for key, field in part.model_fields.items()]


def _parts(annotation: object) -> Iterator[type[Part]]:
    """Yield the parts of the policy that an annotation such as `list[Override] | None` names."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)

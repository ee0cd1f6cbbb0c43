"""Values of a document whose author may have put anything anywhere.

Real bills of materials hold `null` in lists, objects for lists and numbers for text. Where only a
value is lost by it, it is lost; where models or services could hide behind it, it is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lbom_gate.strict_json import found

Object = Mapping[str, object]


class ShapeError(ValueError):
    """A value that cannot be passed over: the place, what was found and what is allowed."""

    def __init__(self, *, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")


def text(value: object) -> str | None:
    """The value, if it is text that says something."""
    return value if isinstance(value, str) and value else None


def mapping(value: object) -> Object:
    """The value, if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> Iterator[Object]:
    """The objects in the value, if it is a list; anything else is passed over."""
    return (each for each in listed(value) if isinstance(each, dict))


def listed(value: object) -> list[object]:
    """The value, if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def part(owner: Object, key: str) -> Object:
    """The member, an object; empty where it is absent or null.

    Raises ShapeError for anything else.
    """
    value = owner.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ShapeError(place=key, problem=found(value, "an object"))
    return value


def parts(owner: Object, key: str) -> Iterator[Object]:
    """The objects in the member, a list; nulls in it are passed over.

    Raises ShapeError for a member that is no list, and for a list that holds anything else.
    """
    value = owner.get(key)
    if value is not None and not isinstance(value, list):
        raise ShapeError(place=key, problem=found(value, "a list of objects"))
    for each in listed(value):
        if isinstance(each, dict):
            yield each
        elif each is not None:
            raise ShapeError(place=key, problem=found(each, "an object"))


def location(component: Object) -> str | None:
    """The first place where the component was found, as the document states it."""
    evidence = mapping(component.get("evidence"))
    occurrences = mappings(evidence.get("occurrences"))
    return next(filter(None, (text(each.get("location")) for each in occurrences)), None)

"""``@dataclass`` of the standard library, as far as the gate needs it, at a tenth of its cost.

The one of `dataclasses` writes and compiles half a dozen methods for each class when its module is
imported; a commit hook would spend more on that than on its model. This one compiles a class's
``__init__`` when the first instance is made, and its other methods are shared by all classes.

`dataclasses.field`, `fields`, `replace` and `is_dataclass` work on what it makes, and a type
checker takes it for the real one. A class has no fields of its bases, and no ``ClassVar``.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, field, make_dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool = False) -> Callable[[type], type]:
        """Return what makes a class a dataclass; the words mean what they mean in `dataclasses`."""
        return lambda cls: _complete(cls, is_frozen=frozen, has_slots=slots)


__all__ = ["dataclass"]

Given = dict[str, "Field[Any]"]


def _complete(cls: type, *, is_frozen: bool, has_slots: bool) -> type:
    own = dict(cls.__dict__)
    given = {name: _specified(own.pop(name, MISSING)) for name in cls.__annotations__}
    compared = _values_of([name for name, each in given.items() if each.compare])
    members: dict[str, Any] = {
        "__dataclass_fields__": _Fields(given),
        "__eq__": _equality(compared),
        "__hash__": _hash(compared) if is_frozen else None,
        "__init__": _first_init(given, is_frozen=is_frozen, has_slots=has_slots),
        "__match_args__": tuple(name for name, each in given.items() if each.init),
        "__repr__": _repr,
    }
    if is_frozen:
        members |= {"__setattr__": _refuse, "__delattr__": _refuse}
    if has_slots:
        members |= {"__slots__": tuple(given), "__getstate__": _state, "__setstate__": _restore}
    own.pop("__dict__", None)
    own.pop("__weakref__", None)
    made: type = type(cls)(cls.__name__, cls.__bases__, members | own)
    made.__qualname__ = cls.__qualname__
    return made


def _specified(given: Any) -> Field[Any]:  # noqa: ANN401  any default
    specified: Field[Any] = given if isinstance(given, Field) else field(default=given)
    return specified


class _Fields:
    """The fields as `dataclasses` wants them: made by itself once somebody asks."""

    def __init__(self, given: Given) -> None:
        self.given = given

    def __get__(self, _instance: object, cls: Any) -> Given:  # noqa: ANN401  any class
        kinds = cls.__annotations__
        specified = [(name, kinds[name], each) for name, each in self.given.items()]
        # A class without a docstring would be given one, for which its signature is read.
        docs = {"__doc__": cls.__doc__}
        made: Any = make_dataclass(
            cls.__name__, specified, namespace=docs, init=False, repr=False, eq=False
        )
        cls.__dataclass_fields__ = made.__dataclass_fields__
        return cls.__dataclass_fields__  # type: ignore[no-any-return]  # it is what was just set


def _first_init(given: Given, *, is_frozen: bool, has_slots: bool) -> Callable[..., None]:
    def __init__(self: Any, *args: object, **kwargs: object) -> None:  # noqa: ANN401, N807
        cls = type(self)
        cls.__init__ = _init(cls, given, is_frozen=is_frozen, has_slots=has_slots)
        cls.__init__(self, *args, **kwargs)

    return __init__


def _init(cls: Any, given: Given, *, is_frozen: bool, has_slots: bool) -> Callable[..., None]:  # noqa: ANN401
    """Return the ``__init__`` of a class, compiled."""
    known: dict[str, Any] = {"_missing": MISSING}
    parameters, lines = ["self"], []
    for name, each in given.items():
        value = name
        if each.default_factory is not MISSING:
            known[f"_make_{name}"] = each.default_factory
            value = f"_make_{name}()" + (f" if {name} is _missing else {name}" if each.init else "")
        if each.init:
            has_default = value != name or each.default is not MISSING
            known[f"_default_{name}"] = each.default
            parameters.append(f"{name}=_default_{name}" if has_default else name)
        elif value == name:
            continue
        if not is_frozen:
            lines.append(f"self.{name} = {value}")
        elif has_slots:
            # What a slot is set by does not ask whether the class is frozen.
            known[f"_set_{name}"] = vars(cls)[name].__set__
            lines.append(f"_set_{name}(self, {value})")
        else:
            lines.append(f"self.__dict__['{name}'] = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    source = f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines or ["pass"])
    exec(source, known)  # noqa: S102  it is made of the names that a class of ours gives its fields
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _values_of(names: list[str]) -> Callable[[Any], object]:
    match names:
        case []:
            return lambda _: ()
        case [name]:
            return lambda self: (getattr(self, name),)
        case _:
            return attrgetter(*names)


def _equality(compared: Callable[[object], object]) -> Callable[[object, object], bool]:
    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        return compared(self) == compared(other) if type(self) is type(other) else NotImplemented

    return __eq__


def _hash(compared: Callable[[object], object]) -> Callable[[object], int]:
    def __hash__(self: object) -> int:  # noqa: N807
        return hash(compared(self))

    return __hash__


def _repr(self: Any) -> str:  # noqa: ANN401  any instance
    shown = (
        f"{name}={getattr(self, name)!r}"
        for name, each in self.__dataclass_fields__.items()
        if each.repr
    )
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(self: object, name: str, value: object = None) -> None:
    del value
    raise FrozenInstanceError(f"{type(self).__qualname__}.{name} stays as it is")


def _state(self: Any) -> list[object]:  # noqa: ANN401  any instance
    return [getattr(self, name) for name in self.__dataclass_fields__]


def _restore(self: Any, state: list[object]) -> None:  # noqa: ANN401  any instance
    for name, value in zip(self.__dataclass_fields__, state, strict=True):
        object.__setattr__(self, name, value)

"""What the gate's `dataclass` makes behaves like what the standard library's makes."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, Generic, TypeVar

import pytest

from lbom_gate.dataclass import dataclass

T = TypeVar("T")


def build(decorate: Callable[..., Any]) -> type:
    @decorate(frozen=True, slots=True)
    class Point:
        """A point."""

        x: int
        y: int | None = None
        tags: list[str] = field(default_factory=list)
        note: str = field(default="none", compare=False, repr=False)
        total: int = field(default_factory=int, init=False)

        @property
        def doubled(self) -> int:
            return self.x * 2

    return Point


OURS, REAL = build(dataclass), build(dataclasses.dataclass)


@dataclass(frozen=True, slots=True)
class Box(Generic[T]):
    content: T


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


@dataclass(frozen=True)
class Open:
    content: int


@dataclass(slots=True)
class Counter:
    start: int
    now: int = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.start


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((1,), {}),
        ((1, 2), {}),
        ((1,), {"y": 2, "note": "a"}),
        ((), {"x": 1, "tags": ["a"]}),
        ((1, 2, ["a"], "b"), {}),
    ],
)
def test_an_instance_has_the_values_of_the_real_one(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    ours, real = OURS(*args, **kwargs), REAL(*args, **kwargs)

    assert dataclasses.asdict(ours) == dataclasses.asdict(real)
    assert repr(ours) == repr(real)
    assert ours.doubled == real.doubled


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((1, 2, [], "a", 5), {}), ((1,), {"z": 1}), ((1,), {"x": 1}), ((1,), {"total": 1})],
)
def test_what_the_real_one_does_not_take_is_refused(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    with pytest.raises(TypeError) as real:
        REAL(*args, **kwargs)
    for _ in ("the first time", "and later"):
        with pytest.raises(TypeError) as ours:
            OURS(*args, **kwargs)
        assert str(ours.value) == str(real.value)


def test_fields_are_those_of_the_real_one() -> None:
    def told(cls: type) -> list[tuple[object, ...]]:
        return [
            (each.name, each.type, each.default, each.default_factory, each.init, each.compare)
            for each in dataclasses.fields(cls)
        ]

    assert dataclasses.is_dataclass(OURS)
    assert told(OURS) == told(REAL)
    assert OURS.__match_args__ == REAL.__match_args__


def test_a_default_made_for_each_instance_is_made_for_each() -> None:
    first, second = OURS(1), OURS(1)
    first.tags.append("a")

    assert second.tags == []


def test_only_what_is_compared_makes_a_difference() -> None:
    assert OURS(1, note="a") == OURS(1, note="b")
    assert OURS(1) != OURS(2)
    assert OURS(1) != REAL(1)
    assert Box(1) != Open(1)
    assert Nothing() == Nothing()


def test_equal_ones_have_one_hash() -> None:
    assert hash(Box("a")) == hash(Box("a"))
    assert {Box(1), Box(1), Box(2), Nothing(), Nothing()} == {Box(1), Box(2), Nothing()}
    with pytest.raises(TypeError, match="unhashable"):
        hash(Counter(1))


@pytest.mark.parametrize("made", [Box(1), Open(1)])
def test_a_frozen_one_stays_as_it_is(made: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        made.content = 2
    with pytest.raises(FrozenInstanceError):
        del made.content

    assert made.content == 1


def test_slots_leave_room_for_nothing_else() -> None:
    assert not hasattr(Box(1), "__dict__")
    assert Open(1).__dict__ == {"content": 1}


def test_what_runs_after_the_start_runs() -> None:
    counter = Counter(3)
    counter.now += 1

    assert (counter.start, counter.now) == (3, 4)


def test_a_copy_a_replacement_and_a_pickle_are_equal() -> None:
    box = Box(("a", 1))

    assert copy.deepcopy(box) == box
    assert pickle.loads(pickle.dumps(box)) == box  # noqa: S301  it was written a word before
    assert dataclasses.replace(box, content=2) == Box(2)


def test_a_class_is_compiled_when_its_first_instance_is_made() -> None:
    code = (
        "import sys, re, typing, fnmatch, datetime, pathlib\n"
        "compiled = []\n"
        "import lbom_gate.dataclass\n"
        "def hook(event, args):\n"
        "    if event == 'compile' and args[1] == '<string>': compiled.append(args[0])\n"
        "sys.addaudithook(hook)\n"
        "import lbom_gate.model\n"
        "before = len(compiled)\n"
        "lbom_gate.model.Digest('sha256', '0', 'verified')\n"
        "print(before, len(compiled))"
    )
    words = [sys.executable, "-c", code]
    result = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)

    # A `Quantization` is the default of a field, and made at once.
    assert result.stdout == "1 2\n"

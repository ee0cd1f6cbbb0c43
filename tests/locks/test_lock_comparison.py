"""What one lock says otherwise than another is told in words."""

from dataclasses import replace

from lbom_gate import locks
from lbom_gate.model import Facts, Pin, Pins, Span

SPAN = Span("lbom.lock", 4, 1, 2, "")
A = Pin("a.gguf", 10, "a" * 64, SPAN, facts=Facts(format="gguf"))
B = Pin("b.gguf", 10, "b" * 64, SPAN, facts=Facts(format="gguf"))


def told(old: list[Pin], new: list[Pin], *, required: bool = True) -> list[tuple[str, str]]:
    """Return effect and words of every change."""
    before, after = (Pins("lbom.lock", bool(p), {pin.path: pin for pin in p}) for p in (old, new))
    changes = locks.differences(before, after, is_required=lambda _path: required)
    return [(change.effect, change.words) for change in changes]


def test_the_same_pins_on_other_lines_are_no_change():
    assert told([A], [replace(A, span=replace(SPAN, line=9))]) == []


def test_a_pin_that_goes_no_longer_holds_a_file_to_its_bytes():
    assert told([A, B], [B]) == [("loosens", "drops the pin of a.gguf")]


def test_a_pin_that_comes_lets_a_file_in_where_pins_are_required():
    assert told([A], [A, B]) == [("loosens", "pins b.gguf to sha256 bbbbbbbb…")]
    assert told([A], [A, B], required=False) == [("tightens", "pins b.gguf to sha256 bbbbbbbb…")]


def test_other_bytes_are_let_in_by_another_digest():
    assert told([A], [replace(A, sha256="c" * 64, size=11)]) == [
        ("loosens", "pins other bytes of a.gguf: sha256 cccccccc…, was sha256 aaaaaaaa…")
    ]


def test_other_facts_of_the_same_bytes_are_a_change():
    assert told([A], [replace(A, facts=Facts(format="onnx"), companions=("c",))]) == [
        ("changes", "says something else of the pinned a.gguf: facts, companions")
    ]

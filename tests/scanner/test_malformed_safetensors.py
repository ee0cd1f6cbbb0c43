"""Malformed safetensors headers: what the reference refuses, the scanner never calls clean.

The first 49 headers and the reference's answers are those of safetensors 0.8.0, which these tests
ask again. Some rows the reference accepts against its own documentation and a gate must not.
"""

from pathlib import Path
from typing import NamedTuple

import pytest
import records
import safetensors
from raw import entry, header
from raw import safetensors as write

F32_PAIR = entry()
ONE = {"a": F32_PAIR}
DATA = bytes(8)


class Case(NamedTuple):
    """A file, whether the reference accepts it, and what the scanner says of it."""

    name: str
    file: bytes
    is_accepted: bool
    expected: set[str] = set()  # empty: clean


def one(described: str, data: bytes = DATA) -> bytes:
    """Return a file of one tensor described like this."""
    return write(header({"a": described}), data)


def two(a: str, b: str, data: bytes, names: tuple[str, str] = ("a", "b")) -> bytes:
    """Return a file of two tensors, in this order in the header, whatever their names."""
    return write(f'{{"{names[0]}":{a},"{names[1]}":{b}}}', data)


HEAD, TAIL, SHORT, UNREAD = (
    "malformed-header: ",
    "trailing-data: ",
    "truncated-file: ",
    "not-examined: ",
)
FIRST, SECOND = entry(), entry(start=8, end=16)

CASES = [
    # What the reference accepts.
    Case("one valid tensor", write(header(ONE), DATA), True),
    Case("no tensor", write("{}"), True),
    Case("leading spaces", write("  " + header(ONE), DATA), True, {HEAD + "?"}),
    Case("trailing space", write(header(ONE) + "   ", DATA), True),
    Case("trailing line feed and tab", write(header(ONE) + "\n\t", DATA), True, {HEAD + "?"}),
    Case("duplicate name, the last of another type",
         two(entry("F32"), entry("I32"), DATA, names=("a", "a")), True, {HEAD + "?"}),
    Case("duplicate key in the metadata",
         write(header(ONE, '"__metadata__":{"k":"1","k":"2"}'), DATA), True, {HEAD + "?"}),
    Case("metadata null", write(header(ONE, '"__metadata__":null'), DATA), True),
    Case("unknown field",
         one('{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}'), True, {HEAD + "?"}),
    Case("names out of the order of their offsets", two(SECOND, FIRST, bytes(16)), True),
    Case("a shape of no element", one(entry(shape=(0, 4), end=0), b""), True),
    Case("a scalar", one(entry(shape=(), end=4), bytes(4)), True),
    Case("F4 of whole bytes", one(entry("F4", (4,), end=2), bytes(2)), True),
    Case("F6 of whole bytes", one(entry("F6_E2M3", (4,), end=3), bytes(3)), True),
    Case("F8_E8M0", one(entry("F8_E8M0", (4,), end=4), bytes(4)), True),
    Case("C64", one(entry("C64", (1,))), True),
    Case("empty name", write(header({"": F32_PAIR}), DATA), True, {HEAD + "?"}),
    Case("NUL in a name", write(header({"a\\u0000b": F32_PAIR}), DATA), True, {HEAD + "?"}),
    # What the reference refuses.
    Case("trailing NULs", write(header(ONE) + "\0\0", DATA), False, {HEAD + "?"}),
    Case("a second document", write(header(ONE) + "{}", DATA), False, {HEAD + "?"}),
    Case("metadata twice",
         write(header(ONE, '"__metadata__":{}', '"__metadata__":{}'), DATA), False, {HEAD + "?"}),
    Case("dtype twice",
         one('{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}'), False,
         {HEAD + "?"}),
    Case("a number in the metadata",
         write(header(ONE, '"__metadata__":{"k":1}'), DATA), False, {HEAD + "?"}),
    Case("no dtype", one('{"shape":[2],"data_offsets":[0,8]}'), False, {HEAD + "?"}),
    Case("no shape", one('{"dtype":"F32","data_offsets":[0,8]}'), False, {HEAD + "?"}),
    Case("no offsets", one('{"dtype":"F32","shape":[2]}'), False, {HEAD + "?"}),
    Case("three offsets",
         one('{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}'), False, {HEAD + "?"}),
    Case("a hole", two(FIRST, entry(start=12, end=20), bytes(20)), False, {HEAD + "?"}),
    Case("an overlap", two(FIRST, entry(start=4, end=12), bytes(12)), False, {HEAD + "?"}),
    Case("a byte behind the data", write(header(ONE), bytes(9)), False, {TAIL + "?"}),
    Case("a byte of data missing", write(header(ONE), bytes(7)), False, {SHORT + "?"}),
    Case("first offset 8", one(SECOND, bytes(16)), False, {HEAD + "?"}),
    Case("F4 of half a byte", one(entry("F4", (3,), end=2), bytes(2)), False, {HEAD + "?"}),
    Case("dtype in lower case", one(entry("f32")), False, {UNREAD + "?"}),
    Case("unknown dtype F8_E4M3FN", one(entry("F8_E4M3FN", (8,))), False, {UNREAD + "?"}),
    Case("unknown dtype I4", one(entry("I4", (16,))), False, {UNREAD + "?"}),
    Case("negative length", one(entry(shape=(-2,))), False, {HEAD + "?"}),
    Case("length that is no whole number", one(entry(shape=(2.0,))), False, {HEAD + "?"}),
    Case("2^64 elements", one(entry(shape=(1 << 32, 1 << 32))), False, {HEAD + "?"}),
    Case("2^64 elements times 0",
         one(entry(shape=(1 << 32, 1 << 32, 0), end=0), b""), False, {HEAD + "?"}),
    Case("half a surrogate pair", write(header({"\\ud800": F32_PAIR}), DATA), False, {HEAD + "?"}),
    Case("byte order mark", write("\ufeff" + header(ONE), DATA), False, {HEAD + "?"}),
    Case("name not UTF-8",
         write(header(ONE).encode().replace(b'"a"', b'"\xff"'), DATA), False, {HEAD + "?"}),
    Case("an array of the whole", write("[]"), False, {HEAD + "?"}),
    Case("header of length 0", write("", DATA), False, {HEAD + "?"}),
    Case("seven bytes", bytes(7), False, {HEAD + "?"}),
    Case("header of 100,000,001 bytes", write("{}", length=100_000_001), False, {HEAD + "?"}),
    Case("200 arrays in each other",
         write('{"a":' + "[" * 200 + "]" * 200 + "}"), False, {HEAD + "?"}),
    Case("duplicate name, once as an escape",
         two(FIRST, SECOND, bytes(16), names=("a", "\\u0061")), False, {HEAD + "?"}),
    # More that a gate must see.
    Case("header longer than the file", write("{}", length=3), False, {SHORT + "?"}),
    Case("header of 2^63 bytes", write("{}", length=1 << 63), False, {HEAD + "?"}),
    Case("bytes of another number than the shape's", one(entry(shape=(3,))), False, {HEAD + "?"}),
    Case("offsets in reverse", one(entry(start=8, end=0)), False, {HEAD + "?"}),
    Case("right-to-left mark in a name",
         write(header({"a\\u202eb": F32_PAIR}), DATA), True, {HEAD + "?"}),
    Case("escape character in a name",
         write(header({"a\\u001b[2J": F32_PAIR}), DATA), True, {HEAD + "?"}),
]  # fmt: skip


def is_accepted_by_reference(data: bytes) -> bool:
    try:
        safetensors.deserialize(data)
    except safetensors.SafetensorError:
        return False
    return True


def record_of(case: Case, directory: Path) -> "records._scanner.Fingerprint":
    path = directory / "model.safetensors"
    path.write_bytes(case.file)
    return records.fingerprint(path)


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_scanner_names_what_is_wrong(case: Case, tmp_path: Path) -> None:
    record = record_of(case, tmp_path)

    assert records.problems(record) == case.expected
    assert record.format == "safetensors"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table_says_what_the_reference_says(case: Case) -> None:
    assert is_accepted_by_reference(case.file) is case.is_accepted


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_the_reference_refuses_is_not_clean(case: Case, tmp_path: Path) -> None:
    is_clean = records.is_clean(record_of(case, tmp_path), "safetensors")

    assert is_accepted_by_reference(case.file) or not is_clean

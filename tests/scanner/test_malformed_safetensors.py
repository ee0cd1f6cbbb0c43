"""Malformed safetensors headers: what the reference refuses, the scanner never calls clean.

The reference is safetensors 0.8.0, which these tests ask again. Some rows it accepts against its
own documentation and a gate must not.
"""

from pathlib import Path
from typing import NamedTuple

import pytest
import safetensors

import records
from raw import entry, header
from raw import safetensors as write

F32_PAIR = entry()
ONE = {"a": F32_PAIR}
DATA = bytes(8)


class Case(NamedTuple):
    """A file, and what the scanner says of it."""

    name: str
    file: bytes
    expected: tuple[str, ...]  # empty: clean


def case(name: str, file: bytes, *expected: str) -> Case:
    """Return a row of the table."""
    return Case(name, file, expected)


def one(described: str, data: bytes = DATA) -> bytes:
    """Return a file of one tensor described like this."""
    return write(header({"a": described}), data)


def two(a: str, b: str, data: bytes, names: tuple[str, str] = ("a", "b")) -> bytes:
    """Return a file of two tensors, in this order in the header, whatever their names."""
    return write(f'{{"{names[0]}":{a},"{names[1]}":{b}}}', data)


FIRST, SECOND = entry(), entry(start=8, end=16)

ACCEPTED = [
    case("one valid tensor", write(header(ONE), DATA)),
    case("no tensor", write("{}")),
    case("leading spaces", write("  " + header(ONE), DATA), "malformed-header: leading-space"),
    case("trailing space", write(header(ONE) + "   ", DATA)),
    case(
        "trailing line feed and tab",
        write(header(ONE) + "\n\t", DATA),
        "malformed-header: wrong-padding",
    ),
    case(
        "duplicate name, the last of another type",
        two(entry("F32"), entry("I32"), DATA, names=("a", "a")),
        "malformed-header: duplicate-tensor",
        "malformed-header: overlapping-tensors",
    ),
    case(
        "duplicate key in the metadata",
        write(header(ONE, '"__metadata__":{"k":"1","k":"2"}'), DATA),
        "malformed-header: duplicate-key",
    ),
    case(
        "metadata null",
        write(header(ONE, '"__metadata__":null'), DATA),
        "malformed-header: null-metadata",
    ),
    case(
        "unknown field",
        one('{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}'),
        "malformed-header: unknown-field",
    ),
    case("names out of the order of their offsets", two(SECOND, FIRST, bytes(16))),
    case("a shape of no element", one(entry(shape=(0, 4), end=0), b"")),
    case("a scalar", one(entry(shape=(), end=4), bytes(4))),
    case("F4 of whole bytes", one(entry("F4", (4,), end=2), bytes(2))),
    case("F6 of whole bytes", one(entry("F6_E2M3", (4,), end=3), bytes(3))),
    case("F8_E8M0", one(entry("F8_E8M0", (4,), end=4), bytes(4))),
    case("C64", one(entry("C64", (1,)))),
    case("empty name", write(header({"": F32_PAIR}), DATA), "malformed-header: empty-name"),
    case(
        "NUL in a name",
        write(header({"a\\u0000b": F32_PAIR}), DATA),
        "malformed-header: deceptive-character",
    ),
    case(
        "right-to-left mark in a name",
        write(header({"a\\u202eb": F32_PAIR}), DATA),
        "malformed-header: deceptive-character",
    ),
    case(
        "escape character in a name",
        write(header({"a\\u001b[2J": F32_PAIR}), DATA),
        "malformed-header: deceptive-character",
    ),
]

REFUSED = [
    case("trailing NULs", write(header(ONE) + "\0\0", DATA), "malformed-header: broken-json"),
    case("a second document", write(header(ONE) + "{}", DATA), "malformed-header: broken-json"),
    case(
        "metadata twice",
        write(header(ONE, '"__metadata__":{}', '"__metadata__":{}'), DATA),
        "malformed-header: duplicate-key",
    ),
    case(
        "dtype twice",
        one('{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}'),
        "malformed-header: duplicate-field",
    ),
    case(
        "a number in the metadata",
        write(header(ONE, '"__metadata__":{"k":1}'), DATA),
        "malformed-header: wrong-type",
    ),
    case("no dtype", one('{"shape":[2],"data_offsets":[0,8]}'), "malformed-header: missing-field"),
    case(
        "no shape",
        one('{"dtype":"F32","data_offsets":[0,8]}'),
        "malformed-header: missing-field",
        "trailing-data: trailing-bytes",
    ),
    case(
        "no offsets",
        one('{"dtype":"F32","shape":[2]}'),
        "malformed-header: missing-field",
        "trailing-data: trailing-bytes",
    ),
    case(
        "three offsets",
        one('{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}'),
        "malformed-header: broken-json",
    ),
    case(
        "a hole",
        two(FIRST, entry(start=12, end=20), bytes(20)),
        "malformed-header: gap-between-tensors",
    ),
    case(
        "an overlap",
        two(FIRST, entry(start=4, end=12), bytes(12)),
        "malformed-header: overlapping-tensors",
    ),
    case("a byte behind the data", write(header(ONE), bytes(9)), "trailing-data: trailing-bytes"),
    case(
        "a byte of data missing",
        write(header(ONE), bytes(7)),
        "truncated-file: missing-tensor-data",
    ),
    case("first offset 8", one(SECOND, bytes(16)), "malformed-header: gap-between-tensors"),
    case(
        "F4 of half a byte",
        one(entry("F4", (3,), end=2), bytes(2)),
        "malformed-header: partial-byte",
    ),
    case("dtype in lower case", one(entry("f32")), "malformed-header: unknown-dtype"),
    case(
        "unknown dtype F8_E4M3FN", one(entry("F8_E4M3FN", (8,))), "malformed-header: unknown-dtype"
    ),
    case("unknown dtype I4", one(entry("I4", (16,))), "malformed-header: unknown-dtype"),
    case("negative length", one(entry(shape=(-2,))), "malformed-header: wrong-type"),
    case(
        "length that is no whole number", one(entry(shape=(2.0,))), "malformed-header: wrong-type"
    ),
    case("2^64 elements", one(entry(shape=(1 << 32, 1 << 32))), "malformed-header: size-overflow"),
    case(
        "2^64 elements times 0",
        one(entry(shape=(1 << 32, 1 << 32, 0), end=0), b""),
        "malformed-header: size-overflow",
    ),
    case(
        "half a surrogate pair",
        write(header({"\\ud800": F32_PAIR}), DATA),
        "malformed-header: broken-json",
    ),
    case("byte order mark", write("\ufeff" + header(ONE), DATA), "malformed-header: broken-json"),
    case(
        "name not UTF-8",
        write(header(ONE).encode().replace(b'"a"', b'"\xff"'), DATA),
        "malformed-header: broken-json",
    ),
    case("an array of the whole", write("[]"), "malformed-header: wrong-type"),
    case("header of length 0", write("", DATA), "malformed-header: impossible-length"),
    case("seven bytes", bytes(7), "truncated-file: unexpected-end"),
    case(
        "header of 100,000,001 bytes",
        write("{}", length=100_000_001),
        "malformed-header: impossible-length",
    ),
    case(
        "200 arrays in each other",
        write('{"a":' + "[" * 200 + "]" * 200 + "}"),
        "malformed-header: wrong-type",
    ),
    case(
        "duplicate name, once as an escape",
        two(FIRST, SECOND, bytes(16), names=("a", "\\u0061")),
        "malformed-header: duplicate-tensor",
    ),
    case("header longer than the file", write("{}", length=3), "truncated-file: unexpected-end"),
    case(
        "200 arrays in each other in an unknown field",
        one('{"more":' + "[" * 200 + "]" * 200 + "}"),
        "malformed-header: broken-json",
    ),
    case(
        "header of 2^63 bytes", write("{}", length=1 << 63), "malformed-header: impossible-length"
    ),
    case(
        "bytes of another number than the shape's",
        one(entry(shape=(3,))),
        "malformed-header: wrong-size",
    ),
    case(
        "offsets in reverse",
        one(entry(start=8, end=0)),
        "malformed-header: reversed-offsets",
        "malformed-header: wrong-size",
        "malformed-header: gap-between-tensors",
        "trailing-data: trailing-bytes",
    ),
]

CASES = [*ACCEPTED, *REFUSED]


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

    assert records.problems(record) == set(case.expected)
    assert record.format == "safetensors"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table_says_what_the_reference_says(case: Case) -> None:
    assert is_accepted_by_reference(case.file) is (case in ACCEPTED)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_the_reference_refuses_is_not_clean(case: Case, tmp_path: Path) -> None:
    is_clean = records.is_clean(record_of(case, tmp_path), "safetensors")

    assert is_accepted_by_reference(case.file) or not is_clean

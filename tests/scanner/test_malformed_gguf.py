"""Malformed GGUF headers: what llama.cpp and gguf-py refuse, the scanner never calls clean.

The table holds 65 headers, what llama.cpp's `gguf_init_from_file` says of each (measured once, as
it does not install from a package), what gguf-py 0.19.0 says (measured again by these tests), and
what the scanner must say. Some rows both readers accept and a gate must not.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

import raw
import records
from raw import LLAMA, Array, Gguf, Key, Tensor, Text

Answer = Literal["accepts", "refuses", "hangs"]
OK: Answer = "accepts"
NO: Answer = "refuses"
HANGS: Answer = "hangs"


class Case(NamedTuple):
    """A header, and what each reader says of it."""

    name: str
    file: Gguf | bytes
    llama_cpp: Answer
    gguf_py: Answer
    expected: tuple[str, ...]  # empty: clean


def case(name: str, file: Gguf | bytes, llama_cpp: Answer, gguf_py: Answer, *expected: str) -> Case:
    """Return a row of the table."""
    return Case(name, file, llama_cpp, gguf_py, expected)


F32, Q4_0, Q4_K = 0, 2, 12
A, B = Tensor("a"), Tensor("b", offset=128)
TWO = bytes(256)
VALID = bytes(Gguf())


def with_key(name: str | bytes | Text, value: raw.Value, **options: int) -> Gguf:
    """Return a valid file with one more key."""
    return Gguf(keys=[LLAMA, Key(name, value, **options)])


def with_alignment(stated: int, **options: int) -> Gguf:
    """Return a file that states an alignment, with its data placed by `alignment`."""
    key = Key("general.alignment", stated, type=options.pop("type", raw.U32))
    return Gguf(keys=[LLAMA, key], **options)


def with_tensor(data: bytes = bytes(128), **fields: object) -> Gguf:
    """Return a file of one tensor with these fields."""
    return Gguf(tensors=[Tensor(**fields)], data=data)  # type: ignore[arg-type]


CASES = [
    case("one valid F32 tensor", Gguf(), OK, OK),
    case("no key and no tensor", Gguf(keys=[], tensors=[], data=b""), OK, OK),
    case("no tensor and no padding", Gguf(tensors=[], data=b""), OK, OK),
    case(
        "duplicate key",
        with_key("general.architecture", "bert"),
        NO,
        NO,
        "malformed-header: duplicate-key",
    ),
    case("empty key", with_key("", "x"), NO, OK, "malformed-header: empty-name"),
    case("key outside ASCII", with_key("x.é", "x"), OK, OK, "malformed-header: key-not-ascii"),
    case("key with NUL", with_key("x.\0b", "x"), OK, OK, "malformed-header: deceptive-character"),
    case("key not UTF-8", with_key(b"\xff.b", "x"), OK, NO, "malformed-header: name-not-utf8"),
    case("value not UTF-8", with_key("x.b", b"\xff"), OK, OK, "malformed-header: value-not-utf8"),
    case("key of 70,000 bytes", with_key("k" * 70_000, "x"), OK, OK, "malformed-header: long-name"),
    case(
        "truth value 2",
        with_key("x.b", 2, type=raw.BOOL),
        OK,
        OK,
        "malformed-header: wrong-truth-value",
    ),
    case(
        "value of type 13",
        with_key("x.b", 1, type=13, written_as=raw.U8),
        NO,
        NO,
        "malformed-header: unknown-value-type",
    ),
    case(
        "array of arrays",
        with_key("x.a", Array(raw.ARRAY, [Array(raw.U8, [1])]), type=raw.ARRAY),
        NO,
        OK,
        "malformed-header: nested-array",
    ),
    case("array of length 0", with_key("x.a", Array(raw.U8, []), type=raw.ARRAY), OK, OK),
    case(
        "array of length 2^60",
        with_key("x.a", Array(raw.U8, [], length=1 << 60), type=raw.ARRAY),
        NO,
        HANGS,
        "malformed-header: impossible-length",
    ),
    case(
        "text of length 2^40",
        with_key("x.s", Text("x", length=1 << 40)),
        NO,
        NO,
        "malformed-header: impossible-length",
    ),
    case(
        "more keys stated than there are",
        Gguf(n_keys=1000),
        NO,
        NO,
        "malformed-header: empty-name",
        "malformed-header: duplicate-key",
        "truncated-file: unexpected-end",
    ),
    case("2^63 keys", Gguf(n_keys=1 << 63), NO, NO, "malformed-header: impossible-count"),
    case("2^60 tensors", Gguf(n_tensors=1 << 60), NO, NO, "malformed-header: impossible-count"),
    case("alignment 0", with_alignment(0), NO, NO, "malformed-header: wrong-alignment"),
    case(
        "alignment 1", with_alignment(1, alignment=1), OK, OK, "malformed-header: wrong-alignment"
    ),
    case(
        "alignment 4", with_alignment(4, alignment=4), OK, OK, "malformed-header: wrong-alignment"
    ),
    case(
        "alignment 24, no power of two",
        with_alignment(24, alignment=24),
        NO,
        NO,
        "malformed-header: wrong-alignment",
    ),
    case("alignment 64", with_alignment(64, alignment=64), OK, OK),
    case(
        "alignment as u64", with_alignment(32, type=raw.U64), NO, NO, "malformed-header: wrong-type"
    ),
    case("alignment 2^31", with_alignment(1 << 31), NO, NO, "truncated-file: missing-tensor-data"),
    case(
        "duplicate tensor",
        Gguf(tensors=[A, Tensor("a", offset=128)], data=TWO),
        NO,
        NO,
        "malformed-header: duplicate-tensor",
    ),
    case("empty tensor name", with_tensor(name=""), OK, OK, "malformed-header: empty-name"),
    case("tensor name of 63 bytes", with_tensor(name="n" * 63), OK, OK),
    case(
        "tensor name of 64 bytes", with_tensor(name="n" * 64), NO, OK, "malformed-header: long-name"
    ),
    case(
        "tensor name with NUL",
        with_tensor(name="a\0"),
        OK,
        OK,
        "malformed-header: deceptive-character",
    ),
    case(
        "two tensor names alike up to NUL",
        Gguf(tensors=[Tensor("a\0b"), Tensor("a\0c", offset=128)], data=TWO),
        OK,
        OK,
        "malformed-header: deceptive-character",
    ),
    case(
        "no dimension",
        with_tensor(dims=(), data=bytes(32)),
        OK,
        OK,
        "malformed-header: wrong-dimensions",
    ),
    case(
        "five dimensions",
        with_tensor(dims=(32, 1, 1, 1, 1)),
        NO,
        OK,
        "malformed-header: wrong-dimensions",
    ),
    case("dimension 0", with_tensor(dims=(0,), data=b""), OK, OK),
    case("dimension 2^63", with_tensor(dims=(1 << 63,)), NO, NO, "malformed-header: size-overflow"),
    case(
        "dimensions of 2^64 elements",
        with_tensor(dims=(1 << 32, 1 << 32)),
        NO,
        NO,
        "malformed-header: size-overflow",
    ),
    case(
        "2^64 - 4 bytes of F32",
        with_tensor(dims=((1 << 62) - 1,)),
        NO,
        NO,
        "malformed-header: size-overflow",
    ),
    case("removed type 4", with_tensor(type=4), NO, NO, "malformed-header: removed-tensor-type"),
    case("removed type 31", with_tensor(type=31), NO, NO, "malformed-header: removed-tensor-type"),
    case("unknown type 43", with_tensor(type=43), NO, NO, "not-examined: unknown-tensor-type"),
    case(
        "unknown type 2^32 - 1",
        with_tensor(type=0xFFFF_FFFF),
        NO,
        NO,
        "not-examined: unknown-tensor-type",
    ),
    case("Q4_K in rows of 32", with_tensor(type=Q4_K), NO, NO, "malformed-header: partial-block"),
    case("Q4_K in rows of 256", with_tensor(type=Q4_K, dims=(256,), data=bytes(160)), OK, OK),
    case(
        "first offset 32",
        with_tensor(offset=32, data=bytes(160)),
        NO,
        OK,
        "malformed-header: gap-between-tensors",
    ),
    case(
        "second offset unaligned",
        Gguf(tensors=[A, Tensor("b", offset=129)], data=TWO),
        NO,
        NO,
        "malformed-header: gap-between-tensors",
        "truncated-file: missing-tensor-data",
    ),
    case(
        "two tensors in one place",
        Gguf(tensors=[A, Tensor("b")], data=bytes(128)),
        NO,
        OK,
        "malformed-header: overlapping-tensors",
    ),
    case(
        "gap between tensors",
        Gguf(tensors=[A, Tensor("b", offset=256)], data=bytes(384)),
        NO,
        OK,
        "malformed-header: gap-between-tensors",
    ),
    case(
        "tensors out of the order of their offsets",
        Gguf(tensors=[B, Tensor("a", offset=0)], data=TWO),
        NO,
        OK,
        "malformed-header: gap-between-tensors",
        "malformed-header: overlapping-tensors",
    ),
    case("no data", Gguf(data=b""), OK, NO, "truncated-file: missing-tensor-data"),
    case(
        "one byte of data missing",
        Gguf(data=bytes(127)),
        OK,
        NO,
        "truncated-file: missing-tensor-data",
    ),
    case(
        "1,000 bytes behind the data",
        Gguf(data=bytes(1128)),
        OK,
        OK,
        "trailing-data: trailing-bytes",
    ),
    case("last tensor without its padding", with_tensor(type=Q4_0, data=bytes(18)), OK, OK),
    case("version 0", Gguf(version=0), NO, NO, "malformed-header: unsupported-version"),
    case("version 1", Gguf(version=1, width="I"), NO, NO),
    case("version 2", Gguf(version=2), OK, OK),
    case("version 4", Gguf(version=4), NO, NO, "not-examined: unsupported-version"),
    case(
        "version 3 big-endian, the rest little-endian",
        Gguf(version=0x0300_0000),
        NO,
        NO,
        "malformed-header: impossible-count",
    ),
    case("magic gguf", Gguf(magic=b"gguf"), NO, NO, "unknown-format"),
    case("magic FUGG", Gguf(magic=b"FUGG"), NO, NO, "unknown-format"),
    case(
        "no architecture",
        Gguf(keys=[Key("general.name", "tiny")]),
        OK,
        OK,
        "malformed-header: missing-architecture",
    ),
    case(
        "architecture as u32",
        Gguf(keys=[Key("general.architecture", 7, type=raw.U32)]),
        OK,
        OK,
        "malformed-header: wrong-type",
        "malformed-header: missing-architecture",
    ),
    case("four bytes", VALID[:4], NO, NO, "truncated-file: unexpected-end"),
    case("no byte", b"", NO, NO, "truncated-file: empty-file"),
    case("23 bytes", VALID[:23], NO, NO, "truncated-file: unexpected-end"),
]

# Version 1 is read by decision: its files are old and whole, and a policy can say no to them.
LAXER_BY_DECISION = {"version 1"}

# Runs gguf-py over files, each for a second at most: one of them makes it count to 2^60.
READER = """
import json, signal, sys
from gguf import GGUFReader

class OutOfTime(BaseException):
    pass

def stop(*_):
    raise OutOfTime

signal.signal(signal.SIGALRM, stop)
answers = {}
for path in sys.argv[1:]:
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        GGUFReader(path)
        answers[path] = "accepts"
    except OutOfTime:
        answers[path] = "hangs"
    except Exception:
        answers[path] = "refuses"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("gguf")
    paths = {}
    for number, case in enumerate(CASES):
        paths[case.name] = directory / f"{number:02}.gguf"
        paths[case.name].write_bytes(bytes(case.file))
    return paths


@pytest.fixture(scope="module")
def gguf_py(files: dict[str, Path]) -> dict[str, Answer]:
    words = [sys.executable, "-c", READER, *map(str, files.values())]
    result = subprocess.run(words, capture_output=True, check=True, timeout=60)
    answers = json.loads(result.stdout)
    return {name: answers[str(path)] for name, path in files.items()}


def test_the_table_has_every_row() -> None:
    assert len({case.name for case in CASES}) == 65


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_scanner_names_what_is_wrong(case: Case, files: dict[str, Path]) -> None:
    record = records.fingerprint(files[case.name])

    assert records.problems(record) == set(case.expected)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table_says_what_gguf_py_says(case: Case, gguf_py: dict[str, Answer]) -> None:
    assert gguf_py[case.name] == case.gguf_py


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_reference_refuses_is_not_clean(
    case: Case, files: dict[str, Path], gguf_py: dict[str, Answer]
) -> None:
    is_refused = case.llama_cpp != "accepts" or gguf_py[case.name] != "accepts"
    is_clean = records.is_clean(records.fingerprint(files[case.name]), "gguf")

    assert not (is_refused and is_clean) or case.name in LAXER_BY_DECISION


def test_version_1_in_the_widths_of_version_3_is_not_clean(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(bytes(Gguf(version=1)))

    assert not records.is_clean(records.fingerprint(path), "gguf")


def test_a_file_that_is_big_endian_throughout_is_clean(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(bytes(Gguf(order=">")))
    record = records.fingerprint(path)

    assert records.is_clean(record, "gguf")
    assert record.facts.architecture == "llama"


@pytest.mark.parametrize("count", [513, 1 << 31])
def test_more_blocks_than_llama_cpp_has_room_for_are_refused(tmp_path: Path, count: int) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(bytes(with_key("llama.block_count", count, type=raw.U32)))

    assert records.problems(records.fingerprint(path)) == {"malformed-header: too-many-blocks"}


@pytest.mark.parametrize("character", ["\n", "\x1b", "\x9b", "\u202e", "\u200b", "\u2028"])
def test_a_tensor_name_that_could_deceive_is_refused(tmp_path: Path, character: str) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(bytes(with_tensor(name=f"a{character}b")))

    assert records.problems(records.fingerprint(path)) == {"malformed-header: deceptive-character"}


def test_an_anomaly_says_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(bytes(Gguf(tensors=[A, Tensor("b", offset=64)], data=TWO)))
    (anomaly,) = records.fingerprint(path).facts.anomalies[:1]

    # Header 24, the key 45, tensor a 33; of tensor b its name 9, dimensions 12, type 4.
    assert anomaly.offset == 24 + 45 + 33 + 9 + 12 + 4
    assert tuple(anomaly.within) == ("tensors", "b")

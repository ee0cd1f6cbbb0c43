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
    expected: set[str] = set()  # empty: clean


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


MALFORMED, TRUNCATED, TRAILING, UNREAD = (
    "malformed-header: ",
    "truncated-file: ",
    "trailing-data: ",
    "not-examined: ",
)

CASES = [
    Case("one valid F32 tensor", Gguf(), OK, OK),
    Case("no key and no tensor", Gguf(keys=[], tensors=[], data=b""), OK, OK),
    Case("no tensor and no padding", Gguf(tensors=[], data=b""), OK, OK),
    Case("duplicate key", with_key("general.architecture", "bert"), NO, NO,
         {MALFORMED + "duplicate-key"}),
    Case("empty key", with_key("", "x"), NO, OK, {MALFORMED + "empty-name"}),
    Case("key outside ASCII", with_key("x.é", "x"), OK, OK, {MALFORMED + "key-not-ascii"}),
    Case("key with NUL", with_key("x.\0b", "x"), OK, OK, {MALFORMED + "deceptive-character"}),
    Case("key not UTF-8", with_key(b"\xff.b", "x"), OK, NO, {MALFORMED + "name-not-utf8"}),
    Case("value not UTF-8", with_key("x.b", b"\xff"), OK, OK, {MALFORMED + "value-not-utf8"}),
    Case("key of 70,000 bytes", with_key("k" * 70_000, "x"), OK, OK, {MALFORMED + "long-name"}),
    Case("truth value 2", with_key("x.b", 2, type=raw.BOOL), OK, OK,
         {MALFORMED + "wrong-truth-value"}),
    Case("value of type 13", with_key("x.b", 1, type=13, written_as=raw.U8), NO, NO,
         {MALFORMED + "unknown-value-type"}),
    Case("array of arrays",
         with_key("x.a", Array(raw.ARRAY, [Array(raw.U8, [1])]), type=raw.ARRAY), NO, OK,
         {MALFORMED + "nested-array"}),
    Case("array of length 0", with_key("x.a", Array(raw.U8, []), type=raw.ARRAY), OK, OK),
    Case("array of length 2^60",
         with_key("x.a", Array(raw.U8, [], length=1 << 60), type=raw.ARRAY), NO, HANGS,
         {MALFORMED + "impossible-length"}),
    Case("text of length 2^40", with_key("x.s", Text("x", length=1 << 40)), NO, NO,
         {MALFORMED + "impossible-length"}),
    Case("more keys stated than there are", Gguf(n_keys=1000), NO, NO, {MALFORMED + "?"}),
    Case("2^63 keys", Gguf(n_keys=1 << 63), NO, NO, {MALFORMED + "impossible-count"}),
    Case("2^60 tensors", Gguf(n_tensors=1 << 60), NO, NO, {MALFORMED + "impossible-count"}),
    Case("alignment 0", with_alignment(0), NO, NO, {MALFORMED + "wrong-alignment"}),
    Case("alignment 1", with_alignment(1, alignment=1), OK, OK, {MALFORMED + "wrong-alignment"}),
    Case("alignment 4", with_alignment(4, alignment=4), OK, OK, {MALFORMED + "wrong-alignment"}),
    Case("alignment 24, no power of two", with_alignment(24, alignment=24), NO, NO,
         {MALFORMED + "wrong-alignment"}),
    Case("alignment 64", with_alignment(64, alignment=64), OK, OK),
    Case("alignment as u64", with_alignment(32, type=raw.U64), NO, NO, {MALFORMED + "wrong-type"}),
    Case("alignment 2^31", with_alignment(1 << 31), NO, NO, {TRUNCATED + "missing-tensor-data"}),
    Case("duplicate tensor",
         Gguf(tensors=[A, Tensor("a", offset=128)], data=TWO), NO, NO,
         {MALFORMED + "duplicate-tensor"}),
    Case("empty tensor name", with_tensor(name=""), OK, OK, {MALFORMED + "empty-name"}),
    Case("tensor name of 63 bytes", with_tensor(name="n" * 63), OK, OK),
    Case("tensor name of 64 bytes", with_tensor(name="n" * 64), NO, OK, {MALFORMED + "long-name"}),
    Case("tensor name with NUL", with_tensor(name="a\0"), OK, OK,
         {MALFORMED + "deceptive-character"}),
    Case("two tensor names alike up to NUL",
         Gguf(tensors=[Tensor("a\0b"), Tensor("a\0c", offset=128)], data=TWO), OK, OK,
         {MALFORMED + "deceptive-character"}),
    Case("no dimension", with_tensor(dims=(), data=bytes(32)), OK, OK,
         {MALFORMED + "wrong-dimensions"}),
    Case("five dimensions", with_tensor(dims=(32, 1, 1, 1, 1)), NO, OK,
         {MALFORMED + "wrong-dimensions"}),
    Case("dimension 0", with_tensor(dims=(0,), data=b""), OK, OK),
    Case("dimension 2^63", with_tensor(dims=(1 << 63,)), NO, NO, {MALFORMED + "size-overflow"}),
    Case("dimensions of 2^64 elements", with_tensor(dims=(1 << 32, 1 << 32)), NO, NO,
         {MALFORMED + "size-overflow"}),
    Case("2^64 - 4 bytes of F32", with_tensor(dims=((1 << 62) - 1,)), NO, NO,
         {MALFORMED + "size-overflow"}),
    Case("removed type 4", with_tensor(type=4), NO, NO, {MALFORMED + "removed-tensor-type"}),
    Case("removed type 31", with_tensor(type=31), NO, NO, {MALFORMED + "removed-tensor-type"}),
    Case("unknown type 43", with_tensor(type=43), NO, NO, {UNREAD + "unknown-tensor-type"}),
    Case("unknown type 2^32 - 1", with_tensor(type=0xFFFF_FFFF), NO, NO,
         {UNREAD + "unknown-tensor-type"}),
    Case("Q4_K in rows of 32", with_tensor(type=Q4_K), NO, NO, {MALFORMED + "partial-block"}),
    Case("Q4_K in rows of 256", with_tensor(type=Q4_K, dims=(256,), data=bytes(160)), OK, OK),
    Case("first offset 32", with_tensor(offset=32, data=bytes(160)), NO, OK,
         {MALFORMED + "gap-between-tensors"}),
    Case("second offset unaligned",
         Gguf(tensors=[A, Tensor("b", offset=129)], data=TWO), NO, NO,
         {MALFORMED + "gap-between-tensors", TRUNCATED + "missing-tensor-data"}),
    Case("two tensors in one place",
         Gguf(tensors=[A, Tensor("b")], data=bytes(128)), NO, OK,
         {MALFORMED + "overlapping-tensors"}),
    Case("gap between tensors",
         Gguf(tensors=[A, Tensor("b", offset=256)], data=bytes(384)), NO, OK,
         {MALFORMED + "gap-between-tensors"}),
    Case("tensors out of the order of their offsets",
         Gguf(tensors=[B, Tensor("a", offset=0)], data=TWO), NO, OK,
         {MALFORMED + "gap-between-tensors", MALFORMED + "overlapping-tensors"}),
    Case("no data", Gguf(data=b""), OK, NO, {TRUNCATED + "missing-tensor-data"}),
    Case("one byte of data missing", Gguf(data=bytes(127)), OK, NO,
         {TRUNCATED + "missing-tensor-data"}),
    Case("1,000 bytes behind the data", Gguf(data=bytes(1128)), OK, OK,
         {TRAILING + "trailing-bytes"}),
    Case("last tensor without its padding", with_tensor(type=Q4_0, data=bytes(18)), OK, OK),
    Case("version 0", Gguf(version=0), NO, NO, {MALFORMED + "unsupported-version"}),
    Case("version 1", Gguf(version=1, width="I"), NO, NO),
    Case("version 2", Gguf(version=2), OK, OK),
    Case("version 4", Gguf(version=4), NO, NO, {UNREAD + "unsupported-version"}),
    Case("version 3 big-endian, the rest little-endian", Gguf(version=0x0300_0000), NO, NO,
         {MALFORMED + "impossible-count"}),
    Case("magic gguf", Gguf(magic=b"gguf"), NO, NO, {"format: None"}),
    Case("magic FUGG", Gguf(magic=b"FUGG"), NO, NO, {"format: None"}),
    Case("no architecture", Gguf(keys=[Key("general.name", "tiny")]), OK, OK,
         {MALFORMED + "missing-architecture"}),
    Case("architecture as u32", Gguf(keys=[Key("general.architecture", 7, type=raw.U32)]), OK, OK,
         {MALFORMED + "wrong-type", MALFORMED + "missing-architecture"}),
    Case("four bytes", VALID[:4], NO, NO, {TRUNCATED + "end-of-file"}),
    Case("no byte", b"", NO, NO, {"format: None"}),
    Case("23 bytes", VALID[:23], NO, NO, {TRUNCATED + "end-of-file"}),
]  # fmt: skip

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

    assert records.problems(record) == case.expected
    assert record.format == "gguf"


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

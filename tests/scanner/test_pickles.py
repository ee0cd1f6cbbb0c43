"""Pickles that Python writes, and changed ones: the scanner says what Python's own readers say.

Nothing that a pickle names is ever imported here: where an unpickler runs, it is handed stand-ins.
"""

import contextlib
import io
import pickle
import pickletools
import tempfile
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lbom_gate import _scanner

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
MARK = object()

# Values whose pickles import something: by name, by their class, or to be rebuilt.
NAMED = [
    len, print, Path, OrderedDict, Counter, np.ndarray, np.dtype("f8"), np.float32(1.5),
    Path("a/b"), date(2026, 1, 2), timedelta(3), Fraction(1, 3), SimpleNamespace(x=1),
    OrderedDict(a=1), Counter("abc"), defaultdict(list, a=[1]), deque([1, 2]), 3 + 4j,
    range(5), slice(1, 2), np.arange(6.0).reshape(2, 3), np.array(["a", None], dtype=object),
    np.zeros(2, dtype=[("a", "<i4"), ("b", "S3")]), bytearray(b"xy"), pickle.loads, st.booleans,
]  # fmt: skip

# Texts and bytes that could be taken for pickles or for their letters are drawn as well.
ODD = st.sampled_from([b"\x80\x04N.", b"cos", "gASV", "KGxw", "Y29z", "os", "system", "800495"])
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.binary(max_size=20), ODD, st.sampled_from(NAMED),
)  # fmt: skip
keys = st.one_of(st.text(max_size=5), st.integers(), st.binary(max_size=5))
objects = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
        st.sets(keys, max_size=4),
        st.frozensets(keys, max_size=4),
        # The same object twice: the second time it comes out of the memo.
        inner.map(lambda value: [value, value]),
    ),
    max_leaves=12,
)
many = settings(max_examples=100, deadline=None)


def scanned(files: Iterable[bytes], suffix: str = ".pkl") -> list["_scanner.Fingerprint"]:
    """Return the records of files of these bytes."""
    with tempfile.TemporaryDirectory() as directory:
        paths = []
        for number, data in enumerate(files):
            paths.append(str(Path(directory) / f"{number}{suffix}"))
            Path(paths[-1]).write_bytes(data)
        return [
            record
            for record in _scanner.scan(paths, root=directory, jobs=1)
            if isinstance(record, _scanner.Fingerprint)
        ]


def imported(record: "_scanner.Fingerprint") -> list[str]:
    """Return the names that a file imports, in the scanner's order."""
    return [each.name for each in record.facts.imports]


def walked(data: bytes) -> list[str]:
    """Return the names that a pickle imports, each once, by a walk over its opcodes."""
    names: dict[str, None] = {}
    memo: dict[int, object] = {}
    stack: list[object] = []
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name == "STACK_GLOBAL":
            names[f"{stack[-2]}.{stack[-1]}"] = None
        elif opcode.name == "GLOBAL":
            names[str(argument).replace(" ", ".", 1)] = None
        if opcode.name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
            continue
        if "PUT" in opcode.name:
            memo[int(str(argument))] = stack[-1]
        if opcode.stack_before and pickletools.stackslice in opcode.stack_before:
            while stack.pop() is not MARK:
                pass
            taken = opcode.stack_before.index(pickletools.markobject)
        else:
            taken = len(opcode.stack_before)
        del stack[len(stack) - taken :]
        for made in opcode.stack_after:
            is_mark = made is pickletools.markobject
            stack.append(MARK if is_mark else argument)
        if "GET" in opcode.name:
            stack[-1] = memo[int(str(argument))]
    return list(names)


@many
@given(st.lists(objects, min_size=1, max_size=8))
def test_every_pickle_imports_what_a_walk_over_its_opcodes_sees(values: list[object]) -> None:
    files = [pickle.dumps(value, protocol) for value in values for protocol in PROTOCOLS]

    records = scanned(files)

    assert [record.format for record in records] == ["pickle"] * len(files)
    assert [record.facts.anomalies for record in records] == [()] * len(files)
    assert [imported(record) for record in records] == [walked(data) for data in files]


class Watching(pickle._Unpickler):  # noqa: SLF001 - the one in C reserves memory by numbers read
    """An unpickler that notes what it would import and uses a stand-in."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.asked: set[str] = set()

    def reserve(self) -> None:
        """Stop where memory would be taken by a number that is read."""
        raise pickle.UnpicklingError("BYTEARRAY8")

    dispatch = {**pickle._Unpickler.dispatch, pickle.BYTEARRAY8[0]: reserve}  # noqa: RUF012, SLF001 - as in its base

    def find_class(self, module: str, name: str) -> type:
        # The unpickler in C refuses a name of nothing.
        if name:
            self.asked.add(f"{module}.{name}")
        return StandIn

    def get_extension(self, code: int) -> None:
        raise pickle.UnpicklingError(f"extension {code}")


class StandIn:
    """Something that lets itself be called, filled and set."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __new__(cls, *_: object, **__: object):
        return super().__new__(cls)

    def __setstate__(self, state: object) -> None:
        pass

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def append(self, item: object) -> None:
        pass

    def extend(self, items: object) -> None:
        pass


def asked(data: bytes) -> set[str]:
    """Return the names that Python would import while it loads bytes, up to where it fails."""
    unpickler = Watching(data)
    # Whatever broken bytes raise, the names stay.
    with contextlib.suppress(Exception):
        unpickler.load()
    return unpickler.asked


# Pickles in which a change of a byte often makes another program.
PROGRAMS = [
    b"cos\nsystem\n(S'id'\ntR.",
    b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x8c\x02id\x85R.",
    b"(S'id'\nios\nsystem\n.",
    b"Vos\np0\n0Vsystem\np1\n0g0\ng1\n\x93)R.",
    b"\x80\x02]q\x00(cos\nsystem\nq\x01h\x01U\x02id\x85Re.",
    b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01ccollections\nOrderedDict\nq\x02)Rq\x03u.",
]


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """Draw a pickle of which some bytes are others, missing, or twice there."""
    value = st.builds(pickle.dumps, objects, st.sampled_from(PROTOCOLS))
    data = bytearray(draw(st.one_of(st.sampled_from(PROGRAMS), value)))
    opcodes = [ord(opcode.code) for opcode in pickletools.opcodes]
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(data)))
        byte = draw(st.one_of(st.sampled_from(opcodes), st.integers(0, 255)))
        match draw(st.sampled_from(["replace", "insert", "remove"])):
            case "replace":
                data[place : place + 1] = bytes([byte])
            case "insert":
                data[place:place] = bytes([byte])
            case _:
                del data[place : place + draw(st.integers(1, 3))]
    return bytes(data)


@many
@given(st.lists(changed(), min_size=1, max_size=40))
def test_nothing_that_python_would_import_is_overlooked(files: list[bytes]) -> None:
    files = [data for data in files if data]
    for data, record in zip(files, scanned(files), strict=True):
        missing = asked(data) - set(imported(record))
        kinds = {anomaly.kind for anomaly in record.facts.anomalies}

        # What is not recognised imports nothing; what is computed has no name here.
        assert not missing or "computed-import" in kinds, (data, missing, kinds)


dtypes = st.sampled_from(
    ["<f2", "<f4", ">f8", "|b1", "|i1", "|u1", "<i2", ">u4", "<i8", "<c8", "<c16", "S3", "U2",
     "M8[s]", "<i4,<f8", "O"]
)  # fmt: skip
shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)
arrays = st.builds(
    lambda dtype, shape, order: np.zeros(shape, dtype, order), dtypes, shapes, st.sampled_from("CF")
)
TYPES = {
    "float16": "F16", "float32": "F32", "float64": "F64", "bool": "BOOL", "int8": "I8",
    "uint8": "U8", "int16": "I16", "uint32": "U32", "int64": "I64", "complex64": "C64",
    "complex128": "C128",
}  # fmt: skip


def types(stored: Iterable[np.ndarray]) -> dict[str, tuple[int, int, int]]:
    """Return tensors, elements and bytes by type, as numpy counts them."""
    counted: dict[str, tuple[int, int, int]] = {}
    for array in stored:
        name = TYPES.get(array.dtype.name)
        if name:
            before = counted.get(name, (0, 0, 0))
            more = (1, array.size, array.nbytes)
            counted[name] = tuple(a + b for a, b in zip(before, more, strict=True))
    return counted


def histogram(record: "_scanner.Fingerprint") -> dict[str, tuple[int, int, int]]:
    """Return tensors, elements and bytes by type, as the scanner counts them."""
    rows = record.facts.quantization.tensor_types
    return {row.name: (row.tensors, row.parameters, row.bytes) for row in rows}


@many
@given(st.lists(arrays, min_size=1, max_size=6))
def test_arrays_are_what_numpy_wrote(stored: list[np.ndarray]) -> None:
    files = []
    for array in stored:
        buffer = io.BytesIO()
        np.save(buffer, array)
        files.append(buffer.getvalue())

    for array, record in zip(stored, scanned(files, ".npy"), strict=True):
        assert (record.format, record.facts.anomalies) == ("numpy", ())
        assert histogram(record) == types([array])
        assert record.facts.loading == ("program" if array.dtype.hasobject else "data")


@many
@given(st.dictionaries(st.text("abcdé._", min_size=1, max_size=6), arrays, min_size=1, max_size=4))
def test_zips_of_arrays_are_what_numpy_wrote(stored: dict[str, np.ndarray]) -> None:
    files = []
    for save in (np.savez, np.savez_compressed):
        buffer = io.BytesIO()
        save(buffer, **stored)
        files.append(buffer.getvalue())

    for record in scanned(files, ".npz"):
        assert (record.format, record.facts.anomalies) == ("numpy-zip", ())
        assert histogram(record) == types(stored.values())


@many
@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), arrays, min_size=1, max_size=3))
def test_arrays_in_pickles_are_what_numpy_wrote(stored: dict[str, np.ndarray]) -> None:
    files = [pickle.dumps(stored, protocol) for protocol in PROTOCOLS]

    for record in scanned(files):
        assert record.facts.anomalies == ()
        assert all(each.is_known for each in record.facts.imports)
        assert histogram(record) == types(stored.values())

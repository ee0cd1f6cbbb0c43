"""Random files of the reference writers: the scanner says what the reference readers say."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gguf
import numpy as np
import safetensors
from gguf import GGMLQuantizationType, GGUFEndian, GGUFReader, GGUFWriter
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import records

BLOCKS: dict[GGMLQuantizationType, tuple[int, int]] = {
    kind: sizes
    for kind, sizes in gguf.GGML_QUANT_SIZES.items()
    if kind != GGMLQuantizationType.Q8_1  # of another size in the package than in ggml
}
PLAIN = {
    GGMLQuantizationType.F32: np.float32,
    GGMLQuantizationType.F16: np.float16,
    GGMLQuantizationType.F64: np.float64,
    GGMLQuantizationType.I8: np.int8,
    GGMLQuantizationType.I16: np.int16,
    GGMLQuantizationType.I32: np.int32,
    GGMLQuantizationType.I64: np.int64,
}

# Names of safetensors' dtypes: as its writer takes them, as the file spells them, and their bits.
DTYPES = {
    "bool": ("BOOL", 8),
    "uint8": ("U8", 8),
    "int16": ("I16", 16),
    "uint32": ("U32", 32),
    "int64": ("I64", 64),
    "float16": ("F16", 16),
    "bfloat16": ("BF16", 16),
    "float32": ("F32", 32),
    "float64": ("F64", 64),
    "float8_e4m3fn": ("F8_E4M3", 8),
    "float8_e5m2": ("F8_E5M2", 8),
    "float8_e8m0fnu": ("F8_E8M0", 8),
    "complex64": ("C64", 64),
}

names = st.text("abcdefghijklmnopqrstuvwxyz0123456789._", min_size=1, max_size=40)
texts = st.text(st.characters(codec="utf-8"), max_size=60)
few = settings(max_examples=60, deadline=None)


@contextmanager
def file_of(data: bytes, suffix: str) -> Iterator[Path]:
    """Write bytes to a file of a directory that lasts as long as the block."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"model{suffix}"
        path.write_bytes(data)
        yield path


@st.composite
def gguf_tensors(draw: st.DrawFn) -> list[tuple[str, tuple[int, ...], GGMLQuantizationType]]:
    """Draw names, shapes as numpy has them, and types."""
    tensors = []
    for name in draw(st.lists(names, max_size=5, unique=True)):
        kind = draw(st.sampled_from(sorted(BLOCKS)))
        row = BLOCKS[kind][0] * draw(st.integers(1, 3))
        more = draw(st.lists(st.integers(1, 3), max_size=3))
        tensors.append((name, (*more, row), kind))
    return tensors


@st.composite
def gguf_files(draw: st.DrawFn) -> bytes:
    """Draw a valid GGUF, written by gguf-py."""
    order = draw(st.sampled_from(GGUFEndian))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "a.gguf"
        writer = GGUFWriter(path, draw(st.sampled_from(["llama", "bert", "x-1"])), endianess=order)
        writer.add_custom_alignment(draw(st.sampled_from([8, 32, 64])))
        if draw(st.booleans()):
            writer.add_license(draw(st.sampled_from(["mit", "apache-2.0", "été & co"])))
        if draw(st.booleans()):
            writer.add_context_length(draw(st.integers(0, 2**32 - 1)))
        for number, text in enumerate(draw(st.lists(texts, max_size=3))):
            writer.add_string(f"my.text.{number}", text)
        writer.add_array("my.numbers", draw(st.lists(st.integers(0, 2**31 - 1), max_size=5)))
        writer.add_array("my.words", draw(st.lists(texts, max_size=5)))
        writer.add_float64("my.float", draw(st.floats()))
        writer.add_bool("my.truth", draw(st.booleans()))
        for name, shape, kind in draw(gguf_tensors()):
            if kind in PLAIN:
                writer.add_tensor(name, np.zeros(shape, PLAIN[kind]))
            else:
                block, size = BLOCKS[kind]
                rows = np.zeros((*shape[:-1], shape[-1] // block * size), np.uint8)
                writer.add_tensor(name, rows, raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()


def stated(reader: GGUFReader, key: str) -> object:
    """Return what gguf-py reads under a key."""
    field = reader.get_field(key)
    return None if field is None else field.contents()


@few
@given(gguf_files())
def test_a_gguf_is_what_gguf_py_says_it_is(data: bytes) -> None:
    with file_of(data, ".gguf") as path:
        record = records.fingerprint(path)
        reader = GGUFReader(path)
        architecture = stated(reader, "general.architecture")

        assert records.is_clean(record, "gguf"), record.facts.anomalies
        assert record.format_version == "3"
        assert record.sha256 == hashlib.sha256(data).hexdigest()
        assert record.size == len(data)
        assert record.facts.architecture == architecture
        assert record.facts.license == stated(reader, "general.license")
        assert record.facts.context_length == stated(reader, f"{architecture}.context_length")
        assert record.facts.parameters == sum(int(t.n_elements) for t in reader.tensors)
        assert records.histogram(record) == records.total(
            (t.tensor_type.name, int(t.n_elements), int(t.n_bytes)) for t in reader.tensors
        )


@few
@given(gguf_files(), st.data())
def test_a_gguf_that_is_cut_is_truncated(data: bytes, choice: st.DataObject) -> None:
    with file_of(data, ".gguf") as path:
        reader = GGUFReader(path)
        # Padding behind the last tensor may be missing, and behind the header of a file of none.
        needed = max(
            (int(t.data_offset) + int(t.n_bytes) for t in reader.tensors),
            default=len(data.rstrip(b"\0")),
        )
        cut = choice.draw(st.integers(0, needed - 1))
        path.write_bytes(data[:cut])

        assert {a.rule for a in records.fingerprint(path).facts.anomalies} == {"truncated-file"}


@st.composite
def safetensors_files(draw: st.DrawFn) -> bytes:
    """Draw a valid safetensors file, written by its reference writer."""
    specs, kept = {}, []
    for name in draw(st.lists(names, max_size=5, unique=True)):
        dtype = draw(st.sampled_from(sorted(DTYPES)))
        shape = draw(st.lists(st.integers(0, 4), max_size=4))
        data = np.zeros(int(np.prod(shape)) * DTYPES[dtype][1] // 8, np.uint8)
        kept.append(data)  # the writer reads from its address
        specs[name] = safetensors.TensorSpec(
            dtype=dtype, shape=shape, data_ptr=data.ctypes.data, data_len=data.nbytes
        )
    # No tensor and empty metadata is what the writer makes broken JSON of.
    metadata = draw(st.none() | st.dictionaries(names, texts, min_size=1, max_size=3))
    return bytes(safetensors.serialize(specs, metadata))


@few
@given(safetensors_files())
def test_a_safetensors_file_is_what_its_reference_says_it_is(data: bytes) -> None:
    bits = dict(DTYPES.values())
    tensors = [
        (tensor["dtype"], int(np.prod(tensor["shape"])), len(tensor["data"]))
        for _, tensor in safetensors.deserialize(data)
    ]
    with file_of(data, ".safetensors") as path:
        record = records.fingerprint(path)

    assert records.is_clean(record, "safetensors"), record.facts.anomalies
    assert record.sha256 == hashlib.sha256(data).hexdigest()
    assert record.size == len(data)
    assert record.facts.parameters == sum(elements for _, elements, _ in tensors)
    assert records.histogram(record) == records.total(tensors)
    assert all(size * 8 == count * bits[dtype] for dtype, count, size in tensors)


@few
@given(safetensors_files(), st.data())
def test_a_safetensors_file_that_is_cut_is_truncated(data: bytes, choice: st.DataObject) -> None:
    cut = choice.draw(st.integers(0, len(data) - 1))
    with file_of(data[:cut], ".safetensors") as path:
        record = records.fingerprint(path)

    assert {anomaly.rule for anomaly in record.facts.anomalies} == {"truncated-file"}


@few
@given(
    st.one_of(gguf_files(), safetensors_files()),
    st.lists(st.tuples(st.integers(0, 2**20), st.integers(1, 255)), min_size=1, max_size=8),
)
def test_flipped_bits_never_raise_and_always_change_the_digest(
    data: bytes, flips: list[tuple[int, int]]
) -> None:
    changed = bytearray(data)
    for place, mask in flips:
        changed[place % len(data)] ^= mask
    assume(bytes(changed) != data)
    with file_of(bytes(changed), ".gguf" if data[:4] == b"GGUF" else ".safetensors") as path:
        record = records.fingerprint(path)

    assert record.sha256 == hashlib.sha256(changed).hexdigest()


@few
@given(
    st.sampled_from([b"", b"GGUF\3\0\0\0", b"GGUF\0\0\0\3", b"\x20\0\0\0\0\0\0\0{"]),
    st.binary(max_size=400),
    st.sampled_from([".gguf", ".safetensors", ".pt", ""]),
)
def test_any_bytes_give_a_record(start: bytes, rest: bytes, suffix: str) -> None:
    with file_of(start + rest, suffix) as path:
        record = records.fingerprint(path)

    assert record.size == len(start + rest)

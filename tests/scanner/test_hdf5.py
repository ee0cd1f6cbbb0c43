"""HDF5 files and Keras models in them: the scanner says what h5py says, and what loading would do.

Files are written by h5py, the reference library's binding; no model is loaded.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import records
from lbom_gate import _scanner

DTYPES = {
    "bool": "BOOL",
    "int8": "I8",
    "uint8": "U8",
    "int16": "I16",
    "uint16": "U16",
    "int32": "I32",
    "uint32": "U32",
    "int64": "I64",
    "uint64": "U64",
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
    ">f4": "F32",
    ">i8": "I64",
}
LIBVERS = [("earliest", "v108"), ("v108", "v108"), ("v110", "v110"), ("v114", "latest")]

few = settings(max_examples=60, deadline=None)
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789_:é ", min_size=1, max_size=40).filter(
    lambda name: name.strip(".")
)


def written(write: Callable[[h5py.File], object], **options: object) -> bytes:
    """Return the bytes of a file that h5py wrote."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "model.h5"
        with h5py.File(path, "w", **options) as file:
            write(file)
        return path.read_bytes()


def found(write: Callable[[h5py.File], object], **options: object) -> "_scanner.Fingerprint":
    return records.fingerprint_of(written(write, **options), ".h5")


def numbers(data: bytes) -> dict[str, tuple[int, int, int]]:
    """Return the histogram of the datasets, as h5py reads them."""
    rows = []
    with h5py.File(io.BytesIO(data)) as file:
        file.visititems(
            lambda _, node: (
                rows.append((DTYPES[str(node.dtype)], node.size, node.size * node.dtype.itemsize))
                if isinstance(node, h5py.Dataset)
                else None
            )
        )
    return records.total(rows)


def config(*layers: dict[str, object]) -> bytes:
    return json.dumps({"class_name": "Sequential", "config": {"layers": layers}}).encode()


@few
@given(
    st.dictionaries(
        st.lists(names, min_size=1, max_size=3).map("/".join),
        st.tuples(
            st.sampled_from(sorted(DTYPES)),
            st.lists(st.integers(1, 5), max_size=4),
            st.sampled_from(["contiguous", "chunked", "gzip"]),
        ),
        max_size=12,
    ),
    st.sampled_from(LIBVERS),
)
def test_every_file_of_the_reference_writer_is_read_as_it_reads_it(
    datasets: dict[str, tuple[str, list[int], str]], libver: tuple[str, str]
) -> None:
    def write(file: h5py.File) -> None:
        for name, (dtype, shape, storage) in datasets.items():
            is_inside = any(name.startswith(f"{other}/") for other in datasets)
            if name in file or is_inside:
                continue
            stored = {} if storage == "contiguous" or not shape else {"chunks": tuple(shape)}
            if stored and storage == "gzip":
                stored["compression"] = "gzip"
            file.create_dataset(name, data=np.zeros(shape, dtype), **stored)

    data = written(write, libver=libver)
    record = records.fingerprint_of(data, ".h5")

    # Groups of many links, in files of new versions, hide them in a fractal heap: that is said.
    if records.problems(record) != {"not-examined: unread-structure"}:
        assert records.is_clean(record, "hdf5"), record.facts.anomalies
        assert records.histogram(record) == numbers(data)


def test_many_links_of_an_old_group_are_all_read() -> None:
    def write(file: h5py.File) -> None:
        for index in range(2000):
            file[f"layer_{index}/vars/0"] = np.zeros(2, np.float32)

    assert records.histogram(found(write)) == {"F32": (2000, 4000, 16000)}


@pytest.mark.parametrize("size", [10, 70_000, 3_000_000])
def test_a_configuration_of_any_length_is_read(size: int) -> None:
    layers = [{"class_name": "Dense", "config": {"x": "a" * size}}, {"class_name": "Lambda"}]
    record = found(lambda file: file.attrs.update(model_config=config(*layers)))

    assert records.problems(record) == {"executable-layer: lambda-layer"}
    assert record.facts.loading == "code"
    assert record.facts.architecture == "Sequential"


@pytest.mark.parametrize("text", [np.bytes_(config()), config().decode(), config()])
def test_a_configuration_in_any_kind_of_text_is_read(text: object) -> None:
    record = found(lambda file: file.attrs.update(model_config=text))

    assert records.is_clean(record, "hdf5")
    assert record.facts.architecture == "Sequential"


def test_what_leads_out_of_the_file_is_an_escape() -> None:
    def link(file: h5py.File) -> None:
        file["x"] = h5py.ExternalLink("/etc/passwd", "/y")

    def storage(file: h5py.File) -> None:
        file.create_dataset("x", (4,), "u1", external=[("/etc/passwd", 0, 4)])

    def virtual(file: h5py.File) -> None:
        layout = h5py.VirtualLayout((4,), "u1")
        layout[:] = h5py.VirtualSource("/etc/passwd", "y", (4,))
        file.create_virtual_dataset("x", layout)

    def name(file: h5py.File) -> None:
        file.create_group("layers")["..\\x"] = h5py.SoftLink("/")

    assert records.problems(found(link)) == {"external-data-escape: external-link"}
    assert records.problems(found(storage)) == {"external-data-escape: external-data"}
    assert "external-data-escape: external-data" in records.problems(found(virtual))
    assert records.problems(found(name)) == {"external-data-escape: path-like-name"}


def test_links_inside_the_file_are_none() -> None:
    def write(file: h5py.File) -> None:
        file["a/w"] = np.zeros((2, 2), np.float32)
        file["b"] = h5py.SoftLink("/a/w")
        file["c"] = file["a"]
        file["a/self"] = file["a"]

    record = found(write)

    assert records.is_clean(record, "hdf5")
    assert records.histogram(record) == {"F32": (1, 4, 16)}


def test_a_user_block_is_slack() -> None:
    data = written(lambda file: file.attrs.update(x=1), userblock_size=1024)
    data = b"#!/bin/sh\n" + data[10:]

    assert records.problems(records.fingerprint_of(data, ".h5")) == {"trailing-data: user-block"}


@pytest.mark.parametrize("libver", LIBVERS)
def test_a_file_cut_short_is_truncated(libver: tuple[str, str]) -> None:
    data = written(lambda file: file.update(w=np.zeros((64, 64), np.float32)), libver=libver)
    whole = records.fingerprint_of(data, ".h5")
    cut = records.fingerprint_of(data[: len(data) // 2], ".h5")

    assert records.is_clean(whole, "hdf5")
    assert "truncated-file: unexpected-end" in records.problems(cut)


def test_attributes_that_hide_in_a_heap_are_said() -> None:
    def write(file: h5py.File) -> None:
        for index in range(20):
            file.attrs[f"x{index}"] = "y"
        file.attrs["model_config"] = config({"class_name": "Lambda"})

    record = found(write, libver="latest")

    assert records.problems(record) == {"not-examined: unread-structure"}


def test_numbers_that_keras_describes_in_an_attribute_are_known() -> None:
    def write(file: h5py.File) -> None:
        data = np.zeros((4, 4), "V2")
        file.create_dataset("layers/dense/vars/0", data=data).attrs["dtype"] = "bfloat16"
        file.create_dataset("layers/dense/vars/1", data=data)

    record = found(write)

    assert records.histogram(record) == {"BF16": (1, 16, 32)}
    assert records.problems(record) == {"not-examined: unread-structure"}


def test_integers_beside_a_scale_are_quantized_and_an_optimizer_is_no_weight() -> None:
    def write(file: h5py.File) -> None:
        file["layers/dense/vars/0"] = np.zeros((4, 8), np.int8)
        file["layers/dense/vars/1"] = np.zeros(8, np.float32)
        file["layers/index/vars/0"] = np.zeros((4, 8), np.int8)
        file["optimizer/vars/0"] = np.zeros((4, 8), np.float32)
        file["model_weights/d/d/kernel"] = np.zeros((4, 8), np.int8)
        file["model_weights/d/d/kernel_scale"] = np.zeros(8, np.float32)

    record = found(write)

    assert records.histogram(record) == {
        "F32": (2, 16, 64),
        "I8": (1, 32, 32),
        "int8": (2, 64, 64),
    }
    assert record.facts.quantization.label == "int8"


def test_the_lambda_of_the_corpus_is_found(corpus: Path) -> None:
    record = records.fingerprint(corpus / "modelaudit/samples/keras/malicious_lambda.h5")

    assert record.format == "hdf5"
    assert records.problems(record) == {"executable-layer: lambda-layer"}
    assert record.facts.loading == "code"


def test_weights_are_read_inside_the_archive_of_a_keras_model(tmp_path: Path) -> None:
    weights = written(lambda file: file.update({"layers/d/vars/0": np.zeros((3, 5), np.float16)}))
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", config())
        archive.writestr("model.weights.h5", weights)
    record = records.fingerprint(path)

    assert records.is_clean(record, "keras")
    assert record.format_version == "3.15.1"
    assert records.histogram(record) == {"F16": (1, 15, 30)}

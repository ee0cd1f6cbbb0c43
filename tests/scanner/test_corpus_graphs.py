"""Real graphs in protobuf: ONNX, TensorFlow and Core ML files that nobody of this project wrote.

Where the corpus is absent these tests are skipped, aloud.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto

import records
from lbom_gate import _scanner

NAMES = {
    "FLOAT": "F32",
    "DOUBLE": "F64",
    "INT8": "int8",
    "UINT8": "uint8",
    "INT32": "I32",
    "INT64": "I64",
}

# What a file is quantized to, as its tensors and the operators that read them say.
QUANTIZED = {
    "generated/onnx/basicpitch.dyn_qint8.onnx": "int8",
    "generated/onnx/basicpitch.static_QDQ_uint8.onnx": "uint8",
    "generated/onnx/tract_lstm.dyn_qint8.onnx": "int8",
    "generated/onnx/basicpitch_extdata.onnx": "F32",
    "basic-pitch/icassp_2022/nmp.onnx": "F32",
    # Its name speaks of bytes; its weights are floats.
    "tract/onnx/test_cases/byte_sb_bidi_lstm/model.onnx": "F32",
}


@pytest.fixture(scope="module")
def models(corpus: Path) -> dict[str, dict[str, Any]]:
    """Return what the library read of each ONNX model, by path."""
    files = json.loads((corpus / "MANIFEST.json").read_text("utf-8"))["files"]
    return {e["path"]: e["facts"] for e in files if "init_dtypes" in e["facts"]}


@pytest.fixture(scope="module")
def scanned(corpus: Path, models: dict[str, dict[str, Any]]) -> "dict[str, _scanner.Fingerprint]":
    found = _scanner.scan([str(corpus / path) for path in models], root=str(corpus))
    return dict(zip(models, found, strict=True))


def tensors(message: Any) -> Iterator[TensorProto]:
    if isinstance(message, TensorProto):
        yield message
        return
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for part in value if field.is_repeated else [value]:
                yield from tensors(part)


def test_every_onnx_model_is_clean_and_what_the_library_says(
    corpus: Path,
    models: dict[str, dict[str, Any]],
    scanned: "dict[str, _scanner.Fingerprint]",
) -> None:
    for path, facts in models.items():
        record = scanned[path]
        found = list(tensors(onnx.load(corpus / path, load_external_data=False)))
        types = {name: row[0] for name, row in records.histogram(record).items()}

        assert records.is_clean(record, "onnx"), (path, record.facts.anomalies)
        assert record.name_agrees is True
        assert record.format_version == str(facts["ir"])
        assert types == Counter(NAMES[TensorProto.DataType.Name(t.data_type)] for t in found)
        assert record.facts.parameters == sum(math.prod(t.dims) for t in found)
        stated = {NAMES[name]: count for name, count in facts["init_dtypes"].items()}
        assert all(types[name] >= count for name, count in stated.items()), path
    assert len(models) == 102


def test_files_of_external_data_are_those_the_library_names(
    corpus: Path,
    models: dict[str, dict[str, Any]],
    scanned: "dict[str, _scanner.Fingerprint]",
) -> None:
    for path, facts in models.items():
        home = (corpus / path).parent
        companions = {part.path for part in scanned[path].companions}

        assert companions == {str(home / name) for name in facts["external"]}, path


@pytest.mark.parametrize(("path", "label"), QUANTIZED.items())
def test_an_onnx_model_is_labelled_by_its_weights(
    path: str, label: str, scanned: "dict[str, _scanner.Fingerprint]"
) -> None:
    assert scanned[path].facts.quantization.label == label


def test_tensors_of_test_data_are_no_models(corpus: Path) -> None:
    data = sorted(str(path) for path in (corpus / "onnx").rglob("*.pb"))
    found = _scanner.scan(data, root=str(corpus))

    assert {record.format for record in found} == {None}
    assert len(data) == 52


def test_the_saved_model_of_the_corpus_is_clean_with_its_variables(corpus: Path) -> None:
    home = corpus / "basic-pitch" / "icassp_2022" / "nmp"
    record = records.fingerprint(home / "saved_model.pb")

    assert records.is_clean(record, "tf-saved-model"), record.facts.anomalies
    assert (record.format_version, record.facts.loading) == ("1", "data")
    assert {Path(part.path).name for part in record.companions} == {
        "variables.index",
        "variables.data-00000-of-00001",
    }
    assert record.facts.quantization.label == "F32"


def test_the_saved_model_that_calls_python_is_denied(corpus: Path) -> None:
    path = corpus / "modelaudit" / "samples" / "tensorflow" / "malicious_pyfunc" / "saved_model.pb"
    record = records.fingerprint(path)

    assert records.problems(record) == {"executable-layer: python-operator"}
    assert record.facts.loading == "code"


def test_a_frozen_graph_is_known_by_its_nodes(corpus: Path) -> None:
    path = corpus / "tract" / "tensorflow" / "tests" / "models" / "plus3.pb"
    record = records.fingerprint(path)

    assert records.is_clean(record, "tf-graph")
    assert records.histogram(record) == {"F32": (1, 1, 4)}


def test_the_core_ml_package_of_the_corpus_is_clean_with_its_weights(corpus: Path) -> None:
    package = corpus / "basic-pitch" / "icassp_2022" / "nmp.mlpackage"
    home = package / "Data" / "com.apple.CoreML"
    record = records.fingerprint(home / "model.mlmodel")

    assert records.is_clean(record, "coreml"), record.facts.anomalies
    assert record.format_version == "6"
    assert {part.path for part in record.companions} == {
        str(package / "Manifest.json"),
        str(home / "weights" / "weight.bin"),
    }
    # Weights of the same network elsewhere: their number is the same to the last.
    onnx_model = records.fingerprint(corpus / "basic-pitch" / "icassp_2022" / "nmp.onnx")
    quantizable = [
        row.quantizable_parameters
        for found in (record, onnx_model)
        for row in found.facts.quantization.tensor_types
        if row.name == "F32"
    ]
    assert quantizable == [35366, 35366]

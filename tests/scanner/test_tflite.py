"""TFLite models: the scanner says what the schema's own reader says.

The reader is the `tflite` package, code that flatc generated from the schema; nothing is run.
"""

import json
import struct
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
import tflite
from hypothesis import given, settings
from hypothesis import strategies as st

import records

# The number of a type in the schema: as the scanner spells it plain, with a scale, and its bits.
TYPES = {
    0: ("F32", "F32", 32),
    1: ("F16", "F16", 16),
    2: ("I32", "int32", 32),
    3: ("U8", "uint8", 8),
    4: ("I64", "int64", 64),
    6: ("BOOL", "BOOL", 8),
    7: ("I16", "int16", 16),
    8: ("C64", "C64", 64),
    9: ("I8", "int8", 8),
    10: ("F64", "F64", 64),
    12: ("U64", "uint64", 64),
    15: ("U32", "uint32", 32),
    16: ("U16", "uint16", 16),
    17: ("I4", "int4", 4),
    18: ("BF16", "BF16", 16),
}
OPERATORS = {
    number: name
    for name, number in vars(tflite.BuiltinOperator).items()
    if not name.startswith("_")
}

few = settings(max_examples=60, deadline=None)
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789._/;", max_size=40)


def constants(data: bytes) -> dict[str, tuple[int, int, int]]:
    """Return the histogram of the tensors that hold data, each buffer once for each type."""
    model = tflite.Model.GetRootAsModel(data, 0)
    seen: dict[tuple[int, str], tuple[str, int, int]] = {}
    for index in range(model.SubgraphsLength()):
        graph = model.Subgraphs(index)
        for tensor in map(graph.Tensors, range(graph.TensorsLength())):
            size = model.Buffers(tensor.Buffer()).DataLength()
            quantization = tensor.Quantization()
            is_scaled = quantization is not None and quantization.ScaleLength() > 0
            name = TYPES[tensor.Type()][is_scaled]
            elements = int(np.prod([tensor.Shape(i) for i in range(tensor.ShapeLength())]))
            if size:
                seen.setdefault((tensor.Buffer(), name), (name, elements, size))
    return records.total(seen.values())


def test_every_model_of_the_corpus_is_what_the_schemas_reader_says(corpus: Path) -> None:
    manifest = json.loads((corpus / "MANIFEST.json").read_text("utf-8"))["files"]
    models = [entry for entry in manifest if entry["path"].endswith(".tflite")]
    for entry in models:
        record = records.fingerprint(corpus / entry["path"])

        assert records.is_clean(record, "tflite"), (entry["path"], record.facts.anomalies)
        assert record.format_version == str(entry["facts"]["version"])
        # The MANIFEST lists the first twenty.
        assert [name for name, _ in record.facts.operators][:20] == entry["facts"]["ops"]
        assert records.histogram(record) == constants((corpus / entry["path"]).read_bytes())
        assert record.facts.loading == "data"
    assert len(models) == 75


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("basic-pitch/icassp_2022/nmp.tflite", "F32"),
        ("tflite-micro/examples/hello_world/models/hello_world_float.tflite", "F32"),
        ("tflite-micro/integration_tests/seanet/conv/conv0.tflite", "int8"),
        ("tflite-micro/models/keyword_scrambled_8bit.tflite", "int8"),
        # Weights are int8, activations int16.
        ("tflite-micro/integration_tests/seanet/transpose_conv/transpose_conv1.tflite", "int8"),
        # Integers of signal processing, without a scale.
        ("tflite-micro/examples/micro_speech/models/audio_preprocessor_float.tflite", None),
        # Activations only.
        ("tflite-micro/integration_tests/seanet/add/add1.tflite", None),
    ],
)
def test_a_label_is_that_of_the_weights(path: str, label: str | None, corpus: Path) -> None:
    assert records.fingerprint(corpus / path).facts.quantization.label == label


@st.composite
def models(draw: st.DrawFn) -> bytes:
    """Draw a valid model, written by the schema's own writer."""
    builder = flatbuffers.Builder()
    buffers, tensors = [_buffer(builder, b"")], []
    for name in draw(st.lists(names, max_size=6)):
        kind = draw(st.sampled_from(sorted(TYPES)))
        shape = draw(st.lists(st.integers(1, 4), max_size=4))
        elements = int(np.prod(shape))
        is_constant = draw(st.booleans())
        if is_constant:
            buffers.append(_buffer(builder, bytes((elements * TYPES[kind][2] + 7) // 8)))
        scales = draw(st.lists(st.floats(0.125, 1, width=32), max_size=3))
        index = len(buffers) - 1 if is_constant else 0
        tensors.append(_tensor(builder, name, kind, shape, index, scales))
    codes = [_code(builder, code) for code in draw(st.lists(st.sampled_from(sorted(OPERATORS))))]
    graph_tensors = _offsets(builder, tensors)
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, graph_tensors)
    graphs = _offsets(builder, [tflite.SubGraphEnd(builder)])
    code_vector, buffer_vector = _offsets(builder, codes), _offsets(builder, buffers)
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, code_vector)
    tflite.ModelAddSubgraphs(builder, graphs)
    tflite.ModelAddBuffers(builder, buffer_vector)
    builder.Finish(tflite.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def _offsets(builder: flatbuffers.Builder, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _buffer(builder: flatbuffers.Builder, data: bytes) -> int:
    vector = builder.CreateByteVector(data) if data else None
    tflite.BufferStart(builder)
    if vector is not None:
        tflite.BufferAddData(builder, vector)
    return tflite.BufferEnd(builder)


def _code(builder: flatbuffers.Builder, code: int) -> int:
    name = builder.CreateString("Mfcc")
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(code, 127))
    tflite.OperatorCodeAddBuiltinCode(builder, code)
    if OPERATORS[code] == "CUSTOM":
        tflite.OperatorCodeAddCustomCode(builder, name)
    return tflite.OperatorCodeEnd(builder)


def _tensor(
    builder: flatbuffers.Builder,
    name: str,
    kind: int,
    shape: list[int],
    buffer: int,
    scales: list[float],
) -> int:
    name_at = builder.CreateString(name)
    shape_at = builder.CreateNumpyVector(np.array(shape, np.int32))
    scale_at = builder.CreateNumpyVector(np.array(scales, np.float32))
    tflite.QuantizationParametersStart(builder)
    tflite.QuantizationParametersAddScale(builder, scale_at)
    quantization = tflite.QuantizationParametersEnd(builder)
    tflite.TensorStart(builder)
    tflite.TensorAddShape(builder, shape_at)
    tflite.TensorAddType(builder, kind)
    tflite.TensorAddBuffer(builder, buffer)
    tflite.TensorAddName(builder, name_at)
    tflite.TensorAddQuantization(builder, quantization)
    return tflite.TensorEnd(builder)


@few
@given(models())
def test_every_model_of_the_schemas_writer_is_read_as_the_schemas_reader_reads_it(
    data: bytes,
) -> None:
    model = tflite.Model.GetRootAsModel(data, 0)
    codes = {
        model.OperatorCodes(index).BuiltinCode() for index in range(model.OperatorCodesLength())
    }
    used = {"custom:Mfcc" if OPERATORS[c] == "CUSTOM" else OPERATORS[c] for c in codes}
    record = records.fingerprint_of(data, ".tflite")

    assert records.is_clean(record, "tflite"), record.facts.anomalies
    assert records.histogram(record) == constants(data)
    assert [name for name, _ in record.facts.operators] == sorted(used)


def test_an_index_of_a_tensor_that_is_not_there_is_found(tmp_path: Path) -> None:
    builder = flatbuffers.Builder()
    inputs = builder.CreateNumpyVector(np.array([-5], np.int32))
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddInputs(builder, inputs)
    graphs = _offsets(builder, [tflite.SubGraphEnd(builder)])
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddSubgraphs(builder, graphs)
    builder.Finish(tflite.ModelEnd(builder), b"TFL3")
    path = tmp_path / "model.tflite"
    path.write_bytes(builder.Output())

    assert records.problems(records.fingerprint(path)) == {"malformed-header: index-out-of-range"}


def test_a_root_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(struct.pack("<I4s", 1 << 31, b"TFL3") + bytes(64))

    assert records.problems(records.fingerprint(path)) == {"malformed-header: offset-out-of-range"}

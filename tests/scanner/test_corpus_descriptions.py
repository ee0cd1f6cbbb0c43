"""What real models say of themselves, held against readers that are not ours.

Where the corpus is absent these tests are skipped, aloud.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
import tflite
from test_tflite import OPERATORS

import records
from lbom_gate import _scanner

Facts = dict[str, Any]

TYPES = {
    onnx.TensorProto.FLOAT: "F32",
    onnx.TensorProto.FLOAT16: "F16",
    onnx.TensorProto.DOUBLE: "F64",
    onnx.TensorProto.INT8: "int8",
    onnx.TensorProto.UINT8: "uint8",
    onnx.TensorProto.INT32: "I32",
    onnx.TensorProto.INT64: "I64",
    onnx.TensorProto.BOOL: "BOOL",
    onnx.TensorProto.STRING: "STRING",
}
TFLITE_TYPES = {0: "F32", 1: "F16", 2: "I32", 4: "I64", 5: "STRING", 6: "BOOL"}

# What each key of a GGUF is told as.
GGUF_KEYS = {
    "general.name": "name",
    "general.version": "version",
    "general.description": "description",
    "general.author": "author",
    "general.organization": "organization",
    "general.quantized_by": "quantized-by",
}


@pytest.fixture(scope="module")
def manifest(corpus: Path) -> dict[str, Facts]:
    files = json.loads((corpus / "MANIFEST.json").read_text("utf-8"))["files"]
    return {entry["path"]: entry["facts"] for entry in files}


def said(record: "_scanner.Fingerprint", name: str) -> list[str]:
    return [value for each, value in record.facts.properties if each == name]


def ports(found: "tuple[_scanner.Port, ...]") -> list[tuple[str, str | None, list[str] | None]]:
    shapes = [None if port.shape is None else list(port.shape) for port in found]
    return [(p.name, p.element_type, shape) for p, shape in zip(found, shapes, strict=True)]


def nodes(graph: Any) -> Iterator[onnx.NodeProto]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from nodes(inner)


def value(info: onnx.ValueInfoProto) -> tuple[str, str | None, list[str] | None]:
    if not info.type.HasField("tensor_type"):
        return info.name, None, None
    kind = info.type.tensor_type
    lengths = [
        d.dim_param or (str(d.dim_value) if d.HasField("dim_value") and d.dim_value >= 0 else "?")
        for d in kind.shape.dim
    ]
    shape = lengths if kind.HasField("shape") else None
    return info.name, TYPES[kind.elem_type], shape


def test_onnx_models_say_what_the_library_reads(corpus: Path, manifest: dict[str, Facts]) -> None:
    paths = [path for path, facts in manifest.items() if "init_dtypes" in facts]
    for path in paths:
        model = onnx.load(corpus / path, load_external_data=False)
        record = records.fingerprint(corpus / path)
        used = Counter(
            f"{node.domain}:{node.op_type}" if node.domain not in {"", "ai.onnx"} else node.op_type
            for graph in (model.graph, *model.functions)
            for node in nodes(graph)
        )
        filled = {tensor.name for tensor in model.graph.initializer}
        inputs = [value(each) for each in model.graph.input if each.name not in filled]
        outputs = [value(each) for each in model.graph.output]

        assert dict(record.facts.operators) == used, path
        # What is no tensor, such as a sequence, is told by a word of its own.
        for found, expected in ((record.facts.inputs, inputs), (record.facts.outputs, outputs)):
            told = [p for p in ports(found) if "(" not in (p[1] or "")]
            assert told == [p for p in expected if p[1] is not None], path
            assert [p[0] for p in ports(found)] == [p[0] for p in expected], path
        assert dict(opset.rsplit(" ", 1) for opset in said(record, "opset")) == {
            name: str(version) for name, version in manifest[path]["opset"].items()
        }
        producer = f"{model.producer_name} {model.producer_version}".strip()
        assert said(record, "producer") == ([producer] if producer else []), path
        assert said(record, "name") == ([model.graph.name] if model.graph.name else []), path
        assert len(said(record, "function")) == manifest[path]["functions"]
    assert len(paths) == 102


def test_tflite_models_say_what_the_schemas_reader_reads(
    corpus: Path, manifest: dict[str, Facts]
) -> None:
    paths = [path for path in manifest if path.endswith(".tflite")]
    for path in paths:
        model = tflite.Model.GetRootAsModel((corpus / path).read_bytes(), 0)
        record = records.fingerprint(corpus / path)
        graphs = [model.Subgraphs(index) for index in range(model.SubgraphsLength())]
        used: Counter[int] = Counter(
            graph.Operators(index).OpcodeIndex()
            for graph in graphs
            for index in range(graph.OperatorsLength())
        )
        counted: Counter[str] = Counter()
        for index in range(model.OperatorCodesLength()):
            code = model.OperatorCodes(index)
            name = OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            if name == "CUSTOM":
                name = f"custom:{code.CustomCode().decode()}"
            counted[name] += used[index]

        assert dict(record.facts.operators) == counted, path
        assert (
            said(record, "description") == [manifest[path]["description"]]
            or not (manifest[path]["description"])
        )
        if model.SignatureDefsLength() == 0:
            first = graphs[0]
            found = [first.Tensors(int(index)) for index in first.InputsAsNumpy()]
            assert [p.name for p in record.facts.inputs] == [
                (t.Name() or b"").decode() for t in found
            ]
            plain = [TFLITE_TYPES[t.Type()] for t in found if t.Type() in TFLITE_TYPES]
            told = [p.element_type for p in record.facts.inputs]
            assert [name for name in told if name in TFLITE_TYPES.values()] == plain
    assert len(paths) == 75


def test_saved_models_say_their_tags_and_signatures(
    corpus: Path, manifest: dict[str, Facts]
) -> None:
    models = {path: facts for path, facts in manifest.items() if "meta_graphs" in facts}
    for path, facts in models.items():
        record = records.fingerprint(corpus / path)
        graphs = facts["meta_graphs"]
        names = {s for graph in graphs for s in graph["signatures"]} - {"__saved_model_init_op"}

        assert {text.split(" ")[0] for text in said(record, "signature")} == names
        assert set(said(record, "tag")) == {tag for graph in graphs for tag in graph["tags"]}
        versions = {f"tensorflow {graph['tf']}" for graph in graphs if graph["tf"]}
        assert set(said(record, "producer")) == versions
        total = sum(graph["nodes"] + graph["fn_nodes"] for graph in graphs)
        assert sum(count for _, count in record.facts.operators) == total
    assert len(models) == 2


def test_ggufs_say_what_their_keys_say(corpus: Path, manifest: dict[str, Facts]) -> None:
    told = 0
    for path, facts in manifest.items():
        for key, name in GGUF_KEYS.items() if path.endswith(".gguf") else ():
            if key in facts.get("kv", {}):
                record = records.fingerprint(corpus / path)
                assert said(record, name) == [str(facts["kv"][key])], path
                told += 1
    assert told > 0

"""Models of the reference library: the scanner says what the library says, and what it refuses.

Every attack on external data that `docs/formats.md` claims to see is made here and seen named.
"""

import math
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import set_external_data

import onnx_models
import records

# By number: the type as the scanner names it, and the bits of an element.
TYPES = {
    TensorProto.FLOAT: ("F32", 32),
    TensorProto.UINT8: ("uint8", 8),
    TensorProto.INT8: ("int8", 8),
    TensorProto.UINT16: ("U16", 16),
    TensorProto.INT16: ("I16", 16),
    TensorProto.INT32: ("I32", 32),
    TensorProto.INT64: ("I64", 64),
    TensorProto.BOOL: ("BOOL", 8),
    TensorProto.FLOAT16: ("F16", 16),
    TensorProto.DOUBLE: ("F64", 64),
    TensorProto.UINT32: ("U32", 32),
    TensorProto.UINT64: ("U64", 64),
    TensorProto.COMPLEX64: ("C64", 64),
    TensorProto.COMPLEX128: ("C128", 128),
    TensorProto.BFLOAT16: ("BF16", 16),
    TensorProto.FLOAT8E4M3FN: ("F8_E4M3", 8),
    TensorProto.FLOAT8E4M3FNUZ: ("F8_E4M3FNUZ", 8),
    TensorProto.FLOAT8E5M2: ("F8_E5M2", 8),
    TensorProto.FLOAT8E5M2FNUZ: ("F8_E5M2FNUZ", 8),
    TensorProto.UINT4: ("uint4", 4),
    TensorProto.INT4: ("int4", 4),
    TensorProto.FLOAT4E2M1: ("F4", 4),
    TensorProto.FLOAT8E8M0: ("F8_E8M0", 8),
    TensorProto.UINT2: ("uint2", 2),
    TensorProto.INT2: ("int2", 2),
    TensorProto.FLOAT6E2M3: ("F6_E2M3", 6),
    TensorProto.FLOAT6E3M2: ("F6_E3M2", 6),
}

# Each example holds up to some dozens of tensors of every type, wherever tensors may stand.
many = settings(max_examples=400, deadline=None)

shapes = st.lists(st.integers(0, 4), max_size=4)
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789._/:", min_size=1, max_size=30)


@st.composite
def tensors(draw: st.DrawFn, name: str) -> TensorProto:
    """Draw a tensor of any type, its values raw or in the field of their type."""
    kind = draw(st.sampled_from(sorted(TYPES)))
    shape = draw(shapes)
    count = math.prod(shape)
    if draw(st.booleans()):
        size = (count * TYPES[kind][1] + 7) // 8
        return helper.make_tensor(name, kind, shape, bytes(size), raw=True)
    values = np.ones(count, helper.tensor_dtype_to_np_dtype(kind))
    return helper.make_tensor(name, kind, shape, values)


@st.composite
def attributed(draw: st.DrawFn, name: str, depth: int) -> onnx.NodeProto:
    """Draw a node that holds tensors: as a constant, in a list, sparse, or in its bodies."""
    forms = ["constant", "list", "sparse"] + ["if", "loop"] * (depth > 0)
    match draw(st.sampled_from(forms)):
        case "constant":
            return helper.make_node("Constant", [], [name], value=draw(tensors(name)))
        case "list":
            held = [draw(tensors(f"{name}.{i}")) for i in range(draw(st.integers(1, 3)))]
            return helper.make_node("TensorsOf", [], [name], tensors=held)
        case "sparse":
            values = helper.make_tensor(name, TensorProto.FLOAT, [2], [1.0, 2.0])
            indices = helper.make_tensor("", TensorProto.INT64, [2], [1, 3])
            sparse = helper.make_sparse_tensor(values, indices, [3, 5])
            return helper.make_node("Constant", [], [name], sparse_value=sparse)
        case "if":
            branches = {key: draw(bodies(f"{name}.{key}", depth - 1)) for key in ("a", "b")}
            return helper.make_node(
                "If", ["x"], [name], then_branch=branches["a"], else_branch=branches["b"]
            )
        case _:
            return helper.make_node("Loop", ["x"], [name], body=draw(bodies(name, depth - 1)))


@st.composite
def bodies(draw: st.DrawFn, prefix: str, depth: int) -> onnx.GraphProto:
    """Draw a graph with initializers and nodes of its own."""
    initializers = [draw(tensors(f"{prefix}.i{i}")) for i in range(draw(st.integers(0, 2)))]
    nodes = [draw(attributed(f"{prefix}.n{i}", depth)) for i in range(draw(st.integers(0, 2)))]
    return helper.make_graph(nodes, "body", [], [], initializers)


@st.composite
def models(draw: st.DrawFn) -> onnx.ModelProto:
    """Draw a model with tensors in every place that ONNX has for them."""
    initializers = [draw(tensors(f"{n}.w")) for n in draw(st.lists(names, max_size=4, unique=True))]
    nodes = [draw(attributed(f"node{i}", 2)) for i in range(draw(st.integers(0, 3)))]
    functions = []
    if draw(st.booleans()):
        opsets = [helper.make_opsetid("", 21)]
        body = [draw(attributed("function", 1))]
        functions = [helper.make_function("org.example", "F", [], ["function"], body, opsets)]
        nodes.append(helper.make_node("F", [], ["f"], domain="org.example"))
    made = onnx_models.model(nodes, initializers, functions)
    if draw(st.booleans()):
        helper.set_model_props(made, {"license": draw(st.sampled_from(["mit", "été"]))})
    if draw(st.booleans()):
        training = made.training_info.add()
        training.algorithm.CopyFrom(draw(bodies("training", 1)))
    return made


def every_tensor(message: object) -> Iterator[TensorProto]:
    """Yield every tensor in a message, as the library's own reflection finds them."""
    if isinstance(message, TensorProto):
        yield message
        return
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for part in value if field.is_repeated else [value]:
                yield from every_tensor(part)


def described(tensor: TensorProto) -> tuple[str, int, int]:
    """Return a tensor's type, elements and bytes."""
    name, bits = TYPES[tensor.data_type]
    count = math.prod(tensor.dims)
    return name, count, (count * bits + 7) // 8


def written(directory: Path, made: onnx.ModelProto, name: str = "model.onnx") -> Path:
    """Write a model as it is, whatever the library thinks of it."""
    path = directory / name
    path.write_bytes(made.SerializeToString())
    return path


@many
@given(models())
def test_a_model_is_what_the_library_says_it_is(made: onnx.ModelProto) -> None:
    found = list(every_tensor(made))
    with tempfile.TemporaryDirectory() as directory:
        record = records.fingerprint(written(Path(directory), made))

    assert records.is_clean(record, "onnx"), record.facts.anomalies
    assert record.name_agrees is True
    assert record.format_version == str(made.ir_version)
    assert record.facts.parameters == sum(math.prod(tensor.dims) for tensor in found)
    assert records.histogram(record) == records.total(map(described, found))
    stated = {entry.key: entry.value for entry in made.metadata_props}
    assert record.facts.license == stated.get("license")


@many
@given(models(), st.permutations(range(7)))
def test_the_order_of_fields_says_nothing(made: onnx.ModelProto, order: list[int]) -> None:
    data = [_only(made, field.name) for field in made.DESCRIPTOR.fields]
    parts = [part for part in data if part]
    shuffled = [parts[i] for i in order if i < len(parts)]
    rest = [part for i, part in enumerate(parts) if i not in order]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "model.onnx"
        path.write_bytes(made.SerializeToString())
        first = records.fingerprint(path)
        path.write_bytes(b"".join([*shuffled, *rest]))
        again = records.fingerprint(path)

    assert again.format == "onnx"
    assert records.histogram(again) == records.histogram(first)
    assert (again.format_version, again.facts.license, again.facts.parameters) == (
        first.format_version,
        first.facts.license,
        first.facts.parameters,
    )


def _only(made: onnx.ModelProto, name: str) -> bytes:
    """Return one field of a model, as it is written."""
    part = onnx.ModelProto()
    part.CopyFrom(made)
    for field in made.DESCRIPTOR.fields:
        if field.name != name:
            part.ClearField(field.name)
    return part.SerializeToString()


@many
@given(models(), st.data())
def test_a_model_that_is_cut_within_its_last_field_is_truncated(
    made: onnx.ModelProto, choice: st.DataObject
) -> None:
    made.doc_string = ""
    last = onnx.ModelProto(doc_string="the last words of a model").SerializeToString()
    data = made.SerializeToString() + last
    cut = choice.draw(st.integers(len(data) - len(last) + 1, len(data) - 1))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "model.onnx"
        path.write_bytes(data[:cut])
        record = records.fingerprint(path)

    assert {anomaly.rule for anomaly in record.facts.anomalies} == {"truncated-file"}


def test_a_model_under_another_name_is_found_and_said(tmp_path: Path) -> None:
    record = records.fingerprint(written(tmp_path, onnx_models.quantized(), "weights.tflite"))

    assert (record.format, record.name_agrees) == ("onnx", False)


def test_a_suffix_of_any_protobuf_says_nothing_of_a_model(tmp_path: Path) -> None:
    record = records.fingerprint(written(tmp_path, onnx_models.quantized(), "weights.pb"))

    assert (record.format, record.name_agrees) == ("onnx", None)


def test_what_a_graph_dequantizes_names_the_model(tmp_path: Path) -> None:
    record = records.fingerprint(written(tmp_path, onnx_models.quantized()))
    quantization = record.facts.quantization

    assert quantization.label == "int8"
    assert [(claim.value, claim.source, claim.verdict) for claim in quantization.claims] == [
        ("int8", "graph: DequantizeLinear", "consistent")
    ]
    assert record.facts.license == "apache-2.0"
    assert [found.value for found in record.facts.destinations] == ["https://example.org/layer"]


# --- what the library's own checker refuses -----------------------------------------------------


def broken(change: Callable[[TensorProto], object]) -> onnx.ModelProto:
    """Return a model whose only initializer was changed."""
    tensor = numpy_helper.from_array(np.zeros((2, 3), np.float32), "w")
    change(tensor)
    return onnx_models.model([helper.make_node("Add", ["x", "w"], ["y"])], [tensor])


REFUSED = {
    "no name": (lambda t: t.ClearField("name"), "malformed-header: empty-name"),
    "no type": (lambda t: t.ClearField("data_type"), "malformed-header: missing-data-type"),
    "no values": (lambda t: t.ClearField("raw_data"), "malformed-header: missing-tensor-data"),
    "values twice": (lambda t: t.float_data.append(1.0), "malformed-header: misplaced-values"),
    "texts as bytes": (
        lambda t: setattr(t, "data_type", TensorProto.STRING),
        "malformed-header: misplaced-values",
    ),
    "values of no element": (lambda t: t.dims.append(0), "malformed-header: wrong-data-length"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_reference_checker_refuses_is_never_clean(name: str, tmp_path: Path) -> None:
    change, expected = REFUSED[name]
    made = broken(change)

    with pytest.raises(onnx.checker.ValidationError):
        onnx.checker.check_model(made)
    assert records.problems(records.fingerprint(written(tmp_path, made))) == {expected}


# --- external data: CVE-2022-25882, CVE-2024-27318, CVE-2025-51480, CVE-2026-27489, -34446, -34447


def at(location: str, **more: str) -> onnx.ModelProto:
    """Return a model whose weights, 24 bytes, lie at a location."""

    def move(tensor: TensorProto) -> None:
        set_external_data(tensor, location)
        tensor.ClearField("raw_data")
        for key, value in more.items():
            tensor.external_data.add(key=key, value=value)

    return broken(move)


ESCAPES = {
    "../secret.bin": "parent-in-location",
    "data/../../secret.bin": "parent-in-location",
    "/etc/passwd": "absolute-location",
    "..\\secret.bin": "backslash-in-location",
    "C:\\secret.bin": "backslash-in-location",
    "C:secret.bin": "drive-in-location",
    "data.bin\0/../../secret.bin": "nul-in-location",
    "data\u202enib.bin": "deceptive-location",
    "data//data.bin": "unnormalized-location",
    "NUL": "device-in-location",
    "": "unnormalized-location",
    "*/_ORT_MEM_ADDR_/*": "memory-address",
}


@pytest.mark.parametrize("location", ESCAPES)
def test_a_location_that_leads_out_is_named(location: str, tmp_path: Path) -> None:
    path = written(tmp_path, at(location))

    assert records.problems(records.fingerprint(path)) == {
        f"external-data-escape: {ESCAPES[location]}"
    }


def test_data_beside_the_model_belong_to_it(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(bytes(24))
    path = written(tmp_path, at("data.bin"))
    onnx.checker.check_model(str(path))
    record = records.fingerprint(path)

    assert records.is_clean(record, "onnx")
    assert [(Path(part.path).name, part.size) for part in record.companions] == [("data.bin", 24)]


def test_links_that_lead_out_are_named_as_the_library_refuses_them(tmp_path: Path) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(24))
    home = tmp_path / "model"
    home.mkdir()
    (home / "link.bin").symlink_to(secret)
    (home / "up").symlink_to(tmp_path)
    (home / "hard.bin").hardlink_to(secret)
    expected = {
        "link.bin": "link-out-of-directory",
        "up/secret.bin": "link-out-of-directory",
        "hard.bin": "hard-link",
    }
    for location, kind in expected.items():
        path = written(home, at(location))

        with pytest.raises(onnx.checker.ValidationError):
            onnx.checker.check_model(str(path))
        assert records.problems(records.fingerprint(path)) == {f"external-data-escape: {kind}"}


def test_data_that_are_missing_or_short_are_named(tmp_path: Path) -> None:
    (tmp_path / "short.bin").write_bytes(bytes(23))
    missing = records.fingerprint(written(tmp_path, at("missing.bin")))
    short = records.fingerprint(written(tmp_path, at("short.bin")))

    assert records.problems(missing) == {"incomplete-shards: missing-external-data"}
    assert records.problems(short) == {"truncated-file: external-data-too-short"}


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"offset": "-1"}, "not-a-number"),
        ({"offset": "1e3"}, "not-a-number"),
        ({"length": "25"}, "wrong-data-length"),
        ({"offset": "9223372036854775807"}, "size-overflow"),
        ({"__class__": "x"}, "unknown-external-key"),
    ],
)
def test_what_says_where_data_lie_is_held_to_the_format(
    more: dict[str, str], kind: str, tmp_path: Path
) -> None:
    (tmp_path / "data.bin").write_bytes(bytes(64))

    assert f"malformed-header: {kind}" in records.problems(
        records.fingerprint(written(tmp_path, at("data.bin", **more)))
    )


# --- operators ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "op", "problem"),
    [
        ("", "Relu", None),
        ("ai.onnx.ml", "LinearRegressor", None),
        ("com.microsoft", "FusedMatMul", None),
        ("com.microsoft", "PythonOp", "executable-layer: python-operator"),
        ("com.microsoft", "EPContext", "not-examined: compiled-operator"),
        ("org.example", "Anything", "not-examined: custom-operators"),
    ],
)
def test_operators_that_nothing_defines_or_that_run_code_are_named(
    domain: str, op: str, problem: str | None, tmp_path: Path
) -> None:
    node = helper.make_node(op, ["x"], ["y"], domain=domain)
    record = records.fingerprint(written(tmp_path, onnx_models.model([node])))

    assert records.problems(record) == ({problem} if problem else set())


@pytest.mark.parametrize(
    ("op", "attributes", "label", "weights"),
    [
        ("MatMulNBits", {"bits": 4}, "int4", 1024),
        ("MatMulNBits", {"bits": 8}, "int8", 512),
        ("MatMulBnb4", {"quant_type": 1}, "bnb-nf4", 1024),
        ("MatMulBnb4", {"quant_type": 0}, "bnb-fp4", 1024),
        ("QAttention", {}, "uint8", 512),
    ],
)
def test_packed_weights_are_counted_as_their_operator_reads_them(
    op: str, attributes: dict[str, int], label: str, weights: int, tmp_path: Path
) -> None:
    packed = numpy_helper.from_array(np.zeros((16, 32), np.uint8), "w")
    node = helper.make_node(op, ["x", "w"], ["y"], domain="com.microsoft", **attributes)
    record = records.fingerprint(written(tmp_path, onnx_models.model([node], [packed])))

    assert record.facts.quantization.label == label
    assert record.facts.parameters == weights


def test_zero_points_are_packed_as_the_weights_they_belong_to(tmp_path: Path) -> None:
    weights = [
        numpy_helper.from_array(np.zeros((64, 2, 16), np.uint8), "w"),
        numpy_helper.from_array(np.zeros((64, 2), np.float32), "s"),
        numpy_helper.from_array(np.zeros((64, 1), np.uint8), "z"),
    ]
    node = helper.make_node(
        "MatMulNBits", ["x", "w", "s", "z"], ["y"], domain="com.microsoft", bits=4
    )
    record = records.fingerprint(written(tmp_path, onnx_models.model([node], weights)))

    quantization = record.facts.quantization
    assert (quantization.label, quantization.verdict) == ("int4", "consistent")
    assert {row.name: row.parameters for row in quantization.tensor_types} == {
        "F32": 128,
        "int4": 4224,
    }


def test_a_producer_may_write_lines_about_its_build(tmp_path: Path) -> None:
    model = onnx_models.model([helper.make_node("Identity", ["x"], ["y"])])
    model.producer_name = "CatBoost"
    model.producer_version = "Git info:\n    Commit: b1bd2a6d\n"
    record = records.fingerprint(written(tmp_path, model))

    assert records.problems(record) == set()

"""Models in ONNX, written by its reference library, as tests and fixtures need them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

IR_VERSION = 10
OPSETS = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]


def model(
    nodes: Sequence[onnx.NodeProto],
    initializers: Sequence[TensorProto] = (),
    functions: Sequence[onnx.FunctionProto] = (),
) -> onnx.ModelProto:
    """Return a model of these nodes, whose input and output are named "x" and "y"."""
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [value("x", TensorProto.FLOAT, ["n", 16])],
        [value("y", TensorProto.FLOAT, ["n", 32])],
        list(initializers),
    )
    return helper.make_model(
        graph,
        producer_name="lbom-gate tests",
        ir_version=IR_VERSION,
        opset_imports=OPSETS,
        functions=list(functions),
    )


def quantized() -> onnx.ModelProto:
    """Return a layer whose int8 weights a DequantizeLinear reads."""
    weights = [
        numpy_helper.from_array(np.zeros((16, 32), np.int8), "weight"),
        numpy_helper.from_array(np.ones((), np.float32), "scale"),
        numpy_helper.from_array(np.zeros((), np.int8), "zero_point"),
        numpy_helper.from_array(np.zeros((32,), np.float32), "bias"),
    ]
    nodes = [
        helper.make_node("DequantizeLinear", ["weight", "scale", "zero_point"], ["w"]),
        helper.make_node("MatMul", ["x", "w"], ["m"]),
        helper.make_node("Add", ["m", "bias"], ["y"]),
    ]
    made = model(nodes, weights)
    helper.set_model_props(made, {"license": "apache-2.0", "home": "https://example.org/layer"})
    return made


def write_quantized(path: Path) -> None:
    """Write a quantized layer, its weights in the file."""
    path.write_bytes(quantized().SerializeToString(deterministic=True))


def write_external(path: Path) -> None:
    """Write a quantized layer, its weights in a file beside it."""
    path.with_name(f"{path.name}_data").unlink(missing_ok=True)  # the library appends to it
    onnx.save_model(
        quantized(),
        str(path),
        save_as_external_data=True,
        location=f"{path.name}_data",
        size_threshold=0,
    )

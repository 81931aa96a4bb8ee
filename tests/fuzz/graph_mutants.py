"""Mutations of the graph in model.onnx, and of the metadata beside it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.fuzz.chance import Rng, extreme, one_of
from tests.fuzz.protobuf_mutants import protobuf_mutant
from tests.fuzz.text_mutants import json_mutant

_OPERATORS = (
    "Identity", "Relu", "Sigmoid", "Exp", "Log", "Sqrt", "Neg", "Reciprocal", "Transpose",
    "Flatten", "Shape", "Size", "NonZero", "GlobalAveragePool", "MaxPool", "Tile", "Expand",
    "Reshape", "Resize", "Cast", "Loop", "If", "Scan", "Optional", "RandomNormalLike",
    "ConstantOfShape", "Softmax", "Unknown", "LogSoftmax", "Squeeze", "QuantizeLinear", "Einsum",
    "StringNormalizer", "Gemm", "CumSum",
)  # fmt: skip
_WEIGHTS = (np.nan, np.inf, -np.inf, 0.0, 1e38, -1e38, 1e-40)
_MOST_EXPANDED = 2**29


def model_mutant(data: bytes, rng: Rng) -> bytes:
    """Mutate an ONNX file: its metadata, its graph, or its messages."""
    chance = rng.random()
    if chance < 0.35:
        return protobuf_mutant(data, rng)
    model = onnx.load_from_string(data)
    change = _metadata if chance < 0.6 else one_of(rng, _CHANGES)
    change(model, rng)
    return model.SerializeToString()


def _metadata(model: onnx.ModelProto, rng: Rng) -> None:
    entry = model.metadata_props[0]
    # A field of protobuf holds text: what is none is left out.
    entry.value = json_mutant(entry.value.encode(), rng).decode(errors="ignore")


def _operator(model: onnx.ModelProto, rng: Rng) -> None:
    one_of(rng, model.graph.node).op_type = one_of(rng, _OPERATORS)


def _weights(model: onnx.ModelProto, rng: Rng) -> None:
    tensor = one_of(rng, model.graph.initializer)
    values = numpy_helper.to_array(tensor).copy()
    flat = values.reshape(-1)
    where = int(rng.integers(flat.size)) if rng.random() < 0.5 else slice(None)
    flat[where] = one_of(rng, _WEIGHTS)
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def _shape(model: onnx.ModelProto, rng: Rng) -> None:
    tensor = one_of(rng, model.graph.initializer)
    tensor.dims[int(rng.integers(len(tensor.dims)))] = extreme(rng) - int(rng.integers(2))


def _ends(model: onnx.ModelProto, rng: Rng) -> None:
    end = one_of(rng, [*model.graph.input, *model.graph.output])
    shape = end.type.tensor_type
    change = int(rng.integers(4))
    if change == 0:
        end.name = one_of(rng, ("image", "probs", "", "x", "logits"))
    elif change == 1:
        shape.elem_type = int(rng.integers(24))
    elif change == 2:
        shape.shape.dim[int(rng.integers(4))].dim_value = extreme(rng, 31)
    else:
        del shape.shape.dim[int(rng.integers(4))]


def _node_between(model: onnx.ModelProto, rng: Rng) -> None:
    """The output goes through one more operator."""
    graph = model.graph
    last = graph.node[-1]
    last.output[0] = "between"
    kind = one_of(rng, _OPERATORS)
    inputs = ["between"]
    if kind in ("Expand", "Tile", "Reshape"):
        sides = [int(one_of(rng, (1, 2, 64, 4096))) for _ in range(4)]
        if np.prod(sides, dtype=float) > _MOST_EXPANDED:
            sides[0] = 1
        graph.initializer.append(numpy_helper.from_array(np.array(sides, np.int64), "sides"))
        inputs.append("sides")
    graph.node.append(helper.make_node(kind, inputs, ["probs"]))


def _control_flow(model: onnx.ModelProto, rng: Rng) -> None:
    """A loop that does not end in reasonable time, or a branch."""
    for name, value in (("turns", np.array(2**62)), ("go", np.array(True))):
        model.graph.initializer.append(numpy_helper.from_array(value, name))
    info = helper.make_tensor_value_info
    ends = [info("i", TensorProto.INT64, []), info("c", TensorProto.BOOL, [])]
    out = [info("o", TensorProto.BOOL, [])]
    body = helper.make_graph([helper.make_node("Identity", ["c"], ["o"])], "body", ends, out)
    loop = helper.make_node("Loop", ["turns", "go"], [], body=body)
    branch = helper.make_graph([helper.make_node("Identity", ["go"], ["o"])], "branch", [], out)
    either = helper.make_node("If", ["go"], ["chosen"], then_branch=branch, else_branch=branch)
    model.graph.node.insert(0, one_of(rng, (loop, either)))


def _functions(model: onnx.ModelProto, rng: Rng) -> None:
    """Functions that call each other twice, and so double at each level."""
    opset = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    levels = int(rng.integers(1, 28))
    for level in range(levels):
        below, domain = (f"f{level + 1}", "own") if level < levels - 1 else ("Identity", "")
        nodes = [
            helper.make_node(below, ["x"], ["y"], domain=domain),
            helper.make_node(below, ["y"], ["z"], domain=domain),
        ]
        function = helper.make_function("own", f"f{level}", ["x"], ["z"], nodes, opset)
        model.functions.append(function)
    model.opset_import.append(helper.make_opsetid("own", 1))
    model.graph.node[-1].output[0] = "between"
    model.graph.node.append(helper.make_node("f0", ["between"], ["probs"], domain="own"))


def _outside(model: onnx.ModelProto, rng: Rng) -> None:
    """A tensor lies in another file."""
    tensor = one_of(rng, model.graph.initializer)
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key = "location"
    entry.value = one_of(rng, ("../model.json", "/etc/passwd", "model.json", "/dev/zero"))


def _versions(model: onnx.ModelProto, rng: Rng) -> None:
    model.ir_version = extreme(rng, 16)
    model.opset_import[0].version = extreme(rng, 8)


def _many(model: onnx.ModelProto, rng: Rng) -> None:
    """More nodes and tensors than any network has."""
    for number in range(one_of(rng, (500, 2000, 19_000, 30_000))):
        model.graph.initializer.add(name=f"t{number}", data_type=1, dims=[1], raw_data=b"\0" * 4)


_CHANGES: tuple[Callable[[onnx.ModelProto, Rng], None], ...] = (
    _operator, _operator, _weights, _weights, _shape, _ends, _node_between, _node_between,
    _node_between, _control_flow, _functions, _outside, _versions, _many,
)  # fmt: skip

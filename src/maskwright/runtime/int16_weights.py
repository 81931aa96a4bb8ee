"""ONNX files with large weights stored as 16-bit integers and a scale for each output channel.

The file has half the size. ONNX Runtime multiplies integers and scales once, when it opens the
file, so that prediction costs the same. float16 of the same size would be less exact: it spends 5
of its 16 bits on an exponent for each weight, where a channel needs one scale.

Needs the package onnx, which comes with the extra `train`.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from maskwright.errors import ModelError
from maskwright.runtime.parity import in_onnx_runtime, parity, smooth_batches

_FEWEST = 8192  # smaller tensors hold a tenth of the bytes, and cause half of the error
_LARGEST = 32767
_TOLERANCE = 1e-3


def with_int16_weights(model: bytes, name: str) -> bytes:
    """Store the large weights of a model as 16-bit integers with scales.

    Args:
        model: an ONNX file with input `image` and output `probs`, see
            docs/reference/model-directory.md.
        name: the file, for messages.

    Raises:
        ModelError: its probabilities would change by more than 0.001.
    """
    proto = onnx.load_from_string(model)
    graph = proto.graph
    unpacking = []
    for tensor in list(graph.initializer):
        weights = numpy_helper.to_array(tensor)
        if weights.dtype != np.float32 or weights.size < _FEWEST or weights.ndim < 2:
            continue
        whole, scale = _packed(weights)
        key = tensor.name
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(whole, f"{key}.whole"))
        graph.initializer.append(numpy_helper.from_array(scale, f"{key}.scale"))
        unpacking += [
            helper.make_node("Cast", [f"{key}.whole"], [f"{key}.float"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{key}.float", f"{key}.scale"], [key]),
        ]
    nodes = [*unpacking, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    made = bytes(proto.SerializeToString())
    difference = parity(in_onnx_runtime(model), in_onnx_runtime(made), smooth_batches()).largest
    if not difference <= _TOLERANCE:
        raise ModelError(
            f"{name}: with 16-bit weights its probabilities change by {difference:.1e}, more than "
            f"{_TOLERANCE}; keep the 32-bit weights"
        )
    return made


def _packed(weights: NDArray[np.float32]) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Return integers of the shape of the weights, and a scale for each index of the first axis."""
    axes = tuple(range(1, weights.ndim))
    largest = np.abs(weights).max(axis=axes, keepdims=True)
    scale = np.where(largest > 0, largest / _LARGEST, 1).astype(np.float32)
    return np.round(weights / scale).astype(np.int16), scale

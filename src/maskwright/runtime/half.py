"""ONNX files of half the size: large weights stored in 16 bits, computed with as ever.

A weight becomes a whole number of 16 bits times a scale that its output channel shares. ONNX
Runtime multiplies them out once, when it opens the file, so that predicting costs the same. As
float16 the same bytes would be less exact: of their 16 bits 5 hold an exponent for each weight,
where one scale serves a whole channel.

Needs the package onnx, which comes with the extra `train`.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from maskwright.errors import ModelError
from maskwright.runtime.apart import apart, in_onnx_runtime, smooth_batches

_FEWEST = 8192  # smaller ones are a tenth of the bytes, and half of the error
_LARGEST = 32767
_TOLERANCE = 1e-3


def halved(model: bytes, name: str) -> bytes:
    """Store the large weights of a model in 16 bits.

    Args:
        model: an ONNX file with input `image` and output `probs`, see
            docs/reference/model-directory.md.
        name: how messages call the file.

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
    made = proto.SerializeToString()
    networks = in_onnx_runtime(model), in_onnx_runtime(made)
    difference = apart(*networks, smooth_batches()).most
    if not difference <= _TOLERANCE:
        raise ModelError(
            f"{name}: with weights of 16 bits its probabilities change by {difference:.1e}, more "
            f"than {_TOLERANCE}; keep those of 32 bits"
        )
    return bytes(made)


def _packed(weights: NDArray[np.float32]) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Whole numbers of the shape of the weights, and a scale for each channel of the first axis."""
    axes = tuple(range(1, weights.ndim))
    largest = np.abs(weights).max(axis=axes, keepdims=True)
    scale = np.where(largest > 0, largest / _LARGEST, 1).astype(np.float32)
    return np.round(weights / scale).astype(np.int16), scale

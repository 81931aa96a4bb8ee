"""Wraps a model for rembg: an ONNX file for its session `u2net_custom`.

The file undoes rembg's normalisation of the photo, and returns the probability of all classes but
the background.
Source: rembg/sessions/base.py and u2net_custom.py of rembg 2.0 (MIT), read, not copied.
Needs the package onnx, which comes with the extra `train`.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from maskwright.runtime.onnx_file import METADATA_KEY, Metadata

# rembg normalises RGB values of 0 to 1 with these.
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

CAVEAT = (
    "rembg resizes every photo to 320 x 320 pixels, brightens it until its largest value is 255, "
    "and stretches every result to the range 0 to 255. So the result for a photo without an object "
    "is amplified noise, and masks differ a little from the masks of `maskwright predict`."
)


def for_rembg(model: bytes, metadata: Metadata) -> bytes:
    """Wrap a model for rembg.

    Args:
        model: an ONNX file with input `image` and output `probs`, see
            docs/reference/model-directory.md.
        metadata: of the model; flips and calibration become part of the network.

    Returns:
        An ONNX file with input `input` (N, 3, H, W) float32, RGB 0 to 1 normalised as for ImageNet,
        and output `mask` (N, 1, H, W) float32: 1 minus the probability of the background.
    """
    proto = onnx.load_from_string(model)
    graph = proto.graph
    before, after = _nodes_around(metadata)
    nodes = [*before, *graph.node, *after]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(_constants(metadata))
    _name_ends(graph)
    kept = [entry for entry in proto.metadata_props if entry.key != METADATA_KEY]
    del proto.metadata_props[:]
    proto.metadata_props.extend(kept)
    proto.doc_string = "for rembg, session u2net_custom"
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())


def _nodes_around(metadata: Metadata) -> tuple[list[NodeProto], list[NodeProto]]:
    """Return the nodes that convert rembg's photo to RGB 0 to 255, and those that make the mask."""
    node = helper.make_node
    photo, probs = ("mirrored", "shown") if metadata.flips else ("image", "probs")
    before = [
        node("Mul", ["input", "rembg.deviation"], ["rembg.scaled"]),
        node("Add", ["rembg.scaled", "rembg.mean"], [photo]),
    ]
    after = []
    if metadata.flips:  # the network sees the photo and its mirror image as a batch
        bounds = ["rembg.last", "rembg.first", "rembg.columns", "rembg.back"]
        before += [
            node("Slice", [photo, *bounds], ["rembg.mirror"]),
            node("Concat", [photo, "rembg.mirror"], ["image"], axis=0),
        ]
        after += [
            node("Split", ["probs"], ["rembg.straight", "rembg.reversed"], axis=0),
            node("Slice", ["rembg.reversed", *bounds], ["rembg.turned"]),
            node("Mean", ["rembg.straight", "rembg.turned"], [probs]),
        ]
    # The sum of the calibrated probabilities of all classes but the background.
    after += [
        node("Mul", [probs, "rembg.calibration"], ["rembg.weighed"]),
        node("ReduceSum", ["rembg.weighed", "rembg.classes"], ["rembg.sum"]),
        node("Div", ["rembg.weighed", "rembg.sum"], ["rembg.probs"]),
        node("Split", ["rembg.probs", "rembg.parts"], ["rembg.background", "rembg.things"], axis=1),
        node("ReduceSum", ["rembg.things", "rembg.classes"], ["mask"])
        if len(metadata.classes) > 2
        else node("Identity", ["rembg.things"], ["mask"]),
    ]
    return before, after


def _constants(metadata: Metadata) -> list[TensorProto]:
    def channels(values: tuple[float, ...]) -> NDArray[np.float32]:
        return np.array(values, np.float32)[None, :, None, None]

    shift = np.array(metadata.logit_shift, np.float32)
    values: dict[str, NDArray[np.float32] | NDArray[np.int64]] = {
        "mean": 255 * channels(_MEAN),
        "deviation": 255 * channels(_DEVIATION),
        "calibration": np.exp(shift - shift.max())[None, :, None, None],
        "classes": np.array([1]),
        "parts": np.array([1, len(metadata.classes) - 1]),
        "columns": np.array([3]),
        "last": np.array([-1]),
        "first": np.array([np.iinfo(np.int64).min]),
        "back": np.array([-1]),
    }
    return [numpy_helper.from_array(value, f"rembg.{name}") for name, value in values.items()]


def _name_ends(graph: onnx.GraphProto) -> None:
    for ends, name, depth in ((graph.input, "input", 3), (graph.output, "mask", 1)):
        del ends[:]
        shape: list[str | int | None] = ["n", depth, "height", "width"]
        ends.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

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
    before = _photo("mirrored" if metadata.flips else "image")
    after = _mask("shown" if metadata.flips else "probs", metadata)
    if metadata.flips:
        before += _with_mirror_image("mirrored", "image")
        after = _mean_of_both("probs", "shown") + after
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


def _photo(to: str) -> list[NodeProto]:
    """Convert rembg's normalised photo to RGB 0 to 255."""
    return [
        helper.make_node("Mul", ["input", "rembg.deviation"], ["rembg.scaled"]),
        helper.make_node("Add", ["rembg.scaled", "rembg.mean"], [to]),
    ]


def _with_mirror_image(photo: str, to: str) -> list[NodeProto]:
    return [
        _mirror(photo, "rembg.mirror"),
        helper.make_node("Concat", [photo, "rembg.mirror"], [to], axis=0),
    ]


def _mean_of_both(probs: str, to: str) -> list[NodeProto]:
    return [
        helper.make_node("Split", [probs], ["rembg.straight", "rembg.reversed"], axis=0),
        _mirror("rembg.reversed", "rembg.turned"),
        helper.make_node("Mean", ["rembg.straight", "rembg.turned"], [to]),
    ]


def _mirror(tensor: str, to: str) -> NodeProto:
    bounds = ["rembg.last", "rembg.first", "rembg.columns", "rembg.back"]
    return helper.make_node("Slice", [tensor, *bounds], [to])


def _mask(probs: str, metadata: Metadata) -> list[NodeProto]:
    """Sum the calibrated probabilities of all classes but the background."""
    rest = len(metadata.classes) - 1
    return [
        helper.make_node("Mul", [probs, "rembg.calibration"], ["rembg.weighed"]),
        helper.make_node("ReduceSum", ["rembg.weighed", "rembg.classes"], ["rembg.sum"]),
        helper.make_node("Div", ["rembg.weighed", "rembg.sum"], ["rembg.probs"]),
        helper.make_node(
            "Split", ["rembg.probs", "rembg.parts"], ["rembg.background", "rembg.things"], axis=1
        ),
        helper.make_node("ReduceSum", ["rembg.things", "rembg.classes"], ["mask"])
        if rest > 1
        else helper.make_node("Identity", ["rembg.things"], ["mask"]),
    ]


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
    sides = ["n", None, "height", "width"]
    for ends, name, depth in ((graph.input, "input", 3), (graph.output, "mask", 1)):
        del ends[:]
        shape = [depth if side is None else side for side in sides]
        ends.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

"""Small models for tests, made without torch and without training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from maskwright.runtime.directory import seal
from maskwright.runtime.network import OnnxNetwork
from maskwright.runtime.options import InferenceOptions
from maskwright.runtime.segmenter import LoadedModel

# How much red, green and blue speak for each class, and the bias of each class.
_RED = ([[0.0, 0.0, 0.0], [0.04, -0.02, -0.02]], [0.0, -1.0])
_RED_GREEN = (
    [[0.0, 0.0, 0.0], [0.04, -0.02, -0.02], [-0.02, 0.04, -0.02]],
    [0.0, -1.0, -1.0],
)


def metadata(**changes: Any) -> dict[str, Any]:
    """The metadata of a two-class model, with changes."""
    return {
        "format": 1,
        "classes": ["background", "foreground"],
        "resize": {"rule": "area", "size": 64, "multiple": 32},
        "flips": True,
        "logit_shift": [0.0, 0.0],
    } | changes


def red_model(meta: dict[str, Any] | None = None) -> onnx.ModelProto:
    """A network that looks at each pixel alone: reddish pixels are foreground."""
    return _model(*_RED, metadata() if meta is None else meta)


def red_green_model() -> onnx.ModelProto:
    """Three classes: background, reddish pixels and greenish pixels."""
    classes = ["background", "red", "green"]
    return _model(*_RED_GREEN, metadata(classes=classes, logit_shift=[0.0] * 3))


def wide_model(meta: dict[str, Any] | None = None, *, spread: float = 1.0) -> onnx.ModelProto:
    """Two classes, by random weights: three layers that look at each pixel alone, 34,000 weights.

    Args:
        meta: its metadata [default: `metadata`].
        spread: weights of one channel lie between 1 / spread and spread times the usual ones.
    """
    rng = np.random.default_rng(0)
    sizes = [(128, 3), (256, 128), (2, 256)]
    names, nodes, weights = ["image"], [], []
    for at, (to, given) in enumerate(sizes):
        usual = rng.normal(0, (2 / given) ** 0.5, (to, given, 1, 1)) / (127 if at == 0 else 1)
        scale = spread ** rng.uniform(-1, 1, (1, given, 1, 1))
        weights.append(numpy_helper.from_array((usual * scale).astype(np.float32), f"kernel{at}"))
        names.append(f"layer{at}")
        nodes.append(helper.make_node("Conv", [names[-2], f"kernel{at}"], [names[-1]]))
        if at < len(sizes) - 1:
            names.append(f"kept{at}")
            nodes.append(helper.make_node("Relu", [names[-2]], [names[-1]]))
    nodes.append(helper.make_node("Softmax", [names[-1]], ["probs"], axis=1))
    return _proto(nodes, weights, 2, metadata() if meta is None else meta)


def loaded(model: bytes | onnx.ModelProto, **options: Any) -> LoadedModel:
    """A model from the bytes of its file, on one thread.

    Args:
        model: the file.
        options: of `InferenceOptions`.
    """
    data = model if isinstance(model, bytes) else model.SerializeToString()
    return LoadedModel(OnnxNetwork(data, "m.onnx", threads=1), InferenceOptions(**options))


def write_model(path: Path, model: onnx.ModelProto | None = None) -> Path:
    """Write a sealed model directory around a network [default: red_model]."""
    model = red_model() if model is None else model
    path.mkdir(parents=True)
    (path / "model.onnx").write_bytes(model.SerializeToString())
    meta = json.loads(model.metadata_props[0].value)
    info = {
        "format": 1,
        "maskwright": "0.1.0",
        "network": {"encoder": "none", "decoder": "none", "classes": meta["classes"]},
        "resize": meta["resize"],
        "flips": meta["flips"],
        "recipe": {"name": "fast"},
        "start": "scratch",
        "seed": 0,
        "steps": 0,
        "versions": {"onnx": onnx.__version__},
        "data": {"fingerprint": "0" * 64, "pairs": 0},
    }
    (path / "model.json").write_text(json.dumps(info))
    (path / "metrics.json").write_text(json.dumps({"iou": None}))
    (path / "training").mkdir()
    (path / "training" / "log.csv").write_text("step,loss\n")
    seal(path)
    return path


def _model(weights: list[list[float]], bias: list[float], meta: dict[str, Any]) -> onnx.ModelProto:
    kernel = np.array(weights, np.float32)[:, :, None, None]
    nodes = [
        helper.make_node("Conv", ["image", "kernel", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probs"], axis=1),
    ]
    tensors = [
        numpy_helper.from_array(kernel, "kernel"),
        numpy_helper.from_array(np.array(bias, np.float32), "bias"),
    ]
    return _proto(nodes, tensors, len(bias), meta)


def _proto(
    nodes: list[onnx.NodeProto],
    tensors: list[onnx.TensorProto],
    classes: int,
    meta: dict[str, Any],
) -> onnx.ModelProto:
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", channels, "h", "w"])
        for name, channels in (("image", 3), ("probs", classes))
    ]
    graph = helper.make_graph(nodes, "pixels", ends[:1], ends[1:], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, {"maskwright": json.dumps(meta)})
    return model

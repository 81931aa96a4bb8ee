"""The network in an ONNX file, through ONNX Runtime: one photo at the network's own size."""

from __future__ import annotations

import hashlib
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort

from maskwright.core import Image, Probs
from maskwright.errors import ModelError, UsageError
from maskwright.runtime.onnx_file import METADATA_KEY, parse_metadata, refuse_external_data

_PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "mps": "CoreMLExecutionProvider",
}
_SILENT = 4


class OnnxNetwork:
    """A `Segmenter` of photos whose sides are multiples of 32; it ignores the prior.

    Attributes:
        name: how messages call the file.
        metadata: what the file says beside the network: resize rule, flips, calibration.
        classes: names of the K classes; the first is the background.
        fingerprint: sha256 of the ONNX file in hex.
    """

    def __init__(
        self, model: bytes, name: str, *, threads: int | None = None, device: str = "auto"
    ) -> None:
        """Check the bytes and make them ready to run.

        Args:
            model: the ONNX file; input `image` (N, 3, H, W) float32 RGB 0 to 255, output `probs`
                (N, K, H, W) float32, and metadata as the model directory's page says.
            name: how messages call the file.
            threads: processor threads for one call [default: all cores].
            device: auto, cpu, cuda or mps.

        Raises:
            ModelError: not such a file, or one that refers to other files.
            UsageError: no such device here.
        """
        refuse_external_data(model, name)
        self._session = _session(model, name, threads, device)
        _check_ends(self._session, name)
        properties = self._session.get_modelmeta().custom_metadata_map
        self.name = name
        self.metadata = parse_metadata(properties.get(METADATA_KEY), name)
        self.classes = self.metadata.classes
        self.fingerprint = hashlib.sha256(model).hexdigest()

    def __call__(self, image: Image, prior: Probs | None = None) -> Probs:
        """Run the network on one photo, (H, W, 3) uint8; H and W are multiples of 32."""
        batch = np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)
        probs = self._session.run(["probs"], {"image": batch})[0]
        if probs.shape != (1, len(self.classes), *image.shape[:2]):
            raise ModelError(f"{self.name}: gave probabilities of shape {probs.shape}")
        # Ten times as fast as numpy's transposed copy.
        return np.asarray(cv2.merge(list(probs[0])), np.float32)


def runs_on_cpu(device: str) -> bool:
    """Whether nothing but the processor is used for a device.

    Raises:
        UsageError: no such device here.
    """
    return _providers(device) == [_PROVIDERS["cpu"]]


def _session(model: bytes, name: str, threads: int | None, device: str) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT  # what it has to say becomes a ModelError
    # Every photo may have its own size: a memory plan per size would be kept for each of them.
    options.enable_mem_pattern = False
    providers = _providers(device)
    try:
        session = ort.InferenceSession(model, options, providers=providers)
    except Exception as error:  # ONNX Runtime's own exceptions have no common base
        reason = str(error).splitlines()[0][:200]
        raise ModelError(f"{name}: ONNX Runtime cannot open it: {reason}") from error
    # ONNX Runtime falls back to the processor in silence when a driver is missing.
    if device != "auto" and session.get_providers()[0] != providers[0]:
        raise UsageError(f"--device {device}: {providers[0]} does not start on this computer")
    return session


def _providers(device: str) -> list[str]:
    available = ort.get_available_providers()
    if device == "auto":
        device = "cuda" if _PROVIDERS["cuda"] in available else "cpu"
    if device not in _PROVIDERS:
        raise UsageError(f"--device {device}: choose auto, {', '.join(_PROVIDERS)}")
    if _PROVIDERS[device] not in available:
        raise UsageError(
            f"--device {device}: this ONNX Runtime has no {_PROVIDERS[device]} "
            f"(it has {', '.join(available)}); install a build that does, or use --device cpu"
        )
    return list(dict.fromkeys([_PROVIDERS[device], _PROVIDERS["cpu"]]))


def _check_ends(session: Any, name: str) -> None:
    found = [(one.name, one.type, len(one.shape)) for one in session.get_inputs()]
    given = [(one.name, one.type, len(one.shape)) for one in session.get_outputs()]
    if found != [("image", "tensor(float)", 4)] or given != [("probs", "tensor(float)", 4)]:
        raise ModelError(
            f"{name}: not a model of maskwright, which has one input `image` and one output "
            "`probs`, both float32 with four axes"
        )

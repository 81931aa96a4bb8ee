"""The network in an ONNX file, through ONNX Runtime: one photo at the network's own size."""

from __future__ import annotations

import hashlib
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from maskwright.core import Image, Probs
from maskwright.errors import ModelError, UsageError
from maskwright.runtime.graph_checks import check_graph
from maskwright.runtime.memory import limit_memory, memory_limit
from maskwright.runtime.onnx_file import METADATA_KEY, parse_metadata

_PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "mps": "CoreMLExecutionProvider",
}
_SILENT = 4
_TOLERANCE = 1e-3  # of a sum of probabilities, which are rounded


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
            ModelError: not such a file, or one that could do more than compute: see `check_graph`.
            UsageError: no such device here.
        """
        check_graph(model, name)
        self._session = _session(model, name, threads, device)
        _check_ends(self._session, name)
        self.name = name
        self.metadata = parse_metadata(_metadata_text(self._session, name), name)
        self.classes = self.metadata.classes
        self.fingerprint = hashlib.sha256(model).hexdigest()

    def __call__(self, image: Image, prior: Probs | None = None) -> Probs:
        """Run the network on one photo, (H, W, 3) uint8; H and W are multiples of 32.

        Raises:
            ModelError: ONNX Runtime fails, or what it computes are no probabilities.
        """
        batch = np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)
        try:
            probs = self._session.run(["probs"], {"image": batch})[0]
        except Exception as error:  # ONNX Runtime's own exceptions have no common base
            raise ModelError(
                f"{self.name}: ONNX Runtime cannot run it: {_reason(error)}; export or train the "
                "model again"
            ) from error
        if probs.shape != (1, len(self.classes), *image.shape[:2]):
            raise ModelError(f"{self.name}: gave probabilities of shape {probs.shape}")
        self._check_probabilities(probs[0])
        # Ten times as fast as numpy's transposed copy.
        return np.asarray(cv2.merge(list(probs[0])), np.float32)

    def _check_probabilities(self, probs: NDArray[np.float32]) -> None:
        """Refuse (K, H, W) values that are NaN, negative, or do not sum to 1 over the classes."""
        sums = np.add.reduce(probs, axis=0)
        # NaN fails every comparison.
        if not (probs.min() >= -_TOLERANCE and abs(sums.min() - 1) <= _TOLERANCE >= sums.max() - 1):
            raise ModelError(
                f"{self.name}: what its network computes are no probabilities (not numbers, "
                "negative, or a sum other than 1): the file is damaged, or its training failed; "
                "take another model"
            )


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
    limit_memory(options)
    providers = _providers(device)
    try:
        session = ort.InferenceSession(model, options, providers=providers)
    except Exception as error:  # ONNX Runtime's own exceptions have no common base
        raise ModelError(f"{name}: ONNX Runtime cannot open it: {_reason(error)}") from error
    # ONNX Runtime falls back to the processor in silence when a driver is missing.
    if device != "auto" and session.get_providers()[0] != providers[0]:
        raise UsageError(f"--device {device}: {providers[0]} does not start on this computer")
    return session


def _metadata_text(session: Any, name: str) -> str | None:
    try:
        text: str | None = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    except UnicodeDecodeError as error:  # of any key
        raise ModelError(f"{name}: its metadata cannot be used: not UTF-8 ({error})") from error
    return text


def _reason(error: Exception) -> str:
    text = str(error)
    if "Available memory" in text:
        return (
            f"it needs more memory than the {memory_limit() / 2**30:.1f} GiB that networks may use"
        )
    return (text.splitlines() or [type(error).__name__])[0][:200]


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
    try:
        found = [(one.name, one.type, len(one.shape)) for one in session.get_inputs()]
        given = [(one.name, one.type, len(one.shape)) for one in session.get_outputs()]
    except UnicodeDecodeError:  # ours are ASCII
        found = given = []
    if found != [("image", "tensor(float)", 4)] or given != [("probs", "tensor(float)", 4)]:
        raise ModelError(
            f"{name}: not a model of maskwright, which has one input `image` and one output "
            "`probs`, both float32 with four axes"
        )

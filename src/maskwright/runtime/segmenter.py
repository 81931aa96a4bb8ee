"""A model as a segmenter: photos of any size in, probabilities of the same size out."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from maskwright.core import Image, Probs, Segmenter, flips, from_function, normalised
from maskwright.errors import ModelError, UsageError
from maskwright.refine.clean import cleaning
from maskwright.runtime.bundled import model_path
from maskwright.runtime.directory import open_directory
from maskwright.runtime.eight_bits import exact_in_8_bits
from maskwright.runtime.onnx_file import (
    METADATA_KEY,
    checked_gate,
    parse_metadata,
    refuse_external_data,
)
from maskwright.runtime.resize import GUIDED, at_network_size, checked_enlarge
from maskwright.runtime.tiles import checked_overlap, tiled

if TYPE_CHECKING:
    from maskwright.fusion.decision import Tell
    from maskwright.fusion.gate import Gate

_PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "mps": "CoreMLExecutionProvider",
}
INT8_FILE = "model-int8.onnx"
"""What a model directory calls the same network in 8 bits, where it has one."""

SHUT_GATE = "fused: GrabCut decides nothing, for it made masks no better when this model was made"
"""What is to be said of a model that is asked to fuse and does not."""

_LARGEST = 2**30
_SILENT = 4


def load(
    path: str | Path,
    *,
    threads: int | None = None,
    device: str = "auto",
    enlarge: str | None = None,
    fast: bool = False,
    tile: int | None = None,
    overlap: float | None = None,
    fuse: bool = False,
) -> OnnxSegmenter:
    """Load a model for prediction. Neither torch nor a network is needed.

    Args:
        path: a model directory, the ONNX file alone that `maskwright export` writes, or the name
            of a bundled model, "subject".
        threads: processor threads for one call [default: all cores]. Give 1 when several threads
            call the segmenter at once.
        device: auto (cuda when this ONNX Runtime has it, else cpu), cpu, cuda or mps.
        enlarge: "guided", so that outlines follow the photo, or "bilinear" [default: what the
            model says].
        fast: spare the mirrored photo, and compute in 8 bits where the model directory has a file
            for that and the processor is good at it. See docs/reference/prediction.md.
        tile: segment photos larger than this in tiles of so many pixels a side, for objects too
            small for the whole photo at the network's size [default: never].
        overlap: least share of its side that a tile has in common with the next, 0 to 0.5
            [default: 0.25].
        fuse: let GrabCut start from what the network finds, and decide where a gate says that it
            knows better: the model's own, else that of the package.

    Returns:
        A `Segmenter`; it also says its `fingerprint`, the sha256 of the ONNX file.

    Raises:
        ModelError: nothing there, damaged, changed, or not a model of maskwright.
        UsageError: unknown device, or one that this installation of ONNX Runtime lacks; no such
            tiles; no such way to enlarge; more than two classes to fuse.
    """
    path = model_path(path)
    data, name, classes = _read(path, eight_bits=fast and _providers(device) == [_PROVIDERS["cpu"]])
    segmenter = OnnxSegmenter(
        data,
        name,
        threads=threads,
        device=device,
        enlarge=enlarge,
        fast=fast,
        tile=tile,
        overlap=overlap,
        fuse=fuse,
    )
    if classes is not None and classes != list(segmenter.classes):
        raise ModelError(f"{path}: model.json and model.onnx name different classes; train again")
    return segmenter


def _read(path: Path, *, eight_bits: bool) -> tuple[bytes, str, object]:
    """The bytes of the ONNX file, what messages call it, and the classes it must have (or None)."""
    if path.is_file():
        if path.suffix.lower() != ".onnx":
            raise ModelError(f"{path}: a model is a directory, or an .onnx file")
        if path.stat().st_size > _LARGEST:
            raise ModelError(f"{path}: larger than the {_LARGEST} bytes that are allowed")
        return path.read_bytes(), str(path), None
    directory = open_directory(path)
    eight_bits = eight_bits and INT8_FILE in directory.hashes and exact_in_8_bits()
    file = INT8_FILE if eight_bits else "model.onnx"
    network = directory.info.get("network")
    classes = network.get("classes") if isinstance(network, dict) else "missing"
    return directory.read(file), str(path / file), classes


def follows_photo(segmenter: Segmenter) -> bool:
    """Whether a segmenter is a model whose outlines follow the photo up to its full size."""
    return isinstance(segmenter, OnnxSegmenter) and segmenter.enlarge == GUIDED


class OnnxSegmenter:
    """A `Segmenter` made of the bytes of a model.onnx; `load` is the usual way to get one.

    Attributes:
        classes: names of the K classes; the first is the background.
        fingerprint: sha256 of the ONNX file in hex.
        metadata: what the file says beside the network: resize rule, flips, calibration.
        enlarge: one of `ENLARGE`, how its probabilities come to the size of the photo.
        network: what it finds before that, in a photo resized as `metadata.resize` says.
        fuses: GrabCut decides a part of what `network` finds.
    """

    def __init__(
        self,
        model: bytes,
        name: str,
        *,
        threads: int | None = None,
        device: str = "auto",
        enlarge: str | None = None,
        fast: bool = False,
        tile: int | None = None,
        overlap: float | None = None,
        fuse: bool = False,
    ) -> None:
        """Check the bytes and make them ready to run.

        Args:
            model: the ONNX file; input `image` (N, 3, H, W) float32 RGB 0 to 255, output `probs`
                (N, K, H, W) float32, and metadata as docs/reference/model-directory.md says.
            name: how messages call the file.
            threads: processor threads for one call [default: all cores].
            device: auto, cpu, cuda or mps.
            enlarge: one of `ENLARGE` [default: what the file says].
            fast: spare the mirrored photo.
            tile: side of the tiles of larger photos [default: no tiles].
            overlap: least share of its side that a tile has in common with the next
                [default: 0.25].
            fuse: let GrabCut decide where the gate in the file, else that of the package, says that
                it knows better.

        Raises:
            ModelError: not such a file, or one that refers to other files.
            UsageError: no such device, tiles or way to enlarge; more than two classes to fuse.
        """
        overlap = checked_overlap(tile, overlap)
        refuse_external_data(model, name)
        self._session = _session(model, name, threads, device)
        _check_ends(self._session, name)
        properties = self._session.get_modelmeta().custom_metadata_map
        self.metadata = parse_metadata(properties.get(METADATA_KEY), name)
        self._name = name
        self.classes = self.metadata.classes
        self.fingerprint = hashlib.sha256(model).hexdigest()
        network: Segmenter = from_function(self.classes, self._run)
        network = flips(network) if self.metadata.flips and not fast else network
        shift = np.array(self.metadata.logit_shift, np.float32)
        if shift.any():
            network = _shifted(network, shift)
        self._alone = network
        self._gate = checked_gate(self.metadata, name) if fuse else None
        self.fuses = self._gate is not None and not self._gate.is_shut
        self.network = network if self._gate is None else _gated(network, self._gate)
        self.enlarge = checked_enlarge(enlarge or self.metadata.enlarge)
        self._tile, self._overlap = tile, overlap
        self._segmenter = self._finished(self.network)

    def __call__(self, image: Image, prior: Probs | None = None) -> Probs:
        """Segment one photo; see `maskwright.Segmenter`. The prior is ignored."""
        return self._segmenter(image, prior)

    def telling(self, tell: Tell) -> Segmenter:
        """The same segmenter, which also tells who decides which piece of what `network` sees.

        Args:
            tell: called once for each photo, or for each of its tiles.

        Raises:
            ValueError: GrabCut decides nothing here.
        """
        if self._gate is None or not self.fuses:
            raise ValueError(f"{self._name}: does not fuse, so there is nothing to tell")
        return self._finished(_gated(self._alone, self._gate, tell))

    def _finished(self, network: Segmenter) -> Segmenter:
        """Make what runs at the network's size run on photos as they are."""
        whole = at_network_size(network, self.metadata.resize, enlarge=self.enlarge)
        if self._tile is not None:
            whole = tiled(whole, self._tile, overlap=self._overlap)
        clean = self.metadata.clean
        return whole if clean is None else cleaning(whole, clean)

    def _run(self, image: Image, _prior: Probs | None) -> Probs:
        batch = np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)
        probs = self._session.run(["probs"], {"image": batch})[0]
        if probs.shape != (1, len(self.classes), *image.shape[:2]):
            raise ModelError(f"{self._name}: gave probabilities of shape {probs.shape}")
        # Ten times as fast as numpy's transposed copy.
        return np.asarray(cv2.merge(list(probs[0])), np.float32)


def _gated(network: Segmenter, gate: Gate, tell: Tell | None = None) -> Segmenter:
    from maskwright.fusion.gated import gated  # which most models never need

    return gated(network, gate, tell)


def _shifted(segmenter: Segmenter, shift: NDArray[np.float32]) -> Segmenter:
    """Add a calibration to the log probability of each class."""
    weights = np.exp(shift - shift.max())

    def run(image: Image, prior: Probs | None) -> Probs:
        return normalised(segmenter(image, prior) * weights)

    return from_function(segmenter.classes, run)


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
    cpu, cuda = _PROVIDERS["cpu"], _PROVIDERS["cuda"]
    if device == "auto":
        return [cuda, cpu] if cuda in available else [cpu]
    if device not in _PROVIDERS:
        raise UsageError(f"--device {device}: choose auto, {', '.join(_PROVIDERS)}")
    if _PROVIDERS[device] not in available:
        raise UsageError(
            f"--device {device}: this ONNX Runtime has no {_PROVIDERS[device]} "
            f"(it has {', '.join(available)}); install a build that does, or use --device cpu"
        )
    return [_PROVIDERS[device]] if device == "cpu" else [_PROVIDERS[device], cpu]


def _check_ends(session: Any, name: str) -> None:
    found = [(one.name, one.type, len(one.shape)) for one in session.get_inputs()]
    given = [(one.name, one.type, len(one.shape)) for one in session.get_outputs()]
    if found != [("image", "tensor(float)", 4)] or given != [("probs", "tensor(float)", 4)]:
        raise ModelError(
            f"{name}: not a model of maskwright, which has one input `image` and one output "
            "`probs`, both float32 with four axes"
        )

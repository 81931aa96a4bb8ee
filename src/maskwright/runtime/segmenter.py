"""A model as a segmenter: photos of any size in, probabilities of the same size out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from maskwright.core import Image, Probs, Segmenter, flips, weighted
from maskwright.errors import ModelError
from maskwright.refine.clean import cleaning
from maskwright.runtime.bundled import model_path
from maskwright.runtime.cpu_int8 import has_exact_int8
from maskwright.runtime.directory import open_directory
from maskwright.runtime.network import OnnxNetwork, runs_on_cpu
from maskwright.runtime.onnx_file import Metadata, checked_gate
from maskwright.runtime.options import InferenceOptions
from maskwright.runtime.resize import at_network_size
from maskwright.runtime.tiles import tiled

if TYPE_CHECKING:
    from maskwright.fusion.decision import OnDecision
    from maskwright.fusion.gate import Gate

INT8_FILE = "model-int8.onnx"
"""What a model directory calls the same network in 8 bits, where it has one."""

_LARGEST = 2**30


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
) -> LoadedModel:
    """Load a model for prediction. Neither torch nor a network connection is needed.

    Args:
        path: a model directory, the ONNX file alone that `maskwright export` writes, or the name
            of a bundled model, "subject".
        threads, device, enlarge, fast, tile, overlap, fuse: see `InferenceOptions`.

    Returns:
        A `Segmenter`; its `fingerprint` is the sha256 of the ONNX file.

    Raises:
        ModelError: nothing there, damaged, changed, or not a model of maskwright.
        UsageError: unknown device, or one that this installation of ONNX Runtime lacks; no such
            tiles; no such way to enlarge; more than two classes to fuse.
    """
    options = InferenceOptions(
        device=device,
        threads=threads,
        fast=fast,
        tile=tile,
        overlap=overlap,
        enlarge=enlarge,
        fuse=fuse,
    )
    return LoadedModel(load_network(path, options), options)


def load_network(path: str | Path, options: InferenceOptions) -> OnnxNetwork:
    """Load the network of a model.

    Args:
        path: as `load` takes it.
        options: `device`, `threads` and `fast` count here.

    Raises:
        ModelError, UsageError: see `load`.
    """
    path = model_path(path)
    data, name, classes = _read(path, eight_bits=options.fast and runs_on_cpu(options.device))
    network = OnnxNetwork(data, name, threads=options.threads, device=options.device)
    if classes is not None and classes != list(network.classes):
        raise ModelError(f"{path}: model.json and model.onnx name different classes; train again")
    return network


def _read(path: Path, *, eight_bits: bool) -> tuple[bytes, str, object]:
    """The bytes of the ONNX file, what messages call it, and the classes it must have (or None)."""
    if path.is_file():
        if path.suffix.lower() != ".onnx":
            raise ModelError(f"{path}: a model is a directory, or an .onnx file")
        if path.stat().st_size > _LARGEST:
            raise ModelError(f"{path}: larger than the {_LARGEST} bytes that are allowed")
        return path.read_bytes(), str(path), None
    directory = open_directory(path)
    eight_bits = eight_bits and INT8_FILE in directory.hashes and has_exact_int8()
    file = INT8_FILE if eight_bits else "model.onnx"
    network = directory.info.get("network")
    classes = network.get("classes") if isinstance(network, dict) else "missing"
    return directory.read(file), str(path / file), classes


class LoadedModel:
    """A `Segmenter` made of a network; `load` is the usual way to get one.

    Attributes:
        classes: names of the K classes; the first is the background.
        fingerprint: sha256 of the ONNX file in hex.
        metadata: what the file says beside the network: resize rule, flips, calibration.
        enlarge: "guided" or "bilinear", how probabilities come to the size of the photo.
        network: gives the probabilities before that, of a photo resized by `metadata.resize`.
        fuses: GrabCut may change what the network finds.
        tiled: large photos are segmented in tiles.
    """

    def __init__(
        self,
        network: OnnxNetwork,
        options: InferenceOptions | None = None,
        *,
        run: Segmenter | None = None,
    ) -> None:
        """Prepare a network for photos of any size.

        Args:
            network: of a model file.
            options: `fast`, `tile`, `overlap`, `enlarge` and `fuse` count here.
            run: gives the probabilities of `network`, where they are kept for several models.

        Raises:
            UsageError: more than two classes to fuse, or no such tiles.
            ModelError: the file's gate is damaged.
        """
        options = options or InferenceOptions()
        self.metadata = network.metadata
        self.classes, self.fingerprint = network.classes, network.fingerprint
        self.enlarge = options.enlarge or self.metadata.enlarge
        self.tiled = options.tile is not None
        self._options = options
        self._name = network.name
        self._alone = _calibrated(run or network, self.metadata, mirror=not options.fast)
        self._gate = checked_gate(self.metadata, network.name) if options.fuse else None
        self.fuses = self._gate is not None and not self._gate.is_closed
        self.network = self._alone if self._gate is None else _gated(self._alone, self._gate)
        self._segmenter = pipeline(self.network, self.metadata, options)

    def __call__(self, image: Image, prior: Probs | None = None) -> Probs:
        """Segment one photo; see `maskwright.Segmenter`. The prior is ignored."""
        return self._segmenter(image, prior)

    def reporting(self, on_decision: OnDecision) -> Segmenter:
        """Make the same segmenter that also reports which regions GrabCut changed.

        Args:
            on_decision: called once for each photo, or for each of its tiles.

        Raises:
            ValueError: GrabCut changes nothing here.
        """
        if self._gate is None or not self.fuses:
            raise ValueError(f"{self._name}: does not fuse, so there are no decisions")
        network = _gated(self._alone, self._gate, on_decision)
        return pipeline(network, self.metadata, self._options)


def as_model(segmenter: Segmenter) -> LoadedModel | None:
    """Return a segmenter that is a model; None for any other, which only segments."""
    return segmenter if isinstance(segmenter, LoadedModel) else None


def pipeline(network: Segmenter, metadata: Metadata, options: InferenceOptions) -> Segmenter:
    """Make a network that runs at its own size run on photos of any size.

    Args:
        network: takes photos resized by `metadata.resize`.
        metadata: of the model.
        options: `tile`, `overlap` and `enlarge` count here.

    Raises:
        UsageError: no such tiles.
    """
    enlarge = options.enlarge or metadata.enlarge
    whole = at_network_size(network, metadata.resize, enlarge=enlarge)
    if options.tile is not None and options.tile_overlap is not None:
        whole = tiled(whole, options.tile, overlap=options.tile_overlap)
    return whole if metadata.clean is None else cleaning(whole, metadata.clean)


def _calibrated(network: Segmenter, metadata: Metadata, *, mirror: bool) -> Segmenter:
    """Average over the mirrored photo, and add the calibration to the log probabilities."""
    averaged = flips(network) if metadata.flips and mirror else network
    shift = np.array(metadata.logit_shift, np.float32)
    return weighted(averaged, np.exp(shift - shift.max())) if shift.any() else averaged


def _gated(network: Segmenter, gate: Gate, on_decision: OnDecision | None = None) -> Segmenter:
    from maskwright.fusion.gated import gated  # which most models never need

    return gated(network, gate, on_decision)

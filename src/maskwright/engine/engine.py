"""Photo in, segmentation out. Every door of the program goes through here."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classical.seeds.find import Seeds
from maskwright.core import Probs, Segmenter, thresholded
from maskwright.engine.photo import TILED_SIDE, WORKING_SIDE, OpenPhoto, Source
from maskwright.engine.segmentation import Segmentation
from maskwright.errors import UsageError
from maskwright.fusion.decision import Decision
from maskwright.runtime.bundled import find_model
from maskwright.runtime.options import InferenceOptions
from maskwright.runtime.resize import GUIDED
from maskwright.runtime.segmenter import LoadedModel, as_model, load_network


class Engine:
    """Segments photos of any kind and size. Writes nothing; may be called from several threads.

    Attributes:
        classes: names of the K classes; the first is the background.
        seeds: where the segmenter starts from; None for one that starts from nothing.
        limits: what a photo may cost.
        bits: how many bits 16-bit photos have, from the options or the model; None where neither
            says it.
        fingerprint: tells the segmenter from others: sha256 of the model and whether it fuses, or
            the name of a method; None when nothing does.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        seeds: Seeds | None = None,
        options: InferenceOptions | None = None,
        *,
        fingerprint: str | None = None,
    ) -> None:
        """Prepare a segmenter for photos.

        Args:
            segmenter: what finds the object.
            seeds: what it starts from in photos that come without a prior.
            options: `threshold`, `enlarge`, `limits` and `bits` count here; the others are the
                model's.
            fingerprint: see above [default: what the segmenter says of itself].

        Raises:
            UsageError: a threshold outside (0, 1), or with more than two classes; outlines that
                are to be made otherwise than the model makes them.
        """
        options = options or InferenceOptions()
        model = as_model(segmenter)
        enlarge = options.enlarge if model is None else model.enlarge
        if options.enlarge not in (None, enlarge):
            # The model enlarges what its network found before anything here sees it.
            raise UsageError(
                f"enlarge={options.enlarge!r}: the segmenter was loaded as {enlarge}; load it "
                f"with enlarge={options.enlarge!r}"
            )
        self.classes = segmenter.classes
        self.seeds = seeds
        self.fingerprint = fingerprint
        if fingerprint is None and model is not None:
            self.fingerprint = f"{model.fingerprint} fused" if model.fuses else model.fingerprint
        self._segmenter = _thresholded(segmenter, options.threshold)
        self._fusing = model if model is not None and model.fuses else None
        self._threshold = options.threshold
        self._guided = enlarge == GUIDED
        self._side = TILED_SIDE if model is not None and model.tiled else WORKING_SIDE
        self.limits = options.limits
        self.bits = options.bits or (None if model is None else model.metadata.bits)

    @classmethod
    def load(
        cls, model: str | Path | None = None, options: InferenceOptions | None = None
    ) -> Engine:
        """Make an engine of a model.

        Args:
            model: a model directory, an ONNX file, or the name of a bundled model [default:
                $MASKWRIGHT_MODEL, ./model, "subject"].
            options: how it runs.

        Raises:
            ModelError: no model, or one that cannot be used.
            UsageError: options that this model or this computer cannot have.
        """
        options = options or InferenceOptions()
        network = load_network(find_model(model), options)
        return cls(LoadedModel(network, options), options=options)

    def segment(
        self, source: Source | OpenPhoto, prior: Probs | None = None, *, name: str = ""
    ) -> Segmentation:
        """Segment one photo.

        Args:
            source: a path, the bytes of a file, an open binary file, (H, W, 3) uint8 sRGB pixels,
                or a photo that is open already.
            prior: what is known of the photo, (H, W, K) float32 as a `Segmenter` takes it, at the
                size of the upright photo or any other; it goes before the seeds.
            name: finds the photo's own seeds, where seeds are kept by name.

        Raises:
            DataError: the photo cannot be read, or has no seeds.
            ModelError: the network fails.
        """
        photo = (
            source if isinstance(source, OpenPhoto) else OpenPhoto(source, self.limits, self.bits)
        )
        image = photo.at(self._side)
        if prior is not None:
            prior = _at_size(prior, *image.shape[:2])
        elif self.seeds is not None:
            prior = self.seeds.find(name, image, *photo.size)
        decisions: list[Decision] = []
        segmenter = self._segmenter
        if self._fusing is not None:
            segmenter = _thresholded(self._fusing.reporting(decisions.append), self._threshold)
        probs, alpha = segmenter(image, prior), photo.alpha_at(self._side)
        return Segmentation(
            classes=self.classes,
            image=image,
            probs=probs if alpha is None else _background_where(alpha == 0, probs),
            size=photo.size,
            read_photo=partial(OpenPhoto.whole, photo),
            guided=self._guided,
            transparent=alpha is not None,
            decisions=tuple(decisions),
        )


def cut_out(
    source: Source,
    *,
    model: str | Path | None = None,
    crop: bool = False,
    options: InferenceOptions | None = None,
) -> NDArray[np.uint8]:
    """Cut the subject out of one photo. For many photos, make an `Engine` once.

    Args:
        source: as `Engine.segment` takes it.
        model: as `Engine.load` takes it.
        crop: cut to the subject's bounding box.
        options: how the model runs.

    Returns:
        (H, W, 4) uint8 sRGB with an alpha channel.

    Raises:
        DataError, ModelError, UsageError: see `Engine`.
    """
    return Engine.load(model, options).segment(source).cut_out(crop=crop)


def _thresholded(segmenter: Segmenter, threshold: float | None) -> Segmenter:
    if threshold is None:
        return segmenter
    try:
        return thresholded(segmenter, threshold)
    except ValueError as error:
        raise UsageError(f"--threshold {threshold}: {error}") from error


def _background_where(clear: NDArray[np.bool_], probs: Probs) -> Probs:
    """Probabilities in which some pixels are certainly background; a copy."""
    changed = probs.copy()
    changed[clear] = np.eye(1, probs.shape[2], dtype=np.float32)
    return changed


def _at_size(prior: Probs, height: int, width: int) -> Probs:
    """A prior at the size of the working copy; what is certain stays certain, however thin."""
    if prior.shape[:2] == (height, width):
        return prior
    size, classes = (width, height), prior.shape[2]
    fitted = np.asarray(cv2.resize(prior, size, interpolation=cv2.INTER_AREA), np.float32)
    fitted = fitted.reshape(height, width, classes)
    certain = np.asarray(
        cv2.resize((prior == 1).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    ).reshape(height, width, classes)
    marked = certain.max(axis=2) > 0
    fitted[marked] = np.eye(classes, dtype=np.float32)[certain[marked].argmax(axis=1)]
    return fitted

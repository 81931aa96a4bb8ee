"""Each photo as seen by the model that was not trained on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import cv2
import numpy as np

from maskwright.core import Image, Mask, Probs, Segmenter, resized_mask
from maskwright.data.dataset import Dataset, Example
from maskwright.data.mask import read_mask
from maskwright.engine.engine import Engine
from maskwright.engine.photo import OpenPhoto
from maskwright.evaluation.predicted import Predicted
from maskwright.metrics.held_out import Calibration, Suspect
from maskwright.runtime.options import InferenceOptions
from maskwright.study.calibration import Crossings, calibrate, count_crossings
from maskwright.study.suspects import PROBABLE, rank_suspects

SMALL = 128
"""Long side, in pixels, of what is kept of each photo."""


@dataclass(frozen=True)
class Seen:
    """What is kept of one photo.

    Attributes:
        photo: (h, w, 3) uint8, small.
        probs: (h, w, K) float32 at that size.
        truth: (h, w) uint8, the true mask at that size.
        crossings: with two classes, its pixels by the threshold that finds them.
    """

    photo: Image
    probs: Probs
    truth: Mask
    crossings: Crossings | None


class OutOfFold:
    """Predicts photos just as `maskwright predict` does, each by the model of its fold.

    Attributes:
        fold: of each photo by name, from 0.
        seen: of the photos predicted so far, by name; photos may be predicted in several threads.
    """

    def __init__(
        self,
        dataset: Dataset,
        held_out: Sequence[Sequence[str]],
        load: Callable[[], Sequence[Segmenter]],
    ) -> None:
        """Prepare for the photos of all folds.

        Args:
            dataset: with the true masks.
            held_out: of each fold, names of the photos that its model was not trained on.
            load: gives a model of each fold; called when the first of them is needed.
        """
        self.fold = {name: at for at, names in enumerate(held_out) for name in names}
        self.seen: dict[str, Seen] = {}
        self._dataset, self._load = dataset, load
        self._models: Sequence[Segmenter] | None = None
        self._loading = Lock()

    @property
    def models(self) -> Sequence[Segmenter]:
        """One of each fold; loaded once, whichever thread needs them first."""
        with self._loading:
            if self._models is None:
                self._models = self._load()
            return self._models

    def __call__(self, example: Example, photo: OpenPhoto) -> Predicted:
        """Predict one photo of a fold."""
        options = InferenceOptions(limits=self._dataset.limits)
        engine = Engine(self.models[self.fold[example.name]], options=options)
        segmentation = engine.segment(photo)
        found = Predicted.of(segmentation)
        truth = self._dataset.encoding.decode(read_mask(example.mask, self._dataset.limits))
        crossings = None
        if found.foreground is not None:
            crossings = count_crossings(truth, found.foreground)
        self.seen[example.name] = _small(segmentation.image, segmentation.probs, truth, crossings)
        return found

    def calibration(self, sources: Mapping[str, str]) -> Calibration | None:
        """The best threshold for all photos predicted so far; None with more than two classes.

        Args:
            sources: what each photo is of, by name.
        """
        seen = {
            name: one.crossings
            for name, one in sorted(self.seen.items())
            if one.crossings is not None
        }
        if not seen:
            return None
        return calibrate(
            list(seen.values()),
            [self.fold[name] for name in seen],
            [sources[name] for name in seen],
        )

    def suspects(self) -> tuple[Suspect, ...]:
        """The true masks that are probably wrong, among the photos predicted so far."""
        names = sorted(self.seen)
        ranked = rank_suspects(
            names,
            [self.seen[name].photo for name in names],
            [self.seen[name].probs for name in names],
            [self.seen[name].truth for name in names],
        )
        return tuple(one for one in ranked if one.suspicion >= PROBABLE)


def _small(image: Image, probs: Probs, truth: Mask, crossings: Crossings | None) -> Seen:
    height, width = image.shape[:2]
    scale = min(1.0, SMALL / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    photo = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    shrunk = cv2.resize(probs, size, interpolation=cv2.INTER_AREA)
    return Seen(
        np.asarray(photo, np.uint8).reshape(*size[::-1], 3),
        np.asarray(shrunk, np.float32).reshape(*size[::-1], -1),
        resized_mask(truth, *size[::-1]),
        crossings,
    )

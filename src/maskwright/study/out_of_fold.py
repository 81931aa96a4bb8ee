"""Predictions of every photo by the model that was not trained on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from maskwright.core import Image, Mask, Probs, Segmenter, resized_mask, shrunk
from maskwright.data.dataset import Dataset, Example
from maskwright.data.masks.read import read_mask
from maskwright.engine.engine import Engine
from maskwright.engine.photo import OpenPhoto
from maskwright.evaluation.predicted import Predicted
from maskwright.metrics.study_results import Calibration, Suspect
from maskwright.runtime.options import InferenceOptions
from maskwright.study.calibration import ThresholdHistogram, calibrate, threshold_histogram
from maskwright.study.folds import fold_of_each
from maskwright.study.suspects import PROBABLE, rank_suspects

SMALL = 128
"""Long side, in pixels, of the copies that are kept."""


@dataclass(frozen=True)
class OutOfFoldPhoto:
    """A small copy of one predicted photo.

    Attributes:
        image: (h, w, 3) uint8.
        probs: (h, w, K) float32.
        truth: (h, w) uint8, the true mask.
        histogram: of the whole photo; None with more than two classes.
    """

    image: Image
    probs: Probs
    truth: Mask
    histogram: ThresholdHistogram | None


class OutOfFold:
    """Predicts photos as `maskwright predict` does, each with the model of its fold; thread-safe.

    Attributes:
        fold: of each photo by name, from 0.
        predicted: the photos predicted so far, by name.
    """

    def __init__(
        self,
        dataset: Dataset,
        held_out: Sequence[Sequence[str]],
        load: Callable[[], Sequence[Segmenter]],
    ) -> None:
        """Prepare for the photos of all folds.

        Args:
            dataset: the photos and true masks.
            held_out: for each fold, names of the photos that its model was not trained on.
            load: returns a model of each fold; called once, when the first is needed.
        """
        self.fold = fold_of_each(held_out)
        self.predicted: dict[str, OutOfFoldPhoto] = {}
        self._dataset, self._load = dataset, load
        self._models: Sequence[Segmenter] | None = None
        self._loading = Lock()

    @property
    def models(self) -> Sequence[Segmenter]:
        """The model of each fold, loaded on first use."""
        with self._loading:
            if self._models is None:
                self._models = self._load()
            return self._models

    def __call__(self, example: Example, photo: OpenPhoto) -> Predicted:
        """Predict one photo with the model of its fold."""
        options = InferenceOptions(limits=self._dataset.limits)
        engine = Engine(self.models[self.fold[example.name]], options=options)
        segmentation = engine.segment(photo)
        found = Predicted.of(segmentation)
        truth = self._dataset.encoding.decode(read_mask(example.mask, self._dataset.limits))
        image = shrunk(segmentation.image, SMALL)
        self.predicted[example.name] = OutOfFoldPhoto(
            image=image,
            probs=shrunk(segmentation.probs, SMALL),
            truth=resized_mask(truth, *image.shape[:2]),
            histogram=None
            if found.foreground is None
            else threshold_histogram(truth, found.foreground),
        )
        return found

    def calibration(self, sources: Mapping[str, str]) -> Calibration | None:
        """The best threshold for the photos predicted so far; None with more than two classes.

        Args:
            sources: the source of each photo by name.
        """
        names = sorted(self.predicted)
        found = [self.predicted[name].histogram for name in names]
        histograms = [one for one in found if one is not None]
        if not histograms:
            return None
        folds = [self.fold[name] for name in names]
        return calibrate(histograms, folds, [sources[name] for name in names])

    def suspects(self) -> tuple[Suspect, ...]:
        """The probably wrong true masks among the photos predicted so far."""
        photos = sorted(self.predicted.items())
        ranked = rank_suspects({name: (one.image, one.probs, one.truth) for name, one in photos})
        return tuple(one for one in ranked if one.suspicion >= PROBABLE)

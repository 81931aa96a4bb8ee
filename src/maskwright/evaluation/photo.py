"""All figures of one photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Mask
from maskwright.evaluation import metrics
from maskwright.evaluation.boundary import boundary_f, boundary_iou, void_contact


@dataclass(frozen=True)
class ClassScores:
    """How well one class was found in one photo; docs/metrics.md defines each figure.

    Attributes:
        label: the class.
        in_truth: the true mask holds it.
        in_prediction: the predicted mask holds it, outside void.
        iou, dice, precision, recall, f_beta, boundary_f, boundary_iou: 0 to 1, 1 is perfect.
        void_contact: share of the true outline that touches void; where it is high, `boundary_f`
            says nothing.
    """

    label: str
    in_truth: bool
    in_prediction: bool
    iou: float
    dice: float
    precision: float
    recall: float
    f_beta: float
    boundary_f: float
    boundary_iou: float
    void_contact: float


@dataclass(frozen=True)
class PhotoScores:
    """How well one photo was segmented.

    Attributes:
        name: the photo's name in its data folder.
        height, width: of the masks, in pixels.
        void: share of pixels that count nowhere.
        iou: of the foreground; with several classes the mean over those that the truth holds.
        error_rate: mislabelled pixels over those that count.
        mae: mean absolute error of the foreground's probabilities; None without probabilities or
            with more than two classes.
        classes: figures of each class but the background.
    """

    name: str
    height: int
    width: int
    void: float
    iou: float
    error_rate: float
    mae: float | None
    classes: tuple[ClassScores, ...]


def score_photo(
    name: str,
    truth: Mask,
    prediction: Mask,
    classes: Sequence[str],
    foreground: NDArray[np.float32] | NDArray[np.uint16] | None = None,
) -> PhotoScores:
    """Compare a predicted mask with the true one.

    Args:
        name: the photo's name.
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        prediction: (H, W) uint8 class indices.
        classes: class names, the background first.
        foreground: (H, W) probability of class 1, as `metrics.mae` takes it.

    Raises:
        ValueError: sizes differ.
    """
    scores = tuple(
        _score_class(truth, prediction, label, classes[label]) for label in range(1, len(classes))
    )
    held = [one.iou for one in scores if one.in_truth]
    # Without any foreground in the truth: right if none was found either.
    iou = float(np.mean(held)) if held else float(not any(one.in_prediction for one in scores))
    return PhotoScores(
        name=name,
        height=truth.shape[0],
        width=truth.shape[1],
        void=float(np.mean(truth == VOID)),
        iou=iou,
        error_rate=metrics.error_rate(truth, prediction),
        mae=None if foreground is None else metrics.mae(truth, foreground),
        classes=scores,
    )


def _score_class(truth: Mask, prediction: Mask, label: int, name: str) -> ClassScores:
    return ClassScores(
        label=name,
        in_truth=bool(np.any(truth == label)),
        in_prediction=bool(np.any((prediction == label) & (truth != VOID))),
        iou=metrics.iou(truth, prediction, label),
        dice=metrics.dice(truth, prediction, label),
        precision=metrics.precision(truth, prediction, label),
        recall=metrics.recall(truth, prediction, label),
        f_beta=metrics.f_beta(truth, prediction, label),
        boundary_f=boundary_f(truth, prediction, label),
        boundary_iou=boundary_iou(truth, prediction, label),
        void_contact=void_contact(truth, label),
    )

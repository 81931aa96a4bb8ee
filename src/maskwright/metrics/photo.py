"""All metrics of one photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Mask
from maskwright.metrics import region
from maskwright.metrics.boundary import outline_lengths, rim_overlap, void_contact
from maskwright.metrics.counts import MetricCounts
from maskwright.metrics.pooled import class_figures

CLASS_FIGURES = ("iou", "dice", "precision", "recall", "f_beta", "boundary_f", "boundary_iou")
"""Names of the metrics of one class."""


@dataclass(frozen=True)
class ClassScores:
    """Metrics of one class in one photo; docs/reference/metrics.md defines each of them.

    Attributes:
        label: the class.
        in_truth: the true mask contains the class.
        in_prediction: the predicted mask contains the class outside void.
        iou, dice, precision, recall, f_beta, boundary_f, boundary_iou: 0 to 1, 1 is perfect.
        void_contact: fraction of the true outline that touches void; where it is high, `boundary_f`
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
    """Metrics of one photo.

    Attributes:
        name: the photo's name in its data folder.
        height, width: of the masks, in pixels.
        void: fraction of the pixels that are void.
        iou: of the foreground; with several classes the mean over the classes in the truth.
        error_rate: fraction of the pixels outside void with the wrong class.
        boundary_f: of the foreground; with several classes the mean over the classes in the truth.
        mae: mean absolute error of the foreground's probabilities; None without probabilities or
            with more than two classes.
        classes: metrics of each class but the background.
    """

    name: str
    height: int
    width: int
    void: float
    iou: float
    error_rate: float
    boundary_f: float
    mae: float | None
    classes: tuple[ClassScores, ...]


def measure_photo(
    name: str,
    truth: Mask,
    prediction: Mask,
    classes: Sequence[str],
    foreground: NDArray[np.float32] | NDArray[np.uint16] | None = None,
) -> tuple[PhotoScores, MetricCounts]:
    """Compare a predicted mask with the true one.

    Args:
        name: the photo's name.
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        prediction: (H, W) uint8 class indices.
        classes: class names, the background first.
        foreground: (H, W) probability of class 1, as `region.mae` takes it.

    Returns:
        The photo's metrics, and its counts for pooled metrics.

    Raises:
        ValueError: sizes differ.
    """
    labels = range(1, len(classes))
    confusion = region.confusion(truth, prediction, len(classes))
    margins = region.margins(confusion)
    outlines = np.array([outline_lengths(truth, prediction, label) for label in labels], np.int64)
    rims = np.array([rim_overlap(truth, prediction, label) for label in labels], np.int64)
    figures = class_figures(margins, outlines, rims)
    in_truth, in_prediction = margins[1:, 1:] > 0
    matched = figures["boundary_f"]
    # The empty rule: lengths alone do not tell an absent class from one without an outline.
    figures["boundary_f"] = np.where(in_truth & in_prediction, matched, in_truth == in_prediction)
    scores = tuple(
        ClassScores(
            label=classes[label],
            in_truth=bool(in_truth[at]),
            in_prediction=bool(in_prediction[at]),
            **{name: float(figure[at]) for name, figure in figures.items()},
            void_contact=void_contact(truth, label),
        )
        for at, label in enumerate(labels)
    )
    mae = None if foreground is None else region.mae(truth, foreground)
    row = PhotoScores(
        name=name,
        height=truth.shape[0],
        width=truth.shape[1],
        void=float(np.mean(truth == VOID)),
        iou=_mean_over_present(scores, "iou"),
        error_rate=region.error_rate(truth, prediction),
        boundary_f=_mean_over_present(scores, "boundary_f"),
        mae=mae,
        classes=scores,
    )
    counts = MetricCounts(
        confusion=confusion,
        outlines=outlines,
        rims=rims,
        absolute_error=None if mae is None else mae * float(confusion.sum()),
    )
    return row, counts


def _mean_over_present(scores: Sequence[ClassScores], name: str) -> float:
    present = [getattr(one, name) for one in scores if one.in_truth]
    if present:
        return float(np.mean(present))
    # Without any foreground in the truth: correct if none was predicted either.
    return float(not any(one.in_prediction for one in scores))

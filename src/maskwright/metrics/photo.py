"""All metrics of one photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Mask
from maskwright.metrics import region
from maskwright.metrics.boundary import match_outlines, rim_overlap, void_contact
from maskwright.metrics.counts import MetricCounts

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
    regions = region.region_figures(region.margins(confusion))
    outlines = [match_outlines(truth, prediction, label) for label in labels]
    rims = np.array([rim_overlap(truth, prediction, label) for label in labels], np.int64)
    rim_ious = region.safe_divide(rims[:, 0], rims[:, 1])
    scores = tuple(
        ClassScores(
            label=classes[label],
            in_truth=outline.in_truth,
            in_prediction=outline.in_prediction,
            **{name: float(figure[label]) for name, figure in regions.items()},
            boundary_f=outline.f,
            boundary_iou=float(rim_iou),
            void_contact=void_contact(truth, label),
        )
        for label, outline, rim_iou in zip(labels, outlines, rim_ious, strict=True)
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
        outlines=np.array([outline.lengths for outline in outlines], np.int64),
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

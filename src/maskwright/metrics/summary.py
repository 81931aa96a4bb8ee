"""Metrics of a data set, from the metrics of its photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.metrics import region
from maskwright.metrics.counts import MetricCounts
from maskwright.metrics.photo import CLASS_FIGURES, ClassScores, PhotoScores
from maskwright.metrics.pooled import PooledScores, pooled_figures


@dataclass(frozen=True)
class ClassSummary:
    """Metrics of one class: means over photos, with equal weight for each photo.

    With two classes the means are over all photos. With more they are over the photos with the
    class in either mask. Otherwise a rare class would score well for being absent from most photos.

    Attributes:
        label: the class.
        in_truth: number of photos with the class in the true mask.
        in_prediction: number of photos with the class in the predicted mask.
        in_neither: number of photos with the class in neither mask.
        in_one_only: number of photos with the class in one mask only.
        iou, dice, precision, recall, f_beta, boundary_f, boundary_iou: means over photos; None
            without any photo to average.
        void_contact: mean fraction of the true outline that touches void, over photos with the
            class in the true mask; None without any.
    """

    label: str
    in_truth: int
    in_prediction: int
    in_neither: int
    in_one_only: int
    iou: float | None
    dice: float | None
    precision: float | None
    recall: float | None
    f_beta: float | None
    boundary_f: float | None
    boundary_iou: float | None
    void_contact: float | None


@dataclass(frozen=True)
class Summary:
    """Metrics of a data set.

    Attributes:
        iou: the headline. Two classes: the foreground's IoU, mean over photos. More: IoU per
            class over pooled pixels, mean over the classes present in the truth.
        error_rate: mean over photos; accuracy is 1 minus this.
        boundary_f: mean over photos.
        mae: mean over photos; None unless every photo has it.
        pooled_error_rate: over the pixels of all photos together.
        pooled_mae: over the pixels of all photos together; None unless every photo has an MAE.
        pooled_ious: IoU of each class over pooled pixels; None for classes in no true mask.
        classes: means over photos for each class but the background.
        pooled: metrics over pooled pixels for each class but the background.
    """

    iou: float
    error_rate: float
    boundary_f: float
    mae: float | None
    pooled_error_rate: float
    pooled_mae: float | None
    pooled_ious: dict[str, float | None]
    classes: tuple[ClassSummary, ...]
    pooled: tuple[PooledScores, ...]


def summarise(rows: Sequence[PhotoScores], pooled: MetricCounts, classes: Sequence[str]) -> Summary:
    """Compute the metrics of a data set.

    Args:
        rows: metrics of one or more photos.
        pooled: sum of the photos' counts.
        classes: class names, the background first.
    """
    margins = region.margins(pooled.confusion)
    right, true, _ = margins.sum(axis=1)
    absolute = pooled.absolute_error
    figures = pooled_figures(margins, pooled.outlines, pooled.rims)
    if len(classes) == 2:
        headline = float(np.mean([row.iou for row in rows]))
    else:
        headline = float(region.mean_iou(margins))
    return Summary(
        iou=headline,
        error_rate=float(np.mean([row.error_rate for row in rows])),
        boundary_f=float(np.mean([row.boundary_f for row in rows])),
        mae=_mean([row.mae for row in rows]),
        pooled_error_rate=int(true - right) / max(int(true), 1),
        pooled_mae=None if absolute is None else absolute / max(int(true), 1),
        pooled_ious=dict(zip(classes, map(_known, region.class_ious(margins)), strict=True)),
        classes=tuple(
            _summarise_class([row.classes[at] for row in rows], over_all=len(classes) == 2)
            for at in range(len(classes) - 1)
        ),
        pooled=tuple(
            PooledScores(label, **{name: _known(figure[at]) for name, figure in figures.items()})
            for at, label in enumerate(classes[1:])
        ),
    )


def _known(figure: float) -> float | None:
    return None if np.isnan(figure) else float(figure)


def _summarise_class(photos: Sequence[ClassScores], *, over_all: bool) -> ClassSummary:
    present = [photo for photo in photos if photo.in_truth or photo.in_prediction]
    averaged = photos if over_all else present
    return ClassSummary(
        label=photos[0].label,
        in_truth=sum(photo.in_truth for photo in photos),
        in_prediction=sum(photo.in_prediction for photo in photos),
        in_neither=len(photos) - len(present),
        in_one_only=sum(photo.in_truth != photo.in_prediction for photo in photos),
        **{name: _mean([getattr(photo, name) for photo in averaged]) for name in CLASS_FIGURES},
        void_contact=_mean([photo.void_contact for photo in photos if photo.in_truth]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    """Mean of the values; None without any, or when one of them is None."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None

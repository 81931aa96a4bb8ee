"""From the figures of photos to the figures of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.metrics import region
from maskwright.metrics.counts import Counts
from maskwright.metrics.photo import ClassScores, PhotoScores
from maskwright.metrics.pooled import PooledScores, pooled_figures


@dataclass(frozen=True)
class ClassSummary:
    """How well one class was found: means over photos, each photo counting the same.

    With two classes the means are over all photos. With more they are over the photos that hold
    the class, truly or as predicted: a class that few photos hold would else look well found.

    Attributes:
        label: the class.
        in_truth: number of photos whose true mask holds it.
        in_prediction: number of photos whose predicted mask holds it.
        in_neither: number of photos that hold it in neither.
        in_one_only: number of photos that hold it in one mask only.
        iou, dice, precision, recall, f_beta, boundary_f, boundary_iou: means over photos; None
            when there is no photo to take the mean of.
        void_contact: mean share of the true outline that touches void, over photos that truly
            hold the class; None without any.
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
    """How well a data set was segmented.

    Attributes:
        iou: the headline. Two classes: the foreground's IoU, mean over photos. More: IoU per
            class over pooled pixels, mean over the classes present in the truth.
        error_rate: mean over photos; accuracy is one minus it.
        boundary_f: mean over photos.
        mae: mean over photos; None when not every photo has it.
        pooled_error_rate: mislabelled pixels over those that count, all photos together.
        pooled_mae: mean over the pixels that count, all photos together; None as for `mae`.
        pooled_ious: IoU of each class over pooled pixels; None for classes that no truth holds.
        classes: means over photos for each class but the background.
        pooled: figures over pooled pixels for each class but the background.
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


def summarise(rows: Sequence[PhotoScores], pooled: Counts, classes: Sequence[str]) -> Summary:
    """Sum up photos.

    Args:
        rows: one or more.
        pooled: the photos' counts together.
        classes: class names, the background first.
    """
    margins = region.margins(pooled.confusion)
    right, true, _ = margins.sum(axis=1)
    absolute = pooled.absolute_error
    if len(classes) == 2:
        headline = float(np.mean([row.iou for row in rows]))
    else:
        headline = region.mean_iou(margins)
    return Summary(
        iou=headline,
        error_rate=float(np.mean([row.error_rate for row in rows])),
        boundary_f=float(np.mean([row.boundary_f for row in rows])),
        mae=_mean([row.mae for row in rows]),
        pooled_error_rate=int(true - right) / max(int(true), 1),
        pooled_mae=None if absolute is None else absolute / max(int(true), 1),
        pooled_ious=dict(zip(classes, map(_known, region.class_ious(margins)), strict=True)),
        classes=tuple(
            _summarise_class([row.classes[at] for row in rows], everywhere=len(classes) == 2)
            for at in range(len(classes) - 1)
        ),
        pooled=_pooled(pooled, classes[1:]),
    )


def _pooled(counts: Counts, labels: Sequence[str]) -> tuple[PooledScores, ...]:
    figures = pooled_figures(region.margins(counts.confusion), counts.outlines, counts.rims)
    return tuple(
        PooledScores(label, **{name: _known(figure[at]) for name, figure in figures.items()})
        for at, label in enumerate(labels)
    )


def _known(figure: float) -> float | None:
    return None if np.isnan(figure) else float(figure)


def _summarise_class(photos: Sequence[ClassScores], *, everywhere: bool) -> ClassSummary:
    held = [photo for photo in photos if photo.in_truth or photo.in_prediction]
    counted = photos if everywhere else held
    return ClassSummary(
        label=photos[0].label,
        in_truth=sum(photo.in_truth for photo in photos),
        in_prediction=sum(photo.in_prediction for photo in photos),
        in_neither=len(photos) - len(held),
        in_one_only=sum(photo.in_truth != photo.in_prediction for photo in photos),
        iou=_mean([photo.iou for photo in counted]),
        dice=_mean([photo.dice for photo in counted]),
        precision=_mean([photo.precision for photo in counted]),
        recall=_mean([photo.recall for photo in counted]),
        f_beta=_mean([photo.f_beta for photo in counted]),
        boundary_f=_mean([photo.boundary_f for photo in counted]),
        boundary_iou=_mean([photo.boundary_iou for photo in counted]),
        void_contact=_mean([photo.void_contact for photo in photos if photo.in_truth]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    """Mean of values that are all known; None when one is not, or when there are none."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None

"""From the figures of photos to the figures of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.evaluation import metrics
from maskwright.evaluation.photo import PhotoScores


@dataclass(frozen=True)
class ClassSummary:
    """How well one class was found: means over all photos, each photo counting the same.

    Attributes:
        label: the class.
        in_truth: number of photos whose true mask holds it.
        in_prediction: number of photos whose predicted mask holds it.
        in_neither: number of photos that hold it in neither; each counts as 1 in the means.
        in_one_only: number of photos that hold it in one mask only; each counts as 0.
        iou, dice, precision, recall, f_beta, boundary_f, boundary_iou: means over photos.
        void_contact: mean share of the true outline that touches void, over photos that hold
            the class.
    """

    label: str
    in_truth: int
    in_prediction: int
    in_neither: int
    in_one_only: int
    iou: float
    dice: float
    precision: float
    recall: float
    f_beta: float
    boundary_f: float
    boundary_iou: float
    void_contact: float


@dataclass(frozen=True)
class Summary:
    """How well a data set was segmented.

    Attributes:
        iou: the headline. Two classes: the foreground's IoU, mean over photos. More: IoU per
            class over pooled pixels, mean over the classes present in the truth.
        error_rate: mean over photos; accuracy is one minus it.
        pooled_error_rate: mislabelled pixels over those that count, all photos together.
        mae: mean over photos; None when not every photo has it.
        pooled_ious: IoU of each class over pooled pixels; None for classes that no truth holds.
        classes: means over photos for each class but the background.
    """

    iou: float
    error_rate: float
    pooled_error_rate: float
    mae: float | None
    pooled_ious: dict[str, float | None]
    classes: tuple[ClassSummary, ...]


def summarise(
    rows: Sequence[PhotoScores], pooled: metrics.Confusion, classes: Sequence[str]
) -> Summary:
    """Sum up photos.

    Args:
        rows: one or more.
        pooled: (K, K) sum of the photos' confusions.
        classes: class names, the background first.
    """
    known = int(pooled.sum())
    maes = [row.mae for row in rows if row.mae is not None]
    ious = metrics.class_ious(pooled)
    of_classes = tuple(_summarise_class(rows, at) for at in range(len(classes) - 1))
    return Summary(
        iou=of_classes[0].iou if len(classes) == 2 else metrics.mean_iou(pooled),
        error_rate=_mean([row.error_rate for row in rows]),
        pooled_error_rate=(known - int(np.trace(pooled))) / known if known else 0.0,
        mae=_mean(maes) if len(maes) == len(rows) else None,
        pooled_ious={
            name: None if np.isnan(iou) else float(iou)
            for name, iou in zip(classes, ious, strict=True)
        },
        classes=of_classes,
    )


def _summarise_class(rows: Sequence[PhotoScores], at: int) -> ClassSummary:
    photos = [row.classes[at] for row in rows]
    holding = [photo.void_contact for photo in photos if photo.in_truth]
    return ClassSummary(
        label=photos[0].label,
        in_truth=sum(photo.in_truth for photo in photos),
        in_prediction=sum(photo.in_prediction for photo in photos),
        in_neither=sum(not (photo.in_truth or photo.in_prediction) for photo in photos),
        in_one_only=sum(photo.in_truth != photo.in_prediction for photo in photos),
        iou=_mean([photo.iou for photo in photos]),
        dice=_mean([photo.dice for photo in photos]),
        precision=_mean([photo.precision for photo in photos]),
        recall=_mean([photo.recall for photo in photos]),
        f_beta=_mean([photo.f_beta for photo in photos]),
        boundary_f=_mean([photo.boundary_f for photo in photos]),
        boundary_iou=_mean([photo.boundary_iou for photo in photos]),
        void_contact=_mean(holding) if holding else 0.0,
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))

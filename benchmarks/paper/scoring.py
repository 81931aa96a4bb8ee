"""Figures of a network on some photos, in one pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from maskwright.core import VOID, Mask, Pair, Probs, Segmenter
from maskwright.metrics.counts import MetricCounts, sum_counts
from maskwright.metrics.photo import PhotoScores, measure_photo
from maskwright.metrics.summary import summarise

_LEAST = 1e-7  # as Keras does, so that one pixel that is surely wrong has no infinite loss


@dataclass(frozen=True)
class Figures:
    """Scores of predictions; all are means over photos.

    Attributes:
        photos: how many.
        accuracy: share of pixels that are right; void pixels count nowhere.
        background_accuracy: the accuracy of calling everything background.
        mean_iou: the headline of `maskwright evaluate`.
        cross_entropy: of the probabilities: the loss of the paper.
        ious: IoU of each photo, by name.
    """

    photos: int
    accuracy: float
    background_accuracy: float
    mean_iou: float
    cross_entropy: float
    ious: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return the means as plain values."""
        return {name: value for name, value in asdict(self).items() if name != "ious"}


def scored(segmenter: Segmenter, pairs: Iterable[Pair]) -> Figures:
    """Score a segmenter on one or more pairs.

    Args:
        segmenter: as `predict` uses it.
        pairs: looked at one after the other, at their own size.
    """
    classes = segmenter.classes
    rows: list[PhotoScores] = []
    counts: list[MetricCounts] = []
    background: list[float] = []
    losses: list[float] = []
    for pair in pairs:
        probs = segmenter(pair.image)
        prediction = probs.argmax(axis=2).astype(np.uint8)
        row, counted = measure_photo(pair.name, pair.mask, prediction, classes)
        rows.append(row)
        counts.append(counted)
        known = pair.mask != VOID
        background.append(float((pair.mask[known] == 0).mean()) if known.any() else 1.0)
        losses.append(_cross_entropy(pair.mask, probs))
    summary = summarise(rows, sum_counts(counts), classes)
    return Figures(
        photos=len(rows),
        accuracy=1 - summary.error_rate,
        background_accuracy=float(np.mean(background)),
        mean_iou=summary.iou,
        cross_entropy=float(np.mean(losses)),
        ious={row.name: row.iou for row in rows},
    )


def _cross_entropy(truth: Mask, probs: Probs) -> float:
    """Mean over the known pixels; without any of them 0."""
    known = truth != VOID
    if not known.any():
        return 0.0
    right = np.take_along_axis(probs[known], truth[known][:, None].astype(np.intp), axis=1)
    return float(-np.log(np.clip(right, _LEAST, 1)).mean())

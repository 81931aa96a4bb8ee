"""Pixel counts of photos, from which pooled metrics are computed; counts of photos can be added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.metrics.region import Confusion


@dataclass(frozen=True)
class MetricCounts:
    """Counts of one photo, or of several photos added; K classes, the background first.

    Attributes:
        confusion: (K, K) int64, pixels by true and predicted class.
        outlines: (K - 1, 4) int64, `boundary.outline_lengths` of each class but the
            background.
        rims: (K - 1, 2) int64, `boundary.rim_overlap` of each class but the background.
        absolute_error: sum over the pixels outside void, of the foreground's probabilities; None
            without probabilities.
    """

    confusion: Confusion
    outlines: NDArray[np.int64]
    rims: NDArray[np.int64]
    absolute_error: float | None


def sum_counts(photos: Sequence[MetricCounts]) -> MetricCounts:
    """Add the counts of one or more photos of one data set."""
    absolute = [one.absolute_error for one in photos if one.absolute_error is not None]
    return MetricCounts(
        confusion=np.sum([one.confusion for one in photos], axis=0),
        outlines=np.sum([one.outlines for one in photos], axis=0),
        rims=np.sum([one.rims for one in photos], axis=0),
        absolute_error=float(np.sum(absolute)) if len(absolute) == len(photos) else None,
    )

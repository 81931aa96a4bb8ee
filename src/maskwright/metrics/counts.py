"""What pooled figures are made of: counts of pixels, which add up over photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.metrics.region import Confusion

Counted = NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """Counts of one photo, or of several together; K classes, the background first.

    Attributes:
        confusion: (K, K) int64, pixels by true and predicted class.
        outlines: (K - 1, 4) int64, for each class but the background the lengths `true`, `found`,
            `judged` and `right` of `boundary.OutlineMatch`.
        rims: (K - 1, 2) int64, likewise the pixels in both rims and in either.
        absolute_error: of the foreground's probabilities, over all pixels that count; None where
            they are not known.
    """

    confusion: Confusion
    outlines: Counted
    rims: Counted
    absolute_error: float | None


def together(photos: Sequence[Counts]) -> Counts:
    """Add up the counts of one or more photos of one data set."""
    absolute = [one.absolute_error for one in photos if one.absolute_error is not None]
    return Counts(
        confusion=np.sum([one.confusion for one in photos], axis=0),
        outlines=np.sum([one.outlines for one in photos], axis=0),
        rims=np.sum([one.rims for one in photos], axis=0),
        absolute_error=float(np.sum(absolute)) if len(absolute) == len(photos) else None,
    )

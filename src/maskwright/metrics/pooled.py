"""Pooled metrics: over the pixels of all photos together, from their counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.metrics.boundary import outline_f
from maskwright.metrics.intervals import Floats
from maskwright.metrics.region import Margins, region_figures, safe_divide

Sums = NDArray[np.int64] | Floats


@dataclass(frozen=True)
class PooledScores:
    """Metrics of one class over the pixels of all photos together.

    Attributes:
        label: the class.
        iou, dice, precision, recall, f_beta, boundary_f, boundary_iou: 0 to 1, 1 is perfect; None
            when no true mask contains the class.
    """

    label: str
    iou: float | None
    dice: float | None
    precision: float | None
    recall: float | None
    f_beta: float | None
    boundary_f: float | None
    boundary_iou: float | None


def class_figures(margins: Margins, outlines: Sums, rims: Sums) -> dict[str, Floats]:
    """Compute the metrics of each class but the background.

    Args:
        margins: (..., 3, K), of one photo or summed over photos, like the other two.
        outlines: (..., K - 1, 4).
        rims: (..., K - 1, 2).

    Returns:
        (..., K - 1) float64 by metric name, in the order of `photo.CLASS_FIGURES`.
    """
    return {
        **{name: each[..., 1:] for name, each in region_figures(margins).items()},
        "boundary_f": outline_f(outlines),
        "boundary_iou": safe_divide(rims[..., 0], rims[..., 1]),
    }


def pooled_figures(margins: Margins, outlines: Sums, rims: Sums) -> dict[str, Floats]:
    """Compute the metrics of `PooledScores` from one or many sums of `counts.MetricCounts`.

    Returns:
        As `class_figures`; NaN where the truth does not contain the class.
    """
    figures = class_figures(margins, outlines, rims)
    in_truth = margins[..., 1, 1:] > 0
    return {name: np.where(in_truth, figure, np.nan) for name, figure in figures.items()}

"""Figures over the pixels of all photos taken together, from their counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.evaluation.metrics import BETA_SQUARED, Pooled

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PooledScores:
    """How well one class was found, the pixels of all photos taken together.

    Attributes:
        label: the class.
        iou, dice, precision, recall, f_beta, boundary_f, boundary_iou: 0 to 1, 1 is perfect; None
            when no true mask holds the class.
    """

    label: str
    iou: float | None
    dice: float | None
    precision: float | None
    recall: float | None
    f_beta: float | None
    boundary_f: float | None
    boundary_iou: float | None


def pooled_figures(confusion: Pooled, outlines: Pooled, rims: Pooled) -> dict[str, Floats]:
    """Work out the figures of `PooledScores` from sums of `counts.Counts`, many at once.

    Args:
        confusion: (..., K, K), as all of them summed over photos.
        outlines: (..., K - 1, 4).
        rims: (..., K - 1, 2).

    Returns:
        (..., K - 1) float64 by name of the figure, for each class but the background; NaN where
        the truth does not hold the class.
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)[..., 1:].astype(np.float64)
    true = confusion.sum(axis=-1)[..., 1:]
    misses, false_alarms = true - hits, confusion.sum(axis=-2)[..., 1:] - hits
    length, found, judged, right = np.moveaxis(outlines, -1, 0)
    found_share, right_share = _share(found, length), _share(right, judged)
    figures = {
        "iou": _share(hits, hits + misses + false_alarms),
        "dice": _share(2 * hits, 2 * hits + misses + false_alarms),
        "precision": _share(hits, hits + false_alarms, empty=0.0),
        "recall": _share(hits, hits + misses),
        "f_beta": _share(hits, hits + (BETA_SQUARED * misses + false_alarms) / (1 + BETA_SQUARED)),
        "boundary_f": np.where(
            length > 0,
            _share(2 * found_share * right_share, found_share + right_share, empty=0.0),
            judged == 0,  # the class fills every photo that holds it
        ),
        "boundary_iou": _share(rims[..., 0], rims[..., 1]),
    }
    return {name: np.where(true > 0, figure, np.nan) for name, figure in figures.items()}


def _share(part: Pooled, whole: Pooled, *, empty: float = 1.0) -> Floats:
    share: Floats = np.full(np.shape(whole), empty)
    np.divide(part, whole, out=share, where=whole > 0)
    return share

"""Geometry of the report's charts, as fractions of their width and height; templates draw them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.metrics.study_results import CurvePoint

BINS = 20
_MOST_TICKS = 400  # single photos below a histogram; more would be a solid bar


@dataclass(frozen=True)
class Histogram:
    """Distribution of a metric between 0 and 1 over photos.

    Attributes:
        counts: photos in each of `BINS` equal bins; the last one includes 1.
        photos: number of photos.
        mean: of the metric.
        interval: 95 % interval of the mean, if known.
        values: of the single photos; empty if there are too many to draw.
    """

    counts: tuple[int, ...]
    photos: int
    mean: float
    interval: tuple[float, float] | None
    values: tuple[float, ...]


def histogram(values: Sequence[float], interval: tuple[float, float] | None) -> Histogram:
    """Bin the values of one or more photos, each in [0, 1].

    Args:
        values: one per photo.
        interval: of their mean, if known.
    """
    return Histogram(
        counts=tuple(np.histogram(values, BINS, (0.0, 1.0))[0].tolist()),
        photos=len(values),
        mean=float(np.mean(values)),
        interval=interval,
        values=tuple(values) if len(values) <= _MOST_TICKS else (),
    )


@dataclass(frozen=True)
class Curve:
    """IoU against the number of training photos.

    Attributes:
        points: fewest photos first.
        levels: values of the horizontal lines, lowest first; the frame ends at the outer ones.
    """

    points: Sequence[CurvePoint]
    levels: Sequence[float]

    def across(self, photos: int) -> float:
        """Position of a number of photos, from 0 to 1 for the most."""
        return photos / max(point.photos for point in self.points)

    def up(self, iou: float) -> float:
        """Position of an IoU, 0 at the lowest level and 1 at the highest."""
        return (iou - self.levels[0]) / (self.levels[-1] - self.levels[0])


def curve(points: Sequence[CurvePoint]) -> Curve:
    """Place the points of a learning curve, one or more."""
    low, high = min(one.low for one in points), max(one.high for one in points)
    return Curve(points, _round_levels(low, high))


def _round_levels(low: float, high: float) -> list[float]:
    """Round values with equal spacing, from at or below `low` to at or above `high`."""
    span = max(high - low, 0.01)
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if span / step <= 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(at * step, 2) for at in range(first, max(last, first + 1) + 1)]

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
class Mark:
    """A point of a curve with the ends of its interval, all from 0 to 1, upwards."""

    x: float
    y: float
    low: float
    high: float
    point: CurvePoint


@dataclass(frozen=True)
class Curve:
    """IoU against the number of training photos.

    Attributes:
        marks: the points, fewest photos first.
        levels: (position, value) of the horizontal lines.
    """

    marks: tuple[Mark, ...]
    levels: tuple[tuple[float, float], ...]


def curve(points: Sequence[CurvePoint]) -> Curve:
    """Place the points of a learning curve, one or more."""
    most = max(point.photos for point in points)
    levels = _round_levels(min(one.low for one in points), max(one.high for one in points))
    bottom, top = levels[0], levels[-1]

    def height(value: float) -> float:
        return (value - bottom) / (top - bottom)

    marks = tuple(
        Mark(one.photos / most, height(one.iou), height(one.low), height(one.high), one)
        for one in points
    )
    return Curve(
        marks=marks,
        levels=tuple((height(level), level) for level in levels),
    )


def _round_levels(low: float, high: float) -> list[float]:
    """Round values with equal spacing, from at or below `low` to at or above `high`."""
    span = max(high - low, 0.01)
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if span / step <= 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(at * step, 2) for at in range(first, max(last, first + 1) + 1)]

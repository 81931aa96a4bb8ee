"""The geometry of the report's drawings, in shares of their width and height; templates draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.metrics.held_out import CurvePoint

BINS = 20
_MOST_TICKS = 400  # single photos below a histogram: more would be a black bar


@dataclass(frozen=True)
class Histogram:
    """How a figure between 0 and 1 is spread over photos.

    Attributes:
        counts: photos in each of `BINS` equal bins; the last one holds 1.
        photos: number of photos.
        mean: of the figure.
        low, high: 95 % interval of the mean; None where it is not known.
        values: the photos one by one; empty when they are too many to be seen.
    """

    counts: tuple[int, ...]
    photos: int
    mean: float
    low: float | None
    high: float | None
    values: tuple[float, ...]


def histogram(values: Sequence[float], interval: tuple[float, float] | None) -> Histogram:
    """Bin the figures of one or more photos, each in [0, 1].

    Args:
        values: the figures.
        interval: of their mean, where it is known.
    """
    return Histogram(
        counts=tuple(np.histogram(values, BINS, (0.0, 1.0))[0].tolist()),
        photos=len(values),
        mean=float(np.mean(values)),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        values=tuple(values) if len(values) <= _MOST_TICKS else (),
    )


@dataclass(frozen=True)
class Mark:
    """A point of a curve: `x` and `y` from 0 to 1, `y` upwards, with the ends of its interval."""

    x: float
    y: float
    low: float
    high: float
    point: CurvePoint


@dataclass(frozen=True)
class Curve:
    """IoU against photos.

    Attributes:
        marks: the points, fewest photos first.
        levels: (place, value) of the horizontal lines.
        counts: (place, value) of the numbers below.
    """

    marks: tuple[Mark, ...]
    levels: tuple[tuple[float, float], ...]
    counts: tuple[tuple[float, int], ...]


def curve(points: Sequence[CurvePoint]) -> Curve:
    """Place the points of a learning curve; one or more."""
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
        counts=((0.0, 0), *((mark.x, mark.point.photos) for mark in marks)),
    )


def _round_levels(low: float, high: float) -> list[float]:
    """Round values, evenly spaced, the first at or below `low`, the last at or above `high`."""
    span = max(high - low, 0.01)
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if span / step <= 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(at * step, 2) for at in range(first, max(last, first + 1) + 1)]

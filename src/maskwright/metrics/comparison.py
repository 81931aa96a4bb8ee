"""One method beside the other on the same photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from maskwright.metrics.intervals import middle
from maskwright.metrics.photo import PhotoScores
from maskwright.metrics.resampled import Resampled

COMPARED = ("iou", "error_rate", "boundary_f")
"""Figures in which methods are compared. Of the error rate less is better."""


@dataclass(frozen=True)
class Comparison:
    """By how much the first of two methods differs from the second, and how sure that is.

    Attributes:
        first, second: names of the methods; the second one was named before the first.
        figure: one of `COMPARED`.
        difference: the figure of the first over all photos minus that of the second.
        low, high: ends of its 95 % interval, both methods on the same drawn photos (or groups).
        wins, losses, ties: photos at which the first is better, worse and as good.
        units: how many photos (or groups) there were to draw; below `intervals.FEW` the interval
            proves nothing.
    """

    first: str
    second: str
    figure: str
    difference: float
    low: float
    high: float
    wins: int
    losses: int
    ties: int
    units: int


def compare(
    rows: Mapping[str, Sequence[PhotoScores]], figures: Mapping[str, Resampled]
) -> tuple[Comparison, ...]:
    """Compare each pair of methods in each figure; those with the first method come first.

    Args:
        rows: the photos' figures by method, all methods on the same photos in the same order.
        figures: of the same methods, drawn over the same groups.

    Returns:
        Nothing where nothing was drawn: a single photo or group says nothing of others.
    """
    return tuple(
        _compared(first, second, figure, rows, figures)
        for second, first in combinations(rows, 2)
        for figure in COMPARED
        if figures[first].drawn
    )


def _compared(
    first: str,
    second: str,
    figure: str,
    rows: Mapping[str, Sequence[PhotoScores]],
    figures: Mapping[str, Resampled],
) -> Comparison:
    mine, theirs = figures[first], figures[second]
    low, high = middle(mine.drawn[figure] - theirs.drawn[figure])
    photos = zip(rows[first], rows[second], strict=True)
    better = np.array([getattr(one, figure) - getattr(other, figure) for one, other in photos])
    if figure == "error_rate":
        better = -better
    return Comparison(
        first=first,
        second=second,
        figure=figure,
        difference=mine.whole[figure] - theirs.whole[figure],
        low=low,
        high=high,
        wins=int(np.count_nonzero(better > 0)),
        losses=int(np.count_nonzero(better < 0)),
        ties=int(np.count_nonzero(better == 0)),
        units=mine.units,
    )

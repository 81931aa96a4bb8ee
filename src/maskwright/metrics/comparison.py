"""Paired comparison of methods on the same photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from maskwright.metrics.bootstrap import BootstrapFigures
from maskwright.metrics.intervals import MIN_UNITS, percentile_interval
from maskwright.metrics.photo import PhotoScores

COMPARED = ("iou", "error_rate", "boundary_f")
"""Metrics in which methods are compared."""

LOWER_IS_BETTER = frozenset({"error_rate", "mae"})
"""Metrics for which a lower value is better."""


@dataclass(frozen=True)
class Comparison:
    """The difference between two methods in one metric, with its interval.

    Attributes:
        first, second: names of the methods.
        figure: name of the metric, one of `COMPARED`.
        difference: the metric of the first over all photos, minus the metric of the second.
        low, high: ends of its 95 % interval, with both methods on the same drawn photos or groups.
        wins, losses, ties: number of photos on which the first is better, worse, equal.
        units: number of photos, or of groups, that were drawn from.
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

    @property
    def is_clear(self) -> bool:
        """The interval excludes 0, and there are enough photos or groups to trust it."""
        return self.units >= MIN_UNITS and (self.low > 0 or self.high < 0)


def compare(
    rows: Mapping[str, Sequence[PhotoScores]], figures: Mapping[str, BootstrapFigures]
) -> tuple[Comparison, ...]:
    """Compare every method with every method named before it, in each metric.

    Args:
        rows: metrics of the photos by method, the same photos in the same order for all methods.
        figures: of the same methods, drawn over the same photos or groups.

    Returns:
        Nothing for a single photo or group, which cannot be resampled.
    """
    found = []
    for second, first in combinations(rows, 2):
        mine, theirs = figures[first], figures[second]
        for figure in COMPARED if mine.draws else ():
            low, high = percentile_interval(mine.draws[figure] - theirs.draws[figure])
            photos = zip(rows[first], rows[second], strict=True)
            gains = [getattr(one, figure) - getattr(other, figure) for one, other in photos]
            better = -np.sign(gains) if figure in LOWER_IS_BETTER else np.sign(gains)
            found.append(
                Comparison(
                    first=first,
                    second=second,
                    figure=figure,
                    difference=mine.observed[figure] - theirs.observed[figure],
                    low=low,
                    high=high,
                    wins=int(np.count_nonzero(better > 0)),
                    losses=int(np.count_nonzero(better < 0)),
                    ties=int(np.count_nonzero(better == 0)),
                    units=mine.units,
                )
            )
    return tuple(found)

"""Comparisons turned round so that they read in one direction: the method named first, first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maskwright.metrics.comparison import Comparison
from maskwright.metrics.intervals import FEW

LESS_IS_BETTER = frozenset({"error_rate", "mae"})
"""Figures that are the better the lower."""


@dataclass(frozen=True)
class Versus:
    """By how much one method is better than another one that was named after it.

    Attributes:
        first, second: names of the methods.
        figure: name of the figure.
        gain: above 0 when the first is better, whether more or less of the figure is good.
        low, high: 95 % interval of `gain`.
        wins, losses, ties: photos at which the first is better, worse and as good.
        units: how many photos, or groups of them, the interval is over.
    """

    first: str
    second: str
    figure: str
    gain: float
    low: float
    high: float
    wins: int
    losses: int
    ties: int
    units: int

    @property
    def is_clear(self) -> bool:
        """The interval leaves 0 out, and is over enough photos to mean something."""
        return self.units >= FEW and (self.low > 0 or self.high < 0)


def turned(comparisons: Sequence[Comparison], methods: Sequence[str]) -> tuple[Versus, ...]:
    """Turn every comparison so that the method which was named first is the first.

    Args:
        comparisons: of pairs of `methods`, in any direction.
        methods: all names in their order.
    """
    return tuple(_turned(one, methods) for one in comparisons)


def _turned(one: Comparison, methods: Sequence[str]) -> Versus:
    sign = -1 if one.figure in LESS_IS_BETTER else 1
    first, second, wins, losses = one.first, one.second, one.wins, one.losses
    if methods.index(first) > methods.index(second):
        sign, first, second, wins, losses = -sign, second, first, losses, wins
    low, high = sorted((sign * one.low, sign * one.high))
    gain = sign * one.difference
    return Versus(first, second, one.figure, gain, low, high, wins, losses, one.ties, one.units)

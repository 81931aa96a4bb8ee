"""Comparisons read in one direction whichever way they were made."""

from __future__ import annotations

from maskwright.evaluation.comparison import Comparison
from maskwright.evaluation.page.versus import turned

METHODS = ["unet", "siox"]


def test_the_method_named_first_is_first_and_more_is_better() -> None:
    as_made = Comparison("siox", "unet", "iou", -0.5, -0.6, -0.4, 1, 73, 2)
    (one,) = turned([as_made], METHODS)
    assert (one.first, one.second) == ("unet", "siox")
    assert (one.gain, one.low, one.high) == (0.5, 0.4, 0.6)
    assert (one.wins, one.losses, one.ties) == (73, 1, 2)
    assert one.is_clear


def test_fewer_errors_are_a_gain() -> None:
    as_made = Comparison("siox", "unet", "error_rate", 0.2, -0.1, 0.3, 10, 5, 0)
    (one,) = turned([as_made], METHODS)
    assert (one.gain, one.low, one.high) == (0.2, -0.1, 0.3)
    assert (one.wins, one.losses) == (5, 10)
    assert not one.is_clear


def test_a_comparison_in_the_right_direction_stays() -> None:
    as_made = Comparison("unet", "siox", "iou", 0.1, -0.2, 0.3, 4, 3, 0)
    (one,) = turned([as_made], METHODS)
    assert (one.first, one.gain, one.low, one.high) == ("unet", 0.1, -0.2, 0.3)
    assert (one.wins, one.losses) == (4, 3)
    (other,) = turned([Comparison("unet", "siox", "error_rate", 0.1, 0.05, 0.2, 3, 4, 0)], METHODS)
    assert (other.gain, other.low, other.high) == (-0.1, -0.2, -0.05)

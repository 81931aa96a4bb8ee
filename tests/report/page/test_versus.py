"""Comparisons read in one direction whichever way they were made."""

from __future__ import annotations

from maskwright.metrics.comparison import Comparison
from maskwright.report.page.versus import turned

METHODS = ["unet", "siox"]


def test_the_method_named_first_is_first_and_more_is_better() -> None:
    as_made = Comparison("siox", "unet", "iou", -0.5, -0.6, -0.4, 1, 73, 2, 76)
    (one,) = turned([as_made], METHODS)
    assert (one.first, one.second) == ("unet", "siox")
    assert (one.gain, one.low, one.high) == (0.5, 0.4, 0.6)
    assert (one.wins, one.losses, one.ties) == (73, 1, 2)
    assert one.is_clear


def test_fewer_errors_are_a_gain() -> None:
    as_made = Comparison("siox", "unet", "error_rate", 0.2, -0.1, 0.3, 10, 5, 0, 15)
    (one,) = turned([as_made], METHODS)
    assert (one.gain, one.low, one.high) == (0.2, -0.1, 0.3)
    assert (one.wins, one.losses) == (5, 10)
    assert not one.is_clear


def test_a_comparison_in_the_right_direction_stays() -> None:
    as_made = Comparison("unet", "siox", "iou", 0.1, -0.2, 0.3, 4, 3, 0, 7)
    (one,) = turned([as_made], METHODS)
    assert (one.first, one.gain, one.low, one.high) == ("unet", 0.1, -0.2, 0.3)
    assert (one.wins, one.losses) == (4, 3)
    worse = Comparison("unet", "siox", "error_rate", 0.1, 0.05, 0.2, 3, 4, 0, 7)
    (other,) = turned([worse], METHODS)
    assert (other.gain, other.low, other.high) == (-0.1, -0.2, -0.05)


def test_with_few_photos_no_interval_is_clear() -> None:
    """Where one method is better on both of two photos, every draw of them says so."""
    few, enough = (
        turned([Comparison("unet", "siox", "iou", 0.1, 0.05, 0.2, 9, 0, 0, units)], METHODS)[0]
        for units in (9, 10)
    )
    assert not few.is_clear
    assert enough.is_clear
